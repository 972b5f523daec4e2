"""Payloads of the CRM as records."""

from connectors.sandbox.carried import carried_by, known_in
from connectors.toolkit.payload import Payload
from hub.plugins import ConnectionKind, ContactRecord, ContactRole, CustomerRecord, SubscriptionRecord, SubscriptionStatus

_SUBSCRIPTIONS = {
    "future": SubscriptionStatus.FUTURE,
    "in_trial": SubscriptionStatus.IN_TRIAL,
    "active": SubscriptionStatus.ACTIVE,
    "cancelled": SubscriptionStatus.CANCELLED,
    "paused": SubscriptionStatus.PAUSED,
    "non_renewing": SubscriptionStatus.NON_RENEWING,
}
_ROLES = {
    "billing": (ContactRole.INVOICE_PRESENTMENT, ContactRole.COMMUNICATION),
    "decision_maker": (ContactRole.COMMUNICATION,),
}
"""What the contacts of a role receive. A role that is not here receives nothing: nobody is written to by a guess (CO8)."""


def company(payload: Payload) -> CustomerRecord:
    """A company, which is a customer, with the salesperson who looks after it."""
    segment = payload.text_or_none("segment")
    return CustomerRecord(
        **carried_by(payload),
        name=payload.text("name"),
        website=payload.text_or_none("domain"),
        phone=payload.text_or_none("phone"),
        city=payload.text_or_none("city"),
        country=payload.text_or_none("country"),
        segments=[segment] if segment else [],
        sales_owner=payload.text_or_none("owner_email"),
        known_as=known_in(ConnectionKind.ACCOUNTING, payload.text_or_none("accounting_id")),
        custom={"accounting_id": payload.text_or_none("accounting_id")},
    )


def contact(payload: Payload) -> ContactRecord:
    """A person at a company."""
    roles = {role for word in payload.texts("roles") for role in _ROLES.get(word, ())}
    return ContactRecord(
        **carried_by(payload),
        customer_external_id=payload.text("company_id"),
        name=payload.text("name"),
        job_title=payload.text_or_none("title"),
        email=payload.text_or_none("email"),
        phone=payload.text_or_none("phone"),
        roles=[role for role in ContactRole if role in roles],
        is_primary=payload.flag("is_primary"),
    )


def subscription(payload: Payload) -> SubscriptionRecord:
    """A subscription."""
    return SubscriptionRecord(
        **carried_by(payload),
        customer_external_id=payload.text("company_id"),
        status=payload.word("status", _SUBSCRIPTIONS),
        plan=payload.text_or_none("plan"),
        source_status=payload.text("status"),
        starts_on=payload.day_or_none("starts_on"),
        ends_on=payload.day_or_none("ends_on"),
    )
