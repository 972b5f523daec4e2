"""hub/sync/card_numbers.py: a full card number is kept nowhere, and what only looks a little like one is left alone."""

import re
from string import digits
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.model import PaymentAttempt, PaymentMethod, RejectedRecord, SourceRecord, SyncNotice
from hub.plugins.connector import Page
from hub.plugins.records import Notice, Record, Refusal
from hub.sync.card_numbers import holds_card_number, mask_json, mask_text
from hub.vocabulary import Stream
from tests.sync.conftest import Hub
from tests.sync.records import attempt, customer, method

VISA, AMEX = "4242424242424242", "378282246310005"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VISA, "****4242"),
        ("4242 4242 4242 4242", "****4242"),
        ("card 4242-4242-4242-4242 of Ida", "card ****4242 of Ida"),
        (f"VISA{VISA}", "VISA****4242"),
        (f"{VISA} 12/28", "****4242 12/28"),
        (f"9 {VISA}", "9 ****4242"),
        (f"5678 9012 {VISA} and {AMEX}", "5678 9012 ****4242 and ****0005"),
        ("6304000000000000000", "****0000"),
        ("9792030394440796", "****0796"),
        ("4242424242424241", "4242424242424241"),
        ("1700000000006", "1700000000006"),
        ("424242424242", "424242424242"),
        (f"{VISA}0000", f"{VISA}0000"),
        ("", ""),
    ],
    ids=[
        "bare",
        "in groups",
        "in a text",
        "behind letters",
        "before its date",
        "behind a digit",
        "two of them",
        "19 digits",
        "of Turkey",
        "that fails the check",
        "milliseconds",
        "too short",
        "too long",
        "nothing",
    ],
)
def test_a_card_number_is_masked_and_nothing_else(text: str, expected: str) -> None:
    assert mask_text(text) == expected
    assert holds_card_number(text) == (text != expected)


@given(st.from_regex(r"[3-6][0-9]{11,17}", fullmatch=True), st.sampled_from(("", " ", "-")), st.text("abc ,", max_size=5))
def test_no_card_number_survives_whatever_stands_around_it(start: str, separator: str, around: str) -> None:
    total = sum(int(digit) if place % 2 else sum(divmod(int(digit) * 2, 10)) for place, digit in enumerate(reversed(start)))
    number = f"{start}{-total % 10}"
    text = f"{around}{separator.join(number[place : place + 4] for place in range(0, len(number), 4))}{around}"
    assert holds_card_number(text)
    assert not holds_card_number(mask_text(text))


def is_card_number(digits: str) -> bool:
    """By the check of Luhn, as it is written down."""
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def plainly_masked(text: str) -> str:
    """The definition sign by sign: at each place where no digit stands before, the longest number up to a place where no digit follows."""
    beginning = re.compile(r"(?<![0-9])(?:[2-6]|9[ -]?7[ -]?9[ -]?2)(?:[ -]?[0-9]){12,18}")
    place = 0
    while place < len(text):
        found = beginning.match(text, place)
        ends = range(found.end(), place, -1) if found else ()
        parts = ((text[place:end], text[end : end + 1]) for end in ends)
        number = next((part for part, behind in parts if part[-1] in digits and behind not in {*digits} and is_card_number(re.sub("[ -]", "", part))), "")
        if number:
            text = f"{text[:place]}****{number[-4:]}{text[place + len(number) :]}"
            place += 8
        else:
            place += 1
    return text


@given(st.lists(st.sampled_from((*digits, "9792", VISA, AMEX, "4242 4242", " ", "-", "  ", "a")), max_size=40).map("".join))
@example("9792 0303 9444 0796 12/28")
@example("9792030394446")
@example(f"4 {VISA} {AMEX}")
def test_what_is_masked_is_what_the_definition_says(text: str) -> None:
    assert mask_text(text) == plainly_masked(text)


