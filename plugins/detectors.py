"""The bundled detectors. Their arithmetic is the monitor's own (`monitor.detection.detectors`), so that the
programs that measure them use the very same.

    surge         are these more negative voices than the past explains, in any of the windows?
    share         is more of what is said negative than in the past?
    buildup       has it been a little too much for days or weeks?
    zscore        how many standard deviations is the last day above the days before?
    farrington    the last day against the same weeks of the past, as public health counts cases
    page_hinkley  is the mean another since some day? (of river, in the extra `drift`)
    adwin         is the latest stretch of one mean above the past's? (likewise)
"""

from __future__ import annotations

from monitor import Detector, hookimpl
from monitor.detection.bundled import DETECTORS


@hookimpl
def register_detectors() -> list[type[Detector]]:
    """The bundled detectors."""
    return [*DETECTORS.values()]
