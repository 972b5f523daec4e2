"""The closed vocabularies: enum member names are what the database and the API carry, so renaming one is a migration."""

from hub.vocabulary.connections import ConnectionKind, ConnectionStatus, RejectionStatus, SourceHandling, Stream, SyncRunStatus
from hub.vocabulary.customers import ArrangementStatus, BillToPreference, ContactRole, DisputeStatus, EntityType, HoldScope, PromiseStatus
from hub.vocabulary.documents import ConversionDate, DateBasis, DocumentType, InvoiceStatus, Lifecycle, SettlementKind, TransactionType
from hub.vocabulary.payments import (
    AttemptKind,
    DunningStatus,
    PaymentMethodKind,
    PaymentOrigin,
    PaymentSourceStatus,
    PaymentState,
    Reconciliation,
    ScheduledPaymentStatus,
    SubscriptionStatus,
)
from hub.vocabulary.work import AlertKind, AlertStatus, ChannelKind, CommunicationStatus, Entity, JobStatus, OutboxStatus, Role, SuppressionReason, TaskStatus

__all__ = [
    "AlertKind",
    "AlertStatus",
    "ArrangementStatus",
    "AttemptKind",
    "BillToPreference",
    "ChannelKind",
    "CommunicationStatus",
    "ConnectionKind",
    "ConnectionStatus",
    "ContactRole",
    "ConversionDate",
    "DateBasis",
    "DisputeStatus",
    "DocumentType",
    "DunningStatus",
    "Entity",
    "EntityType",
    "HoldScope",
    "InvoiceStatus",
    "JobStatus",
    "Lifecycle",
    "OutboxStatus",
    "PaymentMethodKind",
    "PaymentOrigin",
    "PaymentSourceStatus",
    "PaymentState",
    "PromiseStatus",
    "Reconciliation",
    "RejectionStatus",
    "Role",
    "ScheduledPaymentStatus",
    "SettlementKind",
    "SourceHandling",
    "Stream",
    "SubscriptionStatus",
    "SuppressionReason",
    "SyncRunStatus",
    "TaskStatus",
    "TransactionType",
]
