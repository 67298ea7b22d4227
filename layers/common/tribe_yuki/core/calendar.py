"""The time of the people who work with a connection, and of both systems: everything that they read is in it."""

from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
