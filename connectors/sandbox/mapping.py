"""From payloads to records: which collection of which system holds what, and what becomes of an object that is not as agreed. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from connectors.sandbox import accounting_mapping, crm_mapping, gateway_mapping
from connectors.toolkit.payload import Payload, id_of
from hub.plugins import (
    Deletion,
    Record,
    RecordError,
    Refusal,
    Stream,
)


class SystemName(StrEnum):
    """The three systems of the sandbox, as the option `system` names them."""

    ACCOUNTING = "accounting"
    CRM = "crm"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Collection:
    """The objects of one stream in one system. `flag` is the field that says of an object that it is deleted; None: no field does."""

    system: SystemName
    name: str
    stream: Stream
    read: Callable[[Payload], Record]
    flag: str | None = None

    @property
    def path(self) -> str:
        """Where its list is, below the address of its system."""
        return f"/v1/{self.name}"


_COLLECTIONS = (
    Collection(SystemName.ACCOUNTING, "rates", Stream.EXCHANGE_RATES, accounting_mapping.rate),
    Collection(SystemName.ACCOUNTING, "customers", Stream.CUSTOMERS, accounting_mapping.customer, flag="deleted"),
    Collection(SystemName.ACCOUNTING, "invoices", Stream.INVOICES, accounting_mapping.invoice),
    Collection(SystemName.ACCOUNTING, "credit_notes", Stream.CREDIT_NOTES, accounting_mapping.credit_note),
    Collection(SystemName.ACCOUNTING, "payments", Stream.PAYMENTS, accounting_mapping.payment),
    Collection(SystemName.ACCOUNTING, "refunds", Stream.REFUNDS, accounting_mapping.refund),
    Collection(SystemName.CRM, "companies", Stream.CUSTOMERS, crm_mapping.company, flag="archived"),
    Collection(SystemName.CRM, "contacts", Stream.CONTACTS, crm_mapping.contact, flag="archived"),
    Collection(SystemName.CRM, "subscriptions", Stream.SUBSCRIPTIONS, crm_mapping.subscription, flag="archived"),
    Collection(SystemName.GATEWAY, "customers", Stream.CUSTOMERS, gateway_mapping.customer, flag="deleted"),
    Collection(SystemName.GATEWAY, "payment_methods", Stream.PAYMENT_METHODS, gateway_mapping.payment_method, flag="deleted"),
    Collection(SystemName.GATEWAY, "charges", Stream.PAYMENT_ATTEMPTS, gateway_mapping.charge, flag="deleted"),
)

COLLECTIONS: Mapping[SystemName, Mapping[str, Collection]] = MappingProxyType(
    {system: MappingProxyType({found.name: found for found in _COLLECTIONS if found.system is system}) for system in SystemName}
)
"""The collections of each system by name, in the order in which they should be read."""

Outcome = Record | Deletion | Refusal


def map_mention(collection: Collection, values: Mapping[str, Any]) -> Record | None:
    """An object whose flag says that it is deleted, as a mention: whoever never read it before still needs it for what hangs on it.

    None for one that is not deleted, and for one of which the source tells no more than that.
    """
    is_flagged = collection.flag is not None and values.get(collection.flag) is True
    found = _mapped(collection, values, collection.read) if is_flagged else None
    return None if found is None or isinstance(found, Deletion | Refusal) else replace(found, create_only=True)


def map_object(collection: Collection, values: Mapping[str, Any]) -> Outcome:
    """What one object of a collection is: a record, a deletion where its flag says so, or a refusal with the field at fault."""

    def read(payload: Payload) -> Record | Deletion:
        is_deleted = collection.flag is not None and payload.flag(collection.flag)
        return _deletion(collection, payload, "updated_at") if is_deleted else collection.read(payload)

    return _mapped(collection, values, read)


def map_tombstone(collection: Collection, values: Mapping[str, Any]) -> Outcome:
    """What accounting tells of an object that it has deleted: a deletion, or a refusal."""
    return _mapped(collection, values, lambda payload: _deletion(collection, payload, "deleted_at"))


def _mapped(collection: Collection, values: Mapping[str, Any], read: Callable[[Payload], Record | Deletion]) -> Outcome:
    reference = id_of(values)
    if reference is None:
        return _refusal(collection, values, RecordError("it has no id", reference="without an id", field="id"))
    try:
        return read(Payload(values, reference))
    except RecordError as error:
        return _refusal(collection, values, error)


def _deletion(collection: Collection, payload: Payload, instant: str) -> Deletion:
    return Deletion(
        stream=collection.stream,
        external_id=payload.reference,
        source_version=payload.integer("version"),
        source_updated_at=payload.instant(instant),
        merged_into=payload.text_or_none("merged_into"),
    )


def _refusal(collection: Collection, values: Mapping[str, Any], error: RecordError) -> Refusal:
    return Refusal(
        place=f"{collection.system.value} {collection.name} {error.reference}",
        reason=error.reason,
        field=error.field,
        stream=collection.stream,
        external_id=id_of(values),
        raw=dict(values),
    )
