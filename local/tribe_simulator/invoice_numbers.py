"""The series of invoice numbers: one for each year (tribe-api 6.1, 6.3)."""

import re

from local.tribe_simulator.environment import Environment

_NUMBER = re.compile(r"(\d{4})-(\d{1,9})")


def note_number(environment: Environment, number: str) -> None:
    """Remember a number that is taken."""
    if match := _NUMBER.fullmatch(number):
        year, position = match[1], int(match[2])
        taken = environment.last_invoice_numbers.get(year, 0)
        environment.last_invoice_numbers[year] = max(taken, position)


def next_number(environment: Environment, invoice_date: str) -> str:
    """Return the next number in the series of a date's year."""
    year = invoice_date[:4]
    return f"{year}-{environment.last_invoice_numbers.get(year, 0) + 1:04d}"
