"""Values that people set over a source's: how long they stand, and what becomes of them when the source changes its own."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from hub.clock import FixedClock
from hub.errors import ConflictError, NotFoundError, RequestError
from hub.health.selfcheck import check_figures
from hub.identity.overrides import set_rule
from hub.model import Contact, Customer, FieldConflict, FieldOverride, Invoice, Payment, Settlement
from hub.plugins.connector import Feed, FullOpenList, Page
from hub.plugins.records import ContactRecord, Deletion, DuePartItem
from hub.sync.linking import Linking
from hub.sync.sweep import Closing
from hub.vocabulary import ConflictDecision, Entity, Lifecycle, PaymentState, SourceHandling, Stream
from tests.identity.conftest import Key, Systems
from tests.sync.records import customer, invoice, payment

BOOKS, CRM = ("books", "C1"), ("crm", "K1")


def set_name(systems: Systems, value: str | None = '"Ours"', *, field: str = "name") -> None:
    found = systems.customer_id(BOOKS)
    systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, found, field=field, value=value))


def decide(systems: Systems, decision: ConflictDecision) -> None:
    conflict = systems.hub.rows(FieldConflict, "id")[-1][0]
    systems.act(lambda linking: linking.decide(conflict, decision))


def wrong_figures(systems: Systems) -> Sequence[object]:
    systems.hub.refresh()
    with systems.hub.store.read() as connection:
        return check_figures(connection, systems.hub.basis())


def conflicts(systems: Systems) -> list[tuple[object, ...]]:
    return systems.hub.rows(FieldConflict, "field", "ours", "theirs", "was", "status")


async def test_a_value_stands_while_the_source_says_the_same(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Theirs"))
    set_name(systems)
    await systems.say("books", customer("C1", name="Theirs", phone="+1"))
    assert (systems.field(BOOKS, "name"), systems.field(BOOKS, "phone")) == ("Ours", "+1")
    assert conflicts(systems) == []


async def test_when_the_source_changes_its_value_ours_stands_and_there_is_a_conflict(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Theirs"))
    set_name(systems)
    await systems.say("books", customer("C1", name="Newer"))
    await systems.say("books", customer("C1", name="Newest"))
    assert systems.field(BOOKS, "name") == "Ours"
    assert conflicts(systems) == [("name", '"Ours"', '"Newest"', '"Theirs"', "OPEN")]


@pytest.mark.parametrize(
    ("decision", "now", "later"),
    [
        (ConflictDecision.KEEP_OURS, "Ours", "Ours"),
        (ConflictDecision.TAKE_THEIRS, "Newer", "Newest"),
        (ConflictDecision.ALWAYS_OURS, "Ours", "Ours"),
        (ConflictDecision.ALWAYS_THEIRS, "Newer", "Newest"),
    ],
)
async def test_a_conflict_is_decided_once_or_for_good(systems: Systems, *, decision: ConflictDecision, now: str, later: str) -> None:
    await systems.say("books", customer("C1", name="Theirs"))
    set_name(systems)
    await systems.say("books", customer("C1", name="Newer"))
    decide(systems, decision)
    assert systems.field(BOOKS, "name") == now
    await systems.say("books", customer("C1", name="Newest"))
    assert systems.field(BOOKS, "name") == later
    is_asked_again = decision is ConflictDecision.KEEP_OURS
    assert [row[-1] for row in conflicts(systems)] == ["DECIDED", "OPEN"] if is_asked_again else ["DECIDED"]


async def test_a_rule_decides_for_other_customers_too(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Theirs"), customer("C2", name="Other"))
    set_name(systems)
    await systems.say("books", customer("C1", name="Newer"))
    decide(systems, ConflictDecision.ALWAYS_THEIRS)
    other = systems.customer_id(("books", "C2"))
    systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, other, field="name", value='"Set"'))
    await systems.say("books", customer("C2", name="Other 2"))
    assert systems.field(("books", "C2"), "name") == "Other 2"


async def test_when_the_source_comes_to_say_the_same_there_is_nothing_to_decide(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Theirs"))
    set_name(systems)
    await systems.say("books", customer("C1", name="Newer"))
    await systems.say("books", customer("C1", name="Ours"))
    await systems.say("books", customer("C1", name="Newest"))
    assert systems.field(BOOKS, "name") == "Newest"
    assert [row[-1] for row in conflicts(systems)] == ["OVER"]
    assert systems.hub.rows(FieldOverride, "cleared_by") == [(None,)]


async def test_what_is_cleared_is_the_sources_again(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Theirs"))
    set_name(systems)
    found = systems.customer_id(BOOKS)
    assert systems.act(lambda linking: linking.clear_value(Entity.CUSTOMER, found, field="name"))
    assert systems.field(BOOKS, "name") == "Theirs"
    assert not systems.act(lambda linking: linking.clear_value(Entity.CUSTOMER, found, field="name"))


async def test_a_parent_can_be_set_and_nothing_is_set_in_a_circle(systems: Systems) -> None:
    await systems.say("books", customer("C1"), customer("C2", parent_external_id="C1"))
    first, second = systems.customer_id(BOOKS), systems.customer_id(("books", "C2"))
    for below in (first, second):
        with pytest.raises(ConflictError, match="circle"):
            set_name(systems, str(below), field="parent_id")
    systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, second, field="parent_id", value=None))
    set_name(systems, str(second), field="parent_id")
    assert (systems.field(BOOKS, "parent_id"), systems.field(("books", "C2"), "parent_id")) == (second, None)


async def test_what_a_source_says_later_closes_no_circle_with_what_a_person_set(systems: Systems) -> None:
    await systems.say("books", customer("C1"), customer("C2"))
    first, second = systems.customer_id(BOOKS), systems.customer_id(("books", "C2"))
    set_name(systems, str(second), field="parent_id")
    await systems.say("books", customer("C2", parent_external_id="C1"))
    assert (systems.field(BOOKS, "parent_id"), systems.field(("books", "C2"), "parent_id")) == (second, None)
    systems.act(lambda linking: linking.clear_value(Entity.CUSTOMER, first, field="parent_id"))
    assert (systems.field(BOOKS, "parent_id"), systems.field(("books", "C2"), "parent_id")) == (None, first)


async def test_a_row_that_a_person_has_set_moves_with_its_source(systems: Systems) -> None:
    await systems.say("books", customer("C1"), customer("C2"), invoice("A", "100.00"))
    found = systems.hub.rows(Invoice, "id")[0][0]
    systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="contract", value='"K 7"'))
    await systems.say("books", invoice("A", "100.00", customer_external_id="C2"))
    assert systems.hub.rows(Invoice, "customer_id", "contract") == [(systems.customer_id(("books", "C2")), "K 7")]


async def test_a_value_that_was_set_goes_into_a_merge_and_out_again(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Books"))
    await systems.say("crm", customer("K1", name="Crm"))
    crm = systems.customer_id(CRM)
    systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, crm, field="name", value='"Ours"'))
    systems.merge(CRM, into=BOOKS)
    assert systems.field(BOOKS, "name") == "Ours"
    systems.unmerge(CRM)
    assert (systems.field(BOOKS, "name"), systems.field(CRM, "name")) == ("Books", "Ours")
    assert conflicts(systems) == []


async def both_set(systems: Systems) -> None:
    """Two systems say the same name of two customers, and people have set each of them another one."""
    await systems.say("books", customer("C1", name="Theirs"))
    await systems.say("crm", customer("K1", name="Theirs"))
    for key, value in ((BOOKS, '"Of the books"'), (CRM, '"Of the crm"')):
        set_name_of(systems, key, value)


PARTS = [DuePartItem(due_date=date(2026, month, 1), amount_minor=5_000) for month in (10, 11)]


async def test_the_days_of_parts_are_the_source_s_alone(systems: Systems) -> None:
    await systems.say("books", customer("C1"), invoice("I1", due_date=None, due_parts=PARTS))
    [(found,)] = systems.hub.rows(Invoice, "id")
    with pytest.raises(ConflictError, match="due in 2 parts"):
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="due_date", value='"2026-12-31"'))


async def test_a_due_date_that_was_set_gives_way_to_parts_and_is_a_conflict(systems: Systems) -> None:
    await systems.say("books", customer("C1"), invoice("I1", due_date=date(2026, 10, 1)))
    [(found,)] = systems.hub.rows(Invoice, "id")
    systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="due_date", value='"2026-12-31"'))
    assert systems.hub.rows(Invoice, "due_date", "first_open_due_date") == [(date(2026, 12, 31), date(2026, 12, 31))]
    await systems.say("books", invoice("I1", due_date=None, due_parts=PARTS))
    assert systems.hub.rows(Invoice, "due_date", "first_open_due_date") == [(date(2026, 11, 1), date(2026, 10, 1))]
    assert conflicts(systems) == [("due_date", '"2026-12-31"', '"2026-11-01"', '"2026-10-01"', "OPEN")]


def set_name_of(systems: Systems, key: Key, value: str) -> None:
    found = systems.customer_id(key)
    systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, found, field="name", value=value))


class TestMerges:
    """What a merge changes of who is asked is no change of what a source says."""

    async def test_only_a_source_that_says_something_else_raises_a_conflict(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", name="Books"))
        await systems.say("crm", customer("K1", name="Crm"))
        set_name_of(systems, CRM, '"Ours"')
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", customer("C1", name="Books", phone="1"))
        await systems.say("crm", customer("K1", name="Crm, not asked"))
        assert (systems.field(BOOKS, "name"), conflicts(systems)) == ("Ours", [])
        await systems.say("books", customer("C1", name="Books anew"))
        assert [(row[1], row[2], row[-1]) for row in conflicts(systems)] == [('"Ours"', '"Books anew"', "OPEN")]
        systems.unmerge(CRM)
        assert (systems.field(BOOKS, "name"), systems.field(CRM, "name")) == ("Books anew", "Ours")
        assert [(row[2], row[-1]) for row in conflicts(systems) if row[-1] == "OPEN"] == [('"Crm, not asked"', "OPEN")]

    async def test_what_agrees_because_of_a_merge_stands_when_it_is_taken_back(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", name="Ours"))
        await systems.say("crm", customer("K1", name="Crm"))
        set_name_of(systems, CRM, '"Ours"')
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", customer("C1", name="Ours", phone="1"))
        systems.unmerge(CRM)
        assert systems.field(CRM, "name") == "Ours"

    async def test_a_rule_for_every_time_ends_nothing_because_of_a_merge(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", name="Books"))
        await systems.say("crm", customer("K1", name="Crm"))
        set_name_of(systems, CRM, '"Ours"')
        with systems.hub.store.write() as connection:
            set_rule(connection, Entity.CUSTOMER, "name", decision=ConflictDecision.ALWAYS_THEIRS, actor="ana", now=systems.hub.clock.now())
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", customer("C1", name="Books", phone="1"))
        systems.unmerge(CRM)
        assert systems.field(CRM, "name") == "Ours"

    async def test_what_another_ones_source_comes_to_say_ends_nothing_for_good(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", name="Books"))
        await systems.say("crm", customer("K1", name="Crm"))
        set_name_of(systems, CRM, '"Ours"')
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", customer("C1", name="Ours"))
        await systems.say("books", customer("C1", name="Books anew"))
        systems.unmerge(CRM)
        assert systems.field(CRM, "name") == "Ours"

    async def test_an_address_is_compared_with_that_of_the_source_that_gives_it(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", address_lines=["1 Main St"]))
        await systems.say("crm", customer("K1", city="Bath"))
        systems.merge(CRM, into=BOOKS)
        set_name(systems, '"Bristol"', field="city")
        await systems.say("crm", customer("K1", city="York"))
        assert conflicts(systems) == []

    async def test_taking_theirs_takes_it_over_what_both_sides_have_set(self, systems: Systems) -> None:
        await both_set(systems)
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", customer("C1", name="Theirs anew"))
        decide(systems, ConflictDecision.TAKE_THEIRS)
        assert systems.field(BOOKS, "name") == "Theirs anew"

    async def test_a_source_that_agrees_brings_forth_no_value_that_ours_stood_over(self, systems: Systems) -> None:
        await both_set(systems)
        systems.merge(CRM, into=BOOKS)
        for phone in ("1", "2"):
            await systems.say("books", customer("C1", name="Of the books", phone=phone))
            assert (systems.field(BOOKS, "name"), conflicts(systems)) == ("Of the books", [])
        await systems.say("books", customer("C1", name="Theirs anew"))
        assert [(row[1], row[2], row[-1]) for row in conflicts(systems)] == [('"Of the books"', '"Theirs anew"', "OPEN")]
        systems.unmerge(CRM)
        assert systems.field(CRM, "name") == "Of the crm"

    async def test_there_is_nothing_to_decide_of_a_value_that_does_not_show(self, systems: Systems) -> None:
        await both_set(systems)
        await systems.say("crm", customer("K1", name="Theirs anew"))
        systems.merge(CRM, into=BOOKS)
        assert [row[-1] for row in conflicts(systems)] == ["OVER"]
        systems.unmerge(CRM)
        assert [(row[1], row[-1]) for row in conflicts(systems)] == [('"Of the crm"', "OVER"), ('"Of the crm"', "OPEN")]

    async def test_ours_that_is_kept_in_a_merge_is_kept_after_it(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", name="Books"))
        await systems.say("crm", customer("K1", name="Crm"))
        set_name_of(systems, CRM, '"Ours"')
        systems.merge(BOOKS, into=CRM)
        await systems.say("books", customer("C1", name="Books anew"))
        decide(systems, ConflictDecision.KEEP_OURS)
        systems.unmerge(BOOKS)
        assert systems.field(CRM, "name") == "Ours"
        assert "OPEN" not in [row[-1] for row in conflicts(systems)]

    async def test_a_source_that_gives_the_address_says_which_of_its_fields_are_empty_too(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", city="Bonn", country="DE"))
        await systems.say("crm", customer("K1"))
        set_name(systems, "null", field="city")
        systems.merge(BOOKS, into=CRM)
        await systems.say("books", customer("C1", country="DE"))
        assert systems.hub.rows(FieldOverride, "field", "cleared_by") == [("city", None)]
        assert systems.hub.rows(FieldOverride, "cleared_at") != [(None,)]

    async def test_the_parent_becoming_one_with_another_is_no_conflict(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", parent_external_id="C2"), customer("C2"), customer("C3"), customer("C4"))
        found, other = systems.customer_id(BOOKS), systems.customer_id(("books", "C4"))
        systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, found, field="parent_id", value=str(other)))
        systems.merge(("books", "C2"), into=("books", "C3"))
        assert (systems.field(BOOKS, "parent_id"), conflicts(systems)) == (other, [])
        await systems.say("books", customer("C1"))
        assert [row[-1] for row in conflicts(systems)] == ["OPEN"]

    async def test_a_parent_that_was_merged_into_the_one_that_is_said_is_the_same(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), customer("C2"), customer("C3"))
        above = systems.customer_id(("books", "C3"))
        set_name(systems, str(above), field="parent_id")
        systems.merge(("books", "C3"), into=("books", "C2"))
        await systems.say("books", customer("C1", parent_external_id="C2"))
        assert (systems.field(BOOKS, "parent_id"), conflicts(systems)) == (systems.customer_id(("books", "C2")), [])
        systems.unmerge(("books", "C3"))
        assert systems.field(BOOKS, "parent_id") == above
        assert [row[-1] for row in conflicts(systems)] == ["OPEN"]

    async def test_a_parent_that_is_the_same_because_of_a_merge_stands_when_it_is_taken_back(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), customer("C2"), customer("C3"))
        above = systems.customer_id(("books", "C3"))
        set_name(systems, str(above), field="parent_id")
        await systems.say("books", customer("C1", parent_external_id="C2"))
        systems.merge(("books", "C2"), into=("books", "C3"))
        await systems.say("books", customer("C1", parent_external_id="C2", phone="1"))
        assert [row[-1] for row in conflicts(systems)] == ["OVER"]
        systems.unmerge(("books", "C2"))
        assert systems.field(BOOKS, "parent_id") == above
        assert [row[-1] for row in conflicts(systems)] == ["OVER", "OPEN"]


async def test_a_hold_over_which_ours_stands_is_a_conflict_when_the_strictest_changes(systems: Systems) -> None:
    await systems.say("books", customer("C1"))
    await systems.say("crm", customer("K1", source_handling=SourceHandling.HOLD))
    systems.merge(CRM, into=BOOKS)
    set_name(systems, '"ACTIVE"', field="source_handling")
    await systems.say("books", customer("C1", source_handling=SourceHandling.HOLD))
    assert conflicts(systems) == []
    await systems.say("books", customer("C1", source_handling=SourceHandling.CLOSED))
    assert [(row[2], row[-1]) for row in conflicts(systems)] == [('"CLOSED"', "OPEN")]


@pytest.mark.parametrize(
    ("decision", "names"),
    [(ConflictDecision.ALWAYS_THEIRS, ("X1", "X2")), (ConflictDecision.ALWAYS_OURS, ("Ours", "Ours"))],
)
async def test_a_decision_for_every_time_settles_what_is_open_of_the_field(systems: Systems, *, decision: ConflictDecision, names: tuple[str, str]) -> None:
    keys = BOOKS, ("books", "C2")
    await systems.say("books", customer("C1", name="N1"), customer("C2", name="N2"))
    for key in keys:
        set_name_of(systems, key, '"Ours"')
    await systems.say("books", customer("C1", name="X1"), customer("C2", name="X2"))
    decide(systems, decision)
    assert tuple(systems.field(key, "name") for key in keys) == names
    assert [row[-1] for row in conflicts(systems)] == ["DECIDED", "DECIDED"]
    await systems.say("books", customer("C1", name="X1"), customer("C2", name="X2", phone="1"))
    assert tuple(systems.field(key, "name") for key in keys) == names


class TestContacts:
    async def test_an_edited_contact_stays_edited(self, systems: Systems) -> None:
        await systems.say("crm", customer("K1"), ContactRecord(external_id="P", customer_external_id="K1", name="Pat", email="pat@old.example"))
        contact = systems.hub.rows(Contact, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.CONTACT, contact, field="email", value='"pat@new.example"'))
        await systems.say("crm", ContactRecord(external_id="P", customer_external_id="K1", name="Patricia", email="pat@old.example"))
        assert systems.hub.rows(Contact, "name", "email") == [("Patricia", "pat@new.example")]
        await systems.say("crm", ContactRecord(external_id="P", customer_external_id="K1", name="Patricia", email="pat@newer.example"))
        assert systems.hub.rows(Contact, "email") == [("pat@new.example",)]
        assert conflicts(systems) == [("email", '"pat@new.example"', '"pat@newer.example"', '"pat@old.example"', "OPEN")]


class TestRecreated:
    """An invoice that was deleted and entered anew is the same invoice (P15)."""

    async def with_mark(self, systems: Systems, field: str, value: str) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00", number="R-1"))
        found = systems.hub.rows(Invoice, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field=field, value=value))

    @pytest.mark.parametrize("deleted_first", [True, False])
    async def test_what_was_set_goes_over_whichever_comes_first(self, systems: Systems, *, deleted_first: bool) -> None:
        await self.with_mark(systems, "paid", '"2026-11-18"')
        gone = Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.INVOICES, external_id="A")])
        new = Page(records=[invoice("B", "100.00", number="R-1")], cursor=None)
        for page in (gone, new) if deleted_first else (new, gone):
            await systems.say("books", page)
        assert systems.hub.rows(Invoice, "is_deleted", "amount_due_minor") == [(True, 10_000), (False, 0)]
        assert conflicts(systems) == []
        await systems.say("books", payment("P", "100.00", on={"B": "100.00"}))
        assert systems.hub.rows(Invoice, "amount_paid_minor", "amount_due_minor")[1] == (10_000, 0)

    async def test_a_void_is_to_be_decided_and_stands_until_then(self, systems: Systems) -> None:
        await self.with_mark(systems, "void", '"2026-11-18"')
        gone = Deletion(stream=Stream.INVOICES, external_id="A")
        await systems.say("books", Page(records=[invoice("B", "100.00", number="R-1")], deletions=[gone], cursor=None))
        assert systems.hub.rows(Invoice, "lifecycle")[1] == (Lifecycle.VOID,)
        assert [row[-1] for row in conflicts(systems)] == ["OPEN"]
        decide(systems, ConflictDecision.TAKE_THEIRS)
        assert systems.hub.rows(Invoice, "lifecycle")[1] == (Lifecycle.ISSUED,)

    @pytest.mark.parametrize("others", [["B", "D"], []], ids=["two take its place", "none does"])
    async def test_nothing_is_guessed(self, systems: Systems, others: list[str]) -> None:
        await self.with_mark(systems, "paid", '"2026-11-18"')
        gone = Deletion(stream=Stream.INVOICES, external_id="A")
        new = [invoice(name, "100.00", number="R-1") for name in others] + [invoice("X", "100.01", number="R-1"), invoice("Y", "100.00", number="R-2")]
        await systems.say("books", Page(records=new, deletions=[gone], cursor=None))
        assert all(due > 0 for due, deleted in systems.hub.rows(Invoice, "amount_due_minor", "is_deleted") if not deleted)


class TestPaid:
    """Money that came outside of all systems: the mark stands in for it, and never adds to it (B11)."""

    async def marked(self, systems: Systems, **fields: Any) -> int:  # noqa: ANN401 - any fields of the record
        await systems.say("books", customer("C1"), invoice("A", "100.00", **fields))
        found: int = systems.hub.rows(Invoice, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="paid", value='"2026-11-18"'))
        return found

    def amounts(self, systems: Systems) -> tuple[object, ...]:
        return systems.hub.rows(Invoice, "amount_paid_minor", "amount_due_minor")[0]

    def stands(self, systems: Systems) -> bool:
        return systems.hub.rows(FieldOverride, "cleared_at")[-1] == (None,)

    async def test_it_owes_nothing_while_its_source_says_the_same(self, systems: Systems) -> None:
        await self.marked(systems)
        assert self.amounts(systems) == (10_000, 0)
        await systems.say("books", invoice("A", "100.00", contract="K 7"))
        assert (self.amounts(systems), conflicts(systems)) == ((10_000, 0), [])

    async def test_the_payment_replaces_it_and_counts_once(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", payment("P", "100.00", on={"A": "100.00"}))
        assert (self.amounts(systems), self.stands(systems)) == ((10_000, 0), False)
        await systems.say("books", payment("P", "100.00", on={"A": "100.00"}, state=PaymentState.RETURNED))
        assert self.amounts(systems) == (0, 10_000)

    async def test_a_payment_of_a_part_is_part_of_it(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", payment("P", "60.00", on={"A": "60.00"}))
        assert (self.amounts(systems), self.stands(systems)) == ((10_000, 0), True)
        await systems.say("books", payment("Q", "40.00", on={"A": "40.00"}))
        assert (self.amounts(systems), self.stands(systems)) == ((10_000, 0), False)

    async def test_a_payment_that_does_not_count_replaces_nothing(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", payment("P", "100.00", on={"A": "100.00"}, state=PaymentState.DECLINED))
        assert (self.amounts(systems), self.stands(systems)) == ((10_000, 0), True)

    async def test_a_source_that_says_it_is_paid_agrees(self, systems: Systems) -> None:
        await self.marked(systems, balance_minor=10_000)
        await systems.say("books", invoice("A", "100.00", balance_minor=0))
        assert (self.amounts(systems), self.stands(systems), conflicts(systems)) == ((10_000, 0), False, [])

    async def test_a_source_that_changes_what_is_open_is_a_conflict(self, systems: Systems) -> None:
        await self.marked(systems, balance_minor=10_000)
        await systems.say("books", invoice("A", "100.00", balance_minor=7_000))
        assert [row[-1] for row in conflicts(systems)] == ["OPEN"]
        assert self.amounts(systems) == (10_000, 0)
        decide(systems, ConflictDecision.TAKE_THEIRS)
        assert self.amounts(systems) == (3_000, 7_000)

    async def test_somebody_is_asked_when_the_money_does_not_come(self, systems: Systems) -> None:
        await self.marked(systems)
        assert systems.act(lambda linking: linking.ask_of_long_marked()) == 0
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=3))
        assert systems.act(lambda linking: linking.ask_of_long_marked()) == 1
        assert [(row[0], row[-1]) for row in conflicts(systems)] == [("paid", "OPEN")]
        assert systems.act(lambda linking: linking.ask_of_long_marked()) == 0
        decide(systems, ConflictDecision.KEEP_OURS)
        assert systems.act(lambda linking: linking.ask_of_long_marked()) == 0
        assert (self.amounts(systems), [row[-1] for row in conflicts(systems)]) == ((10_000, 0), ["DECIDED"])

    async def test_whoever_has_decided_is_not_asked_again_because_time_goes_by(self, systems: Systems) -> None:
        await self.marked(systems, balance_minor=10_000)
        await systems.say("books", invoice("A", "100.00", balance_minor=7_000))
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=4))
        decide(systems, ConflictDecision.KEEP_OURS)
        systems.act(lambda linking: linking.ask_of_long_marked())
        assert [row[-1] for row in conflicts(systems)] == ["DECIDED"]

    @pytest.mark.parametrize("decision", [ConflictDecision.ALWAYS_OURS, ConflictDecision.ALWAYS_THEIRS])
    async def test_a_rule_for_every_time_settles_what_is_late_once(self, systems: Systems, *, decision: ConflictDecision) -> None:
        await self.marked(systems)
        with systems.hub.store.write() as connection:
            set_rule(connection, Entity.INVOICE, "paid", decision=decision, actor="ana", now=systems.hub.clock.now())
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=4))
        assert [systems.act(lambda linking: linking.ask_of_long_marked()) for _ in range(2)] == [1, 0]
        is_ours = decision is ConflictDecision.ALWAYS_OURS
        assert (self.stands(systems), self.amounts(systems)) == (is_ours, (10_000, 0) if is_ours else (0, 10_000))

    async def test_a_list_of_what_is_open_that_no_longer_names_it_confirms_it(self, systems: Systems) -> None:
        def listed(day: int) -> Feed:
            return Feed("open", (), sequence=str(day), full_open_list=FullOpenList(Stream.INVOICES, closed_on=date(2026, 11, day)))

        invoices = [invoice(f"I{number}", "100.00") for number in range(1, 21)]
        await systems.hub.sync([customer("C1"), *invoices], name="books", feed=listed(1))
        found = systems.hub.rows(Invoice, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="paid", value='"2026-11-02"'))
        report = await systems.hub.sync(invoices[1:], name="books", feed=listed(8), closing=Closing(1))
        assert report.total("closed") == 1
        assert (self.stands(systems), systems.hub.rows(Invoice, "amount_due_minor")[0]) == (False, (0,))

    def unapplied(self, systems: Systems) -> list[int]:
        return [amount for (amount,) in systems.hub.rows(Payment, "unapplied_minor")]

    def presumed(self, systems: Systems) -> list[tuple[object, ...]]:
        rows = systems.hub.rows(Settlement, "mark_id", "amount_minor", "effective_date")
        return [tuple(row[1:]) for row in rows if row[0] is not None]

    @pytest.mark.parametrize("comes_first", [True, False])
    async def test_money_that_is_not_allocated_yet_is_that_of_the_mark(self, systems: Systems, *, comes_first: bool) -> None:
        money = payment("P", "100.00", payment_date=date(2026, 11, 10))
        if comes_first:
            await systems.say("books", customer("C1"), money)
        await self.marked(systems)
        if not comes_first:
            await systems.say("books", money)
        assert (self.amounts(systems), self.unapplied(systems), self.stands(systems)) == ((10_000, 0), [0], True)
        assert self.presumed(systems) == [(10_000, date(2026, 11, 10))]
        assert wrong_figures(systems) == []

    async def test_once_it_is_allocated_the_mark_is_over_wherever_it_went(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", invoice("B", "100.00"), payment("P", "100.00", payment_date=date(2026, 11, 18)))
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18), on={"B": "100.00"}))
        assert (self.amounts(systems), self.unapplied(systems), self.presumed(systems), self.stands(systems)) == ((10_000, 0), [0], [], True)
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18), on={"A": "100.00"}))
        assert (self.amounts(systems), self.unapplied(systems), self.presumed(systems), self.stands(systems)) == ((10_000, 0), [0], [], False)

    @pytest.mark.parametrize(
        "fields",
        [
            {"payment_date": date(2026, 11, 3)},
            {"payment_date": date(2026, 12, 24)},
            {"amount_minor": 9_999},
            {"currency": "USD"},
            {"customer_external_id": "C2"},
            {"state": PaymentState.DECLINED},
            {"state": PaymentState.RETURNED, "reversed_on": date(2026, 11, 12)},
        ],
    )
    async def test_other_money_is_not(self, systems: Systems, *, fields: dict[str, Any]) -> None:
        await self.marked(systems)
        other: dict[str, Any] = {"payment_date": date(2026, 11, 10), **fields}
        await systems.say("books", customer("C2"), payment("P", "100.00", **other))
        assert (self.amounts(systems), self.presumed(systems), self.stands(systems)) == ((10_000, 0), [], True)

    async def test_money_is_taken_once_and_the_nearest_first(self, systems: Systems) -> None:
        await self.marked(systems)
        near, far = (payment(name, "100.00", payment_date=date(2026, 11, day)) for name, day in (("P", 17), ("Q", 10)))
        await systems.say("books", far)
        assert self.unapplied(systems) == [0]
        await systems.say("books", near)
        assert (self.unapplied(systems), self.presumed(systems)) == ([10_000, 0], [(10_000, date(2026, 11, 17))])
        await systems.say("books", invoice("B", "100.00"))
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, systems.hub.rows(Invoice, "id")[-1][0], field="paid", value='"2026-11-18"'))
        assert (self.unapplied(systems), wrong_figures(systems)) == ([0, 0], [])

    async def test_money_that_comes_and_bounces_ends_the_mark(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18)))
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=2))
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18), state=PaymentState.RETURNED, reversed_on=date(2026, 11, 25)))
        assert (self.amounts(systems), self.unapplied(systems), self.stands(systems)) == ((10_000, 0), [0], True)
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=3))
        assert wrong_figures(systems) == []
        assert (self.amounts(systems), self.unapplied(systems), self.presumed(systems), self.stands(systems)) == ((0, 10_000), [0], [], False)

    async def two_marked(self, systems: Systems, *days: int) -> list[int]:
        await systems.say("books", customer("C1"), invoice("A", "100.00"), invoice("B", "100.00"))
        found = [key for (key,) in systems.hub.rows(Invoice, "id")]
        for key, day in zip(found[2 - len(days) :], days, strict=True):
            systems.act(lambda linking, key=key, day=day: linking.set_value(Entity.INVOICE, key, field="paid", value=f'"2026-11-{day}"'))
        return found

    @pytest.mark.parametrize("ahead", [0, 3])
    async def test_money_that_bounces_from_another_invoice_says_nothing_of_the_mark(self, systems: Systems, *, ahead: int) -> None:
        allocated = payment("P", "100.00", payment_date=date(2026, 11, 15), on={"A": "100.00"})
        await systems.say("books", customer("C1"), invoice("A", "100.00"), allocated)
        await self.two_marked(systems, 18)
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=2))
        bounced = payment(
            "P", "100.00", payment_date=date(2026, 11, 15), on={"A": "100.00"}, state=PaymentState.RETURNED, reversed_on=date(2026, 11, 22 + ahead)
        )
        await systems.say("books", bounced)
        assert systems.hub.rows(Invoice, "amount_due_minor") == [(0 if ahead else 10_000,), (0,)]
        assert (self.unapplied(systems), self.presumed(systems), self.stands(systems), wrong_figures(systems)) == ([0], [], True, [])

    async def test_a_bounce_ends_the_mark_that_its_money_was_for(self, systems: Systems) -> None:
        await self.two_marked(systems, 10, 16)
        first, second = (payment(name, "100.00", payment_date=date(2026, 11, day)) for name, day in (("P", 10), ("Q", 12)))
        await systems.say("books", first, second)
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=2))
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 10), state=PaymentState.RETURNED, reversed_on=date(2026, 11, 22)))
        assert systems.hub.rows(Invoice, "amount_due_minor") == [(10_000,), (0,)]
        assert (self.unapplied(systems), self.presumed(systems)) == ([0, 0], [(10_000, date(2026, 11, 12))])

    async def test_money_that_came_instead_of_what_bounced_is_that_of_the_mark(self, systems: Systems) -> None:
        await self.marked(systems)
        systems.hub.clock = FixedClock(systems.hub.clock.instant + timedelta(days=2))
        bounced = payment("P", "100.00", payment_date=date(2026, 11, 18), state=PaymentState.RETURNED, reversed_on=date(2026, 11, 22))
        await systems.say("books", bounced, payment("Q", "100.00", payment_date=date(2026, 11, 22)))
        assert (self.amounts(systems), self.unapplied(systems), self.stands(systems)) == ((10_000, 0), [0, 0], True)

    async def test_money_is_unapplied_again_when_the_mark_is_taken_back(self, systems: Systems) -> None:
        found = await self.marked(systems)
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18)))
        systems.act(lambda linking: linking.clear_value(Entity.INVOICE, found, field="paid"))
        assert (self.amounts(systems), self.unapplied(systems), self.presumed(systems), wrong_figures(systems)) == ((0, 10_000), [10_000], [], [])

    async def test_money_that_its_source_deletes_is_that_of_the_mark_no_more(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18)))
        await systems.say("books", Page(records=[], deletions=[Deletion(stream=Stream.PAYMENTS, external_id="P")], cursor=None))
        assert (self.amounts(systems), self.presumed(systems), wrong_figures(systems)) == ((10_000, 0), [], [])

    async def test_a_payment_that_is_yet_to_come_ends_nothing(self, systems: Systems) -> None:
        await self.marked(systems)
        await systems.say("books", payment("P", "100.00", on={"A": "100.00"}, payment_date=date(2026, 12, 24)))
        assert self.stands(systems)

    async def test_a_merge_that_lets_its_payment_count_ends_it_only_when_a_source_speaks(self, systems: Systems) -> None:
        """Whether the merge is taken back or not, nobody has said anything of the invoice yet."""
        await self.marked(systems)
        await systems.say("crm", customer("K1"), invoice("B", "10.00", customer_external_id="K1"), payment("Q", "1.00", customer_external_id="K1"))
        systems.merge(BOOKS, into=CRM)
        await systems.say("books", Page(records=[], deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1")], cursor=None))
        await systems.say("books", payment("P", "100.00", on={"A": "100.00"}))
        assert self.of_books(systems) == (False, True)
        systems.unmerge(BOOKS)
        assert self.of_books(systems) == (True, True)
        assert self.dues(systems) == [0, 1_000]
        systems.merge(BOOKS, into=CRM)
        systems.unmerge(BOOKS)
        assert (self.of_books(systems), self.dues(systems), wrong_figures(systems)) == ((True, True), [0, 1_000], [])
        await systems.say("books", payment("P", "100.00", on={"A": "100.00"}, payment_date=date(2026, 11, 19)))
        assert self.of_books(systems) == (True, False)

    def of_books(self, systems: Systems) -> tuple[object, bool]:
        """Whether the payment of the marked invoice counts, and whether the mark stands."""
        return systems.hub.rows(Payment, "is_authoritative")[-1][0], self.stands(systems)

    def dues(self, systems: Systems) -> list[object]:
        return [due for (due,) in systems.hub.rows(Invoice, "amount_due_minor")]

    async def test_what_payments_cover_cannot_be_marked(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00"), payment("P", "100.00", on={"A": "100.00"}))
        found = systems.hub.rows(Invoice, "id")[0][0]
        with pytest.raises(ConflictError, match="nothing of this invoice is open"):
            systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="paid", value='"2026-11-18"'))

    async def test_an_appearance_is_neither_paid_nor_void(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00", number="7"))
        await systems.say("crm", customer("K1"), invoice("B", "100.00", number="7", customer_external_id="K1"))
        systems.merge(CRM, into=BOOKS)
        [shadow] = [key for key, of in systems.hub.rows(Invoice, "id", "appearance_of_id") if of is not None]
        with pytest.raises(ConflictError, match="the one that counts"):
            systems.act(lambda linking: linking.set_value(Entity.INVOICE, shadow, field="paid", value='"2026-11-18"'))

    async def test_it_can_be_taken_back(self, systems: Systems) -> None:
        found = await self.marked(systems)
        systems.act(lambda linking: linking.clear_value(Entity.INVOICE, found, field="paid"))
        assert self.amounts(systems) == (0, 10_000)

    @pytest.mark.parametrize(
        ("fields", "value"),
        [({}, '"2026-12-24"'), ({}, None), ({"balance_minor": 0}, '"2026-11-18"'), ({"lifecycle": Lifecycle.VOID}, '"2026-11-18"')],
    )
    async def test_what_cannot_have_been_paid_is_refused(self, systems: Systems, *, fields: dict[str, Any], value: str | None) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00", **fields))
        found = systems.hub.rows(Invoice, "id")[0][0]
        with pytest.raises(RequestError):
            systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="paid", value=value))


class TestSameInvoice:
    """What was set on an invoice stands over the one that counts, whichever system that is from."""

    async def shown_by_both(self, systems: Systems, field: str, value: str) -> None:
        """Set it on the invoice of the CRM, which counts until its customer turns out to be one with that of the books."""
        await systems.say("crm", customer("K1"), invoice("B", "100.00", number="7", customer_external_id="K1"))
        found = systems.hub.rows(Invoice, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field=field, value=value))
        await systems.say("books", customer("C1"), invoice("A", "100.00", number="7"))
        systems.merge(CRM, into=BOOKS)

    def columns(self, systems: Systems, *names: str) -> dict[str, tuple[object, ...]]:
        return {"crm" if row[0] == systems.hub.connect("crm") else "books": row[1:] for row in systems.hub.rows(Invoice, "connection_id", *names)}

    async def test_a_void_goes_along_and_comes_back(self, systems: Systems) -> None:
        await self.shown_by_both(systems, "void", '"2026-11-18"')
        assert self.columns(systems, "is_authoritative", "lifecycle") == {"crm": (False, Lifecycle.ISSUED), "books": (True, Lifecycle.VOID)}
        assert [row[-1] for row in conflicts(systems)] == ["OPEN"]
        assert wrong_figures(systems) == []
        systems.unmerge(CRM)
        assert self.columns(systems, "is_authoritative", "lifecycle") == {"crm": (True, Lifecycle.VOID), "books": (True, Lifecycle.ISSUED)}
        assert [row[-1] for row in conflicts(systems)] == ["OVER"]
        assert systems.hub.rows(FieldOverride, "home_id", "cleared_at") == [(None, None)]

    async def test_whoever_takes_theirs_takes_it_for_the_one_that_counts(self, systems: Systems) -> None:
        await self.shown_by_both(systems, "void", '"2026-11-18"')
        decide(systems, ConflictDecision.TAKE_THEIRS)
        assert self.columns(systems, "lifecycle") == {"crm": (Lifecycle.ISSUED,), "books": (Lifecycle.ISSUED,)}
        systems.unmerge(CRM)
        assert self.columns(systems, "lifecycle") == {"crm": (Lifecycle.ISSUED,), "books": (Lifecycle.ISSUED,)}

    async def test_a_mark_goes_along_without_a_question_where_as_much_is_open(self, systems: Systems) -> None:
        await self.shown_by_both(systems, "paid", '"2026-11-18"')
        assert self.columns(systems, "amount_due_minor") == {"crm": (10_000,), "books": (0,)}
        assert conflicts(systems) == []
        await systems.say("books", payment("P", "100.00", payment_date=date(2026, 11, 18)))
        assert systems.hub.rows(Payment, "unapplied_minor") == [(0,)]
        systems.unmerge(CRM)
        assert self.columns(systems, "amount_due_minor") == {"crm": (0,), "books": (10_000,)}
        assert (systems.hub.rows(Payment, "unapplied_minor"), wrong_figures(systems)) == ([(10_000,)], [])

    async def test_a_hold_goes_along_also_when_the_other_system_comes_later(self, systems: Systems) -> None:
        await systems.say("crm", customer("K1"), invoice("B", "100.00", number="7", customer_external_id="K1"))
        found = systems.hub.rows(Invoice, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="source_handling", value='"HOLD"'))
        await systems.say("books", customer("C1"))
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", invoice("A", "100.00", number="7"))
        assert self.columns(systems, "source_handling") == {"crm": (SourceHandling.ACTIVE,), "books": (SourceHandling.HOLD,)}

    async def test_what_the_other_source_comes_to_say_ends_nothing_for_good(self, systems: Systems) -> None:
        """The customers may be apart again, and then it is the first source that has said nothing."""
        await self.shown_by_both(systems, "paid", '"2026-11-18"')
        found = systems.hub.rows(Invoice, "id")[0][0]
        systems.unmerge(CRM)
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="contract", value='"K 7"'))
        systems.merge(CRM, into=BOOKS)
        assert self.columns(systems, "contract")["books"] == ("K 7",)
        await systems.say("books", invoice("A", "100.00", number="7", contract="K 7"), payment("P", "100.00", on={"A": "100.00"}))
        assert self.columns(systems, "amount_due_minor")["books"] == (0,)
        systems.unmerge(CRM)
        assert self.columns(systems, "amount_due_minor", "contract") == {"crm": (0, "K 7"), "books": (0, "K 7")}
        assert wrong_figures(systems) == []

    async def test_it_goes_back_to_the_one_that_was_entered_anew_meanwhile(self, systems: Systems) -> None:
        await self.shown_by_both(systems, "paid", '"2026-11-18"')
        anew = invoice("B2", "100.00", number="7", customer_external_id="K1")
        gone = Deletion(stream=Stream.INVOICES, external_id="B")
        await systems.say("crm", Page(records=[anew], deletions=[gone], cursor=None))
        systems.unmerge(CRM)
        assert systems.hub.rows(Invoice, "is_deleted", "amount_due_minor") == [(True, 10_000), (False, 10_000), (False, 0)]

    async def test_what_is_set_on_the_one_that_counts_stands(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00", number="7"))
        await systems.say("crm", customer("K1"), invoice("B", "100.00", number="7", customer_external_id="K1"))
        for key, value in ((row[0], f'"K {row[0]}"') for row in systems.hub.rows(Invoice, "id")):
            systems.act(lambda linking, key=key, value=value: linking.set_value(Entity.INVOICE, key, field="contract", value=value))
        systems.merge(CRM, into=BOOKS)
        assert self.columns(systems, "contract") == {"crm": ("K 2",), "books": ("K 1",)}


class TestVoid:
    """An invoice that a person has voided stays void until its source changes it (B9)."""

    async def voided(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00"))
        found = systems.hub.rows(Invoice, "id")[0][0]
        systems.act(lambda linking: linking.set_value(Entity.INVOICE, found, field="void", value='"2026-11-20"'))

    async def test_it_is_void_and_owes_nothing(self, systems: Systems) -> None:
        await self.voided(systems)
        assert systems.hub.rows(Invoice, "lifecycle", "voided_on") == [(Lifecycle.VOID, systems.hub.basis().as_of)]
        await systems.say("books", customer("C1"), invoice("A", "100.00"))
        assert systems.hub.rows(Invoice, "lifecycle") == [(Lifecycle.VOID,)]
        assert conflicts(systems) == []

    async def test_whatever_its_source_changes_is_a_conflict_and_it_stays_void(self, systems: Systems) -> None:
        await self.voided(systems)
        await systems.say("books", invoice("A", "100.00", purchase_order_number="PO 7"))
        assert systems.hub.rows(Invoice, "lifecycle", "purchase_order_number") == [(Lifecycle.VOID, "PO 7")]
        assert [row[-1] for row in conflicts(systems)] == ["OPEN"]
        decide(systems, ConflictDecision.TAKE_THEIRS)
        assert systems.hub.rows(Invoice, "lifecycle", "amount_due_minor") == [(Lifecycle.ISSUED, 10_000)]

    async def test_keeping_it_void_holds_for_the_next_form_too(self, systems: Systems) -> None:
        await self.voided(systems)
        await systems.say("books", invoice("A", "100.00", purchase_order_number="PO 7"))
        decide(systems, ConflictDecision.KEEP_OURS)
        await systems.say("books", invoice("A", "100.00", purchase_order_number="PO 7"), payment("P", "10.00"))
        assert systems.hub.rows(Invoice, "lifecycle") == [(Lifecycle.VOID,)]
        assert [row[-1] for row in conflicts(systems)] == ["DECIDED"]

    async def test_when_the_source_voids_it_too_nothing_stands_over_it(self, systems: Systems) -> None:
        await self.voided(systems)
        await systems.say("books", invoice("A", "100.00", lifecycle=Lifecycle.VOID))
        assert systems.hub.rows(FieldOverride, "cleared_by") == [(None,)]
        assert systems.hub.rows(Invoice, "lifecycle") == [(Lifecycle.VOID,)]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("balance", "1", "cannot be set"),
        ("name", "7", "no value of 'name'"),
        ("name", "null", "no value of 'name'"),
        ("name", '""', "name"),
        ("currency", '"EURO"', "EURO"),
        ("country", '"Germany"', "characters"),
        ("email", f'"{"x" * 400}"', "characters"),
        ("parent_id", '"C1"', "no customer"),
        ("parent_id", "999", "no such customer"),
    ],
)
async def test_what_no_source_could_say_cannot_be_set(systems: Systems, *, field: str, value: str, message: str) -> None:
    await systems.say("books", customer("C1"))
    with pytest.raises(RequestError, match=message) as caught:
        set_name(systems, value, field=field)
    assert caught.value.path in {("field",), ("value",)}
    assert systems.hub.rows(FieldOverride, "id") == []


def missing(linking: Linking) -> None:
    linking.set_value(Entity.CONTACT, 999, field="name", value='"x"')


async def test_nothing_is_set_over_what_is_not_there(systems: Systems) -> None:
    with pytest.raises(NotFoundError):
        systems.act(missing)
    assert systems.hub.rows(Customer, "id") == []
