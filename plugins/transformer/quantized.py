"""Linear layers in 8-bit integers, by oneDNN's kernels in PyTorch.

Weights have a scale per output, activations one per token, taken when they are known: encoders give
a few tokens (the first and last of a text) states many times larger than the rest, beside which a
scale for all tokens leaves the rest few levels (Bondarenko et al. 2021, Understanding and
Overcoming the Challenges of Efficient Transformer Quantization). It also keeps a text's result
free of what shares its batch.
"""

from __future__ import annotations

import platform

import torch
from torch import Tensor

_LEVELS = 127
_SHIFT = 128  # the kernels take unsigned activations


def unavailable() -> str:
    """Why 8-bit layers cannot be used here; "" where they can."""
    if platform.machine().lower() not in ("x86_64", "amd64") or not torch.cpu.get_capabilities().get("avx2"):
        return "this processor is not of the x86 family with AVX2"
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.onednn, "qlinear_pointwise"):
        return "this build of PyTorch has no oneDNN kernels for 8-bit linear layers"
    return ""


def weight_levels() -> int:
    """The largest weight. Without VNNI, products are summed in pairs in 16 bits, which saturate at
    255 x 127 x 2: the weights then give up a bit
    (https://uxlfoundation.github.io/oneDNN/dev_guide_int8_computations.html)."""
    can = torch.cpu.get_capabilities()
    return _LEVELS if can.get("avx512_vnni") or can.get("avx_vnni") else _LEVELS // 2


class Int8:
    """The linear layer of `weight` and `bias` (float32), rounded to 8 bits: float32 in and out."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._scale = weight.abs().amax(1).clamp(min=1e-12) / weight_levels()
        rounded = (weight / self._scale[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(rounded, None)
        self._zero = torch.zeros(len(bias), dtype=torch.long)
        self._bias = bias

    def __call__(self, tokens: Tensor) -> Tensor:
        largest = torch.maximum(tokens.amax(1, keepdim=True), tokens.amin(1, keepdim=True).neg_())
        step = largest.clamp_(min=1e-12) / _LEVELS
        levels = (tokens / step).round_().to(torch.int8).view(torch.uint8).add_(_SHIFT)
        found = self.multiply(levels)
        return torch.addcmul(self._bias, found, step, out=found)

    def multiply(self, levels: Tensor) -> Tensor:
        """The product alone, of activations in unsigned 8 bits around 128."""
        found: Tensor = torch.ops.onednn.qlinear_pointwise(
            levels,
            *(1.0, _SHIFT),
            *(self._weight, self._scale, self._zero),
            None,
            *(1.0, 0, torch.float32),
            *("none", [], ""),
        )
        return found
