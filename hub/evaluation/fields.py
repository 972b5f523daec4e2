"""The catalogue beyond the figures: what rules can ask of customers, documents, payments and attempts (RC8 to RC16, RI, RP).

Registered through the same hook as any plugin's fields. `source` is where a field is found, as hub/evaluation/rows.py reads it.
"""

from collections.abc import Mapping
from enum import StrEnum

from hub.config import CustomField
from hub.evaluation.attempts import CHARGEBACK, OUTCOMES
from hub.evaluation.documents import CREDIT_NOTE
from hub.evaluation.methods import NONE, SAME, UPDATED
from hub.money import known_currencies
from hub.plugins import Field, FieldType, Level, PluginContext, hookimpl
from hub.vocabulary import (
    DocumentType,
    DunningStatus,
    EntityType,
    InvoiceStatus,
    PaymentMethodKind,
    PaymentRisk,
    PaymentSourceStatus,
    PaymentState,
    SourceHandling,
    SubscriptionStatus,
    TransactionType,
)
from rules.fields import Currency

_BASE_UNIT = "workspace currency"
_MONEY, _WHOLE, _DECIMAL, _DATE = FieldType.MONEY, FieldType.WHOLE_NUMBER, FieldType.DECIMAL, FieldType.DATE
_BOOLEAN, _TEXT, _SET = FieldType.BOOLEAN, FieldType.TEXT, FieldType.TEXT_SET

Row = tuple[str, FieldType, str, str]
"""Id, type, source, meaning."""

_CUSTOMER: tuple[Row, ...] = (
    ("customer_name", _TEXT, "customer.name", "The name by which people know the customer."),
    ("customer_email", _TEXT, "customer.email", "The customer's general e-mail address."),
    ("customer_tax_id", _TEXT, "customer.tax_id", "The customer's tax number."),
    ("customer_city", _TEXT, "customer.city", "The city of the customer's address."),
    ("customer_region", _TEXT, "customer.region", "The region of the customer's address."),
    ("customer_country", _TEXT, "customer.country", "The country of the customer's address, by ISO 3166."),
    ("is_billed", _BOOLEAN, "customer.is_billed", "Whether invoices may be billed to the customer."),
    ("segment", _SET, "segment.name", "The segments that the customer belongs to."),
    ("finance_owner", _SET, "customer.finance_owner", "Our colleague who looks after what the customer owes (RC13)."),
    ("sales_owner", _SET, "customer.sales_owner", "Our colleague who sells to the customer (RC14)."),
    (
        "open_issue_amount",
        _MONEY,
        "disputes.open_minor",
        "What the customer contests; an invoice that its source calls contested without an amount counts with all that is due on it (RC8).",
    ),
    ("open_promise_amount", _MONEY, "promises.open_minor", "What the customer has promised to pay and has not paid (RC9)."),
    ("last_email_date", _DATE, "mail.sent_at", "The day on which the customer was last written to by e-mail (RC10, RP20)."),
    ("last_reply_date", _DATE, "mail.replied_at", "The day on which the customer last replied to an e-mail (RC11, RP21)."),
    (
        "outstanding_mismatch",
        _BOOLEAN,
        "customer.outstanding_mismatch",
        "Whether the customer's source reports another balance than our items add up to; no where it reports none (RC15).",
    ),
    ("customer_currency", _SET, "customer.currency", "The currency that the customer is usually billed in."),
    ("entity_type", _SET, "customer.entity_type", "Whether the customer is a company or a project of one."),
    ("source_handling", _SET, "customer.source_handling", "The customer's file-level status at its source."),
    ("next_promise_date", _DATE, "promises.next_on", "The next day for which the customer has promised to pay (RC12)."),
)

