"""Customers, and what hangs on them: links to systems and segments."""

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.access.rows import row_predicate
from hub.health.basis import Basis
from hub.health.documents import in_the_books
from hub.health.invoice_state import is_open_invoice
from hub.model import (
    Contact,
    CreditNote,
    Customer,
    CustomerMerge,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    Segment,
    SegmentMember,
    Subscription,
    table_of,
)
from hub.vocabulary import Entity
from schema.plan.declaring import AS_OF, column, computed, expression_of, id_of, many, one, page
from schema.plan.filters import FlagFilter, GroupFilter, RelatedFilter, TextFilter
from schema.plan.mapping import Field, ManyField, OneField, RowType, Scope
from schema.plan.reading import Reading
from schema.plan.text import byte_order
from schema.rows.health import CUSTOMER_HEALTH, figures
from schema.rows.identity import conflicts, provenance
from schema.rows.mismatches import CUSTOMER_MISMATCH
from schema.rows.rule_filters import CUSTOMER_RULES
from schema.rows.rules import CUSTOMER_RULE_MATCH, matching_rule_sets
from schema.values import CustomField, Money, list_or_empty

_CUSTOMERS = table_of(Customer)
_INVOICES = table_of(Invoice)
_SEGMENTS = table_of(Segment)
_MEMBERS = table_of(SegmentMember)

_search_name = expression_of(Customer.search_name)


