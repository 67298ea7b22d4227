"""Make `docs/metrics.md` from the table of metrics and the alarms of the template."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.template_file import read_template
from tribe_yuki.entrypoints.metrics import COUNTERS, METRICS, Kind, Metric

ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = "TribeYuki"

PREFACE = """<!-- Made by `python -m local.documents` from entrypoints/metrics.py and template.yaml. -->
# Metrics

Namespace `{namespace}`, one dimension: `service`, the name of the stack. No metric tells connections apart: a gauge is
the sum or the worst over all of them, and `tribe-yuki status` tells which connection it is.

Functions write metrics into their logs in the embedded metric format; CloudWatch makes metrics of them without a call.
`yuki_poll` writes every gauge every minute, and adds a zero to each counter ({counters} of them), so that a quiet day
is a line at zero and not an empty graph. {metrics} names are {metrics} custom metrics on AWS's bill, whatever the
number of connections.

## The connector's metrics
"""

STATISTICS: Mapping[Kind, str] = {Kind.COUNTER: "Sum", Kind.GAUGE: "Maximum", Kind.DURATION: "p50, p95"}

READS = """## What the gauges cost

Each minute `yuki_poll` makes one request for the list of connections, and {each} for each connection that was
activated: its settings, marks, breaker, unfinished tasks, progress of the import, calls of today and what is due; and
the invoices held, given up, reported and in doubt, the contacts held on either side, and held events.
`tests/unit/test_metrics.py` counts them. Only what waits is read, never all records.
"""

# DynamoDB requests of one sweep for each connection.
READS_OF_A_CONNECTION = 14


def render() -> str:
    """Return the page."""
    preface = PREFACE.format(namespace=NAMESPACE, counters=len(COUNTERS), metrics=len(METRICS))
    return "\n".join(
        [
            preface,
            "| Name | Kind | Unit | Statistic | Emitted by | Meaning | Alarms |",
            "|---|---|---|---|---|---|---|",
            *_own_metrics(),
            "",
            "## Metrics of AWS that alarms are about",
            "",
            "| Name | Alarms |",
            "|---|---|",
            *_metrics_of_aws(),
            "",
            READS.format(each=READS_OF_A_CONNECTION),
        ]
    )


def alarms() -> dict[str, dict[str, Any]]:
    """Return the properties of every alarm of the template by its logical id."""
    resources = read_template(ROOT / "template.yaml")["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def _own_metrics() -> Iterator[str]:
    for metric, described in METRICS.items():
        cells = (
            f"`{metric}`",
            described.kind,
            described.unit.value,
            STATISTICS[described.kind],
            ", ".join(f"`{name}`" for name in described.emitted_by),
            described.meaning,
            _alarms_about(NAMESPACE, metric),
        )
        yield f"| {' | '.join(cells)} |"


def _metrics_of_aws() -> Iterator[str]:
    about = {
        (alarm["Namespace"], alarm["MetricName"]) for alarm in alarms().values() if alarm["Namespace"] != NAMESPACE
    }
    for namespace, name in sorted(about):
        yield f"| `{namespace}` `{name}` | {_alarms_about(namespace, name)} |"


def _alarms_about(namespace: str, metric: Metric | str) -> str:
    return "; ".join(
        f"[{_name(alarm)}](runbook.md#{_anchor(alarm)}) from {alarm['Threshold']}"
        for alarm in alarms().values()
        if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)
    )


def _name(alarm: Mapping[str, Any]) -> str:
    return str(alarm["AlarmName"]["Fn::Sub"]).removeprefix("${AWS::StackName}-")


def _anchor(alarm: Mapping[str, Any]) -> str:
    return str(alarm["AlarmDescription"]["Fn::Sub"]).rpartition("#")[2]
