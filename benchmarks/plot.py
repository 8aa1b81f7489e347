"""Draw the committed results and write docs/benchmarks.md about them: `python -m benchmarks.plot`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import (
    certificates_page,
    cluster_page,
    lessons,
    live_page,
    retention_page,
    stories_page,
    surges_page,
    watch_page,
    workers_page,
)
from benchmarks.charts import classify_chart, gpu_chart, growth_chart, quality_chart, save
from benchmarks.decisions import duels_chart, duels_section, poisoning_section
from benchmarks.model_page import (
    classify_section,
    compress_section,
    explain_section,
    fitting_section,
    gpu_section,
    quality_section,
    runtimes_section,
)
from benchmarks.news_page import (
    companies_section,
    dates_section,
    feeds_section,
    masking_section,
    mutated_feeds_section,
    polling_section,
    sandbox_section,
)
from benchmarks.provenance import made_by
from benchmarks.strategies_page import (
    acquisition_section,
    policy_section,
    simulation_chart,
    simulation_section,
)

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DOCS = ROOT / "docs"


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
    "stories": (stories_page.section, None),
    "stories_speed": (stories_page.speed_section, None),
    "surges_power": (surges_page.section, None),
    "surges": (surges_page.archive, None),
    "surges_trend": (surges_page.trend, None),
    "surges_pit": (surges_page.pit, None),
    "novelty": (surges_page.novelty, None),
    "rollups": (watch_page.costs, None),
    "intake": (watch_page.intake, None),
    "latency": (watch_page.latency, None),
    "commits": (watch_page.commits, None),
    "retention": (retention_page.section, None),
    "workers": (workers_page.section, None),
    "masking": (masking_section, None),
    "feeds": (feeds_section, None),
    "mutated_feeds": (mutated_feeds_section, None),
    "dates": (dates_section, None),
    "companies": (companies_section, None),
    "clocks": (clocks_section, None),
    "keys": (keys_section, None),
    "sandbox": (sandbox_section, None),
    "polling": (polling_section, None),
    "cluster": (cluster_page.section, None),
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
