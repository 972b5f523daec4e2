"""Refusals as callers are told of them: each at the field of the command's own input."""

from collections.abc import Generator
from contextlib import contextmanager

from hub.errors import ConflictError, InputProblem, InputRefusedError, NotFoundError, RequestError
from hub.vocabulary import UserErrorCode


@contextmanager
def told_at(*path: str, **fields: str) -> Generator[None]:
    """Tell what refuses a step at the fields of the input.

    `fields` says which one each argument of the step is from; a refusal that names none of them is told at `path`. What names fields of the
    input already (InputRefusedError) stays as it is.
    """
    try:
        yield
    except InputRefusedError:
        raise
    except RequestError as error:
        named = fields.get(error.path[0]) if error.path else None
        error.path = path if named is None else (named,)
        raise


def problems_of(error: RequestError) -> tuple[InputProblem, ...]:
    """A refusal as what is told of it. Its path is that of the field below the input."""
    if isinstance(error, InputRefusedError):
        return error.problems
    if isinstance(error, NotFoundError):
        code = UserErrorCode.NOT_FOUND
    else:
        code = UserErrorCode.CONFLICT if isinstance(error, ConflictError) else UserErrorCode.INVALID
    return (InputProblem(error.path, str(error), code),)
