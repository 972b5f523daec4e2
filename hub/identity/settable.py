"""Which fields people may set over a source's, and what they are called where they are no field of a record."""

from collections.abc import Mapping

from hub.vocabulary import Entity

PARENT = "parent_id"
"""A customer's parent, by its id here."""

VOID = "void"
"""That an invoice is void, with the day from which on (B9): it stands until the source changes the invoice in whatever way."""

PAID = "paid"
"""That an invoice is paid, with the day on which the money came (B11): it stands in for money that no source shows yet."""

ASKED, NOT_ASKED = '"late":true', '"late":false'
"""In what a source says against a mark of being paid (JSON): whether it has said so for longer than people need not be asked about it."""

DEEDS = frozenset((VOID, PAID))
"""What people do to an invoice rather than say of a field. A source that says nothing against it (None) agrees."""

SETTABLE: Mapping[Entity, frozenset[str]] = {
    Entity.CUSTOMER: frozenset(
        (
            "name legal_name email phone website tax_id currency language time_zone address_lines city region postal_code country entity_type is_billed "
            "bill_to_preference payment_terms payment_terms_days is_auto_collected finance_owner sales_owner segments source_handling"
        ).split()
    )
    | {PARENT},
    Entity.CONTACT: frozenset("name job_title email phone mobile language time_zone roles is_primary".split()),
    Entity.INVOICE: frozenset("due_date purchase_order_number contract location business_unit source_handling".split()) | DEEDS,
}
"""Amounts, numbers and dates of documents are the source's alone: whoever wants another amount issues a document."""
