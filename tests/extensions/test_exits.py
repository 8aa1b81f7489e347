"""What would end a thread or the process is an error; a real Ctrl-C is not."""

from __future__ import annotations

import threading

import pytest

from monitor.errors import ModelError
from monitor.extensions import exits


class Odd(BaseException):
    """What no `except Exception` holds."""


@pytest.mark.parametrize("error", [SystemExit("enough"), GeneratorExit(), Odd("x")])
def test_an_exit_is_an_error(error: BaseException) -> None:
    with (
        pytest.raises(ModelError, match=f"^the classifier raised {type(error).__name__}"),
        exits.refused(ModelError, "the classifier"),
    ):
        raise error


def test_an_error_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="x"), exits.refused(ModelError, "it"):
        raise ValueError("x")


def test_only_what_is_named_is_refused() -> None:
    with pytest.raises(Odd), exits.refused(ModelError, "it", exits.ENDS):
        raise Odd


def test_ctrl_c_goes_through_in_the_main_thread_only() -> None:
    with pytest.raises(KeyboardInterrupt), exits.refused(ModelError, "it"):
        raise KeyboardInterrupt
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            with exits.refused(ModelError, "it"):
                raise KeyboardInterrupt
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert isinstance(caught[0], ModelError)
