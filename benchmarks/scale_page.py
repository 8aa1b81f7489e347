"""docs/scale.md: what the measured parts, and the simulation, come to. Written by `benchmarks.scale`."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair
import pandas

from benchmarks.charts import Drawn, save
from benchmarks.provenance import made_by
from benchmarks.scale_costs import ASSUMED, SIZES, Part, bottlenecks, costs, gigabytes, parts, plan

Results = Mapping[str, Mapping[str, Any]]
QUEUES = "longest queues (polls)"
DAYS = {
    "ordinary": "an ordinary day",
    "burst": "ten times as much for five minutes",
    "dead node": "a node dies",
    "new model": "a new model",
}


def write(results: Results, docs: Path) -> None:
    """The page and its plot."""
    save(chart(parts(results)), docs / "images" / "scale.svg")
    (docs / "scale.md").write_text(page(results), encoding="utf-8")


def page(results: Results) -> str:
    found = parts(results)
    sections = (
        opening(),
        "## What an article costs\n",
        *steps(results),
        "## What an article weighs\n",
        *weights(results),
        "## How far one unit goes\n",
        *reaches(found),
        "## Machines\n",
        *machines(results, found),
        "## What is used up first\n",
        *firsts(found),
        "## From published to the message\n",
        *simulated(results),
        "## Beside a real run\n",
        *beside(results),
        "## Assumptions\n",
        *assumptions(),
        made_by(dict(results["scale"])),
    )
    return "\n".join(sections)


def prose(text: str) -> str:
    """A paragraph, in lines of a page's length."""
    return textwrap.fill(" ".join(text.split()), 110, break_long_words=False, break_on_hyphens=False) + "\n"


