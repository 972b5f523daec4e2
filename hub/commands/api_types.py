"""What the API calls the objects that commands are about."""

from collections.abc import Mapping

from hub.vocabulary import Entity

API_TYPES: Mapping[Entity, str] = {
    Entity.CUSTOMER: "Customer",
    Entity.CONTACT: "Contact",
    Entity.INVOICE: "Invoice",
    Entity.CREDIT_NOTE: "CreditNote",
    Entity.PAYMENT: "Payment",
}
"""The type of the API by the kind of object."""
