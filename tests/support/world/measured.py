"""What the functions measured, from the lines that they printed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tribe_yuki.entrypoints.metrics import METRICS, Metric


def measured(capsys: pytest.CaptureFixture[str]) -> dict[Metric, list[float]]:
    """Return everything that was measured since the last look, and check the form of each line."""
    found: dict[Metric, list[float]] = {}
    for line in metric_lines(capsys):
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "TribeYuki"
        assert directive["Dimensions"] == [["service"]]
        assert set(line) == {"_aws", "service", *(one["Name"] for one in directive["Metrics"])}
        for one in directive["Metrics"]:
            metric = Metric(one["Name"])
            assert one["Unit"] == METRICS[metric].unit.value
            found.setdefault(metric, []).extend(line[metric])
    return found


def metric_lines(capsys: pytest.CaptureFixture[str]) -> Iterator[dict[str, Any]]:
    """Return the lines that hold metrics, of those since the last look."""
    return (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
