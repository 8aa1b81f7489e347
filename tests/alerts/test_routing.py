"""The tree of routes: where an alert ends, who hears there, and what is wrong with one that names nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.alerts import routing
from monitor.alerts.routing import Level, Receiver, Route, Tree, every
from monitor.errors import ConfigError
from monitor.records import Alert, Scope
from tests.alarms import alarm

NOTIFIERS = "".join(f'[notifiers.{name}]\nkind = "console"\n' for name in ("desk", "duty", "mail", "boss"))
OFF = '[notifiers.off]\nkind = "console"\nenabled = false\n'
ACME = alarm(scope=Scope("both", "legal:acme"), severity="critical")
ALL = alarm(rule="share", severity="info")


def tree(tmp_path: Path, text: str) -> Tree:
    (tmp_path / "config.toml").write_text(f"{text}\n{NOTIFIERS}{OFF}")
    return routing.tree(config.load(tmp_path / "config.toml", {}))


def heard(found: Tree, alert: Alert) -> list[str]:
    return [one.receiver for one in found.hearings(alert) if not one.level]


def refused(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        tree(tmp_path, text)
    return str(error.value).splitlines()


# --- the short forms --------------------------------------------------------------------------


def test_without_routes_everybody_who_is_enabled_hears(tmp_path: Path) -> None:
    assert heard(tree(tmp_path, ""), ACME) == ["desk", "duty", "mail", "boss"]
    assert heard(tree(tmp_path, '[alerts]\nnotify = ["mail"]\n'), ACME) == ["mail"]
    assert heard(tree(tmp_path, '[alerts]\nnotify = ["off"]\n'), ACME) == [], "it is switched off"


def test_a_rules_receivers_stand_after_all_routes(tmp_path: Path) -> None:
    rules = '[rules.surge]\nreceivers = ["mail"]\n[rules.share]\n'
    found = tree(tmp_path, rules + '[alerts]\nnotify = ["desk"]\n')
    assert (heard(found, ACME), heard(found, ALL)) == (["mail"], ["desk"])
    found = tree(tmp_path, rules + '[[routes]]\nseverities = ["critical"]\nreceivers = ["duty"]\n')
    assert heard(found, ACME) == ["duty"]
    assert heard(found, replace(ACME, severity="info")) == ["mail"]
    [one] = tree(tmp_path, rules).hearings(ACME)
    assert one.way == ("alerts", "rules.surge")


# --- matching -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matchers", "matched"),
    [
        ("", True),
        ('rules = ["sur*"]', True),
        ('rules = ["share"]', False),
        ('severities = ["info", "critical"]', True),
        ('severities = ["warning"]', False),
        ('scopes = ["both"]', True),
        ('scopes = ["company", "topic"]', False),
        ('companies = ["ac?e"]', True),
        ('companies = ["*"]', True),
        ('topics = ["legal"]', True),
        ('topics = ["l*"]\ncompanies = ["other"]', False),
    ],
)
def test_a_route_takes_what_all_its_matchers_fit(tmp_path: Path, matchers: str, matched: bool) -> None:
    found = tree(tmp_path, f'[[routes]]\n{matchers}\nreceivers = ["duty"]\n')
    assert (heard(found, ACME) == ["duty"]) is matched


def test_a_matcher_of_companies_takes_nothing_that_is_about_none(tmp_path: Path) -> None:
    found = tree(tmp_path, '[[routes]]\ncompanies = ["*"]\nreceivers = ["duty"]\n')
    assert heard(found, ALL) == ["desk", "duty", "mail", "boss"]


def test_what_a_route_leaves_out_is_as_above_it(tmp_path: Path) -> None:
    text = """
    [alerts]
    repeat_hours = 6
    [mute_times.nights]
    times = ["22:00-07:00"]
    zone = "UTC"
    [[routes]]
    name = "china"
    receivers = ["duty"]
    mute = ["nights"]
    through = ["critical"]
    wait_minutes = 3
    escalate = [{after_minutes = 60, receivers = ["boss"]}, {after_minutes = 30, receivers = ["mail"]}]
      [[routes.routes]]
      companies = ["acme"]
      repeat_hours = 1
      mute = []
      escalate = []
    """
    found = tree(tmp_path, text)
    [one] = found.hearings(ACME)
    assert one.way == ("alerts", "china", "routes 1.1")
    assert (one.route.receivers, one.route.repeat) == (("duty",), timedelta(hours=1))
    assert (one.route.mutes, one.route.levels, one.route.through) == ((), (), ("critical",))
    told = found.hearings(ALL)
    assert [(one.receiver, one.level, one.after) for one in told] == [
        ("duty", 0, timedelta(0)),
        ("mail", 1, timedelta(minutes=30)),
        ("boss", 2, timedelta(minutes=60)),
    ]
    assert told[0].route.repeat == timedelta(hours=6) and [one.name for one in told[0].route.mutes] == [
        "nights"
    ]
    assert found.wait(ALL) == timedelta(minutes=3)


def test_an_empty_list_is_nobody_and_says_so(tmp_path: Path) -> None:
    found = tree(tmp_path, '[[routes]]\nseverities = ["info"]\nreceivers = []\n')
    assert found.hearings(ALL) == [] and len(heard(found, ACME)) == 4


def test_a_digest_is_the_routes_or_the_receivers_and_not_of_what_is_escalated(tmp_path: Path) -> None:
    text = """
    [[routes]]
    receivers = ["desk", "mail"]
    digest = "0 8 * * *"
    escalate = [{after_minutes = 5, receivers = ["desk"]}]
    """
    found = tree(tmp_path, text)
    own = Receiver(digest="0 */4 * * *")
    found = replace(found, receivers={**found.receivers, "mail": own})
    assert [(one.receiver, one.digest) for one in found.hearings(ACME)] == [
        ("desk", "0 8 * * *"),
        ("mail", "0 */4 * * *"),
        ("desk", ""),
    ]
    assert set(found.digests()) >= {("desk", "0 8 * * *"), ("mail", "0 */4 * * *")}


def test_the_routes_in_the_documentation_do_what_it_says(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    [block] = [one for one in re.findall(r"```toml\n(.*?)```", text, re.S) if "[[routes]]" in one]
    (tmp_path / "config.toml").write_text(block)
    names = ("CHAT_URL", "LEAD_URL", "HEAD_URL", "MAIL_URL", "DESK_WEBHOOK_SECRET")
    found = routing.tree(config.load(tmp_path / "config.toml", dict.fromkeys(names, "x")))
    grave = found.hearings(replace(ACME, scope=Scope("both", "rating:600519")))
    assert [(one.receiver, one.level) for one in grave] == [
        *(("chat", 0), ("desk", 0)),
        *(("lead", 1), ("head", 2)),
    ]
    [china] = found.hearings(alarm(scope=Scope("both", "rating:600519")))
    assert china.way == ("alerts", "china", "routes 2.1")
    friday_night = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert china.route.mute("warning", False, friday_night) is not None
    assert china.route.mute("warning", True, friday_night) is None
    assert china.route.mute("critical", False, friday_night) is None
    [mail] = found.hearings(ALL)
    assert (mail.receiver, mail.digest) == ("mail", "0 8 * * *")
    assert found.receivers["mail"].heartbeat == timedelta(hours=1)


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'receivers = ["dsk"]',
            "receivers: there is no notifier 'dsk' (did you mean 'desk'?); configured: desk,",
        ),
        ('rules = ["sruge"]', "rules: there is no rule 'sruge' (did you mean 'surge'?); configured: surge,"),
        ('rules = ["x*"]', "rules: there is no rule 'x*'; configured: surge, share, buildup"),
        ('scopes = ["planet"]', "scopes: there is no scope 'planet'; configured: both, company, topic, all"),
        ('topics = ["leagl"]', "topics: there is no topic 'leagl' (did you mean 'legal'?)"),
        (
            'mute = ["nights"]',
            "mute: there is no mute time 'nights'; configured: none; add a table [mute_times.nights]",
        ),
        ("escalate = [{after_minutes = 5, receivers = []}]", "escalate: no receivers after 5 minutes"),
        ('escalate = [{after_minutes = 5, receivers = ["x"]}]', "escalate: there is no notifier 'x'"),
    ],
)
def test_what_names_nothing_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    [line] = refused(tmp_path, f"[[routes]]\n{text}\n")
    assert line.startswith(f"config.toml: [[routes]] number 1 {told}")
    [line] = refused(tmp_path, f'[[routes]]\nname = "night"\n[[routes.routes]]\n{text}\n')
    assert line.startswith(f"config.toml: [[routes]] number 1 (night), routes number 1 {told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[routes]]\nseverities = ["grave"]\n',
            "severities: expected one of info, warning, critical, found 'grave'",
        ),
        ('[[routes]]\ndigest = "at eight"\n', "digest: expected five fields as cron has them"),
        ("[[routes]]\ncontinues = true\n", "continues: unknown key (did you mean 'continue'?)"),
        ('[mute_times.n]\nzone = "Mars"\n', "zone: expected the name of a time zone"),
        (
            '[mute_times.n]\ntimes = ["22-7"]\nzone = "UTC"\n',
            "times: expected times such as '22:00-07:00', found '22-7'",
        ),
        ('[mute_times.n]\nweekdays = ["monday"]\nzone = "UTC"\n', "weekdays: expected mon, tue, wed"),
        ('[mute_times.n]\ndays = ["32"]\nzone = "UTC"\n', "days: expected days of the month such as"),
        ('[mute_times.n]\nmonths = [13]\nzone = "UTC"\n', "months: expected 1 to 12, found 13"),
        ('[mute_times.n]\nholidays = "MARS"\nzone = "UTC"\n', "holidays: no calendar is named 'MARS'"),
        ("[mute_times.n]\n", "zone: missing"),
    ],
)
def test_what_is_no_route_or_mute_time_is_told(tmp_path: Path, text: str, told: str) -> None:
    [line] = refused(tmp_path, text)
    assert told in line and line.startswith("config.toml: [")


# --- laws ---------------------------------------------------------------------------------------

NAMES = st.sampled_from(["desk", "duty", "mail"])
WANTED = st.dictionaries(
    st.sampled_from(["rules", "severities", "scopes", "companies"]),
    st.sampled_from([("surge",), ("s*",), ("critical",), ("info", "warning"), ("both",), ("acme",), ("*",)]),
    max_size=2,
)


def routes(inner: st.SearchStrategy[tuple[Route, ...]]) -> st.SearchStrategy[Route]:
    return st.builds(
        Route,
        name=st.text("abc", min_size=1, max_size=3),
        receivers=st.lists(NAMES, unique=True, max_size=2).map(tuple),
        levels=st.lists(
            st.builds(
                Level, st.just(timedelta(minutes=5)), st.lists(NAMES, min_size=1, max_size=2).map(tuple)
            ),
            max_size=1,
        ).map(tuple),
        wanted=WANTED,
        goes_on=st.booleans(),
        routes=inner,
    )


LEAVES = routes(st.just(()))
TREES = routes(st.lists(routes(st.lists(LEAVES, max_size=3).map(tuple)), max_size=4).map(tuple)).map(
    lambda root: replace(root, wanted={})
)
ALERTS = st.builds(
    lambda rule, severity, scope: alarm(rule=rule, severity=severity, scope=scope),
    st.sampled_from(["surge", "share"]),
    st.sampled_from(["info", "warning", "critical"]),
    st.sampled_from(
        [Scope("all"), Scope("company", "acme"), Scope("both", "legal:acme"), Scope("topic", "x")]
    ),
)


@given(TREES, ALERTS)
def test_every_alert_ends_somewhere_and_who_hears_of_none_is_told_so_by_its_route(
    root: Route, alert: Alert
) -> None:
    ways = root.ends(alert)
    assert ways and all(way[0] is root and all(one.matches(alert) for one in way) for way in ways)
    assert all(not any(inner.matches(alert) for inner in way[-1].routes) for way in ways)
    found = Tree(root, {name: Receiver() for name in ("desk", "duty", "mail")})
    told = {one.receiver for one in found.hearings(alert) if not one.level}
    assert told == {name for way in ways for name in way[-1].receivers}


@given(TREES, ALERTS)
def test_the_first_that_matches_ends_the_search_unless_it_goes_on(root: Route, alert: Alert) -> None:
    """Counted the other way round: of each route's own, up to the first that matches and does not go on."""

    def count(route: Route) -> int:
        total = 0
        for inner in route.routes:
            if inner.matches(alert):
                total += count(inner)
                if not inner.goes_on:
                    break
        return total or 1

    assert len(root.ends(alert)) == count(root)
    stopping = replace(root, routes=tuple(replace(one, goes_on=False) for one in root.routes))
    firsts = {way[1].name for way in stopping.ends(alert) if len(way) > 1}
    assert len(firsts) <= 1


