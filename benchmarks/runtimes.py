"""Which 8-bit arithmetic to serve with on a processor: ours beside ONNX Runtime, OpenVINO and torchao.

    python -m venv PEERS
    PEERS/bin/pip install torch==2.13.0 transformers onnx onnxscript onnxruntime openvino nncf torchao
    python -m benchmarks.runtimes --data DIR --peers PEERS/bin/python [--model models/default] [--json]

All ways compute the same encoder and sentiment head, without the heads and neurons that are all zero, over
the same batches: texts in order of length, at most 2,048 tokens with the padding. Tokenising
is left out. Every way runs in a process of its own, one round to warm up and --repeats of which the median
counts, and is stopped after 75 seconds; what it says is compared with float32 in PyTorch. The
engine's packs the texts of a batch end to end; peers compute the padding, of which there is little in
such batches.

float32         PyTorch, ONNX Runtime, OpenVINO
int8, dynamic   scales of activations taken as they come: ours (a scale per token), torchao (per token), ONNX
                Runtime (per matrix; 7-bit weights where a processor would saturate, as its manual asks)
int8, static    OpenVINO with NNCF's quantisation for transformers, from 128 of the batches' texts
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.machine import command, describe

REFERENCE = "PyTorch, float32"
OURS = ("ours, float32", "ours, int8")
PEERS = (
    REFERENCE,
    "torchao, int8 dynamic",
    "ONNX Runtime, float32",
    "ONNX Runtime, int8 dynamic",
    "OpenVINO, float32",
    "OpenVINO, int8 static",
)
CALIBRATION = 128
LIMIT = 75  # seconds a way may take for all its rounds
Batches = list[tuple[np.ndarray, np.ndarray]]
"""Token ids and their mask, texts x width, whole numbers."""
Run = Callable[[np.ndarray, np.ndarray], np.ndarray]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure 8-bit runtimes beside each other.")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--peers", type=Path, help="the Python that has the peers")
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/runtimes.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    if not (arguments.data and arguments.peers):
        parser.error("--data and --peers are needed")
    from scipy.special import softmax

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = prepare(arguments, folder)
        reports = {way: ask(way, arguments, folder) for way in (*PEERS, *OURS)}
    peers = reports[REFERENCE].pop("versions")
    wanted = softmax(np.array(reports[REFERENCE]["logits"]), axis=1)
    reference = reports[REFERENCE]["seconds"]
    result = {
        "command": command(parser, arguments),
        "texts": arguments.texts,
        "tokens": tokens,
        "ways": {
            way: compared(report, wanted, reference) if "seconds" in report else report
            for way, report in reports.items()
        },
        "peers": peers,
        **describe("torch", "numpy"),
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


def compared(report: dict[str, Any], wanted: np.ndarray, reference: float) -> dict[str, Any]:
    """A way's figures, beside the probabilities and the seconds of the reference."""
    from scipy.special import softmax

    chances = softmax(np.array(report["logits"]), axis=1)
    return {
        "seconds": report["seconds"],
        "made_ready_seconds": report["made_ready_seconds"],
        "texts_per_second": round(len(wanted) / report["seconds"], 1),
        "times_pytorch": round(reference / report["seconds"], 2),
        "same_sentiment": round(float(np.mean(chances.argmax(1) == wanted.argmax(1))), 4),
        "mean_difference": round(float(np.abs(chances - wanted).mean()), 5),
    }