_INVOICE: tuple[Row, ...] = (
    ("invoice_number", _TEXT, "invoice.number", "The number of the document."),
    ("amount", _MONEY, "invoice.total_minor", "What was charged, in the document's currency (RI1)."),
    ("balance", _MONEY, "invoice.balance_minor", "What is due, in the document's currency; nothing on drafts, void and written-off documents (RI2)."),
    ("converted_amount", _MONEY, "invoice.converted_total_minor", "What was charged, in the workspace currency (RI3)."),
    ("converted_balance", _MONEY, "invoice.converted_balance_minor", "What is due, in the workspace currency (RI4)."),
    ("invoice_open_issue_amount", _MONEY, "invoice.open_issue_minor", "What is contested of the document, in its currency (RI5)."),
    ("invoice_open_promise_amount", _MONEY, "promises.open_minor", "What is promised of the document and not yet paid, in its currency (RI6)."),
    ("document_date", _DATE, "invoice.document_date", "The document's own date (RI7)."),
    ("due_date", _DATE, "invoice.due_date", "When the document is due as a whole (RI8)."),
    ("posting_date", _DATE, "invoice.posting_date", "When the document was posted (RI9)."),
    ("created_on", _DATE, "invoice.created_on", "When the document was made in its source (RI23)."),
    ("invoice_last_email_date", _DATE, "mail.sent_at", "The day on which an e-mail last spoke of the document (RI11)."),
    ("invoice_last_reply_date", _DATE, "mail.replied_at", "The day on which the customer last replied to an e-mail that spoke of the document (RI12)."),
    ("location", _SET, "invoice.location", "The location that the document belongs to (RI16)."),
    ("business_unit", _SET, "invoice.business_unit", "The part of our business that the document belongs to (RI17)."),
    ("purchase_order_number", _TEXT, "invoice.purchase_order_number", "The customer's order number."),
    ("contract", _TEXT, "invoice.contract", "The contract that the document refers to."),
    ("has_promise_date", _BOOLEAN, "promise_days.is_set", "Whether a day is promised for the document (RI18)."),
    ("disputed", _BOOLEAN, "invoice.disputed", "Whether the document is contested (RI19)."),
    ("paid", _BOOLEAN, "invoice.paid", "Whether nothing is due on the document any more; no for what is written off, void or a draft (RI20)."),
    ("days_past_due", _WHOLE, "invoice.days_past_due", "Days since the earliest open due date, below zero before it; missing where nothing is due (RI22)."),
    ("transaction_type", _SET, "invoice.transaction_type", "DEBIT raises what is owed; CREDIT, of credit notes, lowers it (RI13)."),
    ("document_type", _SET, "invoice.document_type", "What kind of document it is (RI14)."),
    ("currency", _SET, "invoice.currency", "The document's currency (RI15)."),
    ("status", _SET, "invoice.status", "The derived status of the document (RI22, RI23)."),
    ("promise_date", _DATE, "promise_days.due_on", "The earliest day for which the document is promised (RI10)."),
)

_PAYMENT: tuple[Row, ...] = (
    ("last_attempt_date", _DATE, "last_attempt.attempted_at", "The day of the last attempt to collect (RP1)."),
    ("last_attempt_amount", _MONEY, "last_attempt.amount_minor", "The amount of the last attempt, in its currency (RP3)."),
    ("last_attempt_error", _TEXT, "last_attempt.decline_reason", "Why the last attempt failed, in words that all gateways share (RP5)."),
    ("last_attempt_error_code", _TEXT, "last_attempt.decline_code", "Why the last attempt failed, in the gateway's own code (RP5)."),
    ("last_gateway", _TEXT, "last_attempt.gateway", "The gateway of the last attempt (RP6)."),
    ("auto_collection", _BOOLEAN, "customer.is_auto_collected", "Whether the customer's source collects payments by itself (RP13)."),
    ("last_attempt_status", _SET, "last_attempt.outcome", "What the last attempt to collect came to (RP2)."),
    ("last_attempt_method", _SET, "last_attempt.method", "By what the last attempt was made; CHARGEBACK of money that was taken back (RP4)."),
    ("dunning_status", _SET, "last_attempt.dunning_status", "Where the collection of a failed payment stands (RP7)."),
    ("next_retry_date", _DATE, "last_attempt.next_retry_on", "The day on which collecting is tried again (RP9)."),
    ("primary_payment_method", _SET, "primary_method.kind", "The means of payment that is charged first (RP10)."),
    ("backup_payment_method", _SET, "backup_method.kind", "The means of payment that is charged when the first one fails (RP11)."),
    (
        "card_since_failure",
        _SET,
        "primary_method.card_since_failure",
        "Whether the primary card is still the one that last failed: SAME, UPDATED, or NONE where there is no card or no failure (RP12, B18).",
    ),
    ("net_term_days", _WHOLE, "customer.payment_terms_days", "The agreed days to pay (RP14)."),
    ("payment_risk", _SET, "risk.level", "How likely it is that collecting fails, by the workspace's rules of risk or its scorer (RP15, B22)."),
    ("payment_source_status", _SET, "primary_method.source_status", "Whether the primary means of payment can be used; EXPIRING within 30 days (RP16)."),
    (
        "monthly_dso",
        _DECIMAL,
        "sales.dso_tenths / sales.tenths",
        "Days sales outstanding of the last full month; missing where nothing was billed in it (RP17, HM17, B21).",
    ),
    (
        "count_back_dso",
        _DECIMAL,
        "sales.count_back_tenths / sales.tenths",
        "Days sales outstanding by taking the billing of month after month off what was outstanding (B21).",
    ),
    ("subscription_status", _SET, "subscription.status", "The statuses of the customer's subscriptions (RP19)."),
    (
        "payment_attempt_count",
        _WHOLE,
        "attempts.attempt_count",
        "How many attempts there were, the first one included; of a customer on its newest invoice that had any (RP8, B23).",
    ),
    ("retry_count", _WHOLE, "attempts.retry_count", "The same without the first attempt (B23)."),
    ("failed_attempt_count", _WHOLE, "attempts.failed_count", "How many of these attempts failed: declined, returned or charged back."),
)

