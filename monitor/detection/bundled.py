"""The bundled detectors, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.detection.detectors.surge import Surge
from monitor.detection.panels import Detector

DETECTORS: Mapping[str, Callable[[], Detector]] = {"surge": Surge}
