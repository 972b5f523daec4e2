"""Who may see what: every field of every type for every role, generated from the schema."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from graphql import GraphQLEnumType, GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type

from hub.access.policy import CONNECTION_READERS, FIGURES_READERS, RECORD_READERS, REJECTION_READERS
from hub.access.principal import Principal
from hub.model import Customer
from hub.vocabulary import Role
from schema.build import build_schema
from schema.executable import ExecutableSchema
from schema.http.answers import format_errors
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller
from schema.ids import encode_id
from schema.plan.declaring import column
from schema.plan.mapping import RowTypes
from schema.policy import POLICIES, UndeclaredPolicyError
from schema.rows.catalogue import ROW_TYPES
from schema.subscription.fields import Turn
from tests.schema.hub import Hub

# What a role may not even ask for, stated again: the types that need more than a token, and the fields that differ from their type.
RECORDS = frozenset(Role)
FIGURES = RECORDS - {Role.INTEGRATOR}
OPERATIONS = RECORDS - {Role.COLLECTOR}
IMPORTS = frozenset({Role.ADMIN, Role.FINANCE})
AUDIT = frozenset({Role.ADMIN, Role.AUDITOR})
EXPORT = frozenset({Role.ADMIN, Role.FINANCE, Role.AUDITOR})
OF_TYPE = {
    **dict.fromkeys(("RuleSet", "RuleSetVersion", "CustomerRuleMatch", "InvoiceRuleMatch", "RuleField", "RuleTemplate", "RuleSlot"), FIGURES),
    **dict.fromkeys(("RuleCheck", "RuleFinding", "RuleExplanation", "RulePart", "RuleValue", "RuleCount", "RuleRate", "RuleChange"), FIGURES),
    "CustomerHealth": FIGURES,
    "CustomerCurrencyHealth": FIGURES,
    "Receivables": FIGURES,
    "CurrencyReceivables": FIGURES,
    "AgeingBucket": FIGURES,
    "OutstandingMismatch": FIGURES,
    "Connector": OPERATIONS,
    "ConnectedSystem": OPERATIONS,
    "ConnectionHealth": OPERATIONS,
    "ConnectionNotice": OPERATIONS,
    "ConnectionTest": OPERATIONS,
    "StreamFreshness": OPERATIONS,
    "SourceField": OPERATIONS,
    "Feed": OPERATIONS,
    "SyncRun": OPERATIONS,
    "SyncScope": OPERATIONS,
    "FeedResult": OPERATIONS,
    "StreamCount": OPERATIONS,
    "SyncNotice": OPERATIONS,
    "JobRun": OPERATIONS,
    "Schedule": OPERATIONS,
    "RejectedRecord": OPERATIONS,
    "StagedUpload": IMPORTS,
    "FileImport": IMPORTS,
    "FileImportResult": IMPORTS,
    "FileImportChange": IMPORTS,
    "FileImportRejection": IMPORTS,
    "FileImportNotice": IMPORTS,
    "FileImportFigures": IMPORTS,
    "AbsentInvoice": IMPORTS,
    "ApiToken": AUDIT,
    "AuditEntry": AUDIT,
    "AuditValue": AUDIT,
    "AuditChange": AUDIT,
    "BulkOperation": EXPORT,
    "SyncRunEvent": OPERATIONS,
}
OF_FIELD = {
    "Query.receivables": FIGURES,
    "Query.mismatches": FIGURES,
    **dict.fromkeys((f"Query.rule{name}" for name in ("Fields", "Templates", "Check", "Explain", "Sets", "Set")), FIGURES),
    **dict.fromkeys((f"Query.ruleEvaluate{name}" for name in ("Customers", "Invoices", "CreditNotes")), FIGURES),
    "Customer.matchingRuleSets": FIGURES,
    "Invoice.matchingRuleSets": FIGURES,
    "Customer.health": FIGURES,
    "Customer.outstandingMismatch": FIGURES,
    "ExternalReference.connection": OPERATIONS,
    "FieldConflict.connection": OPERATIONS,
    "Query.connectors": OPERATIONS,
    "Query.connections": OPERATIONS,
    "Query.connection": OPERATIONS,
    "Query.connectionTest": OPERATIONS,
    "ConnectedSystem.options": AUDIT,
    "ConnectedSystem.secretNames": AUDIT,
    "Query.connectionNotices": OPERATIONS,
    "Query.syncRuns": OPERATIONS,
    "Query.syncRun": OPERATIONS,
    "Query.jobs": OPERATIONS,
    "Query.job": OPERATIONS,
    "Query.schedules": OPERATIONS,
    "Query.schedule": OPERATIONS,
    "Query.rejectedRecords": OPERATIONS,
    "Query.rejectedRecord": OPERATIONS,
    "Query.fileImports": IMPORTS,
    "Query.fileImport": IMPORTS,
    "Query.stagedUpload": IMPORTS,
    "Query.apiTokens": AUDIT,
    "Query.apiToken": AUDIT,
    "Query.auditLog": AUDIT,
    "Query.bulkOperations": EXPORT,
    "Query.bulkOperation": EXPORT,
    "EventSubscription.syncRunEvents": OPERATIONS,
    "ChangeEvent.runId": OPERATIONS,
}

ID = encode_id("Customer", 1)
MINIMAL = {"id": f'"{ID}"', "ids": f'["{ID}"]', "text": '"x"', "connection": '"x"', "externalId": '"x"', "rule": '{text: "always"}'}
"""The arguments without which a field cannot be asked for."""

Step = tuple[str, str]
Path = tuple[Step, ...]


def let_in(step: Step) -> frozenset[Role]:
    return OF_FIELD.get(".".join(step)) or OF_TYPE.get(step[0]) or RECORDS


def paths_to_fields(schema: GraphQLSchema) -> Iterator[Path]:
    """A shortest way from the query, or from the subscription, to every field of every object type."""
    assert schema.query_type is not None
    assert schema.subscription_type is not None
    roots = [schema.query_type, schema.subscription_type]
    known: dict[str, Path] = {root.name: () for root in roots}
    waiting = deque(roots)
    while waiting:
        kind = waiting.popleft()
        for name, field in kind.fields.items():
            path = (*known[kind.name], (kind.name, name))
            yield path
            target = _named_type(field)
            if isinstance(target, GraphQLObjectType) and target.name not in known:  # what `node` and `search` can find is reached in other ways too
                known[target.name] = path
                waiting.append(target)


def _named_type(field: Any) -> object:  # noqa: ANN401 - GraphQL core types a field's type by itself, without an end
    return cast("object", get_named_type(field.type))


def as_query(schema: GraphQLSchema, way: Path, *, parent: str, names: Iterable[str]) -> str:
    """An operation that asks for some fields of one type, at the end of a way."""
    text = " ".join(_selected(schema, (parent, name), "{ __typename }") for name in names)
    for place, step in reversed(list(enumerate(way))):
        text = _selected(schema, step, f"{{ ... on {way[place + 1][0] if place + 1 < len(way) else parent} {{ {text} }} }}")
    is_subscription = schema.subscription_type is not None and (way[0][0] if way else parent) == schema.subscription_type.name
    return f"{'subscription' if is_subscription else ''} {{ {text} }}"


def _selected(schema: GraphQLSchema, step: Step, inner: str) -> str:
    kind = schema.type_map[step[0]]
    assert isinstance(kind, GraphQLObjectType)
    field = kind.fields[step[1]]
    arguments = ", ".join(f"{key}: {MINIMAL[key]}" for key in field.args if key in MINIMAL)
    return f"{step[1]}{f'({arguments})' if arguments else ''} {inner if _is_composite(field) else ''}"


def _is_composite(field: GraphQLField) -> bool:
    named = _named_type(field)
    return isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)


def codes(hub: Hub, query: str, role: Role) -> list[str]:
    """The codes of the errors of a query, or of opening a subscription."""
    if not query.startswith("subscription"):
        return [error["extensions"]["code"] for error in hub.ask(query, role).errors]
    request, caller = GraphQLRequest(query), Caller(Principal("ada", role, 1), "request")
    checked = hub.operations.check(request, is_read_only=True)
    results = hub.operations.answer_turn(request, checked, caller, turn=Turn())
    told = [error["extensions"]["code"] for result in results for error in format_errors(result.errors or (), "request", at_most=5)]
    return [code for code in told if code != "NOT_FOUND"]  # nothing is there that could be named


@pytest.mark.parametrize("role", list(Role))
def test_every_field_is_open_to_the_right_roles_only(hub_schema_only: Hub, hub_schema: ExecutableSchema, role: Role) -> None:
    """What a role may see is asked for together, what it may not see field by field."""
    by_parent: dict[tuple[Path, str], list[str]] = {}
    for path in paths_to_fields(hub_schema.core):
        way, (parent, name) = path[:-1], path[-1]
        if all(role in let_in(step) for step in path):
            by_parent.setdefault((way, parent), []).append(name)
        elif all(role in let_in(step) for step in way):
            assert codes(hub_schema_only, as_query(hub_schema.core, way, parent=parent, names=[name]), role) == ["FORBIDDEN"], path
    for (way, parent), names in by_parent.items():
        asked = [[name] for name in names] if parent == "EventSubscription" else [names]  # a subscription has one root field
        for some in asked:
            assert codes(hub_schema_only, as_query(hub_schema.core, way, parent=parent, names=some), role) == [], (parent, some)


def test_every_type_is_reached(hub_schema: ExecutableSchema) -> None:
    """Those of mutations are in the matrix of `tests/schema/mutation/test_every_mutation.py`."""
    reached = {path[-1][0] for path in paths_to_fields(hub_schema.core)}
    types = {name for name, kind in hub_schema.core.type_map.items() if isinstance(kind, GraphQLObjectType) and not name.startswith("__")}
    assert reached == {name for name in types if not name.endswith("Payload")} - {"Mutation", "PushResult", "UserError"}


@pytest.mark.parametrize("role", list(Role))
def test_orders_by_figures_are_figures(hub_schema_only: Hub, hub_schema: ExecutableSchema, role: Role) -> None:
    orders = hub_schema.core.type_map["CustomerOrderField"]
    assert isinstance(orders, GraphQLEnumType)
    for name in orders.values:
        answer = hub_schema_only.ask(f"{{ customers(orderBy: [{{field: {name}}}]) {{ totalCount }} }}", role)
        is_forbidden = role is Role.INTEGRATOR and name not in {"NAME", "UPDATED_AT"}
        assert [error["extensions"]["code"] for error in answer.errors] == (["FORBIDDEN"] if is_forbidden else []), name


def test_a_forbidden_field_is_named_by_its_path(hub_schema_only: Hub) -> None:
    answer = hub_schema_only.ask("{ customers { nodes { h: health { outstanding { amount } } } } }", Role.INTEGRATOR)
    assert answer.error == {"code": "FORBIDDEN", "argument": ["customers", "nodes", "h"], "requestId": "request"}
    assert answer.data == {"customers": None}
    assert answer.statements == []


def test_a_forbidden_field_below_a_node_is_refused(hub: Hub) -> None:
    customer = encode_id("Customer", hub.customer("Acme"))
    query = "query($id: ID!) { node(id: $id) { id ... on Customer { health { asOf } } ... on ConnectedSystem { name } } }"
    assert hub.ask(query, Role.INTEGRATOR, id=customer).error["code"] == "FORBIDDEN"
    assert hub.ask(query, Role.COLLECTOR, id=customer).errors == []
    found = '{ search(text: "ac") { subject { ... on Customer { health { asOf } } } } }'
    assert hub.ask(found, Role.INTEGRATOR).error["code"] == "FORBIDDEN"


# --- the build ------------------------------------------------------------------------------------


def test_a_field_without_policy_stops_the_build() -> None:
    customer = ROW_TYPES["Customer"]
    careless = replace(customer, fields=dict(customer.fields) | {"secret": column(Customer.tax_id, "A field that somebody added.")})
    types = RowTypes(dict(ROW_TYPES.by_name) | {"Customer": careless}, ROW_TYPES.groups)
    with pytest.raises(UndeclaredPolicyError, match=r"Customer\.secret has no policy"):
        build_schema(types)


def test_a_filter_without_policy_stops_the_build() -> None:
    customer = ROW_TYPES["Customer"]
    careless = replace(customer, filters=dict(customer.filters) | {"secret": customer.filters["hasOpenInvoices"]})
    with pytest.raises(UndeclaredPolicyError, match=r"Customer\.secret has no policy"):
        build_schema(RowTypes(dict(ROW_TYPES.by_name) | {"Customer": careless}, ROW_TYPES.groups))


def test_a_policy_without_field_stops_the_build() -> None:
    customer = ROW_TYPES["Customer"]
    fields = {name: field for name, field in customer.fields.items() if name != "website"}
    with pytest.raises(UndeclaredPolicyError, match=r"Customer\.website has a policy but does not exist"):
        build_schema(RowTypes(dict(ROW_TYPES.by_name) | {"Customer": replace(customer, fields=fields)}, ROW_TYPES.groups))


def test_the_table_of_policies_agrees_with_the_roles() -> None:
    expected = {RECORD_READERS.name: RECORDS, FIGURES_READERS.name: FIGURES, CONNECTION_READERS.name: OPERATIONS, REJECTION_READERS.name: OPERATIONS}
    for type_name, fields in POLICIES.items():
        for name, policy in fields.items():
            if policy.name in expected:
                assert policy.roles == expected[policy.name], f"{type_name}.{name}"