@given(TREES, ALERTS)
def test_a_receiver_hears_once_at_each_level_by_its_first_way(root: Route, alert: Alert) -> None:
    found = Tree(root, {name: Receiver() for name in ("desk", "mail")})
    told = found.hearings(alert)
    places = [(one.level, one.receiver) for one in told]
    assert len(set(places)) == len(places) and [level for level, _ in places] == sorted(
        level for level, _ in places
    )
    assert all(one.receiver != "duty" for one in told), "it is not enabled"
    for one in told:
        if not one.level:
            first = next(way for way in root.ends(alert) if one.receiver in way[-1].receivers)
            assert one.route == first[-1]


@given(TREES)
def test_every_route_of_a_tree_is_walked(root: Route) -> None:
    def size(route: Route) -> int:
        return 1 + sum(size(one) for one in route.routes)

    assert len(list(every(root))) == size(root)


@given(TREES, ALERTS)
def test_who_may_hear_of_a_rule_are_all_who_hear_of_any_of_its_alerts(root: Route, alert: Alert) -> None:
    found = Tree(root, {name: Receiver() for name in ("desk", "mail")})
    assert set(heard(found, alert)) <= set(found.hear_of(alert.rule, alert.severity))


def test_who_may_hear_of_a_rule_is_nobody_of_a_route_for_others(tmp_path: Path) -> None:
    text = """
[[routes]]
rules = ["share"]
receivers = ["mail"]
[[routes]]
companies = ["acme"]
receivers = ["duty"]
[rules.surge]
[rules.share]
"""
    found = tree(tmp_path, text)
    assert found.hear_of("share", "info") == ["mail"]
    assert found.hear_of("surge", "info") == ["duty", "desk", "mail", "boss"]
