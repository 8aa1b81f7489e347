"""How many headlines a second are judged from end to end, and where the time goes.

    python -m benchmarks.gpu [--data DIR] [--model models/default] [--processes N ...] [--json]

For a machine with a GPU; one without runs it on fewer texts. With `--data` the headlines are texts of up
to 128 characters from the public sets, without it made-up ones. None occurs twice and nothing is kept.

end to end   `Engine.judge` as it comes; on a GPU the texts are read by the last number of --processes
reading      the texts made ready by so many processes, and thrown away
computing    texts made ready before: what the device does with them
handing on   processor time of the judging process alone, with the network left out: what it does itself for
             a headline, most of it while a GPU computes others
pipeline     Hugging Face's, on the same weights in float32; best of several batch sizes
dense        an encoder of BERT-base's shape with random weights, on texts of 128 tokens: multiplications a
             second, as a share of what the device reaches on large matrices in the same precision

Rates are the median of `--repeats` rounds after one to warm up, pipeline's of one round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.classify import made_up, note, peak_rate, sentiments, settle
from benchmarks.machine import command, describe, rounded
from monitor_models.datasets import read_examples
from monitor_plugins.transformer.grams import Joined
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network.bert import Bert, Shape
from monitor_plugins.transformer.network.encoder import Batch, Logits
from monitor_plugins.transformer.network.hardware import choose_device, choose_precision
from monitor_plugins.transformer.rows import Row, tokenize
from monitor_plugins.transformer.serving import packed
from monitor_plugins.transformer.serving.engine import ON_GPU, Engine
from monitor_plugins.transformer.serving.reading import Asked

LONGEST = 128  # characters of a headline
BASE = Shape(
    vocab_size=30_522,
    hidden_size=768,
    num_hidden_layers=12,
    num_attention_heads=12,
    intermediate_size=3072,
    max_position_embeddings=514,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    first=2,
)
TOKENS = 128


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure headlines a second, and where the time goes.")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models/default"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--few", type=int, default=400, help="texts for what is slow")
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2], help="that read texts")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/gpu.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()

    device = choose_device(arguments.device)
    precision = choose_precision("auto", device)
    texts = headlines(arguments.data, arguments.texts)
    few = texts if device.type == "cuda" else texts[: arguments.few]
    engine = Engine.load(arguments.model, arguments.device, cached=0)
    tokens = [len(row.ids) for row in tokenize(engine.tokenizer, texts, engine.max_tokens)]
    result: dict[str, Any] = {
        "command": command(parser, arguments),
        "model": engine.config.id,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "precision": str(precision).removeprefix("torch."),
        "texts": len(texts),
        "tokens": rounded(float(np.mean(tokens))),
        "processes": {},
    }
    for processes in arguments.processes:
        engine = Engine.load(
            arguments.model, arguments.device, batch_tokens=ON_GPU, cached=0, processes=processes
        )
        result["processes"][str(processes)] = {
            "read": reading(engine, texts, arguments.repeats),
            "hand_on": handing_on(engine, texts, device, arguments.repeats),
        }
        note(f"{processes} processes", result["processes"][str(processes)])
    if device.type != "cuda":  # as it is served there: in smaller batches, read by a thread
        engine = Engine.load(arguments.model, arguments.device, cached=0)
    result["end_to_end"] = end_to_end(engine, few, device, arguments.repeats)
    result["computing"] = computing(engine, few, arguments.repeats)
    note("computing", result["computing"])
    result["pipeline"] = pipelines(engine, arguments, texts[: arguments.few], device)
    fastest = max(result["pipeline"].values())
    result["times_pipeline"] = rounded(result["end_to_end"]["texts_per_second"] / fastest)
    result["dense"] = dense(device, arguments.repeats)
    if precision == torch.bfloat16:
        gflops = result["computing"] * result["tokens"] * operations(engine) / 1e9
        result["share_of_peak"] = rounded(gflops / result["dense"]["peak_gflops"])
    result |= describe("torch", "transformers", "tokenizers", "numpy")
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0


def headlines(data: Path | None, most: int) -> list[str]:
    if data is None:
        short = [example.text for example in made_up() if len(example.text) <= LONGEST]
        return [f"{short[i % len(short)]} {i}" for i in range(most)]
    known = (clean(example.text) for example in read_examples(data))
    distinct = list(dict.fromkeys(text for text in known if text.strip() and len(text) <= LONGEST))
    order = np.random.default_rng(0).permutation(len(distinct))[:most]
    return [distinct[i] for i in order]


def median(work: Callable[[], float], repeats: int) -> float:
    """What `work` gives, the first time left out."""
    work()
    return statistics.median(work() for _ in range(repeats))


def reading(engine: Engine, texts: Sequence[str], repeats: int) -> float:
    """Texts a second."""
    asked = Asked(np.arange(len(texts)), texts, [()] * len(texts))

    def once() -> float:
        started = time.perf_counter()
        read = sum(len(block) for block in engine._readers.blocks(asked))
        assert read == len(texts)
        return len(texts) / (time.perf_counter() - started)

    return rounded(median(once, repeats))


def computing(engine: Engine, texts: Sequence[str], repeats: int) -> float:
    """Texts a second."""
    blocks = list(engine._readers.blocks(Asked(np.arange(len(texts)), texts, [()] * len(texts))))

    def once() -> float:
        started = time.perf_counter()
        for launched in [engine._launch(block) for block in blocks]:
            launched.done()
        return len(texts) / (time.perf_counter() - started)

    return rounded(median(once, repeats))


def operations(engine: Engine) -> int:
    """Additions and multiplications that the layers' matrices take for a token."""
    layers = engine.model.layers or ()
    return sum(2 * int(one.count_nonzero()) for layer in layers for one in layer.parameters() if one.ndim > 1)


