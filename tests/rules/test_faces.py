"""A rule has two faces, text and document: each says all of it, and both the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import from_document, to_document
from rules.errors import RuleError, RuleSyntaxError, RuleTooLargeError
from rules.limits import MOST_CHARACTERS
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
    ],
)
def test_what_people_write_is_written_in_one_way(said: str, written: str | None) -> None:
    assert write_rule(parse_rule(said)) == (written or said)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("overdue >", (1, 10), "the rule ends here; expected a number, a text in"),
        ("a and\n  overdue > 5 usd", (2, 15), "'usd' is no currency"),
        ("overdue > 5 US", (1, 13), "'US' is no currency"),
        ("overdue bar", (1, 9), "'bar' cannot stand here; expected <, <=, >, >=, = or !=, "),
        ("owner = “Ana”", (1, 9), "straight quotes"),
        ("(a or b", (1, 8), "the rule ends here; expected )"),
        ("any customer (a)", (1, 5), "invoices, payments or attempts are"),
        ("between > 3", (1, 1), "'between' cannot stand here"),
        ("d < 2026-02-30", (1, 5), "there is no day 2026-02-30"),
        ("d < -99999999d", (1, 5), "reach too far"),
        ("d in last 7.5 days", (1, 11), "a whole number of days"),
        ('owner = "a\\q"', (1, 9), "within quotes, write"),
        ("", (1, 1), "the rule ends here"),
        ("a and", (1, 6), "the rule ends here"),
        ("x > 5 5", (1, 7), "'5' cannot stand here"),
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
