"""`dunwell rules`: what can be asked, and whether a rule can be used."""

import re

import pytest

from hub.cli.opening import ExitCode
from tests.cli.books import with_books
from tests.console import Console


def test_fields_are_listed_with_their_meaning(console: Console) -> None:
    found = {field["id"]: field for field in console.run("rules", "fields", "--json").succeeded().document}
    assert found["overdue"]["type"] == "MONEY"
    assert "BETWEEN" in found["overdue"]["operators"]
    assert {"ageing[current]", "ageing[1..30]", "ageing[91..]"} <= found.keys()
    assert "overdue_invoice_count" in console.run("rules", "fields").succeeded().out


def test_the_meanings_name_no_row_of_the_specification(console: Console) -> None:
    meanings = [field["meaning"] for field in console.run("rules", "fields", "--json").succeeded().document]
    assert [meaning for meaning in meanings if re.search(r"\([A-Z]{1,3}[0-9]", meaning)] == []
    assert "The amount due in the ageing bucket 1-30." in meanings


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


@pytest.mark.parametrize("command", ["receivables", "rules check always"])
def test_a_rule_of_risk_that_cannot_be_used_is_told_with_file_and_line(console: Console, command: str) -> None:
    settings = (console.folder / "plugins.toml").read_text(encoding="utf-8")
    console.write("plugins.toml", f"{settings}payment_risk.high = 'overdu > 3'\n")
    answer = console.run(*command.split())
    assert (answer.code, answer.out) == (ExitCode.BAD_SETTINGS, "")
    assert answer.err == "plugins.toml line 6, workspace.payment_risk.high: there is no field overdu; did you mean overdue?\n"


@pytest.fixture
def owing(console: Console) -> Console:
    """Ada owes 100.00 and 50.25, Bo 7.00; all of it was due long ago."""
    with_books(console).run("import", "books.csv", "--mapping", "books.toml").succeeded()
    return console


def test_those_are_listed_for_whom_a_rule_holds(owing: Console) -> None:
    found = owing.run("rules", "eval", "overdue > 100 EUR", "--json").succeeded().document
    assert (found["count"], [match["customer"] for match in found["matches"]]) == (1, ["Ada"])
    assert found["matches"][0]["overdue"] == "150.25"
    assert owing.run("rules", "eval", "overdue > 0 base").succeeded().out.startswith("2 customers: overdue > 0 base on ")
    found = owing.run("rules", "eval", "--about", "invoice", "overdue > 100 EUR and balance > 60 EUR", "--json").succeeded().document
    assert [(match["invoice"], match["balance"]) for match in found["matches"]] == [("A1", "100.00")]


def test_a_rule_holds_on_another_day(owing: Console) -> None:
    assert owing.run("rules", "eval", "overdue > 0 base", "--as-of", "2026-02-01", "--json").succeeded().document["count"] == 0
    assert owing.run("rules", "eval", "overdue > 0 base", "--as-of", "2026-02-02", "--json").succeeded().document["count"] == 1