def prepare(arguments: argparse.Namespace, folder: Path) -> int:
    """Write the batches and the network to `folder`; the number of tokens."""
    from benchmarks import hugging_face
    from monitor_models.datasets import read_examples, split
    from monitor_plugins.transformer.names import clean
    from monitor_plugins.transformer.network.batching import batches
    from monitor_plugins.transformer.network.encoder import Batch
    from monitor_plugins.transformer.rows import tokenize
    from monitor_plugins.transformer.serving.engine import Engine

    examples = split(read_examples(arguments.data)).development
    drawn = np.random.default_rng(0).permutation(len(examples))[: arguments.texts]
    engine = Engine.load(arguments.model, "cpu", "float32", cached=0)
    hugging_face.export(engine, arguments.model, folder / "exported")
    texts = [clean(examples[i].text) for i in drawn]
    rows = tokenize(engine.tokenizer, texts, engine.max_tokens)
    arrays = {}
    for number, chosen in enumerate(batches([len(row.ids) for row in rows], 2048)):
        batch = Batch.of([rows[i] for i in chosen], engine.config.padding)
        arrays[f"ids{number}"], arrays[f"mask{number}"] = batch.ids.numpy(), batch.mask.long().numpy()
    np.savez(folder / "batches.npz", allow_pickle=False, **arrays)
    return sum(len(row.ids) for row in rows)


