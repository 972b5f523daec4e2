"""hub/plugins/secrecy.py: a text is told without the secrets that stand in it."""

import pytest

from hub.errors import TransientSourceError
from hub.plugins.secrecy import hide_secrets, without_secrets


@pytest.mark.parametrize(
    ("text", "secrets", "told"),
    [
        ("key=abc123 and abc123", ["abc123"], "key=*** and ***"),
        ("?key=a%2Bb%20c&again=a%2Bb+c", ["a+b c"], "?key=***&again=***"),
        ("abc123-long", ["abc123", "abc123-long"], "***"),
        ("nothing of it", ["abc123"], "nothing of it"),
        ("a is in it", ["a", ""], "a is in it"),
    ],
    ids=["twice", "in an address", "one in another", "none", "too short to be one"],
)
def test_secrets_are_taken_out(text: str, secrets: list[str], told: str) -> None:
    assert without_secrets(text, secrets) == told


def test_what_an_error_holds_that_is_no_text_is_told_without_them_too() -> None:
    error = TransientSourceError(ValueError("?key=abc123"), connection="abc123-books")  # pyright: ignore[reportArgumentType] - as a careless connector does
    hide_secrets(error, ["abc123"])
    assert (str(error), error.connection) == ("?key=***", "abc123-books")
