"""The schema as others see it: its text, its descriptions, its conventions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    DirectiveDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    is_specified_scalar_type,
    parse,
)
from graphql import (
    build_schema as parse_schema,
)

from hub.plugins.hookspecs import hookimpl
from hub.vocabulary import Role
from schema.build import build_schema
from schema.executable import ExecutableSchema
from schema.plugin import GraphQLRoutes, hub_routes
from schema.query.catalogue import ROOT_FIELDS
from tests.schema.hub import Hub

SNAPSHOT = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_schema_is_the_committed_one(hub_schema: ExecutableSchema) -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == f"{hub_schema.as_str()}\n", "write it anew: dunwell schema > schema/schema.graphql"


def test_the_plugin_prints_the_committed_schema() -> None:
    [routes] = hub_routes()
    assert isinstance(routes, GraphQLRoutes)
    description = routes.describe()
    assert description.text == SNAPSHOT.read_text(encoding="utf-8")
    assert hookimpl is not None


def test_two_schemas_stand_side_by_side(hub_schema: ExecutableSchema) -> None:
    assert build_schema().as_str() == hub_schema.as_str()


def test_the_text_is_a_valid_schema() -> None:
    parse_schema(SNAPSHOT.read_text(encoding="utf-8"))


def undescribed(schema: ExecutableSchema) -> Iterator[str]:
    for name, kind in schema.core.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            yield name
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{value}" for value, found in kind.values.items() if not found.description)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field, found in kind.fields.items() if not found.description)
        if isinstance(kind, GraphQLObjectType):
            yield from (
                f"{name}.{field}({argument})" for field, found in kind.fields.items() for argument, given in found.args.items() if not given.description
            )


def test_everything_is_described(hub_schema: ExecutableSchema) -> None:
    assert list(undescribed(hub_schema)) == []


def test_every_directive_of_the_text_is_described() -> None:
    document = parse(SNAPSHOT.read_text(encoding="utf-8"))
    directives = [found for found in document.definitions if isinstance(found, DirectiveDefinitionNode)]
    assert [found.name.value for found in directives] == ["oneOf"]
    assert [found.name.value for found in directives if found.description is None] == []


def test_every_scalar_says_what_specifies_it(hub_schema: ExecutableSchema) -> None:
    own = {name: kind for name, kind in hub_schema.core.type_map.items() if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)}
    assert set(own) == {"CurrencyCode", "Date", "DateTime", "Decimal", "JSON", "URL"}
    assert all(kind.specified_by_url for kind in own.values())


def test_json_stands_for_what_sources_send_and_connectors_take_and_for_rules_only(hub_schema: ExecutableSchema) -> None:
    fields = [
        f"{name}.{field}"
        for name, kind in hub_schema.core.type_map.items()
        if isinstance(kind, GraphQLObjectType)
        for field, found in kind.fields.items()
        if "JSON" in str(found.type)
    ]
    assert sorted(fields) == ["ConnectedSystem.options", "RejectedRecord.raw", "RejectedRecord.record", "RuleCheck.document", "RuleSet.document"]


def test_root_fields_are_nullable_but_for_lists_of_nodes(hub_schema: ExecutableSchema) -> None:
    assert hub_schema.core.query_type is not None
    required = [name for name, field in hub_schema.core.query_type.fields.items() if isinstance(field.type, GraphQLNonNull)]
    assert required == ["nodes"]


def test_every_connection_has_the_four_arguments_of_relay(hub_schema: ExecutableSchema) -> None:
    for name, kind in hub_schema.core.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            for field, found in kind.fields.items():
                if str(found.type).rstrip("!").endswith("Connection"):
                    assert {"first", "after", "last", "before", "where"} <= set(found.args), f"{name}.{field}"


def test_suggestions_are_off(hub_schema_only: Hub) -> None:
    [error] = hub_schema_only.ask("{ custommers { totalCount } }").errors
    assert "customers" not in error["message"]


def test_every_root_field_answers_on_an_empty_hub(hub_schema_only: Hub) -> None:
    queries = {
        "viewer": "viewer { name role workspace { name baseCurrency timeZone businessDate } }",
        "connectors": "connectors { name title plugin kinds streams }",
        "receivables": "receivables { asOf complete outstanding { amount currency } ageing { label firstDay lastDay } }",
        "search": 'search(text: "a") { field }',
        "nodes": "nodes(ids: []) { id }",
        "node": 'node(id: "Q3VzdG9tZXI6MQ") { id }',
        "customerByExternalId": 'customerByExternalId(connection: "a", externalId: "b") { id }',
    }
    rule = 'rule: {text: "always"}'
    queries |= {
        "ruleFields": "ruleFields { id }",
        "ruleTemplates": "ruleTemplates { id }",
        "ruleCheck": f"ruleCheck({rule}) {{ isUsable matchCount }}",
        "ruleExplain": f'ruleExplain({rule}, id: "Q3VzdG9tZXI6MQ") {{ holds }}',
        **{name: f"{name}({rule}) {{ totalCount nodes {{ id }} }}" for name in ROOT_FIELDS if name.startswith("ruleEvaluate")},
    }
    for name, root in ROOT_FIELDS.items():
        lookup = f'{name}(id: "Q3VzdG9tZXI6MQ") {{ __typename }}' if "id" in root.arguments else f"{name} {{ totalCount nodes {{ __typename }} }}"
        hub_schema_only.data(f"{{ {queries.get(name, lookup)} }}")


@pytest.mark.parametrize("role", list(Role))
def test_the_viewer_is_who_asks(hub_schema_only: Hub, role: Role) -> None:
    viewer = hub_schema_only.data("{ viewer { name role workspace { name baseCurrency timeZone businessDate } } }", role)["viewer"]
    workspace = {"name": "Test", "baseCurrency": "EUR", "timeZone": "Europe/Berlin", "businessDate": "2026-03-31"}
    assert viewer == {"name": "ada", "role": role.value, "workspace": workspace}