def ask(way: str, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One way's report, from a process of its own; Python is ours for ours and the peers' for theirs."""
    python = sys.executable if way in OURS else str(arguments.peers)
    command = [python, "-W", "ignore", "-m", "benchmarks.runtimes", "--child", way, "--folder", str(folder)]
    command += ["--model", str(arguments.model), "--repeats", str(arguments.repeats)]
    try:
        found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT).stdout
    except subprocess.TimeoutExpired:
        print(f"{way}: stopped after {LIMIT} s", file=sys.stderr, flush=True)
        return {"stopped_after_seconds": LIMIT}
    report: dict[str, Any] = json.loads(found.splitlines()[-1])
    print(f"{way}: {report['seconds']:.2f} s", file=sys.stderr, flush=True)
    return report


def child(arguments: argparse.Namespace) -> int:
    with np.load(arguments.folder / "batches.npz") as arrays:
        count = len(arrays.files) // 2
        batches = [(arrays[f"ids{i}"], arrays[f"mask{i}"]) for i in range(count)]
    started = time.perf_counter()
    with torch.inference_mode():
        run = make(arguments.child, arguments, batches)
        made = time.perf_counter() - started
        logits = [run(*batch) for batch in batches]
        seconds = []
        for _ in range(arguments.repeats):
            started = time.perf_counter()
            for batch in batches:
                run(*batch)
            seconds.append(time.perf_counter() - started)
    report: dict[str, Any] = {
        "seconds": round(statistics.median(seconds), 4),
        "made_ready_seconds": round(made, 1),
        "logits": np.concatenate(logits).tolist(),
    }
    if arguments.child == REFERENCE:
        peers = ("torch", "transformers", "onnxruntime", "openvino", "nncf", "torchao")
        report["versions"] = {name: metadata.version(name) for name in peers}
    print(json.dumps(report))
    return 0


def make(way: str, arguments: argparse.Namespace, batches: Batches) -> Run:
    """What computes the sentiments' logits that way."""
    if way in OURS:
        return ours(arguments.model, way.rpartition(" ")[2])
    network = exported(arguments.folder / "exported")
    if way == REFERENCE:
        return in_torch(network)
    if way.startswith("torchao"):
        from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

        quantize_(network, Int8DynamicActivationInt8WeightConfig())
        return in_torch(network)
    file = arguments.folder / "network.onnx"
    if not file.exists():
        ids, mask = (torch.from_numpy(one) for one in batches[len(batches) // 2])
        axes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("width")}
        torch.onnx.export(
            network, (ids, mask), str(file), input_names=["ids", "mask"], dynamic_shapes=(axes, axes)
        )
    return onnx_runtime(way, file) if way.startswith("ONNX") else openvino(way, file, batches)


def ours(model: Path, precision: str) -> Run:
    from monitor_plugins.transformer.network.encoder import Batch, pool
    from monitor_plugins.transformer.rows import Stack
    from monitor_plugins.transformer.serving.engine import Engine

    engine = Engine.load(model, "cpu", precision)
    nobody = np.zeros(0, dtype=np.int64), np.zeros((0, 1), dtype=np.float32)

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        batch = Batch.from_arrays(Stack(ids.astype(np.int32), mask.sum(1), *nobody))
        logits: np.ndarray = engine.model.sentiment(pool(engine._states(batch), batch.mask)).numpy()
        return logits

    return run


class Sentiments(torch.nn.Module):
    """The encoder of a folder of transformers, mean pooling and the sentiment head."""

    def __init__(self, body: Any, head: torch.nn.Linear) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        logits: torch.Tensor = self.head((hidden * weights).sum(1) / weights.sum(1))
        return logits


def exported(folder: Path) -> Sentiments:
    """That network, its heads and neurons that are all zero cut out."""
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config: Any = BertConfig.from_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    body: Any = BertModel(config, add_pooling_layer=False)
    body.load_state_dict(
        {name.removeprefix("bert."): value for name, value in weights.items() if name.startswith("bert.")}
    )
    head = torch.nn.Linear(config.hidden_size, len(config.id2label))
    head.load_state_dict({name: weights[f"classifier.{name}"] for name in ("weight", "bias")})
    width = config.hidden_size // config.num_attention_heads
    for layer in body.encoder.layer:
        attention, mixed = layer.attention.self, layer.attention.output.dense
        heads = mixed.weight.abs().sum(0).view(-1, width).sum(1).nonzero().flatten()
        kept = (heads[:, None] * width + torch.arange(width)).flatten()
        for one in (attention.query, attention.key, attention.value):
            cut(one, rows=kept)
        cut(mixed, columns=kept)
        attention.num_attention_heads, attention.all_head_size = len(heads), len(kept)
        neurons = layer.output.dense.weight.abs().sum(0).nonzero().flatten()
        cut(layer.intermediate.dense, rows=neurons)
        cut(layer.output.dense, columns=neurons)
    return Sentiments(body, head).eval().requires_grad_(False)


def cut(
    layer: torch.nn.Linear, rows: torch.Tensor | None = None, columns: torch.Tensor | None = None
) -> None:
    weight, bias = layer.weight.data, layer.bias.data
    if rows is not None:
        weight, bias = weight[rows], bias[rows]
    if columns is not None:
        weight = weight[:, columns]
    layer.weight, layer.bias = (torch.nn.Parameter(one.contiguous(), False) for one in (weight, bias))
    layer.out_features, layer.in_features = weight.shape


def in_torch(network: Sentiments) -> Run:
    return lambda ids, mask: network(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()


def onnx_runtime(way: str, file: Path) -> Run:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if "int8" in way:
        rounded = file.with_name("rounded.onnx")
        can = torch.cpu.get_capabilities()
        saturates = not (can.get("avx512_vnni") or can.get("avx_vnni"))
        quantize_dynamic(file, rounded, per_channel=True, reduce_range=saturates, weight_type=QuantType.QInt8)
        file = rounded
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(None, {"ids": ids, "mask": mask})[0]


def openvino(way: str, file: Path, batches: Batches) -> Run:
    import nncf
    import openvino as ov

    core = ov.Core()
    network = core.read_model(file)
    if "int8" in way:
        shown = [
            {"ids": ids[i : i + 1], "mask": mask[i : i + 1]} for ids, mask in batches for i in range(len(ids))
        ]
        chosen = np.random.default_rng(0).permutation(len(shown))[:CALIBRATION]
        network = nncf.quantize(
            network,
            nncf.Dataset([shown[i] for i in chosen]),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=CALIBRATION,
        )
    compiled = core.compile_model(
        network,
        "CPU",
        {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": "f32"},
    )
    return lambda ids, mask: compiled({"ids": ids, "mask": mask})[0]


def table(result: dict[str, Any]) -> str:
    lines = [f"{'way':<28} {'texts/s':>8} {'times':>6} {'same':>7} {'difference':>10}"]
    lines += [
        f"{way:<28} {one['texts_per_second']:>8.1f} {one['times_pytorch']:>6.2f} "
        f"{one['same_sentiment']:>7.4f} {one['mean_difference']:>10.5f}"
        if "seconds" in one
        else f"{way:<28} stopped after {one['stopped_after_seconds']} s"
        for way, one in result["ways"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(main())
