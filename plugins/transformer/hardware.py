"""Where a model is served, and in which numbers."""

from __future__ import annotations

import torch

from monitor import ModelError
from monitor_plugins.transformer import quantized

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "int8": torch.int8}


def choose_device(name: str) -> torch.device:
    """`auto`: a GPU where there is one. Raises ModelError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f'device = {name!r} cannot be used here ({reason}): set device = "auto"') from None
    return device


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """`auto`: bfloat16 where the device multiplies in it, int8 on other processors that have the
    kernels for it, float32 elsewhere. Raises ModelError."""
    if name == "auto":
        return _best(device)
    if name not in PRECISIONS:
        raise ModelError(f"precision {name!r} is unknown: use one of auto, {', '.join(PRECISIONS)}")
    return PRECISIONS[name]


def _best(device: torch.device) -> torch.dtype:
    if device.type == "cpu":
        can = torch.cpu.get_capabilities()
        if can.get("avx512_bf16") or can.get("amx_bf16"):
            return torch.bfloat16
        return torch.float32 if quantized.unavailable() else torch.int8
    return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
