"""The section of docs/benchmarks.md about stories."""

from __future__ import annotations

from typing import Any

from benchmarks.provenance import made_by

FIGURES = (
    ("b_cubed_f1", "B-cubed F1", ">= 0.85"),
    ("precision", "pairwise precision", ""),
    ("recall", "pairwise recall", ""),
    ("hard_apart", "hard negatives apart", ">= 0.95"),
    ("cross_joined", "Chinese-English pairs joined", ">= 0.80"),
)
TITLES = {"tuned": "tuned half", "held_out": "held-out half"}


def section(result: dict[str, Any]) -> str:
    """Quality on both halves, and a feed's repeated titles."""
    quality, again = result["quality"], result["repeated_titles"]
    lines = [
        "## Stories: which articles tell one development\n",
        "Headlines written for this, none from a data set:",
        *(f"- the {title}: {_held(quality[half])}" for half, title in TITLES.items()),
        "",
        "The held-out half was written first; nothing was fitted or chosen on it, and no text of it read to",
        "mend anything. Weights and words were fitted on the tuned half. Opposites, headlines of one form,",
        "posts, people and places were tuned on a third set of 230 pairs (172 hard negatives, 58 that are",
        "the same: `tests/news/stories/pairs.jsonl`), written before any guard was tried on it, and checked",
        "on the tuned half; the suite holds 98% of either kind of pair. Each article goes",
        "through the pipeline alone, in the order of its hours; which companies it names is given. Intervals",
        "are 95%, by event.\n",
        "| | half | " + " | ".join(f"{title} {aim}".strip() for _, title, aim in FIGURES) + " |",
        "|---|---|" + "---|" * len(FIGURES),
    ]
    for way, halves in quality["ways"].items():
        for half, title in TITLES.items():
            cells = " | ".join(_cell(halves[half][name]) for name, *_ in FIGURES)
            lines.append(f"| {way} | {title} | {cells} |")
    lines += [
        "",
        "`text` is what joins before any prediction: reprints alone. `cosine cut` joins what is nearer than",
        "the cut that is best on the tuned half, within company and 48 hours. Peers publish an F1",
        "of 0.73 for merging events.",
        "",
    ]
    if again is not None:
        twice, kept = again["titles_again_within_3_days"], again["of_them_one_story"]
        lines += [
            f"Of {again['items']:,} items of a public feed, {twice} repeat a title of the last three days;",
            f"{kept} of them are in its story. {again['stories_of_several_titles']} stories of",
            f"{again['stories']:,} hold more than one title.\n",
        ]
    return "\n".join([*lines, made_by(result)])


def _held(half: dict[str, int]) -> str:
    return (
        f"{half['headlines']} in {half['events']} events, {half['bilingual_events']} told in both languages; "
        f"{half['in_hard_families']} in families of hard negatives ({half['hard_pairs']} pairs)"
    )


def _cell(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def speed_section(result: dict[str, Any]) -> str:
    """How fast articles find their story."""
    found = result["speed"]
    return "\n".join(
        [
            "## Speed of finding stories\n",
            f"{found['articles']:,} new articles against {found['window_stories']:,} stories of 48 hours in",
            f"SQLite ({found['database_mb']:,} MB), {found['chunk']} at a time by text, processor time:\n",
            "| | articles a second | aim |",
            "|---|---|---|",
            f"| by text | {found['text_per_second']:,} | 2,000 |",
            f"| joining by given vectors | {found['joining_per_second']:,} | |",
            f"| both | {found['with_vectors_per_second']:,} | 1,000 |",
            "",
            "A quarter of the new ones tell what a stored one does in other words:",
            f"{found['joined']} joined a story. The window lies in the store, and the process remembers what",
            f"the last 50,000 headlines state: it holds {found['peak_mb']:,} MB at most, of them",
            f"{found['peak_mb_before']:,} MB before the first look-up. Other processes shared the two cores:",
            f"hashing a megabyte took {found['reference_us']:,} µs of processor time meanwhile.\n",
            made_by(result),
        ]
    )
