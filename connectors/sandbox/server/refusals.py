"""How the sandbox says no: a status and a JSON body with a word for programs and a sentence for people."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.server.objects import json_answer

_WORDS: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed"}


class SandboxRefusalError(Exception):
    """A request that is answered with `status` and `{"error": word, "message": ...}`; `facts` are added to the body."""

    def __init__(self, status: int, word: str, message: str, *, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.word = word
        self.facts = facts or {}


def bad_request(message: str, *, word: str = "bad_request") -> SandboxRefusalError:
    """The refusal of a parameter that cannot be used."""
    return SandboxRefusalError(400, word, message)


def not_found(object_id: str) -> SandboxRefusalError:
    """The refusal of an id that nothing has."""
    return SandboxRefusalError(404, "not_found", f"there is nothing with the id {object_id}")


async def answer_refusal(_request: Request, error: Exception) -> Response:
    """The answer that a refusal becomes, whether it comes from here or from the routing."""
    if isinstance(error, SandboxRefusalError):
        return json_answer({"error": error.word, "message": str(error), **error.facts}, status=error.status)
    if isinstance(error, HTTPException):
        return json_answer({"error": _WORDS.get(error.status_code, "bad_request"), "message": error.detail}, status=error.status_code)
    raise error
