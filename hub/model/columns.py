"""Column builders shared by the tables: keys, enums by name, money, instants, JSON."""

from enum import StrEnum
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64-bit integer; on SQLite every INTEGER already has 64 bits, and only that spelling gives a row id."""

JSON_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON document that can be searched."""

NAMING = {
    "ix": "ix_%(table_name)s__%(column_0_N_name)s",
    "uq": "uq_%(table_name)s__%(column_0_N_name)s",
    "fk": "fk_%(table_name)s__%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def primary_key() -> Any:  # noqa: ANN401 - a field builder's type is the annotation beside it
    """A 64-bit primary key. Bulk writers allocate it, so that children can name their parent before it is written."""
    return Field(default=None, primary_key=True, sa_type=BIG)


def reference_to(column: str, *, index: bool = False, nullable: bool = False, primary: bool = False, on_delete: str | None = None) -> Any:  # noqa: ANN401
    """A foreign key to `table.column`."""
    key = sa.ForeignKey(column, ondelete=on_delete)
    if primary:
        return Field(default=None, sa_column=sa.Column(BIG, key, index=index, nullable=nullable, primary_key=True, autoincrement=False))
    return Field(default=None, sa_column=sa.Column(BIG, key, index=index, nullable=nullable))


def home_customer() -> Any:  # noqa: ANN401
    """The customer that a row hangs on by itself, where that one was merged into `customer_id`; None: `customer_id` itself."""
    return reference_to("customer.id", nullable=True)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of the rows that satisfy `where`; a statement uses it only where it says the same, with nothing bound."""
    condition = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def enum_column(kind: type[StrEnum], *, nullable: bool = False, default: StrEnum | None = None, index: bool = False) -> Any:  # noqa: ANN401
    """An enum kept by member name in a VARCHAR."""
    return Field(default=default, sa_column=sa.Column(sa.Enum(kind, native_enum=False, length=32, validate_strings=True), nullable=nullable, index=index))


def minor(*, nullable: bool = False) -> Any:  # noqa: ANN401
    """An amount in integer minor units; the currency stands in a column beside it. None means: not stated or not computable."""
    return Field(default=None if nullable else 0, sa_column=sa.Column(BIG, nullable=nullable))


def currency_column(*, nullable: bool = False) -> Any:  # noqa: ANN401
    """An ISO 4217 code."""
    return Field(default=None, sa_column=sa.Column(sa.String(3), nullable=nullable))


def instant(*, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401
    """An aware UTC instant."""
    return Field(default=None, sa_column=sa.Column(UTCDateTime(), nullable=nullable, index=index))


def text_in_code_point_order(length: int, *, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401
    """A text that is ordered by code points on both databases, so that lists agree and an index serves what starts with a text."""
    kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return Field(default=None, sa_column=sa.Column(kind, nullable=nullable, index=index))


def json_column(*, nullable: bool = True) -> Any:  # noqa: ANN401
    """A JSON document; None means: nothing was given."""
    return Field(default=None, sa_column=sa.Column(JSON_DOCUMENT, nullable=nullable))


def binary(length: int, *, nullable: bool = False) -> Any:  # noqa: ANN401
    """Raw bytes of at most `length`."""
    return Field(default=None, sa_column=sa.Column(sa.LargeBinary(length), nullable=nullable))


JsonDocument = dict[str, Any] | list[Any]


class Row(SQLModel):
    """The root of every table."""

    __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride] - SQLModel types it as a computed attribute


METADATA = SQLModel.metadata
"""All tables."""


def table_of(row: type[Row]) -> Table:
    """The table behind a row class, for Core statements."""
    return cast(Table, sa.inspect(row).local_table)  # every row class maps one table
