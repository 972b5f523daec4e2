"""Mutations of what people enter: customers and contacts."""

from collections.abc import Mapping

from hub.commands import entering
from hub.identity.settable import SETTABLE
from hub.vocabulary import Entity
from schema.mutation.declaring import InputField, Mutation, id_input, shown
from schema.mutation.reading import snake_case
from schema.mutation.record_inputs import CONTACT, CUSTOMER

_CUSTOMER = shown("Customer", "The customer.")
_CONTACT = shown("Contact", "The contact.")
_PARENT = InputField(type="ID", description="The customer above it in the hierarchy.", row="Customer")


def _entered(fields: Mapping[str, InputField], entity: Entity) -> dict[str, InputField]:
    """The fields of a record that people may set."""
    return {name: field for name, field in fields.items() if snake_case(name) in SETTABLE[entity]}


def _changed(fields: Mapping[str, InputField], entity: Entity) -> dict[str, InputField]:
    """The same fields, none of them required: what is not given stays, null is no value."""
    return {name: InputField(type=field.type.removesuffix("!"), description=field.description) for name, field in _entered(fields, entity).items()}


ENTERING_MUTATIONS: Mapping[str, Mutation] = {
    "customerCreate": Mutation(
        description="Enter a customer that no system delivers. It is a source of its own, `by hand`: when a system comes to deliver it, the two are merged.",
        command=entering.create_customer,
        input=_entered(CUSTOMER.fields, Entity.CUSTOMER) | {"parent": _PARENT},
        payload={"customer": _CUSTOMER},
        needs_key=True,
    ),
    "customerUpdate": Mutation(
        description=(
            "Say something else of a customer: what is not given stays, null is no value. What was entered is changed in itself; over what a system says, "
            "the value stands until the system changes its own."
        ),
        command=entering.update_customer,
        input={"id": id_input("Customer", "The customer.")} | _changed(CUSTOMER.fields, Entity.CUSTOMER) | {"parent": _PARENT},
        payload={"customer": _CUSTOMER},
    ),
    "customerDelete": Mutation(
        description="Delete a customer that was entered and that no system delivers.",
        command=entering.delete_customer,
        input={"id": id_input("Customer", "The customer.")},
        payload={"customer": _CUSTOMER},
    ),
    "contactCreate": Mutation(
        description="Enter a contact of a customer, whatever system the customer is from. It is never written back to one.",
        command=entering.create_contact,
        input={"customer": id_input("Customer", "The customer.")} | _entered(CONTACT.fields, Entity.CONTACT),
        payload={"contact": _CONTACT},
        needs_key=True,
    ),
    "contactUpdate": Mutation(
        description="Say something else of a contact, as for a customer.",
        command=entering.update_contact,
        input={"id": id_input("Contact", "The contact.")} | _changed(CONTACT.fields, Entity.CONTACT),
        payload={"contact": _CONTACT},
    ),
    "contactDelete": Mutation(
        description="Delete a contact that was entered and that no system delivers.",
        command=entering.delete_contact,
        input={"id": id_input("Contact", "The contact.")},
        payload={"contact": _CONTACT},
    ),
}
"""Entering, changing, deleting."""
