from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from monitor.messages import said
from monitor.records import AlertState
from monitor.web.fields import MAX_TOLD, problems
from monitor.web.moments import Moment


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: Literal["negative", "positive"]
    text: Annotated[str, Field(min_length=2, max_length=4)] = "abc"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    several: Annotated[list[str], Field(max_length=2)] = []
    state: AlertState = AlertState.FIRING
    yes: bool = True
    at: Moment | None = None


def found(value: Any) -> list[dict[str, Any]]:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(Body).validate_python(value)
    return [dict(one) for one in error.value.errors()]


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ({}, "word: is missing", "字段 word 缺失"),
        ({"word": "odd"}, "word: expected 'negative' or 'positive'", "应为 'negative'"),
        ({"text": "abcde"}, "text: is longer than 4 characters", "超过 4 个字符"),
        ({"text": "a"}, "text: is shorter than 2 characters", "少于 2 个字符"),
        ({"text": 7}, "text: expected text", "应为文本"),
        ({"number": 0}, "number: must be at least 1", "不得小于 1"),
        ({"number": 10}, "number: must be at most 9", "不得大于 9"),
        ({"number": "x"}, "number: expected a whole number", "应为整数"),
        ({"number": 1.5}, "number: expected a whole number", "应为整数"),
        ({"several": ["a"] * 3}, "several: has more than 2 entries", "超过 2 项"),
        ({"several": "a"}, "several: expected a list", "应为列表"),
        ({"several": [7]}, "several.0: expected text", "字段 several.0 应为文本"),
        ({"state": "odd"}, "state: expected 'pending'", "应为 'pending'"),
        ({"yes": "perhaps"}, "yes: expected true or false", "应为 true 或 false"),
        ({"at": "today"}, "at: expected a date and time with its offset", "应为带时区的日期时间"),
        ({"more": 1}, "more: is not known here", "字段 more 未知字段"),
    ],
)
def test_each_finding_is_said_in_both_languages(value: Any, english: str, chinese: str) -> None:
    told = problems(found(value if not value or "word" in value else {"word": "negative", **value}))
    assert english in told and chinese in said(told, "zh")


def test_what_was_sent_is_not_echoed() -> None:
    assert "s3cret" not in problems(found({"word": "s3cret", "number": "s3cret", "at": "s3cret"}))


def test_a_long_list_of_mistakes_is_cut() -> None:
    assert problems(found({f"key{n}": 1 for n in range(50)})).count("key") < MAX_TOLD + 1


def test_words_the_catalogue_lacks_are_pydantic_s() -> None:
    told = problems([{"type": "of_tomorrow", "loc": ("query", "n"), "msg": "Input should be better"}])
    assert told == "query.n: Input should be better"
