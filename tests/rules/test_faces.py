"""A rule has two faces, text and document: each says all of it, and both the same."""

import json
from collections.abc import Iterator
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import from_document, to_document
from rules.errors import RuleError, RuleSyntaxError, RuleTooLargeError
from rules.fields import LONGEST_ID
from rules.limits import MOST_CHARACTERS, MOST_TEXT
from rules.model import Expression
from rules.parsing import parse_rule
from rules.writing import write_rule
from tests.rules.expressions import expressions


@given(expressions)
def test_a_text_is_read_as_what_was_written(rule: Expression) -> None:
    assert parse_rule(write_rule(rule)) == rule


@given(expressions)
def test_a_document_is_read_as_what_was_written(rule: Expression) -> None:
    assert from_document(json.loads(json.dumps(to_document(rule)))) == rule


@given(expressions)
def test_all_of_a_text_is_seen(rule: Expression) -> None:
    """Nothing turns the direction in which it reads, and nothing is there unseen."""
    assert write_rule(rule).isprintable()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("overdue > 50000 USD and overdue_invoice_count > 2", None),
        ("last_email_date is not set or last_email_date < today - 30d", None),
        ("any invoice (balance > 500 USD and days_past_due between 31 and 60 and not disputed)", None),
        ("ageing[1..30] > 5000 base", None),
        ('finance_owner includes ("Ana", "Raj")', None),
        ('custom.region excludes ("EMEA")', None),
        ("count of invoices (paid) >= 3", None),
        ("sum of balance over invoices > 500 USD", None),
        ("no payment (amount < 5 base)", None),
        ("all invoices (paid)", None),
        ("next_retry in next 7 days", None),
        ("disputed = no", None),
        ("always", None),
        ("not (a and b)", None),
        ("(a or b) and c", None),
        ("a or b and c", None),
        ("disputed = yes", "disputed"),
        ('owner includes "Ana"', 'owner includes ("Ana")'),
        ("a AND B", "a and B"),
        ("((a))", "a"),
        ("d < -30d", "d < today - 30d"),
        ("d < today -30d", "d < today - 30d"),
        ("d = today+7d", "d = today + 7d"),
        ("x > +5", "x > 5"),
        ("a\n  and\nb", "a and b"),
        ("any invoices (paid)", "any invoice (paid)"),
        ("d IN Current Month", "d in current month"),
        ("overdue > 500 ALL", None),
        ("overdue > 500ALL AND ALL invoices (paid)", "overdue > 500 ALL and all invoices (paid)"),
        ("overdue between 5 ALL AND 7 ALL", "overdue between 5 ALL and 7 ALL"),
        ('a = "x\u202ey"', 'a = "x\\u202ey"'),
        ('a = "\\u202E\\u0000\\udb40\\udc01"', 'a = "\\u202e\\u0000\\udb40\\udc01"'),
        ("x > " + "9" * 30 + "." + "1" * 30, None),
    ],
)
def test_what_people_write_is_written_in_one_way(said: str, written: str | None) -> None:
    assert write_rule(parse_rule(said)) == (written or said)


