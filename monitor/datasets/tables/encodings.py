"""Which encoding the bytes of a text file are in: certain, a good guess that is said, or refused.

Enters: blocks of bytes from the beginning of a file, or from where nothing but ASCII had come before.
Leaves: an `Encoding`. Pure.

Certain is what marks itself (a byte order mark, Unicode 17.0, 23.8) and what is well-formed UTF-8: no
text in another encoding is by chance, but for a few letters, which are told apart here. Everything else
is a guess: UTF-16 without a mark, by where its zero bytes stand, and the encodings from before Unicode,
by the statistics of chardet 7 (https://chardet.readthedocs.io), which is right about nearly every single
headline in GB 18030, Big5, EUC-KR, Shift JIS and Windows-1252 (tests/datasets/tables/test_encodings.py
has the table). A guess that has a rival as good is none, and is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

EVIDENCE = 64_000
"""Bytes of lines that are not ASCII which a guess is made from."""
RIVAL = 1.5
"""A guess is made where the best encoding is this many times as likely as the next that reads otherwise."""
WESTERN = "cp1252"
"""Of encodings with one byte a letter the usual one: another must be `RIVAL` times as likely."""

MARKS = (  # the longer ones first: UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3\x00", "a SQLite database"),
)
"""Files that are no text, by how they begin."""

_WIDE = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
# chardet's name, and the codecs that read it: the first that reads all of the evidence.
_GUESSED: dict[str, tuple[str, ...]] = {
    "gb18030": ("gb18030",),
    "big5hkscs": ("cp950", "big5hkscs"),
    "cp949": ("cp949",),
    "cp932": ("cp932",),
    "euc_jis_2004": ("euc_jp", "euc_jis_2004"),
    "koi8-r": ("koi8-r",),
    "cp874": ("cp874",),
    **{f"cp125{n}": (f"cp125{n}",) for n in range(9)},
}
_ONE_BYTE = {"koi8-r", "cp874", *(f"cp125{n}" for n in range(9))}

_SEQUENCES = re.compile(  # well-formed UTF-8 (Unicode, table 3-7), the shorter ones apart
    rb"([\xc2-\xdf][\x80-\xbf])|((?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]"
    rb"|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2})"
)
_HIGH = re.compile(rb"[\x80-\xff]")
_HANZI = re.compile(rb"(?:[\x00-\x7f]++|(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]){2,}+)++")  # all in GB 2312
_ENOUGH = 12  # bytes: six letters of GB 18030 are UTF-8 by chance in one of 30,000 headlines
_COMMON = re.compile(
    rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]"
)  # punctuation and the 3,755 hanzi of GB 2312's level 1
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_LATIN = re.compile("[\u00a0-\u024f]")
_QUOTES = re.compile("[\u2000-\u206f\u20a0-\u20bf\u2100-\u214f]")
_EASTERN = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef\U0001f000-\U000323af]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ue000-\uf8ff\ufffe\uffff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_IDEOGRAPHS = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_PUNCTUATION = re.compile(r"[\n\r,;\t{\[]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes are read: `codec` is Python's name; "" where all bytes were ASCII, so that any will do.

    `mark` is how many bytes of byte order mark come first. `guessed` is whether nothing proves it.
    """

    codec: str
    guessed: bool = False
    mark: int = 0

    @property
    def width(self) -> int:
        """Bytes of an ASCII character."""
        return _WIDE.get(self.codec, 1)


class UnknownEncoding(ValueError):
    """The bytes are no text, or one in several encodings alike.

    `kind` is what they are instead, where that is known; `rivals` are the encodings they may be in, if any;
    `at` is the first byte that is not ASCII, counted from where the blocks began, on line `line` (from 0).
    """

    def __init__(self, *, kind: str = "", rivals: Sequence[str] = (), at: int = 0, line: int = 0) -> None:
        super().__init__(kind or f"one of {', '.join(rivals) or 'none'}")
        self.kind, self.rivals, self.at, self.line = kind, tuple(rivals), at, line


def named(name: str) -> str:
    """Python's name of the encoding called `name`. Raises LookupError for one that is unknown, or in which
    ASCII is not ASCII (UTF-7, ISO-2022, EBCDIC), so that lines could not be found.

    "utf-16" and "utf-32" are little-endian, as Windows writes them, where no mark says otherwise.
    """
    codec = codecs.lookup(name).name
    wide = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8", "gbk": "gb18030"}
    codec = {**wide, "gb2312": "gb18030"}.get(codec, codec)
    if codec not in _WIDE:
        ascii = bytes(range(128))
        try:
            same = ascii.decode(codec) == ascii.decode("ascii")
        except (UnicodeError, LookupError):
            same = False
        if not same or codec.startswith(("hz", "iso2022")):  # whose escapes are ASCII themselves
            raise LookupError(f"{name} is not an extension of ASCII")
    return codec


