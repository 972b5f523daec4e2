"""The root of the vocabularies."""

from enum import StrEnum


class Named(StrEnum):
    """Members whose value is their own name, so that stored, printed and API forms are one."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:  # noqa: ARG004, PLR0917 - the signature is enum's
        return name

    stored: str
    """The text that the database carries, as a plain string: binding it is quicker than binding the member."""

    def __init__(self, value: str) -> None:
        """Keep the plain string beside the member."""
        self.stored = value
