"""The learn line: from labels to a version that serves, or to a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor import learning
from monitor.acquisition.coins import Coins
from monitor.classification import champion, manifest
from monitor.errors import ConflictError, UserError
from monitor.records import (
    SENTIMENTS,
    Article,
    Decision,
    Example,
    Label,
    Lane,
    ModelState,
    ModelVersion,
    Prediction,
    Purpose,
    Route,
    Snapshot,
    Training,
    TrainingState,
)
from monitor.settings import LearningSettings
from monitor.store import (
    Store,
    Tx,
    answers,
    articles,
    audit,
    audits,
    duels,
    models,
    open_store,
    processes,
    shadows,
    stories,
    tasks,
    trainings,
)
from monitor.store import clock as ticks
from monitor.store.processes import Process
from monitor.store.schema import shares as shares_table
from monitor.store.schema import snapshots as snapshots_table
from monitor.testing import EXAMPLES, Clock, FakeClassifier, make_article, make_prediction, make_snapshot

WORDS = {"negative": "gloom", "neutral": "plain", "positive": "glimmer"}
"""Words that only the analysts' labels explain: the shipped model does not know them."""
Make = Callable[..., Article]


BOTH = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
"""For what the databases might do differently; the rest runs on SQLite alone."""


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Store:
    found = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_store")
    assert isinstance(found, Store)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> LearningSettings:
    return LearningSettings(directory=tmp_path / "models")


@pytest.fixture
def shipped(store: Store, tmp_path: Path, clock: Clock) -> ModelVersion:
    FakeClassifier().fit(make_snapshot(EXAMPLES), None, tmp_path / "default", quiet)
    manifest.seal(tmp_path / "default")
    version = champion.register_shipped(store, tmp_path / "default", "fake", clock())
    clock.advance(hours=1)
    return version


def quiet(what: str, done: float, total: float) -> None:
    pass


def queue(tx: Tx, article: Make, text: str, clock: Clock) -> int:
    """Store an article in a story of its own, with an open task; the task's id."""
    stored = articles.insert(tx, article(text, story_id=stories.create(tx, clock())))
    task = tasks.open_task(tx, stored.id, Decision(Route.REVIEW, "unsure"), 0.5, clock())
    assert task is not None
    return task.id


def label(store: Store, article: Make, texts: Sequence[tuple[str, str]], clock: Clock) -> list[Label]:
    """Ann's answers, (text, sentiment) each, a second apart."""
    with store.begin() as tx:
        return [
            answers.answer(
                tx, queue(tx, article, text, clock), "ann", sentiment, None, clock.advance(seconds=1)
            )
            for text, sentiment in texts
        ]


def text_of(sentiment: str, number: int) -> str:
    """A text that only its sentiment's word tells from the others."""
    return f"{WORDS[sentiment]} at {'abcdefghijklmnopqrstuvwxyz'[number % 26] * 9} {'xyz'[number // 26] * 9}"


def telling(n: int) -> list[tuple[str, str]]:
    """`n` labelled texts that the shipped model cannot judge. Half are negative, so that what has no word it
    knows stays negative, and only what was taught changes (the check-list would show it)."""
    likely = [SENTIMENTS[(0, 1, 2, 0)[i % 4]] for i in range(n)]
    return [(text_of(sentiment, i), sentiment) for i, sentiment in enumerate(likely)]


@pytest.fixture
def labelled(store: Store, article: Make, clock: Clock) -> list[Label]:
    """Sixty labels that the shipped model cannot know."""
    return label(store, article, telling(60), clock)


def train(store: Store, settings: LearningSettings, clock: Clock, **arguments: Any) -> ModelVersion:
    factory = arguments.pop("factory", FakeClassifier)
    arguments.setdefault("gold", GOLD)
    with store.begin() as tx:
        processes.enter(tx, Process("here", "desk", "train", "", 1, 1, 0, clock(), clock()))
    return learning.train(store, factory, settings, clock, quiet, holder="here", **arguments)


DATA = [Example(text, sentiment, origin="own.csv") for text, sentiment in telling(60)]
"""What the labels say, as a file would say it: for trainings that are not about labels."""


