"""CSV: separators, quotes, rows that are too long or too short, and how far damage reaches."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from monitor.datasets.tables import MAX_ROW_BYTES, BadRow, Row, lines, open_table
from monitor.errors import DataError


def read(path: Path, data: str | bytes, **options: Any) -> tuple[list[list[str]], list[str], list[str]]:
    """The cells of the rows, what is said of those that cannot be read, and warnings."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with open_table(path, **options) as table:
        rows = list(table.rows())
        good = [list(row.cells.values()) for row in rows if isinstance(row, Row)]
        return good, [str(row) for row in rows if isinstance(row, BadRow)], table.warnings()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.csv"


@pytest.mark.parametrize(
    "data",
    [
        "title,text\nA,B; c\n",
        "title;text\nA;B; c\n".replace("B; c", '"B; c"'),
        "title\ttext\nA\tB; c\n",
        "sep=|\ntitle|text\nA|B; c\n",
        '"sep=;"\r\ntitle;text\r\nA;"B; c"\r\n',
        "\n\ntitle,text\nA,B; c\n",
        "title,text\r\nA,B; c\r\n",
        "title,text\rA,B; c\r",
        "title,text\r\nA,B; c\n",
        "title,text,\nA,B; c,\n",
        '"title","text"\nA,"B; c"',
    ],
)
def test_the_header_says_what_separates_cells(path: Path, data: str) -> None:
    good, bad, warnings = read(path, data)
    assert ([cells[:2] for cells in good], bad, warnings) == ([["A", "B; c"]], [], [])


def test_a_file_of_one_column_needs_no_separator(path: Path) -> None:
    assert read(path, "title\nA\n\nB\n") == ([["A"], ["B"]], [], [])


def test_columns_without_a_name_get_one(path: Path) -> None:
    path.write_text(",text,\n0,A,\n")  # what pandas writes with its index
    with open_table(path) as table:
        (row,) = table.rows()
    assert isinstance(row, Row) and dict(row.cells) == {"column 1": "0", "text": "A", "column 3": ""}


def test_line_ends_within_quotes_are_kept_and_counted(path: Path) -> None:
    path.write_bytes(b'title,"te\nxt"\n"A\r\nB","C\rD"\nE,F,G\n')
    with open_table(path) as table:
        first, second = table.rows()
    assert isinstance(first, Row) and list(first.cells.values()) == ["A\r\nB", "C\rD"]
    assert first.where == "line 3" and str(second).startswith("line 5: 3 cells under 2 columns")


def test_a_stray_quote_costs_its_own_rows_and_says_which(path: Path) -> None:
    good, bad, _ = read(path, 't,u\nA,5" wide\n"He said "no" today",x\nB,C\n"D,E\nF,"G"\nH,I\n')
    assert good == [["A", '5" wide'], ["B", "C"], ["H", "I"]]
    assert [text.partition(":")[0] for text in bad] == ["line 3", "lines 5 to 6"]
    good, bad, _ = read(path, 't,u\nA,B\n"C,D\nE,F\n')
    assert (good, bad) == ([["A", "B"]], ["lines 3 to 4: a quote is opened and not closed"])


def test_short_rows_are_filled_and_counted_and_long_ones_refused(path: Path) -> None:
    good, bad, warnings = read(path, "t,u\nA\nB,C,,\nD,E,F\nG\n")
    assert good == [["A", ""], ["B", "C"], ["G", ""]]
    assert [text.partition(" columns")[0] for text in bad] == ["line 4: 3 cells under 2"]
    assert warnings == [
        "2 rows have fewer cells than the header, the first in line 2; what is missing is empty"
    ]


def test_zero_bytes_are_left_out_and_counted(path: Path) -> None:
    good, bad, warnings = read(path, b"t,u\nA,\x00B\n\x00\x00C,D\n")
    assert (good, bad) == ([["A", "B"], ["C", "D"]], [])
    assert warnings == ["3 zero bytes were left out, the first in line 2"]


def test_a_cell_may_be_longer_than_the_csv_module_likes(path: Path) -> None:
    assert csv.field_size_limit() >= 0  # whatever another has set
    csv.field_size_limit(131_072)
    long = "Halvorsen Bank reports a loss. " * 5_000
    assert read(path, f't,u\n"{long}",x\n')[0] == [[long, "x"]]


def test_a_row_beyond_the_bound_is_refused_and_the_next_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_ROW_BYTES == 10_000_000
    monkeypatch.setattr(lines, "MAX_ROW_BYTES", 100)
    monkeypatch.setattr(lines, "BLOCK", 30)
    long = "x" * 150
    for row, last in (
        (f"{long},y\n", 3),
        (f'"{long}\n{long}",y\n', 4),
        (f'"short\nlines\n{long}\nend","{long}"\n', 6),
    ):
        good, bad, _ = read(path, f"t,u\nA,B\n{row}C,D\n")
        where = "line 3" if last == 3 else f"lines 3 to {last}"
        assert good == [["A", "B"], ["C", "D"]]
        assert [text.partition(":")[0] for text in bad] == [where] and "which is the most" in bad[0]


def test_a_header_that_cannot_be_read_refuses_the_file(path: Path) -> None:
    for data, message in (
        ('"a"b,c\n1,2\n', "line 1: not readable as cells"),
        ("text,TEXT \n1,2\n", "line 1: two columns are named 'text'"),
    ):
        with pytest.raises(DataError, match=message):
            read(path, data)


def test_a_header_that_is_still_being_written_waits(path: Path) -> None:
    for data in ("", "tit", "title,text", '"ti\ntle'):
        good, bad, warnings = read(path, data, growing=True)
        assert (good, bad) == ([], []) and bool(warnings) == bool(data)
    assert read(path, "title,text", growing=False)[2] == ["the file has a header and no rows"]
