"""`viewer` and `connectors`: who asks, of which workspace, and what is installed."""

from datetime import date

import strawberry
from strawberry.types.base import StrawberryList

from schema.enums import VOCABULARY
from schema.query.root import Root, RootField
from schema.values import CurrencyCode


@strawberry.type(description="The one organisation of this hub.")
class Workspace:
    """What everyone who is signed in may know of the workspace."""

    name: str = strawberry.field(description="Its name.")
    base_currency: CurrencyCode = strawberry.field(description="The currency of all figures.")
    time_zone: str = strawberry.field(description="The time zone of its business date, by the IANA database.")
    business_date: date = strawberry.field(description="Today there: the day that decides what is overdue.")


@strawberry.type(description="Who asks.")
class Viewer:
    """The caller."""

    name: str = strawberry.field(description="The name of the token or user.")
    role: str = strawberry.field(description="What the caller may do follows from it.", graphql_type=VOCABULARY["Role"])
    workspace: Workspace = strawberry.field(description="The organisation whose hub this is.")


@strawberry.type(description="Code for one kind of outside system.")
class Connector:
    """An installed connector."""

    name: str = strawberry.field(description="The name that settings use.")
    title: str = strawberry.field(description="One line for people.")
    plugin: str = strawberry.field(description="The plugin that brings it.")
    kinds: list[str] = strawberry.field(description="The kinds of connection that it can serve.", graphql_type=StrawberryList(VOCABULARY["ConnectionKind"]))
    streams: list[str] = strawberry.field(description="The kinds of object that it can deliver.", graphql_type=StrawberryList(VOCABULARY["Stream"]))
    options: list[str] = strawberry.field(description="The names of the options that a connection may have; its documents tell what they mean.")
    secrets: list[str] = strawberry.field(description="The names of the secrets that a connection may have.")
    not_through_api: str | None = strawberry.field(
        description="Why no connection of it can be made through the API, in words; null: connections can be made.", name="notThroughApi"
    )


def _viewer(root: Root) -> Viewer:
    context = root.context
    workspace = context.services.settings.workspace
    return Viewer(
        name=context.principal.name,
        role=context.principal.role.value,
        workspace=Workspace(
            name=workspace.name, base_currency=CurrencyCode(workspace.base_currency), time_zone=workspace.time_zone.key, business_date=context.today
        ),
    )


def _connectors(root: Root) -> list[Connector]:
    return [
        Connector(
            name=found.name,
            title=found.title,
            plugin=found.plugin,
            kinds=[kind.value for kind in found.kinds],
            streams=[stream.value for stream in found.streams],
            options=list(found.options),
            secrets=list(found.secrets),
            not_through_api=found.not_through_api,
        )
        for found in root.context.services.connectors
    ]


HUB: dict[str, RootField] = {
    "viewer": RootField(type="Viewer", description="Who you are here.", answer=_viewer),
    "connectors": RootField(type="[Connector!]", description="The installed connectors.", answer=_connectors),
}
