"""The day of a document, by which a sync-from date leaves out what is older (ST10)."""

from datetime import date

from hub.plugins.collection_records import PaymentAttemptRecord, RefundRecord
from hub.plugins.records import CreditNoteRecord, InvoiceRecord, PaymentRecord


def date_of(record: object) -> date | None:
    """The day that a document is of; None for what is no document, such as a customer."""
    match record:
        case InvoiceRecord() | CreditNoteRecord():
            return record.document_date
        case PaymentRecord():
            return record.payment_date
        case RefundRecord():
            return record.refund_date
        case PaymentAttemptRecord():
            return record.attempted_at.date()
        case _:
            return None
