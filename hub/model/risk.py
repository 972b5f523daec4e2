"""The payment risk of customers where a plugin's scorer gives it: stored and dated (B22)."""

from datetime import date, datetime

from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, partial_index, reference_to
from hub.vocabulary import PaymentRisk


class CustomerRisk(Row, table=True):
    """What a scorer said of a customer as of `business_date`; a row for each customer that is there, and none where no scorer is asked.

    `level` None: not known, and `problem` says why once the scorer was asked. `reasons` is a list of texts.
    `mark` is set, to a text that no other refresh of the figures has, while the scorer is still to be asked: a score counts only for the mark that it was
    asked under, so that one of older figures is never kept. `asked_at` is when it was last asked under this mark; None: not yet.
    """

    __tablename__ = "customer_risk"
    __table_args__ = (partial_index("ix_customer_risk__marked", "customer_id", where="mark IS NOT NULL"),)

    customer_id: int = reference_to("customer.id", primary=True)
    business_date: date
    scorer: str = Field(max_length=100)
    level: PaymentRisk | None = enum_column(PaymentRisk, nullable=True)
    reasons: JsonDocument | None = json_column()
    problem: str | None = Field(default=None, max_length=500)
    mark: str | None = Field(default=None, max_length=32)
    asked_at: datetime | None = instant(nullable=True)
