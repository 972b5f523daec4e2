"""Customers, their contacts, and the segments that they belong to."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import (
    JsonDocument,
    Row,
    currency_column,
    enum_column,
    home_customer,
    instant,
    json_column,
    partial_index,
    primary_key,
    reference_to,
    text_in_code_point_order,
)
from hub.vocabulary import BillToPreference, EntityType, SourceHandling


class Customer(Row, table=True):
    """The party that owes. `bill_to_id` is the resolved bill-to (B43), the customer itself when nobody else is billed.

    `parent_external_id` is what its own source names, also while that parent has not arrived. `reported_balances` is what the
    source says that the customer owes, in minor units by currency; None when it says nothing. `merged_into_id` is the customer that
    this one was made one with: then it is hidden (`is_deleted`), and keeps what its own source says of it.
    """

    __tablename__ = "customer"
    __table_args__ = (
        sa.Index("ix_customer__name", "name", "id"),
        partial_index("ix_customer__orphans", "parent_external_id", where="parent_id IS NULL AND parent_external_id IS NOT NULL"),
    )

    id: int | None = primary_key()
    name: str = Field(max_length=500)
    search_name: str = text_in_code_point_order(500, index=True)
    legal_name: str | None = Field(default=None, max_length=500)
    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=64)
    website: str | None = Field(default=None, max_length=2000)
    tax_id: str | None = text_in_code_point_order(64, nullable=True, index=True)
    currency: str | None = currency_column(nullable=True)
    language: str | None = Field(default=None, max_length=35)
    time_zone: str | None = Field(default=None, max_length=64)
    address_lines: JsonDocument | None = json_column()
    city: str | None = Field(default=None, max_length=200)
    region: str | None = Field(default=None, max_length=200)
    postal_code: str | None = Field(default=None, max_length=32)
    country: str | None = Field(default=None, max_length=2)
    entity_type: EntityType = enum_column(EntityType, default=EntityType.CUSTOMER)
    parent_id: int | None = reference_to("customer.id", nullable=True, index=True)
    parent_external_id: str | None = Field(default=None, max_length=255)
    is_billed: bool = Field(default=True)
    bill_to_preference: BillToPreference | None = enum_column(BillToPreference, nullable=True)
    bill_to_id: int | None = reference_to("customer.id", nullable=True, index=True)
    payment_terms: str | None = Field(default=None, max_length=200)
    payment_terms_days: int | None = None
    is_auto_collected: bool | None = None
    finance_owner: str | None = Field(default=None, max_length=320)
    sales_owner: str | None = Field(default=None, max_length=320)
    source_handling: SourceHandling = enum_column(SourceHandling, default=SourceHandling.ACTIVE)
    reported_balances: JsonDocument | None = json_column()
    custom: JsonDocument | None = json_column()
    merged_into_id: int | None = reference_to("customer.id", nullable=True, index=True)
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()


class Contact(Row, table=True):
    """A person at a customer who may receive messages. `roles` is a list of ContactRole names."""

    __tablename__ = "contact"

    id: int | None = primary_key()
    customer_id: int = reference_to("customer.id", index=True)
    home_customer_id: int | None = home_customer()
    name: str = Field(max_length=500)
    search_name: str = text_in_code_point_order(500, index=True)
    job_title: str | None = Field(default=None, max_length=200)
    email: str | None = text_in_code_point_order(320, nullable=True, index=True)
    phone: str | None = Field(default=None, max_length=64)
    mobile: str | None = Field(default=None, max_length=64)
    language: str | None = Field(default=None, max_length=35)
    time_zone: str | None = Field(default=None, max_length=64)
    roles: JsonDocument | None = json_column()
    is_primary: bool = Field(default=False)
    custom: JsonDocument | None = json_column()
    is_deleted: bool = Field(default=False)
    first_seen_at: datetime = instant()
    updated_at: datetime = instant()


class Segment(Row, table=True):
    """A named group of customers; the smallest `position` wins when a customer is in several (HM21)."""

    __tablename__ = "segment"

    id: int | None = primary_key()
    name: str = Field(max_length=200, unique=True)
    position: int = 0
    is_default: bool = Field(default=False)


class SegmentMember(Row, table=True):
    """A customer in a segment."""

    __tablename__ = "segment_member"

    segment_id: int = reference_to("segment.id", primary=True)
    customer_id: int = reference_to("customer.id", primary=True)
