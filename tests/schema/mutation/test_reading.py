"""From an input to the arguments of a command, and to what the audit log tells of it."""

from decimal import Decimal
from typing import Any

import pytest

from hub.commands.command import CommandContext, Outcome
from hub.errors import InputRefusedError, RequestError
from hub.money import Money
from hub.vocabulary import Stream
from schema.build import build_schema
from schema.ids import encode_id
from schema.mutation.declaring import InputField, InputType, Mutation, RowId, id_input
from schema.mutation.reading import NO_ROW, ReadInput, read_input

ITEM = InputType(
    name="ItemInput",
    description="An item.",
    fields={
        "amount": InputField(type="MoneyInput!", description="How much."),
        "soldTo": InputField(type="ID", description="Whose.", row="Customer"),
        "secretWord": InputField(type="String", description="A secret.", is_secret=True),
    },
)


def sell(_context: CommandContext, *, sold_by: int, items: list[dict[str, Any]], all_of: list[int] | None = None, about: object = None) -> Outcome:
    """Nothing."""
    del sold_by, items, all_of, about
    return Outcome()


SALE = Mutation(
    description="Sells.",
    command=sell,
    input={
        "soldBy": id_input("Customer", "Who."),
        "items": InputField(type="[ItemInput!]!", description="Items.", of=ITEM, at_most=2),
        "allOf": InputField(type="[ID!]", description="All.", row="Invoice"),
        "about": InputField(type="ID", description="One.", any_row=("Customer", "Invoice")),
        "stream": InputField(type="Stream", description="Which."),
    },
)
ADA = encode_id("Customer", 7)
EUR = {"amount": Decimal("1.50"), "currency": "EUR"}


def read(**given: Any) -> ReadInput:  # noqa: ANN401 - an input
    return read_input(SALE, given, ("sale", "input"))


def refusal(**given: Any) -> tuple[tuple[str, ...], str]:  # noqa: ANN401 - the same
    with pytest.raises(InputRefusedError) as caught:
        read(**given)
    [problem] = caught.value.problems
    return problem.path, problem.code.value


def test_a_command_gets_values_of_the_hub_by_their_names_in_snake_case() -> None:
    found = read(soldBy=ADA, items=[{"amount": EUR, "soldTo": ADA}], about=encode_id("Invoice", 3), stream="PAYMENTS", reason="so", idempotencyKey="k")
    assert found.values == {
        "sold_by": 7,
        "items": [{"amount": Money(150, "EUR"), "sold_to": 7}],
        "about": RowId("Invoice", 3),
        "stream": Stream.PAYMENTS,
    }
    assert (found.key, found.reason) == ("k", "so")


def test_what_was_not_given_is_not_handed_over_and_null_is() -> None:
    assert read(soldBy=ADA, items=[], about=None).values == {"sold_by": 7, "items": [], "about": None}


def test_the_audit_log_is_told_what_was_written_but_no_secret() -> None:
    given = {"amount": EUR, "secretWord": "abracadabra"}
    found = read(soldBy=ADA, items=[given], idempotencyKey="k", reason="so").told
    assert found == {"soldBy": ADA, "items": [{"amount": EUR, "secretWord": "hidden"}]}


def test_what_cannot_be_taken_is_refused_at_its_field_below_the_input() -> None:
    assert refusal(items=[{"amount": EUR}, {"amount": EUR | {"amount": Decimal("1.234")}}]) == (("items", "1", "amount", "amount"), "INVALID")
    assert refusal(items=[{"amount": EUR | {"currency": "QQQ"}}]) == (("items", "0", "amount", "currency"), "INVALID")
    assert refusal(items=[{"amount": EUR | {"amount": Decimal("1e30")}}]) == (("items", "0", "amount", "amount"), "INVALID")
    assert refusal(items=[{"amount": EUR}] * 3) == (("items",), "INVALID")
    assert refusal(soldBy=encode_id("Invoice", 7)) == (("soldBy",), "NOT_FOUND")
    assert refusal(about=encode_id("Payment", 7)) == (("about",), "NOT_FOUND")


def test_an_id_of_another_type_among_several_leads_to_no_row() -> None:
    assert read(allOf=[encode_id("Invoice", 1), ADA]).values == {"all_of": [1, NO_ROW]}


@pytest.mark.parametrize("given", [{"soldBy": "nonsense"}, {"reason": "\x00"}], ids=["no id", "not storable"])
def test_what_no_client_should_send_is_an_error_of_the_request(given: dict[str, str]) -> None:
    with pytest.raises(RequestError) as caught:
        read(**given)
    assert not isinstance(caught.value, InputRefusedError)
    assert caught.value.path == ("sale", "input", *given)


def test_a_command_that_cannot_be_called_with_its_input_stops_the_build() -> None:
    with pytest.raises(ValueError, match="the command of sale takes no stream"):
        build_schema(mutations={"sale": SALE})
    missing = Mutation(description="Sells.", command=sell, input={"soldBy": InputField(type="ID", description="Who.", row="Customer")})
    with pytest.raises(ValueError, match="needs items and needs sold_by"):
        build_schema(mutations={"sale": missing})