def compared(*values: object, field: str = "a", operator: str = "INCLUDES") -> dict[str, object]:
    """A document that compares a field with values."""
    return {"compare": {"field": field, "operator": operator, "values": list(values)}}


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("overdue >", (1, 10), "the rule ends here; expected a number, a text in"),
        ("a and\n  overdue > 5 usd", (2, 15), "'usd' is no currency"),
        ("overdue > 5 US", (1, 13), "'US' is no currency"),
        ("overdue bar", (1, 9), "'bar' cannot stand here; expected <, <=, >, >=, = or !=, "),
        ("owner = “Ana”", (1, 9), "straight quotes"),
        ("ageing[1-30] > 5 base", (1, 7), "two dots: [1..30]"),
        ("ageing[91+] > 5 base", (1, 7), "two dots: [91..]"),
        ("(a or b", (1, 8), "the rule ends here; expected )"),
        ("any customer (a)", (1, 5), "invoices, payments or attempts are"),
        ("between > 3", (1, 1), "'between' cannot stand here"),
        ("d < 2026-02-30", (1, 5), "there is no day 2026-02-30"),
        ("d < -99999999d", (1, 5), "reach too far"),
        ("d in last 7.5 days", (1, 11), "a whole number of days"),
        ('owner = "a\\q"', (1, 9), "within quotes, write"),
        ("", (1, 1), "the rule ends here"),
        ("a and", (1, 6), "the rule ends here"),
        ("x > 5 5", (1, 7), "'5' cannot stand here; expected a currency such as USD, the end, 'and', 'base' or 'or'"),
        ("overdue > 500 all", (1, 15), "'all' is no currency"),
        ("overdue > 1,000.00 EUR", (1, 12), "; amounts are written without separators, with a point before the decimals: 1000.00"),
        ("overdue > 1'000 EUR", (1, 12), "amounts are written without separators"),
        ("overdue > 1 000 EUR", (1, 13), "amounts are written without separators"),
        ("overdue > 1.000.000 EUR", (1, 11), "'1.000.000' is no number; amounts are written without separators"),
        ("overdue > 5 SUM", (1, 13), "'SUM' cannot stand here"),
        ("overdue > \u09ea00 EUR", (1, 11), "'\u09ea' is nothing"),
        ("d < -\u09ea0d", (1, 5), "cannot stand here"),
        ("d < \u09e8026-03-31", (1, 5), "is nothing"),
        ("x > " + "9" * 31, (1, 5), "at most 30 digits before the point"),
        ("x > 5." + "9" * 31 + " USD", (1, 5), "at most 30 digits before the point, and 30 after it"),
        ("d < -" + "9" * 5_000 + "d", (1, 5), "reach too far"),
        ("d < today + " + "9" * 5_000 + "d", (1, 13), "reach too far"),
        ("d in last " + "9" * 5_000 + " days", (1, 11), "reach too far"),
        ('a = "\\ud800"', (1, 5), "within quotes, write"),
        ('a = "\ud800"', (1, 5), "within quotes, write"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_what_was_expected(text: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(RuleSyntaxError) as caught:
        parse_rule(text)
    assert (caught.value.line, caught.value.column) == place
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ([], (), "expected an object"),
        ({}, (), "just one of all, any, not"),
        ({"all": [], "any": []}, (), "just one of"),
        ({"all": []}, ("all",), "at least one part"),
        ({"not": 5}, ("not",), "expected an object"),
        ({"always": False}, ("always",), "expected true"),
        ({"compare": {"field": "a"}}, ("compare",), "'operator' is missing"),
        ({"compare": {"field": "a b", "operator": "IS_SET"}}, ("compare", "field"), "no field"),
        ({"compare": {"field": "and", "operator": "IS_SET"}}, ("compare", "field"), "no field"),
        ({"compare": {"field": "a", "operator": "LIKE"}}, ("compare", "operator"), "none of LESS"),
        ({"compare": {"field": "a", "operator": "IS_SET", "values": [{"number": "1"}]}}, ("compare", "values"), "takes 0 values"),
        ({"compare": {"field": "a", "operator": "BETWEEN", "values": [{"number": "1"}]}}, ("compare", "values"), "takes 2 values"),
        ({"compare": {"field": "a", "operator": "LESS", "values": [{"number": 1.5}]}}, ("compare", "values", 0, "number"), "expected a text"),
        ({"compare": {"field": "a", "operator": "LESS", "values": [{"number": "1e5"}]}}, ("compare", "values", 0, "number"), "no decimal number"),
        ({"compare": {"field": "a", "operator": "LESS", "values": [{"flag": 1}]}}, ("compare", "values", 0, "flag"), "true or false"),
        ({"compare": {"field": "a", "operator": "LESS", "values": [{"day": "2026-02-30"}]}}, ("compare", "values", 0, "day"), "no day"),
        ({"compare": {"field": "a", "operator": "LESS", "values": [{"window": {"kind": "CURRENT_MONTH"}}]}}, ("compare", "values"), "only there"),
        (compared({"number": "9" * 31}), ("compare", "values", 0, "number"), "at most 30 digits before the point"),
        (compared({"number": "0." + "9" * 31}), ("compare", "values", 0, "number"), "and 30 after it"),
        (compared({"number": "\u09ea"}), ("compare", "values", 0, "number"), "no decimal number"),
        (compared({"amount": {"value": "5", "currency": "AND"}}), ("compare", "values", 0, "amount", "currency"), "no currency"),
        (compared({"amount": {"value": "5", "currency": "all"}}), ("compare", "values", 0, "amount", "currency"), "no currency"),
        (compared({"text": "a\ud800"}), ("compare", "values", 0, "text"), "half a character"),
        (compared({"window": {"kind": "LAST_DAYS", "days": 5, "x" * 999: 1}}), ("compare", "values", 0, "window"), "'" + "x" * 100 + "' is nothing"),
        ({"related": {"quantifier": "ANY", "relation": "dog", "condition": {"always": True}}}, ("related", "relation"), "go through"),
    ],
)
def test_what_is_wrong_in_a_document_is_told_with_its_path(document: object, path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(RuleSyntaxError) as caught:
        from_document(document)
    assert caught.value.path == path
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["a" * (MOST_CHARACTERS + 1), "not " * 30 + "a", " and ".join(["a"] * 501), "a includes (" + ", ".join(["1"] * 501) + ")"],
)
def test_a_rule_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(RuleTooLargeError, match=r"at most|deeper|more than"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (compared({"text": "x" * (MOST_TEXT + 1)}), f'a includes ("{"x" * (MOST_TEXT + 1)}")'),
        (compared(*[{"text": "x" * MOST_TEXT}] * 10), f"a includes ({', '.join([chr(34) + 'x' * MOST_TEXT + chr(34)] * 10)})"),
        (
            compared({"text": "\0" * 600}, {"text": "\0" * 600}, {"text": "\0" * 600}),
            f"a includes ({','.join([chr(34) + chr(92) + ('u0000' + chr(92)) * 599 + 'u0000' + chr(34)] * 3)})",
        ),
        (compared({"text": "x"}, field="a" * (LONGEST_ID + 1)), f'{"a" * (LONGEST_ID + 1)} includes ("x")'),
        (compared(*[{"flag": True}] * 501), f"a includes ({','.join(['yes'] * 501)})"),
        ({"all": [compared({"flag": True})] * 501}, " and ".join(["a"] * 501)),
    ],
    ids=["text", "texts", "escaped", "field", "values", "parts"],
)
def test_a_limit_is_the_same_in_both_faces(document: object, text: str) -> None:
    with pytest.raises(RuleTooLargeError, match=r"at most|more than"):
        from_document(document)
    with pytest.raises(RuleTooLargeError, match=r"at most|more than"):
        parse_rule(text)


