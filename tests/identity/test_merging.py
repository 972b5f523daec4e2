"""Customers made one and made two again: what counts, what is kept, and that nothing is lost."""

import pytest
import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.health.selfcheck import check_figures
from hub.model import Contact, Customer, CustomerFigures, CustomerMerge, FieldOrigin, Invoice, LinkSuggestion, Segment, SegmentMember, table_of
from hub.plugins.connector import Page
from hub.plugins.records import ContactRecord, CrossReference, Deletion
from hub.sync.matching import match_customers
from hub.vocabulary import ConnectionKind, Entity, SourceHandling, Stream
from tests.identity.conftest import Systems
from tests.sync.records import customer, invoice, payment

BOOKS, CRM, GATE = ("books", "C1"), ("crm", "K1"), ("gate", "G1")


async def three_systems(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Acme Ltd", email="ap@acme.example", tax_id="GB1"), invoice("A", "100.00"))
    await systems.say("crm", customer("K1", name="ACME", email=None, phone="+44 1", sales_owner="sue@example.com", segments=["vip"]))
    await systems.say("crm", ContactRecord(external_id="P", customer_external_id="K1", name="Pat"), invoice("A", "90.00", customer_external_id="K1"))
    await systems.say("gate", customer("G1", name="acme"), payment("PAY", "40.00", customer_external_id="G1"))


def outstanding(systems: Systems) -> dict[int, int]:
    """What each living customer owes."""
    living, figures = table_of(Customer), table_of(CustomerFigures)
    statement = sa.select(living.c.id, figures.c.outstanding_minor).join(figures, figures.c.customer_id == living.c.id).where(living.c.is_deleted.is_(False))
    with systems.hub.store.read() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}


