"""Days as people write them on the command line."""

import re
from datetime import date

import typer

DAY = "YYYY-MM-DD"
"""How help texts show a day."""


def read_day(text: str) -> date:
    """A day that was typed. Raises BadParameter, which names the option, for anything but year-month-day."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"there is no day {text}: {error}") from error
    raise typer.BadParameter(f"{text!r} is no day: write year-month-day, such as 2026-01-31")
