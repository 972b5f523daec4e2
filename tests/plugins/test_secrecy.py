"""hub/plugins/secrecy.py: a text is told without the secrets that stand in it."""

import pytest

from hub.plugins.secrecy import without_secrets


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
