"""The canonical tables, one noun a module. Tables do not validate: build records first, rows from records."""

from hub.model.access import ApiToken, AuditEntry, RequestOutcome, User
from hub.model.agreement import AutopayRule, Contract, Dispute, Hold, Instalment, PaymentArrangement, Promise, Subscription
from hub.model.change import Change, DirtyCustomer, Event
from hub.model.columns import METADATA, Row, table_of
from hub.model.connection import Checkpoint, Connection, ConnectionNotice, ConnectionSecret, ConnectionTest, ExternalReference, SourceField, SourceRecord
from hub.model.customer import Contact, Customer, Segment, SegmentMember
from hub.model.export import BulkOperation
from hub.model.figures import CustomerCurrencyFigures, CustomerFigures, FiguresState
from hub.model.identity import CustomerMerge, FieldConflict, FieldOrigin, FieldOverride, FieldRule
from hub.model.importing import FileImport, StagedUpload
from hub.model.invoice import CreditNote, DuePart, Invoice, InvoiceLine
from hub.model.job import JobRun, OutboxIntent, Schedule
from hub.model.matching import LinkSuggestion, MatchKey, UnmatchedCustomer
from hub.model.message import Communication, Suppression
from hub.model.payment import Payment, PaymentAttempt, PaymentMethod, Refund, ScheduledPayment, Settlement
from hub.model.rates import ExchangeRate, RateWindow
from hub.model.risk import CustomerRisk
from hub.model.rule import RuleSet, RuleSetVersion
from hub.model.sync import RejectedRecord, SweepMark, SyncNotice, SyncRun, Tombstone, WaitingRecord
from hub.model.webhook import WebhookDelivery, WebhookEvent
from hub.model.work import Alert, Colleague, Task

__all__ = [
    "METADATA",
    "Alert",
    "ApiToken",
    "AuditEntry",
    "AutopayRule",
    "BulkOperation",
    "Change",
    "Checkpoint",
    "Colleague",
    "Communication",
    "Connection",
    "ConnectionNotice",
    "ConnectionSecret",
    "ConnectionTest",
    "Contact",
    "Contract",
    "CreditNote",
    "Customer",
    "CustomerCurrencyFigures",
    "CustomerFigures",
    "CustomerMerge",
    "CustomerRisk",
    "DirtyCustomer",
    "Dispute",
    "DuePart",
    "Event",
    "ExchangeRate",
    "ExternalReference",
    "FieldConflict",
    "FieldOrigin",
    "FieldOverride",
    "FieldRule",
    "FiguresState",
    "FileImport",
    "Hold",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "JobRun",
    "LinkSuggestion",
    "MatchKey",
    "OutboxIntent",
    "Payment",
    "PaymentArrangement",
    "PaymentAttempt",
    "PaymentMethod",
    "Promise",
    "RateWindow",
    "Refund",
    "RejectedRecord",
    "RequestOutcome",
    "Row",
    "RuleSet",
    "RuleSetVersion",
    "Schedule",
    "ScheduledPayment",
    "Segment",
    "SegmentMember",
    "Settlement",
    "SourceField",
    "SourceRecord",
    "StagedUpload",
    "Subscription",
    "Suppression",
    "SweepMark",
    "SyncNotice",
    "SyncRun",
    "Task",
    "Tombstone",
    "UnmatchedCustomer",
    "User",
    "WaitingRecord",
    "WebhookDelivery",
    "WebhookEvent",
    "table_of",
]
