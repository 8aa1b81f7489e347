"""Similar alerts: the closest first, only what is over, and never more than are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.similar import MOST, Likeness, similar
from monitor.records import Alert, AlertState, Scope, Verdict, VerdictKind
from tests.alarms import AT, alarm

ACME, DEBT, BOTH = Scope("company", "acme"), Scope("topic", "debt"), Scope("both", "debt:acme")
OTHER = Scope("company", "bolt")


def past(id: str, scope: Scope, days: int = 1, **fields: Any) -> Alert:
    over: dict[str, Any] = {"state": AlertState.RESOLVED, "article_ids": (7,)}
    return alarm(id, AT - timedelta(days=days), scope=scope, **over | fields)


def test_the_same_company_comes_first_then_the_topic_then_the_rule() -> None:
    alert = alarm("now", scope=BOTH, rule="share")
    others = [
        past("rule", Scope("both", "legal:bolt"), rule="share"),
        past("topic", DEBT),
        past("same rule", ACME, days=9, rule="share"),
        past("newer", ACME, days=2),
        past("older", Scope("both", "legal:acme"), days=3),
        past("nothing", OTHER),
        past("open", ACME, state=AlertState.FIRING),
        past("later", ACME, days=-1),
        alert,
    ]
    said = {"topic": [Verdict("topic", "ann", VerdictKind.NOISE, AT)]}
    found = similar(alert, others, said)
    assert [(one.alert.id, one.likeness) for one in found] == [
        ("same rule", Likeness.COMPANY),
        ("newer", Likeness.COMPANY),
        ("older", Likeness.COMPANY),
        ("topic", Likeness.TOPIC),
        ("rule", Likeness.RULE),
    ]
    assert [len(one.verdicts) for one in found] == [0, 0, 0, 1, 0]
    assert all(one.alert.article_ids == () for one in found)


scopes = st.sampled_from([ACME, DEBT, BOTH, OTHER, Scope("all")])


@given(scope=scopes, others=st.lists(st.tuples(scopes, st.integers(0, 9)), max_size=12))
def test_the_order_in_which_they_are_given_does_not_matter(
    scope: Scope, others: list[tuple[Scope, int]]
) -> None:
    alert = alarm("now", scope=scope)
    given_ = [past(f"a{n}", one, days) for n, (one, days) in enumerate(others)]
    found = similar(alert, given_)
    assert found == similar(alert, given_[::-1]) and len(found) <= MOST
    ranks = [list(Likeness).index(one.likeness) for one in found]
    assert ranks == sorted(ranks)
