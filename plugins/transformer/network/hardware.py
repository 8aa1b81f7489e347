"""Where a model is served, and in which numbers."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

import torch
from torch import Tensor

from monitor import ModelError

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
        return torch.float32 if int8_missing() else torch.int8
    return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32


def _multiplies_tiles() -> bool:
    """Whether this processor has AMX, whose units multiply bfloat16 several times as fast as float32."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def send(array: Tensor, device: torch.device) -> Tensor:
    """`array` on `device`, without waiting for what a GPU has yet to compute."""
    if device.type == "cuda":
        return array.pin_memory().to(device, non_blocking=True)
    return array.to(device)


def mark(device: torch.device) -> Callable[[], None]:
    """What waits until `device` has computed all that it has been given so far."""
    if device.type != "cuda":
        return lambda: None
    event = torch.cuda.Event()
    event.record(torch.cuda.current_stream(device))
    return event.synchronize


def brief(device: torch.device) -> torch.autocast:
    """Within it, a device that has units for bfloat16 multiplies in it. Weights stay in float32."""
    can = torch.cuda.is_bf16_supported() if device.type == "cuda" else _multiplies_tiles()
    return torch.autocast(device.type, torch.bfloat16, enabled=can)


def spare_cores() -> int:
    """All cores but the one that keeps a GPU busy; at most 16."""
    return max(1, min(16, (os.cpu_count() or 1) - 1))


def int8_missing() -> str:
    """Why 8-bit layers cannot be used here; "" where they can."""
    if platform.machine().lower() not in ("x86_64", "amd64") or not torch.cpu.get_capabilities().get("avx2"):
        return "this processor is not of the x86 family with AVX2"
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.onednn, "qlinear_pointwise"):
        return "this build of PyTorch has no oneDNN kernels for 8-bit linear layers"
    return ""
