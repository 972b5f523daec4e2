"""One box over everything that has a name, number, address or reference."""

import pytest

from tests.schema.hub import Hub

SEARCH = """query($text: String!, $kinds: [SearchKind!], $first: Int) { search(text: $text, kinds: $kinds, first: $first) { field text
  subject { __typename ... on Customer { name } ... on Contact { name customer { name } } ... on Invoice { number } ... on CreditNote { number }
    ... on Payment { reference } } } }"""


@pytest.fixture
def filled(hub: Hub) -> Hub:
    acme = hub.customer("Acme GmbH", tax_id="DE123")
    hub.customer("acme")
    hub.customer("Beta")
    hub.customer("Acme Gone", is_deleted=True)
    hub.contact(acme, "Acmella Smith", email="ada@acme.example")
    hub.contact(acme, "Bob", email="ACME@example.org")
    hub.invoice(acme, 100, number="ACME-1")
    hub.invoice(acme, 100, number="acme-2")
    hub.invoice(acme, 100, number="ACME-3", is_authoritative=False)
    hub.credit_note(acme, 100, number="Acme-4")
    hub.payment(acme, 100, reference="ACME wire")
    return hub


def found(hub: Hub, text: str, **variables: object) -> list[tuple[str, str, str]]:
    hits = hub.data(SEARCH, text=text, **variables)["search"]
    return [(hit["subject"]["__typename"], hit["field"], hit["text"]) for hit in hits]


def test_everything_that_starts_with_a_text_is_found_best_first(filled: Hub) -> None:
    assert found(filled, " aCMe ") == [
        ("Customer", "NAME", "acme"),
        ("Customer", "NAME", "Acme GmbH"),
        ("Contact", "NAME", "Acmella Smith"),
        ("Contact", "EMAIL", "ACME@example.org"),
        ("Invoice", "NUMBER", "ACME-1"),
        ("Invoice", "NUMBER", "acme-2"),
        ("Payment", "REFERENCE", "ACME wire"),
    ]


def test_a_search_can_be_limited_to_kinds_and_hits(filled: Hub) -> None:
    assert found(filled, "acme", kinds=["INVOICES", "PAYMENTS"], first=2) == [("Invoice", "NUMBER", "ACME-1"), ("Invoice", "NUMBER", "acme-2")]
    assert found(filled, "Acme", kinds=["CREDIT_NOTES"]) == [("CreditNote", "NUMBER", "Acme-4")]
    assert found(filled, "de123") == [("Customer", "TAX_ID", "DE123")]
    assert found(filled, "acme", kinds=[]) == []
    assert found(filled, "acme", first=0) == []


def test_wildcards_stand_for_themselves(filled: Hub) -> None:
    assert found(filled, "%") == []
    assert found(filled, "_cme") == []
    assert found(filled, "'; DROP TABLE customer; --") == []


def test_a_search_takes_one_statement_and_one_for_each_type_found(filled: Hub) -> None:
    assert len(filled.ask(SEARCH, text="acme").statements) == 1 + 4 + 1  # the contact's customer
    assert len(filled.ask("query($text: String!) { search(text: $text) { text } }", text="acme").statements) == 1


def test_what_cannot_be_searched_is_refused(filled: Hub) -> None:
    for text in ("", "   ", "x" * 201, "a\x00"):
        assert filled.ask(SEARCH, text=text).error["argument"] == ["search", "text"]
    for first in (-1, 51):
        assert filled.ask(SEARCH, text="a", first=first).error["argument"][-1] == "first"
