"""The enums of the API: the hub's vocabularies, with what each value means. They are open: clients must expect values that are added later."""

from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from typing import cast

import strawberry

from hub import vocabulary as words

OPEN = "More values may be added: treat one that you do not know as unknown."

MEANINGS: Mapping[type[StrEnum], Mapping[str, str]] = {
    words.AttemptKind: {
        "CHARGE": "A first try.",
        "RETRY": "A further try after one that failed.",
        "CHARGEBACK": "The payer's bank took money back: no try.",
    },
    words.BillToPreference: {
        "BUYER": "The customer itself.",
        "IMMEDIATE_PARENT": "The customer right above it.",
        "TOP_PARENT": "The customer at the top of its hierarchy.",
    },
    words.BulkOperationErrorCode: {
        "ACCESS_LOST": "The token that asked is no longer valid, or its role has changed.",
        "QUERY_REFUSED": "The query cannot be answered.",
        "NO_ROOM": "The file could not be written.",
        "ABANDONED": "It was tried several times, and never came to its end.",
    },
    words.BulkOperationStatus: {
        "QUEUED": "It waits for its turn.",
        "RUNNING": "It is being written.",
        "COMPLETED": "The file can be fetched.",
        "FAILED": "It has ended without a file.",
        "CANCELLED": "A person no longer wanted it.",
        "EXPIRED": "The file was kept for its time, and is gone.",
    },
    words.ConflictDecision: {
        "KEEP_OURS": "What we say stays, this time.",
        "TAKE_THEIRS": "What the source says is taken, this time.",
        "ALWAYS_THEIRS": "What a source says of this field is taken now, and whenever it changes.",
        "ALWAYS_OURS": "What we say of this field stays now, and whenever a source changes it.",
    },
    words.ConflictStatus: {
        "OPEN": "Somebody has to decide.",
        "DECIDED": "Somebody has decided.",
        "OVER": "It ended by itself.",
    },
    words.ConnectionKind: {
        "ACCOUNTING": "Books: the system of record for invoices where there is one.",
        "BILLING": "Makes and sends invoices.",
        "CRM": "Knows customers, contacts and owners.",
        "GATEWAY": "Takes payments.",
        "FILES": "Files that are put somewhere.",
        "API": "Records that a program sends.",
    },
    words.ConnectionRecords: {
        "KEEP": "They stay as they are.",
        "DELETE": "Each counts as deleted at its source, unless another connection knows it too. None is erased.",
    },
    words.ConnectionState: {
        "HEALTHY": "It is up to date, and nothing waits.",
        "SYNCING": "It is being read.",
        "WAITING": "It is being read, and its system asked to wait.",
        "ATTENTION": "It runs, and something about it waits for a person.",
        "FAILING": "Its last run failed.",
        "STOPPED": "It does not run before a person does something.",
        "NEVER_RUN": "It has never been read.",
    },
    words.ConnectionStatus: {
        "ACTIVE": "It may run.",
        "PAUSED": "A person stopped it for now.",
        "NEEDS_AUTHORISATION": "Its system refused our credentials: a person must reconnect it.",
        "REMOVED": "It is configured no longer; its records stay.",
    },
    words.ConnectionTestStatus: {
        "WAITING": "It has not ended: ask again.",
        "PASSED": "Its system answers, and lets us in.",
        "FAILED": "Something is the matter; the problem says what.",
    },
    words.ContactRole: {
        "INVOICE_PRESENTMENT": "Receives invoices.",
        "COMMUNICATION": "Receives reminders and other messages.",
    },
    words.DateBasis: {
        "STATED": "The source stated it.",
        "INFERRED": "The hub inferred it from what the source states.",
    },
    words.DocumentType: {
        "INVOICE": "An invoice.",
        "DEBIT_NOTE": "A debit note.",
        "OTHER": "Another debit: a finance charge, a journal entry.",
    },
    words.DunningStatus: {
        "IN_PROGRESS": "It is tried again.",
        "EXHAUSTED": "It was tried as often as it may be.",
        "STOPPED": "Somebody stopped it.",
        "SUCCESS": "It was collected.",
    },
    words.EntityType: {
        "CUSTOMER": "A company or person.",
        "PROJECT": "A project of a customer.",
    },
    words.ExportFormat: {
        "JSONL": "JSON Lines: one object a line, as the API shows it.",
        "CSV": "A table for spreadsheets: objects below are columns of their own, lists are JSON.",
    },
    words.FieldState: {
        "KNOWN": "It is as it was.",
        "NEW": "It was never seen before.",
        "MISSING": "It was always there, and is no longer.",
        "RETYPED": "It has values of a further type.",
        "ACCEPTED": "It changed, and a person agreed.",
    },
    words.FileImportKind: {
        "PREVIEW": "It is only looked at; nothing changes.",
        "APPLY": "It is brought in.",
    },
    words.FileImportState: {
        "QUEUED": "It waits for its job.",
        "RUNNING": "Its job is at work.",
        "READY": "The preview can be looked at.",
        "APPLIED": "It was brought in.",
        "HELD": "Nothing was lost, but a person must decide before the rest is applied.",
        "FAILED": "It ended early; what it had brought in before is kept.",
        "CANCELLED": "A person cancelled its job; what it had brought in stays.",
    },
    words.HoldScope: {
        "COMMUNICATIONS": "Campaigns and direct collection messages.",
        "COLLECTION": "Charges and instalments.",
        "PORTAL": "Access to the portal.",
    },
    words.InvoiceStatus: {
        "DRAFT": "Not issued yet.",
        "FUTURE": "Dated later than the business date.",
        "OPEN": "Issued, with its whole total due.",
        "PARTIALLY_PAID": "Issued, with a part of its total due.",
        "PAID": "Issued, with nothing due.",
        "WRITTEN_OFF": "Given up.",
        "VOID": "Cancelled.",
    },
    words.JobStatus: {
        "QUEUED": "It waits for its time, its lock or a free place.",
        "RUNNING": "It is being done.",
        "DONE": "It was done.",
        "DEAD": "It failed for the last time, or in a way that a repetition cannot mend: a person must act.",
        "CANCELLED": "A person cancelled it, or it was dead and a later one that does the same died too; what it had done stays.",
    },
    words.Lifecycle: {
        "DRAFT": "Not issued yet.",
        "FUTURE": "To be issued on its document date.",
        "ISSUED": "Issued; whether it is open, partially paid or paid follows from its amounts.",
        "VOID": "Cancelled.",
        "WRITTEN_OFF": "Given up.",
    },
    words.MergeKind: {
        "EXACT": "Both carry an id, our own reference or a tax id that nobody else carries.",
        "ALIAS": "Their source itself has merged them.",
        "SUGGESTED": "A person accepted a suggestion.",
        "BY_HAND": "A person said so.",
    },
    words.NoticeKind: {
        "SYNC_FAILED": "A run failed.",
        "NEEDS_AUTHORISATION": "The source refused our credentials.",
        "PAUSED": "A person stopped the connection for now.",
        "NO_RECENT_RUN": "No run has succeeded for a long time.",
        "TOO_MANY_REJECTED": "So much was refused that a feed does not move.",
        "CONTRACT_BROKEN": "The source no longer sends what was agreed.",
        "SCHEMA_DRIFT": "Fields of payloads are not as they were.",
        "DELETIONS_HELD": "Much is absent from the source, and a person must decide whether it is gone.",
        "WEBHOOKS_GIVEN_UP": "Events that the source told of could not be applied.",
    },
    words.PaymentMethodKind: {
        "CASH": "Cash.",
        "CARD": "A card.",
        "CHEQUE": "A cheque.",
        "BANK_DEBIT": "A debit that we draw from a bank account.",
        "BANK_TRANSFER": "A transfer that the customer makes.",
        "WALLET": "A wallet of a payment provider.",
        "OTHER": "Something else.",
    },
    words.PaymentOrigin: {
        "SOURCE": "Made in the system that it comes from.",
        "HUB": "Made through this hub.",
        "MANUAL": "Entered here by hand.",
    },
    words.PaymentSourceStatus: {
        "VALID": "It can be used.",
        "INVALID": "It was refused for good.",
        "EXPIRING": "It will soon be valid no longer.",
        "EXPIRED": "It is valid no longer.",
    },
    words.PaymentState: {
        "INTENDED": "Decided, not sent yet.",
        "SUBMITTED": "Sent to the gateway, without an answer yet.",
        "UNKNOWN": "Sent or not: only the other side knows.",
        "DECLINED": "Refused.",
        "ACCEPTED": "Accepted; the money may still bounce.",
        "SETTLED": "The money is there.",
        "RETURNED": "The money went back.",
        "CHARGED_BACK": "The payer's bank took the money back.",
        "VOIDED": "Cancelled before the money moved.",
    },
    words.Reconciliation: {
        "PENDING": "The accounting system does not know it yet.",
        "RECONCILED": "The accounting system knows it.",
    },
    words.RejectionStatus: {
        "OPEN": "It waits to be looked at.",
        "RESOLVED": "A later try was accepted.",
        "DISMISSED": "A person decided that it does not matter.",
    },
    words.Role: {
        "ADMIN": "Sets up the hub, and reads everything.",
        "FINANCE": "Reads all records and figures, and looks after connections and what they refused.",
        "COLLECTOR": "Reads records and figures of customers.",
        "INTEGRATOR": "Runs connections and reads records, never figures.",
        "AUDITOR": "Reads everything, changes nothing.",
    },
    words.SettlementKind: {
        "PAYMENT": "A part of a payment.",
        "CREDIT_NOTE": "A part of a credit note.",
        "ADJUSTMENT": "An adjustment without a document.",
        "WRITE_OFF": "An amount given up.",
    },
    words.SourceHandling: {
        "ACTIVE": "Nothing is stopped.",
        "HOLD": "Communications and plans stop.",
        "CLOSED": "All activity stops.",
    },
    words.Stream: {
        "EXCHANGE_RATES": "Exchange rates.",
        "CUSTOMERS": "Customers.",
        "CONTACTS": "Contacts.",
        "INVOICES": "Invoices and other debits.",
        "CREDIT_NOTES": "Credit notes.",
        "PAYMENTS": "Payments.",
        "REFUNDS": "Refunds.",
        "PAYMENT_METHODS": "Stored means of payment.",
        "PAYMENT_ATTEMPTS": "Tries to collect payments.",
        "SUBSCRIPTIONS": "Subscriptions.",
    },
    words.SubscriptionStatus: {
        "FUTURE": "It starts later.",
        "IN_TRIAL": "It is tried out.",
        "ACTIVE": "It runs.",
        "CANCELLED": "It has ended.",
        "PAUSED": "It rests.",
        "NON_RENEWING": "It runs to its end and no further.",
    },
    words.SuggestionKind: {
        "SAME_CUSTOMER": "They are alike.",
        "RECREATED": "One was deleted in its system, and the other is there in its place.",
        "UPSTREAM_MERGE": "Their source has merged them, and other systems tell them apart.",
        "AMBIGUOUS_EXACT": "An exact match that more than one could claim, or that something contradicts.",
    },
    words.SuggestionStatus: {
        "OPEN": "Somebody has to decide.",
        "ACCEPTED": "A person said that they are one.",
        "DISMISSED": "A person said that they are two.",
        "WITHDRAWN": "What it rested on is gone, or it was decided without a person.",
    },
    words.SyncRunStatus: {
        "RUNNING": "It is going on.",
        "SUCCEEDED": "It read everything that there was.",
        "FAILED": "It ended early; what it had read before is kept.",
        "HELD": "Nothing was lost, but a person must decide before the rest is applied.",
        "CANCELLED": "A person stopped it.",
    },
    words.PushOutcome: {
        "CREATED": "It was new, and is there now.",
        "UPDATED": "It was there in another form, or had been deleted, and is as it was pushed now.",
        "UNCHANGED": "It was there as it was pushed; a deletion: there was nothing to delete.",
        "STALE": "It was left out: a newer form of it is here, or comes in the same batch.",
        "WAITING": "Its customer has not come yet: it is kept aside, counts in no figure, and lands with its customer.",
        "DELETED": "It is marked as deleted.",
        "REJECTED": "It was refused, for the reason that the user errors tell, and is kept among the rejected records until a right one comes.",
    },
    words.UploadState: {
        "WAITING": "Its bytes have not come, or not all of them.",
        "COMPLETE": "Its bytes are there.",
        "EXPIRED": "Its bytes are gone.",
    },
    words.UserErrorCode: {
        "INVALID": "The value cannot be accepted.",
        "NOT_FOUND": "What was named does not exist, or you may not know that it does.",
        "CONFLICT": "It contradicts the present state; the same may be possible later.",
        "NOT_SUPPORTED": "The connector cannot do it.",
        "ALREADY_SHOWN": "A secret was shown when the request came first, and is kept nowhere.",
    },
}
"""What each value of each enum of the API means."""


def enum_type(name: str, description: str, members: Mapping[str, str]) -> type[Enum]:
    """A Strawberry enum from its members and what each means."""
    values = {member: strawberry.enum_value(member, description=meaning) for member, meaning in members.items()}
    create = cast("Callable[[str, Mapping[str, object]], type[Enum]]", Enum)  # the functional form, which type checkers know with literal members only
    return strawberry.enum(create(name, values), name=name, description=description)


def _vocabulary_type(kind: type[StrEnum]) -> type[Enum]:
    meanings = MEANINGS[kind]
    if list(meanings) != [member.name for member in kind]:
        message = f"{kind.__name__}: describe each value, in the order of the vocabulary"
        raise ValueError(message)
    summary = (kind.__doc__ or "").strip().splitlines()[0]
    return enum_type(kind.__name__, f"{summary} {OPEN}", meanings)


VOCABULARY: Mapping[str, type[Enum]] = {kind.__name__: _vocabulary_type(kind) for kind in MEANINGS}
"""The hub's vocabularies as types of the API, by name."""
