"""Linear layers in 8-bit integers, by oneDNN's kernels in PyTorch.

Weights have a scale per output, activations one per token, taken when they are known: encoders give
a few tokens (the first and last of a text) states many times larger than the rest, beside which a
scale for all tokens leaves the rest few levels (Bondarenko et al. 2021, Understanding and
Overcoming the Challenges of Efficient Transformer Quantization). It also keeps a text's result
free of what shares its batch.

A few inputs of a layer are many times larger than its others, in every token. Each input is therefore
divided by what its weights are multiplied by, so that neither has outliers (Xiao et al. 2023,
SmoothQuant, https://arxiv.org/abs/2211.10438, with its migration strength of one half). How large an
input gets is read off SENTENCES when the model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import linear

from monitor_plugins.transformer.network.bert import Bert
from monitor_plugins.transformer.network.encoder import Batch
from monitor_plugins.transformer.serving.packed import Linear, Packed, PackedLayer, begin

SENTENCES = (
    "Harbour Foods lifts full-year forecast after record third-quarter sales",
    "$NWM breaking down below the 50-day, puts printing. Not touching this until earnings.",
    "Net loss narrowed to EUR 3.2 mn from EUR 14.0 mn a year earlier, while net sales fell by 8 %.",
    "Great, another dividend cut. Best management ever.",
    "海港食品三季度净利润同比增长两成，上调全年业绩指引",
    "这破股天天跌，主力到底跑没跑？明天再跌停我就割肉走人了",
    "公告显示，公司上半年亏损320万元，上年同期亏损1400万元，亏损大幅收窄，但营业收入下降8%。",
    "P2P平台跑路，投资者报案",
)
"""What a model is shown to see how large its inputs get: news and posts in both languages, written for it.
More of them change nothing."""
_LEVELS = 127
_SHIFT = 128  # the kernels take unsigned activations
_RARE = 0.5  # of the average: an input that a few texts do not need may be as large as others in another
_TINY = 1e-12  # an input or output that is never anything


def weight_levels() -> int:
    """The largest weight. Without VNNI, products are summed in pairs in 16 bits, which saturate at
    255 x 127 x 2: the weights then give up a bit
    (https://uxlfoundation.github.io/oneDNN/dev_guide_int8_computations.html)."""
    can = torch.cpu.get_capabilities()
    return _LEVELS if can.get("avx512_vnni") or can.get("avx_vnni") else _LEVELS // 2


class Watched:
    """The linear layer of `weight` and `bias`, and the largest size each of its inputs has had."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.largest = weight.new_zeros(weight.shape[1])
        self.weight = weight
        self.bias = bias

    def __call__(self, tokens: Tensor) -> Tensor:
        self.largest = torch.maximum(self.largest, tokens.abs().amax(0))
        return linear(tokens, self.weight, self.bias)


class Int8:
    """The linear layer of `weight` and `bias` (float32), whose inputs get as large as `largest`, rounded
    to 8 bits: float32 in and out."""

    def __init__(self, weight: Tensor, bias: Tensor, largest: Tensor) -> None:
        largest = largest.clamp(min=max(_TINY, _RARE * float(largest.mean())))
        self.balance = (weight.abs().amax(0).clamp(min=_TINY) / largest).sqrt()
        weight = weight / self.balance
        self._scale = weight.abs().amax(1).clamp(min=_TINY) / weight_levels()
        rounded = (weight / self._scale[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(rounded, None)
        self._zero = torch.zeros(len(bias), dtype=torch.long)
        self._bias = bias

    def __call__(self, tokens: Tensor) -> Tensor:
        tokens = tokens * self.balance
        largest = torch.maximum(tokens.amax(1, keepdim=True), tokens.amin(1, keepdim=True).neg_())
        step = largest.clamp_(min=_TINY) / _LEVELS
        levels = tokens.div_(step).round_().to(torch.int8).view(torch.uint8).add_(_SHIFT)
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


Make = Callable[[Tensor, Tensor, Tensor], Linear]
"""Weight, bias, and how large each input gets in; a linear layer out."""


def pack(body: Bert, sample: Batch, make: Make = Int8) -> Packed:
    """`body` (float32) with linear layers as `make` makes them, balanced on the texts of `sample`."""
    layers = []
    with torch.inference_mode():
        hidden, attend = begin(body.embeddings, sample)
        for layer in body.encoder:
            watched = PackedLayer.of(layer, Watched)
            hidden = watched(hidden, attend)
            layers.append(watched.replace(lambda one: make(one.weight, one.bias, one.largest)))
    return Packed(body.embeddings, layers)
