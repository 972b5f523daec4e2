"""Documents and what settles them."""

from enum import auto

from hub.vocabulary.named import Named


class Lifecycle(Named):
    """Stored lifecycle of a document (B0). Open, partially paid and paid are derived from amounts."""

    DRAFT = auto()
    FUTURE = auto()
    ISSUED = auto()
    VOID = auto()
    WRITTEN_OFF = auto()


class InvoiceStatus(Named):
    """Derived status of an invoice on a date (B0)."""

    DRAFT = auto()
    FUTURE = auto()
    OPEN = auto()
    PARTIALLY_PAID = auto()
    PAID = auto()
    WRITTEN_OFF = auto()
    VOID = auto()


class DocumentType(Named):
    """Kinds of debit document (B0): OTHER holds finance charges, journals and the like."""

    INVOICE = auto()
    DEBIT_NOTE = auto()
    OTHER = auto()


class TransactionType(Named):
    """Whether a document raises (DEBIT) or lowers (CREDIT) what the customer owes."""

    DEBIT = auto()
    CREDIT = auto()


class SettlementKind(Named):
    """What lowers an invoice's amount due. A return or reversal is a negative settlement of the same kind."""

    PAYMENT = auto()
    CREDIT_NOTE = auto()
    ADJUSTMENT = auto()
    WRITE_OFF = auto()


class DateBasis(Named):
    """Whether a date was stated by the source or inferred by the hub (B41)."""

    STATED = auto()
    INFERRED = auto()


class ConversionDate(Named):
    """Which date's rate converts an amount (B13)."""

    AS_OF = auto()
    DOCUMENT_DATE = auto()
