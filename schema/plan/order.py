"""Orders: from a coerced `orderBy` to the keys of a list, the row's own key always last."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.errors import RequestError
from schema.plan.filters import Path, plain
from schema.plan.keyset import Key
from schema.plan.mapping import Order, Scope
from schema.plan.where import Permit

DESCENDING = "DESC"
NULLS_FIRST = "FIRST"
MAX_KEYS = 5
"""How many keys one `orderBy` may have."""


def order_keys(scope: Scope, order_by: Sequence[Mapping[str, Any]] | None, *, path: Path, permit: Permit) -> list[Key]:
    """The keys of a list. Nulls come last unless the order says otherwise; ties are broken by the row's key, in the direction of the last key."""
    orders = scope.row_type.all_orders
    if len(order_by or ()) > MAX_KEYS:
        message = f"`orderBy` has {len(order_by or ())} keys; {MAX_KEYS} at most."
        raise RequestError(message, path=path)
    keys: list[Key] = []
    for position, entry in enumerate(order_by or ()):
        order = orders[plain(entry["field"])]
        permit(*order.field, (*path, str(position), "field"))
        keys.append(_key(scope, order, is_descending=plain(entry["direction"]) == DESCENDING, nulls_first=plain(entry["nulls"]) == NULLS_FIRST))
    if not order_by:
        keys = [_key(scope, orders[name], is_descending=is_descending) for name, is_descending in scope.row_type.default_order]
    return [*keys, Key(scope.key, bool(keys) and keys[-1].is_descending)]


def _key(scope: Scope, order: Order, *, is_descending: bool, nulls_first: bool = False) -> Key:
    return Key(
        order.expression(scope),
        is_descending,
        is_nullable=order.is_nullable,
        nulls_first=nulls_first,
        join=order.join,
        tie=None if order.tie is None else order.tie(scope),
    )
