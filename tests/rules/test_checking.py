"""A rule that cannot be meant is told so, with the part that is wrong and what would be right."""

import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from rules.checking import check_rule, rule_errors
from rules.document import from_document, to_document
from rules.fields import Currency, Field, FieldCatalogue, FieldType, Level
from rules.findings import Finding, FindingKind
from rules.limits import MOST_FINDINGS
from rules.model import ALWAYS, Expression, Not, Place
from rules.parsing import parse_rule
from rules.reasoning import reason
from rules.trying import Trials
from rules.writing import write_rule
from tests.rules.expressions import expressions


def make(name: str, level: Level, kind: FieldType, *, choices: tuple[str, ...] | None = None, currency: Currency = Currency.BASE) -> Field:
    return Field(id=name, level=level, type=kind, meaning="A meaning.", source="a.b", choices=choices, currency=currency)


CATALOGUE = FieldCatalogue(
    [
        make("overdue", Level.CUSTOMER, FieldType.MONEY),
        make("outstanding", Level.CUSTOMER, FieldType.MONEY),
        make("overdue_invoice_count", Level.CUSTOMER, FieldType.WHOLE_NUMBER),
        make("last_email_date", Level.CUSTOMER, FieldType.DATE),
        make("finance_owner", Level.CUSTOMER, FieldType.TEXT_SET),
        make("payment_risk", Level.CUSTOMER, FieldType.TEXT, choices=("High", "Medium", "Low")),
        make("location", Level.CUSTOMER, FieldType.TEXT),
        make("ageing[1..30]", Level.CUSTOMER, FieldType.MONEY),
        make("balance", Level.INVOICE, FieldType.MONEY, currency=Currency.DOCUMENT),
        make("days_past_due", Level.INVOICE, FieldType.WHOLE_NUMBER),
        make("disputed", Level.INVOICE, FieldType.BOOLEAN),
        make("amount", Level.MONEY_IN, FieldType.MONEY, currency=Currency.DOCUMENT),
    ]
)


def check(text: str, *, level: Level = Level.CUSTOMER) -> Sequence[Finding]:
    return check_rule(parse_rule(text), CATALOGUE, level=level, base_currency="EUR")


@pytest.mark.parametrize(
    "text",
    [
        "overdue > 50000 EUR and overdue_invoice_count > 2",
        "overdue > 50000 base",
        "last_email_date is not set or last_email_date < today - 30d",
        "any invoice (balance > 500 USD and days_past_due between 31 and 60 and not disputed)",
        "count of invoices (disputed) >= 3",
        "sum of balance over invoices > 500 USD",
        'payment_risk includes ("high", "Low")',
        "last_email_date in last 7 days",
        "always",
        "any invoice (balance > 5 USD and overdue > 5 base)",
    ],
)
def test_a_rule_that_says_something_passes(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "message", "column", "suggestion"),
    [
        ("overdu > 5 base", FindingKind.UNKNOWN_FIELD, "there is no field overdu; did you mean overdue?", 1, "overdue"),
        ("zzz > 5", FindingKind.UNKNOWN_FIELD, "there is no field zzz", 1, None),
        ("overdue > 5 base and balance > 5 USD", FindingKind.WRONG_LEVEL, "a field of invoices", 22, None),
        ("days_past_due > 90", FindingKind.WRONG_LEVEL, "; ask within `any invoice (…)`, or make it a rule about invoices (`--about invoice`)", 1, None),
        ("amount > 5 USD", FindingKind.WRONG_LEVEL, "does not ask about; ask within `any payment (…)`", 1, None),
        ("any invoice (amount > 5 USD)", FindingKind.WRONG_LEVEL, "a field of payments", 14, None),
        ("any invoice (any invoice (disputed))", FindingKind.WRONG_LEVEL, "cannot go through invoices", 14, None),
        ("overdue > 5", FindingKind.CURRENCY_MISSING, "5 EUR, or 5 base", 1, None),
        ("overdue > 5 USD", FindingKind.CURRENCY_MISMATCH, "write 5 EUR, or 5 base", 1, None),
        ("any invoice (balance > 5 base)", FindingKind.CURRENCY_MISMATCH, "the converted amount", 14, None),
        ('overdue > "x"', FindingKind.WRONG_TYPE, "an amount with its currency", 1, None),
        ("last_email_date > 5", FindingKind.WRONG_TYPE, "a date", 1, None),
        ("overdue", FindingKind.WRONG_OPERATOR, "no question of yes or no", 1, None),
        ('finance_owner = "Ana"', FindingKind.WRONG_OPERATOR, "EXCLUDES, INCLUDES", 1, None),
        ("overdue in last 7 days", FindingKind.WRONG_OPERATOR, "cannot be compared", 1, None),
        ("overdue between 5 base and 3 base", FindingKind.EMPTY_RANGE, "the lower end comes first", 1, None),
        ('payment_risk = "hihg"', FindingKind.UNKNOWN_VALUE, "one of High, Medium, Low", 1, "High"),
        ("sum of disputed over invoices > 5", FindingKind.WRONG_TYPE, "cannot be added up", 1, None),
        ("sum of overdue over invoices > 5 base", FindingKind.WRONG_LEVEL, "a field of customers", 1, None),
        ("count of invoices is set", FindingKind.WRONG_OPERATOR, "a count cannot", 1, None),
        ("count of invoices > 5 USD", FindingKind.WRONG_TYPE, "a number", 1, None),
    ],
)
def test_what_cannot_be_used_is_told(text: str, kind: FindingKind, message: str, *, column: int, suggestion: str | None) -> None:
    [found] = check(text)
    assert (found.kind, found.place, found.suggestion, found.is_error) == (kind, Place(1, column), suggestion, True)
    assert message in found.message


DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("overdue > 20.000 EUR", "20.000 has more decimals than EUR: EUR has two decimals; if its point parts thousands, write 20000 EUR, without separators"),
        ("overdue > -1.500 base", "EUR has two decimals; if its point parts thousands, write -1500 base"),
        ("any invoice (balance between 1 EUR and 2.000 EUR)", "write 2000 EUR"),
        ("sum of balance over invoices > 1.234 EUR", "write 1234 EUR"),
        ("any invoice (balance > 500.00 JPY)", "500.00 has more decimals than JPY: JPY has no decimals"),
        ("any invoice (balance > 5.0001 KWD)", "KWD has three decimals"),
    ],
)
def test_an_amount_finer_than_its_currency_is_refused_in_either_face(text: str, message: str) -> None:
    for rule in (parse_rule(text), from_document(to_document(parse_rule(text)))):
        [found] = check_rule(rule, CATALOGUE, level=Level.CUSTOMER, base_currency="EUR", currencies=DECIMALS)
        assert (found.kind, found.is_error) == (FindingKind.TOO_MANY_DECIMALS, True)
        assert message in found.message


@pytest.mark.parametrize("text", ["overdue > 20.00 EUR", "overdue > 0.5 base", "any invoice (balance > 1.234 KWD)", "any invoice (balance > 500 JPY)"])
def test_an_amount_as_fine_as_its_currency_passes(text: str) -> None:
    assert check_rule(parse_rule(text), CATALOGUE, level=Level.CUSTOMER, base_currency="EUR", currencies=DECIMALS) == []


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("overdue > 5 base and overdue < 3 base", FindingKind.NEVER_TRUE, "overdue > 5 base and overdue < 3 base"),
        ("overdue_invoice_count > 5 and overdue_invoice_count is not set", FindingKind.NEVER_TRUE, None),
        ("overdue > 5 base and not overdue > 5 base", FindingKind.NEVER_TRUE, None),
        ("overdue is set or overdue is not set", FindingKind.ALWAYS_TRUE, None),
        ("not (overdue > 5 base and overdue < 3 base)", FindingKind.ALWAYS_TRUE, None),
        ("overdue > 5 base or overdue > 9 base", FindingKind.SHADOWED, "overdue > 9 base"),
        ("overdue > 5 base and overdue > 9 base", FindingKind.SHADOWED, "overdue > 5 base"),
        ("any invoice (disputed) or any invoice (disputed)", FindingKind.SHADOWED, "any invoice (disputed)"),
        ("any invoice (days_past_due > 5 and days_past_due < 2)", FindingKind.NEVER_TRUE, "days_past_due > 5 and days_past_due < 2"),
        ('payment_risk = "High" and payment_risk = "Low"', FindingKind.NEVER_TRUE, None),
        ("last_email_date < today - 30d", FindingKind.MISSING_IS_FALSE, None),
    ],
)
def test_what_is_hardly_meant_is_told(text: str, kind: FindingKind, part: str | None) -> None:
    found = check(text)
    assert [(one.kind, one.part, one.is_error) for one in found] == [(kind, part or text, False)]