@pytest.mark.parametrize("unit", ["4 4 ", "2-", "41 ", VISA + " a", "4"], ids=["pairs", "dashes", "groups", "numbers", "digits"])
def test_the_time_does_not_explode_whatever_somebody_sends(unit: str) -> None:
    began = process_time()
    mask_text(unit * (400_000 // len(unit)))
    assert process_time() - began < 3


def test_numbers_and_names_of_a_payload_are_masked_too() -> None:
    given = f'{{"number": {VISA}, "{AMEX}": [{{"x": "{VISA}"}}, 12.5, null, true], "last": 4242}}'
    assert mask_json(given) == '{"number": "****4242", "****0005": [{"x": "****4242"}, 12.5, null, true], "last": 4242}'
    assert mask_json('{"last":4242}') == '{"last":4242}'
    assert mask_json(None) is None


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (method(friendly_name=f"Ida's {VISA}"), "friendly_name"),
        (method(last_four=VISA), "last_four"),
        (method(VISA), "external_id"),
        (method(fingerprint=VISA), "fingerprint"),
        (method(url=f"https://vault.example/{VISA}"), "url"),
        (attempt(decline_reason=f"card {VISA} expired"), "decline_reason"),
        (attempt(method_fingerprint=VISA), "method_fingerprint"),
        (attempt(payment_method_external_id=VISA), "payment_method_external_id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_record_with_a_card_number_is_refused_and_keeps_none_of_it(hub: Hub, record: Record, field: str) -> None:
    poison = replace(record, raw={"card": {"number": VISA, "as_number": int(VISA)}, "note": f"pan={VISA}"})
    report = await hub.sync([customer(), poison, method("GOOD"), attempt("FINE")])
    assert (report.error, report.total("rejected")) == (None, 1)
    assert hub.rows(RejectedRecord, "field", "record") == [(field, None)]
    assert hub.rows(RejectedRecord, "raw") == [('{"card": {"number": "****4242", "as_number": "****4242"}, "note": "pan=****4242"}',)]
    assert (len(hub.rows(PaymentMethod, "id")), len(hub.rows(PaymentAttempt, "id"))) == (1, 1)
    assert VISA not in repr(hub.everything())


async def test_a_payload_with_a_card_number_is_kept_masked(hub: Hub) -> None:
    records = [customer(), method("M1", raw={"number": VISA, "expires": 2031}), attempt("A1", raw={"number": VISA})]
    await hub.sync(records)
    assert [text for (text,) in hub.rows(SourceRecord, "record") if "****4242" in text] != []
    assert VISA not in repr(hub.everything())
    report = await hub.sync(records)
    assert report.total("unchanged") == 3


async def test_long_numbers_of_a_source_are_no_card_numbers(hub: Hub) -> None:
    numbered = attempt(VISA, gateway_transaction_id=VISA, invoice_number=VISA, payment_method_external_id=f"pm_a{VISA}f")
    await hub.sync([customer(), numbered, method(fingerprint=f"0a{VISA}b")])
    assert hub.rows(PaymentAttempt, "gateway_transaction_id", "invoice_number") == [(VISA, VISA)]
    assert hub.rows(RejectedRecord, "id") == []


async def test_what_the_connector_refuses_is_kept_without_card_numbers(hub: Hub) -> None:
    refusal = Refusal(place="page 1", reason=f"no method: {VISA}", stream=Stream.PAYMENT_METHODS, external_id=VISA, raw={"number": VISA})
    await hub.sync(Page(records=[], cursor=None, refusals=[refusal]))
    assert hub.rows(RejectedRecord, "reason", "external_id", "raw") == [("no method: ****4242", "****4242", '{"number": "****4242"}')]


async def test_what_is_refused_of_another_stream_shows_none_either_and_keeps_its_id(hub: Hub) -> None:
    refusal = Refusal(place="page 1", reason=f"{VISA} is no date", stream=Stream.INVOICES, external_id=VISA, raw={"memo": f"paid with {VISA}"})
    await hub.sync(Page(records=[], cursor=None, refusals=[refusal]))
    [(reason, external_id, raw)] = hub.rows(RejectedRecord, "reason", "external_id", "raw")
    assert (reason, external_id, VISA in raw) == (f"****{VISA[-4:]} is no date", VISA, False)


async def test_a_record_that_cannot_even_be_written_down_keeps_none_either(hub: Hub) -> None:
    unreadable = replace(method("M1", friendly_name="\ud800"), raw={"number": VISA})
    await hub.sync([customer(), unreadable])
    assert hub.rows(RejectedRecord, "raw") == [('{"number": "****4242"}',)]


async def test_a_notice_shows_no_card_number(hub: Hub) -> None:
    await hub.sync(Page(records=[customer()], cursor=None, notices=[Notice(place="cards.xlsx line 2", message=f"{VISA} was typed as a number")]))
    assert hub.rows(SyncNotice, "message") == [("****4242 was typed as a number",)]