_MONEY_IN: tuple[Row, ...] = (
    ("payment_amount", _MONEY, "payment.amount_minor", "The amount of the payment, in its currency."),
    ("payment_date", _DATE, "payment.payment_date", "The day of the payment."),
    ("unapplied_amount", _MONEY, "payment.unapplied_minor", "What of the payment is set against no invoice today, in its currency."),
    ("payment_gateway", _TEXT, "payment.gateway", "The gateway of the payment."),
    ("payment_state", _SET, "payment.state", "How far the payment has come."),
    ("payment_method", _SET, "payment.method_kind", "By what the payment was made."),
)

_ATTEMPT: tuple[Row, ...] = (
    ("attempt_amount", _MONEY, "payment_attempt.amount_minor", "The amount of the attempt, in its currency."),
    ("attempt_date", _DATE, "payment_attempt.attempted_at", "The day of the attempt."),
    ("attempt_error", _TEXT, "payment_attempt.decline_reason", "Why the attempt failed, in words that all gateways share."),
    ("attempt_gateway", _TEXT, "payment_attempt.gateway", "The gateway of the attempt."),
    ("attempt_status", _SET, "payment_attempt.outcome", "What the attempt came to."),
    ("attempt_method", _SET, "payment_attempt.method", "By what the attempt was made."),
    ("attempt_dunning_status", _SET, "payment_attempt.dunning_status", "Where collecting stood after the attempt."),
)

_IN_BASE = frozenset({"converted_amount", "converted_balance", "open_issue_amount", "open_promise_amount"})
"""Amounts in the workspace currency; others are in that of their document."""

_AHEAD = frozenset({"next_promise_date", "promise_date", "next_retry_date"})
"""Days that are yet to come (B17)."""

_WITH_SEVERAL = frozenset({"segment", "subscription_status"})
"""Sets that may have several members."""

_UNITS: Mapping[FieldType, str] = {_WHOLE: "days", _DECIMAL: "days"}
_ATTEMPTS = frozenset({"payment_attempt_count", "retry_count", "failed_attempt_count"})


def _names(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for member in kind)


_MEANS = (NONE, *_names(PaymentMethodKind))
_MEANS_TRIED = (*_MEANS, CHARGEBACK)

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "customer_currency": tuple(known_currencies()),
    "entity_type": _names(EntityType),
    "source_handling": _names(SourceHandling),
    "transaction_type": _names(TransactionType),
    "document_type": (*_names(DocumentType), CREDIT_NOTE),
    "currency": tuple(known_currencies()),
    "status": _names(InvoiceStatus),
    "last_attempt_status": tuple(OUTCOMES),
    "last_attempt_method": _MEANS_TRIED,
    "dunning_status": _names(DunningStatus),
    "primary_payment_method": _MEANS,
    "backup_payment_method": _MEANS,
    "card_since_failure": (SAME, UPDATED, NONE),
    "payment_risk": _names(PaymentRisk),
    "payment_source_status": _names(PaymentSourceStatus),
    "subscription_status": _names(SubscriptionStatus),
    "payment_state": _names(PaymentState),
    "payment_method": _names(PaymentMethodKind),
    "attempt_status": tuple(OUTCOMES),
    "attempt_method": _MEANS,
    "attempt_dunning_status": _names(DunningStatus),
}
"""The words that a field can be, where it cannot be any text."""


@hookimpl
def hub_rule_fields(context: PluginContext) -> list[Field]:
    """Everything of A5 that is no kept figure, and the custom fields that the settings name."""
    levels = {
        Level.CUSTOMER: _CUSTOMER,
        Level.INVOICE: _INVOICE,
        Level.PAYMENT: _PAYMENT,
        Level.MONEY_IN: _MONEY_IN,
        Level.ATTEMPT: _ATTEMPT,
    }
    return [
        *(_field(level, row) for level, rows in levels.items() for row in rows),
        *(_custom(field) for field in context.workspace.custom_fields),
    ]


def _field(level: Level, row: Row) -> Field:
    name, kind, source, meaning = row
    currency = Currency.DOCUMENT if kind is _MONEY and name not in _IN_BASE else Currency.BASE
    unit = ("its own currency" if currency is Currency.DOCUMENT else _BASE_UNIT) if kind is _MONEY else "attempts" if name in _ATTEMPTS else _UNITS.get(kind)
    return Field(
        id=name,
        level=level,
        type=kind,
        source=source,
        meaning=meaning,
        unit=unit,
        choices=_CHOICES.get(name),
        currency=currency,
        is_ahead=name in _AHEAD,
        is_single=kind is _SET and name not in _WITH_SEVERAL,
    )


def _custom(field: CustomField) -> Field:
    level = Level.CUSTOMER if field.of == "customer" else Level.INVOICE
    return Field(id=f"custom.{field.name}", level=level, type=FieldType[field.type], source=f"{field.of}.custom.{field.field}", meaning=field.meaning)
