"""What schemathesis is told of this API. It runs in an environment of its own (`judges/requirements.lock`), so nothing of the hub is imported here.

Left to itself it sends hardly anything that is answered: page sizes of nine digits, ids and cursors that never were. Here most of those
are led to what exists, and the rest stay as they came. What became of each case is counted and written to the file DUNWELL_FUZZ_REPORT;
DUNWELL_FUZZ_IDS names a file with ids of the hub, by type.
"""

import atexit
import json
import os
import threading
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_SEEDS: dict[str, list[str]] = json.loads(Path(os.environ["DUNWELL_FUZZ_IDS"]).read_text(encoding="utf-8"))
_ALL_IDS = sorted(key for keys in _SEEDS.values() for key in keys)
_TEXTS = ("books", "crm", "gateway", "cus-000050", "inv-000042", "a", "GmbH")
_RULES = (
    "overdue > 0 base",
    'any invoice (days_past_due > 30 and not disputed) or payment_risk includes ("HIGH")',
    "balance > 5 EUR and due_date in last 30 days",
    'count of attempts (attempt_status includes ("FAILURE")) >= 2',
    "sum of balance over invoices (paid = no) between 5 EUR and 500 EUR",
    'monthly_dso > 30 or customer_city = "Köln"',
    "overdue >",
)
_FIELDS = ("overdue", "balance", "days_past_due", "finance_owner", "last_email_date", "disputed", "overdue_percent", "attempt_date", "nothing")
_RULE_FIELDS = {"rule": _RULES, "text": _RULES, "field": _FIELDS, "relation": ("invoice", "payment", "attempt")}
"""Texts in objects, by the name of the field: those of rules."""

_LARGEST_PAGE = 20
_PLACES = {"first", "after", "last", "before"}

_counts: Counter[str] = Counter()
_messages: Counter[str] = Counter()
_failures: list[dict[str, Any]] = []
_counting = threading.Lock()


# --- values of our scalars ------------------------------------------------------------------------

schemathesis.graphql.scalar("Date", st.dates().map(lambda day: nodes.String(day.isoformat())))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda instant: nodes.String(f"{instant.isoformat()}Z")))
schemathesis.graphql.scalar("Decimal", st.decimals(allow_nan=False, allow_infinity=False).map(nodes.String))
schemathesis.graphql.scalar("CurrencyCode", st.sampled_from(["EUR", "USD", "JPY", "KWD", "XXX", "eur", ""]).map(nodes.String))
schemathesis.graphql.scalar("URL", st.sampled_from(["https://example.org/", "x", ""]).map(nodes.String))
schemathesis.graphql.scalar("JSON", st.text().map(nodes.String))


# --- leading values to what exists ----------------------------------------------------------------


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Lead three of four values of an operation to what exists; by the values themselves, so that a seed gives the same cases again."""
    schema = context.operation.schema.client_schema
    info = graphql.TypeInfo(schema)
    return graphql.visit(body, graphql.TypeInfoVisitor(info, _Leading(info)))


class _Leading(graphql.Visitor):
    """Page sizes that are small, one direction of paging, no invented cursors, ids and texts that are there."""

    def __init__(self, info: graphql.TypeInfo) -> None:
        super().__init__()
        self._info = info

    def enter_field(self, node: graphql.FieldNode, *_: Any) -> graphql.FieldNode | None:
        places = [argument for argument in node.arguments if argument.name.value in _PLACES]
        if not places or _is_spared(graphql.print_ast(node)):
            return None
        backwards = any(argument.name.value == "last" for argument in places) and _hash(graphql.print_ast(node)) % 2 == 0
        kept = "last" if backwards else "first"
        arguments = tuple(argument for argument in node.arguments if argument.name.value not in _PLACES or argument.name.value == kept)
        return graphql.FieldNode(alias=node.alias, name=node.name, arguments=arguments, directives=node.directives, selection_set=node.selection_set)

    def enter_argument(self, node: graphql.ArgumentNode, *_: Any) -> graphql.ArgumentNode | None:
        if node.name.value not in _PLACES or not isinstance(node.value, graphql.IntValueNode) or _is_spared(node.value.value):
            return None
        return graphql.ArgumentNode(name=node.name, value=nodes.Int(abs(int(node.value.value)) % _LARGEST_PAGE))

    def enter_object_field(self, node: graphql.ObjectFieldNode, *_: Any) -> graphql.ObjectFieldNode | None:
        texts = _RULE_FIELDS.get(node.name.value)
        if texts is None or not isinstance(node.value, graphql.StringValueNode) or _is_spared(node.value.value):
            return None
        return graphql.ObjectFieldNode(name=node.name, value=_picked(texts, node.value.value))

    def enter_string_value(self, node: graphql.StringValueNode, *_: Any) -> graphql.StringValueNode | None:
        wanted = graphql.get_named_type(self._info.get_input_type())
        if wanted is None or _is_spared(node.value):
            return None
        if wanted.name == "ID":
            return _picked(self._ids(), node.value)
        return _picked(_TEXTS, node.value) if wanted.name == "String" else None

    def _ids(self) -> list[str]:
        kind = graphql.get_named_type(self._info.get_type())
        return _SEEDS.get(kind.name if kind is not None else "") or _ALL_IDS


def _picked(values: Any, given: str) -> graphql.StringValueNode | None:
    return nodes.String(values[_hash(given) // 4 % len(values)]) if values else None


def _is_spared(text: str) -> bool:
    """Whether a value stays as it came."""
    return _hash(text) % 4 == 0


def _hash(text: str) -> int:
    return zlib.crc32(f"led {text}".encode("utf-8", "surrogatepass"))


# --- judging --------------------------------------------------------------------------------------


@schemathesis.check
def no_internal_error(_context: Any, response: Any, case: Any) -> None:
    """Every answer is JSON, none has a status of 500 or more, and no error is the hub's own fault."""
    try:
        errors = response.json().get("errors") or []
        codes = [error.get("extensions", {}).get("code") for error in errors]
    except (ValueError, AttributeError):
        errors, codes = [], ["NO_JSON"]
    is_internal = response.status_code >= 500 or any(code in {None, "INTERNAL_SERVER_ERROR", "NO_JSON"} for code in codes)
    with _counting:
        _counts["cases"] += 1
        _counts[f"status {response.status_code}"] += 1
        _counts[f"refused {codes[0]}" if codes else "answered"] += 1
        _messages.update([error["message"][:80] for error in errors[:1]])
        if is_internal:
            _counts["internal"] += 1
            _failures.append({"query": str(case.body), "status": response.status_code, "answer": response.text[:2_000]})
    assert not is_internal, f"an internal error: {response.status_code} {codes}"


@atexit.register
def _write_report() -> None:
    report = {"counts": dict(sorted(_counts.items())), "messages": _messages.most_common(40), "failures": _failures}
    Path(os.environ["DUNWELL_FUZZ_REPORT"]).write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
