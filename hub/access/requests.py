"""What every address that wants a token looks at first: the page that a request comes from, and the token that it shows."""

from collections.abc import Sequence
from urllib.parse import urlsplit


def is_same_origin(origin: str | None, host: str) -> bool:
    """Whether an Origin header, where there is one, names the host that was called: browsers name the page's origin, others send none.

    The scheme may differ behind a proxy.
    """
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


def bearer_token(credentials: Sequence[str]) -> str | None:
    """The token in the Authorization headers of a request; None when there is not just one, or when it is not of the form `Bearer <token>`."""
    scheme, _, token = credentials[0].partition(" ") if len(credentials) == 1 else ("", "", "")
    return token.strip() or None if scheme.lower() == "bearer" else None
