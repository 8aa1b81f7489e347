"""Labelled files as a simulation takes them: texts with one sentiment, their groups and their vectors.

Vectors take minutes and change only with the texts and the model, so they are kept in a file beside: a
NumPy archive of 16-bit vectors under the SHA-256 of the texts and the name of what embeds them. A file of
other texts or of another model is written anew; one that cannot be read is refused, not overwritten.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.acquisition.simulate import Material
from monitor.errors import UserError
from monitor.hookspecs import Progress, silent
from monitor.news import identity
from monitor.records import SENTIMENTS, Example

CHUNK = 256

Embed = Callable[[Sequence[str]], NDArray[np.floating[Any]]]
"""Vectors of texts, a row for each."""


def judged(examples: Sequence[Example]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts that have a sentiment, in the order they come, and its place in SENTIMENTS."""
    found: dict[str, int] = {}
    for one in examples:
        if one.sentiment:
            found.setdefault(one.text, SENTIMENTS.index(one.sentiment))
    return list(found), np.array(list(found.values()), dtype=np.int64)


def groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """A number for each text, from 1 on, the same for near-duplicates, and for their near-duplicates."""
    parent = list(range(len(texts)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    signatures = [identity.signature(text) for text in texts]
    seen: dict[str, list[int]] = {}
    for place, signature in enumerate(signatures):
        for band in identity.bands(signature) if signature else ():
            for other in seen.setdefault(band, [])[-8:]:
                alike = identity.resemblance(signature, signatures[other])
                if root(other) != root(place) and alike >= identity.STORY_THRESHOLD:
                    parent[root(place)] = root(other)
            seen[band].append(place)
    return np.array([root(place) + 1 for place in range(len(texts))], dtype=np.int64)


def vectors(
    texts: Sequence[str], embed: Embed, model: str, file: Path | None = None, progress: Progress = silent
) -> NDArray[np.floating[Any]]:
    """The vectors of `texts` by `embed`, which goes by the name `model`; from `file` where it holds these,
    and written to it otherwise. Raises UserError where the file is none of this kind."""
    digest = hashlib.sha256("\0".join([model, *texts]).encode("utf-8", "surrogatepass")).hexdigest()
    if file is not None and file.exists():
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                found: NDArray[np.floating[Any]] = kept["vectors"]
                same = str(kept["digest"]) == digest and found.ndim == 2 and len(found) == len(texts)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(
                f"{file}: is no file of vectors ({error}); name another one, or remove it"
            ) from None
        if same:
            return found
    parts = []
    for start in range(0, len(texts), CHUNK):
        progress("vectors", start, len(texts))
        parts.append(np.asarray(embed(texts[start : start + CHUNK]), dtype=np.float16))
    made: NDArray[np.floating[Any]] = np.concatenate(parts)
    if file is not None:
        with file.open("wb") as target:
            np.savez(target, digest=np.array(digest), vectors=made)
    return made


def material(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    found: NDArray[np.floating[Any]],
    language: Callable[[str], str],
) -> Material:
    """All of it together. Raises UserError where there is too little to simulate with."""
    if len(texts) < LEAST or len(np.unique(labels)) < 2:
        raise UserError(
            f"{len(texts)} texts of {len(np.unique(labels))} sentiments: a simulation needs {LEAST} texts "
            "of at least two"
        )
    return Material(
        found.astype(np.float32),
        labels,
        groups(texts),
        np.array([len(text) for text in texts], dtype=np.int64),
        np.array([language(text) for text in texts], dtype=np.str_),
    )


LEAST = 60
