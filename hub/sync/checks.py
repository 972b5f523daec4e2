"""Checks of single values of a record. Each raises RecordError with the field and the reason."""

from datetime import date, datetime

from hub.errors import RecordError
from hub.money import MAX_MINOR, is_currency
from hub.plugins.records import Deletion, Record

MAX_ID = 255
"""The characters that an external id may have."""

_BIG = 2**63
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FIRST_DATE = date(_FIRST_YEAR, 1, 1)
_LAST_DATE = date(_LAST_YEAR + 1, 1, 1)


def is_of_64_bits(number: int) -> bool:
    """Whether both databases hold a whole number."""
    return -_BIG <= number < _BIG


def check_currency(record: Record, currency: str, field: str = "currency") -> None:
    """Refuse what is no currency code."""
    if not is_currency(currency):
        raise RecordError(f"{currency!r} is no currency code of ISO 4217", reference=record.external_id, field=field)


def check_amount(record: Record, field: str, amount: int) -> None:
    """Refuse an amount that is out of range, in minor units."""
    if not -MAX_MINOR <= amount <= MAX_MINOR:
        raise RecordError(f"{amount} minor units is outside the range of amounts", reference=record.external_id, field=field)


def check_date(record: Record, field: str, day: date | None) -> None:
    """Refuse a day outside of the years that are kept; None is none."""
    if day is not None and not _FIRST_DATE <= day < _LAST_DATE:
        raise RecordError(f"{day.isoformat()} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}", reference=record.external_id, field=field)


def check_instant(record: Record | Deletion, field: str, at: datetime) -> None:
    """Refuse an instant without a time zone, or outside of these years."""
    if at.tzinfo is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        reason = f"{at.isoformat()} is no instant with a time zone in the years {_FIRST_YEAR} to {_LAST_YEAR}"
        raise RecordError(reason, reference=record.external_id, field=field)


def check_length(record: Record, field: str, text: str, *, limit: int) -> None:
    """Refuse a text that is too long."""
    if len(text) > limit:
        raise RecordError(f"the text has {len(text)} characters, at most {limit} are kept", reference=record.external_id, field=field)


def check_text(record: Record, field: str, text: str) -> None:
    """Refuse a text without any sign."""
    if not text.strip():
        raise RecordError("it is empty", reference=record.external_id, field=field)


def check_name(record: Record, field: str, external_id: str | None) -> None:
    """Refuse an external id that names nothing; None is none."""
    if external_id is not None and not 0 < len(external_id) <= MAX_ID:
        reason = f"an external id has 1 to {MAX_ID} characters, this one has {len(external_id)}"
        raise RecordError(reason, reference=record.external_id, field=field)
