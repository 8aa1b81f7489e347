"""Work for workers: at the top of a module, where another process finds it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from monitor.errors import DataError


@dataclass(frozen=True)
class Judging:
    """A stand-in for a model: numbers that depend on the batch alone. It notes every time it is loaded."""

    seed: int
    loads: str = ""

    def open(self) -> Callable[[Sequence[str]], bytes]:
        if self.loads:
            with Path(self.loads).open("a") as file:
                file.write(f"{os.getpid()}\n")
        weights = np.random.default_rng(self.seed).normal(size=(64, 3))

        def judge(texts: Sequence[str]) -> bytes:
            told = np.array([[ord(char) for char in text.ljust(64)[:64]] for text in texts], float)
            return np.tanh(told.reshape(-1, 64) @ weights / 1000).tobytes()

        return judge


def square(number: int) -> int:
    return number * number


def slow(number: int) -> int:
    time.sleep(0.02 * (number % 3))
    return number


def forever(number: int) -> int:
    time.sleep(600)
    return number


def picky(number: int) -> int:
    if number == 5:
        raise DataError("row 5 is none")
    return number


class Odd(Exception):
    """Cannot be rebuilt from its text."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def odd(number: int) -> int:
    raise Odd(number, 2)


def deadly(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@dataclass(frozen=True)
class Mortal:
    """Dies once at each of these numbers: `folder` remembers."""

    folder: str
    numbers: tuple[int, ...]

    def open(self) -> Callable[[int], int]:
        return self.do

    def do(self, number: int) -> int:
        mark = Path(self.folder) / str(number)
        if number in self.numbers and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number * 10