@pytest.mark.parametrize(
    "text",
    [
        "overdue > 5 base or overdue <= 5 base",
        "overdue > 5 base and outstanding < 3 base",
        'finance_owner includes ("A") and finance_owner includes ("B")',
        'payment_risk excludes ("High") or payment_risk includes ("High")',
        "overdue >= 5 base and overdue <= 5 base",
        "overdue_invoice_count > 1 and overdue_invoice_count < 2",
        "overdue > 100000000000000000000000000000 base",
        "overdue > 1.00000000000000000000000000001 base and overdue < 1.00000000000000000000000000002 base",
        'location != "\\u0000"',
        'location = "\\u0000" or location is not set',
    ],
)
def test_what_may_be_is_not_doubted(text: str) -> None:
    """Not even that a count is whole: nothing is said of what would need more than the rule."""
    assert check(text) == []


@pytest.mark.parametrize("text", ['a > "a" and a < "b"', 'a includes ("5") and not a includes (5)', "a includes (5 USD) and not a includes (5 EUR)"])
def test_nothing_false_is_said_of_what_no_field_allows(text: str) -> None:
    assert list(reason(parse_rule(text))) == []


def of_nine(number: int, *, word: str) -> str:
    """One of the 512 ways in which nine questions can be answered."""
    return "(" + f" {word} ".join(f"{'' if number >> at & 1 else 'not '}count of invoices>{at}" for at in range(9)) + ")"


def points_of(number: int) -> str:
    return "(" + " and ".join(f"overdue>{number * 12 + at} base" for at in range(9)) + ")"


LARGE = {
    "answers": " or ".join(of_nine(511 - number, word="and") for number in range(34)),
    "choices": " and ".join(of_nine(number, word="or") for number in range(25)),
    "points": " or ".join(points_of(number) for number in range(40)),
    "nested": "not (" * 18 + " and ".join(f"overdue>{number} base" for number in range(400)) + ")" * 18,
    "values": "payment_risk includes (" + ", ".join(f'"hig{number}"' for number in range(480)) + ")",
    "fields": " and ".join(f"overdu_{number}" for number in range(480)),
    "totals": "count of invoices (" + " or ".join(["disputed"] * 240) + ") includes (" + ", ".join(["1 USD"] * 250) + ")",
}
MOST_CALLS = 1_000_000


@pytest.mark.parametrize("name", LARGE)
def test_no_rule_within_the_limits_keeps_a_process_busy(name: str) -> None:
    """Counted in calls, which are the same on every machine."""
    rule, calls = parse_rule(LARGE[name]), 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1
        assert calls < MOST_CALLS

    sys.setprofile(count)
    try:
        found = check_rule(rule, CATALOGUE, level=Level.CUSTOMER, base_currency="EUR")
    finally:
        sys.setprofile(None)
    assert len(found) <= MOST_FINDINGS
    assert calls


def test_beyond_the_budget_nothing_more_is_said() -> None:
    rule = parse_rule("(overdue > 5 base and overdue < 3 base or a) and (b or b)")
    everything = list(reason(rule))
    assert [found.kind for found in everything] == [FindingKind.NEVER_TRUE, FindingKind.SHADOWED]
    said = [list(reason(rule, trials=Trials(most))) for most in range(0, 1_000, 10)]
    assert all(found == everything[: len(found)] for found in said)
    assert sorted({len(found) for found in said}) == [0, 1, 2]


def test_a_large_rule_spends_the_whole_budget_and_no_more() -> None:
    trials = Trials()
    assert list(reason(parse_rule(LARGE["answers"]), trials=trials)) == []
    assert trials.left == 0


@settings(deadline=None)
@given(expressions)
def test_what_is_said_of_a_rule_is_turned_round_by_not(rule: Expression) -> None:
    opposite = {FindingKind.NEVER_TRUE: FindingKind.ALWAYS_TRUE, FindingKind.ALWAYS_TRUE: FindingKind.NEVER_TRUE}
    whole = [found.kind for found in reason(rule) if found.kind in opposite and found.part == write_rule(rule)]
    turned = [found.kind for found in reason(Not(rule)) if found.kind in opposite and found.part == write_rule(Not(rule))]
    assert turned[:1] == [opposite[kind] for kind in whole[:1]] or rule == ALWAYS


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("overdue > 5 base and overdue < 3 base", []),
        ("zzz > 5 and overdue > 5", [FindingKind.UNKNOWN_FIELD, FindingKind.CURRENCY_MISSING]),
    ],
    ids=["what is only strange is no error", "errors in their order"],
)
def test_errors_are_found_alone(text: str, errors: list[FindingKind]) -> None:
    assert check(text) != []
    assert [found.kind for found in rule_errors(parse_rule(text), CATALOGUE, level=Level.CUSTOMER, base_currency="EUR")] == errors
