"""Makes `agreement_oracle.json`: what the packages say of readings, for the tests of our own lines.

Not run by the tests. In an environment of its own (krippendorff is under the GPL and stays there):

    pip install krippendorff==0.9.0 cleanlab==2.9.0 && python tests/evaluation/make_oracle.py
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import cleanlab.multiannotator as peer  # type: ignore[import-not-found]
import krippendorff  # type: ignore[import-not-found]
import numpy as np

MISSING = -1


def readings(
    rng: np.random.Generator, units: int, readers: int, classes: int, skill: float, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """A table of readings, and the truth that they are of."""
    truth = rng.integers(0, classes, units)
    right = rng.random((units, readers)) < skill
    table = np.where(right, truth[:, None], rng.integers(0, classes, (units, readers)))
    table = np.where(rng.random((units, readers)) < share, table, MISSING)
    alone = (table == MISSING).all(axis=1)
    table[alone, 0] = truth[alone]
    return table, truth


def wide(table: np.ndarray) -> np.ndarray:
    return np.where(table == MISSING, np.nan, table).astype(float)


def alphas(rng: np.random.Generator) -> list[dict[str, object]]:
    found = []
    for number in range(6):
        table, _ = readings(rng, 30, 2 + number % 4, 5, 0.4 + 0.1 * number, 0.8)
        data = wide(table).T
        said = {
            level: krippendorff.alpha(data, level_of_measurement=level, value_domain=list(range(5)))
            for level in ("nominal", "ordinal")
        }
        found.append({"name": f"case {number}", "table": table.tolist(), **said})
    return found


def consensuses(rng: np.random.Generator) -> list[dict[str, object]]:
    # Ours are calibrated before, so that the peer's own scaling is left out.
    peer.find_best_temp_scaler = lambda *_: 1.0
    found = []
    for number, (readers, skill, share) in enumerate(
        [(2, 0.9, 0.7), (4, 0.7, 0.6), (4, 0.3, 0.9), (6, 0.8, 0.3), (3, 1.0, 1.0)]
    ):
        table, truth = readings(rng, 25, readers, 3, skill, share)
        sharp = np.eye(3)[truth] * 2.0 + rng.normal(0, 1.2, (25, 3))
        probabilities = np.exp(sharp) / np.exp(sharp).sum(axis=1, keepdims=True)
        unread = rng.dirichlet(np.ones(3), 10)
        said = peer.get_label_quality_multiannotator(
            wide(table), probabilities, verbose=False, return_weights=True
        )
        again, new = peer.get_active_learning_scores(wide(table), probabilities.copy(), unread.copy())
        stats = said["annotator_stats"].sort_index()
        found.append(
            {
                "name": f"case {number}",
                "table": table.tolist(),
                "probabilities": probabilities.tolist(),
                "unread": unread.tolist(),
                "labels": said["label_quality"]["consensus_label"].tolist(),
                "quality": said["label_quality"]["consensus_quality_score"].tolist(),
                "reader_quality": stats["annotator_quality"].tolist(),
                "reader_weights": np.asarray(said["annotator_weight"]).tolist(),
                "model_weight": float(said["model_weight"]),
                "again": again.tolist(),
                "new": new.tolist(),
            }
        )
    return found


if __name__ == "__main__":
    warnings.simplefilter("error", UserWarning)
    rng = np.random.default_rng(20261130)
    oracle = {
        "versions": {name: version(name) for name in ("krippendorff", "cleanlab", "numpy")},
        "alpha": alphas(rng),
        "consensus": consensuses(rng),
    }
    path = Path(__file__).parent / "agreement_oracle.json"
    path.write_text(json.dumps(oracle) + "\n", encoding="utf-8")
