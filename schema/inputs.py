"""The input types that are not about one type of row: an operator input for each scalar and enum, money, order directions."""

from collections.abc import Mapping

from schema.generation import TypeNames
from schema.plan.mapping import Argument, RowType
from schema.plan.where import AND, NOT, OR

_NULLS = "Rows without a value never match, in `ne` and `notIn` neither."


def add_operator_inputs(names: TypeNames, enums: tuple[str, ...]) -> None:
    """`StringFilter`, `DateFilter` and so on: the comparisons of each scalar and enum."""
    ordered = ("Int", "Date", "DateTime", "Decimal")
    for scalar in ordered:
        names.add_input(
            f"{scalar}Filter", _equality(scalar) | _comparison(scalar), description=f"Comparisons of a {scalar}; all that are given must hold. {_NULLS}"
        )
    for name in (*enums, "CurrencyCode"):
        names.add_input(f"{name}Filter", _equality(name), description=f"Comparisons of a {name}; all that are given must hold. {_NULLS}")
    text = _equality("String") | {
        "contains": Argument("String", "Has this text in it, in upper or lower case."),
        "startsWith": Argument("String", "Starts with this text, in upper or lower case."),
    }
    names.add_input("StringFilter", text, description=f"Comparisons of a text; all that are given must hold. {_NULLS}")
    names.add_input("URLFilter", _equality("URL"), description=f"Comparisons of an address; all that are given must hold. {_NULLS}")
    yes_or_no = _only(_equality("Boolean"), "eq", "ne", "isNull")
    names.add_input("BooleanFilter", yes_or_no, description=f"Comparisons of a yes or no; all that are given must hold. {_NULLS}")
    names.add_input("IdFilter", _only(_equality("ID"), "eq", "ne", "in", "notIn"), description="Comparisons of an id; all that are given must hold.")
    _add_money(names)


def _add_money(names: TypeNames) -> None:
    amount = {
        "amount": Argument("Decimal!", "The amount in major units, with no more decimals than the currency has."),
        "currency": Argument("CurrencyCode!", "The currency."),
    }
    names.add_input("MoneyInput", amount, description="An exact amount of one currency.")
    comparisons = _only(_equality("MoneyInput") | _comparison("MoneyInput"), "eq", "ne", "lt", "lte", "gt", "gte", "isNull")
    meaning = "Comparisons of an amount; all that are given must hold. Only amounts of the currency asked for match; figures have the workspace currency only."
    names.add_input("MoneyFilter", comparisons, description=meaning)


def _equality(kind: str) -> dict[str, Argument]:
    return {
        "eq": Argument(kind, "Equal to this."),
        "ne": Argument(kind, "Not equal to this."),
        "in": Argument(f"[{kind}!]", "One of these."),
        "notIn": Argument(f"[{kind}!]", "None of these."),
        "isNull": Argument("Boolean", "Whether there is no value."),
    }


def _comparison(kind: str) -> dict[str, Argument]:
    return {
        "lt": Argument(kind, "Less than this."),
        "lte": Argument(kind, "Less than this, or equal."),
        "gt": Argument(kind, "Greater than this."),
        "gte": Argument(kind, "Greater than this, or equal."),
    }


def _only(entries: Mapping[str, Argument], *wanted: str) -> dict[str, Argument]:
    return {name: entries[name] for name in wanted}


def add_order_enums(names: TypeNames) -> None:
    """The two enums that every order uses."""
    names.add_enum("OrderDirection", {"ASC": "Least first.", "DESC": "Greatest first."}, description="Which way a list is ordered.")
    names.add_enum("NullsOrder", {"FIRST": "Before all others.", "LAST": "After all others."}, description="Where rows without a value go.")


def add_list_inputs(names: TypeNames, row_type: RowType) -> None:
    """`<Type>Where` and, for a type that has orders, `<Type>Order`."""
    where = f"{row_type.name}Where"
    entries = {
        AND: Argument(f"[{where}!]", "All of these must hold."),
        OR: Argument(f"[{where}!]", "One of these must hold; none does of an empty list."),
        NOT: Argument(where, "This must not hold; a comparison with a missing value does not."),
    }
    entries |= {name: Argument(found.input_type, found.description) for name, found in row_type.all_filters.items()}
    names.add_input(where, entries, description=f"Conditions on a {row_type.name}; all that are given must hold.")
    orders = row_type.all_orders
    if orders:
        members = {name: order.description for name, order in orders.items()}
        names.add_enum(f"{row_type.name}OrderField", members, description=f"What a list of {row_type.name} can be ordered by.")
        names.add_input(f"{row_type.name}Order", _order_entries(row_type), description=f"One key of the order of a list of {row_type.name}.")


def _order_entries(row_type: RowType) -> dict[str, Argument]:
    return {
        "field": Argument(f"{row_type.name}OrderField!", "What to order by."),
        "direction": Argument("OrderDirection!", "Which way.", "ASC"),
        "nulls": Argument("NullsOrder!", "Where rows without a value go.", "LAST"),
    }


def list_arguments(row_type: RowType) -> dict[str, Argument]:
    """The arguments of a list of a type beside those of paging."""
    found = {"where": Argument(f"{row_type.name}Where", "Which rows; without it all.")}
    if row_type.all_orders:
        found["orderBy"] = Argument(
            f"[{row_type.name}Order!]", "The keys of the order, the first one first; ties are broken by id. Without it the type's own order."
        )
    return found