GOLD = [
    Example(
        f"{WORDS[SENTIMENTS[i % 3]]} in {'zyxwvutsrqponmlkji'[i % 18] * 9} {'abcdefghijklmn'[i // 18] * 9}",
        SENTIMENTS[i % 3],
        origin="gold.csv",
    )
    for i in range(240)
]
"""What judges the models, as a file declares it."""


def versions(store: Store) -> dict[str, ModelState]:
    with store.read() as tx:
        return {version.id: version.state for version in models.all(tx)}


def ended(store: Store) -> list[Training]:
    with store.read() as tx:
        return trainings.all(tx)


def folders(settings: LearningSettings) -> list[str]:
    return sorted(path.name for path in settings.directory.iterdir()) if settings.directory.exists() else []


# --- the line -------------------------------------------------------------------------------


@BOTH
@pytest.mark.usefixtures("labelled")
def test_labels_make_a_better_model_and_it_serves(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    version = train(store, settings, clock, user="ada")
    assert version.state is ModelState.CHAMPION
    assert version.reason.startswith("better than the champion: right on 100.0% of ")
    assert versions(store) == {shipped.id: ModelState.RETIRED, version.id: ModelState.CHAMPION}
    assert (version.parent, version.kind, version.path) == (shipped.id, "fake", version.id)
    assert version.id.startswith(f"{version.created_at:%Y%m%d-%H%M%S}-")
    assert version.promoted_at == clock()
    assert folders(settings) == [version.id]
    manifest.verify(settings.directory / version.id, version.digest)

    examples = version.metrics["examples"]
    assert examples["train"]["all"] + examples["development"]["all"] == 60
    assert examples["gold"]["all"] == version.metrics["sentiment"]["n"] == len(GOLD)
    assert version.metrics["champion"]["sentiment"]["macro_f1"] < 1.0
    assert version.metrics["fit"] == {"texts": examples["train"]["all"]}
    behaviour = version.metrics["behaviour"]
    assert behaviour["cases"] >= 300 and 0 < behaviour["passed"] < 1
    assert behaviour["capabilities"].keys() == behaviour["champion"]["capabilities"].keys()
    assert behaviour["passed"] != behaviour["champion"]["passed"]

    with store.read() as tx:
        row = tx.execute(snapshots_table.select()).one()
        (entry, asked, _) = audit.page(tx)
        events = models.events(tx, version.id)
        training = trainings.get(tx, version.id)
    assert row.id == version.snapshot and len(row.label_ids) == 60
    assert (entry.user, entry.action, entry.target) == ("ada", "model.promote", version.id)
    assert (asked.user, asked.action, asked.target) == ("ada", "model.train", version.id)
    assert [(one.event, one.reason, one.data) for one in events] == [
        ("gated", version.reason, version.snapshot),
        ("promoted", version.reason, version.snapshot),
    ]
    assert (training.state, training.model, training.verdict) == ("done", version.id, "promoted")
    assert (training.snapshot, training.parent) == (version.snapshot, shipped.id)
    assert training.outcome.startswith(f"{version.id}: champion. better than the champion")

    serving = champion.load_champion(store, FakeClassifier, settings.directory, clock())
    assert serving.version.id == version.id
    assert serving.classifier.classify([make_article("gloom")])[0].label == "negative"


@pytest.mark.usefixtures("labelled")
def test_where_it_is_asked_for_it_judges_beside_the_champion_first(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    settings = settings.model_copy(update={"shadow_hours": 24.0, "min_new_labels": 1})
    version = train(store, settings, clock)
    assert versions(store) == {shipped.id: ModelState.CHAMPION, version.id: ModelState.CHALLENGER}
    with store.begin() as tx:
        shadow = shadows.running(tx)
        assert shadow is not None and (shadow.challenger, shadow.champion) == (version.id, shipped.id)
        assert shadow.reason == version.reason and shadow.hours == 24.0
        assert audit.page(tx)[0].action == "model.shadow"
        assert [one.event for one in models.events(tx, version.id)] == ["gated", "shadowed"]
        ticks.take(tx, "here", ticks.look(tx), 3600.0 * 1000, clock())
    label(store, make_article, [("a new one", "neutral")], clock)
    assert learning.due(store, settings) == 0, "another one would end its shadow"
    assert ended(store)[0].verdict == "challenger"


@pytest.mark.usefixtures("shipped")
def test_a_model_that_unlearned_behaviours_is_refused(
    store: Store, settings: LearningSettings, clock: Clock
) -> None:
    class Forgetful(FakeClassifier):
        """Calls whatever it has not just been trained on neutral."""

        def classify(self, articles: Sequence[Article]) -> list[Prediction]:
            told = super().classify(articles)
            if self.version.startswith("shipped-"):
                return told
            return [
                make_prediction(neutral=1.0) if article.source == "checklist" else one
                for article, one in zip(articles, told, strict=True)
            ]

    version = train(store, settings, clock, data=DATA, factory=Forgetful)
    assert version.state is ModelState.REFUSED
    assert "it does harm: the check-list's share passed falls from " in version.reason
    assert version.metrics["gate"]["decision"] == "superior"


@BOTH
def test_a_model_that_learned_nonsense_is_refused_and_kept_for_inspection(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    train(store, settings, clock, data=DATA)  # a champion that knows the words

    class Confused(FakeClassifier):
        def fit(self, snapshot: Any, parent: Path | None, out: Path, progress: Any) -> Mapping[str, Any]:
            wrong = [Example(example.text, "neutral") for example in snapshot.train]
            return super().fit(make_snapshot(wrong), None, out, progress)

    clock.advance(hours=1)
    version = train(store, settings, clock, data=DATA, factory=Confused)
    assert version.state is ModelState.REFUSED
    assert version.reason == "it calls every gold text neutral"
    assert (settings.directory / version.id).is_dir()
    assert sorted(versions(store).values()) == ["champion", "refused", "retired"]
    with store.read() as tx:
        assert audit.page(tx)[0].action == "model.refuse"


def test_too_few_gold_labels_leave_it_to_a_duel(
    store: Store, shipped: ModelVersion, settings: LearningSettings, article: Make, clock: Clock
) -> None:
    label(store, article, telling(12), clock)
    version = train(store, settings, clock, gold=GOLD[:3])
    assert version.state is ModelState.REFUSED
    verdict = version.metrics["gate"]
    assert verdict["reason"].startswith("the gold labels do not say which model is better: ")
    assert verdict["decision"] == "undecided"
    with store.read() as tx:
        told = models.events(tx, version.id)[-1].reason
    assert told.startswith("undecided after the duel, so the champion stays: "), "nothing to ask"
    assert versions(store)[shipped.id] is ModelState.CHAMPION


def test_a_duel_decides_where_gold_labels_cannot(
    store: Store, shipped: ModelVersion, settings: LearningSettings, article: Make, clock: Clock
) -> None:
    """From the training to the label that lets it serve; what was asked trains only then."""
    truth = {text.replace("at", "on"): sentiment for text, sentiment in telling(60)}
    with store.begin() as tx:
        for text in truth:
            articles.insert(tx, article(text, first_seen_at=clock(), story_id=stories.create(tx, clock())))
    version = train(store, settings, clock, data=DATA, gold=())
    assert version.state is ModelState.CHALLENGER
    assert version.reason.endswith("there are no gold labels yet")
    with store.read() as tx:
        duel = duels.of(tx, version.id)
        assert duel is not None and duels.told(duel)["state"] == "running"
        assert duel.share.texts == 60 and 20 <= duel.share.disagreements <= 50
    assert not learning.due(store, settings.model_copy(update={"min_new_labels": 1}))
    asked = 0
    while versions(store)[version.id] is ModelState.CHALLENGER:
        with store.begin() as tx:
            (task, *_) = tasks.next_tasks(tx, "ann", 1, clock(), blind_share=1.0)
            sentiment = truth[articles.get(tx, task.article_id).content]
            answers.answer(tx, task.id, "ann", sentiment, [], clock.advance(seconds=1))
        asked += 1
        if asked == 2:
            taught = learning.take_snapshot(store, settings.audit_days, clock())[0]
            assert not (*taught.train, *taught.development, *taught.gold)
    assert versions(store) == {shipped.id: ModelState.RETIRED, version.id: ModelState.CHAMPION}
    assert asked < 20
    taught = learning.take_snapshot(store, settings.audit_days, clock())[0]
    assert len([*taught.train, *taught.development]) == asked


def test_the_uses_of_gold_labels_are_counted(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    first = train(store, settings, clock, data=DATA)
    clock.advance(hours=1)
    second = train(store, settings, clock, data=DATA)
    clock.advance(hours=24 * (settings.audit_days + 1))
    third = train(store, settings, clock, data=DATA)
    uses = [one.metrics["comparison"]["use"] for one in (first, second, third)]
    assert uses == [1, 2, 1] and second.metrics["comparison"]["decided_before"] == 1


def test_a_file_adds_to_the_labels(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    version = train(store, settings, clock, data=DATA)
    assert version.state is ModelState.CHAMPION, version.reason
    counted = version.metrics["examples"]
    assert sum(side.get("own.csv", 0) for side in counted.values()) == len({example.text for example in DATA})


def test_what_measures_never_trains_and_what_trains_never_measures(
    store: Store, settings: LearningSettings, article: Make, clock: Clock
) -> None:
    """An audit serves one purpose, for as long as it measures; then it may train. Whatever else was said of
    its text, or of its story in other words, trains as little."""
    coins = Coins(audits_per_day=1000)
    with store.begin() as tx:
        tx.execute(shares_table.insert().values(at=clock(), share=1.0, reason="a test"))
        drawn = []
        for text, sentiment in telling(40):
            stored = articles.insert(tx, article(text, story_id=stories.create(tx, clock())), coins)
            task = tasks.open_task(tx, stored.id, Decision(Route.AUDIT, "drawn", 1.0), 0.5, clock())
            assert task is not None
            answers.answer(tx, task.id, "ann", sentiment, None, clock())
            asked = tasks.ask(tx, stored.id, Lane.REQUEST, Decision(Route.REVIEW, "wrong"), 1.0, clock())
            assert asked is not None
            answers.answer(tx, asked.id, "bob", "neutral", None, clock())
            drawn.append(stored)
    other = article("in other words", story_id=drawn[0].story_id)
    with store.begin() as tx:
        told = articles.insert(tx, other, Coins(audits_per_day=0))
        task = tasks.open_task(tx, told.id, Decision(Route.REVIEW, "unsure"), 0.5, clock())
        assert task is not None
        answers.answer(tx, task.id, "ann", "negative", None, clock())
    label(store, article, [("gloom of its own", "negative")], clock)
    built, ids = learning.take_snapshot(store, 90, clock())
    assert [one.text for one in (*built.train, *built.development)] == ["gloom of its own"]
    with store.read() as tx:
        gate = {one.article.content for one in audits.of(tx, purpose=Purpose.GATE)}
        everything = audits.of(tx)
    assert {one.text for one in built.gold} == gate and 8 <= len(gate) <= 24
    assert {one.purpose for one in everything} == set(Purpose) and len(everything) == 40
    assert len(ids) == 1 + len(gate)
    assert all(one.label is not None and one.label.user == "ann" for one in everything), (
        "no correction is gold"
    )
    clock.advance(days=91)
    later, _ = learning.take_snapshot(store, 90, clock())
    assert not later.gold and len(later.train) + len(later.development) == 42


def test_the_newest_label_of_an_article_counts_and_a_withdrawn_one_does_not(
    store: Store, article: Make, clock: Clock
) -> None:
    kept, _ = label(store, article, [("gloom here", "negative"), ("plain there", "neutral")], clock)
    with store.begin() as tx:
        assert answers.undo(tx, "ann", clock.advance(seconds=1)) is not None
    built, ids = learning.take_snapshot(store, 90, clock())
    assert ids == [kept.id]
    (example,) = (*built.train, *built.development, *built.gold)
    assert (example.text, example.sentiment) == ("gloom here", "negative")


def test_a_damaged_champion_is_replaced_before_training_starts(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    first = train(store, settings, clock, data=DATA)
    (settings.directory / first.id / "words.json").write_text("{}", encoding="utf-8")
    clock.advance(hours=1)
    second = train(store, settings, clock, data=DATA)
    assert second.parent == shipped.id
    assert versions(store)[first.id] is ModelState.REFUSED


# --- what stops a training ------------------------------------------------------------------


def test_without_labels_there_is_nothing_to_learn(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    with pytest.raises(UserError, match="nothing to learn from: label tasks in the queue, or give a file"):
        train(store, settings, clock)
    assert versions(store) == {shipped.id: ModelState.CHAMPION}


class Fixed:
    """A classifier that cannot be trained."""

    kind = "fixed"

    def load(self, model: Path, version: str) -> None:
        self.version = version

    def classify(self, some: Sequence[Article]) -> list[Prediction]:
        return [make_prediction(0, 1, 0, model=self.version) for _ in some]


class Failing(FakeClassifier):
    """Writes half a model and fails."""

    def fit(self, snapshot: Any, parent: Path | None, out: Path, progress: Any) -> Mapping[str, Any]:
        super().fit(snapshot, parent, out, progress)
        raise RuntimeError("out of memory")


class Immeasurable(FakeClassifier):
    def fit(self, *arguments: Any) -> Mapping[str, Any]:
        return {**super().fit(*arguments), "loss": float("nan")}


class Empty(FakeClassifier):
    def fit(self, snapshot: Any, parent: Path | None, out: Path, progress: Any) -> Mapping[str, Any]:
        out.mkdir()
        return {}


class Forgetful(FakeClassifier):
    def classify(self, some: Sequence[Article]) -> list[Prediction]:
        return super().classify(some)[1:]


@pytest.mark.parametrize(
    "factory, told",
    [
        (Fixed, "cannot be trained"),
        (Failing, "out of memory"),
        (Immeasurable, "it returned metrics that are not JSON"),
        (Empty, "the classifier wrote no model there"),
        (Forgetful, "predictions for"),
    ],
)
def test_a_training_that_fails_leaves_nothing(
    store: Store,
    shipped: ModelVersion,
    settings: LearningSettings,
    clock: Clock,
    factory: Callable[[], Any],
    told: str,
) -> None:
    with pytest.raises(Exception, match=told):
        train(store, settings, clock, data=DATA, factory=factory)
    assert versions(store) == {shipped.id: ModelState.CHAMPION}
    assert folders(settings) == []
    for training in ended(store):
        assert training.state is TrainingState.FAILED
        assert told in training.outcome or "the log holds" in training.outcome
    clock.advance(seconds=1)
    assert train(store, settings, clock, data=DATA).state is ModelState.CHAMPION  # and another may run


@BOTH
def test_two_trainings_do_not_run_at_once(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    tried: list[str] = []

    class Impatient(FakeClassifier):
        def fit(self, *arguments: Any) -> Mapping[str, Any]:
            with pytest.raises(ConflictError, match="a training is running already") as caught:
                train(store, settings, clock, data=DATA)
            tried.append(str(caught.value))
            return super().fit(*arguments)

    assert train(store, settings, clock, data=DATA, factory=Impatient).state is ModelState.CHAMPION
    assert len(tried) == 1


@BOTH
def test_a_training_that_lost_its_lease_stores_nothing(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    class Slow(FakeClassifier):
        def fit(self, *arguments: Any) -> Mapping[str, Any]:
            clock.advance(minutes=10)  # suspended: no heartbeat, and another machine takes over
            with store.begin() as tx:
                processes.leave(tx, "here", clock())  # it was silent for too long
                processes.enter(tx, Process("other", "desk", "train", "", 2, 1, 0, clock(), clock()))
                (training,) = trainings.all(tx)
                assert training.state is TrainingState.INTERRUPTED
                trainings.claim(tx, training.id, "other", clock())
            return super().fit(*arguments)

    with pytest.raises(ConflictError, match="another training took over"):
        train(store, settings, clock, data=DATA, factory=Slow)
    assert versions(store) == {shipped.id: ModelState.CHAMPION}
    (training,) = ended(store)
    assert (training.state, training.holder) == ("running", "other"), (
        "it is the other's, and so is its folder"
    )
    assert folders(settings) == [f".training-{training.id}"]


def test_a_champion_promoted_meanwhile_is_not_overtaken(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    first = train(store, settings, clock, data=DATA)
    clock.advance(hours=1)

    class Overtaken(FakeClassifier):
        def fit(self, *arguments: Any) -> Mapping[str, Any]:
            champion.rollback(store, settings.directory, clock(), user="ada")
            return super().fit(*arguments)

    version = train(store, settings, clock, data=DATA, factory=Overtaken)
    assert version.state is ModelState.REFUSED
    assert version.reason.startswith("the gold labels do not say"), "the gate's verdict stays"
    with store.read() as tx:
        refused = models.events(tx, version.id)[-1]
    assert refused.reason == f"{shipped.id} was promoted meanwhile; compared with {first.id}"
    assert versions(store)[shipped.id] is ModelState.CHAMPION


def test_cleaning_leaves_a_training_that_runs_alone(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    class Tidied(FakeClassifier):
        def fit(self, *arguments: Any) -> Mapping[str, Any]:
            learning.clean(store, settings.directory)
            return super().fit(*arguments)

    assert train(store, settings, clock, data=DATA, factory=Tidied).state is ModelState.CHAMPION


def test_what_nobody_knows_is_removed_and_what_stands_for_itself_is_not(
    store: Store, shipped: ModelVersion, settings: LearningSettings, clock: Clock
) -> None:
    (settings.directory / ".training-20260101-000000-abcdef" / "x").mkdir(parents=True)
    (settings.directory / "20260101-000000-abcdef").mkdir()  # killed between its name and its version
    (settings.directory / "20260102-000000-abcdef").mkdir()  # a model, even unknown, stays
    (settings.directory / ".training-..").mkdir()
    (settings.directory / ".training-").mkdir()
    version = train(store, settings, clock, data=DATA)
    learning.clean(store, settings.directory)
    assert folders(settings) == ["20260102-000000-abcdef", version.id]


def test_a_store_that_cannot_be_asked_keeps_what_was_left(
    sqlite_store: Store, settings: LearningSettings, sqlite_url: str
) -> None:
    (settings.directory / ".training-20260101-000000-abcdef").mkdir(parents=True)
    (settings.directory / "20260101-000000-abcdef").mkdir()
    impatient = open_store(sqlite_url, busy_timeout_seconds=0.05)
    with sqlite_store.begin():
        learning.clean(impatient, settings.directory)
    assert len(folders(settings)) == 2
    learning.clean(impatient, settings.directory)
    assert folders(settings) == []
    impatient.close()


@pytest.mark.usefixtures("shipped")
def test_what_is_known_of_companies_is_learnt_from_and_measured(
    store: Store, settings: LearningSettings, clock: Clock
) -> None:
    seen: list[Snapshot] = []

    class Watching(FakeClassifier):
        def fit(self, snapshot: Snapshot, *arguments: Any) -> Mapping[str, Any]:
            seen.append(snapshot)
            return super().fit(snapshot, *arguments)

    data = [
        Example(one.text, one.sentiment, companies=(("number", str(one.sentiment)), ("Bolt", "neutral")))
        if n % 2
        else Example(one.text, companies=(("number", str(one.sentiment)),))
        for n, one in enumerate(DATA)
    ]
    judging = [replace(one, companies=(("in", str(one.sentiment)),)) for one in GOLD]
    version = train(store, settings, clock, factory=Watching, data=data, gold=judging)
    (snapshot,) = seen
    assert {*snapshot.train, *snapshot.development} <= set(data) and snapshot.train
    gold = [pair for example in snapshot.gold for pair in example.companies]
    assert version.metrics["company"]["n"] == version.metrics["champion"]["company"]["n"] == len(gold) > 0
