"""The schema, built from the declarations: nothing is shared between two schemas but the declarations themselves."""

from collections.abc import Mapping
from dataclasses import replace

from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.types.union import StrawberryUnion

from schema.enums import VOCABULARY
from schema.executable import ExecutableSchema
from schema.generation import TypeNames, make_field, make_interface, make_object
from schema.inputs import add_list_inputs, add_operator_inputs, add_order_enums, list_arguments
from schema.mutation.building import add_mutations
from schema.mutation.catalogue import MUTATIONS
from schema.mutation.declaring import Mutation
from schema.plan.mapping import Field, GroupType, PageField, RowType, RowTypes
from schema.plan.paging import PAGE_ARGUMENTS
from schema.policy import require_policies
from schema.query.catalogue import ROOT_FIELDS, VALUE_TYPES
from schema.query.root import RootField
from schema.query.search import FIELDS, KINDS, SUBJECTS
from schema.resolvers import install_resolvers
from schema.rows.catalogue import ROW_TYPES
from schema.rule_types import add_rule_inputs
from schema.scalars import SCALARS
from schema.subscription.catalogue import EVENT_ENUMS, EVENT_TYPES, SUBSCRIPTION_FIELDS

_TOTAL_COST = 5


def build_schema(types: RowTypes = ROW_TYPES, roots: Mapping[str, RootField] = ROOT_FIELDS, mutations: Mapping[str, Mutation] = MUTATIONS) -> ExecutableSchema:
    """A fresh schema. Raises UndeclaredPolicyError when a field has no policy, and ValueError or KeyError for a faulty declaration."""
    names = TypeNames()
    for name, value_type in VALUE_TYPES.items():
        names.add(name, value_type)
    _add_inputs(names, types, roots)
    objects = _add_rows(names, types)
    _add_search(names)
    query = make_object("Query", "Everything that can be asked.", [make_field(names, name, root) for name, root in roots.items()])
    mutation = add_mutations(names, mutations)
    subscription = _subscription(names)
    config = StrawberryConfig(scalar_map=SCALARS, sort_schema=True, disable_field_suggestions=True)
    schema = ExecutableSchema(query=query, mutation=mutation, subscription=subscription, types=objects, config=config)
    require_policies(schema.core, types.by_name.values())
    install_resolvers(schema.core, types, roots, mutations=mutations)
    return schema


def _listed(types: RowTypes, roots: Mapping[str, RootField]) -> set[str]:
    """The types that stand in a connection somewhere."""
    nested = {field.target for row_type in types.by_name.values() for field in row_type.fields.values() if isinstance(field, PageField)}
    return nested | {root.type.removesuffix("Connection") for root in roots.values() if root.type.endswith("Connection")} & set(types.by_name)


def _add_inputs(names: TypeNames, types: RowTypes, roots: Mapping[str, RootField]) -> None:
    add_operator_inputs(names, tuple(VOCABULARY))
    add_order_enums(names)
    add_rule_inputs(names)
    filtered = _listed(types, roots) | {"CustomerHealth"}
    for name in sorted(filtered):
        add_list_inputs(names, types[name])
    for name in sorted(_listed(types, roots)):
        _add_connection(names, types[name])


def _add_rows(names: TypeNames, types: RowTypes) -> list[type]:
    node = make_interface(
        "Node", "An object with a global id.", [make_field(names, "id", Field(type="ID!", description="The global id: opaque, and the same for ever."))]
    )
    names.add("Node", node)
    made = {row_type.name: _object(names, row_type, node) for row_type in types.by_name.values()}
    made |= {group.name: _object(names, group, None) for group in types.groups.values()}
    for name, object_type in made.items():
        names.add(name, object_type)
    return list(made.values())


def _object(names: TypeNames, declared: RowType | GroupType, node: type | None) -> type:
    fields = [make_field(names, name, _with_list_arguments(field)) for name, field in declared.fields.items()]
    is_node = node is not None and isinstance(declared, RowType) and declared.is_node
    return make_object(declared.name, declared.description, fields, interfaces=(node,) if is_node and node else ())


def _with_list_arguments(field: Field) -> Field:
    if not isinstance(field, PageField):
        return field
    arguments = dict(PAGE_ARGUMENTS) | list_arguments(ROW_TYPES[field.target])
    return replace(field, arguments=arguments)


def _add_connection(names: TypeNames, row_type: RowType) -> None:
    name = row_type.name
    edge = {
        "node": Field(type=f"{name}!", description="The row."),
        "cursor": Field(type="String!", description="Where the row stands in this list."),
    }
    connection = {
        "edges": Field(type=f"[{name}Edge!]!", description="The rows of the page with their cursors."),
        "nodes": Field(type=f"[{name}!]!", description="The rows of the page."),
        "pageInfo": Field(type="PageInfo!", description="Where the page stands in the list."),
        "totalCount": Field(type="Int", description="How many rows the list has; counted only when it is asked for.", cost=_TOTAL_COST),
    }
    names.add(f"{name}Edge", make_object(f"{name}Edge", f"A {name} and its place in a list.", [make_field(names, key, field) for key, field in edge.items()]))
    made = make_object(f"{name}Connection", f"A page of a list of {name}.", [make_field(names, key, field) for key, field in connection.items()])
    names.add(f"{name}Connection", made)


def _add_search(names: TypeNames) -> None:
    names.add_enum("SearchField", FIELDS, description="What a search matched. More values may be added.")
    names.add_enum("SearchKind", KINDS, description="Where a search looks. More values may be added.")
    members = tuple(StrawberryAnnotation(names.known[name]) for name in SUBJECTS)
    names.add("SearchSubject", StrawberryUnion("SearchSubject", members, description="What a search can find. More types may be added."))
    hit = {
        "field": Field(type="SearchField!", description="What matched."),
        "text": Field(type="String!", description="The text that matched."),
        "subject": Field(type="SearchSubject!", description="What was found."),
    }
    names.add("SearchHit", make_object("SearchHit", "One thing that a search found.", [make_field(names, key, field) for key, field in hit.items()]))


def _subscription(names: TypeNames) -> type:
    for name, (description, members) in EVENT_ENUMS.items():
        names.add_enum(name, members, description=description)
    for name, (description, fields) in EVENT_TYPES.items():
        names.add(name, make_object(name, description, [make_field(names, key, field) for key, field in fields.items()]))
    return make_object(
        "EventSubscription", "Everything that can be listened to.", [make_field(names, name, field) for name, field in SUBSCRIPTION_FIELDS.items()]
    )
