"""Types of the API that only mutations have."""

import strawberry

from hub.errors import InputProblem
from schema.enums import VOCABULARY


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
