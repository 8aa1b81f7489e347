"""A message is its English sentence, and is said in Chinese as well, wherever it has been."""

from __future__ import annotations

import copy
import json
import pickle
import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConflictError
from monitor.messages import LANGUAGES, MESSAGES, Message, said

HELD = Message("queue.held", task=7, user="安娜")
NESTED = Message("routing.asked", confidence="61%", sentiment=Message("sentiment.negative"), threshold="75%")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_it_is_its_english_sentence() -> None:
    assert HELD == "task 7: 安娜 is working on it; take the next one"
    assert f"{HELD}" == str(HELD) == HELD.said("en")


def test_it_is_said_in_chinese_with_what_stands_inside_it() -> None:
    assert HELD.said("zh") == "任务 7：安娜 正在处理，请取下一条"
    assert NESTED.said("zh") == "模型判为负面的把握为 61%，低于 75% 即交人工"
    assert HELD.said("fr") == HELD


def test_an_error_is_said_in_the_reader_s_language() -> None:
    assert said(ConflictError(HELD), "zh") == HELD.said("zh")
    assert said(ConflictError("somebody else's words"), "zh") == "somebody else's words"
    assert said(ConflictError(), "zh") == ""


def test_an_unknown_key_or_a_missing_value_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Message("queue.nonsense")
    with pytest.raises(KeyError):
        Message("queue.held", task=7)


@given(st.integers(), st.text(), st.sampled_from(["", "en", "zh"]))
def test_it_comes_back_from_wherever_it_was_kept(task: int, user: str, language: str) -> None:
    message = Message("queue.held", task=task, user=user)
    for again in (
        Message.decoded(message.encoded()),
        pickle.loads(pickle.dumps(message)),
        copy.deepcopy(message),
    ):
        assert isinstance(again, Message)
        assert (again, again.key, again.said(language)) == (message, message.key, message.said(language))


def test_messages_inside_messages_come_back() -> None:
    again = Message.decoded(NESTED.encoded())
    assert isinstance(again, Message) and again.said("zh") == NESTED.said("zh")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        '{"message":',
        '{"message": 1}',
        '{"message":"a"}',
        '{"message":"a","values":[]}',
        '{"message":' + "[" * 100_000,
        "{}",
        "null",
    ],
)
def test_any_other_text_stays_what_it_is(text: str) -> None:
    assert Message.decoded(text) == text


def test_what_another_program_wrote_is_told_as_it_stands() -> None:
    text = json.dumps({"message": "queue.of_tomorrow", "values": {"task": 7}}, ensure_ascii=False)
    assert Message.decoded(text) == "queue.of_tomorrow {'task': 7}"


@pytest.mark.parametrize("key", MESSAGES)
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = MESSAGES[key]
    assert english and chinese and len(LANGUAGES) == len(MESSAGES[key])
    assert fields(english) == fields(chinese)
    assert not any("\u4e00" <= char <= "\u9fff" for char in english)
    words = re.sub(r"{[^}]*}|[A-Z][A-Za-z]*|\W", "", chinese)
    assert not words or any("\u4e00" <= char <= "\u9fff" for char in words)
