"""The bundled detectors, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.detection.detectors.buildup import BuildUp
from monitor.detection.detectors.farrington import Farrington
from monitor.detection.detectors.share import Share
from monitor.detection.detectors.surge import Surge
from monitor.detection.detectors.zscore import ZScore
from monitor.detection.panels import Detector

_CLASSES: tuple[Callable[[], Detector], ...] = (Surge, Share, BuildUp, ZScore, Farrington)
DETECTORS: Mapping[str, Callable[[], Detector]] = {made().kind: made for made in _CLASSES}