async def test_what_hangs_on_either_counts_for_the_one_that_is_left(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(CRM, into=BOOKS)
    kept = systems.customer_id(BOOKS)
    assert outstanding(systems) == {kept: 10_000, systems.customer_id(GATE): 0}
    assert systems.hub.rows(Invoice, "customer_id", "is_authoritative") == [(kept, True), (kept, False)]
    assert systems.hub.rows(Contact, "customer_id") == [(kept,)]


async def test_each_field_is_of_the_system_that_is_asked_first(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(BOOKS, into=CRM)
    values = {name: systems.field(CRM, name) for name in ("name", "email", "phone", "tax_id", "sales_owner")}
    assert values == {"name": "Acme Ltd", "email": "ap@acme.example", "phone": "+44 1", "tax_id": "GB1", "sales_owner": "sue@example.com"}


async def test_what_a_source_says_later_counts_by_the_same_rule(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(CRM, into=BOOKS)
    await systems.say("crm", customer("K1", name="ACME Worldwide", phone="+44 2"))
    await systems.say("books", customer("C1", name="Acme plc"))
    assert (systems.field(BOOKS, "name"), systems.field(BOOKS, "phone"), systems.field(CRM, "name")) == ("Acme plc", "+44 2", "ACME Worldwide")


async def test_what_arrives_for_the_merged_one_goes_with_it_when_the_merge_is_taken_back(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(CRM, into=BOOKS)
    await systems.say("crm", invoice("B", "70.00", customer_external_id="K1"), ContactRecord(external_id="Q", customer_external_id="K1", name="Quin"))
    systems.unmerge(CRM)
    books, crm = systems.customer_id(BOOKS), systems.customer_id(CRM)
    assert outstanding(systems)[books] == 10_000
    assert outstanding(systems)[crm] == 16_000
    assert systems.hub.rows(Invoice, "customer_id", "is_authoritative") == [(books, True), (crm, True), (crm, True)]
    assert systems.hub.rows(Contact, "customer_id", "home_customer_id") == [(crm, None), (crm, None)]


async def test_a_merge_within_a_merge_is_taken_back_with_all_that_was_in_it(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(GATE, into=CRM)
    systems.merge(CRM, into=BOOKS)
    assert list(outstanding(systems)) == [systems.customer_id(BOOKS)]
    systems.unmerge(CRM)
    assert set(outstanding(systems)) == {systems.customer_id(BOOKS), systems.customer_id(CRM)}
    systems.unmerge(GATE)
    assert len(outstanding(systems)) == 3


async def test_the_strictest_hold_of_any_source_counts(systems: Systems) -> None:
    await three_systems(systems)
    await systems.say("gate", customer("G1", source_handling=SourceHandling.HOLD))
    systems.merge(GATE, into=BOOKS)
    assert systems.field(BOOKS, "source_handling") is SourceHandling.HOLD
    systems.unmerge(GATE)
    assert systems.field(BOOKS, "source_handling") is SourceHandling.ACTIVE


async def test_segments_are_of_the_crm_first(systems: Systems) -> None:
    await three_systems(systems)
    await systems.say("books", customer("C1", segments=["wholesale"]))
    systems.merge(CRM, into=BOOKS)
    segments = dict(systems.hub.rows(Segment, "id", "name"))
    mine = systems.customer_id(BOOKS)
    assert [segments[segment] for segment, member in systems.hub.rows(SegmentMember, "segment_id", "customer_id") if member == mine] == ["vip"]


async def test_the_customer_lives_as_long_as_one_source_has_it(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(CRM, into=BOOKS)
    gone = Page(records=[], deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1")], cursor=None)
    await systems.say("books", gone)
    assert (systems.field(BOOKS, "is_deleted"), systems.field(BOOKS, "name")) == (False, "ACME")
    systems.unmerge(CRM)
    assert (systems.field(BOOKS, "is_deleted"), systems.field(CRM, "is_deleted")) == (True, False)


async def test_balances_of_two_customers_of_one_system_add_up(systems: Systems) -> None:
    await systems.say("books", customer("C1", reported_balances={"EUR": 100}), customer("C2", reported_balances={"EUR": 30, "USD": 5}))
    systems.merge(("books", "C2"), into=BOOKS)
    assert systems.field(BOOKS, "reported_balances") == {"EUR": 130, "USD": 5}
    systems.unmerge(("books", "C2"))
    assert systems.field(BOOKS, "reported_balances") == {"EUR": 100}


async def test_children_of_the_merged_one_are_those_of_the_other(systems: Systems) -> None:
    await systems.say("books", customer("C1"), customer("C2"), customer("P", parent_external_id="C2"))
    systems.merge(("books", "C2"), into=BOOKS)
    assert systems.field(("books", "P"), "parent_id") == systems.customer_id(BOOKS)
    systems.unmerge(("books", "C2"))
    assert systems.field(("books", "P"), "parent_id") == systems.customer_id(("books", "C2"))


class TestRefusals:
    async def test_nothing_is_merged_into_itself_or_twice(self, systems: Systems) -> None:
        await three_systems(systems)
        with pytest.raises(ConflictError, match="itself"):
            systems.merge(CRM, into=CRM)
        systems.merge(CRM, into=BOOKS)
        with pytest.raises(ConflictError, match="take that back"):
            systems.merge(CRM, into=GATE)
        with pytest.raises(ConflictError, match="take that back"):
            systems.merge(GATE, into=CRM)

    async def test_a_customer_above_another_is_not_the_same(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), customer("C2", parent_external_id="C1"), customer("C3", parent_external_id="C2"))
        with pytest.raises(ConflictError, match="above"):
            systems.merge(BOOKS, into=("books", "C3"))
        assert systems.hub.rows(CustomerMerge, "id") == []

    async def test_what_is_not_merged_cannot_be_taken_back(self, systems: Systems) -> None:
        await three_systems(systems)
        with pytest.raises(ConflictError, match="not merged"):
            systems.unmerge(CRM)
        with pytest.raises(NotFoundError):
            systems.act(lambda linking: linking.unmerge(999))


async def test_a_merge_leaves_its_history(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(CRM, into=BOOKS)
    systems.unmerge(CRM)
    systems.merge(CRM, into=BOOKS)
    crm, books = systems.customer_id(CRM), systems.customer_id(BOOKS)
    assert systems.hub.rows(CustomerMerge, "customer_id", "into_id", "actor", "unmerged_by") == [(crm, books, "ana", "ana"), (crm, books, "ana", None)]


async def test_where_values_are_from_is_kept_where_more_than_one_has_a_say(systems: Systems) -> None:
    await systems.say("books", customer("C1", name="Acme Ltd", email="ap@acme.example"))
    await systems.say("crm", customer("K1", name="ACME", phone="+44 1"))
    assert systems.hub.rows(FieldOrigin, "field") == []
    systems.merge(CRM, into=BOOKS)
    [(field, said)] = [row for row in systems.hub.rows(FieldOrigin, "field", "said") if row[0] == "name"]
    assert (field, [one["value"] for one in said]) == ("name", ['"Acme Ltd"', '"ACME"'])
    assert {row[0] for row in systems.hub.rows(FieldOrigin, "field")} == {"name", "entity_type", "is_billed", "source_handling"}
    systems.unmerge(CRM)
    assert systems.hub.rows(FieldOrigin, "field") == []


async def test_a_parent_is_shown_as_each_source_names_it_whatever_that_was_merged_into(systems: Systems) -> None:
    await systems.say("books", customer("C1"), customer("C2"))
    await systems.say("crm", customer("K1"), customer("K2", parent_external_id="K1"))
    child, ours, named = (systems.customer_id(key) for key in (("crm", "K2"), ("books", "C2"), CRM))
    systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, child, field="parent_id", value=str(ours)))
    systems.merge(CRM, into=BOOKS)
    await systems.say("crm", customer("K2", parent_external_id="K1", phone="+1"))
    assert next(said for field, said in systems.hub.rows(FieldOrigin, "field", "said") if field == "parent_id")[0]["value"] == str(named)


async def test_an_invoice_that_moves_off_a_merged_customer_counts_again(systems: Systems) -> None:
    await three_systems(systems)
    await systems.say("crm", customer("K2"))
    systems.merge(CRM, into=BOOKS)
    await systems.say("crm", invoice("A", "90.00", customer_external_id="K2"))
    assert systems.hub.rows(Invoice, "customer_id", "is_authoritative")[1] == (systems.customer_id(("crm", "K2")), True)


async def test_what_was_taken_apart_is_told_apart_from_all_that_it_was_in(systems: Systems) -> None:
    await three_systems(systems)
    systems.merge(CRM, into=BOOKS)
    systems.merge(GATE, into=BOOKS)
    systems.unmerge(GATE)
    systems.unmerge(CRM)
    systems.merge(GATE, into=CRM)
    systems.merge(CRM, into=BOOKS)
    systems.unmerge(GATE)
    told = {frozenset(row) for row in systems.hub.rows(LinkSuggestion, "customer_id", "other_customer_id")}
    ids = {name: systems.customer_id(key) for name, key in (("books", BOOKS), ("crm", CRM), ("gate", GATE))}
    assert {frozenset((ids["gate"], ids["crm"])), frozenset((ids["gate"], ids["books"]))} <= told


class TestSuggestions:
    async def alike(self, systems: Systems) -> None:
        await systems.say("books", customer("C1", name="Acme Trading", email="a@acme-trading.example"))
        await systems.say("crm", customer("K1", name="Acme Trading", email="a@acme-trading.example"))
        match_customers(systems.hub.store, systems.settings, systems.hub.clock)

    async def test_merging_the_two_by_hand_is_accepting_it(self, systems: Systems) -> None:
        await self.alike(systems)
        assert systems.hub.rows(LinkSuggestion, "status") == [("OPEN",)]
        systems.merge(CRM, into=BOOKS)
        assert systems.hub.rows(LinkSuggestion, "status", "decided_by") == [("ACCEPTED", "ana")]
        systems.unmerge(CRM)
        assert systems.hub.rows(LinkSuggestion, "status", "decided_by") == [("DISMISSED", "ana")]

    async def test_what_the_hierarchy_forbids_a_rule_is_for_a_person_to_decide(self, systems: Systems) -> None:
        await systems.say("books", customer("A", parent_external_id="B"), customer("B"))
        await systems.say("gate", customer("G", known_as=[CrossReference(kind=ConnectionKind.ACCOUNTING, external_id="B")]))
        below, found = systems.customer_id(("books", "A")), systems.customer_id(("gate", "G"))
        systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, found, field="parent_id", value=str(below)))
        match_customers(systems.hub.store, systems.settings, systems.hub.clock)
        assert systems.field(("gate", "G"), "merged_into_id") is None
        assert systems.hub.rows(LinkSuggestion, "kind", "status") == [("AMBIGUOUS_EXACT", "OPEN")]


class TestAppearances:
    """The same invoice from several systems counts once."""

    async def test_the_same_number_currency_and_total_is_the_same_invoice(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00", number="INV 7"), invoice("B", "50.00", number="INV 8"))
        await systems.say("crm", customer("K1"), invoice("X", "100.00", number="inv  7", customer_external_id="K1"))
        await systems.say("crm", invoice("Y", "51.00", number="INV 8", customer_external_id="K1"))
        systems.merge(CRM, into=BOOKS)
        first = systems.hub.rows(Invoice, "id")[0][0]
        assert systems.hub.rows(Invoice, "number", "is_authoritative", "appearance_of_id") == [
            ("INV 7", True, None),
            ("INV 8", True, None),
            ("inv  7", False, first),
            ("INV 8", False, None),
        ]
        systems.unmerge(CRM)
        assert [row[1:] for row in systems.hub.rows(Invoice, "number", "is_authoritative", "appearance_of_id")] == [(True, None)] * 4

    async def test_it_is_found_whichever_comes_first_and_no_longer_when_one_changes(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"))
        await systems.say("crm", customer("K1"), invoice("X", "100.00", number="7", customer_external_id="K1"))
        systems.merge(CRM, into=BOOKS)
        await systems.say("books", invoice("A", "100.00", number="7"))
        assert [row[0] for row in systems.hub.rows(Invoice, "appearance_of_id") if row[0]] == [systems.hub.rows(Invoice, "id")[1][0]]
        await systems.say("books", invoice("A", "101.00", number="7"))
        assert systems.hub.rows(Invoice, "appearance_of_id") == [(None,), (None,)]

    async def test_of_two_that_could_be_it_none_is_taken(self, systems: Systems) -> None:
        await systems.say("books", customer("C1"), invoice("A", "100.00", number="7"), invoice("B", "100.00", number="7"))
        await systems.say("crm", customer("K1"), invoice("X", "100.00", number="7", customer_external_id="K1"))
        systems.merge(CRM, into=BOOKS)
        assert systems.hub.rows(Invoice, "appearance_of_id") == [(None,)] * 3


async def test_kept_figures_stay_equal_to_the_formulas(systems: Systems) -> None:
    await three_systems(systems)
    for step in (lambda: systems.merge(CRM, into=BOOKS), lambda: systems.merge(GATE, into=BOOKS), lambda: systems.unmerge(CRM)):
        step()
        with systems.hub.store.read() as connection:
            assert check_figures(connection, systems.hub.basis()) == []
