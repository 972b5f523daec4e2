"""Values that people have set, over records: which of them stand, and the record with them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import fields, replace

from hub.identity.overrides import Difference, Override, judge
from hub.identity.settable import PAID, VOID
from hub.plugins.records import InvoiceRecord, Record
from hub.sync.context import PageWork
from hub.vocabulary import ConflictDecision, Entity, Lifecycle

R = TypeVar("R", bound=Record)


class Told(NamedTuple):
    """What the sources say of a field, as JSON (None: no value), and the connection that says it (None: nobody).

    `now` is what each of them says, where there may be several, and `has_changed` whether an override has seen something else; both as in Difference.
    `is_own`: the source that is believed is one of the row's own, and not of a customer that was merged into it: that one may be gone again. Nor is
    it, of customers, while the value of another one waits beneath.
    """

    theirs: str | None
    connection_id: int | None
    has_changed: bool
    now: Mapping[str, str | None] | None = None
    is_own: bool = True


def json_of(value: Any) -> str | None:  # noqa: ANN401 - any field's value
    """A field's value as an override keeps it; None: no value."""
    return None if value is None else msgspec.json.encode(value).decode()


def value_of(kind: type[Record], field: str, stored: str | None) -> Any:  # noqa: ANN401 - any field's value
    """A kept value as the field of a record has it. Raises msgspec.ValidationError where it is none, KeyError where there is no such field."""
    return msgspec.json.decode("null" if stored is None else stored, type=_types(kind)[field])


def overridden(record: R, overrides: Mapping[str, Override]) -> R:
    """A record with the values that stand over its own."""
    return with_values(record, {name: override.value for name, override in overrides.items()})


def with_values(record: R, values: Mapping[str, str | None]) -> R:
    """A record with other values, given as overrides keep them. Raises msgspec.ValidationError where one is none of its field.

    Of an invoice that is due in parts the days of the parts count, whatever is set.
    """
    known = _types(type(record))
    found = {name: value_of(type(record), name, value) for name, value in values.items() if name in known}
    if isinstance(record, InvoiceRecord) and record.due_parts:
        found.pop("due_date", None)
    if values.get(VOID) is not None:
        found |= {"lifecycle": Lifecycle.VOID, "voided_on": value_of(type(record), "voided_on", values[VOID])}
    if values.get(PAID) is not None:
        found |= {"amount_paid_minor": None, "balance_minor": 0, "paid_on": value_of(type(record), "paid_on", values[PAID])}
    return replace(record, **found) if found else record


def still_standing(
    work: PageWork, entity: Entity, overrides: Iterable[Override], *, said: Mapping[str, Told], rules: Mapping[str, ConflictDecision]
) -> dict[str, Override]:
    """The overrides of one row that stand over what its sources say now, by field; conflicts are raised and ended on the way."""
    speaks = bool(work.run.run_id) or work.asks_again
    found: dict[str, Override] = {}
    for override in overrides:
        theirs, connection_id, has_changed, now, is_own = said[override.field]
        difference = Difference(override, theirs, connection_id, has_changed, is_said=speaks and is_own, now=now)
        if judge(work.connection, entity, difference, rules=rules, now=work.run.now):
            found[override.field] = override
    return found


@cache
def _types(kind: type[Record]) -> dict[str, Any]:
    return {each.name: each.type for each in fields(kind)}
