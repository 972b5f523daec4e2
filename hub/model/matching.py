"""Which customers may be the same: what they are found by, what is suggested to people, and whom nobody has compared yet."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, instant, json_column, partial_index, primary_key, reference_to
from hub.vocabulary import MatchKeyKind, SuggestionKind, SuggestionStatus


class MatchKey(Row, table=True):
    """Something that a customer may have in common with others, in a normal form: by an equal key candidates are found."""

    __tablename__ = "match_key"
    __table_args__ = (sa.Index("ix_match_key__key", "kind", "key"),)

    customer_id: int = reference_to("customer.id", primary=True)
    kind: MatchKeyKind = Field(sa_column=sa.Column(sa.Enum(MatchKeyKind, native_enum=False, length=32), primary_key=True))
    key: str = Field(sa_column=sa.Column(sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql"), primary_key=True))


class LinkSuggestion(Row, table=True):
    """Two customers that may be one, for a person to decide: the one with the smaller id first, once for each pair.

    `score` is 0 to 100. `evidence` lists what speaks for it and against it: feature, points and a sentence. `decided_score` and
    `decided_evidence` are what the person saw who decided; None: nobody has. A pair that a person has dismissed is never linked without one.
    """

    __tablename__ = "link_suggestion"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "other_customer_id"),
        partial_index("ix_link_suggestion__open", "score", "id", where="status = 'OPEN'"),
    )

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id")
    other_customer_id: int = reference_to("customer.id", index=True)
    kind: SuggestionKind = enum_column(SuggestionKind)
    score: int
    evidence: JsonDocument = json_column(nullable=False)
    status: SuggestionStatus = enum_column(SuggestionStatus, default=SuggestionStatus.OPEN)
    suggested_at: datetime = instant()
    updated_at: datetime = instant()
    decided_at: datetime | None = instant(nullable=True)
    decided_by: str | None = Field(default=None, max_length=200)
    decided_score: int | None = None
    decided_evidence: JsonDocument | None = json_column()


class UnmatchedCustomer(Row, table=True):
    """A customer that is new or has changed, and that nobody has compared with the others since."""

    __tablename__ = "unmatched_customer"

    customer_id: int = reference_to("customer.id", primary=True)
