"""Headlines of one form: where two are written alike but for one place, what stands there.

Notices, market reports and wires are written by form, and differ where it is filled in: "to build a plant in
Hungary" and "in Poland", 聘任王磊为行长 and 聘任李敏为行长, "CEO steps down" and "CFO steps down".
Another newsroom that writes up the same news changes more than one place, or puts a word of the same meaning
there. So what stands in the one place tells two developments unless it means the same (`vocabulary`: one side
of an axis, one kind of event, one actor, or one of `alike`). Names that change places around a verb that has
a direction ("A sues B", "B sues A") tell two, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, takewhile

from monitor.news.stories import vocabulary
from monitor.news.stories.facts import Facts, stem

LEAST = 2
"""Words or characters that two headlines of one form share at least."""
NARROW = 32
"""Words or characters of what stands in the one place at most."""


def differ(first: Facts, second: Facts) -> bool:
    """Whether two headlines of one language are of one form and filled in differently; symmetric."""
    if first.chinese != second.chinese:
        return False
    one, other = first.written, second.written
    if one == other:
        return False
    shorter = min(len(one), len(other))
    before = 0
    while before < shorter and one[before] == other[before]:
        before += 1
    after = 0
    while after < shorter - before and one[-1 - after] == other[-1 - after]:
        after += 1
    mine, theirs = one[before : len(one) - after], other[before : len(other) - after]
    if not mine or not theirs:  # one leaves out what the other tells
        return False
    if before + after < max(LEAST, len(mine) + len(theirs)) or len(mine) + len(theirs) > NARROW:
        return False
    return not alike(mine, theirs, " " if not first.chinese else "")


def alike(mine: Sequence[str], theirs: Sequence[str], between: str) -> bool:
    """Whether two things that stand in one place may mean the same."""
    ours, others = ({stem(word) for word in some} for some in (mine, theirs))
    if ours <= others or others <= ours:
        return True
    if between and (not ours.isdisjoint(others) or _spelt(mine, theirs)):
        return True
    if not between and not set(pairwise(mine)).isdisjoint(pairwise(theirs)):  # 贵州茅台, 茅台集团
        return True
    if any(word[0].isdigit() for word in (*mine, *theirs)):  # the guard of numbers tells these
        return True
    return not _meant(between.join(mine)).isdisjoint(_meant(between.join(theirs)))


def _spelt(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether both are one word, in two spellings or forms: labour and labor."""
    if len(mine) != 1 or len(theirs) != 1:
        return False
    letters = zip(mine[0], theirs[0], strict=False)
    same = sum(1 for _ in takewhile(lambda two: two[0] == two[1], letters))
    return same >= 4 and max(len(mine[0]), len(theirs[0])) - same <= 2


@lru_cache(maxsize=16_384)
def _meant(written: str) -> frozenset[tuple[str, str, int]]:
    return vocabulary.meant(written)


def turned(first: Facts, second: Facts) -> bool:
    """Whether what does something in one headline has it done to it in the other; symmetric."""
    if first.chinese != second.chinese:
        return False
    for act, doers, done in first.acts:
        for other, their_doers, their_done in second.acts:
            if act == other and doers.isdisjoint(their_doers) and doers & their_done and done & their_doers:
                return True
    return False
