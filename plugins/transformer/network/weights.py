"""Weights in few bytes: how a model's tensors are stored and read back.

A tensor is stored in the first form that fits, told by its key's suffix:

    name                     float32 as it is: anything under 65,536 numbers
    name.q4, name.step       4 bits a number, where that loses nothing: each run of 32 numbers of a row is
                             step x (-8..7) rounded to float16. Encoders de-quantized from GGUF's Q4_0
                             are such, and stay so in the layers that training left frozen. The few
                             rows that are not are stored apart: name.rows, name.exact
    name                     float16, where that loses nothing and there are at most a million numbers
    name.q8, name.scale      8 bits a number, one scale per row, or where a row has fewer than 8 numbers
                             per column (the only form that rounds); vectors stay float32 instead

Packing what was unpacked changes nothing: a scale is kept to 16 significant bits, so that
127 x scale is exact in float32 and yields the same scale again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]
SMALL = 1 << 16
MEDIUM = 1 << 20
RUN = 32
NARROW = 8
_EXCEPTIONS = 0.01  # share of a matrix's rows that may be stored apart


def pack(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors (float32) in their stored forms."""
    stored: dict[str, Array] = {}
    for name, tensor in tensors.items():
        value = np.ascontiguousarray(tensor, dtype=np.float32)
        if value.size < SMALL:
            stored[name] = value
            continue
        four = _pack4(value) if value.ndim == 2 else None
        if four is not None:
            stored |= {f"{name}.{part}": array for part, array in four.items()}
        elif value.size <= MEDIUM and np.array_equal(_half(value).astype(np.float32), value):
            stored[name] = _half(value)
        elif value.ndim == 2:
            scale = _scale(value)
            stored[f"{name}.q8"] = np.rint(value / _spread(scale, value.shape)).astype(np.int8)
            stored[f"{name}.scale"] = scale
        else:
            stored[name] = value
    return stored


def unpack(stored: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors in float32. Raises ValueError where parts are missing or do not fit together."""
    tensors: dict[str, Array] = {}
    for key, value in stored.items():
        name, _, part = key.rpartition(".")
        if part == "q4":
            tensors[name] = _unpack4(name, stored)
        elif part == "q8":
            if value.ndim != 2:
                raise ValueError(f"{key}: expected a matrix, found shape {value.shape}")
            scale = _part(stored, name, "scale", (value.shape[int(value.shape[1] < NARROW)],))
            spread = torch.from_numpy(_spread(scale, value.shape))
            tensors[name] = torch.from_numpy(value).float().mul_(spread).numpy()
        elif part not in ("step", "rows", "exact", "scale"):
            tensors[key] = value.astype(np.float32)
    return tensors


def _scale(value: Array) -> Array:
    """Per row or column the largest magnitude / 127, rounded up to 16 significant bits."""
    largest = np.abs(value).max(axis=int(value.shape[1] >= NARROW))
    raw = (largest / np.float32(127)).astype(np.float32)
    bits = raw.view(np.uint32)
    rounded: Array = ((bits + np.uint32(0xFF)) & np.uint32(0xFFFFFF00)).view(np.float32)
    found: Array = np.maximum(rounded, np.float32(2.0**-100))
    return found


def _spread(scale: Array, shape: tuple[int, ...]) -> Array:
    """The scales along the rows, or columns, of a matrix of that shape."""
    return scale[None, :] if shape[1] < NARROW else scale[:, None]


def _pack4(value: Array) -> dict[str, Array] | None:
    """Nibbles and steps if they give back every number of (nearly) every row, else None."""
    rows, columns = value.shape
    if columns % RUN:
        return None
    runs = value.reshape(rows, -1, RUN)
    largest = np.take_along_axis(runs, np.abs(runs).argmax(-1)[..., None], -1)
    step = _half(largest / np.float32(-8))
    if not np.isfinite(step).all():
        return None
    wide = step.astype(np.float32)
    levels = np.rint(np.divide(runs, wide, out=np.zeros_like(runs), where=wide != 0)).clip(-8, 7)
    bad = np.flatnonzero((_half(wide * levels).astype(np.float32) != runs).any((1, 2)))
    if len(bad) > rows * _EXCEPTIONS:
        return None
    nibbles = (levels + 8).astype(np.uint8).reshape(rows, columns)
    parts = {"q4": nibbles[:, 0::2] | nibbles[:, 1::2] << 4, "step": step[..., 0]}
    if len(bad):
        parts |= {"rows": bad.astype(np.int32), "exact": value[bad]}
    return parts


def _unpack4(name: str, stored: Mapping[str, Array]) -> Array:
    packed = stored[f"{name}.q4"]
    if packed.dtype != np.uint8 or packed.ndim != 2 or not packed.size or packed.shape[1] * 2 % RUN:
        raise ValueError(
            f"{name}.q4: expected bytes, in rows of a multiple of {RUN // 2}, "
            f"found shape {packed.shape} of {packed.dtype}"
        )
    rows, columns = packed.shape[0], packed.shape[1] * 2
    step = torch.from_numpy(_part(stored, name, "step", (rows, columns // RUN)).astype(np.float32))
    nibbles = torch.from_numpy(packed)
    levels = torch.stack([nibbles & 15, nibbles >> 4], -1).view(rows, -1, RUN).to(torch.int8).sub_(8)
    runs = (levels * step[..., None]).half().float()
    value: Array = runs.add_(0.0).view(rows, columns).numpy()  # no negative zeros
    if f"{name}.rows" in stored:
        chosen = stored[f"{name}.rows"]
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < rows:
            raise ValueError(f"{name}.rows names rows outside 0..{rows - 1}")
        value[chosen] = _part(stored, name, "exact", (len(chosen), columns))
    return value


def _part(stored: Mapping[str, Array], name: str, part: str, shape: tuple[int, ...]) -> Array:
    found = stored.get(f"{name}.{part}")
    if found is None or found.shape != shape:
        shown = None if found is None else found.shape
        raise ValueError(f"{name}.{part}: expected shape {shape}, found {shown}")
    return found


def _half(value: Array) -> Array:
    with np.errstate(over="ignore"):
        return value.astype(np.float16)
