"""Lines of logs in the embedded metric format."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Datum(NamedTuple):
    """The values of one metric in one line."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    unit: str
    at: datetime
    values: Sequence[float]

    def as_request(self) -> dict[str, Any]:
        """Return it as PutMetricData takes it."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        return {
            "MetricName": self.metric,
            "Dimensions": dimensions,
            "Unit": self.unit,
            "Timestamp": self.at,
            "Values": list(self.values),
        }


def parse(line: str) -> Iterator[Datum]:
    """Yield the metrics of a line of a log; other lines have none."""
    if '"_aws"' not in line:
        return
    try:
        document = json.loads(line)
        about = document["_aws"]
        at = datetime.fromtimestamp(about["Timestamp"] / 1000, UTC)
        for directive in about["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: document[name] for name in names}
                for metric in directive["Metrics"]:
                    value = document[metric["Name"]]
                    values = value if isinstance(value, list) else [value]
                    unit = metric.get("Unit", "None")
                    yield Datum(directive["Namespace"], metric["Name"], dimensions, unit, at, values)
    except (ValueError, KeyError, TypeError):
        return
