"""Lists at the root, and lookups of one row by its id."""

from schema.ids import decode_id
from schema.inputs import list_arguments
from schema.plan.mapping import Argument
from schema.plan.paging import PAGE_ARGUMENTS
from schema.plan.rows import Fetched
from schema.query.root import Root, RootField
from schema.rows.catalogue import ROW_TYPES

_DAY = Argument("Date", "The day that figures hold for in this list: for its order, its filter, and `health` below it. Without it: today.")


def list_of(type_name: str, description: str, *, takes_day: bool = False) -> RootField:
    """A connection to all rows of a type that the caller may see."""

    def answer(root: Root) -> Fetched:
        reading = root.reading(root.arguments.get("asOf") if takes_day else None)
        return root.planner.page(root.selected, root.types[type_name], reading).run(root.session)

    arguments = dict(PAGE_ARGUMENTS) | list_arguments(ROW_TYPES[type_name]) | ({"asOf": _DAY} if takes_day else {})
    return RootField(type=f"{type_name}Connection", description=description, arguments=arguments, answer=answer)


def lookup_of(type_name: str) -> RootField:
    """One row by its id: null when there is none, or none that the caller may see."""

    def answer(root: Root) -> Fetched | None:
        given, key = decode_id(root.arguments["id"], root.selected.argument_path("id"))
        return row_by_key(root, type_name, key if given == type_name else None)

    arguments = {"id": Argument("ID!", "Its id, as an `id` field gave it.")}
    return RootField(type=type_name, description=f"One {type_name} by its id; null when there is none that you may see.", arguments=arguments, answer=answer)


def row_by_key(root: Root, type_name: str, key: int | None) -> Fetched | None:
    """One row by its key, with everything that is selected of it; a selection that is refused is refused without a row (`key` None) too."""
    plan = root.planner.lookup(root.selected, root.types[type_name], root.reading())
    return None if key is None else plan.load(root.session, [key]).get(key)


def rows_by_key(root: Root, type_name: str, keys: list[int]) -> dict[int, Fetched]:
    """Rows of one type by their keys, each with everything that is selected of its type."""
    plan = root.planner.lookup(root.selected, root.types[type_name], root.reading(), has_one_parent=False)
    return dict(plan.load(root.session, keys))


LISTS: dict[str, RootField] = {
    "customers": list_of("Customer", "Customers.", takes_day=True),
    "contacts": list_of("Contact", "Contacts of all customers."),
    "invoices": list_of("Invoice", "Invoices and other debits of all customers."),
    "creditNotes": list_of("CreditNote", "Credit notes of all customers."),
    "payments": list_of("Payment", "Payments of all customers."),
    "refunds": list_of("Refund", "Refunds of all customers."),
    "paymentMethods": list_of("PaymentMethod", "Stored means of payment of all customers."),
    "paymentAttempts": list_of("PaymentAttempt", "Tries to collect payments of all customers."),
    "subscriptions": list_of("Subscription", "Subscriptions of all customers."),
    "connections": list_of("ConnectedSystem", "Connections to outside systems."),
    "syncRuns": list_of("SyncRun", "Runs of all connections."),
    "rejectedRecords": list_of("RejectedRecord", "Records of all connections that were refused."),
    "jobs": list_of("JobRun", "Jobs, whatever became of them."),
    "schedules": list_of("Schedule", "Schedules that start jobs."),
    "connectionNotices": list_of("ConnectionNotice", "What people should know of connections, newest first."),
    "conflicts": list_of("FieldConflict", "Values over which ours stand and that their source has changed, newest first."),
    "fieldRules": list_of("FieldRule", "What is done without asking when a source changes a field over which ours stands."),
    "linkSuggestions": list_of("LinkSuggestion", "Customers that may be one, the most likely first."),
    "customerMerges": list_of("CustomerMerge", "Customers that were made one, newest first."),
    "mismatches": list_of("OutstandingMismatch", "Customers whose reported balances differ from ours, the largest difference first."),
    "fileImports": list_of("FileImport", "Files that were looked at or brought in, newest first."),
    "bulkOperations": list_of("BulkOperation", "Exports: your own, or all for who may read the audit log, the latest first."),
    "ruleSets": list_of("RuleSet", "Rules that are kept under names."),
    "apiTokens": list_of("ApiToken", "API tokens, the expired and revoked ones included."),
    "auditLog": list_of("AuditEntry", "What was done through the API, by whom and why, the latest first."),
}

LOOKUPS: dict[str, RootField] = {
    "customer": lookup_of("Customer"),
    "contact": lookup_of("Contact"),
    "invoice": lookup_of("Invoice"),
    "creditNote": lookup_of("CreditNote"),
    "payment": lookup_of("Payment"),
    "refund": lookup_of("Refund"),
    "paymentMethod": lookup_of("PaymentMethod"),
    "paymentAttempt": lookup_of("PaymentAttempt"),
    "subscription": lookup_of("Subscription"),
    "connection": lookup_of("ConnectedSystem"),
    "connectionTest": lookup_of("ConnectionTest"),
    "syncRun": lookup_of("SyncRun"),
    "rejectedRecord": lookup_of("RejectedRecord"),
    "job": lookup_of("JobRun"),
    "schedule": lookup_of("Schedule"),
    "conflict": lookup_of("FieldConflict"),
    "linkSuggestion": lookup_of("LinkSuggestion"),
    "fileImport": lookup_of("FileImport"),
    "stagedUpload": lookup_of("StagedUpload"),
    "bulkOperation": lookup_of("BulkOperation"),
    "ruleSet": lookup_of("RuleSet"),
    "apiToken": lookup_of("ApiToken"),
}