def marked(head: bytes) -> Encoding | None:
    """The encoding that a file says itself to be in by the byte order mark it begins with."""
    return next((Encoding(codec, mark=len(mark)) for mark, codec in MARKS if head.startswith(mark)), None)


def sniff(blocks: Iterable[bytes], *, begins: bool = True, json: bool = False) -> Encoding:
    """The encoding of a file that consists of `blocks`, or ends with them where it `begins` before.
    Raises UnknownEncoding.

    `json` is whether the file is to be JSON, which ought to be UTF-8 (RFC 8259, 8.1), and so is taken for it
    where it may be. All blocks are read: whether a text is UTF-8 shows at its end.
    """
    scan = _Scan()
    for block in blocks:
        if begins and scan.read == 0:
            if found := marked(block):
                return found
            if kind := next((kind for start, kind in SIGNATURES if block.startswith(start)), ""):
                raise UnknownEncoding(kind=kind)
        scan.take(block)
    if wide := _unmarked(scan):
        return wide
    if scan.at < 0:
        if kind := next((kind for found, kind in _ESCAPED if found(scan.first)), ""):
            raise UnknownEncoding(kind=kind)
        return Encoding("")
    evidence = scan.evidence()
    if scan.utf8:
        certain = _utf8(evidence)
        if certain is None and not json:
            raise UnknownEncoding(rivals=["utf-8", "gb18030"], at=scan.at, line=scan.line)
        return Encoding("utf-8", guessed=not certain)
    if _mostly_utf8(evidence):
        return Encoding("utf-8")  # with damaged lines, which are refused one by one
    return Encoding(_guess(evidence, scan), guessed=True)


def _utf7(begun: bytes) -> bool:
    """Whether ASCII is UTF-7: all that follows a "+" is letters of another script. In a text it is not."""
    text = _begun(begun, "utf-7") if b"+" in begun else None
    return text is not None and (len(_EASTERN.findall(text)) > 1 or bool(_LATIN.search(text)))


# Encodings that are ASCII to look at, and how they show.
_ESCAPED: tuple[tuple[Callable[[bytes], object], str], ...] = (
    (re.compile(rb"\x1b(?:\$|\([^B])").search, "a text in ISO-2022"),
    (re.compile(rb"~\{(?:[!-w][!-~])+~\}").search, "a text in HZ"),
    (_utf7, "a text in UTF-7"),
)


def foreign(raw: bytes) -> bool:
    """Whether a line of a file in an encoding from before Unicode is UTF-8 all the same: appended by
    another program."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(1 for match in _SEQUENCES.finditer(raw) if match[2]) >= 2


class _Scan:
    """What a pass over the bytes of a file shows."""

    def __init__(self) -> None:
        self.read = 0
        self.utf8 = True
        self.at = -1  # the first byte that is not ASCII
        self.line = 0
        self.zeros = [0, 0, 0, 0]  # zero bytes by their place in four
        self.first = b""
        self._evidence: list[bytes] = []
        self._kept = 0
        self._rest = b""  # the beginning of a line that goes on in the next block
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def take(self, block: bytes) -> None:
        self.first += block[: EVIDENCE - len(self.first)]
        if b"\x00" in block:
            for place in range(4):
                self.zeros[(self.read + place) % 4] += block[place::4].count(0)
        if self.at < 0 and not block.isascii() and (high := _HIGH.search(block)):
            self.at = self.read + high.start()
            self.line += block.count(b"\n", 0, high.start())
        self._keep(block)
        if self.at < 0:
            self.line += block.count(b"\n")
        if self.utf8:
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError:
                self.utf8 = False
        self.read += len(block)

    def _keep(self, block: bytes) -> None:
        if self._kept >= EVIDENCE:
            return
        if block.isascii() and self._rest.isascii():
            self._rest = block[max(block.rfind(b"\n"), block.rfind(b"\r")) + 1 :]
            return
        lines = (self._rest + block).splitlines(keepends=True)
        whole = bool(lines) and lines[-1].endswith((b"\n", b"\r"))
        self._rest = b"" if whole or not lines else lines.pop()
        for line in lines:
            self._add(line)
        if len(self._rest) >= EVIDENCE:  # a line without end, of JSON say
            self._add(self._rest)

    def _add(self, line: bytes) -> None:
        if not line.isascii() and self._kept < EVIDENCE:
            self._evidence.append(line[:EVIDENCE])
            self._kept += len(line)

    def evidence(self) -> bytes:
        """Lines that are not ASCII; the last of them may be cut."""
        self._add(self._rest)
        self._rest = b""
        return b"".join(self._evidence)[:EVIDENCE]


def _unmarked(scan: _Scan) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark: the zero bytes of its ASCII characters stand in one place, but for
    those of characters as U+4E00."""
    zeros = scan.zeros
    if sum(zeros) < 2 or (scan.utf8 and sum(zeros) < scan.read / 4):
        return None
    little = zeros[1] + zeros[3] > zeros[0] + zeros[2]
    for codec in ("utf-32-le", "utf-32-be", "utf-16-le" if little else "utf-16-be"):
        text = _begun(scan.first, codec)
        if text and not _CONTROLS.search(text) and _PUNCTUATION.search(text):
            return Encoding(codec, guessed=True)
    return None


