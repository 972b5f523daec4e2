"""The input types that are not about one type of row: an operator input for each scalar and enum, money, order directions."""

from collections.abc import Mapping

from schema.generation import TypeNames, make_enum, make_input
from schema.plan.mapping import Argument, RowType
from schema.plan.where import AND, NOT, OR

_NULLS = "Rows without a value never match, in `ne` and `notIn` neither."


def add_operator_inputs(names: TypeNames, enums: tuple[str, ...]) -> None:
    """`StringFilter`, `DateFilter` and so on: the comparisons of each scalar and enum."""
    ordered = ("Int", "Date", "DateTime", "Decimal")
    for scalar in ordered:
        make_input(names, f"{scalar}Filter", f"Comparisons of a {scalar}; all that are given must hold. {_NULLS}", _equality(scalar) | _comparison(scalar))
    for name in (*enums, "CurrencyCode"):
        make_input(names, f"{name}Filter", f"Comparisons of a {name}; all that are given must hold. {_NULLS}", _equality(name))
    text = _equality("String") | {
        "contains": Argument("String", "Has this text in it, in upper or lower case."),
        "startsWith": Argument("String", "Starts with this text, in upper or lower case."),
    }
    make_input(names, "StringFilter", f"Comparisons of a text; all that are given must hold. {_NULLS}", text)
    make_input(names, "URLFilter", f"Comparisons of an address; all that are given must hold. {_NULLS}", _equality("URL"))
    make_input(names, "BooleanFilter", f"Comparisons of a yes or no; all that are given must hold. {_NULLS}", _only(_equality("Boolean"), "eq", "ne", "isNull"))
    make_input(names, "IdFilter", "Comparisons of an id; all that are given must hold.", _only(_equality("ID"), "eq", "ne", "in", "notIn"))
    _add_money(names)


def _add_money(names: TypeNames) -> None:
    make_input(
        names,
        "MoneyInput",
        "An exact amount of one currency.",
        {
            "amount": Argument("Decimal!", "The amount in major units, with no more decimals than the currency has."),
            "currency": Argument("CurrencyCode!", "The currency."),
        },
    )
    comparisons = _only(_equality("MoneyInput") | _comparison("MoneyInput"), "eq", "ne", "lt", "lte", "gt", "gte", "isNull")
    meaning = "Comparisons of an amount; all that are given must hold. Only amounts of the currency asked for match; figures have the workspace currency only."
    make_input(names, "MoneyFilter", meaning, comparisons)


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
    make_enum(names, "OrderDirection", "Which way a list is ordered.", {"ASC": "Least first.", "DESC": "Greatest first."})
    make_enum(names, "NullsOrder", "Where rows without a value go.", {"FIRST": "Before all others.", "LAST": "After all others."})


def add_list_inputs(names: TypeNames, row_type: RowType) -> None:
    """`<Type>Where` and, for a type that has orders, `<Type>Order`."""
    where = f"{row_type.name}Where"
    entries = {
        AND: Argument(f"[{where}!]", "All of these must hold."),
        OR: Argument(f"[{where}!]", "One of these must hold; none does of an empty list."),
        NOT: Argument(where, "This must not hold; a comparison with a missing value does not."),
    }
    entries |= {name: Argument(found.input_type, found.description) for name, found in row_type.all_filters().items()}
    make_input(names, where, f"Conditions on a {row_type.name}; all that are given must hold.", entries)
    orders = row_type.all_orders()
    if orders:
        make_enum(
            names,
            f"{row_type.name}OrderField",
            f"What a list of {row_type.name} can be ordered by.",
            {name: order.description for name, order in orders.items()},
        )
        make_input(names, f"{row_type.name}Order", f"One key of the order of a list of {row_type.name}.", _order_entries(row_type))


def _order_entries(row_type: RowType) -> dict[str, Argument]:
    return {
        "field": Argument(f"{row_type.name}OrderField!", "What to order by."),
        "direction": Argument("OrderDirection!", "Which way.", "ASC"),
        "nulls": Argument("NullsOrder!", "Where rows without a value go.", "LAST"),
    }


def list_arguments(row_type: RowType) -> dict[str, Argument]:
    """The arguments of a list of a type beside those of paging."""
    found = {"where": Argument(f"{row_type.name}Where", "Which rows; without it all.")}
    if row_type.all_orders():
        found["orderBy"] = Argument(
            f"[{row_type.name}Order!]", "The keys of the order, the first one first; ties are broken by id. Without it the type's own order."
        )
    return found
