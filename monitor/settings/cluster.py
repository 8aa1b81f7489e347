"""[cluster]: the Ray cluster that judges for every process, and what is done while it is away."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from monitor.settings.tables import Network, Table


class ClusterSettings(Table):
    address: str = Field(
        default="127.0.0.1:6379",
        pattern=r"^\S+:\d{1,5}$",
        description="HOST:PORT of the Ray cluster's head. `monitor worker --role classifier` runs on a node "
        "of the cluster.",
    )
    http: str = Field(
        default="http://127.0.0.1:8000",
        description="Where Ray Serve answers on the head: http://HOST:PORT, HOST an address of this "
        "machine's loopback or of `networks`.",
    )
    networks: tuple[Network, ...] = Field(
        default=(),
        description="Networks beside loopback that `http` may lie in, e.g. ['10.1.0.0/16']: whoever "
        "reaches it may have texts judged.",
    )
    min_replicas: int = Field(default=1, ge=1, description="Least copies of the model that serve.")
    max_replicas: int = Field(default=1, ge=1, description="Most copies of the model that serve.")
    cpus: float = Field(default=1.0, gt=0, description="Cores of one replica, which has as many threads.")
    gpus: float = Field(default=0.0, ge=0, description="GPUs of one replica; 0.25 lets four share one.")
    queue: float = Field(
        default=4.0,
        gt=0,
        description="Requests at a replica that autoscaling aims at: longer lines make more replicas.",
    )
    away: Literal["wait", "local"] = Field(
        default="wait",
        description="While the cluster does not answer, articles wait (wait), or each process judges them "
        "with a model that it loads itself (local).",
    )
    look_seconds: float = Field(
        default=5.0,
        gt=0,
        description="How often the deployment is looked at, and how long after a silence the cluster is "
        "asked again (seconds).",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_replicas < self.min_replicas:
            raise ValueError(
                f"max_replicas is {self.max_replicas}, less than min_replicas ({self.min_replicas})"
            )
        return self