def _begun(raw: bytes, codec: str) -> str | None:
    """The text that `raw` begins; None where it is not in this encoding."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(raw)
    except UnicodeDecodeError:
        return None


def _utf8(evidence: bytes) -> bool | None:
    """Whether well-formed UTF-8 is that for certain (True), likely (False) or perhaps (None).

    Typographic marks, hanzi, many sequences, and Latin letters within a word are not by chance. Two bytes of
    GB 18030 may be one of UTF-8's sequences of two, and an accent before two spaces that do not break, in
    Windows-1252, one of three.
    """
    text = evidence.decode("utf-8", "replace")
    eastern = _EASTERN.findall(text)
    if _QUOTES.search(text) or len(eastern) > 1 or len(_HIGH.findall(evidence)) >= _ENOUGH:
        return True
    if eastern and _COMMON.fullmatch(eastern[0].encode("gb2312", "ignore")):
        return True
    found = [(match.start(), match[0]) for match in _NOT_ASCII.finditer(text)]
    if all(_LATIN.fullmatch(char) for _, char in found):
        return all(_in_a_word(text, place) for place, _ in found)
    return None if _HANZI.fullmatch(evidence) else False


def _in_a_word(text: str, place: int) -> bool:
    beside = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return not text[place].isalpha() or any(char.isascii() and char.isalpha() for char in beside)


def _mostly_utf8(evidence: bytes) -> bool:
    sequences = [match[0] for match in _SEQUENCES.finditer(evidence)]
    high = len(_HIGH.findall(evidence))
    longer = sum(1 for one in sequences if len(one) > 2)
    return longer >= 3 and sum(map(len, sequences)) >= 0.9 * high


def _guess(evidence: bytes, scan: _Scan) -> str:
    """The encoding from before Unicode that the evidence is most likely in. Raises UnknownEncoding."""
    import chardet

    evidence = _representative(evidence)
    found: list[tuple[float, str, str]] = []  # likelihood, codec, text
    for one in chardet.detect_all(
        evidence[:EVIDENCE],
        ignore_threshold=True,
        include_encodings=tuple(_GUESSED),
        prefer_superset=True,
        compat_names=False,
    ):
        codec, text = _read(evidence, _GUESSED.get(one["encoding"] or "", ()))
        if codec:
            found.append((one["confidence"], codec, text))
    if not found:
        raise UnknownEncoding(at=scan.at, line=scan.line)
    found.sort(key=lambda one: -one[0])
    best, codec, text = found[0]
    if codec in _ONE_BYTE and _HANZI.fullmatch(evidence):
        if codec == WESTERN:  # which has no words of accents alone
            return "gb18030"
        raise UnknownEncoding(rivals=[codec, "gb18030"], at=scan.at, line=scan.line)
    for likelihood, other, read in found[1:]:
        if other == WESTERN and codec in _ONE_BYTE and (read == text or best < RIVAL * likelihood):
            return WESTERN
        if best < RIVAL * likelihood and read != text and not {codec, other} <= _ONE_BYTE:
            raise UnknownEncoding(rivals=[codec, other], at=scan.at, line=scan.line)
    return codec


def _representative(evidence: bytes) -> bytes:
    """The evidence without lines of UTF-8, and without a few that are damaged: they will be refused one by
    one, and must not make the others another encoding's."""
    lines = [line for line in evidence.splitlines(keepends=True) if not foreign(line)]
    for share in (1.0, 0.9):
        for codec in ("gb18030", "cp950"):
            sound = [line for line in lines if _begun(line, codec) is not None]
            if sound and len(sound) >= share * len(lines):
                return b"".join(sound)
    return b"".join(lines)


def _read(evidence: bytes, some: Sequence[str]) -> tuple[str, str]:
    """The first of the codecs that reads all lines to what may be a text, and what it reads."""
    for codec in some:
        text = _begun(evidence, codec)
        if text is not None and not _PRIVATE.search(text) and _in_its_script(codec, text):
            return codec, text
    return "", ""


def _in_its_script(codec: str, text: str) -> bool:
    """Whether a text in a Japanese encoding has kana, and one in the Korean no more than a few hanja."""
    if codec not in ("euc_jp", "euc_jis_2004", "cp932", "cp949"):
        return True
    hanzi, kana, hangul = (len(some.findall(text)) for some in (_IDEOGRAPHS, _KANA, _HANGUL))
    return hangul > 9 * hanzi if codec == "cp949" else kana * 9 >= hanzi
