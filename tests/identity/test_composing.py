"""One customer from several sources: who is asked first for what."""

from itertools import permutations

import pytest

from hub.config.keys import PRECEDENCE, SETTING_KEYS
from hub.identity.composing import Composed, CustomerSource, compose_customer
from hub.identity.precedence import DEFAULT_PRECEDENCE, GROUPS, Precedence
from hub.identity.settable import PARENT, SETTABLE
from hub.plugins.records import CustomerRecord
from hub.vocabulary import ConnectionKind, Entity, SourceHandling
from tests.sync.records import customer

BOOKS, SHOP, CRM = 1, 2, 3
KINDS = {BOOKS: ConnectionKind.ACCOUNTING, SHOP: ConnectionKind.BILLING, CRM: ConnectionKind.CRM}


def source(connection: int, *, number: int = 0, is_gone: bool = False, parent_id: int | None = None, **fields: object) -> CustomerSource:
    reference = connection * 10 + number
    return CustomerSource(reference, reference, connection, f"c{connection}", KINDS[connection], is_gone, customer("C1", **fields), parent_id)


def compose(*sources: CustomerSource, precedence: Precedence = DEFAULT_PRECEDENCE, speaker_id: int | None = BOOKS) -> Composed:
    return compose_customer(sources, precedence, speaker_id=speaker_id)


def test_every_group_can_be_declared() -> None:
    assert SETTING_KEYS[PRECEDENCE] == tuple(GROUPS)


def test_every_field_of_a_customer_is_composed_or_is_of_the_record_itself() -> None:
    composed = {name for fields in GROUPS.values() for name in fields} - {PARENT} | {"source_handling", "reported_balances"}
    own = {"external_id", "source_version", "source_updated_at", "url", "create_only", "raw", "parent_external_id", "known_as", "hub_reference"}
    assert composed | own == set(CustomerRecord.__struct_fields__)
    assert SETTABLE[Entity.CUSTOMER] - {PARENT} <= composed


def test_the_books_are_asked_first_and_the_crm_for_owners_and_segments() -> None:
    found = compose(source(CRM, name="C", finance_owner="c", segments=["vip"]), source(BOOKS, name="B", finance_owner="b", segments=["x"])).record
    assert (found.name, found.finance_owner, found.segments) == ("B", "c", ["vip"])


def test_who_says_nothing_is_passed_over() -> None:
    found = compose(source(BOOKS, name="B", email=None), source(SHOP, name="S", email="s@x.example"), source(CRM, email="c@x.example"))
    assert (found.record.email, found.origins["email"], found.origins["name"]) == ("s@x.example", 20, 10)


def test_an_address_is_of_one_source() -> None:
    found = compose(source(BOOKS, city="Bonn"), source(CRM, city="Köln", postal_code="50667", country="DE")).record
    assert (found.city, found.postal_code, found.country) == ("Bonn", None, None)


def test_the_order_can_be_declared_by_connection_and_by_kind() -> None:
    sources = (source(BOOKS, name="B"), source(SHOP, name="S"), source(CRM, name="C"))
    assert compose(*sources, precedence=Precedence({"name": ("CRM",)})).record.name == "C"
    assert compose(*sources, precedence=Precedence({"name": ("c2", "CRM")})).record.name == "S"


def test_one_that_has_deleted_the_customer_or_only_mentions_it_is_asked_last() -> None:
    assert compose(source(BOOKS, name="B", is_gone=True), source(CRM, name="C")).record.name == "C"
    assert compose(source(BOOKS, name="B", create_only=True), source(CRM, name="C")).record.name == "C"


def test_the_strictest_hold_counts_of_those_that_are_there() -> None:
    closed = source(SHOP, source_handling=SourceHandling.CLOSED)
    gone = source(SHOP, source_handling=SourceHandling.CLOSED, is_gone=True)
    assert compose(source(BOOKS), closed).record.source_handling is SourceHandling.CLOSED
    assert compose(source(BOOKS), gone).record.source_handling is SourceHandling.ACTIVE


def test_custom_fields_are_put_together() -> None:
    found = compose(source(BOOKS, custom={"a": 1, "b": None}), source(CRM, custom={"a": 2, "b": 3, "c": 4}))
    assert found.record.custom == {"a": 1, "b": 3, "c": 4}
    assert {name: origin for name, origin in found.origins.items() if name.startswith("custom")} == {"custom.a": 10, "custom.b": 30, "custom.c": 30}


def test_balances_are_those_of_the_one_that_speaks() -> None:
    sources = (source(BOOKS, reported_balances={"EUR": 1}), source(BOOKS, number=1, reported_balances={"EUR": 2, "USD": 3}))
    other = source(CRM, reported_balances={"EUR": 100})
    assert compose(*sources, other).record.reported_balances == {"EUR": 3, "USD": 3}
    assert compose(*sources, other, speaker_id=None).record.reported_balances is None
    assert compose(other, speaker_id=None).record.reported_balances == {"EUR": 100}


def test_parents_are_tried_in_order() -> None:
    found = compose(source(CRM, parent_id=7), source(SHOP), source(BOOKS, parent_id=8))
    assert found.parents == [(8, 10), (7, 30)]


def test_it_does_not_matter_who_is_asked_in_which_order() -> None:
    sources = (source(BOOKS, name="B", phone=None), source(SHOP, name="S", phone="1"), source(CRM, name="C", phone="2", custom={"x": 1}))
    found = [compose(sources[0], *rest) for rest in permutations(sources[1:])]
    assert all(one == found[0] for one in found)


def test_without_a_source_there_is_no_customer() -> None:
    with pytest.raises(ValueError, match="one source"):
        compose()