def test_an_explanation_tells_each_value_and_what_would_turn_it(owing: Console) -> None:
    answer = owing.run("rules", "explain", "overdue > 100 EUR and overdue_invoice_count > 2", "C1").succeeded()
    assert answer.out.startswith("does not hold on ")
    assert "  yes  overdue > 100 EUR   (overdue is 150.25 EUR" in answer.out
    assert "  no   overdue_invoice_count > 2   (overdue_invoice_count is 2" in answer.out
    found = owing.run("rules", "explain", "--about", "invoice", "paid", "A3", "--json").succeeded().document
    assert (found["holds"], [part["value"] for part in found["parts"]]) == (False, ["no"])
    assert "PAYMENT" in [change["kind"] for change in found["changes"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("eval", "overdue >"), "line 1, column 10"),
        (("eval", "overdu > 5 EUR"), "did you mean overdue?"),
        (("explain", "overdue > 5 EUR", "Nobody"), "there is no customer 'Nobody'\n"),
        (("explain", "overdue > 5 EUR", "ad"), "there is no customer 'ad'; did you mean 'Ada'?"),
        (("explain", "overdue > 5 EUR", "Adda"), "there is no customer 'Adda'; did you mean 'Ada'?"),
        (("explain", "--about", "invoice", "balance > 5 EUR", "1"), "there is no invoice '1'; did you mean 'A1'"),
        (("eval", "days_past_due > 90"), "ask within `any invoice (…)`, or make it a rule about invoices (`--about invoice`)"),
        (("explain", "--about", "invoice", "balance > 5 EUR", "A9"), "there is no invoice 'A9'"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(owing: Console, arguments: tuple[str, ...], message: str) -> None:
    answer = owing.run("rules", *arguments)
    assert (answer.code, message in answer.err) == (ExitCode.BAD_REQUEST, True), answer.err


@pytest.mark.parametrize("command", [("eval",), ("explain",)])
def test_a_field_that_no_plugin_brings_is_an_error(console: Console, command: tuple[str]) -> None:
    answer = console.run("rules", *command, "not (branch_score > 5)", *(("Acme",) if command == ("explain",) else ()))
    assert (answer.code, answer.out) == (ExitCode.BAD_REQUEST, "")
    assert "there is no field branch_score" in answer.err


SCORER = """
from hub.plugins import PaymentRisk, RiskScore, hookimpl


class Scorer:
    name = "bureau"
    fields = ("overdue", "customer_name")

    def score(self, customers, *, as_of):
        return {one.id: RiskScore(PaymentRisk.HIGH, (f"{one.values['customer_name']} owes.", "For long.")) for one in customers if self.knows(one)}

    def knows(self, customer):
        return customer.values["overdue"].amount_minor > 100_00


@hookimpl
def hub_risk_scorers():
    return [Scorer()]
"""


def test_a_scorer_decides_the_payment_risk_and_says_why(on_each: Console) -> None:
    on_each.write("scorer.py", SCORER)
    settings = (on_each.folder / "plugins.toml").read_text()
    on_each.write("plugins.toml", f'{settings}payment_risk.scorer = "bureau"\n[[plugins]]\nmodule = "scorer.py"\n')
    with_books(on_each).run("import", "books.csv", "--mapping", "books.toml").succeeded()
    high = 'payment_risk includes ("HIGH")'
    assert [match["customer"] for match in on_each.run("rules", "eval", high, "--json").succeeded().document["matches"]] == ["Ada"]
    assert f"yes  {high}   (payment_risk is HIGH: Ada owes.; For long.)" in on_each.run("rules", "explain", high, "Ada").succeeded().out
    (part,) = on_each.run("rules", "explain", high, "Bo", "--json").succeeded().document["parts"]
    assert (part["value"], part["reasons"], part["dataAsOf"]) == ("none", ["The risk scorer 'bureau' left this customer out."], None)
    (overdue,) = on_each.run("rules", "explain", "overdue > 5 base", "Bo", "--json").succeeded().document["parts"]
    assert "reasons" not in overdue
    found = {one["check"]: one for one in on_each.run("doctor", "--json").succeeded().document}["payment risk"]
    told = "the scorer 'bureau': 1 known, 0 still to be asked about, 1 not known: The risk scorer 'bureau' left this customer out."
    assert (found["isWell"], found["text"]) == (None, told)
    assert on_each.run("plugins", "--json").succeeded().document["riskScorers"] == ["bureau"]


def test_a_scorer_that_no_plugin_brings_stops_the_start_at_its_place(console: Console) -> None:
    settings = (console.folder / "plugins.toml").read_text()
    console.write("plugins.toml", f'{settings}payment_risk.scorer = "bureau"\n')
    answer = console.run("receivables")
    assert answer.code == ExitCode.BAD_SETTINGS
    assert "plugins.toml line 6, workspace.payment_risk.scorer: no plugin brings the risk scorer 'bureau'; known: none." in answer.err
