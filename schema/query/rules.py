"""The root fields about rules: what they can ask about, whether one can be used, for whom it holds, and why."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
import strawberry

from hub.errors import RequestError
from hub.evaluation.asking import read_rule, usable_rule
from hub.evaluation.evaluating import count_matches
from hub.evaluation.explaining import Explainer, Explanation, RuleSubject, is_scored, known_until
from hub.evaluation.reading import Reading as LeafReading
from hub.evaluation.reading import Value
from hub.evaluation.telling import told_change, told_score, told_value
from hub.evaluation.templates import TEMPLATES
from hub.evaluation.turning import Change
from hub.money import Money as Amount
from rules.document import to_document
from rules.errors import RuleSyntaxError
from rules.explaining import Explained
from rules.fields import Level
from rules.findings import Finding
from rules.model import Expression, Leaf, Related
from rules.writing import write_rule
from schema.ids import decode_id, encode_id
from schema.inputs import list_arguments
from schema.plan.filters import plain
from schema.plan.mapping import Argument, Scope
from schema.plan.paging import PAGE_ARGUMENTS
from schema.plan.rows import Fetched
from schema.query.root import Root, RootField
from schema.rows.catalogue import ROW_TYPES
from schema.rows.rule_filters import RULES_OF, holds
from schema.rule_types import SYNTAX
from schema.rule_values import (
    RuleChange,
    RuleCheck,
    RuleCount,
    RuleExplanation,
    RuleField,
    RuleFinding,
    RulePart,
    RuleRate,
    RuleSlot,
    RuleTemplate,
    RuleValue,
)
from schema.values import CurrencyCode, Money

_RULE = Argument("RuleInput!", "The rule.")
_LEVEL = Argument("RuleLevel!", "What the rule is about.", "CUSTOMER")
_AS_OF = Argument("Date", "The day on which it is to hold, by the facts of that day; what has no history is today's. Without it: today.")
_RELATED_TYPES = {"invoice": "Invoice", "payment": "Payment", "attempt": "PaymentAttempt"}


# --- the catalogue --------------------------------------------------------------------------------


def _fields(root: Root) -> list[RuleField]:
    wanted = plain(root.arguments.get("level"))
    return [
        RuleField(
            id=field.id,
            level=field.level.value,
            type=field.type.value,
            unit=field.unit,
            operators=sorted(operator.value for operator in field.allowed_operators),
            choices=None if field.choices is None else list(field.choices),
            meaning=field.told_meaning,
            is_ahead=field.is_ahead,
        )
        for field in root.rules.book.catalogue
        if wanted is None or field.level.value == wanted
    ]


def _templates(_root: Root) -> list[RuleTemplate]:
    return [
        RuleTemplate(
            id=found.id,
            title=found.title,
            level=found.level.value,
            sentence=found.sentence,
            text=found.text,
            rule=found.fill(),
            slots=[
                RuleSlot(name=slot.name, meaning=slot.meaning, value=slot.value, choices=None if slot.choices is None else list(slot.choices))
                for slot in found.slots
            ],
        )
        for found in TEMPLATES
    ]


# --- checking -------------------------------------------------------------------------------------


def _check(root: Root) -> RuleCheck:
    level = Level[plain(root.arguments["level"])]
    try:
        rule = read_rule(root.arguments["rule"], path=root.selected.argument_path("rule"))
    except RequestError as error:
        return RuleCheck(is_usable=False, text=None, document=None, findings=[_syntax(error)], match_count=None)
    findings = root.rules.book.check(rule, level)
    is_usable = not any(found.is_error for found in findings)
    counts = is_usable and any(child.name == "matchCount" for child in root.selected.children)
    if counts:
        root.rules.asked.add(rule, root.selected.argument_path("rule"))
    return RuleCheck(
        is_usable=is_usable,
        text=write_rule(rule),
        document=strawberry.scalars.JSON(to_document(rule)),
        findings=[_finding(found) for found in findings],
        match_count=_count(root, rule, level) if counts else None,
    )


def _count(root: Root, rule: Expression, level: Level) -> int:
    return count_matches(root.session.connection, [rule], root.rules.book.rows(level, root.reading().facts))[0]


def _usable(root: Root, level: Level) -> Expression:
    """The rule that is given. Raises RequestError where it cannot be used, or all rules of the operation together are too long."""
    path = root.selected.argument_path("rule")
    rule = usable_rule(root.rules.book, level, root.arguments["rule"], path=path)
    root.rules.asked.add(rule, path)
    return rule


def _syntax(error: RequestError) -> RuleFinding:
    cause = error.__cause__
    place = cause if isinstance(cause, RuleSyntaxError) else None
    return RuleFinding(
        kind=SYNTAX,
        message=str(error),
        is_error=True,
        part=None,
        line=None if place is None else place.line,
        column=None if place is None else place.column,
        suggestion=None,
    )


def _finding(found: Finding) -> RuleFinding:
    return RuleFinding(
        kind=found.kind.value,
        message=found.message,
        is_error=found.is_error,
        part=found.part,
        line=None if found.place is None else found.place.line,
        column=None if found.place is None else found.place.column,
        suggestion=found.suggestion,
    )


# --- evaluating -----------------------------------------------------------------------------------


def _evaluated(type_name: str, levels: tuple[Level, ...]) -> RootField:
    """A list of the rows for which a rule holds, to be filtered and ordered like any other list of its type."""

    def answer(root: Root) -> Fetched:
        level = Level[plain(root.arguments["level"])] if "level" in root.arguments else levels[0]
        rule = _usable(root, level)
        reading = root.reading(root.arguments.get("asOf"))
        return root.planner.page(root.selected, root.types[type_name], reading, also=lambda scope: holds(scope, rule, RULES_OF[type_name])).run(root.session)

    arguments = {"rule": _RULE, "asOf": _AS_OF} | dict(PAGE_ARGUMENTS) | list_arguments(ROW_TYPES[type_name])
    if len(levels) > 1:
        arguments["level"] = Argument("RuleLevel!", "What the rule is about: INVOICE or PAYMENT.", levels[0].value)
    what = {"Customer": "Customers", "Invoice": "Invoices and other debits", "CreditNote": "Credit notes"}[type_name]
    return RootField(type=f"{type_name}Connection", description=f"{what} for which a rule holds.", arguments=arguments, answer=answer, cost=20)


# --- explaining -----------------------------------------------------------------------------------


def _explain(root: Root) -> RuleExplanation | None:
    path = root.selected.argument_path("id")
    type_name, key = decode_id(root.arguments["id"], path)
    if type_name not in {"Customer", "Invoice"}:
        raise RequestError("A rule is explained for a customer or an invoice.", path=path)
    if not _may_see(root, type_name, key):
        return None
    level = Level.CUSTOMER if type_name == "Customer" else Level.INVOICE
    rule = _usable(root, level)
    explainer = Explainer(root.session.connection, root.rules.book, RuleSubject(level, key), root.reading(root.arguments.get("asOf")).basis)
    found = explainer.explain(rule)
    if found is None:
        return None
    looks = any(child.name == "changes" for child in root.selected.children)
    return RuleExplanation(
        holds=found.holds,
        as_of=found.as_of,
        parts=[_part(root, found, part, depth=depth) for depth, part in found.tree.with_depth()],
        rates=[RuleRate(currency=CurrencyCode(one.currency), rate=one.rate, rate_date=one.rate_date, rate_source=one.source) for one in found.rates],
        changes=[_change(change, holds=found.holds) for change in explainer.changes(found)] if looks else None,
    )


def _may_see(root: Root, type_name: str, key: int) -> bool:
    """Whether there is such a row that the caller may see."""
    scope = Scope(root.types[type_name], root.reading())
    found = sa.select(scope.key).select_from(scope.from_clause()).where(scope.key == key, root.planner.readable(scope))
    return root.session.connection.execute(found).first() is not None


def _part(root: Root, found: Explanation, part: Explained, *, depth: int) -> RulePart:
    expression = part.expression
    if not isinstance(expression, Leaf):
        return RulePart(depth=depth, text=write_rule(expression), holds=part.holds, field=None, value=None, counted=None, data_as_of=None, reasons=None)
    reading = found.readings[expression]
    return RulePart(
        depth=depth,
        text=write_rule(expression),
        holds=part.holds,
        field=None if isinstance(expression, Related) else expression.field,
        value=_value(reading.value),
        counted=_counted(reading),
        data_as_of=known_until(found, expression, root.rules.book),
        reasons=list(told_score(found.score)) if is_scored(expression, root.rules.book) else None,
    )


def _counted(reading: LeafReading) -> RuleCount | None:
    counted = reading.counted
    if counted is None:
        return None
    ids = [strawberry.ID(encode_id(_RELATED_TYPES[counted.relation], key)) for key in counted.keys]
    return RuleCount(relation=counted.relation, count=counted.count, holding=counted.holding, node_ids=ids)


def _value(value: Value) -> RuleValue | None:
    if value is None:
        return None
    return RuleValue(
        text=told_value(value),
        money=Money.exact(value.amount_minor, value.currency) if isinstance(value, Amount) else None,
        number=Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None,
        day=value if isinstance(value, date) else None,
        flag=value if isinstance(value, bool) else None,
        texts=list(value) if isinstance(value, tuple) else [value] if isinstance(value, str) else None,
    )


def _change(change: Change, *, holds: bool) -> RuleChange:
    return RuleChange(
        kind=change.kind.value,
        text=told_change(change, holds=holds),
        on=change.on,
        invoice_id=None if change.invoice_id is None else strawberry.ID(encode_id("Invoice", change.invoice_id)),
        amount=None if change.amount is None else Money.exact(change.amount.amount_minor, change.amount.currency),
        condition=change.condition,
    )


RULES: Mapping[str, RootField] = {
    "ruleFields": RootField(
        type="[RuleField!]",
        description="What rules can ask about, those of plugins too.",
        arguments={"level": Argument("RuleFieldLevel", "Only what is a property of this; without it everything.")},
        answer=_fields,
    ),
    "ruleTemplates": RootField(type="[RuleTemplate!]", description="Ready-made rules with slots.", answer=_templates),
    "ruleCheck": RootField(
        type="RuleCheck",
        description="Whether a rule can be used, what is strange about it, and for how many it holds right now.",
        arguments={"rule": _RULE, "level": _LEVEL},
        answer=_check,
        cost=20,
    ),
    "ruleEvaluateCustomers": _evaluated("Customer", (Level.CUSTOMER,)),
    "ruleEvaluateInvoices": _evaluated("Invoice", (Level.INVOICE, Level.PAYMENT)),
    "ruleEvaluateCreditNotes": _evaluated("CreditNote", (Level.INVOICE,)),
    "ruleExplain": RootField(
        type="RuleExplanation",
        description="Why a rule holds of a customer or an invoice, or does not, and what would turn it; null where there is none that you may see, "
        "and of what its source has deleted or another system shows: rules are not about these.",
        arguments={"rule": _RULE, "id": Argument("ID!", "The customer or invoice, by its id."), "asOf": _AS_OF},
        answer=_explain,
        cost=50,
    ),
}
