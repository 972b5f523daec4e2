"""Contacts: people at customers."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import Contact, table_of
from hub.vocabulary import Entity
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import RelatedFilter, TextFilter
from schema.plan.mapping import RowType
from schema.plan.text import byte_order
from schema.rows.identity import conflicts, provenance
from schema.rows.links import references
from schema.values import CustomField, list_or_empty

_CONTACTS = table_of(Contact)
_search_name = expression_of(Contact.search_name)

CONTACT = RowType(
    name="Contact",
    description="A person at a customer who may receive messages.",
    relation=lambda reading: reading.rows_of(_CONTACTS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("Contact"),
        "customer": one("Customer", Contact.customer_id, "Where the person works."),
        "name": computed(
            "String!",
            "The person's name.",
            needs=(expression_of(Contact.name),),
            filter=TextFilter("By name.", expression_of(Contact.name), _search_name),
            order=lambda scope: byte_order(_search_name(scope)),
        ),
        "jobTitle": column(Contact.job_title, "What the person does there."),
        "email": column(Contact.email, "The e-mail address.", filtered=True, ordered=True),
        "phone": column(Contact.phone, "The phone number.", filtered=True),
        "mobile": column(Contact.mobile, "The mobile number.", filtered=True),
        "language": column(Contact.language, "The language to write in, by BCP 47."),
        "timeZone": column(Contact.time_zone, "The time zone, by the IANA database."),
        "roles": computed("[ContactRole!]!", "What the person receives; nothing without a role.", needs=(expression_of(Contact.roles),), make=list_or_empty),
        "isPrimary": column(Contact.is_primary, "Whether it is the first person to write to.", filtered=True),
        "customFields": computed("[CustomField!]!", "Fields that the source adds.", needs=(expression_of(Contact.custom),), make=CustomField.list_of),
        "references": references(Entity.CONTACT),
        "provenance": provenance(Entity.CONTACT),
        "conflicts": conflicts(Entity.CONTACT),
        "isDeleted": column(Contact.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
        "firstSeenAt": column(Contact.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(Contact.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={"customer": RelatedFilter("At a customer that matches.", "Customer", "customer_id")},
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
    default_order=(("NAME", False),),
)
