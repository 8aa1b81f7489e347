"""What the page of benchmarks says about the shipped model: how good it is, and how fast."""

from __future__ import annotations

from typing import Any

from benchmarks.charts import TITLES, measure
from benchmarks.provenance import made_by

BASELINE = "pipeline, batch 32"
MISSED = (
    "What was tried where an aim is missed is told in [How the shipped model was fitted]"
    "(learning.md#how-the-shipped-model-was-fitted).\n"
)


def quality_section(result: dict[str, Any]) -> str:
    lines = [
        "## The shipped model\n",
        "On development texts that neither it nor the simpler methods were trained on, grouped so that no\n"
        "near-duplicate stands on both sides. That makes most of them harder than the sets' public splits,\n"
        "of which the published figures and our aims are: TF-IDF is the yardstick, measured on both.\n",
        "![Quality](images/quality.svg)\n",
        "| set | texts | measure | TF-IDF | frozen encoder | shipped model | 95% interval "
        "| aim | calibration error | published, on the public test part |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for key, figures in result["sets"].items():
        name, model = measure(key, figures), figures["model"]
        frozen = f"{figures['embeddings'][name]:.3f}" if "embeddings" in figures else ""
        low, high = model["intervals"].get(name, ("", ""))
        interval = f"{low:.3f} to {high:.3f}" if low != "" else ""
        others = {who: value for who, value in figures["published"].items() if who != "measure"}
        lines.append(
            f"| {key.replace('.', ' ')} | {figures['development']:,} | {TITLES[name]} "
            f"| {figures['tfidf'][name]:.3f} | {frozen} | {model[name]:.3f} | {interval} "
            f"| {_against(figures['aim'], model[name])} | {model['calibration_error']:.3f} "
            f"| {', '.join(f'{who} {value:.3f}' for who, value in others.items())} |"
        )
    fitted = [key.partition(".")[0] for key, figures in result["sets"].items() if "fit_seconds" in figures]
    if fitted:
        lines += [
            "",
            f"{' and '.join(fitted)} are not in the shipped model, as their licences ask: for this\n"
            "measurement alone the model was fitted further on each one's training part.",
        ]
    return "\n".join([*lines, "", MISSED, made_by(result)])


def _against(aim: float | None, value: float) -> str:
    """An aim, and by how much it is missed."""
    if aim is None:
        return ""
    return f"{aim:.3f}: " + ("reached" if value >= aim else f"{aim - value:.3f} short")


def classify_section(result: dict[str, Any]) -> str:
    texts, ways = result["texts"], result["ways"]
    lines = [
        "## Speed of the classifier\n",
        f"{texts['count']:,} texts ({texts['tokens']:,} tokens, half of the texts under "
        f"{texts['quantiles']['50%']} tokens), the same weights\n"
        f"and {result['threads']} threads for all, in turns; the median of {result['repeats']} rounds. "
        "`pipeline` pads a batch to its longest text,\n"
        f"which at 32 texts as they come makes {texts['padding_at_32']:.1f} tokens of each; the engine\n"
        "pads nothing on a processor. The arithmetic limit is what the machine's rate on large matrices in\n"
        "the same precision would give.\n",
        "![Speed](images/classify.svg)\n",
        f"| way | texts/s | tokens/s | times {BASELINE} | times the best pipeline | share of the limit "
        "| first prediction, s | peak memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in ways.items():
        share = f"{one['share_of_limit']:.0%}" if "share_of_limit" in one else ""
        lines.append(
            f"| {name} | {one['texts_per_second']:,.0f} | {one['tokens_per_second']:,.0f} "
            f"| {one['times_baseline']:.2f} | {one['times_best_pipeline']:.2f} | {share} "
            f"| {one['first_prediction_seconds']:.1f} | {one['peak_memory_mb']:,} |"
        )
    for name, one in ways.items():
        if "same_sentiment" in one and name != "ours, float32":
            points = (
                f"; macro-F1 of sentiment {one['macro_f1_points']:+.2f} points"
                if "macro_f1_points" in one
                else ""
            )
            lines.append(
                f"\n{name}: {one['same_sentiment']:.1%} of sentiments and {one['same_topics']:.1%} of topic "
                f"decisions are float32's{points}."
            )
    lines.append(
        f"\nTexts judged before come from the cache, {result['cached']['texts_per_second']:,.0f} a second."
    )
    return "\n".join([*lines, "", made_by(result)])


def runtimes_section(result: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["peers"].items())
    lines = [
        "## 8-bit arithmetic\n",
        f"The encoder and its sentiment head, pruned as shipped, on {result['texts']} development texts\n"
        f"({result['tokens']:,} tokens) in order of length, tokenised beforehand; each way in a process of\n"
        "its own. What it says is compared with PyTorch's float32.\n",
        "| way | texts/s | times PyTorch | same sentiment | mean difference of a probability "
        "| made ready, s |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one['texts_per_second']:,.0f} | {one['times_pytorch']:.2f} "
        f"| {one['same_sentiment']:.1%} | {one['mean_difference']:.4f} | {one['made_ready_seconds']:.1f} |"
        if "seconds" in one
        else f"| {name} | stopped after {one['stopped_after_seconds']} s | | | | |"
        for name, one in result["ways"].items()
    ]
    return "\n".join([*lines, "", f"Peers: {versions}.", "", made_by(result)])


def gpu_section(result: dict[str, Any]) -> str:
    whole, dense = result["end_to_end"], result["dense"]
    on_cpu = " Measured without a GPU: no figure of one is here." if result["device"] == "cpu" else ""
    lines = [
        "## Headlines from end to end\n",
        f"{result['texts']:,} headlines of {result['tokens']:.0f} tokens on average, in\n"
        f"{result['precision']} on {result['device']}.{on_cpu}\n"
        "Read: made ready for the network and thrown away. Handed on: what the process that owns the device\n"
        "does for a headline, the network left out. Computed: what the device does with headlines that are\n"
        "ready.\n\n"
        "![Headlines a second](images/gpu.svg)\n",
        "| processes that read | read, headlines/s | handed on, microseconds a headline |",
        "|---|---|---|",
    ]
    lines += [
        f"| {number} | {one['read']:,.0f} | {one['hand_on']:.0f} |"
        for number, one in result["processes"].items()
    ]
    share = (
        f", {result['share_of_peak']:.0%} of the rate of large matrices" if "share_of_peak" in result else ""
    )
    aims = (" (aim 60,000)", " (aim 20)", " (aim 45%)") if result["device"] != "cpu" else ("", "", "")
    lines.append(
        f"\n{whole['texts']:,} headlines end to end: {whole['texts_per_second']:,.0f} a second{aims[0]}, "
        f"{whole['tokens_per_second']:,.0f} tokens,\n{result['times_pipeline']:.1f} times "
        f"`pipeline`{aims[1]}.\n"
        f"Computed alone: {result['computing']:,.0f} a second{share}.\n"
        f"An encoder of BERT-base's shape at {dense['tokens']} tokens, {dense['precision']}: "
        f"{dense['share_of_peak']:.0%} of the rate of large matrices{aims[2]},\n"
        f"{dense['peak_gflops']:,.0f} GFLOP/s."
    )
    return "\n".join([*lines, "", made_by(result)])


def explain_section(result: dict[str, Any]) -> str:
    error, seconds = result["completeness"], result["processor_seconds"]
    lines = [
        "## Explanations\n",
        f"The likeliest sentiment of {result['texts']} development texts, explained word by word.\n"
        f"Completeness error: {error['median']:.1%} (median), {error['p95']:.1%} (95th percentile), under\n"
        f"5% for {error['within_tolerance']:.1%} of the texts.\n"
        f"Processor seconds: {seconds['median']:.2f} (median), "
        f"{seconds['p95']:.2f} (95th percentile) a text.\n",
        "Words are taken out of the text (deletion), or put into an empty one (insertion), in order of\n"
        "their scores; the figure is the area under the probability of the sentiment. The better the order,\n"
        "the smaller the first and the larger the second.\n",
        "| order of the words | deletion | 95% interval | insertion | 95% interval |",
        "|---|---|---|---|---|",
    ]
    for name in result["deletion"]:
        cells = []
        for curve in ("deletion", "insertion"):
            low, high = result[curve][name]["interval"]
            cells += [f"{result[curve][name]['mean']:.3f}", f"{low:.3f} to {high:.3f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", made_by(result)])


def fitting_section(result: dict[str, Any]) -> str:
    lines = [
        "## Fitting\n",
        f"The shipped model fitted further on {result['labels']:,} labels of a set it never saw (Financial\n"
        f"PhraseBank), measured on {result['test']:,} other texts of it; the difference is from fitting the\n"
        "upper layers plainly. An option whose interval holds 0 has not shown that it helps.\n"
        f"Other sets: what the model still knows, its mean score on {result['others']:,} development texts\n"
        "of the sets it was fitted on.\n",
        "| option | macro-F1 | accuracy | difference | 95% interval | other sets | seconds | memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in result["effects"].items():
        low, high = one["interval"]
        kept = f"{one['others']:.3f}" if "others" in one else ""
        cost = f"{one['seconds']:,.0f} | {one['peak_memory_mb']:,}" if "seconds" in one else " | "
        lines.append(
            f"| {name} | {one['macro_f1']:.3f} | {one['accuracy']:.3f} | {one['difference']:+.3f} "
            f"| {low:+.3f} to {high:+.3f} | {kept} | {cost} |"
        )
    return "\n".join([*lines, "", made_by(result)])


def compress_section(result: dict[str, Any]) -> str:
    lines = [
        "## Smaller models\n",
        f"Ways of `monitor compress`, each taught on {result['taught_on']:,} texts by the shipped model and\n"
        f"measured on {result['development']:,} development texts; speeds in turns. The shipped model\n"
        f"is served {result['served'].removeprefix('as shipped, ')}.\n",
        "| way | MB on disk | texts/s | times the served | macro-F1 of sentiment | mean of all scores |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['megabytes']:.1f} | {row['texts_per_second']:,.0f} | {row['times_served']:.2f} "
        f"| {row['macro_f1']:.3f} | {row['score']:.3f} |"
        for name, row in result["ways"].items()
    ]
    return "\n".join([*lines, "", made_by(result)])
