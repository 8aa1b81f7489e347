"""Low-rank adapters (LoRA, Hu et al. 2021): fit a few weights beside frozen ones, then fold them in.

peft holds the adapters while they are fitted. What is stored afterwards is the network as it was,
with the products of the adapters added to its weights, so that a model folder does not tell how
it was fitted and serving costs nothing more.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from monitor_plugins.transformer.fitting.extra import needed
from monitor_plugins.transformer.network.encoder import Encoder, layer_of


def attach(model: Encoder, rank: int, layer: int) -> Any:
    """Add adapters of `rank` to every linear map of the layers from `layer` up, the only weights of
    the encoder that are then fitted; what `fold` takes. Raises UserError where peft is not installed."""
    peft = needed("peft", "lora")

    inside = [
        name
        for name, module in model.body.named_modules()
        if isinstance(module, nn.Linear) and (place := layer_of(name)) is not None and place >= layer
    ]
    settings = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=inside)
    return peft.LoraModel(model.body, settings, "default")


def fold(model: Encoder, adapters: Any) -> None:
    """Add the adapters to the weights they stand beside, and remove them."""
    model.body = adapters.merge_and_unload()
