"""The one reader of files of rows: CSV, TSV, JSON lines, JSON arrays and Parquet.

What `monitor import`, `train`, `evaluate`, `classify --file` and the source `jsonl` read, all read here.

Enters: a path, and where an earlier reading stopped. Leaves: rows as mappings, each with where it stands
("line 7"), rows that cannot be read with the reason, what was assumed (the encoding, empty cells), and
where to go on. A file is never held as a whole. Nothing is silently garbled: what is certain is read, a
good guess is read and told, everything else is refused with the line and the byte. Which columns mean
what is for who asks; of titles and texts alone the names are kept here, so that a file's texts are the
same ones to every command.

    encodings     bytes -> which encoding, certain or guessed
    lines         bytes -> decoded lines, with offsets
    delimited     lines -> rows of CSV
    objects       lines or an array -> rows of JSON
    columnar      rows of Parquet
    opening       a path and a state -> one of these
"""

from monitor.datasets.tables.lines import MAX_ROW_BYTES
from monitor.datasets.tables.opening import ENDINGS, open_table, read_table
from monitor.datasets.tables.table import (
    TEXT_COLUMNS,
    TITLE_COLUMNS,
    BadRow,
    CellError,
    Row,
    Table,
    as_text,
    refused,
    shown,
)

__all__ = [
    "ENDINGS",
    "MAX_ROW_BYTES",
    "TEXT_COLUMNS",
    "TITLE_COLUMNS",
    "BadRow",
    "CellError",
    "Row",
    "Table",
    "as_text",
    "open_table",
    "read_table",
    "refused",
    "shown",
]
