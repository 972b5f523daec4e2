"""Addresses of mail, domains, telephone numbers, tax ids and postal addresses in normal forms. None where a text is none of what it should be."""

import re
from collections.abc import Sequence

from hub.identity.matching.folding import fold, squash
from hub.identity.matching.public_domains import PUBLIC_DOMAINS, SAME_PROVIDER

_EXTENSION = re.compile(r"(?:ext|extension|x|#|dw|durchwahl|poste)\.?\s*\d{1,5}\s*$", re.IGNORECASE)
_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go", "gob", "govt"))
"""Labels before a country's own that belong to nobody: in `acme.co.uk` the name is in front of them."""

_COUNTRY = 2
_PHONE_DIGITS = 8
"""The digits of a telephone number that are compared, from its end: no trunk zero and no country code is among them in nearly all countries."""
_FEWEST_PHONE_DIGITS = 6
_FEWEST_TAX_SIGNS = 7
_FEWEST_TAX_DIGITS = 5
_TAX_PREFIXES = {"GR": "EL"}
"""Where a tax id begins with another code than the country's."""


def normal_email(text: str | None) -> str | None:
    """A mail address in lower case, without a tag behind a plus."""
    if text is None or text.count("@") != 1:
        return None
    mailbox, _, host = text.strip().casefold().removeprefix("mailto:").partition("@")
    mailbox = mailbox.partition("+")[0]
    host = SAME_PROVIDER.get(host, host)
    return f"{mailbox}@{_ascii(host)}" if mailbox and "." in host.strip(".") and " " not in mailbox + host else None


def domain_of(text: str | None) -> str | None:
    """The domain that somebody registered, of a mail address or of a web address: without `www` and whatever stands in front."""
    if text is None:
        return None
    host = text.strip().casefold().rpartition("@")[2].rpartition("://")[2]
    host = re.split(r"[/?#:\s]", host, maxsplit=1)[0].strip(".")
    labels = [label for label in _ascii(host).split(".") if label]
    if len(labels) < 2 or labels[-1].isdigit():  # noqa: PLR2004 - a name and a top-level domain
        return None
    count = 3 if len(labels) > 2 and len(labels[-1]) == _COUNTRY and labels[-2] in _SECOND_LEVEL else 2  # noqa: PLR2004
    return ".".join(labels[-count:])


def is_public(domain: str) -> bool:
    """Whether everybody can have an address or a page at a domain: it says nothing of who belongs together."""
    return domain in PUBLIC_DOMAINS


def normal_phone(text: str | None) -> str | None:
    """The last digits of a telephone number, without an extension."""
    digits = "".join(sign for sign in _EXTENSION.sub("", text or "") if sign.isdigit())
    if len(digits) < _FEWEST_PHONE_DIGITS or len(set(digits)) == 1:
        return None
    return str(int(digits))[-_PHONE_DIGITS:] if digits.isascii() else digits[-_PHONE_DIGITS:]


def normal_tax_id(text: str | None, country: str | None) -> str | None:
    """A tax id in capitals with its country in front, without blanks and signs. None for what is too short for one, or a filler such as 000000000."""
    signs = "".join(sign for sign in (text or "").upper() if sign.isalnum() and sign.isascii())
    digits = [sign for sign in signs if sign.isdigit()]
    if len(signs) < _FEWEST_TAX_SIGNS or len(digits) < _FEWEST_TAX_DIGITS or _is_filler("".join(digits)):
        return None
    prefix = _TAX_PREFIXES.get(country or "", country or "")
    return signs if not prefix or not signs[:_COUNTRY].isdigit() else prefix + signs


def normal_street(lines: Sequence[str] | None, postal_code: str | None) -> str | None:
    """Postal code and first line that holds a number, as one text; None where either is missing."""
    code = squash(postal_code or "")
    line = next((line for line in lines or () if any(sign.isdigit() for sign in line)), None)
    if not code or line is None:
        return None
    street = " ".join(re.sub(r"(strasse|str)$", "str", word) for word in fold(line).split() if word != "and")
    return f"{code}|{street.replace(' ', '')}"[:300]


def _is_filler(digits: str) -> bool:
    return len(set(digits)) == 1 or digits in "0123456789012345" or digits in "9876543210987654"


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
