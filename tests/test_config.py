"""Settings: precedence, types, and errors that say where."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor import config
from monitor.detection.rules import SCOPES, Rule
from monitor.errors import ConfigError
from monitor.news.dates import Dates
from monitor.settings.rules import SEVERITIES, written
from monitor.taxonomy import TOPICS


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(write(folder, text), environ or {})
    return str(caught.value)


def test_defaults_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = config.load(None, {})
    assert settings.file is None
    assert settings.directory == tmp_path.resolve()
    assert settings.web.host == "127.0.0.1"
    assert settings.store.url == f"sqlite:///{tmp_path.resolve()}/data/monitor.db"
    assert settings.taxonomy == TOPICS
    assert settings.sources == {}


def test_the_working_directorys_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "[web]\nport = 9000\n")
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {}).web.port == 9000


def test_environment_beats_file_beats_default(tmp_path: Path) -> None:
    path = write(tmp_path, "[web]\nport = 9000\n[routing]\nthreshold = 0.5\n")
    settings = config.load(path, {"MONITOR_WEB__PORT": "9001", "PATH": "/bin"})
    assert (settings.web.port, settings.routing.threshold, settings.routing.audits_per_day) == (9001, 0.5, 20)


@pytest.mark.parametrize("text", ['["127.0.0.1/32", "10.0.0.0/8"]', "127.0.0.1/32, 10.0.0.0/8"])
def test_lists_from_the_environment(tmp_path: Path, text: str) -> None:
    settings = config.load(write(tmp_path, ""), {"MONITOR_FETCH__ALLOW_NETWORKS": text})
    assert settings.fetch.allow_networks == ("127.0.0.1/32", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("text", "value"), [("0", False), ("false", False), ("No", False), ("1", True), ("on", True)]
)
def test_switches_from_the_environment(tmp_path: Path, text: str, value: bool) -> None:
    settings = config.load(write(tmp_path, ""), {"MONITOR_LEARNING__ENABLED": text})
    assert settings.learning.enabled is value


def test_the_environment_reaches_a_source_and_its_options(tmp_path: Path) -> None:
    path = write(tmp_path, '[sources.Fed]\nkind = "rss"\nurl = "http://a.example/"\n')
    environ = {
        "MONITOR_SOURCES__FED__URL": "http://b.example/",
        "MONITOR_SOURCES__FED__INTERVAL_MINUTES": "5",
        "MONITOR_SOURCES__NEW__KIND": "sample",
    }
    settings = config.load(path, environ)
    assert settings.sources["Fed"].options == {"url": "http://b.example/"}
    assert settings.sources["Fed"].interval_minutes == 5
    assert settings.sources["new"].kind == "sample"


def test_a_source_says_how_it_writes_its_dates(tmp_path: Path) -> None:
    text = 'timezone = "Asia/Kolkata"\ndate_order = "dmy"\nzones = {IST = "Asia/Kolkata"}\n'
    settings = config.load(
        write(tmp_path, f'[sources.a]\nkind = "rss"\n{text}[sources.b]\nkind = "rss"\n'), {}
    )
    assert settings.sources["a"].dates == Dates("Asia/Kolkata", "dmy", {"IST": "Asia/Kolkata"})
    assert settings.sources["b"].dates == Dates()


def test_further_keys_are_the_plugins_options(tmp_path: Path) -> None:
    path = write(tmp_path, '[sources.a]\nkind = "rss"\nurl = "u"\noptions = {x = 1}\n')
    assert config.load(path, {}).sources["a"].options == {"url": "u", "options": {"x": 1}}


def test_relative_paths_stand_beside_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'plugins_dir = "mine"\n[log]\npath = "m.log"\n[store]\nurl = "sqlite:///m.db"\n')
    settings = config.load(path, {})
    assert settings.plugins_dir == tmp_path / "mine"
    assert settings.log.path == tmp_path / "m.log"
    assert settings.store.url == f"sqlite:///{tmp_path}/m.db"
    assert settings.watchlist.path == tmp_path / "watchlist.csv"
    assert settings.learning.directory == tmp_path / "data/models"


@pytest.mark.parametrize(
    "url", ["postgresql://desk@db/monitor", "sqlite:////var/lib/m.db", "sqlite:///:memory:"]
)
def test_other_urls_are_left_alone(tmp_path: Path, url: str) -> None:
    assert config.load(write(tmp_path, f'[store]\nurl = "{url}"\n'), {}).store.url == url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[web]\nport = "eighty"\n', "config.toml: [web] port: expected a valid integer, found 'eighty'"),
        ("[web]\nport = true\n", "config.toml: [web] port: expected a valid integer, found True"),
        (
            "[web]\nport = 70000\n",
            "config.toml: [web] port: expected less than or equal to 65535, found 70000",
        ),
        ("web = 3\n", "config.toml: web: expected a table, found 3"),
        (
            "[routing]\nthreshold = 1.5\n",
            "config.toml: [routing] threshold: expected less than or equal to 1",
        ),
        (  # a duel may take every second task, and no more
            "[queue]\nblind_share = 0.6\n",
            "config.toml: [queue] blind_share: expected less than or equal to 0.5",
        ),
        ('[sources.a]\nurl = "u"\n', "config.toml: [sources.a] kind: missing; every [sources.a] needs it"),
        (
            '[fetch]\nallow_networks = ["127.0.0.1/32", "loopback"]\n',
            "config.toml: [fetch.allow_networks] 1: expected a network such as '127.0.0.1/32' or 'fd00::/8',"
            " found 'loopback'",
        ),
        (
            '[rules.a]\nscopes = ["planet"]\n',
            "config.toml: [rules.a] scopes: expected one of both, company, topic, all, found 'planet'",
        ),
        ("[rules.a]\nscopes = []\n", "config.toml: [rules.a] scopes: name at least one of: both, company,"),
        (
            '[rules.a]\nseverity = "mild"\n',
            "config.toml: [rules.a] severity: expected one of info, warning, critical, found 'mild'",
        ),
        ("[rules.a]\nbudget = 0\n", "config.toml: [rules.a] budget: expected greater than 0, found 0"),
        ("[alerts]\nwindow_minutes = 60\n", "config.toml: [alerts] window_minutes: unknown key"),
        ('[alerts]\nnotify = ["desk"]\n', "config.toml: [alerts] notify: there is no notifier 'desk'"),
        ('[sources."a b"]\nkind = "rss"\n', "config.toml: [sources] a b: expected text to match pattern"),
        (
            '[sources.a]\nkind = "rss"\nlanguage = "English"\n',
            "config.toml: [sources.a] language: expected text",
        ),
        (
            '[sources.a]\nkind = "rss"\ntimezone = "Shanghai"\n',
            "config.toml: [sources.a] timezone: expected a time zone such as 'Asia/Shanghai' or",
        ),
        (
            '[sources.a]\nkind = "rss"\nzones = {IST = "India"}\n',
            "config.toml: [sources.a.zones] IST: expected a time zone such as 'Asia/Shanghai'",
        ),
        (
            '[sources.a]\nkind = "rss"\ndate_order = "ydm"\n',
            "config.toml: [sources.a] date_order: expected '', 'dmy', 'mdy' or 'ymd', found 'ydm'",
        ),
        ('[[topics]]\nname = "x"\nen = "X"\n', "config.toml: [topics.0] zh: missing"),
    ],
)
def test_a_mistake_is_one_line_that_says_where(tmp_path: Path, text: str, expected: str) -> None:
    message = refused(tmp_path, text)
    assert expected in message
    assert "\n" not in message


def test_unknown_keys_name_the_known_and_the_likely(tmp_path: Path) -> None:
    message = refused(tmp_path, "[routing]\ntreshold = 0.5\n")
    assert message == (
        "config.toml: [routing] treshold: unknown key (did you mean 'threshold'?);"
        " known keys: threshold, alpha, delta, certify_by, certify_companies, audits_per_day,"
        " double_read_share, explore_share"
    )
    assert "config.toml: rooting: unknown key (did you mean 'routing'?)" in refused(tmp_path, "rooting = 1\n")
    assert "config.toml: [rooting]: unknown key" in refused(tmp_path, "[rooting]\nx = 1\n")
    assert "config.toml: file: unknown key" in refused(tmp_path, 'file = "x"\n')


def test_every_mistake_is_told(tmp_path: Path) -> None:
    lines = refused(tmp_path, '[web]\nport = "a"\nhost = 3\n').splitlines()
    assert len(lines) == 2


def test_toml_errors_say_the_line(tmp_path: Path) -> None:
    assert "line 2" in refused(tmp_path, "[web]\nport = \n")
    assert "config.toml: not valid TOML" in refused(tmp_path, "[web\n")


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"[web]\nhost = '\xff'\n")
    with pytest.raises(ConfigError, match="expected UTF-8 text, byte 14 is not"):
        config.load(path, {})


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; `monitor init DIR`"):
        config.load(tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        (
            "MONITOR_WEB__PORT",
            "eighty",
            "environment: MONITOR_WEB__PORT: expected a valid integer, found 'eighty'",
        ),
        (
            "MONITOR_WEB__PROT",
            "1",
            "environment: MONITOR_WEB__PROT: there is no setting 'web.prot' (did you mean 'port'?)",
        ),
        ("MONITOR_STOER__URL", "x", "there is no setting 'stoer' (did you mean 'store'?)"),
        ("MONITOR_WEB__PORT__X", "1", "web.port has no keys of its own"),
        (
            "MONITOR_FETCH__ALLOW_NETWORKS",
            "all",
            "environment: MONITOR_FETCH__ALLOW_NETWORKS: expected a network",
        ),
        ("MONITOR_WEB", "3", "environment: MONITOR_WEB: expected a table, found 3"),
    ],
)
def test_mistakes_in_the_environment(tmp_path: Path, variable: str, value: str, expected: str) -> None:
    assert expected in refused(tmp_path, "", {variable: value})


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    assert config.load(file, {"MONITOR_CONFIG": "x", "MONITORING": "1"}) == config.load(file, {})


SECRET = (
    '[notifiers.desk]\nkind = "webhook"\nsecret = "env:DESK_SECRET"\nnested = {a = ["env:DESK_SECRET"]}\n'
)


def test_secrets_come_from_the_environment_and_are_not_shown(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, SECRET), {"DESK_SECRET": "hunter2"})
    options = settings.notifiers["desk"].options
    assert options == {"secret": "hunter2", "nested": {"a": ["hunter2"]}}
    assert "hunter2" not in repr(settings)
    assert "'***'" in repr(settings)


def test_an_unset_secret_names_the_key_and_the_variable(tmp_path: Path) -> None:
    expected = "config.toml: [notifiers.desk] secret: the environment variable DESK_SECRET is not set"
    assert refused(tmp_path, SECRET) == expected


def test_a_disabled_notifier_needs_no_secret(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, SECRET + "enabled = false\n"), {})
    assert settings.notifiers["desk"].options["secret"] == "env:DESK_SECRET"


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, ""), {})
    with pytest.raises(ValidationError):
        settings.web.port = 1  # type: ignore[misc]


def test_topics_of_ones_own(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, '[[topics]]\nname = "a"\nen = "A"\nzh = "甲"\n'), {})
    assert [(topic.name, topic.zh) for topic in settings.taxonomy] == [("a", "甲")]


def test_rules_of_ones_own_replace_the_shipped_ones_and_may_rest(tmp_path: Path) -> None:
    assert config.load(None, {}).watched.keys() == {"surge", "share", "buildup", "market"}
    text = '[rules.mine]\nbudget = 2\n[rules.other]\ndetector = "share"\nenabled = false\n'
    settings = config.load(write(tmp_path, text), {})
    assert list(settings.watched) == ["mine"] and list(settings.rules) == ["mine", "other"]
    assert (settings.watched["mine"].detector, settings.watched["mine"].budget) == ("surge", 2.0)


def test_where_names_file_and_table(tmp_path: Path) -> None:
    assert config.load(write(tmp_path, ""), {}).where("sources.a") == "config.toml: [sources.a]"


def test_describe_covers_every_setting_with_words() -> None:
    rows = {key: (kind, default, text) for key, kind, default, text in config.describe()}
    assert rows["store.url"][:2] == ("text", '"sqlite:///data/monitor.db"')
    assert rows["sources.NAME.kind"][:2] == ("text", "required")
    assert rows["fetch.allow_networks"][:2] == ("list of text", "[]")
    assert rows["plugins_dir"][:2] == ("path", "none")
    assert rows["topics.zh"][0] == "text"
    assert all(text.endswith(".") and len(text) > 5 for _, _, text in rows.values())


@given(st.integers(0, 65535), st.floats(0, 1), st.booleans())
def test_what_the_environment_says_is_what_is_read(port: int, share: float, enabled: bool) -> None:
    environ = {
        "MONITOR_WEB__PORT": str(port),
        "MONITOR_ROUTING__EXPLORE_SHARE": json.dumps(share),
        "MONITOR_LEARNING__ENABLED": str(enabled),
    }
    settings = config.load(None, environ)
    read = (settings.web.port, settings.routing.explore_share, settings.learning.enabled)
    assert read == (port, share, enabled)


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=3))
def test_any_table_is_read_or_refused_in_words(table: dict[str, object]) -> None:
    environ = {"MONITOR_ROUTING": json.dumps(table)}
    try:
        config.load(None, environ)
    except ConfigError as error:
        assert "MONITOR_ROUTING" in str(error)


@given(
    st.builds(
        Rule,
        name=st.from_regex(r"[^\s/\x00-\x1f\x7f]{1,20}", fullmatch=True),
        detector=st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
        scopes=st.lists(st.sampled_from(SCOPES), min_size=1, unique=True).map(tuple),
        budget=st.floats(0.001, 1000),
        least=st.integers(1, 99),
        severity=st.sampled_from(SEVERITIES),
        receivers=st.lists(st.text(st.characters(exclude_categories=("Cs",)))).map(tuple),
    )
)
def test_a_rule_is_written_as_it_is_read(rule: Rule) -> None:
    table = tomllib.loads(written(rule))["rules"][rule.name]
    read = config.Settings.model_validate_json(json.dumps({"rules": {rule.name: table}}), strict=True)
    assert read.rules[rule.name].rule(rule.name) == rule
