"""A source's object read field by field, and lists of such objects: what is not as agreed is refused with the name of its field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, cast

from connectors.toolkit.http import HttpClient
from hub.plugins import AmountError, RecordError, is_currency, to_minor

_Word = TypeVar("_Word")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_SHOWN = 60


def objects_of(document: object, name: str, client: HttpClient) -> list[dict[str, Any]]:
    """The objects in a list answer. Raises SourceContractError when it has no such list, or more than half of the objects have no id.

    One odd object is that object's fault; when most are odd, the source has changed, and to go on would lose data.
    """
    found = cast("dict[str, Any]", document).get(name) if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise client.contract_error(f"the answer has no list {name!r}")
    items = cast("list[Any]", found)
    objects: list[dict[str, Any]] = [item if isinstance(item, dict) else {"item": item} for item in items]
    unnamed_count = sum(id_of(item) is None for item in objects)
    if unnamed_count * 2 > len(objects):
        raise client.contract_error(f"{unnamed_count} of {len(objects)} objects in {name!r} have no id")
    return objects


def id_of(values: Mapping[str, Any]) -> str | None:
    """The id of an object; None where it has none that can be used."""
    found = values.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) and found else None


@dataclass(frozen=True, slots=True)
class Payload:
    """One object of a source. Every reader raises RecordError for a value that is not as agreed.

    Those that end in `_or_none` take a field that is absent or null as "the source does not say".
    `reference` is the object's id; `path` is where it stands within another one, such as `lines[0].`.
    """

    values: Mapping[str, Any]
    reference: str
    path: str = ""

    def text(self, name: str) -> str:
        """A text that is not empty; a whole number counts as its digits."""
        found = self.text_or_none(name)
        if found is None or not found.strip():
            raise self.refusal(name, "it is missing" if found is None else "it is empty")
        return found

    def text_or_none(self, name: str) -> str | None:
        """A text."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None or isinstance(value, str):
            return value
        raise self._odd(name, value, "a text")

    def integer(self, name: str) -> int:
        """A whole number."""
        return self._required(name, self.integer_or_none(name))

    def integer_or_none(self, name: str) -> int | None:
        """A whole number; one that is written as a text counts too."""
        value = self.values.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
            return int(value)
        raise self._odd(name, value, "a whole number")

    def flag(self, name: str) -> bool:
        """A yes or no; absent is no."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._odd(name, value, "true or false")

    def day(self, name: str) -> date:
        """A calendar date."""
        return self._required(name, self.day_or_none(name))

    def day_or_none(self, name: str) -> date | None:
        """A calendar date, as 2026-11-22."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self._odd(name, value, "a date")

    def instant(self, name: str) -> datetime:
        """An instant, in UTC."""
        return self._required(name, self.instant_or_none(name))

    def instant_or_none(self, name: str) -> datetime | None:
        """An instant with its offset, in UTC."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            if isinstance(value, str) and (found := datetime.fromisoformat(value)).tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self._odd(name, value, "an instant with its offset from UTC")

    def currency(self, name: str = "currency") -> str:
        """A currency code of ISO 4217."""
        value = self.text(name)
        if not is_currency(value):
            raise self._odd(name, value, "a currency code of ISO 4217")
        return value

    def amount(self, name: str, currency: str) -> int:
        """An amount in minor units, from a decimal with no more digits than its currency has."""
        return self._required(name, self.amount_or_none(name, currency))

    def amount_or_none(self, name: str, currency: str) -> int | None:
        """As `amount`."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
            raise self._odd(name, value, "a decimal")
        try:
            found = to_minor(value, currency)
        except AmountError as error:
            raise self.refusal(name, str(error)) from error
        if found.rounded:
            raise self.refusal(name, f"{str(value)!r} has more decimals than {currency} has")
        return found.amount_minor

    def decimal(self, name: str) -> Decimal:
        """A decimal number."""
        value = self.values.get(name)
        try:
            if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and (found := Decimal(value)).is_finite():
                return found
        except InvalidOperation:
            pass
        raise self._odd(name, value, "a decimal")

    def word(self, name: str, words: Mapping[str, _Word]) -> _Word:
        """What one of the agreed words stands for."""
        value = self.text(name)
        if value not in words:
            raise self._odd(name, value, f"one of {', '.join(words)}")
        return words[value]

    def texts(self, name: str) -> list[str]:
        """A list of texts; absent is empty."""
        found = self._list(name)
        if not all(isinstance(one, str) for one in found):
            raise self._odd(name, found, "a list of texts")
        return cast("list[str]", list(found))

    def parts(self, name: str) -> list["Payload"]:
        """A list of objects within this one; absent is empty."""
        found = self._list(name)
        if not all(isinstance(one, dict) for one in found):
            raise self._odd(name, found, "a list of objects")
        return [Payload(cast("dict[str, Any]", one), self.reference, f"{self.path}{name}[{number}].") for number, one in enumerate(found)]

    def part(self, name: str) -> "Payload":
        """An object within this one; absent is empty."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            raise self._odd(name, value, "an object")
        return Payload(cast("dict[str, Any]", value or {}), self.reference, f"{self.path}{name}.")

    def refusal(self, name: str, reason: str) -> RecordError:
        """The error for a field of this object."""
        return RecordError(reason, reference=self.reference, field=f"{self.path}{name}")

    def _list(self, name: str) -> Sequence[Any]:
        value = self.values.get(name)
        if value is None or isinstance(value, list):
            return cast("list[Any]", value or [])
        raise self._odd(name, value, "a list")

    def _required(self, name: str, value: _Word | None) -> _Word:
        if value is None:
            raise self.refusal(name, "it is missing")
        return value

    def _odd(self, name: str, value: object, wanted: str) -> RecordError:
        text = repr(value)
        return self.refusal(name, f"{text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + '…'} is not {wanted}")
