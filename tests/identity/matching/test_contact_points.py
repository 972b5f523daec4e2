"""hub/identity/matching/contact_points.py: addresses, domains, numbers and tax ids in normal forms; and our own reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.matching.contact_points import domain_of, is_public, normal_email, normal_phone, normal_street, normal_tax_id
from hub.identity.matching.own_reference import customer_id_of
from schema.ids import encode_id


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("AP@Acme.Example ", "ap@acme.example"),
        ("ap+invoices@acme.example", "ap@acme.example"),
        ("a@googlemail.com", "a@gmail.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        (None, None),
        ("no address", None),
        ("a@b@c.de", None),
        ("a@localhost", None),
        ("@acme.example", None),
    ],
)
def test_mail_addresses(text: str | None, normal: str | None) -> None:
    assert normal_email(text) == normal


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.acme.co.uk/about?x=1", "acme.co.uk"),
        ("mail.acme.de", "acme.de"),
        ("ap@billing.acme.com.au", "acme.com.au"),
        ("ACME.EXAMPLE.", "acme.example"),
        ("http://acme.example:8080", "acme.example"),
        ("192.168.0.1", None),
        ("acme", None),
        ("", None),
        (None, None),
    ],
)
def test_domains(text: str | None, domain: str | None) -> None:
    assert domain_of(text) == domain


def test_providers_are_public() -> None:
    assert is_public("gmail.com")
    assert not is_public("acme.example")


@pytest.mark.parametrize("text", ["+49 30 55 12345", "030 5512345", "0049 (30) 551-2345", "+49 30 5512345 ext. 12", "030/5512345"])
def test_one_telephone_number(text: str) -> None:
    assert normal_phone(text) == "05512345"


@pytest.mark.parametrize("text", [None, "", "12345", "00000000", "n/a"])
def test_no_telephone_number(text: str | None) -> None:
    assert normal_phone(text) is None


@pytest.mark.parametrize(
    ("text", "country", "normal"),
    [
        ("DE 123 456 780", "DE", "DE123456780"),
        ("123456780", "DE", "DE123456780"),
        ("de123456780", None, "DE123456780"),
        ("094259216", "GR", "EL094259216"),
        ("123456780", None, "123456780"),
        ("123456789", "DE", None),
        ("000000000", "DE", None),
        ("n/a", "DE", None),
        ("DE12", "DE", None),
        (None, None, None),
    ],
)
def test_tax_ids(text: str | None, country: str | None, normal: str | None) -> None:
    assert normal_tax_id(text, country) == normal


def test_postal_addresses() -> None:
    assert normal_street(["c/o Acme", "Lange Straße 5"], "23 552") == normal_street(["Lange Str. 5"], "23552")
    assert normal_street(["Lange Straße 5"], "23552") != normal_street(["Lange Straße 6"], "23552")
    assert normal_street(["Lange Straße"], "23552") is normal_street(["Lange Straße 5"], None) is normal_street(None, "23552") is None


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    for normal in (normal_email, domain_of, normal_phone, customer_id_of):
        found = normal(text)
        assert found is None or found == normal(text)
    normal_tax_id(text, "DE")
    normal_street([text], text)


@given(st.integers(1, 10**15))
def test_our_own_reference_is_the_id_of_the_api_or_its_number(number: int) -> None:
    assert customer_id_of(encode_id("Customer", number)) == customer_id_of(str(number)) == number
    assert customer_id_of(encode_id("Invoice", number)) is None
