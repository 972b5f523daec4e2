"""What the sources of a customer say of one field, and whether that is something else than they said before."""

from collections.abc import Iterable, Mapping, Sequence

from hub.identity.composing import STRICTNESS, Composed, CustomerSource
from hub.identity.precedence import GROUPS, WHOLE
from hub.identity.settable import PARENT
from hub.sync.effective.overridden import json_of

Seen = Mapping[str, str | None]
"""What each source says, as JSON text or None, by the id of its reference as text: in the form in which it is kept."""

_HANDLING = "source_handling"


def says(composed: Composed, field: str) -> dict[str, str | None]:
    """What each source itself says of a field. A parent is told by its id at the source, which no merge changes."""
    return {str(source.reference_id): _literal(source, field) for source in composed.asked[field]}


def has_changed(composed: Composed, field: str, seen: Seen | None) -> bool:
    """Whether the sources have come to say something else of a field than was seen. A source that was not seen has always said what it says.

    Only those are looked at that have a say: down to the one that is believed. `seen` None: nothing was seen yet, so nothing has changed.
    """
    now = says(composed, field)
    before = {reference: (seen or {}).get(reference, value) for reference, value in now.items()}
    if field == _HANDLING:
        living = [str(source.reference_id) for source in composed.asked[field] if not source.is_gone] or list(now)
        return _strictest(now, living) != _strictest(before, living)
    asked = [str(reference) for reference in heard(composed, field)]
    return _first(now, asked) != _first(before, asked)


def heard(composed: Composed, field: str) -> Sequence[int]:
    """The sources (reference ids) that have a say in a field, the first one asked first: down to the one that is believed.

    Of fields that go together that is the one that has a value of any of them, which may have none of this one.
    """
    asked = [source.reference_id for source in composed.asked[field]]
    together = next((GROUPS[group] for group in WHOLE if field in GROUPS[group]), (field,))
    found = next((composed.origins[name] for name in together if name in composed.origins), None)
    believed = composed.parents[0][1] if field == PARENT and composed.parents else found
    return asked if believed is None else asked[: asked.index(believed) + 1]


def _literal(source: CustomerSource, field: str) -> str | None:
    value = source.record.parent_external_id if field == PARENT else getattr(source.record, field)
    return None if value == [] else json_of(value)


def _first(said: Seen, asked: Iterable[str]) -> str | None:
    return next((value for reference in asked if (value := said[reference]) is not None), None)


def _strictest(said: Seen, asked: Iterable[str]) -> str | None:
    order = [json_of(handling) for handling in STRICTNESS]
    return max((said[reference] for reference in asked), key=order.index)
