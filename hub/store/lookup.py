"""Membership in a long list of values as one bound value: no limit of bound parameters, one cached statement."""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, Grouping
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType, is_comparison
from sqlalchemy.types import TypeEngine


class _Texts(sa.TypeDecorator[list[str]]):
    """A list of texts: a JSON document for SQLite, an array for PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return postgresql.ARRAY(sa.Text()) if dialect.name == "postgresql" else sa.Text()

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - what the driver wants
        return value if dialect.name == "postgresql" else orjson.dumps(value).decode()


class _Numbers(_Texts):
    """A list of whole numbers, likewise."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return postgresql.ARRAY(sa.BigInteger()) if dialect.name == "postgresql" else sa.Text()


class _Among(FunctionElement[bool]):
    """`column is one of the values`, rendered by dialect."""

    name = "among"
    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, against: OperatorType | None = None) -> ColumnElement[Any]:
        """Itself: SQLAlchemy would compare it with 1 for SQLite, and no index serves that. Only what is compared stands in brackets."""
        return Grouping(self) if against is not None and is_comparison(against) else self


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the signature is SQLAlchemy's
    column, values = element.clauses
    return f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({compiler.process(values, **options)}))"  # noqa: S608 - both are rendered by the compiler, values bound


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY({compiler.process(values, **options)})"


def is_among(column: sa.ColumnElement[Any], values: Iterable[str] | Iterable[int]) -> sa.ColumnElement[bool]:
    """Whether a text or integer column is one of some values (None among them never matches)."""
    found: list[Any] = list(values)
    kind = _Numbers() if isinstance(column.type, (sa.Integer, sa.BigInteger)) else _Texts()
    return _Among(column, sa.bindparam(None, found, type_=kind, unique=True))
