"""`dunwell rules`: what rules can ask about, and whether one says what was meant."""

from typing import Annotated, NoReturn

import typer

from hub.app import start_book
from hub.cli.opening import SETTINGS_FILE, AsJson, ExitCode, SettingsPath, settings_of
from hub.cli.output import print_json, print_table, print_text, say, words
from hub.cli.rule_results import About, evaluate, explain
from hub.clock import SystemClock
from hub.plugins.host import load_plugins
from hub.vocabulary import RuleLevel
from rules.document import to_document
from rules.errors import RuleError, RuleSyntaxError
from rules.fields import Field, Level
from rules.findings import Finding
from rules.model import Place
from rules.parsing import parse_rule
from rules.writing import write_rule

app = typer.Typer(no_args_is_help=True, help="Rules: what they can ask about, whether one can be used, for whom it holds, and why.")
app.command("eval")(evaluate)
app.command("explain")(explain)


@app.command()
def fields(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List the fields that rules can ask about, those of plugins too."""
    with settings_of(settings) as loaded:
        found = list(load_plugins(loaded, SystemClock()).fields)
    if as_json:
        print_json([_field(field) for field in found])
        return
    rows = [(field.id, words(field.level), words(field.type), field.unit, field.told_meaning) for field in found]
    print_table("Fields of rules", ("Field", "About", "Type", "Unit", "Meaning"), rows)


@app.command()
def check(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The text of the rule, in quotes.")],
    *,
    about: About = RuleLevel.CUSTOMER,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Check the text of a rule: what is wrong, and what is hardly meant. A rule that cannot be used ends with exit code 2."""
    with settings_of(settings) as loaded:
        book = start_book(loaded, load_plugins(loaded, SystemClock()))
        try:
            expression = parse_rule(rule)
        except RuleError as error:
            _refuse(error, rule, as_json=as_json)
        findings = book.check(expression, Level[about.name])
    if as_json:
        print_json({"rule": write_rule(expression), "document": to_document(expression), "findings": [_document(found) for found in findings]})
    else:
        print_text(f"{write_rule(expression)}\n")
        for found in findings:
            say(_shown(found, rule))
    if any(found.is_error for found in findings):
        raise typer.Exit(ExitCode.BAD_REQUEST)


def _refuse(error: RuleError, rule: str, *, as_json: bool) -> NoReturn:
    place = Place(error.line, error.column or 1) if isinstance(error, RuleSyntaxError) and error.line is not None else None
    if as_json:
        print_json({"rule": None, "document": None, "findings": [{"kind": "SYNTAX", "message": str(error), "isError": True, **_place(place)}]})
    else:
        say(str(error) + _pointed(place, rule))
    raise typer.Exit(ExitCode.BAD_REQUEST)


def _shown(found: Finding, rule: str) -> str:
    where = "" if found.place is None else f"line {found.place.line}, column {found.place.column}: "
    return f"{where}{found.message}{_pointed(found.place, rule)}"


def _pointed(place: Place | None, rule: str) -> str:
    """The line of the rule with a mark below the place."""
    if place is None:
        return ""
    line = rule.split("\n")[place.line - 1]
    return f"\n    {line}\n    {' ' * (place.column - 1)}^"


def _place(place: Place | None) -> dict[str, int | None]:
    return {"line": None if place is None else place.line, "column": None if place is None else place.column}


def _document(found: Finding) -> dict[str, object]:
    told = {"kind": found.kind.value, "message": found.message, "isError": found.is_error, "part": found.part, "suggestion": found.suggestion}
    return {**told, **_place(found.place)}


def _field(field: Field) -> dict[str, object]:
    return {
        "id": field.id,
        "level": field.level.value,
        "type": field.type.value,
        "unit": field.unit,
        "operators": sorted(operator.value for operator in field.allowed_operators),
        "choices": field.choices,
        "meaning": field.told_meaning,
        "source": field.source,
    }
