"""Graphs as SVG."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from local.dashboard.readings import Line, Point, Threshold

# Told apart by people who do not see all colours (Okabe and Ito), the alarm's red left out.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7f6a00", "#666666")
LEFT, RIGHT, TOP, BOTTOM = 44.0, 18.0, 8.0, 20.0
# A longer silence than this many periods is a gap.
GAP = 2.5
_STEPS = (1, 2, 2.5, 5, 10)
_TIME_STEPS = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440)]
_MOST_TIMES = 5
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """Where values and instants are on a drawing of a size in pixels."""

    width: float
    height: float
    start: datetime
    end: datetime
    top_value: float

    def x(self, at: datetime) -> float:
        """Return the place of an instant."""
        return round(LEFT + (at - self.start) / (self.end - self.start) * (self.width - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return the place of a value."""
        return round(self.height - BOTTOM - value / self.top_value * (self.height - TOP - BOTTOM), 1)


def graph(
    lines: Sequence[Line], thresholds: Sequence[Threshold], start: datetime, end: datetime, size: tuple[float, float]
) -> str:
    """Return a graph; every threshold is inside of it."""
    values = [value for line in lines for _, value in line.points]
    highest = max([*values, *(threshold.value for threshold in thresholds), 1])
    step = nice_step(highest / _TICKS)
    frame = Frame(*size, start, end, step * math.ceil(highest * 1.05 / step))
    parts = [*_grid(frame, step), *_times(frame), *_thresholds(frame, thresholds)]
    for number, line in enumerate(lines):
        parts += _curve(frame, line, COLOURS[number % len(COLOURS)])
    if not values:
        parts.append(f'<text class="none" x="{size[0] / 2}" y="{size[1] / 2}">nothing measured yet</text>')
    return _svg(size, parts)


def sparkline(line: Line, start: datetime, end: datetime, size: tuple[float, float], colour: str) -> str:
    """Return a small graph without scales."""
    highest = max([value for _, value in line.points] + [1])
    frame = Frame(size[0] + LEFT + RIGHT, size[1] + TOP + BOTTOM, start, end, highest * 1.1)
    return _svg(size, _curve(frame, line, colour), origin=(LEFT, TOP))


def nice_step(least: float) -> float:
    """Return a step of 1, 2, 2.5 or 5 times a power of ten, at least this and at least one."""
    if least <= 1:
        return 1
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least)


def number(value: float) -> str:
    """Return a value as people write it."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def _svg(size: tuple[float, float], parts: Iterable[str], origin: tuple[float, float] = (0, 0)) -> str:
    x, y, width, height = (f"{number:g}" for number in (*origin, *size))
    return f'<svg viewBox="{x} {y} {width} {height}" width="{width}" height="{height}">{"".join(parts)}</svg>'


def _grid(frame: Frame, step: float) -> Iterator[str]:
    for tick in range(round(frame.top_value / step) + 1):
        y = frame.y(tick * step)
        yield f'<line class="grid" x1="{LEFT}" x2="{frame.width - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="scale" x="{LEFT - 5}" y="{y + 4}">{number(tick * step)}</text>'


def _times(frame: Frame) -> Iterator[str]:
    length = frame.end - frame.start
    step = next((step for step in _TIME_STEPS if length / step <= _MOST_TIMES), _TIME_STEPS[-1])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    at = epoch + math.ceil((frame.start - epoch) / step) * step
    while at <= frame.end:
        yield f'<text class="time" x="{frame.x(at)}" y="{frame.height - 5}">{at:%H:%M}</text>'
        at += step


def _thresholds(frame: Frame, thresholds: Sequence[Threshold]) -> Iterator[str]:
    # Labels stand left and right in turn, because thresholds may be close to each other.
    for place, threshold in enumerate(sorted(thresholds, key=lambda threshold: threshold.value)):
        y = frame.y(threshold.value)
        yield f'<line class="threshold" x1="{LEFT}" x2="{frame.width - RIGHT}" y1="{y}" y2="{y}"/>'
        said = escape(f"{number(threshold.value)} {threshold.label}".strip())
        side, x = ("left", LEFT + 4) if place % 2 else ("right", frame.width - RIGHT - 2)
        yield f'<text class="threshold {side}" x="{x}" y="{y - 3}">{said}</text>'


def _curve(frame: Frame, line: Line, colour: str) -> Iterator[str]:
    for run in _runs(line):
        places = [(frame.x(at), frame.y(value)) for at, value in run]
        if len(places) > 1:
            path = " ".join(f"{x},{y}" for x, y in places)
            yield f'<polyline points="{path}" stroke="{colour}"/>'
        else:
            ((x, y),) = places
            yield f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>'


def _runs(line: Line) -> Iterator[list[Point]]:
    """Yield the points without a gap between them."""
    run: list[Point] = []
    longest = timedelta(seconds=line.period * GAP)
    for point in line.points:
        if run and point[0] - run[-1][0] > longest:
            yield run
            run = []
        run.append(point)
    if run:
        yield run
