"""Columns on their way to a child or from one: what they are in the header, their bytes in the body.

    header  {"columns": [[name, kind, shape, names], ...]}
    body    the columns' bytes, one after the other, little-endian and in C order

`kind` is one of KINDS; text goes as numbers (int32) of the distinct `names`. Nothing is pickled: an array of
objects is refused at this end, and the other end makes plain arrays from bytes and counts them first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS: Mapping[str, str] = {
    **{"f2": "<f2", "f4": "<f4", "f8": "<f8"},
    **{"i4": "<i4", "i8": "<i8", "b1": "|b1", "text": "<i4"},
}
MAX_BYTES = 4_000_000_000
"""Longest body: a frame states its length in four bytes."""


def packed(columns: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Any], bytes]:
    """The columns as a header and a body. Raises ValueError for an array of another kind, or where all are
    longer than MAX_BYTES."""
    told, parts = [], []
    for name, column in columns.items():
        names: list[str] = []
        kind = f"{column.dtype.kind}{column.dtype.itemsize}"
        if column.dtype.kind == "U":
            kind = "text"
            distinct, column = np.unique(column, return_inverse=True)
            names = [str(one) for one in distinct]
        if kind not in KINDS:
            raise ValueError(f"column {name}: arrays of {column.dtype} are not sent to a plugin")
        told.append([name, kind, list(column.shape), names])
        parts.append(np.ascontiguousarray(column, dtype=KINDS[kind]))
    if sum(part.nbytes for part in parts) > MAX_BYTES:
        raise ValueError(f"the columns are longer than {MAX_BYTES:,} bytes")
    return {"columns": told}, b"".join(part.data.cast("B") if part.size else b"" for part in parts)


def unpacked(header: Mapping[str, Any], body: bytes) -> dict[str, NDArray[Any]]:
    """The columns that `packed` sent; they cannot be written to. Raises ValueError, KeyError, TypeError for
    anything else."""
    found: dict[str, NDArray[Any]] = {}
    start = 0
    for name, kind, shape, names in header["columns"]:
        dtype = np.dtype(KINDS[kind])
        number = math.prod(int(length) for length in shape)
        if any(length < 0 for length in shape) or start + number * dtype.itemsize > len(body):
            raise ValueError(f"column {name}: its shape is not its length")
        column: NDArray[Any] = np.frombuffer(body, dtype, number, start).reshape(shape)
        start += number * dtype.itemsize
        found[str(name)] = np.array(names, dtype=np.str_)[column] if kind == "text" and names else column
        if kind == "text" and not names:
            found[str(name)] = np.zeros(shape, dtype="<U1")
    return found
