"""The bundled detectors, by kind: for the plugin that registers them, and for who measures them."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.detection.detectors.buildup import BuildUp
from monitor.detection.detectors.drifts import Adwin, PageHinkley
from monitor.detection.detectors.farrington import Farrington
from monitor.detection.detectors.share import Share
from monitor.detection.detectors.surge import Surge
from monitor.detection.detectors.zscore import ZScore
from monitor.detection.panels import Detector

_CLASSES: tuple[type[Detector], ...] = (Surge, Share, BuildUp, ZScore, Farrington, PageHinkley, Adwin)
DETECTORS: Mapping[str, type[Detector]] = {cls.kind: cls for cls in _CLASSES}
