"""Files of every kind, whole and part by part: what is written comes back, or is refused or told."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.datasets.tables import BadRow, Row, open_table, opening, read_table
from monitor.errors import DataError

Rows = Sequence[dict[str, str]]


def written(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(
    path: Path, state: Any = None, **options: Any
) -> tuple[list[Row | BadRow], dict[str, Any], list[str]]:
    """Rows, state (as it comes back from the store) and warnings."""
    with open_table(path, state, **options) as table:
        rows = list(table.rows())
        return rows, json.loads(json.dumps(table.state())), table.warnings()


def cells(rows: Sequence[Row | BadRow]) -> list[dict[str, Any]]:
    return [dict(row.cells) for row in rows if isinstance(row, Row)]


# --- what is written comes back ----------------------------------------------------------------


def by_csv(path: Path, rows: Rows, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def by_csv_with(separator: str) -> Callable[[Path, Rows, str], None]:
    def write(path: Path, rows: Rows, encoding: str) -> None:
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=separator, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    return write


def by_pandas(path: Path, rows: Rows, encoding: str) -> None:
    pd.DataFrame(rows).to_csv(path, index=False, encoding=encoding)


def by_json(path: Path, rows: Rows, encoding: str) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(text.encode(encoding))


def by_json_array(path: Path, rows: Rows, encoding: str) -> None:
    path.write_bytes(json.dumps(rows, ensure_ascii=False, indent=1).encode(encoding))


def by_pandas_json(path: Path, rows: Rows, encoding: str) -> None:
    pd.DataFrame(rows).to_json(path, orient="records", lines=True, force_ascii=False)


def by_pyarrow(path: Path, rows: Rows, encoding: str) -> None:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def by_pyarrow_bytes(path: Path, rows: Rows, encoding: str) -> None:
    columns = {name: [row[name].encode() for row in rows] for name in rows[0]}
    pq.write_table(pa.table(columns), path)


TEXTS = {
    "csv": (".csv", by_csv),
    "semicolons": (".csv", by_csv_with(";")),
    "tabs": (".tsv", by_csv_with("\t")),
    "pandas": (".csv", by_pandas),
    "json lines": (".jsonl", by_json),
    "json array": (".json", by_json_array),
}
OTHERS = {
    "pandas json": (".jsonl", by_pandas_json),
    "parquet": (".parquet", by_pyarrow),
    "parquet bytes": (".parquet", by_pyarrow_bytes),
}
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "gb18030",
    "gbk",
    "big5",
    "cp1252",
    "cp932",
)

some_texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("股价跌停亏損擴大éß€“”，：;|,\"'\n\t "),
    ),
    max_size=12,
)
tables = st.lists(
    st.fixed_dictionaries({"title": some_texts, "text": some_texts, "note": some_texts}), min_size=1
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(
    rows=tables,
    encoding=st.sampled_from(ENCODINGS),
    kind=st.sampled_from([*TEXTS, *OTHERS]),
    told=st.booleans(),
)
def test_any_table_comes_back_identical_or_is_refused_or_told(
    tmp_path: Path, rows: Rows, encoding: str, kind: str, told: bool
) -> None:
    ending, write = (TEXTS | OTHERS)[kind]
    rows = [{name: _kept(cell, encoding, kind) for name, cell in row.items()} for row in rows]
    path = tmp_path / f"table{ending}"
    write(path, rows, encoding)
    named = encoding.removesuffix("-sig") if told and kind in TEXTS else ""
    try:
        found, _, warnings = read(path, encoding=named)
    except DataError as error:
        assert str(path) in str(error) and not named, error
        return
    bad = [row for row in found if isinstance(row, BadRow)]
    same = cells(found) == [dict(row) for row in rows]
    assert same or bad or warnings, (rows, cells(found))
    assert same or not named, (rows, cells(found), bad)


def _kept(cell: str, encoding: str, kind: str) -> str:
    """What of a cell the format can hold at all: characters of the encoding, and in CSV no carriage return,
    which pandas and the csv module do not always quote, and no zero byte."""
    if kind in TEXTS:
        cell = "".join(char for char in cell if _holds(encoding, char))
    if "json" not in kind and "parquet" not in kind:
        cell = cell.replace("\r", "").replace("\x00", "")
    return cell.replace("\ufeff", "")


def _holds(encoding: str, char: str) -> bool:
    try:
        return char.encode(encoding).decode(encoding) == char
    except UnicodeError:
        return False


LOSS = [{"title": "青禾农业三季度亏损扩大", "text": "公司称，成本上升。\n第二行"}] * 3


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "gbk"]
)
def test_every_kind_of_text_in_every_encoding(tmp_path: Path, kind: str, encoding: str) -> None:
    ending, write = TEXTS[kind]
    path = tmp_path / f"a{ending}"
    write(path, LOSS, encoding)
    found, _, warnings = read(path)
    assert cells(found) == LOSS
    guessed = encoding in ("utf-16-le", "gb18030", "gbk")
    assert [warning.startswith("read as ") for warning in warnings] == [True] * guessed


@pytest.mark.parametrize("kind", TEXTS)
def test_text_may_be_packed(tmp_path: Path, kind: str) -> None:
    ending, write = TEXTS[kind]
    write(tmp_path / f"a{ending}", LOSS, "utf-8")
    packed = written(
        tmp_path / f"b{ending}.gz", gzip.compress((tmp_path / f"a{ending}").read_bytes(), mtime=0)
    )
    assert cells(read(packed)[0]) == LOSS
    written(packed, packed.read_bytes()[:-9])
    with pytest.raises(DataError, match="cannot be read: Compressed file ended"):
        read(packed)


def test_an_encoding_that_is_given_is_taken_and_one_that_contradicts_the_mark_is_not(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "title\n利润\n".encode("gbk"))
    with pytest.raises(DataError, match=r"a\.csv: line 2, byte 7: the text may be in any"):
        read(path)
    found, _, warnings = read(path, encoding="gbk")
    assert (cells(found), warnings) == ([{"title": "利润"}], [])
    written(path, "title\n利润\n".encode("utf-16"))
    assert cells(read(path, encoding="utf-16")[0]) == [{"title": "利润"}]
    with pytest.raises(DataError, match="marks itself as utf-16-le and is to be read as gb18030"):
        read(path, encoding="gbk")
    with pytest.raises(DataError, match="there is no encoding 'klingon'"):
        read(path, encoding="klingon")


def test_a_line_that_is_not_in_the_file_s_encoding_is_refused_with_its_byte(tmp_path: Path) -> None:
    good = "title\n青禾农业亏损扩大\n"
    path = written(tmp_path / "a.csv", good.encode() + b"cut \xe9\x9d\n" + b"next\n")
    found, _, _ = read(path)
    assert [str(row) for row in found if isinstance(row, BadRow)] == ["line 3: byte 36 is not utf-8"]
    assert [row["title"] for row in cells(found)] == ["青禾农业亏损扩大", "next"]
    path = written(tmp_path / "b.csv", (good * 3).encode("gbk") + good.encode())
    (bad,) = (row for row in read(path)[0] if isinstance(row, BadRow))
    assert str(bad) == "line 8: the line is UTF-8 in a file in gb18030"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xlsx", b"PK\x03\x04", r"the ending '\.xlsx' is unknown; expected \.csv"),
        ("a.parquet.gz", b"", r"the ending '\.gz' is unknown"),
        ("a", b"", "has no ending that says what the file is"),
        ("a.csv", b"PK\x03\x04", "the file is a ZIP archive or an Excel workbook"),
        ("a.csv", b"title,text,Title\nA,B,C\n", "line 1: two columns are named 'title'"),
        ("a.csv", b'title,"text\nA,B\n', "line"),
    ],
)
def test_files_that_are_not_what_they_say(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(written(tmp_path / name, data))
    assert name in str(caught.value)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, reason in (("folder.csv", "regular"), ("pipe.csv", "regular"), ("none.csv", "No such file")):
        with pytest.raises(DataError, match=f"{name}: .*{reason}"):
            read(tmp_path / name)


def test_empty_files_and_headers_alone_are_told(tmp_path: Path) -> None:
    for data, told in ((b"", "empty"), (b"\xef\xbb\xbf\n", "empty"), (b"title,text\n", "header and no rows")):
        found, _, warnings = read(written(tmp_path / "a.csv", data))
        assert not found and told in warnings[0]
        assert read(tmp_path / "a.csv", growing=True)[2] == []


def test_read_table_raises_at_the_first_row_that_cannot_be_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"a": 1}\nbroken\n')
    rows = read_table(path)
    assert next(rows).cells == {"a": 1}
    with pytest.raises(DataError, match=r"a\.jsonl: line 2: not valid JSON"):
        next(rows)
    told: list[str] = []
    list(read_table(written(tmp_path / "b.csv", "title\n青禾农业亏损扩大\n".encode("gbk")), warn=told.append))
    assert told[0].startswith("read as gb18030")


# --- part by part -------------------------------------------------------------------------------

PARTS = {**TEXTS, "parquet": OTHERS["parquet"]}


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_a_file_is_gone_on_with_where_it_was_left(tmp_path: Path, kind: str, encoding: str) -> None:
    ending, write = PARTS[kind]
    rows = [{"title": f"青禾农业第{n}季度亏损扩大", "text": "一\n二"} for n in range(25)]
    path = tmp_path / f"a{ending}"
    write(path, rows, encoding)
    found: list[Row | BadRow] = []
    state: dict[str, Any] = {}
    while True:
        with open_table(path, state) as table:
            some = list(islice(table.rows(), 4))
            state = json.loads(json.dumps(table.state()))
        found += some
        assert state["offset"] <= state["size"]
        if not some:
            break
    assert cells(found) == rows


@pytest.mark.parametrize("kind", ["csv", "json lines"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "gb18030"])
def test_a_file_that_is_written_byte_by_byte_is_read_row_by_row(
    tmp_path: Path, kind: str, encoding: str
) -> None:
    """Polled after every few bytes, a file gives the same rows as when it is whole: never half of one."""
    ending, write = TEXTS[kind]
    rows = [{"title": f"远山光伏第{n}次公告，“延期”", "text": 'say "no"\nagain'} for n in range(4)]
    write(tmp_path / f"whole{ending}", rows, encoding)
    data = (tmp_path / f"whole{ending}").read_bytes()
    path = tmp_path / f"a{ending}"
    found: list[Row | BadRow] = []
    state: dict[str, Any] = {}
    for stop in range(0, len(data) + 5, 5):
        written(path, data[:stop])
        some, state, _ = read(path, state, growing=True, encoding=encoding.removesuffix("-sig"))
        found += some
    assert cells(found) == rows and len(found) == len(rows)


def test_what_waits_is_told_and_read_when_somebody_says_that_the_file_is_complete(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "title,text\nA,B\nC,D")
    found, state, warnings = read(path, growing=True)
    assert (cells(found), warnings) == (
        [{"title": "A", "text": "B"}],
        ["line 3 has no end yet: it is read when the line is finished"],
    )
    assert cells(read(path, state)[0]) == [{"title": "C", "text": "D"}]
    path = written(tmp_path / "b.csv", 'title,text\nA,B\n"C,D\nE,F\n')
    found, state, warnings = read(path, growing=True)
    assert len(found) == 1 and "line 3 opens a quote that is not closed yet" in warnings[0]
    (bad,) = read(path, state)[0]
    assert str(bad) == "lines 3 to 4: a quote is opened and not closed"
    path = written(tmp_path / "c.jsonl", '{"title": "A"}\n{"title"')
    assert read(path, growing=True)[2] == []  # half of an object is certainly not all of it
    _, state, _ = read(path, growing=True)
    assert read(path, state, growing=True)[2] == [
        "line 2 has no end yet: it is read when the line is finished"
    ]
    path = written(tmp_path / "d.json", '[{"title": "A"}, {"title"')
    found, state, warnings = read(path, growing=True)
    assert len(found) == 1 and "not finished yet" in warnings[0]
    with pytest.raises(DataError, match="line 1: the array is not closed"):
        read(path)


def test_a_file_that_was_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    for name, first, second in (
        ("a.csv", "title\nA\nB\n", "title\nC\n"),
        ("a.csv", "title\nA\nB\n", "head,title\nC,D\nE,F\n"),
        ("a.jsonl", '{"a": 1}\n{"a": 2}\n', '{"b": 1}\n{"b": 2}\n{"b": 3}\n'),
        ("a.json", '[{"a": 1}]', '[{"a": 1}, {"a": 2}]'),
    ):
        path = written(tmp_path / name, first)
        _, state, _ = read(path)
        assert read(path, state)[0] == []
        written(path, second)
        os.utime(path, (2, 2))
        assert cells(read(path, state)[0]) == cells(read(path)[0]) != []


@pytest.mark.parametrize("state", [{"offset": "x"}, {"offset": 5}, {"offset": -1, "line": None}, {"line": 3}])
@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl", ".parquet"])
def test_a_state_that_makes_no_sense_means_the_beginning(tmp_path: Path, state: Any, ending: str) -> None:
    write = {".csv": by_csv, ".json": by_json_array, ".jsonl": by_json, ".parquet": by_pyarrow}[ending]
    write(tmp_path / f"a{ending}", LOSS, "utf-8")
    assert cells(read(tmp_path / f"a{ending}", state)[0]) == LOSS


def test_a_guess_stands_for_what_is_appended_until_that_contradicts_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "title\n青禾农业三季度亏损扩大\n".encode("gbk"))
    _, state, warnings = read(path, growing=True)
    assert state["encoding"] == "gb18030" and len(warnings) == 1
    with path.open("ab") as file:
        file.write("利润\n".encode("gbk"))  # alone it would be refused
    found, state, warnings = read(path, state, growing=True)
    assert cells(found) == [{"title": "利润"}] and warnings[0].startswith("read as gb18030")
    with path.open("ab") as file:
        file.write("台積電業績下滑，外資調降評等\n".encode("big5") * 30)
    with pytest.raises(DataError, match="before is gb18030, what follows looks like cp950"):
        read(path, state, growing=True)


def test_a_file_read_part_by_part_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"title": f"Mill {n}"} for n in range(5)]
    path = tmp_path / "a.csv"
    by_csv(path, rows, "utf-8")
    looked: list[int] = []
    real = opening.encodings.sniff

    def sniff(blocks: Any, **options: Any) -> Any:
        looked.append(1)
        return real(blocks, **options)

    monkeypatch.setattr(opening.encodings, "sniff", sniff)
    found: list[Row | BadRow] = []
    state: dict[str, Any] = {}
    for _ in rows:
        with open_table(path, state) as table:
            found.append(next(table.rows()))
            state = table.state()
    assert cells(found) == rows and len(looked) == 1


def test_ascii_lines_decide_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"title\nMill closes\n")
    _, state, _ = read(path, growing=True)
    assert state["encoding"] == ""
    with path.open("ab") as file:
        file.write("青禾农业三季度亏损扩大\n".encode("gbk"))
    assert cells(read(path, state, growing=True)[0]) == [{"title": "青禾农业三季度亏损扩大"}]


def test_a_csv_that_json_would_have_read_is_the_same(tmp_path: Path) -> None:
    rows = [{"text": "Mill\r\ncloses", "label": 'a "b", c'}]
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    written(tmp_path / "a.csv", buffer.getvalue())
    by_json(tmp_path / "a.jsonl", rows, "utf-8")
    assert cells(read(tmp_path / "a.csv")[0]) == cells(read(tmp_path / "a.jsonl")[0]) == rows
