"""What is wrong with the settings: collected while they are read, and told all at once."""

from collections.abc import Iterable
from difflib import get_close_matches

from hub.config.places import KeyPath, SettingsPlaces
from hub.errors import ConfigurationError, MissingSecretError


class Problems:
    """A growing list of problems, each with its place. Nothing is raised before the whole file has been read."""

    def __init__(self, places: SettingsPlaces) -> None:
        """`places` gives each problem its file and line."""
        self.places = places
        self._found: list[tuple[int, str]] = []
        self._all_are_missing_secrets = True

    def add(self, path: KeyPath, message: str, *, is_missing_secret: bool = False) -> None:
        """Note what is wrong with the value at `path`."""
        self._found.append((self.places.line(path) or 0, f"{self.places.of(*path)}: {message}"))
        self._all_are_missing_secrets &= is_missing_secret

    def add_elsewhere(self, place: str, message: str) -> None:
        """Note a problem that stands outside the file, such as in the environment."""
        self._found.append((2**31, f"{place}: {message}"))
        self._all_are_missing_secrets = False

    def raise_if_any(self) -> None:
        """Raise ConfigurationError with every problem in the order of the file; MissingSecretError when secrets are all that is missing."""
        if not self._found:
            return
        lines = tuple(text for _, text in sorted(self._found, key=lambda found: found[0]))
        raise (MissingSecretError if self._all_are_missing_secrets else ConfigurationError)("\n".join(lines))


def nearest(word: str, known: Iterable[str], *, otherwise: str | None = None) -> str:
    """The end of a sentence about an unknown word: the nearest known one; where none is near `otherwise`, or all that are known."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return otherwise or f"known: {', '.join(names) or 'none'}"