def _figures_join(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    rows = figures(scope.reading)
    return rows, rows.c.customer_id == scope.c.id


def _has_open_invoices(scope: Scope) -> sa.ColumnElement[bool]:
    """Quick filter (ST22): customers with an open document of their own."""
    invoice = scope.reading.rows_of(_INVOICES)
    basis = Basis.of(scope.reading.workspace, scope.reading.today)
    open_ = sa.and_(invoice.c.customer_id == scope.c.id, is_open_invoice(invoice, basis), in_the_books(invoice, basis))
    return sa.exists(sa.select(sa.literal(1)).select_from(invoice).where(open_).correlate(scope.rows))


def _balances(balances: dict[str, int] | None) -> list[Money]:
    made = (Money.of(amount, currency) for currency, amount in sorted((balances or {}).items()))
    return [money for money in made if money is not None]


_FIELDS: dict[str, Field] = {
    "id": id_of("Customer"),
    "name": computed(
        "String!",
        "The name by which people know it.",
        needs=(expression_of(Customer.name),),
        filter=TextFilter("By name.", expression_of(Customer.name), _search_name),
        order=lambda scope: byte_order(_search_name(scope)),
    ),
    "legalName": column(Customer.legal_name, "The registered name.", filtered=True),
    "email": column(Customer.email, "The general e-mail address.", filtered=True),
    "phone": column(Customer.phone, "The general phone number."),
    "website": column(Customer.website, "The website.", type="URL"),
    "taxId": column(Customer.tax_id, "The tax number.", filtered=True),
    "currency": column(Customer.currency, "The currency that it is usually billed in.", type="CurrencyCode", filtered=True),
    "language": column(Customer.language, "The language to write in, by BCP 47."),
    "timeZone": column(Customer.time_zone, "The time zone, by the IANA database."),
    "addressLines": computed("[String!]!", "The lines of the address.", needs=(expression_of(Customer.address_lines),), make=list_or_empty),
    "city": column(Customer.city, "The city of the address.", filtered=True),
    "region": column(Customer.region, "The region of the address.", filtered=True),
    "postalCode": column(Customer.postal_code, "The postal code of the address.", filtered=True),
    "country": column(Customer.country, "The country of the address, by ISO 3166.", filtered=True),
    "entityType": column(Customer.entity_type, "Whether it is a company or a project of one.", filtered=True),
    "isBilled": column(Customer.is_billed, "Whether invoices may be billed to it.", filtered=True),
    "billToPreference": column(Customer.bill_to_preference, "Who is billed for it; null: as its kind and the workspace have it.", filtered=True),
    "paymentTerms": column(Customer.payment_terms, "The agreed terms, in the source's words."),
    "paymentTermsDays": column(Customer.payment_terms_days, "The agreed days from document to due date.", filtered=True),
    "isAutoCollected": column(Customer.is_auto_collected, "Whether its source collects payments by itself; null: the source does not say.", filtered=True),
    "financeOwner": column(Customer.finance_owner, "Our colleague who looks after what it owes.", filtered=True),
    "salesOwner": column(Customer.sales_owner, "Our colleague who sells to it.", filtered=True),
    "sourceHandling": column(Customer.source_handling, "The file-level status: HOLD stops communications, CLOSED stops all activity.", filtered=True),
    "reportedBalances": computed(
        "[Money!]!",
        "What its source says that it owes, by currency; empty: the source does not say.",
        needs=(expression_of(Customer.reported_balances),),
        make=_balances,
    ),
    "outstandingMismatch": CUSTOMER_MISMATCH,
    "customFields": computed("[CustomField!]!", "Fields that its source adds.", needs=(expression_of(Customer.custom),), make=CustomField.list_of),
    "isDeleted": column(Customer.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
    "firstSeenAt": column(Customer.first_seen_at, "When the hub first saw it.", filtered=True),
    "updatedAt": column(Customer.updated_at, "When its row last changed.", filtered=True, ordered=True),
    "parent": one("Customer", Customer.parent_id, "The customer above it in a hierarchy."),
    "billTo": one("Customer", Customer.bill_to_id, "Who is billed for it; itself, when nobody else is."),
    "children": page("Customer", Customer.parent_id, "The customers below it."),
    "segments": many("Segment", SegmentMember.customer_id, "The segments that it belongs to; the first one counts.", order=(Segment.position,), list_size=2),
    "links": ManyField(
        type="[CustomerLink!]!",
        description="Its link to each configured connection, missing links included with the reason.",
        target="CustomerLink",
        foreign="customer_id",
        order=("connection_name", "external_id"),
        list_size=5,
    ),
    "mergedInto": one("Customer", Customer.merged_into_id, "The customer that this one was made one with; null: it counts by itself."),
    "merges": many(
        "CustomerMerge",
        CustomerMerge.into_id,
        "The customers that were made one with it, also where that was taken back.",
        order=(CustomerMerge.id,),
        list_size=2,
    ),
    "provenance": provenance(Entity.CUSTOMER),
    "conflicts": conflicts(Entity.CUSTOMER),
    "health": OneField(
        type="CustomerHealth",
        description="Its figures. Null while they have not been computed yet.",
        arguments=AS_OF,
        target="CustomerHealth",
        key=lambda scope: scope.key,
        takes_day=True,
        cost=5,
    ),
    "matchingRuleSets": matching_rule_sets(CUSTOMER_RULE_MATCH),
    "contacts": page("Contact", Contact.customer_id, "People there."),
    "invoices": page("Invoice", Invoice.customer_id, "Its invoices and other debits."),
    "creditNotes": page("CreditNote", CreditNote.customer_id, "Its credit notes."),
    "payments": page("Payment", Payment.customer_id, "Its payments."),
    "refunds": page("Refund", Refund.customer_id, "What was given back to it."),
    "paymentMethods": page("PaymentMethod", PaymentMethod.customer_id, "Its stored means of payment."),
    "paymentAttempts": page("PaymentAttempt", PaymentAttempt.customer_id, "The tries to collect payments from it."),
    "subscriptions": page("Subscription", Subscription.customer_id, "Its subscriptions."),
}

CUSTOMER = RowType(
    name="Customer",
    description="The party that owes.",
    relation=lambda reading: reading.rows_of(_CUSTOMERS),
    readable=row_predicate,
    is_node=True,
    joins={"figures": _figures_join},
    fields=_FIELDS,
    filters={
        **CUSTOMER_RULES,
        "hasOpenInvoices": FlagFilter("Whether it has an open document of its own.", _has_open_invoices),
        "health": GroupFilter("By its figures, on the list's day.", "CustomerHealth", "figures"),
        "invoices": RelatedFilter("With an invoice that matches.", "Invoice", "id", "customer_id"),
        "paymentMethods": RelatedFilter("With a stored means of payment that matches.", "PaymentMethod", "id", "customer_id"),
        "paymentAttempts": RelatedFilter("With a try to collect a payment that matches.", "PaymentAttempt", "id", "customer_id"),
        "subscriptions": RelatedFilter("With a subscription that matches.", "Subscription", "id", "customer_id"),
        "contacts": RelatedFilter("With a contact that matches.", "Contact", "id", "customer_id"),
        "parent": RelatedFilter("Below a customer that matches.", "Customer", "parent_id"),
    },
    orders={name: order.through("figures", CUSTOMER_HEALTH) for name, order in CUSTOMER_HEALTH.all_orders.items()},
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
    default_order=(("NAME", False),),
)


def _memberships(_reading: Reading) -> sa.FromClause:
    return (
        sa.select(_MEMBERS.c.customer_id, _SEGMENTS.c.id, _SEGMENTS.c.name, _SEGMENTS.c.position, _SEGMENTS.c.is_default)
        .join_from(_MEMBERS, _SEGMENTS)
        .subquery()
    )


def _segments_readable(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return row_predicate(principal, _SEGMENTS)


SEGMENT = RowType(
    name="Segment",
    description="A named group of customers.",
    relation=_memberships,
    readable=_segments_readable,
    fields={
        "name": column(Segment.name, "The name."),
        "position": column(Segment.position, "The place in the order of segments; of several, a customer's first one counts."),
        "isDefault": column(Segment.is_default, "Whether customers without another segment belong to it."),
    },
)
