"""What the page of benchmarks says about taking news in: feeds, dates, masks, and processes for sources."""

from __future__ import annotations

from typing import Any

from benchmarks.provenance import made_by


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