def handing_on(engine: Engine, texts: Sequence[str], device: torch.device, repeats: int) -> float:
    """Microseconds of the judging process for a text."""
    nothing, topics = torch.zeros(0, device=device), len(engine.config.topics)
    width = engine.model.body.config.hidden_size
    states, heads, threads = engine._states, engine.model.heads, torch.get_num_threads()

    def unread(batch: Batch) -> Tensor:
        return nothing.new_zeros(len(batch.ids), 1, width)

    def silent(means: Tensor, hidden: Tensor, batch: Batch, said: Joined) -> Logits:
        texts, companies = batch.ids.shape[0], len(batch.owners)
        return Logits(*(nothing.new_zeros(n, m) for n, m in ((texts, 3), (texts, topics), (companies, 3))))

    def once() -> float:
        started = time.process_time()
        engine.judge(texts)
        return 1e6 * (time.process_time() - started) / len(texts)

    engine._states, engine.model.heads = unread, silent  # type: ignore[method-assign]
    torch.set_num_threads(1)  # threads that wait for work take processor time
    try:
        return rounded(median(once, repeats))
    finally:
        engine._states, engine.model.heads = states, heads  # type: ignore[method-assign]
        torch.set_num_threads(threads)


def end_to_end(engine: Engine, texts: Sequence[str], device: torch.device, repeats: int) -> dict[str, Any]:
    tokens = sum(len(row.ids) for row in tokenize(engine.tokenizer, texts, engine.max_tokens))

    def once() -> float:
        started = time.perf_counter()
        sentiments(engine, texts)
        return time.perf_counter() - started

    seconds = median(once, repeats)
    found = {
        "texts": len(texts),
        "texts_per_second": rounded(len(texts) / seconds),
        "tokens_per_second": rounded(tokens / seconds),
    }
    if device.type == "cuda":
        found["peak_gpu_memory_mb"] = round(torch.cuda.max_memory_allocated(device) / 2**20)
    note("end to end", found)
    return found


def pipelines(
    engine: Engine, arguments: argparse.Namespace, texts: Sequence[str], device: torch.device
) -> dict[str, float]:
    """Texts a second, by batch size."""
    from benchmarks import hugging_face

    full = Engine.load(arguments.model, arguments.device, "float32", cached=0)
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        exported = hugging_face.export(full, arguments.model, Path(folder) / "exported")
        for batch in (8, 32, 256):
            judge = hugging_face.piped(exported, device, batch)
            if not found:
                hugging_face.check(judge, full, texts[:32])
            started = time.perf_counter()
            judge(texts)
            found[str(batch)] = rounded(len(texts) / (time.perf_counter() - started))
    note("pipeline", found)
    return found


def dense(device: torch.device, repeats: int) -> dict[str, Any]:
    """The encoder's share of the device's matrix rate."""
    precision = torch.bfloat16 if device.type == "cuda" else torch.float32
    torch.manual_seed(0)
    body = Bert(BASE)
    for parameter in body.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    body.eval().requires_grad_(False).to(device, precision)
    texts = 512 if device.type == "cuda" else 4
    rng = np.random.default_rng(0)
    rows = [Row(rng.integers(5, BASE.vocab_size, TOKENS).tolist()) for _ in range(texts)]
    batch = Batch.of(rows, 1).to(device)
    states = packed.pack(body).states
    width, inner = BASE.hidden_size, BASE.intermediate_size
    each = BASE.num_hidden_layers * (2 * width * (4 * width + 2 * inner) + 4 * width * TOKENS)
    operations = texts * TOKENS * each

    def once() -> float:
        settle(device)
        started = time.perf_counter()
        with torch.inference_mode():
            states(batch)
        settle(device)
        return time.perf_counter() - started

    rate = operations / median(once, repeats)
    peak = peak_rate(str(precision).removeprefix("torch."), device)
    found = {
        "precision": str(precision).removeprefix("torch."),
        "texts": texts,
        "tokens": TOKENS,
        "gflops": rounded(rate / 1e9),
        "peak_gflops": rounded(peak / 1e9),
        "share_of_peak": rounded(rate / peak),
    }
    note("dense", found)
    return found


def table(result: dict[str, Any]) -> str:
    lines = [f"{'processes':>9} {'read/s':>9} {'handed on, us':>14}"]
    for processes, one in result["processes"].items():
        lines.append(f"{processes:>9} {one['read']:>9,.0f} {one['hand_on']:>14.1f}")
    lines.append(
        f"end to end {result['end_to_end']['texts_per_second']:,.0f}/s, {result['times_pipeline']:.1f} times "
        f"pipeline; BERT-base at {TOKENS} tokens: {result['dense']['share_of_peak']:.0%} of the matrix rate"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
