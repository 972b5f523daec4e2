"""`dunwell rules`: what can be asked, and whether a rule can be used."""

import pytest

from hub.cli.opening import ExitCode
from tests.console import Console


def test_fields_are_listed_with_their_meaning(console: Console) -> None:
    found = {field["id"]: field for field in console.run("rules", "fields", "--json").succeeded().document}
    assert found["overdue"]["type"] == "MONEY"
    assert "BETWEEN" in found["overdue"]["operators"]
    assert {"ageing[current]", "ageing[1..30]", "ageing[91..]"} <= found.keys()
    assert "overdue_invoice_count" in console.run("rules", "fields").succeeded().out


def test_a_rule_that_can_be_used_is_written_as_the_hub_writes_it(console: Console) -> None:
    answer = console.run("rules", "check", "overdue > 500 EUR AND overdue_invoice_count>2").succeeded()
    assert (answer.out, answer.err) == ("overdue > 500 EUR and overdue_invoice_count > 2\n", "")
    document = console.run("rules", "check", "--json", "overdue > 5 base").succeeded().document
    assert document["document"]["compare"]["values"] == [{"amount": {"value": "5", "currency": "base"}}]
    assert document["findings"] == []


@pytest.mark.parametrize(
    ("rule", "message", "column"),
    [("overdu > 5 EUR", "did you mean overdue?", 1), ("overdue >", "the rule ends here", 10), ("overdue > 5", "5 EUR, or 5 base", 1)],
)
def test_what_is_wrong_is_pointed_at(console: Console, rule: str, message: str, *, column: int) -> None:
    answer = console.run("rules", "check", rule)
    assert (answer.code, message in answer.err) == (ExitCode.BAD_REQUEST, True)
    assert answer.err.splitlines()[-2:] == [f"    {rule}", " " * (column + 3) + "^"]
    [found] = console.run("rules", "check", "--json", rule).document["findings"]
    assert (found["isError"], found["column"]) == (True, column)


def test_what_is_hardly_meant_is_told_and_can_be_used(console: Console) -> None:
    answer = console.run("rules", "check", "overdue > 5 base and overdue < 3 base").succeeded()
    assert "never true" in answer.err


def test_a_rule_about_invoices_may_ask_about_their_customers(console: Console) -> None:
    assert console.run("rules", "check", "--about", "invoice", "overdue > 5 base").succeeded().err == ""
