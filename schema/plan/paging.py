"""The arguments of a connection: how many rows, from which end, after and before which cursors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import RequestError
from schema.limits.numbers import LIMITS
from schema.plan.mapping import Argument
from schema.plan.selection import Selected

DEFAULT_PAGE = 25

PAGE_ARGUMENTS: Mapping[str, Argument] = {
    "first": Argument("Int", f"How many rows from the start of the list: 0 to {LIMITS.page_size}; {DEFAULT_PAGE} when neither `first` nor `last` is given."),
    "after": Argument("String", "Start after the row of this cursor. Not in a list that stands below a list: ask for the one parent by its id."),
    "last": Argument("Int", f"How many rows from the end of the list, in the list's order: 0 to {LIMITS.page_size}. Not together with `first`."),
    "before": Argument("String", "End before the row of this cursor. Not in a list that stands below a list."),
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the arguments ask for."""

    limit: int
    is_backward: bool
    after: str | None
    before: str | None


def page_request(selected: Selected, *, has_one_parent: bool) -> PageRequest:
    """The page that a field asks for. Raises RequestError with the argument's path for what no list has."""
    given = selected.arguments
    first, last = (_size(selected, given, name) for name in ("first", "last"))
    if first is not None and last is not None:
        message = "Give `first` or `last`, not both."
        raise RequestError(message, path=selected.argument_path("last"))
    for name in ("after", "before"):
        if given.get(name) is not None and not has_one_parent:
            message = f"`{name}` would mean another row in each of several lists: ask for the one parent by its id, and page there."
            raise RequestError(message, path=selected.argument_path(name))
    limit = next((size for size in (first, last) if size is not None), DEFAULT_PAGE)
    return PageRequest(limit, last is not None, given.get("after"), given.get("before"))


def _size(selected: Selected, given: Mapping[str, Any], name: str) -> int | None:
    size: int | None = given.get(name)
    if size is not None and not 0 <= size <= LIMITS.page_size:
        message = f"`{name}` is {size}; it must be from 0 to {LIMITS.page_size}."
        raise RequestError(message, path=selected.argument_path(name))
    return size
