"""Whose value of a customer's field counts where several systems know the customer: declared by group of fields, else by kind of system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hub.vocabulary import ConnectionKind

_BOOKS_FIRST = (
    ConnectionKind.ACCOUNTING,
    ConnectionKind.BILLING,
    ConnectionKind.FILES,
    ConnectionKind.API,
    ConnectionKind.CRM,
    ConnectionKind.GATEWAY,
)
_SALES_FIRST = (ConnectionKind.CRM, *(kind for kind in _BOOKS_FIRST if kind is not ConnectionKind.CRM))

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("name", "legal_name"),
        "contact_details": ("email", "phone", "website"),
        "tax_id": ("tax_id",),
        "address": ("address_lines", "city", "region", "postal_code", "country"),
        "currency": ("currency",),
        "language": ("language", "time_zone"),
        "terms": ("payment_terms", "payment_terms_days", "is_auto_collected"),
        "owners": ("finance_owner", "sales_owner"),
        "segments": ("segments",),
        "hierarchy": ("parent_id", "entity_type", "is_billed", "bill_to_preference"),
        "custom": ("custom",),
    }
)
"""The fields of a customer by the group that `workspace.precedence` names."""

WHOLE = frozenset({"address"})
"""Groups that are taken from one source as a whole: the street of one system with the town of another would be nobody's address."""

_DEFAULTS: Mapping[str, Sequence[ConnectionKind]] = {"owners": _SALES_FIRST, "segments": _SALES_FIRST}


@dataclass(frozen=True, slots=True)
class Precedence:
    """`named` has, by group, connection names and kinds in the order in which they are asked; who is not named follows in the order of kinds."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def rank(self, group: str, kind: ConnectionKind, connection_name: str) -> tuple[int, int, str]:
        """What to sort sources of a group by: lower counts first."""
        named = self.named.get(group, ())
        places = [place for place, name in enumerate(named) if name in {connection_name, kind.value}]
        order = _DEFAULTS.get(group, _BOOKS_FIRST)
        return (min(places, default=len(named)), order.index(kind), connection_name)


DEFAULT_PRECEDENCE = Precedence()
