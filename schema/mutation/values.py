"""Types of the API that only mutations have."""

from collections.abc import Sequence

import strawberry

from hub.commands.pushing import ShownResult
from hub.errors import InputProblem
from schema.enums import VOCABULARY
from schema.ids import encode_id


@strawberry.type(name="UserError", description="Something that was asked for and not done. Where a payload has several, all of them must be mended.")
class UserErrorValue:
    """Why something was not done."""

    field: list[str] | None = strawberry.field(
        description="The field of the input at fault, with the fields and positions down to it: `items`, `3`, `amount`; null: the input as a whole."
    )
    message: str = strawberry.field(description="What is wrong, for people.")
    code: str = strawberry.field(description="What is wrong, for programs.", graphql_type=VOCABULARY["UserErrorCode"])

    @staticmethod
    def of(problem: InputProblem) -> "UserErrorValue":
        """A refusal of a command."""
        return UserErrorValue(field=list(problem.path) or None, message=problem.message, code=problem.code.value)


@strawberry.type(name="PushResult", description="What became of one record that was pushed.")
class PushResultValue:
    """What became of one record."""

    index: int = strawberry.field(description="Its place in the input, from 0.")
    external_id: str | None = strawberry.field(description="Its id in your system; null: it has none.")
    outcome: str = strawberry.field(description="What became of it.", graphql_type=VOCABULARY["PushOutcome"])
    node_id: strawberry.ID | None = strawberry.field(
        description="The id of the object here, for `node`. Null: there is none, since it waits or never came, or nothing in this API stands for it."
    )

    @staticmethod
    def list_of(results: Sequence[ShownResult]) -> list["PushResultValue"]:
        """The results of a batch, in its order."""
        return [PushResultValue._of(index, result) for index, result in enumerate(results)]

    @staticmethod
    def _of(index: int, result: ShownResult) -> "PushResultValue":
        external_id, outcome, type_name, key = result
        node_id = None if type_name is None else strawberry.ID(encode_id(type_name, key))
        return PushResultValue(index=index, external_id=external_id, outcome=outcome, node_id=node_id)
