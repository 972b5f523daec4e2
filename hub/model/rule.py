"""Rules that are kept under a name, with every version of them."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import Row, enum_column, instant, partial_index, primary_key, reference_to, text_in_code_point_order
from hub.vocabulary import RuleLevel


class RuleSet(Row, table=True):
    """A rule with a name, used again and again (RF9). `rule` is the text of its current version; `folded_name` is unique among those that are not deleted.

    Without case one character may become three.
    """

    __tablename__ = "rule_set"
    __table_args__ = (partial_index("uq_rule_set__folded_name", "folded_name", where="NOT is_deleted", unique=True),)

    id: int | None = primary_key()
    name: str = Field(max_length=200)
    folded_name: str = text_in_code_point_order(600)
    description: str | None = Field(default=None, max_length=1000)
    level: RuleLevel = enum_column(RuleLevel)
    rule: str = Field(sa_type=sa.Text)
    version: int = 1
    is_deleted: bool = Field(default=False)
    created_by: str = Field(max_length=200)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class RuleSetVersion(Row, table=True):
    """What a rule set was from `made_at` on, until the next version. Never changed; `version` counts from 1."""

    __tablename__ = "rule_set_version"
    __table_args__ = (sa.UniqueConstraint("rule_set_id", "version"),)

    id: int | None = primary_key()
    rule_set_id: int = reference_to("rule_set.id")
    version: int
    name: str = Field(max_length=200)
    description: str | None = Field(default=None, max_length=1000)
    rule: str = Field(sa_type=sa.Text)
    reason: str | None = Field(default=None, max_length=500)
    made_by: str = Field(max_length=200)
    made_at: datetime = instant()
