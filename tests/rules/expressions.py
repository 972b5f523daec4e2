"""Rules of every shape, at random: for properties that hold for all of them."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from rules.fields import Operator
from rules.model import ALWAYS, All, Any, Comparison, Expression, Not, Quantifier, Related, Total
from rules.values import BASE, MOST_DAYS, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window, WindowKind
from rules.words import NUMBER, PLURALS

decimals = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=3),
    st.from_regex(NUMBER, fullmatch=True).map(Decimal),
)
texts = st.one_of(st.text(st.characters(codec="utf-8"), max_size=12), st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Zs"]), max_size=3))
windows = st.one_of(
    st.just(Window(WindowKind.CURRENT_MONTH)), st.builds(Window, st.sampled_from([WindowKind.LAST_DAYS, WindowKind.NEXT_DAYS]), st.integers(0, MOST_DAYS))
)
values: st.SearchStrategy[Value] = st.one_of(
    st.builds(Amount, decimals, st.sampled_from(["USD", "EUR", "KWD", "ALL", BASE])),
    st.builds(Number, decimals),
    st.builds(Text, texts),
    st.builds(Flag, st.booleans()),
    st.builds(Day, st.dates(date(1000, 1, 1))),
    st.builds(RelativeDay, st.integers(-MOST_DAYS, MOST_DAYS)),
)
fields = st.sampled_from(["overdue", "ageing[1..30]", "ageing[91..]", "custom.region", "paid", "a1"])
relations = st.sampled_from(sorted(PLURALS))

_ONE = [Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.EQUAL, Operator.NOT_EQUAL]
comparings = st.one_of(
    st.tuples(st.sampled_from(_ONE), st.tuples(values)),
    st.tuples(st.just(Operator.BETWEEN), st.tuples(values, values)),
    st.tuples(st.sampled_from([Operator.INCLUDES, Operator.EXCLUDES]), st.lists(values, min_size=1, max_size=3).map(tuple)),
    st.tuples(st.sampled_from([Operator.IS_SET, Operator.IS_NOT_SET]), st.just(())),
    st.tuples(st.just(Operator.WITHIN), st.tuples(windows)),
)


def _comparison(field: str, comparing: tuple[Operator, tuple[Value, ...]]) -> Comparison:
    return Comparison(field, *comparing)


def _total(relation: str, field: str | None, condition: Expression | None, *, comparing: tuple[Operator, tuple[Value, ...]]) -> Total:
    return Total(relation, field, condition, *comparing)


comparisons = st.builds(_comparison, fields, comparings)


def _nested(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(All, several),
        st.builds(Any, several),
        st.builds(Not, parts),
        st.builds(Related, st.sampled_from(Quantifier), relations, parts),
        st.builds(_total, relations, st.none() | fields, st.none() | parts, comparing=comparings),
    )


expressions: st.SearchStrategy[Expression] = st.recursive(st.one_of(comparisons, st.just(ALWAYS)), _nested, max_leaves=12)
