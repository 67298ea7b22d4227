"""Pages as a browser shows them: headless Chromium, and its pictures as pixels."""

import struct
import subprocess
import zlib
from itertools import accumulate
from pathlib import Path

from tests.support.stack.chromium import SWITCHES, installed_browser

_SWITCHES = ("--headless", *SWITCHES, "--hide-scrollbars", "--force-device-scale-factor=1")

type Colour = tuple[int, int, int]


def screenshot(page: Path, picture: Path, width: int, height: int) -> list[list[Colour]]:
    """Let the browser draw a page, keep the picture, and return its pixels, row by row."""
    profile = picture.with_suffix(".profile")
    subprocess.run(
        [
            installed_browser(),
            *_SWITCHES,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return pixels(picture.read_bytes())


def pixels(png: bytes) -> list[list[Colour]]:
    """Return the pixels of a PNG of eight bits a channel, as Chromium makes them."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    packed, place = b"", 8
    width = height = channels = 0
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour_type = struct.unpack(">IIBB", data[:10])
            assert depth == 8
            channels = {2: 3, 6: 4}[colour_type]
        elif kind == b"IDAT":
            packed += data
        place += 12 + length
    raw, stride = zlib.decompress(packed), width * channels
    rows: list[list[Colour]] = []
    before = bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        before = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, channels)
        rows.append([(before[at], before[at + 1], before[at + 2]) for at in range(0, stride, channels)])
    return rows


def _unfiltered(kind: int, row: bytearray, above: bytearray, channels: int) -> bytearray:
    """Undo the filter of one row of a PNG."""
    match kind:
        case 1:
            for channel in range(channels):
                values: list[int] = list(row[channel::channels])
                values = list(accumulate(values, _add))
                row[channel::channels] = bytes(values)
        case 2:
            row[:] = bytes(map(_add, row, above))
        case 3 | 4:
            predict = _average if kind == 3 else _paeth
            before, corners = bytearray(channels) + row, bytes(channels) + above
            for at in range(len(row)):
                before[at + channels] = row[at] = _add(row[at], predict(before[at], above[at], corners[at]))
    return row


def _add(one: int, other: int) -> int:
    return (one + other) & 255


def _average(left: int, above: int, _corner: int) -> int:
    return (left + above) // 2


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    distances = [(abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner)]
    return min(distances)[2]
