"""[classifier], [bulk], [[topics]], [routing] and [drift]: who judges articles, of what, and when it is
believed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from monitor.acquisition.coins import Coins
from monitor.settings.tables import OpenTable, Table


class ClassifierSettings(OpenTable):
    kind: str = Field(default="transformer", description="Which classifier plugin judges articles.")
    model: str = Field(
        default="models/default",
        min_length=1,
        description="Folder of the first model: relative to config.toml, or the shipped one of that name.",
    )
    host: str = Field(
        default="",
        description="Where `monitor worker --role classifier` hosts the model for every process: unix:PATH "
        "(relative to config.toml) or http://127.0.0.1:PORT, or ray: on the cluster that [cluster] names; if "
        "empty each process loads it itself.",
    )


class BulkSettings(Table):
    """How much is judged or computed at once beside the news; see `monitor.executor`."""

    executor: Literal["inline", "processes", "ray"] = Field(
        default="inline",
        description="Where bulk work is done (reclassify, classify --file, simulate): in the command itself, "
        "in child processes, or on a Ray cluster.",
    )
    workers: int = Field(
        default=0, ge=0, description="Workers that share bulk work; 0: as many as there are cores for."
    )
    threads: int = Field(
        default=0,
        ge=0,
        description="Threads that each of them computes with; 0: one for each core. Results are the same to "
        "the bit for the same number, whatever the executor.",
    )
    share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of the time that `monitor reclassify` computes in while a worker runs; the rest "
        "is left to the news.",
    )


class TopicSettings(Table):
    name: str = Field(min_length=1, description="Stable name, as the model and the API use it.")
    en: str = Field(description="English title.")
    zh: str = Field(description="Chinese title.")


class RoutingSettings(Table):
    threshold: float = Field(
        default=0.75,
        ge=0,
        le=1,
        description="Calibrated confidence under which an analyst reviews an article while the model has no "
        "certificate.",
    )
    alpha: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="The most that may be wrong of what is accepted under a certificate.",
    )
    delta: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="The chance that a certificate may be wrong, over all looks and model versions.",
    )
    certify_by: Literal["all", "language", "class"] = Field(
        default="all",
        description="What has a threshold of its own, certified by itself: all articles together, each "
        "language, or each sentiment that is given. `delta` is divided among them.",
    )
    certify_companies: bool = Field(
        default=False,
        description="Articles that name watched companies have a threshold of their own, by the judgement "
        "that the model is least sure of: the article's, or that towards a company.",
    )
    audits_per_day: float = Field(
        default=20,
        ge=0,
        description="Texts drawn at random from everything to measure the model (a day); their share "
        "follows what arrives and what the desk finishes.",
    )
    double_read_share: float = Field(
        default=0.2, ge=0, le=1, description="Share of the audits that two analysts read."
    )
    explore_share: float = Field(
        default=0.01, ge=0, le=1, description="Share of accepted texts asked about at random, to learn from."
    )

    def coins(self, key: bytes) -> Coins:
        """What decides at random which texts are asked about, under the installation's `key`."""
        return Coins(key, self.audits_per_day, self.double_read_share, self.explore_share)


class DriftSettings(Table):
    """How it is watched whether the news change under the model; see `monitor.evaluation.drift`."""

    enabled: bool = Field(default=True, description="Measure drift, live accuracy and savings on schedule.")
    present_days: float = Field(
        default=7, gt=0, description="The present window, compared with what is kept before it (days)."
    )
    alpha: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Probability that anything fires within `period_days` in which nothing changes.",
    )
    period_days: float = Field(default=90, gt=0, description="What `alpha` is promised for (days).")
    raise_factor: float = Field(
        default=3, ge=1, description="A drift multiplies the share of texts that are audited by this."
    )
    raise_days: float = Field(default=7, gt=0, description="For how long it does (days).")
    train: bool = Field(default=False, description="A drift makes a training due.")
