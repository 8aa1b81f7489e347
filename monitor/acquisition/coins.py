"""The coins that decide at random what analysts are asked: tossed once for every distinct text. Pure.

A figure about everything the model says needs a sample of everything the model is shown. So each new text
gets a number `u` in [0, 1) before the model sees it, and is audited where `u` is under the share in
force, whatever the model says of it. The number is an HMAC of the text's key under a key that only the
installation has (`monitor.premises.installation`): nobody who writes texts can choose one that is never
audited, and the same text has the same number on every machine of the installation.

Samples are nested: of texts drawn while the share was 0.05 and while it was 0.02, those with u < 0.02 are
one sample with share 0.02 (permanent random numbers: Ohlsson 1995, "Coordination of samples using permanent
random numbers"). Every other coin is its own: what an audit serves is tossed for the story, so that the
texts of one story never stand on two sides; whether an audit is read twice, its place among the audits and
whether an accepted text is explored are tossed for the text.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from monitor.records import Purpose

FIRST_SHARE = 0.05
"""The share audited until a day's news tells how many texts there are."""
PURPOSES = ((Purpose.GATE, 0.4), (Purpose.CERTIFICATE, 0.4), (Purpose.CALIBRATION, 0.2))
"""How audits are shared out among what they serve."""


@dataclass(frozen=True, slots=True)
class Coin:
    """What was tossed for a text; see `monitor.records.Audit`. `explored` counts where it is accepted."""

    u: float
    share: float
    audited: bool
    purpose: Purpose
    twice: bool
    place: float
    explored: bool
    explore_share: float


@dataclass(frozen=True, slots=True)
class Coins:
    """How coins are tossed. `key` is the installation's; the shares lie in [0, 1]. No more than twice
    `audits_per_day` texts are audited in a day at the share in force: see `thinned`."""

    key: bytes = b""
    audits_per_day: float = 20.0
    double_read_share: float = 0.2
    explore_share: float = 0.01

    def toss(self, text_key: str, story_id: int, share: float) -> Coin:
        """The coin of a text, whose audit share is `share` at this moment."""
        u = self._number("audit", text_key)
        return Coin(
            u=u,
            share=share,
            audited=u < share,
            purpose=self._purpose(story_id),
            twice=self._number("twice", text_key) < self.double_read_share,
            place=self._number("place", text_key),
            explored=self._number("explore", text_key) < self.explore_share,
            explore_share=self.explore_share,
        )

    def thinned(self, share: float, audited_today: int) -> float:
        """The share at a moment when `audited_today` texts were audited in the last day: halved for
        every two days' worth of audits, so that an archive that is imported at once is sampled to its end
        and does not bury the desk. It depends on counts alone, so that no text has a say in it."""
        if self.audits_per_day <= 0:
            return 0.0
        halvings = int(audited_today // (2 * self.audits_per_day))
        return float(share * 0.5 ** min(halvings, 40))

    def _purpose(self, story_id: int) -> Purpose:
        number = self._number("purpose", str(story_id))
        for purpose, share in PURPOSES:
            number -= share
            if number < 0:
                return purpose
        return Purpose.CALIBRATION

    def _number(self, coin: str, of: str) -> float:
        """A number in [0, 1) that looks uniform and that nobody without the key can tell."""
        digest = hmac.digest(self.key, f"{coin}:{of}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return int.from_bytes(digest[:6], "big") / 2**48


def next_share(*, audits_per_day: float, texts_per_day: float, finished_per_day: float | None) -> float:
    """The share of texts to audit from now on.

    `texts_per_day` is what arrived of late, `finished_per_day` how many audits the desk finished last week,
    None where it has not had a week yet. As many are drawn as are wanted, but only a quarter more than the
    desk finishes (an unread sample measures nothing), and never under a quarter of what is wanted, so that a
    desk that was away finds its way back.
    """
    wanted = audits_per_day
    if finished_per_day is not None:
        wanted = min(wanted, max(1.25 * finished_per_day, 0.25 * wanted))
    return min(1.0, wanted / texts_per_day) if texts_per_day > 0 else FIRST_SHARE
