"""Which places a connection may reach: those of the file any, those that were made through the API public ones, and what the file names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a connection may go. `is_anywhere`: whoever wrote its settings owns the server, and nothing is forbidden.

    Otherwise only by https to port 443 of public addresses, and to `places`, such as `10.0.0.5:8443`, by whatever scheme.
    """

    is_anywhere: bool = False
    places: frozenset[str] = frozenset()

    def names(self, host: str, port: int) -> bool:
        """Whether a host and port is among the places, so that its address may be any."""
        return self.is_anywhere or f"{f'[{host}]' if ':' in host else host}:{port}".lower() in self.places


ANYWHERE = Reach(is_anywhere=True)
PUBLIC = Reach()
