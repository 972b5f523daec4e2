"""Whatever is written as a rule is refused with its place or can be executed, and no text in one is anything but a text."""

import time
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import date
from typing import Any, cast

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.config import CustomField
from hub.evaluation.book import RuleBook
from hub.evaluation.evaluating import count_matches, matches
from hub.evaluation.explaining import Explainer, RuleSubject
from hub.evaluation.facts import Facts
from hub.evaluation.telling import told_value
from hub.model import Segment, SegmentMember
from hub.store.engine import Store
from rules.document import from_document, to_document
from rules.errors import RuleError, RuleSyntaxError
from rules.fields import Level
from rules.model import Expression
from rules.parsing import parse_rule
from rules.writing import write_rule
from tests.databases import ON_SQLITE
from tests.evaluation.books import make_book
from tests.evaluation.worlds import BOOK, World, make_basis, make_method, write_world
from tests.examples import examples
from tests.health.worlds import day, make_customer, make_invoice, rolled_back

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
SOME = settings(max_examples=examples(20), deadline=None, suppress_health_check=QUIET)
FEW = settings(max_examples=examples(4), deadline=None, suppress_health_check=QUIET)
TODAY = make_basis()
ONE_LATE = World(customers=[make_customer(1, name="Ann's"), make_customer(2)], invoices=[make_invoice(1, 1, total_minor=30_000, due_date=day(-30))])
LEVELS = (Level.CUSTOMER, Level.INVOICE, Level.PAYMENT)

