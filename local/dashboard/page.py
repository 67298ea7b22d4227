"""The page: one file of HTML with its styles and drawings, without scripts and without the network."""

import math
import re
from collections.abc import Mapping, Sequence
from html import escape

from local.dashboard.graph import COLOURS, graph, number, sparkline
from local.dashboard.readings import Alarm, Line, Readings, Widget

COLUMN, ROW, MARGIN = 60, 50, 10
TITLE_HEIGHT, LEGEND_HEIGHT, LEGEND_WIDTH = 34, 18, 230

# What a state is called, and the class of its colour; bad news first.
STATES: Mapping[str, tuple[str, str]] = {
    "ALARM": ("alarm", "bad"),
    "INSUFFICIENT_DATA": ("not known yet", "unknown"),
    "OK": ("fine", "good"),
}

STYLE = """
body { margin: 0; padding: 16px 20px; background: #f2f4f7; color: #16191f; font: 14px/1.35 system-ui, sans-serif; }
main { display: grid; grid-template-columns: repeat(24, 60px); grid-auto-rows: 50px; width: 1440px; }
header { width: 1430px; display: flex; justify-content: space-between; margin-bottom: 8px; }
h1 { font-size: 20px; margin: 0; } h2 { font-size: 17px; margin: 14px 0 0 4px; }
h3 { font-size: 14px; margin: 0 0 8px; }
section { box-sizing: border-box; margin: 5px; padding: 9px 12px; background: #fff; border: 1px solid #d5dbdb;
  border-radius: 6px; overflow: hidden; }
section.text { background: none; border: 0; padding: 0; }
svg { display: block; overflow: visible; } polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.grid { stroke: #e6e9ec; } svg text { font-size: 11px; fill: #545b64; } .scale { text-anchor: end; }
.time, .none { text-anchor: middle; } svg .none { font-size: 13px; }
line.threshold { stroke: #b0281a; stroke-dasharray: 5 4; } svg text.threshold { fill: #b0281a; }
.right { text-anchor: end; }
ul { list-style: none; margin: 0; padding: 0; } .legend { display: flex; flex-wrap: wrap; font-size: 12px; }
.legend li { width: 230px; height: 18px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
.values { display: flex; gap: 30px; } .values b { display: block; font-size: 34px; line-height: 1; }
.alarms { display: grid; grid-template-columns: repeat(4, 1fr); gap: 6px; }
.alarms li { border-left: 5px solid; padding: 2px 8px; background: #f8f9fa; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; } .alarms a { color: inherit; }
.alarms .good { border-color: #1d8102; } .alarms .unknown { border-color: #879596; }
.alarms .bad { border-color: #d13212; background: #fdecea; font-weight: 600; }
"""


def render(readings: Readings, runbook_root: str = "") -> str:
    """Return the page; `runbook_root` stands before addresses of the runbook that are not whole."""
    widgets = "\n".join(_section(widget, readings, runbook_root) for widget in readings.widgets)
    times = f"{readings.start:%d-%m-%Y %H:%M} to {readings.end:%H:%M} UTC"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(readings.name)}</title><style>{STYLE}</style></head>
<body><header><h1>{escape(readings.name)}</h1><span>{times}</span></header>
<main>
{widgets}
</main></body></html>
"""


def _section(widget: Widget, readings: Readings, runbook_root: str) -> str:
    place = f"grid-area: {widget.y + 1} / {widget.x + 1} / span {widget.height} / span {widget.width}"
    return f'<section class="{widget.kind}" style="{place}">{_content(widget, readings, runbook_root)}</section>'


def _content(widget: Widget, readings: Readings, runbook_root: str) -> str:
    title = f"<h3>{escape(widget.title)}</h3>"
    match widget.kind:
        case "text":
            return _markdown(widget.markdown, runbook_root)
        case "alarm":
            return title + _alarms(widget.alarms, readings.name, runbook_root)
        case "singleValue":
            return title + _values(widget, readings)
        case _:
            unit = f" <small>({escape(widget.unit)})</small>" if widget.unit else ""
            return f"<h3>{escape(widget.title)}{unit}</h3>{_graph(widget, readings)}{_legend(widget.lines)}"


def _graph(widget: Widget, readings: Readings) -> str:
    width = widget.width * COLUMN - 2 * MARGIN - 16
    legend = math.ceil(len(widget.lines) / max(1, width // LEGEND_WIDTH)) * LEGEND_HEIGHT
    height = widget.height * ROW - 2 * MARGIN - 12 - TITLE_HEIGHT - legend
    return graph(widget.lines, widget.thresholds, readings.start, readings.end, (width, height))


def _legend(lines: Sequence[Line]) -> str:
    items = "".join(
        f'<li title="{escape(line.label)}"><i style="background:{COLOURS[place % len(COLOURS)]}"></i>'
        f"{_latest(line)} {escape(line.label)}</li>"
        for place, line in enumerate(lines)
    )
    return f'<ul class="legend">{items}</ul>'


def _values(widget: Widget, readings: Readings) -> str:
    items = "".join(
        f"<div><b>{_latest(line)}</b>{escape(line.label)}"
        f"{sparkline(line, readings.start, readings.end, (110, 24), COLOURS[place % len(COLOURS)])}</div>"
        for place, line in enumerate(widget.lines)
    )
    return f'<div class="values">{items}</div>'


def _latest(line: Line) -> str:
    return number(line.points[-1][1]) if line.points else "-"


def _alarms(alarms: Sequence[Alarm], stack: str, runbook_root: str) -> str:
    order = list(STATES)
    items = ""
    for alarm in sorted(alarms, key=lambda alarm: order.index(alarm.state)):
        said, colour = STATES[alarm.state]
        text, _, address = alarm.description.rpartition(" ")
        link = f'<a href="{escape(_address(address, runbook_root))}">{escape(alarm.name.removeprefix(f"{stack}-"))}</a>'
        items += f'<li class="{colour}" title="{escape(f"{text} {alarm.reason}")}">{said}: {link}</li>'
    return f'<ul class="alarms">{items}</ul>'


def _markdown(text: str, runbook_root: str) -> str:
    """Return a heading with links, which is all that the dashboard uses."""
    linked = re.sub(
        r"\[([^\]]+)\]\(([^)]+)\)",
        lambda found: f'<a href="{_address(found[2], runbook_root)}">{found[1]}</a>',
        escape(text.removeprefix("## ")),
    )
    return f"<h2>{linked}</h2>"


def _address(address: str, runbook_root: str) -> str:
    return address if "://" in address else f"{runbook_root}{address}"
