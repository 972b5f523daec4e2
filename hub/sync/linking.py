"""What people and rules do to customers and their values, with all that follows, in one transaction: merge, take back, set, clear.

The steps themselves are in hub/identity. Here what they touch is composed anew, who speaks for the customers is settled, kept amounts and
figures are brought up, and what has happened is told as events. So nobody ever sees half of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from hub.clock import Clock
from hub.config import Settings
from hub.errors import RequestError
from hub.health.bill_to import resolve_bill_to
from hub.health.refresh import refresh_dirty
from hub.identity.homes import MERGED, UNMERGED, chain_above, counting_customers, members_of
from hub.identity.matching.queue import queue_for_matching
from hub.identity.matching.suggestions import accept_pair, accept_suggestion, keep_apart
from hub.identity.merging import MergeReason, kept_first, merge_customers, unmerge_customer
from hub.identity.overrides import Override, clear_overrides, decide, set_override, standing_overrides
from hub.identity.precedence import GROUPS
from hub.model import Customer, DirtyCustomer, Event, ExternalReference, table_of
from hub.store.bulk import insert_missing
from hub.store.lookup import is_among
from hub.sync.authority import settle_authority
from hub.sync.context import PageWork
from hub.sync.effective.composition import compose
from hub.sync.effective.paid import long_marked, settle_marks
from hub.sync.effective.setting import new_override
from hub.sync.landing.changes import FieldChange, record_changes
from hub.sync.settling import recompute
from hub.sync.stepping import begin_step
from hub.vocabulary import ConflictDecision, Entity, MergeKind

_CUSTOMERS = table_of(Customer)
_DIRTY = table_of(DirtyCustomer)
_EVENTS = table_of(Event)
_REFERENCES = table_of(ExternalReference)

_PLACING = frozenset(GROUPS["hierarchy"])
"""Fields that say where a customer stands, and so who is billed for whom."""


@dataclass(slots=True)
class Linking:
    """One transaction of such steps: take them, then `settle` once. `actor` is a user or token name, None: a rule of the hub."""

    connection: sa.Connection
    settings: Settings
    clock: Clock
    actor: str | None = None
    reason: str | None = None
    _work: PageWork = field(init=False)
    _moves_places: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Own the books: nobody writes beside these steps."""
        self._work = PageWork(self.connection, begin_step(self.connection, self.settings, self.clock, actor=self.actor, reason=self.reason))

    def merge(self, customer_id: int, *, into_id: int, why: MergeReason) -> int:
        """Make a customer one with another; returns the id of the merge. Raises as `merge_customers`."""
        merge_id = merge_customers(self.connection, customer_id, into_id=into_id, why=why, now=self._work.run.now)
        if why.kind is MergeKind.BY_HAND:
            accept_pair(self.connection, customer_id, into_id, by=self.actor or "", now=self._work.run.now)
        queue_for_matching(self.connection, [customer_id])
        hidden = FieldChange(customer_id, "is_deleted", old=False, new=True)
        record_changes(self._work, Entity.CUSTOMER, [FieldChange(customer_id, "merged_into_id", None, into_id), hidden])
        self._touch([customer_id, into_id])
        self._tell(MERGED, customer_id, into_id)
        return merge_id

    def accept(self, suggestion_id: int, *, keep_id: int | None = None) -> int:
        """Merge the two customers of a suggestion; `keep_id` says which one is kept, None: as a rule would. Returns the one that is kept.

        Raises NotFoundError or ConflictError where there is no such suggestion or it is not open any more, RequestError for another customer.
        """
        pair = accept_suggestion(self.connection, suggestion_id, by=self.actor or "", now=self._work.run.now)
        if keep_id is not None and keep_id not in pair:
            raise RequestError("this is none of the two customers of the suggestion", path=("keepId",))
        kept, merged = sorted(pair, key=lambda one: one != keep_id) if keep_id is not None else kept_first(self.connection, pair)
        self.merge(merged, into_id=kept, why=MergeReason(kind=MergeKind.SUGGESTED, actor=self.actor, reason=self.reason))
        return kept

    def unmerge(self, customer_id: int) -> int:
        """Take a merge back, after which no rule makes the two one again; returns the id of the customer that it was in.

        Raises as `unmerge_customer`.
        """
        above = chain_above(self.connection, customer_id)
        counted_for = unmerge_customer(self.connection, customer_id, actor=self.actor or "", reason=self.reason, now=self._work.run.now)
        for other in above:
            keep_apart(self.connection, customer_id, other, by=self.actor or "", now=self._work.run.now)
        record_changes(self._work, Entity.CUSTOMER, [FieldChange(customer_id, "merged_into_id", above[0], None)])
        self._touch([customer_id, counted_for])
        self._tell(UNMERGED, customer_id, counted_for)
        return counted_for

    def touch(self, entity: Entity, entity_id: int, field_name: str) -> None:
        """Note a row that must be composed anew: a value was set over one of its fields, or no longer is."""
        if entity is Entity.CUSTOMER and field_name in _PLACING:
            self._touch([entity_id])
        else:
            self._work.composed[entity].add(entity_id)

    def set_value(self, entity: Entity, entity_id: int, *, field: str, value: str | None) -> str | None:
        """Let a value (JSON, None: no value) stand over what the sources say of a field; returns the value that counted until now, likewise.

        Raises NotFoundError where there is no such row, RequestError where the field cannot be set or the value is none of it.
        """
        override = new_override(self._work, entity, entity_id, field=field, value=value)
        before = self.value_set(entity, entity_id, field=field)
        set_override(self.connection, entity, entity_id, override=override, now=self._work.run.now)
        self.touch(entity, entity_id, field)
        return override.source_value if before is None else before.value

    def value_set(self, entity: Entity, entity_id: int, *, field: str) -> Override | None:
        """What stands over the sources' value of a field; None: nothing does."""
        standing = standing_overrides(self.connection, entity, self._as_one(entity, entity_id))
        found = [one for some in standing.values() for one in some if one.field == field]
        return max(found, key=lambda one: (one.entity_id == entity_id, one.id), default=None)

    def clear_value(self, entity: Entity, entity_id: int, *, field: str) -> bool:
        """Let the sources' value count again; returns whether something stood over it."""
        found = clear_overrides(self.connection, entity, self._as_one(entity, entity_id), field=field, actor=self.actor, now=self._work.run.now)
        self.touch(entity, entity_id, field)
        return bool(found)

    def decide(self, conflict_id: int, decision: ConflictDecision) -> Collection[int]:
        """Decide a conflict; returns all that were decided with it. Raises as `decide`."""
        decided = decide(self.connection, conflict_id, decision, actor=self.actor or "", now=self._work.run.now)
        for entity_id in decided.ids:
            self.touch(decided.entity, entity_id, decided.field)
        return decided.conflicts

    def _as_one(self, entity: Entity, entity_id: int) -> set[int]:
        return members_of(self.connection, [entity_id])[entity_id] if entity is Entity.CUSTOMER else {entity_id}

    def ask_of_long_marked(self) -> int:
        """Look again at invoices that were marked as paid and whose money does not come: whether somebody should be asked. Returns how many."""
        before = self._work.run.now - timedelta(days=self._work.run.unconfirmed_days)
        found = long_marked(self.connection, before=before)
        self._work.composed[Entity.INVOICE].update(found)
        self._work.asks_again = True
        return len(found)

    def settle(self) -> None:
        """Bring up all that follows from the steps."""
        work = self._work
        compose(work)
        settle_authority(work, sorted(counting_customers(self.connection, work.composed[Entity.CUSTOMER]).values()))
        settle_marks(work, for_good=False)
        recompute(work)
        rows = [(key,) for key in sorted(work.dirty_customers)]
        insert_missing(self.connection, _DIRTY, columns=("customer_id",), rows=rows)
        concerned = resolve_bill_to(self.connection, self.settings.workspace.bill_to) if self._moves_places else set[int]()
        refresh_dirty(self.connection, work.run.basis, only=work.dirty_customers | concerned)

    def _touch(self, customers: Iterable[int]) -> None:
        """Customers, and those that they stand above: whose parent they are depends on who is one with whom."""
        found = set(customers)
        below = sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.parent_id, found))
        mine = sa.and_(_REFERENCES.c.entity == Entity.CUSTOMER, sa.or_(is_among(_REFERENCES.c.entity_id, found), is_among(_REFERENCES.c.home_id, found)))
        names = list(self.connection.execute(sa.select(_REFERENCES.c.external_id).where(mine)).scalars())
        is_orphan = sa.and_(_CUSTOMERS.c.parent_id.is_(None), _CUSTOMERS.c.parent_external_id.is_not(None))
        passed_over = sa.select(_CUSTOMERS.c.id).where(is_orphan, is_among(_CUSTOMERS.c.parent_external_id, names))
        self._work.composed[Entity.CUSTOMER] |= found.union(*(self.connection.execute(some).scalars() for some in (below, passed_over)))
        self._moves_places = True
        self._work.dirty_customers |= found

    def _tell(self, kind: str, customer_id: int, other_id: int) -> None:
        values = {"kind": kind, "entity": Entity.CUSTOMER, "entity_id": customer_id, "payload": {"other": other_id}, "happened_at": self._work.run.now}
        self.connection.execute(sa.insert(_EVENTS).values(**values))
