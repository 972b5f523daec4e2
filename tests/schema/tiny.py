"""A small schema for tests of the view and the limits: a few records, a value, connections, and fields that fail in every way."""

from typing import Any

import sqlalchemy as sa
import strawberry
from graphql import GraphQLError

from hub.errors import ConflictError, NotFoundError, RequestError
from schema.context import RequestContext
from schema.errors import ErrorCode
from schema.executable import ExecutableSchema
from schema.limits.cost import AGGREGATE

SECRET = "password=hunter2"
_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"

Info = strawberry.Info[RequestContext, None]


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class Item:
    id: strawberry.ID
    name: str
    price: Money

    @strawberry.field
    def parent(self) -> "Item | None":
        return None

    @strawberry.field
    def items(self, first: int = 25, last: int | None = None) -> "ItemConnection":
        del last
        return connection(first)

    @strawberry.field(metadata={"cost": AGGREGATE})
    def health(self) -> Money:
        return Money(amount="1", currency="EUR")

    @strawberry.field
    def tags(self) -> "list[Tag]":
        return []


@strawberry.type
class Tag:
    id: strawberry.ID
    item: Item


@strawberry.type
class ItemEdge:
    node: Item
    cursor: str


@strawberry.type
class ItemConnection:
    edges: list[ItemEdge]
    nodes: list[Item]
    page_info: PageInfo
    total_count: int


def item(number: int) -> Item:
    return Item(id=strawberry.ID(str(number)), name=f"item {number}", price=Money(amount="1", currency="EUR"))


def connection(size: int) -> ItemConnection:
    nodes = [item(number) for number in range(min(size, 3))]
    edges = [ItemEdge(node=node, cursor=node.id) for node in nodes]
    return ItemConnection(edges=edges, nodes=nodes, page_info=PageInfo(has_next_page=False), total_count=3)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def count(self, to: int = 3) -> int:
        return to

    @strawberry.field
    def items(self, first: int = 25, last: int | None = None) -> ItemConnection:
        del last
        return connection(first)

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Item]:
        return [item(int(found)) for found in ids]

    @strawberry.field
    def viewer(self, info: Info) -> str:
        return f"{info.context.principal.name} {info.context.today}"

    @strawberry.field
    def request_id(self, info: Info) -> str:
        return info.context.request_id

    @strawberry.field
    def boom(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def uncoded(self) -> str | None:
        raise GraphQLError(SECRET)

    @strawberry.field
    def foreign_code(self) -> str | None:
        raise GraphQLError(SECRET, extensions={"code": "SOMETHING_ELSE"})

    @strawberry.field
    def coded(self) -> str | None:
        raise GraphQLError("not for you", extensions={"code": ErrorCode.FORBIDDEN, "field": "coded"})

    @strawberry.field
    def refused(self, kind: str) -> str | None:
        raise {"missing": NotFoundError, "conflict": ConflictError, "wrong": RequestError}[kind](f"{kind} here", path=("where", "id"))

    @strawberry.field
    def missing(self) -> str:
        nothing: Any = None
        return nothing

    @strawberry.field
    def broken_statement(self, info: Info) -> int | None:
        return info.context.connection.execute(sa.text(f"SELECT '{SECRET}' FROM nowhere")).scalar_one()  # noqa: S608

    @strawberry.field
    def bound_value(self, info: Info) -> int | None:
        return info.context.connection.execute(sa.text("SELECT :value FROM nowhere"), {"value": SECRET}).scalar_one()

    @strawberry.field
    def endless(self, info: Info) -> int | None:
        return info.context.connection.execute(sa.text(_ENDLESS)).scalar_one()

    @strawberry.field
    def snapshot(self, info: Info) -> str:
        return str(id(info.context.connection))


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"


def build_tiny_schema() -> ExecutableSchema:
    """The schema."""
    return ExecutableSchema(Query, Mutation)
