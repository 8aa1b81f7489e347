"""Draw the committed results and write docs/benchmarks.md about them: `python -m benchmarks.plot`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import certificates_page, lessons, live_page
from benchmarks.charts import (
    TITLES,
    classify_chart,
    gpu_chart,
    growth_chart,
    measure,
    quality_chart,
    save,
)
from benchmarks.decisions import duels_chart, duels_section, poisoning_section
from benchmarks.strategies_page import (
    acquisition_section,
    policy_section,
    simulation_chart,
    simulation_section,
)

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DOCS = ROOT / "docs"
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
            f"| {against(figures['aim'], model[name])} | {model['calibration_error']:.3f} "
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


def against(aim: float | None, value: float) -> str:
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


def feeds_section(result: dict[str, Any]) -> str:
    found = result["result"]
    refused = "; ".join(f"{count:,}: {reason}" for reason, count in found["refused_by_reason"].items())
    equal = found["equal_to_feedparser"]
    return "\n".join(
        [
            "## Feeds\n",
            f"{found['files']:,} feed files, well-formed, ill-formed and in odd encodings, were served on\n"
            f"loopback and polled by the `rss` source: {found['read']:,} were read\n"
            f"({found['items']:,} items), and in {equal:,}\n"
            f"titles and links equal feedparser's own.\n"
            f"{found['refused']:,} were refused ({refused}).\n"
            f"Raised out of the source or ended the process: {len(found['escaped'])}.\n",
            "Where the two differ, and why:\n",
            *(f"- `{one['file']}`: {one['why']}" for one in found["differing"]),
            "",
            made_by(result),
        ]
    )


def masking_section(result: dict[str, Any]) -> str:
    found = result["result"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in found["masks"].items() if count)
    judged = found["judged_figures"]
    lines = [
        "## Personal data\n",
        f"{found['texts']:,} news and comments, in which personal data are rare and figures are not, went\n"
        f"through the masking: {sum(found['masks'].values())} masks ({kinds}) in\n"
        f"{found['texts_with_a_mask']} texts. Each was read: {judged} were figures, "
        f"{10_000 * judged / found['texts']:.2f} in 10,000 texts;\n"
        "the others are telephone numbers and e-mail addresses that press releases and columns give on\n"
        "purpose.\n",
        f"{found['texts_per_second']:,} texts a second. An article takes "
        f"{found['microseconds_per_masked_article']:.0f} µs to normalise with it and "
        f"{found['microseconds_per_article']:.0f} µs without,\na log line "
        f"{found['microseconds_per_log_line']:.0f} µs to redact and "
        f"{found['microseconds_per_log_line_without']:.0f} µs without (processor time).\n",
        "| file | texts | masks |",
        "|---|---|---|",
    ]
    for name, figures in found["by_file"].items():
        own = ", ".join(f"{count} {kind}" for kind, count in figures.items() if kind != "texts")
        lines.append(f"| {name} | {figures['texts']:,} | {own or 'none'} |")
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


def growth_section(result: dict[str, Any]) -> str:
    lines = [
        "## Retraining\n",
        "From nothing to a written model, the shipped one being its parent, "
        f"{result['development']} texts being development.\n\n"
        "![Minutes by labels](images/growth.svg)\n",
        "| labels | method | minutes | peak memory, MB |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {run['labels']:,} | {run['method']} | {run['seconds'] / 60:.1f} | {run['peak_memory_mb']:,} |"
        for run in sorted(result["runs"], key=lambda run: (run["labels"], run["method"]))
    ]
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


def mutated_feeds_section(result: dict[str, Any]) -> str:
    lines = [
        "## Damaged feeds\n",
        f"{result['feeds']:,} feeds, each one of {result['documents']} documents with one to three small\n"
        "damages; lost is a feed of which no item is read. A text names a character with a reference\n"
        "(`&nbsp;`).\n",
        "| damaged | read | every item lost | raised anything else |",
        "|---|---|---|---|",
    ]
    for name, title in (("any", "in any way"), ("references_only", "in references only")):
        one = result[name]
        lines.append(f"| {title} | {one['read']:,} | {one['lost']:,} | {len(one['escaped'])} |")
    return "\n".join([*lines, "", made_by(result)])


def dates_section(result: dict[str, Any]) -> str:
    readers = [name for name, one in result.items() if isinstance(one, dict) and "right" in one]
    lines = [
        "## Dates\n",
        f"{result['texts']:,} dates in 101 spellings that say one thing, and {result['unreadable']} texts\n"
        "that are ambiguous, incomplete or impossible and should not be read.\n",
        "| reader | right | wrong | not read | of the unreadable, read all the same |",
        "|---|---|---|---|---|",
    ]
    for name in readers:
        one = result[name]
        title = "this one" if name == "monitor" else name
        lines.append(
            f"| {title} | {one['right']:,} | {one['wrong']:,} | {one['none']:,} | {one['guessed']} |"
        )
    return "\n".join([*lines, "", made_by(result)])


def clocks_section(result: dict[str, Any]) -> str:
    trials = result["trials"]
    lines = [
        "## Clocks that step\n",
        "Real workers on one store, whose wall clocks are set while they run; each job has an interval of\n"
        f"{result['interval_seconds']:g} s and a lease is {result['lease_seconds']:g} s. The longest time\n"
        "between two runs of any job, in intervals; the time until another leads, in leases; and runs that\n"
        "began before the run before had ended.\n",
        "| clock | step: longest gap | told | leader killed: leases | leader stopped: leases | twice |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in trials.items():
        twice = sum(one[trial]["twice"] for trial in ("step", "killed", "stopped"))
        lines.append(
            f"| {name} | {one['step']['longest_gap']:.2f} | {one['step']['told']} "
            f"| {one['killed']['leases']:.2f} | {one['stopped']['leases']:.2f} | {twice} |"
        )
    return "\n".join(
        [*lines, "", "The aims: at most two intervals, at most two leases, nothing twice.\n", made_by(result)]
    )


def keys_section(result: dict[str, Any]) -> str:
    keys, stored, waits = result["keys"], result["stored"], result["key_to_next_article_ms"]
    right = "each on the article that its key fell on" if stored["each_its_own"] else "not all of them right"
    lines = [
        "## Keys on the labelling queue\n",
        "On the dashboard in a real Chromium, watched from outside of the page's own scripts: what was\n"
        "painted when, and on which article each key fell. Keys come 0.05 to 0.5 s apart, some twice within\n"
        "30 ms, some held down. A key counts where its article had been painted for "
        f"{result['min_seen_ms']:.0f} ms, and where\nit was not down already.\n",
        "| keys down | repeats of held keys | too early | answers due | labels stored | missing | wrong |",
        "|---|---|---|---|---|---|---|",
        f"| {keys['down']} | {keys['repeats']} | {keys['too_early']} | {keys['answers_due']} "
        f"| {stored['labels']} | {stored['missing']} | {stored['wrong']} |",
        "",
        f"The labels stored are {right}. From a key to the paint of the next article: median "
        f"{waits['median']:.0f} ms, 95% within {waits['p95']:.0f} ms, at most {waits['most']:.0f} ms.\n"
        f"Load of the machine before: {result['load_before']:.1f}.",
    ]
    return "\n".join([*lines, "", made_by(result)])


def sandbox_section(result: dict[str, Any]) -> str:
    lines = [
        "## Plugins in processes of their own\n",
        "A call in the monitor's process, and in a child that is warm, in turns; milliseconds.\n",
        "| call | here | in a child | more |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one['here_ms']:.2f} | {one['child_ms']:.2f} | {one['more_ms']:.2f} |"
        for name, one in (result["polls"] | result["calls"]).items()
    ]
    started = ", ".join(f"{one:.0f} ms ({name})" for name, one in result["starts_ms"].items())
    lines += [
        f"\nA child's start, to its first answer: {started}. Items are checked when they are built:\n"
        f"100,000 take {result['records']['checked_ms']:.0f} ms, "
        f"without the check {result['records']['unchecked_ms']:.0f} ms.\n",
        "A hundred sources, eight at a time; memory as the share that is the children's own (PSS).\n",
        "| a hundred sources | processes at most | MB at most | processes after | MB after |",
        "|---|---|---|---|---|",
    ]
    for name, one in result["hundred_sources"].items():
        most, after = one["at_most"], one["afterwards"]
        lines.append(
            f"| {name} | {most['processes']} | {most['memory_mb']:.0f} "
            f"| {after['processes']} | {after['memory_mb']:.0f} |"
        )
    lines.append(
        "\nSo every source runs in a child, the bundled ones too: what that adds to a poll is less than the\n"
        "network takes. The bundled detector is called hundreds of times a run, and the bundled strategies\n"
        "are handed thousands of articles, within limits of their own: they stay in the monitor's process.\n"
    )
    return "\n".join([*lines, made_by(result)])


def polling_section(result: dict[str, Any]) -> str:
    lines = [
        "## Sources that hang\n",
        f"Sources that answer within {result['answer_seconds']:g} s, polled every "
        f"{result['interval_seconds']:g} s, eight at a time: from the moment one comes due to the moment\n"
        "that its articles are stored, from its third poll on. Half of those that hang wait for ever, half\n"
        f"compute for ever; each is ended after {result['limit_seconds']:g} s.\n",
        "| sources that answer | sources that hang | polls counted | median, s | 95th percentile, s "
        "| processes at most |",
        "|---|---|---|---|---|---|",
    ]
    for one in (result["alone"], result["beside"]):
        lines.append(
            f"| {one['good']} | {one['hung']} | {one['delays_counted']} | {one['median_seconds']:.2f} "
            f"| {one['p95_seconds']:.2f} | {one['most_processes']} |"
        )
    lines.append(f"\nRatio of the 95th percentiles: {result['ratio']:.2f} (aim: at most 1.20).\n")
    return "\n".join([*lines, made_by(result)])


def made_by(result: dict[str, Any]) -> str:
    machine = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"`{result['command']}`; {machine}; {versions}.\n"


SECTIONS = {
    "quality": (quality_section, quality_chart),
    "classify": (classify_section, classify_chart),
    "runtimes": (runtimes_section, None),
    "gpu": (gpu_section, gpu_chart),
    "explain": (explain_section, None),
    "fitting": (fitting_section, None),
    "growth": (growth_section, growth_chart),
    "compress": (compress_section, None),
    "acquisition": (acquisition_section, None),
    "simulation": (simulation_section, simulation_chart),
    "policy": (policy_section, None),
    "lessons": (lambda result: f"{lessons.section(result)}\n{made_by(result)}", None),
    "masking": (masking_section, None),
    "feeds": (feeds_section, None),
    "mutated_feeds": (mutated_feeds_section, None),
    "dates": (dates_section, None),
    "clocks": (clocks_section, None),
    "keys": (keys_section, None),
    "sandbox": (sandbox_section, None),
    "polling": (polling_section, None),
    "certificates": (
        lambda result: certificates_page.section(result) + made_by(result),
        certificates_page.chart,
    ),
    "live": (lambda result: live_page.section(result) + made_by(result), None),
    "duels": (lambda result: f"{duels_section(result)}\n{made_by(result)}", duels_chart),
    **dict.fromkeys(
        ("poisoning", "poisoning_full"),
        (lambda result: f"{poisoning_section(result)}\n{made_by(result)}", None),
    ),
}


def main() -> None:
    page = [
        "<!-- Written by benchmarks/plot.py from benchmarks/results; do not edit. -->\n\n# Benchmarks\n\n"
        "Each program under `benchmarks/` says in its docstring what it measures; its result is committed\n"
        "under `benchmarks/results/`. The data they read are not part of the project.\n"
    ]
    for name, (section, chart) in SECTIONS.items():
        file = RESULTS / f"{name}.json"
        if file.exists():
            result = json.loads(file.read_text(encoding="utf-8"))
            page.append(section(result))
            if chart is not None:
                save(chart(result), DOCS / "images" / f"{name}.svg")
    (DOCS / "benchmarks.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
