"""Postings of the CRM: companies, contacts and subscriptions. Deleted means archived: they are still served, with a flag."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from connectors.sandbox.world.postings import Posting

SubscriptionStatus = Literal["future", "in_trial", "active", "cancelled", "paused", "non_renewing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company(Posting):
    """A company as sales knows it; deleted means archived. `merged_into` is the company that took its place."""

    system = "crm"
    collection = "companies"

    name: str
    domain: str
    phone: str
    city: str
    country: str
    segment: str
    owner_email: str
    accounting_id: str | None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Posting):
    """A person at a company; deleted means archived."""

    system = "crm"
    collection = "contacts"

    company_id: str
    name: str
    title: str
    email: str
    phone: str
    roles: tuple[str, ...]
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Posting):
    """What a company has subscribed to; deleted means archived."""

    system = "crm"
    collection = "subscriptions"

    company_id: str
    plan: str
    status: SubscriptionStatus
    starts_on: date
    ends_on: date | None = None
