"""What was computed, kept for the same text again: a re-poll or a re-print then costs nothing."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

Value = TypeVar("Value")


def content_key(text: str, names: Sequence[str] = ()) -> bytes:
    """Names a cleaned text and the companies asked about in it."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (text, *names):
        content = part.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.digest()


class Cache(Generic[Value]):
    """The `size` values last used (0: none), by key. Values are shared: whoever gets one leaves it as
    it is. One cache belongs to one loaded model, so what another version said is never found in it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.hits = 0
        self.misses = 0
        self._values: OrderedDict[bytes, Value] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: bytes) -> Value | None:
        with self._lock:
            value = self._values.get(key)
            if value is None:
                self.misses += 1
            else:
                self.hits += 1
                self._values.move_to_end(key)
            return value

    def put(self, key: bytes, value: Value) -> None:
        if not self.size:
            return
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self.size:
                self._values.popitem(last=False)
