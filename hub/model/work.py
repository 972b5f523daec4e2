"""Our own people and their work: colleagues, tasks, alerts."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, enum_column, home_customer, instant, json_column, primary_key, reference_to
from hub.vocabulary import AlertKind, AlertStatus, TaskStatus


class Colleague(Row, table=True):
    """A person on our side. A login (User) is optional."""

    __tablename__ = "colleague"

    id: int | None = primary_key()
    name: str = Field(max_length=200)
    email: str | None = Field(default=None, max_length=320, unique=True)
    preferences: JsonDocument | None = json_column()
    is_active: bool = Field(default=True)
    created_at: datetime = instant()


class Task(Row, table=True):
    """Something for a colleague to do about a customer or invoice."""

    __tablename__ = "task"

    id: int | None = primary_key()
    title: str = Field(max_length=500)
    detail: str | None = Field(default=None, sa_type=sa.Text)
    status: TaskStatus = enum_column(TaskStatus, default=TaskStatus.OPEN)
    customer_id: int | None = reference_to("customer.id", nullable=True, index=True)
    home_customer_id: int | None = home_customer()
    invoice_id: int | None = reference_to("invoice.id", nullable=True)
    assignee_id: int | None = reference_to("colleague.id", nullable=True, index=True)
    due_on: date | None = None
    origin: str | None = Field(default=None, max_length=200)
    unique_key: str | None = Field(default=None, max_length=255, unique=True)
    created_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)


class Alert(Row, table=True):
    """A state that became true for a customer and that a person should know of (AL1, AL2)."""

    __tablename__ = "alert"

    id: int | None = primary_key()
    name: str = Field(max_length=200)
    kind: AlertKind = enum_column(AlertKind)
    status: AlertStatus = enum_column(AlertStatus, default=AlertStatus.OPEN)
    message: str = Field(sa_type=sa.Text)
    customer_id: int | None = reference_to("customer.id", nullable=True, index=True)
    home_customer_id: int | None = home_customer()
    task_id: int | None = reference_to("task.id", nullable=True)
    unique_key: str | None = Field(default=None, max_length=255, unique=True)
    raised_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