WRITTEN: tuple[str, ...] = (
    'overdue > 500 EUR and not (customer_name = "Ann\\"s") or always',
    "ageing[1..30] between 1 base and 5000.50 base",
    "count of invoices (balance > 5 USD and days_past_due between 31 and 60) >= 3",
    "sum of balance over invoices (not disputed) <= 1000 EUR",
    "any payment (payment_date in last 7 days) or no attempt (attempt_amount != 0.01 USD)",
    'payment_risk includes ("HIGH", "LOW") and last_email_date is not set',
    "all invoices (due_date < today - 30d or due_date in current month) and monthly_dso > 12.5",
    'status excludes ("PAID") and custom.weight >= -1.5 and custom.delivered = 2026-02-28',
    "paid = no and converted_balance >= 5 base and next_promise_date = +7d",
)
PIECES: tuple[str, ...] = (
    *"()[]\"\\,.=<>-+ \n\t;'%_$",
    *("and", "or", "not", "any", "sum", "of", "over", "today", "30d", "EUR", "base", "99999999999999999999", "3000000000", "-1", "0.5", "2026-13-01"),
    *("is set", "in next 5 days", "overdue", "customer_name", "retry_count", "invoice", "custom.tier", "not set"),
    *("\x00", "--", "/*", "\u202e", "\U0001f600", "\u017f", "\ud800"),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A rule with some of its words left out, said twice, swapped or joined by others."""
    words: list[str] = draw(st.sampled_from(WRITTEN)).split(" ")
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(words)))
        match draw(st.sampled_from(("leave", "repeat", "add", "other"))):
            case "leave":
                del words[place : place + draw(st.integers(1, 3))]
            case "repeat":
                words[place:place] = words[place : place + 4]
            case "add":
                words.insert(place, draw(st.sampled_from(PIECES)))
            case _:
                words[place : place + 1] = draw(st.sampled_from(WRITTEN)).split(" ")[place : place + 1]
    return draw(st.sampled_from((" ", " ", " ", ""))).join(words)


def _places(document: object) -> list[tuple[Any, Any]]:
    """Every place of a document, as what it stands in and its name or number there."""
    if isinstance(document, dict):
        inner: list[tuple[Any, Any]] = list(cast("dict[str, Any]", document).items())
    else:
        inner = list(enumerate(cast("list[Any]", document))) if isinstance(document, list) else []
    found: list[tuple[Any, Any]] = []
    for name, value in inner:
        found += [(document, name), *_places(value)]
    return found


KEYS = ("all", "any", "not", "always", "compare", "field", "values", "x")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(PIECES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> object:
    """A document of a rule, some of its values being any JSON or others of its own."""
    found: Any = to_document(parse_rule(draw(st.sampled_from(WRITTEN))))
    for _ in range(draw(st.integers(0, 3))):
        places = _places(found)
        if not places:
            break
        (holder, name), (other, other_name) = draw(st.sampled_from(places)), draw(st.sampled_from(places))
        holder[name] = draw(json_values | st.just(deepcopy(other[other_name])))
    return found


def is_usable(expression: Expression, level: Level, *, book: RuleBook = BOOK) -> bool:
    return not any(found.is_error for found in book.check(expression, level))


def executed(connection: sa.Connection, expression: Expression) -> None:
    """Execute a rule wherever it can be used: its text and its document hold of the same rows."""
    faces = [expression, parse_rule(write_rule(expression)), from_document(to_document(expression))]
    for level in LEVELS:
        if is_usable(expression, level):
            for is_kept in (True, False):
                found = matches(connection, faces, BOOK.rows(level, Facts(TODAY, is_kept=is_kept)))
                assert {match.mask for match in found} <= {0b111}


def read(text: str) -> tuple[Expression | None, RuleError | None]:
    try:
        return parse_rule(text), None
    except RuleError as error:
        return None, error


@SOME
@given(text=texts() | st.text(max_size=60))
@example('customer_name = "\\u0000"')
@example("retry_count = 3000000000")
@example("custom.tier != 99999999999999999999")
def test_any_text_is_refused_at_its_place_or_can_be_executed(store: Store, text: str) -> None:
    expression, error = read(text)
    if isinstance(error, RuleSyntaxError):
        assert error.line is not None
        assert error.column is not None
        assert 1 <= error.line <= text.count("\n") + text.count("\r") + 1
        assert 1 <= error.column <= len(text) + 1
    if expression is not None:
        with rolled_back(store) as connection:
            write_world(connection, ONE_LATE, TODAY)
            executed(connection, expression)


@SOME
@given(document=documents() | json_values)
def test_any_document_is_refused_or_can_be_executed(store: Store, document: object) -> None:
    expression: Expression | None = None
    with suppress(RuleError):
        expression = from_document(document)
    if expression is not None:
        with rolled_back(store) as connection:
            write_world(connection, ONE_LATE, TODAY)
            executed(connection, expression)


# --- texts are texts --------------------------------------------------------------------------------

NASTY = (
    *("'", '"', ";", "--", "%", "_", "\\", "*/", "\n", "$1", ":x", "?", "%(x)s", "\U0001f600", "\u202e", "\u200b"),
    *("\u00df", "SS", "\u017f", "s", "\u212a", "k", "\u0130", "\u0131", "I", "\u0390", "\ufb01", "a", "A"),
)
nasty_texts = st.lists(st.sampled_from(NASTY), min_size=1, max_size=4).map("".join) | st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=5
)


def compared(field: str, *values: str, operator: str = "INCLUDES") -> Expression:
    return from_document({"compare": {"field": field, "operator": operator, "values": [{"text": value} for value in values]}})


@FEW
@given(stored=st.lists(nasty_texts, min_size=1, max_size=8), other=nasty_texts)
def test_a_text_is_like_itself_without_case_and_like_nothing_else(store: Store, stored: list[str], other: str) -> None:
    customers = [make_customer(number, name=text, custom={"Region X": text}) for number, text in enumerate(stored, 1)]
    asked = [*stored, other]
    fields = ("customer_name", "custom.region", "segment")
    rules = [compared(field, text) for text in asked for field in fields]
    world = World(
        customers=customers,
        segments=[Segment(id=number, name=f"{number} {text}") for number, text in enumerate(stored, 1)],
        members=[SegmentMember(customer_id=number, segment_id=number) for number in range(1, len(stored) + 1)],
    )
    with rolled_back(store) as connection:
        write_world(connection, world, TODAY)
        found = matches(connection, [parse_rule(write_rule(rule)) for rule in rules], BOOK.customers(Facts(TODAY, is_kept=True)))
    held = {rule: {match.id for match in found if match.holds(number)} for number, rule in enumerate(rules)}
    for text in asked:
        same = {number for number, one in enumerate(stored, 1) if one.casefold() == text.casefold()}
        assert held[compared("customer_name", text)] == held[compared("custom.region", text)] == same
        assert held[compared("segment", text)] == {n for n, one in enumerate(stored, 1) if f"{n} {one}".casefold() == text.casefold()}


NAMES = (
    *("Net / Gross", "R\u00e9gion", "a.b", "x[0]", "$", "tab\there", "new\nline", "it's", "\U0001f600"),
    *("100%", "%(x)s", "a?b", ":x", "0", "#", "'; --", "\u202eabc", " "),
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_custom_field_may_have_any_name_at_its_source(store: Store, name: str) -> None:
    fields = (CustomField("word", "customer", name, "TEXT", "x"), CustomField("size", "customer", f"{name} size", "DECIMAL", "x"))
    book = make_book(custom_fields=fields)
    book.require_sources()
    customers = [
        make_customer(1, custom={name: "This", f"{name} size": "5.5"}),
        make_customer(2, custom={f"{name}x": "This"}),
        make_customer(3, custom={name: 1}),
    ]
    with rolled_back(store) as connection:
        write_world(connection, World(customers=customers), TODAY)
        found = matches(connection, [parse_rule('custom.word = "this"'), parse_rule("custom.size > 5")], book.customers(Facts(TODAY, is_kept=True)))
    assert [(match.id, match.mask) for match in found] == [(1, 0b11)]


# --- sizes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["(" * 10_000, "not " * 2_500, "any invoice (" * 769, '"' * 9_999, "not (" * 2_000, "-" * 10_000], ids=lambda text: text[:5])
def test_what_is_too_deep_is_refused_at_once(text: str) -> None:
    parse_rule("always")  # which makes the parser
    begun = time.monotonic()
    with pytest.raises(RuleError):
        parse_rule(text)
    assert time.monotonic() - begun < 1


def test_a_document_that_is_too_deep_is_refused_at_once() -> None:
    document: Mapping[str, Any] = {"always": True}
    for _ in range(100_000):
        document = {"not": document}
    begun = time.monotonic()
    with pytest.raises(RuleError):
        from_document(document)
    assert time.monotonic() - begun < 1


LARGEST: Mapping[str, Expression] = {
    "499 comparisons": parse_rule(" or ".join([*(f"overdue={number}EUR" for number in range(249)), *["is_billed"] * 250])),
    "499 comparisons of invoices": from_document(
        {
            "related": {
                "quantifier": "ALL",
                "relation": "invoice",
                "condition": {"any": [to_document(parse_rule(f"paid or balance={n}EUR")) for n in range(160)]},
            }
        }
    ),
    "500 values": compared("customer_name", *(f"é{number}" for number in range(499)), "ONE"),
    "500 values of a set": compared("segment", *(f"ß{number}" for number in range(500)), operator="EXCLUDES"),
    "20 levels": parse_rule("not (" * 19 + "overdue > 5 EUR" + ")" * 19),
    "20 levels of lists": parse_rule("(is_billed or (overdue > 5 EUR and " * 9 + "is_billed or overdue > 9 EUR" + "))" * 9),
    "the risk 250 times": parse_rule(" or ".join(['payment_risk includes ("LOW")'] * 250)),
    "200 questions": parse_rule(" or ".join(f"no invoice(balance={number}EUR)" for number in range(200))),
}


@pytest.mark.parametrize("name", LARGEST)
def test_a_rule_at_the_limits_can_be_executed(store: Store, name: str) -> None:
    rule = LARGEST[name]
    assert is_usable(rule, Level.CUSTOMER)
    with rolled_back(store) as connection:
        write_world(connection, ONE_LATE, TODAY)
        for is_kept in (True, False):
            rows = [BOOK.customers(Facts(TODAY, is_kept=is_kept)) for _ in range(2)]
            assert count_matches(connection, [rule], rows[0]) == [len(matches(connection, [rule], rows[1]))]


def test_many_rules_may_ask_for_the_risk_in_one_scan(store: Store) -> None:
    rules = [parse_rule(f'payment_risk includes ("LOW") and overdue_invoice_count >= {number}') for number in range(100)]
    with rolled_back(store) as connection:
        write_world(connection, ONE_LATE, TODAY)
        assert count_matches(connection, rules, BOOK.customers(Facts(TODAY, is_kept=True)))[:3] == [2, 1, 0]


@pytest.mark.parametrize(
    "field", ["net_term_days", "overdue_invoice_count", "payment_attempt_count", "count of invoices", "sum of days_past_due over invoices"]
)
def test_a_number_that_no_column_can_hold_is_like_none(store: Store, field: str) -> None:
    """32 bits, 64 bits, and more than these."""
    numbers = ("3000000000", "-3000000000", "99999999999999999999")
    rules = [parse_rule(f"{field} {sign} {number}") for sign in ("=", "!=") for number in numbers]
    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1, payment_terms_days=30)]), TODAY)
        for is_kept in (True, False):
            assert count_matches(connection, rules, BOOK.customers(Facts(TODAY, is_kept=is_kept))) == [0, 0, 0, 1, 1, 1]


# --- explanations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "as_of", "rule"),
    [
        (date(9999, 12, 31), TODAY.as_of, "overdue > 0 EUR"),
        (date(9999, 12, 31), TODAY.as_of, 'payment_source_status includes ("EXPIRED")'),
        (date(1, 1, 1), TODAY.as_of, "any invoice (due_date in last 36500 days)"),
        (date(2200, 1, 5), date(2199, 12, 20), "overdue > 0 EUR"),
        (day(3), date(2199, 12, 31), "monthly_dso > 5"),
        (day(3), date(1900, 1, 1), "any invoice (due_date < today - 36500d)"),
    ],
)
def test_what_turns_a_rule_is_looked_for_within_the_calendar(store: Store, due: date, as_of: date, *, rule: str) -> None:
    world = World(customers=[make_customer(1)], invoices=[make_invoice(1, 1, due_date=due, total_minor=100)], methods=[make_method(1, 1, expires_on=due)])
    with rolled_back(store) as connection:
        write_world(connection, world, TODAY)
        explainer = Explainer(connection, BOOK, RuleSubject(Level.CUSTOMER, 1), make_basis(as_of))
        found = explainer.explain(parse_rule(rule))
        assert found is not None
        assert all(change.on is None for change in explainer.changes(found))


@pytest.mark.parametrize(
    ("rule", "value", "told"),
    [
        ("custom.score > 0", "1" * 30, "1" * 30),
        ("custom.score > 0", f"{'1' * 30}.{'5' * 30}", f"{'1' * 30}.5556"),
        ("custom.since < 2027-01-01", "2026-02-28", "2026-02-28"),
    ],
)
def test_a_custom_value_is_told_as_what_it_is(store: Store, rule: str, value: str, *, told: str) -> None:
    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1, custom={"Score %": value, "since": value})]), TODAY)
        found = Explainer(connection, BOOK, RuleSubject(Level.CUSTOMER, 1), TODAY).explain(parse_rule(rule))
    assert found is not None
    [reading] = found.readings.values()
    assert reading.holds
    assert not isinstance(reading.value, str)
    assert told_value(reading.value) == told


@pytest.mark.parametrize("value", ["2023-02-29", "1900-02-29", "0000-01-01", "2026-04-31"])
def test_a_day_that_no_calendar_has_is_missing(store: Store, value: str) -> None:
    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1, custom={"since": value}), make_customer(2, custom={"since": "2000-02-29"})]), TODAY)
        assert [match.id for match in matches(connection, [parse_rule("custom.since is set")], BOOK.customers(Facts(TODAY, is_kept=True)))] == [2]


@ON_SQLITE
@pytest.mark.parametrize(("level", "key"), [(Level.CUSTOMER, 1), (Level.INVOICE, 1), (Level.INVOICE, 2)])
def test_what_rules_are_not_about_has_no_explanation(store: Store, level: Level, key: int) -> None:
    shown = make_invoice(2, 2, is_authoritative=False, appearance_of_id=3)
    world = World(customers=[make_customer(1, is_deleted=True), make_customer(2)], invoices=[make_invoice(1, 2, is_deleted=True), make_invoice(3, 2), shown])
    with rolled_back(store) as connection:
        write_world(connection, world, TODAY)
        assert Explainer(connection, BOOK, RuleSubject(level, key), TODAY).explain(parse_rule("always")) is None
