"""Low-rank factors: a wide linear map as two narrow ones, W = UV (Denton et al. 2014, Exploiting
linear structure within convolutional networks for efficient evaluation).

Only a layer's two feed-forward maps are factored, which are the ones wide enough for it to save
anything: a map of m x n numbers costs r(m + n) at rank r. The factors are those nearest to the map in
the Frobenius norm (Eckart and Young 1936); fitting afterwards makes up for what they lose.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from monitor import ModelError


def shape(body: Any, rank: int) -> None:
    """Give the layers of `body` factors of that rank for feed-forward maps, with whatever weights:
    they are about to be read."""
    for layer in body.encoder.layer:
        for part in (layer.intermediate, layer.output):
            dense = part.dense
            part.dense = nn.Sequential(
                nn.Linear(dense.in_features, rank, bias=False), nn.Linear(rank, dense.out_features)
            )


def factor(body: Any, rank: int) -> None:
    """Replace the feed-forward maps of `body` by their factors. Raises ModelError where that would
    make none of them smaller, or they are factors already."""
    for layer in body.encoder.layer:
        for part in (layer.intermediate, layer.output):
            if isinstance(part.dense, nn.Sequential):
                raise ModelError("this model's feed-forward maps are factors already: start from another")
            if not 0 < rank < most(part.dense):
                raise ModelError(f"rank = {rank}: expected 1 to {most(part.dense) - 1} for this encoder")
            part.dense = factors(part.dense, rank)


def factors(dense: nn.Linear, rank: int) -> nn.Sequential:
    """The two maps nearest to `dense`, the bias in the second."""
    with torch.no_grad(), dense.weight.device:
        left, sizes, right = torch.linalg.svd(dense.weight, full_matrices=False)
        root = sizes[:rank].sqrt()
        first = nn.Linear(dense.in_features, rank, bias=False)
        second = nn.Linear(rank, dense.out_features)
        first.weight.copy_(root[:, None] * right[:rank])
        second.weight.copy_(left[:, :rank] * root)
        second.bias.copy_(dense.bias)
    return nn.Sequential(first, second)


def most(dense: nn.Linear) -> int:
    """The rank from which factors are no smaller than the map."""
    return -(-dense.weight.numel() // (dense.in_features + dense.out_features))
