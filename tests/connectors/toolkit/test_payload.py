"""A payload is read field by field: what is as agreed is taken exactly, everything else is refused with its field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.toolkit.payload import Payload, id_of, objects_of
from hub.plugins import RecordError, SourceContractError
from tests.connectors.toolkit.workbench import client_of


def payload(**values: Any) -> Payload:  # noqa: ANN401 - a payload holds anything
    return Payload(values, "inv-1")


@pytest.mark.parametrize(
    ("value", "reader", "arguments", "wanted"),
    [
        ("R-1", "text", [], "R-1"),
        (1001, "text", [], "1001"),
        (None, "text_or_none", [], None),
        ("", "text_or_none", [], ""),
        (7, "integer", [], 7),
        ("-7", "integer", [], -7),
        (None, "flag", [], False),
        (True, "flag", [], True),
        ("2026-02-28", "day", [], date(2026, 2, 28)),
        ("2026-11-22T10:00:00Z", "instant", [], datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00+02:00", "instant", [], datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("JPY", "currency", [], "JPY"),
        ("119.00", "amount", ["EUR"], 11900),
        ("1190", "amount", ["JPY"], 1190),
        ("11.900", "amount", ["KWD"], 11900),
        (Decimal("119.1"), "amount", ["EUR"], 11910),
        ("119.0000", "amount", ["EUR"], 11900),
        ("0.92000", "decimal", [], Decimal("0.92000")),
        ("open", "word", [{"open": 1}], 1),
        (["a"], "texts", [], ["a"]),
        (None, "texts", [], []),
        (None, "parts", [], []),
    ],
)
def test_a_value_as_agreed_is_taken(value: object, *, reader: str, arguments: list[Any], wanted: object) -> None:
    assert getattr(payload(x=value), reader)("x", *arguments) == wanted


@pytest.mark.parametrize(
    ("value", "reader", "arguments", "told"),
    [
        (None, "text", [], "it is missing"),
        (" ", "text", [], "it is empty"),
        (True, "text", [], "True is not a text"),
        (["R"], "text", [], "is not a text"),
        (None, "integer", [], "it is missing"),
        ("7.0", "integer", [], "is not a whole number"),
        (True, "integer", [], "is not a whole number"),
        ("true", "flag", [], "is not true or false"),
        ("2026-02-30", "day", [], "'2026-02-30' is not a date"),
        ("20260228", "day", [], "is not a date"),
        ("2026-W09-6", "day", [], "is not a date"),
        (20260228, "day", [], "is not a date"),
        ("2026-11-22T10:00:00", "instant", [], "is not an instant with its offset"),
        ("0001-01-01T00:00:00+14:00", "instant", [], "is not an instant"),
        ("XXX", "currency", [], "'XXX' is not a currency code"),
        (None, "currency", [], "it is missing"),
        ("12.345", "amount", ["EUR"], "'12.345' has more decimals than EUR has"),
        ("12,00", "amount", ["EUR"], "is not a decimal number"),
        ("1e99", "amount", ["EUR"], "is outside the range"),
        (["1"], "amount", ["EUR"], "is not a decimal"),
        ("NaN", "decimal", [], "is not a decimal"),
        ("gone", "word", [{"open": 1, "paid": 2}], "'gone' is not one of open, paid"),
        ([1], "texts", [], "is not a list of texts"),
        ("a", "parts", [], "is not a list"),
        (["a"], "parts", [], "is not a list of objects"),
        ([], "part", [], "is not an object"),
        ("9" * 500, "day", [], "…"),
    ],
)
def test_a_value_that_is_not_as_agreed_is_refused_with_its_field(value: object, *, reader: str, arguments: list[Any], told: str) -> None:
    with pytest.raises(RecordError) as caught:
        getattr(payload(x=value), reader)("x", *arguments)
    assert (caught.value.reference, caught.value.field) == ("inv-1", "x")
    assert told in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_part_within_an_object_says_where_it_stands() -> None:
    with pytest.raises(RecordError) as caught:
        [part.amount("amount", "EUR") for part in payload(lines=[{"amount": "1.00"}, {"amount": "x"}]).parts("lines")]
    assert caught.value.field == "lines[1].amount"
    with pytest.raises(RecordError) as caught:
        payload(address={"city": 1.5}).part("address").text_or_none("city")
    assert caught.value.field == "address.city"


@pytest.mark.parametrize(("value", "wanted"), [("a", "a"), (5, "5"), ("", None), (None, None), (True, None), (["a"], None)])
def test_an_id_is_a_text_or_a_number(value: object, wanted: str | None) -> None:
    assert id_of({"id": value}) == wanted


class TestLists:
    @pytest.mark.parametrize("document", [None, [], {}, {"items": None}, {"items": {}}, {"data": []}], ids=str)
    def test_an_answer_without_its_list_breaks_the_contract(self, document: object) -> None:
        with pytest.raises(SourceContractError, match="has no list 'items'"):
            objects_of(document, "items", client_of())

    def test_a_list_of_which_most_have_no_id_breaks_the_contract(self) -> None:
        with pytest.raises(SourceContractError, match="2 of 3 objects in 'items' have no id"):
            objects_of({"items": [{"id": "a"}, {"number": 1}, "b"]}, "items", client_of())

    def test_a_few_odd_objects_are_passed_on_to_be_refused(self) -> None:
        assert objects_of({"items": [{"id": "a"}, "b"]}, "items", client_of()) == [{"id": "a"}, {"item": "b"}]
        assert objects_of({"items": []}, "items", client_of()) == []
