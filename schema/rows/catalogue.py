"""All types over rows."""

from schema.plan.mapping import GroupType, RowType, RowTypes
from schema.rows.access import API_TOKEN, AUDIT_ENTRY
from schema.rows.connection_health import CONNECTION_HEALTH, STREAM_FRESHNESS
from schema.rows.connection_notices import CONNECTION_NOTICE
from schema.rows.connection_tests import CONNECTION_TEST
from schema.rows.connections import CONNECTION, FEED, REJECTED_RECORD, SYNC_NOTICE, SYNC_RUN
from schema.rows.contacts import CONTACT
from schema.rows.customers import CUSTOMER, SEGMENT
from schema.rows.exports import BULK_OPERATION
from schema.rows.health import CUSTOMER_CURRENCY_HEALTH, CUSTOMER_HEALTH
from schema.rows.identity import CUSTOMER_MERGE, FIELD_CONFLICT, FIELD_OVERRIDE, FIELD_PROVENANCE, FIELD_RULE, LINK_SUGGESTION
from schema.rows.imports import FILE_IMPORT, STAGED_UPLOAD
from schema.rows.invoice_parts import DUE_PART, INVOICE_LINE, SETTLEMENT
from schema.rows.invoices import CONVERTED_INVOICE_AMOUNTS, INVOICE, INVOICE_OVERLAYS
from schema.rows.jobs import JOB_RUN, SCHEDULE
from schema.rows.links import CUSTOMER_LINK, EXTERNAL_REFERENCE
from schema.rows.mismatches import OUTSTANDING_MISMATCH
from schema.rows.payment_attempts import PAYMENT_ATTEMPT
from schema.rows.payment_methods import PAYMENT_METHOD
from schema.rows.payments import CREDIT_NOTE, PAYMENT
from schema.rows.rates import CONVERSION_RATE
from schema.rows.refunds import REFUND
from schema.rows.rules import CUSTOMER_RULE_MATCH, INVOICE_RULE_MATCH, RULE_SET, RULE_SET_VERSION
from schema.rows.source_fields import SOURCE_FIELD
from schema.rows.subscriptions import SUBSCRIPTION

_ROWS: tuple[RowType, ...] = (
    CUSTOMER,
    CUSTOMER_HEALTH,
    CUSTOMER_CURRENCY_HEALTH,
    CUSTOMER_LINK,
    SEGMENT,
    CONTACT,
    INVOICE,
    INVOICE_LINE,
    DUE_PART,
    SETTLEMENT,
    CREDIT_NOTE,
    PAYMENT,
    REFUND,
    PAYMENT_METHOD,
    PAYMENT_ATTEMPT,
    SUBSCRIPTION,
    EXTERNAL_REFERENCE,
    CONNECTION,
    FEED,
    SYNC_RUN,
    REJECTED_RECORD,
    SYNC_NOTICE,
    JOB_RUN,
    SCHEDULE,
    STREAM_FRESHNESS,
    CONNECTION_NOTICE,
    CONNECTION_TEST,
    SOURCE_FIELD,
    OUTSTANDING_MISMATCH,
    API_TOKEN,
    AUDIT_ENTRY,
    BULK_OPERATION,
    CUSTOMER_MERGE,
    LINK_SUGGESTION,
    FIELD_OVERRIDE,
    FIELD_CONFLICT,
    FIELD_PROVENANCE,
    FIELD_RULE,
    STAGED_UPLOAD,
    FILE_IMPORT,
    RULE_SET,
    RULE_SET_VERSION,
    CUSTOMER_RULE_MATCH,
    INVOICE_RULE_MATCH,
)
_GROUPS: tuple[GroupType, ...] = (CONVERTED_INVOICE_AMOUNTS, INVOICE_OVERLAYS, CONVERSION_RATE, CONNECTION_HEALTH)

ROW_TYPES = RowTypes({made.name: made for made in _ROWS}, {made.name: made for made in _GROUPS})
"""Every type whose objects are rows, or values of one."""