def opening() -> str:
    return (
        "<!-- Written by benchmarks/scale.py from benchmarks/results; do not edit. -->\n\n# Scale\n\n"
        + prose(
            """How many machines for how many articles a day, on paper: the parts are measured, their sum is
            not. Every number names the file under `benchmarks/results/` that it comes from; what is assumed
            and not measured stands under *Assumptions*, and is called one where it is used. Files to deploy
            from are in [deploy/](../deploy/README.md)."""
        )
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def steps(results: Results) -> list[str]:
    rows = [(one.step, f"{one.micros:,.0f}", one.source) for one in costs(results)]
    loads = [one["load"] for some in results["scale"]["stores"].values() for one in some]
    clock = {run["database"]: run for run in results["intake"]["runs"]}
    postgresql, sqlite = clock["postgresql"], clock["sqlite"]
    return [
        prose(
            f"""Microseconds of one core (of one GPU where it says so) for one article. Those of scale.json
            are the processor's own time, because the machine was busy with other things (load
            {min(loads):.0f} to {max(loads):.0f} on 2 cores, which makes caches cold, and figures high
            rather than low). *Whole intake* is everything between a feed and the store but the model: the
            steps above it, stories, the search index, counts and tasks."""
        ),
        *table(("step", "us", "from"), rows),
        prose(
            f"""By the clock, on a machine under load, intake.json has {sqlite["per_second"]:.0f} articles a
            second on SQLite with {sqlite["articles"]:,} stored and {postgresql["per_second"]:.0f} on
            PostgreSQL with {postgresql["articles"]:,}, its load being {postgresql["load"]:g} of 2 cores;
            one core by itself comes to {1e6 / _of(results, "sqlite"):.0f} and
            {1e6 / _of(results, "postgresql"):.0f} by the figures here."""
        ),
    ]


def _of(results: Results, store: str) -> float:
    one = results["scale"]["stores"][store][0]
    return float(one["process_us"] + one["server_us"])


def weights(results: Results) -> list[str]:
    days = ASSUMED["kept"].value
    rows = [
        (name, f"{one['characters']:,}", f"{one['bytes']:,}", f"{one['bytes'] * days / 1e3:,.0f}")
        for name, some in results["scale"]["stores"].items()
        for one in some
    ]
    articles = results["scale"]["stores"]["sqlite"][0]["articles"]
    return [
        prose(
            f"""Bytes by which the store grows for one article, with its indexes, vector, prediction, counts
            and search index (scale.json stores: the growth over {articles:,} made-up articles, half of them
            Chinese). PostgreSQL compresses long texts, SQLite does not."""
        ),
        *table(("store", "characters", "bytes", f"GB for 1 million a day, {days:g} days (assumption)"), rows),
    ]


def reaches(found: Mapping[str, Part]) -> list[str]:
    rows = [
        (
            part.name,
            f"one {part.unit}",
            f"{part.a_day():,.0f}",
            "any number" if part.most is None else f"{part.most}",
            part.source,
        )
        for part in found.values()
    ]
    return [
        prose(
            f"""Articles a day that one unit of each part is enough for, if it is busy for
            {ASSUMED["use"].value:.0%} of the busiest hour, which brings {ASSUMED["peak"].value:g} times the
            mean (both assumptions)."""
        ),
        "![Share of each part that is used](images/scale.svg)\n",
        *table(("part", "unit", "articles a day", "units there can be", "from"), rows),
        prose(
            """The H200's figure is of a GPU that is never idle, on texts of headline length; no
            installation here comes near it, and one GPU stands in for any number of cores below. 64 cores
            for PostgreSQL is an assumption, too: the largest machine."""
        ),
    ]


def machines(results: Results, found: Mapping[str, Part]) -> list[str]:
    cores = ASSUMED["machine"].value
    rows = []
    for a_day in SIZES:
        store = plan(a_day, found)
        cpu, server = found["cpu"].units(a_day), found["server"].units(a_day)
        disk = gigabytes(results, store, 300, a_day) * ASSUMED["kept"].value
        told = (f"{disk:,.0f} GB{_disks(disk)}",)
        if store == "sqlite":
            rows.append((f"{a_day:,}", "SQLite", "1 process", number(cpu, "core"), *told, "1 machine"))
            continue
        workers = max(2, found["ingest"].units(a_day))
        many, judging = max(2, _machines(workers, cores)), _machines(cpu, cores)
        rows.append(
            (
                f"{a_day:,}",
                f"PostgreSQL, {number(server, 'core')}",
                f"{workers} processes on {number(many, 'machine')}",
                f"{number(cpu, 'core')} ({number(judging, 'machine')}), or 1 H200",
                *told,
                number(1 + many + judging, "machine"),
            )
        )
    return [
        prose(
            f"""A machine has {cores:g} cores; articles of 300 characters are kept {ASSUMED["kept"].value:g}
            days (assumptions). In all: the database, workers, and the classifier on cores; with a GPU its
            machines are one. What has more machines than *What is used up first* allows is not an
            installation, but several."""
        ),
        *table(("articles a day", "store", "workers", "classifier", "disk", "in all"), rows),
    ]


def _machines(units: int, cores: float) -> int:
    return math.ceil(units / cores)


def _disks(size: float) -> str:
    count = math.ceil(size / ASSUMED["disk"].value)
    return "" if count == 1 else f" ({count} disks)"


def firsts(found: Mapping[str, Part]) -> list[str]:
    rows = []
    for a_day in SIZES:
        rows_of = bottlenecks(a_day, found)
        first, share = rows_of[0]
        part, used = next(row for row in rows_of if row[0].most is not None)
        rows.append(
            (
                f"{a_day:,} ({'SQLite' if plan(a_day, found) == 'sqlite' else 'PostgreSQL'})",
                f"{first.name}: {share:.1f} of a {first.unit}",
                first.next if share > 1 else "nothing: less than one",
                f"{part.name}: {used:.0%}",
                part.next if used > 1 else "nothing: enough",
            )
        )
    hard = [part for name, part in found.items() if part.most is not None and name != "sqlite"]
    last = min(hard, key=lambda part: part.a_day() * (part.most or 1))
    end = last.a_day() * (last.most or 1)
    head = (
        *("articles a day", "used up first", "done about it"),
        "first that cannot be multiplied",
        "done about it",
    )
    return [
        *table(head, rows),
        prose(
            f"""One installation ends at about {end / 1e6:,.0f} million articles a day, by: {last.name}.
            Beyond it this software has no answer of its own but several installations, each with its
            sources and companies. SQLite's one writer ends at {found["sqlite"].a_day() / 1e6:.1f} million.
            By how much several workers on one PostgreSQL slow each other is not in these figures, which are
            of one worker; commits on one hour's counts are, at their worst."""
        ),
    ]


def simulated(results: Results) -> list[str]:
    rows = []
    for one in results["scale"]["simulated"]:
        for name, title in DAYS.items():
            day = one["days"][name]
            queues = ", ".join(f"{stage} {most:,}" for stage, most in day["longest_queue"].items())
            seconds = (f"{day[key]:.0f}" for key in ("p50", "p95", "worst_minute_p95"))
            rows.append((f"{one['a_day']:,}", title, *seconds, f"{day['after_poll_p50']:.1f}", queues))
    shares = ", ".join(f"{one['dead_share']:.0%}" for one in results["scale"]["simulated"])
    return [
        prose(
            f"""A simulation of the queues (`benchmarks/queues.py`; its laws are tests): published, polled,
            fetched, judged on cores, stored, looked at by the watch, sent; each part has the units under
            *Machines*. Seconds from publication to the message; an alert's are those of the article that
            opens it. Most of it is the wait for the poll: a source is polled every
            {ASSUMED["interval"].value / 60:g} minutes (assumption), so no median is under half of that;
            *after the poll* is what the monitor itself takes. Trouble comes ten minutes in; *worst minute*
            is the greatest p95 of the articles published within one minute. The node that dies has {shares}
            of the sources and workers (by size), which others have after {ASSUMED["dead"].value:g} s. A new
            model is loaded by half of the replicas at a time."""
        ),
        *table(
            (
                *("articles a day", "day", "p50", "p95", "worst minute"),
                "after the poll, p50",
                "longest queues (polls)",
            ),
            rows,
        ),
        prose(
            """Sources are simulated one by one up to 1,500; beyond it several are one that brings as much,
            which makes bundles larger than they are. How commits wait for each other is not simulated, so
            the last size is what its queues would be if the counts held, which they do not (above)."""
        ),
    ]


def beside(results: Results) -> list[str]:
    one = results["scale"]["beside_a_run"]
    real = one["real"]
    low, high = one["medians_by_phase"]
    inside = low <= real["median"] <= high
    return [
        prose(
            """The same simulation of what `benchmarks.latency` did with a real worker (eight articles of a
            company at a time, one machine, SQLite; latency.json): seconds from having been polled to the
            message. The real run is the committed one; no new one was made for this page."""
        ),
        *table(
            ("", "median", "p95", "most"),
            [
                ("real run", *(f"{real[name]:.1f}" for name in ("median", "p95", "most"))),
                ("simulation, 20 phases", *(f"{one[name]:.1f}" for name in ("median", "p95", "most"))),
            ],
        ),
        prose(
            f"""The watch and the outbox each begin every 5 s, and by how much the one follows the other is
            chance. By phase the simulated median is {low:.1f} to {high:.1f} s; the real median lies
            {"within" if inside else "outside, so the simulation lacks something"}. The greatest wait is
            {real["most"]:.1f} s in the real run and {one["most"]:.1f} s in the simulation, the median
            {real["median"] - one["median"]:+.1f} s from the simulated one. Other work on the machine is not
            simulated."""
        ),
    ]


def assumptions() -> list[str]:
    rows = [(f"`{name}`", f"{one.value:g} {one.unit}", one.what) for name, one in ASSUMED.items()]
    return [
        *table(("", "value", "what"), rows),
        prose(
            """And: cores are as fast as those of the machine that each result names, work divides among them
            evenly, and the network between machines costs nothing."""
        ),
    ]


def chart(found: Mapping[str, Part]) -> Drawn:
    """The share of all there can be of each part (of one unit, where there can be any number) by size."""
    rows = [
        {"day": day, "share": part.used_up(day), "part": part.name}
        for name, part in found.items()
        if name != "gpu"
        for day in (10 ** (exponent / 4) for exponent in range(20, 33))
    ]
    scale = altair.Scale(type="log")
    base = altair.Chart(pandas.DataFrame(rows)).encode(
        x=altair.X("day:Q", scale=scale, title="articles a day", axis=altair.Axis(format="~s")),
        y=altair.Y("share:Q", scale=scale, title="used (1: all that there can be, or one unit)"),
        color=altair.Color("part:N", legend=altair.Legend(title=None, orient="right", labelLimit=320)),
    )
    limit = altair.Chart(pandas.DataFrame({"one": [1.0]})).mark_rule(color="#1f2937", strokeDash=[4, 3])
    return altair.layer(base.mark_line(strokeWidth=2), limit.encode(y="one:Q")).properties(
        width=420, height=300
    )