def test_a_text_that_would_be_written_longer_than_it_can_be_read_is_refused() -> None:
    text = " or ".join([f'a="{"x" * 980}"'] * 10)
    assert len(text) <= MOST_CHARACTERS - 50
    parse_rule(text)
    with pytest.raises(RuleTooLargeError, match="when it is written"):
        parse_rule(text.replace("x" * 980, "x" * 900 + "\N{ZERO WIDTH JOINER}" * 60))


def test_parentheses_around_one_thing_are_no_depth() -> None:
    assert write_rule(parse_rule("(" * 40 + "a" + ")" * 40)) == "a"


def test_a_document_that_nests_without_end_is_refused() -> None:
    document: object = {"always": True}
    for _ in range(5_000):
        document = {"not": document}
    with pytest.raises(RuleError, match="deeper"):
        from_document(document)


words = st.sampled_from(
    [
        "a",
        "overdue",
        "and",
        "or",
        "not",
        "(",
        ")",
        "5",
        "USD",
        "base",
        '"x"',
        "is",
        "set",
        "in",
        "last",
        "days",
        "any",
        "invoice",
        ">",
        "-30d",
        "today",
        "ALL",
        "between",
        "includes",
        '"\u202e\\u0000"',
        "1" * 31,
        ",",
        "\n",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(words, max_size=15).map(" ".join)))
def test_whatever_is_written_is_read_or_refused_and_reads_the_same_in_both_faces(text: str) -> None:
    try:
        rule = parse_rule(text)
    except RuleError:
        return
    assert from_document(to_document(rule)) == rule == parse_rule(write_rule(rule))


terms = st.sampled_from(
    ["a", "all", "x" * 101, "5", "-0.5", "+7", "1" * 31, "\u09ea", "1e5", "ALL", "AND", "base", "usd", "2026-3-1", "0000-01-01", "IS_SET", "LESS", "NONE"]
)
scalars: st.SearchStrategy[object] = st.one_of(st.none(), st.booleans(), st.integers(-40_000, 40_000), st.floats(), terms, st.text(st.characters(), max_size=5))
anything = st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.sampled_from(["text", "number", "flag", "relativeDay", "day"]), scalars))


def _places(document: object) -> Iterator[tuple[dict[str, object] | list[object], str | int]]:
    """Wherever something stands in a document: in what, and at which key."""
    match document:
        case dict():
            held = cast("dict[str, object]", document)
            for name, content in held.items():
                yield held, name
                yield from _places(content)
        case list():
            several = cast("list[object]", document)
            for number, content in enumerate(several):
                yield several, number
                yield from _places(content)
        case _:
            pass


@st.composite
def spoilt_documents(draw: st.DrawFn) -> object:
    """The document of a rule, with something else in one place."""
    document = json.loads(json.dumps(to_document(draw(expressions))))
    places = [(cast("dict[str | int, object]", holder), at) for holder, at in _places(document)]
    leaves = [(holder, at) for holder, at in places if isinstance(holder[at], (str, bool, int))]
    holder, at = draw(st.sampled_from(leaves or places) | st.sampled_from(places))
    holder[at] = draw(terms | st.text(st.characters(), max_size=5) if isinstance(holder[at], str) else anything)
    return document


@given(anything | spoilt_documents())
def test_whatever_a_document_says_is_read_or_refused_and_reads_the_same_in_both_faces(document: object) -> None:
    try:
        rule = from_document(document)
    except RuleError:
        return
    assert parse_rule(write_rule(rule)) == rule == from_document(json.loads(json.dumps(to_document(rule))))
