"""Amounts and rates from text: exact decimals, in the writing style that a mapping declares. No float ever enters."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from connectors.files.findings import CellError
from hub.plugins import AmountError, exponent, to_minor

_PLAIN = re.compile(r"(\d+\.?\d*|\.\d+)", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}", re.ASCII)
_SPACES = " \u00a0\u202f\u2009"
_FAST_DIGITS = 12
RATE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class AmountStyle:
    """How amounts are written: the decimal sign, the sign between thousands (empty: none), and currency signs that may stand around."""

    decimal: str = "."
    thousands: str = ""
    symbols: str = ""

    def plain(self, text: str) -> str:
        """The amount as sign, digits and a decimal point. Raises CellError for anything else."""
        body, is_negative = self._split_sign(text)
        if self.thousands:
            body = self._without_thousands(body, text)
        if self.decimal != ".":
            if "." in body:
                raise CellError(f"{text!r} has a point, but the mapping declares the decimal sign {self.decimal!r}")
            body = body.replace(self.decimal, ".")
        if not _PLAIN.fullmatch(body):
            raise CellError(_why_no_amount(text))
        return f"-{body}" if is_negative else body

    def _split_sign(self, text: str) -> tuple[str, bool]:
        body = text.strip(_SPACES)
        is_negative = body.startswith("(") and body.endswith(")")
        body = body[1:-1] if is_negative else body
        for _ in range(2):  # a sign may stand outside or inside a currency sign
            body = body.strip(self.symbols + _SPACES)
            if not is_negative and body[:1] in {"-", "\u2212"}:
                body, is_negative = body[1:], True
            elif not is_negative and body.endswith("-"):
                body, is_negative = body[:-1], True
        return body.removeprefix("+") if not is_negative else body, is_negative

    def _without_thousands(self, body: str, text: str) -> str:
        signs = _SPACES if self.thousands in _SPACES else self.thousands
        whole, dot, fraction = body.partition(self.decimal)
        groups = re.split(f"[{re.escape(signs)}]", whole)
        if len(groups) > 1 and not _GROUPED.fullmatch(",".join(groups)):
            raise CellError(f"{text!r} has a {self.thousands!r} where no thousands end")
        return "".join(groups) + dot + fraction


def _why_no_amount(text: str) -> str:
    if re.fullmatch(r"[-+]?\d(\.\d+)?[eE][-+]?\d+", text, re.ASCII):
        return f"{text!r} is in scientific notation: digits may have been lost; export the column as a plain number"
    if re.fullmatch(r"[-+]?[\d.,' \u00a0\u202f]+", text, re.ASCII):
        return f"{text!r} is no amount in the declared style: declare `decimal` and `thousands` as the file writes them"
    return f"{text!r} is not an amount"


def number_text(value: object) -> str:
    """A number cell of a spreadsheet as decimal text, with the 15 digits that a spreadsheet keeps.

    Raises CellError for anything that is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CellError(f"{value!r} is not a number")
    return str(value) if isinstance(value, int) else format(Decimal(format(value, ".15g")), "f")


def read_amount(value: object, currency: str | None, style: AmountStyle) -> tuple[int, bool]:
    """A cell as minor units of a currency, and whether it had to be rounded (half-even).

    Raises CellError when it is empty (None) or no amount, has no currency, or is outside the range that the hub keeps.
    """
    if value is None:
        raise CellError("the amount is empty")
    if currency is None:
        raise CellError("the amount has no currency")
    if not isinstance(value, str):
        return _read_plain(number_text(value), currency)
    whole, _, fraction = value.partition(style.decimal)
    places = exponent(currency)
    if len(fraction) <= places and len(whole) <= _FAST_DIGITS and whole.isdigit() and value.isascii() and (not fraction or fraction.isdigit()):
        return int(whole + fraction.ljust(places, "0")), False
    return _read_plain(style.plain(value), currency)


def _read_plain(text: str, currency: str) -> tuple[int, bool]:
    try:
        parsed = to_minor(text, currency)
    except AmountError as error:
        raise CellError(str(error)) from None
    return parsed.amount_minor, parsed.rounded


def read_decimal(value: object, style: AmountStyle) -> str:
    """A cell as decimal text (a quantity, a unit price), digits kept as they are. Raises CellError."""
    return style.plain(value) if isinstance(value, str) else number_text(value)


def read_rate(value: object, style: AmountStyle, *, is_inverted: bool) -> tuple[int, int]:
    """A cell as a reduced numerator and denominator; `is_inverted` swaps them.

    Raises CellError unless it is a positive decimal of at most RATE_DIGITS significant digits.
    """
    text = read_decimal(value, style)
    if text.startswith("-") or len(text.replace(".", "").strip("0")) > RATE_DIGITS or len(text) > 2 * RATE_DIGITS:
        raise CellError(f"{text!r} is no rate: a positive decimal of at most {RATE_DIGITS} significant digits is needed")
    rate = Fraction(text)
    if not rate:
        raise CellError("a rate of 0 converts nothing")
    return (rate.denominator, rate.numerator) if is_inverted else (rate.numerator, rate.denominator)
