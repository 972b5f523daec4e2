"""Fields keep their promises, and the catalogue finds each by its one name."""

import pytest

from rules.errors import DuplicateFieldError, RuleError, RuleSyntaxError, UnknownFieldError
from rules.fields import OPERATORS, Field, FieldCatalogue, FieldType, Level, Operator


def make_field(name: str, *, level: Level = Level.CUSTOMER, kind: FieldType = FieldType.MONEY, operators: frozenset[Operator] | None = None) -> Field:
    return Field(id=name, level=level, type=kind, meaning="A meaning.", source="customer_figures.overdue_minor", operators=operators)


class TestField:
    @pytest.mark.parametrize("name", ["overdue", "net_overdue", "ageing[1..30]", "ageing[91..]", "ageing[current]", "custom.region", "b2b"])
    def test_lower_case_words_are_an_id(self, name: str) -> None:
        assert make_field(name).id == name

    @pytest.mark.parametrize(
        "name", ["", "Overdue", "net-overdue", "_overdue", "overdue_", "net__overdue", "1st", "über", "a b", "ageing[]", "ageing[1-30]", "custom.", "a.b.c"]
    )
    def test_anything_else_is_no_id(self, name: str) -> None:
        with pytest.raises(ValueError, match="no field id"):
            make_field(name)

    @pytest.mark.parametrize(("meaning", "source"), [(" ", "customer.name"), ("A meaning.", "")])
    def test_a_field_tells_what_it_means_and_where_it_is(self, meaning: str, source: str) -> None:
        with pytest.raises(ValueError, match="meaning"):
            Field(id="name", level=Level.CUSTOMER, type=FieldType.TEXT, meaning=meaning, source=source)

    @pytest.mark.parametrize("kind", FieldType)
    def test_a_field_has_the_operators_of_its_type(self, kind: FieldType) -> None:
        assert make_field("x", kind=kind).allowed_operators == OPERATORS[kind]

    def test_a_field_may_allow_fewer_operators(self) -> None:
        assert make_field("x", operators=frozenset({Operator.EQUAL})).allowed_operators == {Operator.EQUAL}

    def test_a_field_may_not_allow_an_operator_that_its_type_lacks(self) -> None:
        with pytest.raises(ValueError, match="cannot have LESS"):
            make_field("x", kind=FieldType.BOOLEAN, operators=frozenset({Operator.LESS}))

    @pytest.mark.parametrize("kind", FieldType)
    def test_every_type_can_be_asked_whether_it_is_set(self, kind: FieldType) -> None:
        assert {Operator.IS_SET, Operator.IS_NOT_SET} <= OPERATORS[kind]

    @pytest.mark.parametrize("kind", [FieldType.MONEY, FieldType.WHOLE_NUMBER, FieldType.DECIMAL, FieldType.DATE])
    def test_numbers_and_dates_have_the_five_operators_of_a_rule(self, kind: FieldType) -> None:
        assert {Operator.LESS, Operator.GREATER, Operator.EQUAL, Operator.NOT_EQUAL, Operator.BETWEEN} <= OPERATORS[kind]


class TestCatalogue:
    def test_fields_are_sorted_by_id(self) -> None:
        assert [field.id for field in FieldCatalogue([make_field("b"), make_field("a")])] == ["a", "b"]

    def test_a_field_is_found_by_its_id(self) -> None:
        catalogue = FieldCatalogue([make_field("overdue")])
        assert catalogue.get("overdue").id == "overdue"
        assert "overdue" in catalogue
        assert "due" not in catalogue
        assert len(catalogue) == 1

    def test_two_fields_of_one_id_are_refused(self) -> None:
        with pytest.raises(DuplicateFieldError) as caught:
            FieldCatalogue([make_field("overdue"), make_field("overdue")])
        assert caught.value.field_id == "overdue"

    @pytest.mark.parametrize(("asked", "suggestion"), [("overdu", "overdue"), ("zzz", None)])
    def test_an_unknown_field_comes_with_the_nearest_known_one(self, asked: str, suggestion: str | None) -> None:
        with pytest.raises(UnknownFieldError) as caught:
            FieldCatalogue([make_field("overdue")]).get(asked)
        assert (caught.value.field_id, caught.value.suggestion) == (asked, suggestion)
        assert ("did you mean" in str(caught.value)) is (suggestion is not None)

    def test_fields_are_found_by_level(self) -> None:
        catalogue = FieldCatalogue([make_field("a"), make_field("b", level=Level.INVOICE)])
        assert [field.id for field in catalogue.at_level(Level.INVOICE)] == ["b"]
        assert catalogue.at_level(Level.PAYMENT) == ()


@pytest.mark.parametrize(
    "error",
    [
        RuleSyntaxError("unexpected '>'", line=1, column=3),
        UnknownFieldError("x"),
        DuplicateFieldError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_refusal_of_a_rule_is_a_rule_error_with_a_text(error: RuleError) -> None:
    assert isinstance(error, RuleError)
    assert str(error)
