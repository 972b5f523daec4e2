"""Exchange rates as facts, and the windows in which each is in force for the workspace currency."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import Row, currency_column, instant, minor, primary_key, reference_to


class ExchangeRate(Row, table=True):
    """A dated rate: one unit of `currency` is `numerator / denominator` units of `base_currency`. Append and correct, never averaged."""

    __tablename__ = "exchange_rate"
    __table_args__ = (sa.Index("ix_exchange_rate__pair", "currency", "base_currency", "rate_date"),)

    id: int | None = primary_key()
    connection_id: int | None = reference_to("connection.id", nullable=True)
    source: str = Field(max_length=100)
    currency: str = currency_column()
    base_currency: str = currency_column()
    rate_date: date
    numerator: int = minor()
    denominator: int = minor()
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()


class RateWindow(Row, table=True):
    """Derived: the rate from `currency` to the workspace currency in force on `valid_from ≤ day < valid_until` (None: open end).

    `numerator / denominator` already carry the exponents of both currencies: they take minor units to minor units.
    """

    __tablename__ = "rate_window"
    __table_args__ = (sa.Index("ix_rate_window__currency", "currency", "valid_from"),)

    id: int | None = primary_key()
    currency: str = currency_column()
    valid_from: date
    valid_until: date | None = None
    numerator: int = minor()
    denominator: int = minor()
    exchange_rate_id: int = reference_to("exchange_rate.id")
