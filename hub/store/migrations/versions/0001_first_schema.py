"""The first schema.

Revision: 0001, after None.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

CONVERT_MINOR = """
CREATE OR REPLACE FUNCTION convert_minor(amount bigint, numerator bigint, denominator bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT (
    sign(amount::numeric) * (
        div(2 * abs(amount::numeric) * numerator + denominator, 2::numeric * denominator)
        - CASE WHEN mod(2 * abs(amount::numeric) * numerator + denominator, 2::numeric * denominator) = 0
               AND mod(div(2 * abs(amount::numeric) * numerator + denominator, 2::numeric * denominator), 2) = 1
          THEN 1 ELSE 0 END
    )
)::bigint
$$
"""
"""amount x numerator / denominator rounded half-even, exactly as `hub.money.convert_minor` does it."""


def upgrade() -> None:
    """Apply."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(CONVERT_MINOR)
    op.create_table(
        "audit_entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("input", DOCUMENT, nullable=True),
        sa.Column("changes", DOCUMENT, nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry__entity", ["entity", "entity_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_done_at"), ["done_at"], unique=False)

    op.create_table(
        "bulk_operation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("object_count", sa.BigInteger(), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.String(32), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("file_name", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("job_run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("completed_at", UTCDateTime(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bulk_operation", schema=None) as batch_op:
        batch_op.create_index("ix_bulk_operation__status", ["status", "expires_at"], unique=False)
        batch_op.create_index("ix_bulk_operation__token", ["token_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_bulk_operation_created_at"), ["created_at"], unique=False)

    op.create_table(
        "change",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index("ix_change__entity", ["entity", "entity_id", "id"], unique=False)

    op.create_table(
        "colleague",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("preferences", DOCUMENT, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "connection",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("connector", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("is_declared", sa.Boolean(), nullable=False),
        sa.Column("streams", DOCUMENT, nullable=True),
        sa.Column("sync_from_date", sa.Date(), nullable=True),
        sa.Column("options", DOCUMENT, nullable=True),
        sa.Column("secrets", DOCUMENT, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "customer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("search_name", sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql"), nullable=False),
        sa.Column("legal_name", sa.String(length=500), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("website", sa.String(length=2000), nullable=True),
        sa.Column("tax_id", sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("address_lines", DOCUMENT, nullable=True),
        sa.Column("city", sa.String(length=200), nullable=True),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("postal_code", sa.String(length=32), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("entity_type", sa.String(32), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("parent_external_id", sa.String(length=255), nullable=True),
        sa.Column("is_billed", sa.Boolean(), nullable=False),
        sa.Column("bill_to_preference", sa.String(32), nullable=True),
        sa.Column("bill_to_id", BIG, nullable=True),
        sa.Column("payment_terms", sa.String(length=200), nullable=True),
        sa.Column("payment_terms_days", sa.Integer(), nullable=True),
        sa.Column("is_auto_collected", sa.Boolean(), nullable=True),
        sa.Column("finance_owner", sa.String(length=320), nullable=True),
        sa.Column("sales_owner", sa.String(length=320), nullable=True),
        sa.Column("source_handling", sa.String(32), nullable=False),
        sa.Column("reported_balances", DOCUMENT, nullable=True),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("merged_into_id", BIG, nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_to_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index("ix_customer__name", ["name", "id"], unique=False)
        batch_op.create_index(
            "ix_customer__orphans",
            ["parent_external_id"],
            unique=False,
            sqlite_where=sa.text("parent_id IS NULL AND parent_external_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NULL AND parent_external_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_customer_bill_to_id"), ["bill_to_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_search_name"), ["search_name"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_tax_id"), ["tax_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("entity", sa.String(32), nullable=True),
        sa.Column("entity_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", DOCUMENT, nullable=True),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event__kind", ["kind", "id"], unique=False)

    op.create_table(
        "field_override",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("source_value", sa.Text(), nullable=True),
        sa.Column("seen", DOCUMENT, nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.Column("cleared_at", UTCDateTime(), nullable=True),
        sa.Column("cleared_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("field_override", schema=None) as batch_op:
        batch_op.create_index(
            "ix_field_override__home",
            ["home_id"],
            unique=False,
            sqlite_where=sa.text("home_id IS NOT NULL"),
            postgresql_where=sa.text("home_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_field_override__standing",
            ["entity", "entity_id", "field"],
            unique=False,
            sqlite_where=sa.text("cleared_at IS NULL"),
            postgresql_where=sa.text("cleared_at IS NULL"),
        )

    op.create_table(
        "field_rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("decision", sa.String(32), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entity", "field"),
    )
    op.create_table(
        "figures_state",
        sa.Column("id", BIG, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("base_currency", sa.String(length=3), nullable=False),
        sa.Column("settings_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", BIG, nullable=False),
        sa.Column("unique_key", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("provider_reference", sa.String(length=255), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("claimed_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unique_key"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox__due", ["status", "due_at", "id"], unique=False)

    op.create_table(
        "request_outcome",
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outcome", DOCUMENT, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    with op.batch_alter_table("request_outcome", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_outcome_created_at"), ["created_at"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "staged_upload",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("expected_sha256", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("completed_at", UTCDateTime(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("staged_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staged_upload_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "checkpoint",
        sa.Column("connection_id", BIG, autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("then_cursor", sa.Text(), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("sequence", sa.String(length=200), nullable=True),
        sa.Column("streams", DOCUMENT, nullable=True),
        sa.Column("is_list", sa.Boolean(), nullable=False),
        sa.Column("reading_since", UTCDateTime(), nullable=True),
        sa.Column("full_since", UTCDateTime(), nullable=True),
        sa.Column("history_from", sa.Date(), nullable=True),
        sa.Column("data_as_of", UTCDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_since", UTCDateTime(), nullable=True),
        sa.Column("delivered_count", sa.BigInteger(), nullable=False),
        sa.Column("refused_count", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "feed"),
    )
    op.create_table(
        "connection_notice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("dismissed_at", UTCDateTime(), nullable=True),
        sa.Column("dismissed_by", sa.String(length=200), nullable=True),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("connection_notice", schema=None) as batch_op:
        batch_op.create_index("ix_connection_notice__open", ["connection_id", "kind", "subject", "resolved_at"], unique=False)

    op.create_table(
        "connection_secret",
        sa.Column("connection_id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "name"),
    )
    op.create_table(
        "connection_test",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("job_run_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("feeds", DOCUMENT, nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("connection_test", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connection_test_connection_id"), ["connection_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("search_name", sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql"), nullable=False),
        sa.Column("job_title", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=320).with_variant(sa.String(length=320, collation="C"), "postgresql"), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("mobile", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("roles", DOCUMENT, nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_search_name"), ["search_name"], unique=False)

    op.create_table(
        "contract",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "credit_note",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("number", sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"), nullable=True),
        sa.Column("lifecycle", sa.String(32), nullable=False),
        sa.Column("source_status", sa.String(length=100), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("posting_date", sa.Date(), nullable=True),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("location", sa.String(length=255), nullable=True),
        sa.Column("business_unit", sa.String(length=255), nullable=True),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("total_minor", BIG, nullable=False),
        sa.Column("allocated_minor", BIG, nullable=False),
        sa.Column("refunded_minor", BIG, nullable=False),
        sa.Column("unutilised_minor", BIG, nullable=False),
        sa.Column("source_balance_minor", BIG, nullable=True),
        sa.Column("residual_minor", BIG, nullable=False),
        sa.Column("residual_date", sa.Date(), nullable=True),
        sa.Column("stated_used_on", sa.Date(), nullable=True),
        sa.Column("converted_total_minor", BIG, nullable=True),
        sa.Column("converted_unutilised_minor", BIG, nullable=True),
        sa.Column("rate_window_id", sa.BigInteger(), nullable=True),
        sa.Column("is_authoritative", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("source_updated_at", UTCDateTime(), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("credit_note", schema=None) as batch_op:
        batch_op.create_index("ix_credit_note__customer", ["customer_id", "id"], unique=False)
        batch_op.create_index("ix_credit_note__number", ["number", "id"], unique=False)
        batch_op.create_index(
            "ix_credit_note__without_authority",
            ["customer_id"],
            unique=False,
            sqlite_where=sa.text("NOT is_authoritative"),
            postgresql_where=sa.text("NOT is_authoritative"),
        )

    op.create_table(
        "customer_currency_figures",
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_paid_minor", BIG, nullable=False),
        sa.Column("total_due_minor", BIG, nullable=False),
        sa.Column("billed_minor", BIG, nullable=False),
        sa.Column("cash_received_minor", BIG, nullable=False),
        sa.Column("outstanding_minor", BIG, nullable=False),
        sa.Column("overdue_minor", BIG, nullable=False),
        sa.Column("open_debits_minor", BIG, nullable=False),
        sa.Column("unutilised_credit_minor", BIG, nullable=False),
        sa.Column("unaccounted_payment_minor", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id", "currency"),
    )
    op.create_table(
        "customer_figures",
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("total_paid_minor", BIG, nullable=True),
        sa.Column("total_due_minor", BIG, nullable=True),
        sa.Column("billed_minor", BIG, nullable=True),
        sa.Column("cash_received_minor", BIG, nullable=True),
        sa.Column("outstanding_minor", BIG, nullable=True),
        sa.Column("overdue_minor", BIG, nullable=True),
        sa.Column("open_debits_minor", BIG, nullable=True),
        sa.Column("unutilised_credit_minor", BIG, nullable=True),
        sa.Column("unaccounted_payment_minor", BIG, nullable=True),
        sa.Column("net_overdue_minor", BIG, nullable=True),
        sa.Column("net_outstanding_minor", BIG, nullable=True),
        sa.Column("consolidated_outstanding_minor", BIG, nullable=True),
        sa.Column("consolidated_overdue_minor", BIG, nullable=True),
        sa.Column("ageing_1_minor", BIG, nullable=True),
        sa.Column("ageing_2_minor", BIG, nullable=True),
        sa.Column("ageing_3_minor", BIG, nullable=True),
        sa.Column("ageing_4_minor", BIG, nullable=True),
        sa.Column("ageing_5_minor", BIG, nullable=True),
        sa.Column("ageing_6_minor", BIG, nullable=True),
        sa.Column("ageing_7_minor", BIG, nullable=True),
        sa.Column("ageing_8_minor", BIG, nullable=True),
        sa.Column("ageing_1_count", sa.Integer(), nullable=False),
        sa.Column("ageing_2_count", sa.Integer(), nullable=False),
        sa.Column("ageing_3_count", sa.Integer(), nullable=False),
        sa.Column("ageing_4_count", sa.Integer(), nullable=False),
        sa.Column("ageing_5_count", sa.Integer(), nullable=False),
        sa.Column("ageing_6_count", sa.Integer(), nullable=False),
        sa.Column("ageing_7_count", sa.Integer(), nullable=False),
        sa.Column("ageing_8_count", sa.Integer(), nullable=False),
        sa.Column("open_invoice_count", sa.Integer(), nullable=False),
        sa.Column("overdue_invoice_count", sa.Integer(), nullable=False),
        sa.Column("inferred_count", sa.Integer(), nullable=False),
        sa.Column("payment_attempt_count", sa.Integer(), nullable=False),
        sa.Column("attempted_invoice_count", sa.Integer(), nullable=False),
        sa.Column("oldest_invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("oldest_overdue_invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("missing_rates", DOCUMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    with op.batch_alter_table("customer_figures", schema=None) as batch_op:
        batch_op.create_index("ix_customer_figures__outstanding", ["outstanding_minor", "customer_id"], unique=False)
        batch_op.create_index("ix_customer_figures__overdue", ["overdue_minor", "customer_id"], unique=False)

    op.create_table(
        "customer_risk",
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("scorer", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(32), nullable=True),
        sa.Column("reasons", DOCUMENT, nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("mark", sa.String(length=32), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    with op.batch_alter_table("customer_risk", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_risk__marked",
            ["customer_id"],
            unique=False,
            sqlite_where=sa.text("mark IS NOT NULL"),
            postgresql_where=sa.text("mark IS NOT NULL"),
        )

    op.create_table(
        "customer_merge",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("into_id", BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("evidence", DOCUMENT, nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("merged_at", UTCDateTime(), nullable=False),
        sa.Column("unmerged_at", UTCDateTime(), nullable=True),
        sa.Column("unmerged_by", sa.String(length=200), nullable=True),
        sa.Column("unmerge_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["into_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("customer_merge", schema=None) as batch_op:
        batch_op.create_index("ix_customer_merge__into", ["into_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merge_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "dirty_customer",
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_table(
        "exchange_rate",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("base_currency", sa.String(length=3), nullable=False),
        sa.Column("rate_date", sa.Date(), nullable=False),
        sa.Column("numerator", BIG, nullable=False),
        sa.Column("denominator", BIG, nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("exchange_rate", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_rate__pair", ["currency", "base_currency", "rate_date"], unique=False)

    op.create_table(
        "external_reference",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("stream", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=True),
        sa.Column("source_updated_at", UTCDateTime(), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("is_deleted_at_source", sa.Boolean(), nullable=False),
        sa.Column("merged_into_external_id", sa.String(length=255), nullable=True),
        sa.Column("created_run_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_run_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "stream", "external_id"),
    )
    with op.batch_alter_table("external_reference", schema=None) as batch_op:
        batch_op.create_index("ix_external_reference__entity", ["entity", "entity_id"], unique=False)
        batch_op.create_index(
            "ix_external_reference__home",
            ["home_id"],
            unique=False,
            sqlite_where=sa.text("home_id IS NOT NULL"),
            postgresql_where=sa.text("home_id IS NOT NULL"),
        )

    op.create_table(
        "field_conflict",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("override_id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.Column("theirs", sa.Text(), nullable=True),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["override_id"],
            ["field_override.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("field_conflict", schema=None) as batch_op:
        batch_op.create_index(
            "ix_field_conflict__open",
            ["entity", "entity_id", "field"],
            unique=False,
            sqlite_where=sa.text("status = 'OPEN'"),
            postgresql_where=sa.text("status = 'OPEN'"),
        )
        batch_op.create_index(batch_op.f("ix_field_conflict_override_id"), ["override_id"], unique=False)

    op.create_table(
        "file_import",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("upload_id", BIG, nullable=False),
        sa.Column("mapping", sa.String(length=100), nullable=True),
        sa.Column("mapping_upload_id", BIG, nullable=True),
        sa.Column("connection_name", sa.String(length=100), nullable=False),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("preview_id", BIG, nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("sequence", sa.String(length=200), nullable=True),
        sa.Column("list_date", sa.Date(), nullable=True),
        sa.Column("close_absent", sa.Integer(), nullable=True),
        sa.Column("is_brake_released", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result", DOCUMENT, nullable=True),
        sa.Column("job_run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["mapping_upload_id"],
            ["staged_upload.id"],
        ),
        sa.ForeignKeyConstraint(
            ["preview_id"],
            ["file_import.id"],
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["staged_upload.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("file_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_import_job_run_id"), ["job_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_import_mapping_upload_id"), ["mapping_upload_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_import_upload_id"), ["upload_id"], unique=False)

    op.create_table(
        "invoice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("number", sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"), nullable=True),
        sa.Column("document_type", sa.String(32), nullable=False),
        sa.Column("lifecycle", sa.String(32), nullable=False),
        sa.Column("source_status", sa.String(length=100), nullable=True),
        sa.Column("source_handling", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("posting_date", sa.Date(), nullable=True),
        sa.Column("transaction_date", sa.Date(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column("written_off_on", sa.Date(), nullable=True),
        sa.Column("purchase_order_number", sa.String(length=255), nullable=True),
        sa.Column("contract", sa.String(length=255), nullable=True),
        sa.Column("location", sa.String(length=255), nullable=True),
        sa.Column("business_unit", sa.String(length=255), nullable=True),
        sa.Column("is_disputed", sa.Boolean(), nullable=False),
        sa.Column("dispute_reason", sa.String(length=500), nullable=True),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("total_minor", BIG, nullable=False),
        sa.Column("amount_paid_minor", BIG, nullable=False),
        sa.Column("amount_adjusted_minor", BIG, nullable=False),
        sa.Column("write_off_minor", BIG, nullable=False),
        sa.Column("amount_due_minor", BIG, nullable=False),
        sa.Column("source_paid_minor", BIG, nullable=True),
        sa.Column("source_adjusted_minor", BIG, nullable=True),
        sa.Column("source_write_off_minor", BIG, nullable=True),
        sa.Column("source_balance_minor", BIG, nullable=True),
        sa.Column("residual_paid_minor", BIG, nullable=False),
        sa.Column("residual_adjusted_minor", BIG, nullable=False),
        sa.Column("residual_write_off_minor", BIG, nullable=False),
        sa.Column("residual_date", sa.Date(), nullable=True),
        sa.Column("stated_paid_on", sa.Date(), nullable=True),
        sa.Column("has_due_parts", sa.Boolean(), nullable=False),
        sa.Column("first_open_due_date", sa.Date(), nullable=True),
        sa.Column("converted_total_minor", BIG, nullable=True),
        sa.Column("converted_paid_minor", BIG, nullable=True),
        sa.Column("converted_adjusted_minor", BIG, nullable=True),
        sa.Column("converted_write_off_minor", BIG, nullable=True),
        sa.Column("converted_due_minor", BIG, nullable=True),
        sa.Column("rate_window_id", sa.BigInteger(), nullable=True),
        sa.Column("is_authoritative", sa.Boolean(), nullable=False),
        sa.Column("appearance_of_id", BIG, nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("source_updated_at", UTCDateTime(), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appearance_of_id"],
            ["invoice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invoice__ageing",
            [
                "customer_id",
                "currency",
                "is_authoritative",
                "is_deleted",
                "lifecycle",
                "document_date",
                "voided_on",
                "written_off_on",
                "first_open_due_date",
                "has_due_parts",
                "document_type",
                "amount_due_minor",
                "converted_due_minor",
            ],
            unique=False,
            sqlite_where=sa.text("amount_due_minor > 0"),
            postgresql_where=sa.text("amount_due_minor > 0"),
        )
        batch_op.create_index(
            "ix_invoice__appearances",
            ["appearance_of_id"],
            unique=False,
            sqlite_where=sa.text("appearance_of_id IS NOT NULL"),
            postgresql_where=sa.text("appearance_of_id IS NOT NULL"),
        )
        batch_op.create_index("ix_invoice__customer", ["customer_id", "id"], unique=False)
        batch_op.create_index("ix_invoice__document_date", ["document_date", "id"], unique=False)
        batch_op.create_index("ix_invoice__due_date", ["due_date", "id"], unique=False)
        batch_op.create_index(
            "ix_invoice__figures",
            [
                "customer_id",
                "currency",
                "is_authoritative",
                "is_deleted",
                "lifecycle",
                "document_date",
                "voided_on",
                "written_off_on",
                "residual_date",
                "amount_due_minor",
                "total_minor",
                "amount_paid_minor",
                "converted_total_minor",
                "converted_paid_minor",
            ],
            unique=False,
        )
        batch_op.create_index("ix_invoice__number", ["number", "id"], unique=False)
        batch_op.create_index(
            "ix_invoice__open",
            ["customer_id", "first_open_due_date", "id"],
            unique=False,
            sqlite_where=sa.text("amount_due_minor > 0"),
            postgresql_where=sa.text("amount_due_minor > 0"),
        )
        batch_op.create_index(
            "ix_invoice__unrated",
            ["converted_total_minor", "customer_id", "currency"],
            unique=False,
            sqlite_where=sa.text("converted_total_minor IS NULL"),
            postgresql_where=sa.text("converted_total_minor IS NULL"),
        )
        batch_op.create_index(
            "ix_invoice__without_authority",
            ["customer_id", "number"],
            unique=False,
            sqlite_where=sa.text("NOT is_authoritative"),
            postgresql_where=sa.text("NOT is_authoritative"),
        )

    op.create_table(
        "job_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("unique_key", sa.String(length=320), nullable=False),
        sa.Column("lock", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=True),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("run_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unique_key"),
    )
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.create_index("ix_job_run__due", ["status", "run_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_run_connection_id"), ["connection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_run_created_at"), ["created_at"], unique=False)

    op.create_table(
        "link_suggestion",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("other_customer_id", BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("suggested_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_score", sa.Integer(), nullable=True),
        sa.Column("decided_evidence", DOCUMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["other_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("customer_id", "other_customer_id"),
    )
    with op.batch_alter_table("link_suggestion", schema=None) as batch_op:
        batch_op.create_index(
            "ix_link_suggestion__open", ["score", "id"], unique=False, sqlite_where=sa.text("status = 'OPEN'"), postgresql_where=sa.text("status = 'OPEN'")
        )
        batch_op.create_index(batch_op.f("ix_link_suggestion_other_customer_id"), ["other_customer_id"], unique=False)

    op.create_table(
        "match_key",
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id", "kind", "key"),
    )
    with op.batch_alter_table("match_key", schema=None) as batch_op:
        batch_op.create_index("ix_match_key__key", ["kind", "key"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("source_status", sa.String(length=100), nullable=True),
        sa.Column("reconciliation", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("method_kind", sa.String(32), nullable=True),
        sa.Column("reference", sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"), nullable=True),
        sa.Column("gateway", sa.String(length=100), nullable=True),
        sa.Column("gateway_transaction_id", sa.String(length=255), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_date", sa.Date(), nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=True),
        sa.Column("reversal_basis", sa.String(32), nullable=True),
        sa.Column("memo", sa.Text(), nullable=True),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("allocated_minor", BIG, nullable=False),
        sa.Column("refunded_minor", BIG, nullable=False),
        sa.Column("unapplied_minor", BIG, nullable=False),
        sa.Column("converted_amount_minor", BIG, nullable=True),
        sa.Column("converted_unapplied_minor", BIG, nullable=True),
        sa.Column("rate_window_id", sa.BigInteger(), nullable=True),
        sa.Column("is_authoritative", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("source_updated_at", UTCDateTime(), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index("ix_payment__customer", ["customer_id", "id"], unique=False)
        batch_op.create_index("ix_payment__payment_date", ["payment_date", "id"], unique=False)
        batch_op.create_index(
            "ix_payment__unapplied",
            ["customer_id", "currency"],
            unique=False,
            sqlite_where=sa.text("unapplied_minor != 0"),
            postgresql_where=sa.text("unapplied_minor != 0"),
        )
        batch_op.create_index(
            "ix_payment__without_authority",
            ["customer_id"],
            unique=False,
            sqlite_where=sa.text("NOT is_authoritative"),
            postgresql_where=sa.text("NOT is_authoritative"),
        )
        batch_op.create_index(batch_op.f("ix_payment_reference"), ["reference"], unique=False)

    op.create_table(
        "payment_method",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("friendly_name", sa.String(length=200), nullable=True),
        sa.Column("brand", sa.String(length=50), nullable=True),
        sa.Column("last_four", sa.String(length=4), nullable=True),
        sa.Column("fingerprint", sa.String(length=128), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("is_backup", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("payment_method", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_method_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "schedule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=True),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("cron", sa.String(length=100), nullable=True),
        sa.Column("interval_seconds", sa.Integer(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_declared", sa.Boolean(), nullable=False),
        sa.Column("last_slot_at", UTCDateTime(), nullable=True),
        sa.Column("next_slot_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedule_connection_id"), ["connection_id"], unique=False)

    op.create_table(
        "segment_member",
        sa.Column("segment_id", BIG, autoincrement=False, nullable=False),
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segment.id"],
        ),
        sa.PrimaryKeyConstraint("segment_id", "customer_id"),
    )
    op.create_table(
        "source_field",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("stream", sa.String(32), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("types", DOCUMENT, nullable=True),
        sa.Column("is_in_every", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "stream", "path"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("plan", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("source_status", sa.String(length=100), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "sweep_mark",
        sa.Column("connection_id", BIG, autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("stream", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "feed", "stream", "external_id"),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("trigger", sa.String(length=32), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("deleted_count", sa.Integer(), nullable=False),
        sa.Column("closed_count", sa.Integer(), nullable=False),
        sa.Column("stale_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
        sa.Column("waiting_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("notice_count", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("waiting_until", UTCDateTime(), nullable=True),
        sa.Column("scope", DOCUMENT, nullable=True),
        sa.Column("job_run_id", sa.BigInteger(), nullable=True),
        sa.Column("feeds", DOCUMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_run_connection_id"), ["connection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sync_run_job_run_id"), ["job_run_id"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("connection_id", BIG, autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=True),
        sa.Column("source_updated_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "stream", "external_id"),
    )
    op.create_table(
        "unmatched_customer",
        sa.Column("customer_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", BIG, nullable=False),
        sa.Column("colleague_id", BIG, nullable=True),
        sa.Column("login", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["colleague_id"],
            ["colleague.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("headers", DOCUMENT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_delivery__received_at", ["connection_id", "received_at"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("user_id", BIG, nullable=True),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "autopay_rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("payment_method_id", BIG, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("conditions", DOCUMENT, nullable=True),
        sa.Column("run_on", DOCUMENT, nullable=True),
        sa.Column("follows_default_method", sa.Boolean(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"],
            ["payment_method.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("autopay_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_autopay_rule_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "communication",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("invoice_ids", DOCUMENT, nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=True),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("planned_at", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=True),
        sa.Column("clicked_at", UTCDateTime(), nullable=True),
        sa.Column("replied_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.create_index("ix_communication__customer", ["customer_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_communication_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "dispute",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispute_invoice_id"), ["invoice_id"], unique=False)

    op.create_table(
        "due_part",
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("amount_due_minor", BIG, nullable=False),
        sa.Column("converted_due_minor", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("due_part", schema=None) as batch_op:
        batch_op.create_index("ix_due_part__invoice", ["invoice_id", "due_date", "position"], unique=False)

    op.create_table(
        "field_origin",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("reference_id", BIG, nullable=True),
        sa.Column("override_id", BIG, nullable=True),
        sa.Column("said", DOCUMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["override_id"],
            ["field_override.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["external_reference.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entity", "entity_id", "field"),
    )
    op.create_table(
        "hold",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("lifted_at", UTCDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("customer_id IS NOT NULL OR invoice_id IS NOT NULL OR contact_id IS NOT NULL", name="ck_hold__subject"),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_invoice_id"), ["invoice_id"], unique=False)

    op.create_table(
        "invoice_line",
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_name", sa.String(length=500), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.String(length=40), nullable=True),
        sa.Column("unit_price", sa.String(length=40), nullable=True),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.create_index("ix_invoice_line__invoice", ["invoice_id", "position"], unique=False)

    op.create_table(
        "payment_arrangement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("cadence", sa.String(length=32), nullable=True),
        sa.Column("minimum_minor", BIG, nullable=True),
        sa.Column("cancelled_reason", sa.String(length=500), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("payment_arrangement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_arrangement_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_arrangement_invoice_id"), ["invoice_id"], unique=False)

    op.create_table(
        "payment_attempt",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("invoice_external_id", sa.String(length=255), nullable=True),
        sa.Column("invoice_number", sa.String(length=255), nullable=True),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("payment_external_id", sa.String(length=255), nullable=True),
        sa.Column("payment_method_id", BIG, nullable=True),
        sa.Column("payment_method_external_id", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("source_status", sa.String(length=100), nullable=True),
        sa.Column("method_kind", sa.String(32), nullable=True),
        sa.Column("method_fingerprint", sa.String(length=128), nullable=True),
        sa.Column("gateway", sa.String(length=100), nullable=True),
        sa.Column("gateway_transaction_id", sa.String(length=255), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("attempted_at", UTCDateTime(), nullable=False),
        sa.Column("decline_reason", sa.String(length=64), nullable=True),
        sa.Column("decline_code", sa.String(length=100), nullable=True),
        sa.Column("dunning_status", sa.String(32), nullable=True),
        sa.Column("next_retry_on", sa.Date(), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"],
            ["payment_method.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_payment_attempt__attempted_at", ["attempted_at", "id"], unique=False)
        batch_op.create_index("ix_payment_attempt__customer", ["customer_id", "attempted_at"], unique=False)
        batch_op.create_index("ix_payment_attempt__invoice", ["invoice_id", "attempted_at"], unique=False)
        batch_op.create_index(
            "ix_payment_attempt__waiting_invoice",
            ["connection_id", "invoice_external_id"],
            unique=False,
            sqlite_where=sa.text("invoice_id IS NULL AND invoice_external_id IS NOT NULL"),
            postgresql_where=sa.text("invoice_id IS NULL AND invoice_external_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_payment_attempt__waiting_payment",
            ["connection_id", "payment_external_id"],
            unique=False,
            sqlite_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
            postgresql_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_payment_attempt__waiting_payment_method",
            ["connection_id", "payment_method_external_id"],
            unique=False,
            sqlite_where=sa.text("payment_method_id IS NULL AND payment_method_external_id IS NOT NULL"),
            postgresql_where=sa.text("payment_method_id IS NULL AND payment_method_external_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_payment_attempt_gateway_transaction_id"), ["gateway_transaction_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_attempt_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "promise",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("kept_minor", BIG, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_promise_invoice_id"), ["invoice_id"], unique=False)

    op.create_table(
        "rate_window",
        sa.Column("id", BIG, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("numerator", BIG, nullable=False),
        sa.Column("denominator", BIG, nullable=False),
        sa.Column("exchange_rate_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange_rate_id"],
            ["exchange_rate.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rate_window", schema=None) as batch_op:
        batch_op.create_index("ix_rate_window__currency", ["currency", "valid_from"], unique=False)

    op.create_table(
        "rule_set",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=600).with_variant(sa.String(length=600, collation="C"), "postgresql"), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.create_index(
            "uq_rule_set__folded_name",
            ["folded_name"],
            unique=True,
            sqlite_where=sa.text("NOT is_deleted"),
            postgresql_where=sa.text("NOT is_deleted"),
        )

    op.create_table(
        "rule_set_version",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rule_set_id", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_set_id"],
            ["rule_set.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule_set_id", "version"),
    )
    op.create_table(
        "refund",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("payment_external_id", sa.String(length=255), nullable=True),
        sa.Column("credit_note_id", BIG, nullable=True),
        sa.Column("credit_note_external_id", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("source_status", sa.String(length=100), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("refund_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("custom", DOCUMENT, nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["credit_note_id"],
            ["credit_note.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index("ix_refund__refund_date", ["refund_date", "id"], unique=False)
        batch_op.create_index(
            "ix_refund__waiting_credit_note",
            ["connection_id", "credit_note_external_id"],
            unique=False,
            sqlite_where=sa.text("credit_note_id IS NULL AND credit_note_external_id IS NOT NULL"),
            postgresql_where=sa.text("credit_note_id IS NULL AND credit_note_external_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_refund__waiting_payment",
            ["connection_id", "payment_external_id"],
            unique=False,
            sqlite_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
            postgresql_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_refund_credit_note_id"), ["credit_note_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "rejected_record",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("stream", sa.String(32), nullable=True),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.Column("field", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("rejected_at", UTCDateTime(), nullable=False),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["sync_run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rejected_record", schema=None) as batch_op:
        batch_op.create_index("ix_rejected_record__open", ["connection_id", "status", "external_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rejected_record_run_id"), ["run_id"], unique=False)

    op.create_table(
        "settlement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("credit_note_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("invoice_external_id", sa.String(length=255), nullable=True),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("allocated_minor", BIG, nullable=False),
        sa.Column("stated_currency", sa.String(length=3), nullable=True),
        sa.Column("allocation_date", sa.Date(), nullable=True),
        sa.Column("reversed_on", sa.Date(), nullable=True),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("date_basis", sa.String(32), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("mark_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["credit_note_id"],
            ["credit_note.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["mark_id"],
            ["field_override.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.create_index("ix_settlement__credit_note", ["credit_note_id"], unique=False)
        batch_op.create_index("ix_settlement__effective_date", ["effective_date"], unique=False)
        batch_op.create_index("ix_settlement__invoice", ["invoice_id", "effective_date"], unique=False)
        batch_op.create_index("ix_settlement__payment", ["payment_id"], unique=False)
        batch_op.create_index(
            "ix_settlement__presumed",
            ["mark_id"],
            unique=True,
            sqlite_where=sa.text("mark_id IS NOT NULL"),
            postgresql_where=sa.text("mark_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_settlement__waiting",
            ["connection_id", "invoice_external_id"],
            unique=False,
            sqlite_where=sa.text("invoice_id IS NULL"),
            postgresql_where=sa.text("invoice_id IS NULL"),
        )

    op.create_table(
        "source_record",
        sa.Column("reference_id", BIG, autoincrement=False, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["external_reference.id"],
        ),
        sa.PrimaryKeyConstraint("reference_id"),
    )
    op.create_table(
        "suppression",
        sa.Column("id", BIG, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("lifted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "address", "reason"),
    )
    op.create_table(
        "sync_notice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.Column("field", sa.String(length=200), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["sync_run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sync_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_notice_run_id"), ["run_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", BIG, nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("assignee_id", BIG, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=True),
        sa.Column("unique_key", sa.String(length=255), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["colleague.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unique_key"),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "waiting_record",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("stream", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("parent_stream", sa.String(32), nullable=False),
        sa.Column("parent_external_id", sa.String(length=255), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("waiting_since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["sync_run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "stream", "external_id"),
    )
    with op.batch_alter_table("waiting_record", schema=None) as batch_op:
        batch_op.create_index("ix_waiting_record__parent", ["connection_id", "parent_stream", "parent_external_id"], unique=False)

    op.create_table(
        "webhook_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("delivery_id", BIG, nullable=True),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("hints", DOCUMENT, nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UTCDateTime(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "event_id"),
    )
    with op.batch_alter_table("webhook_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_event__open",
            ["connection_id", "next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('PENDING', 'UNKNOWN')"),
            postgresql_where=sa.text("status IN ('PENDING', 'UNKNOWN')"),
        )
        batch_op.create_index(batch_op.f("ix_webhook_event_delivery_id"), ["delivery_id"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("task_id", BIG, nullable=True),
        sa.Column("unique_key", sa.String(length=255), nullable=True),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["task.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unique_key"),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "instalment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("arrangement_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("paid_minor", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["arrangement_id"],
            ["payment_arrangement.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("instalment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instalment_arrangement_id"), ["arrangement_id"], unique=False)

    op.create_table(
        "scheduled_payment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("home_customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("payment_method_id", BIG, nullable=True),
        sa.Column("autopay_rule_id", BIG, nullable=True),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("run_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["autopay_rule_id"],
            ["autopay_rule.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"],
            ["payment_method.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("scheduled_payment", schema=None) as batch_op:
        batch_op.create_index("ix_scheduled_payment__run_on", ["status", "run_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_scheduled_payment_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scheduled_payment_invoice_id"), ["invoice_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION convert_minor(bigint, bigint, bigint)")
    with op.batch_alter_table("scheduled_payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scheduled_payment_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_scheduled_payment_customer_id"))
        batch_op.drop_index("ix_scheduled_payment__run_on")

    op.drop_table("scheduled_payment")
    with op.batch_alter_table("instalment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instalment_arrangement_id"))

    op.drop_table("instalment")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_customer_id"))

    op.drop_table("alert")
    with op.batch_alter_table("webhook_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_event_delivery_id"))
        batch_op.drop_index(
            "ix_webhook_event__open", sqlite_where=sa.text("status IN ('PENDING', 'UNKNOWN')"), postgresql_where=sa.text("status IN ('PENDING', 'UNKNOWN')")
        )

    op.drop_table("webhook_event")
    with op.batch_alter_table("waiting_record", schema=None) as batch_op:
        batch_op.drop_index("ix_waiting_record__parent")

    op.drop_table("waiting_record")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_customer_id"))
        batch_op.drop_index(batch_op.f("ix_task_assignee_id"))

    op.drop_table("task")
    with op.batch_alter_table("sync_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_notice_run_id"))

    op.drop_table("sync_notice")
    op.drop_table("suppression")
    op.drop_table("source_record")
    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.drop_index("ix_settlement__waiting", sqlite_where=sa.text("invoice_id IS NULL"), postgresql_where=sa.text("invoice_id IS NULL"))
        batch_op.drop_index("ix_settlement__presumed", sqlite_where=sa.text("mark_id IS NOT NULL"), postgresql_where=sa.text("mark_id IS NOT NULL"))
        batch_op.drop_index("ix_settlement__payment")
        batch_op.drop_index("ix_settlement__invoice")
        batch_op.drop_index("ix_settlement__effective_date")
        batch_op.drop_index("ix_settlement__credit_note")

    op.drop_table("settlement")
    with op.batch_alter_table("rejected_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rejected_record_run_id"))
        batch_op.drop_index("ix_rejected_record__open")

    op.drop_table("rejected_record")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_payment_id"))
        batch_op.drop_index(batch_op.f("ix_refund_customer_id"))
        batch_op.drop_index(batch_op.f("ix_refund_credit_note_id"))
        batch_op.drop_index(
            "ix_refund__waiting_payment",
            sqlite_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
            postgresql_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_refund__waiting_credit_note",
            sqlite_where=sa.text("credit_note_id IS NULL AND credit_note_external_id IS NOT NULL"),
            postgresql_where=sa.text("credit_note_id IS NULL AND credit_note_external_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_refund__refund_date")

    op.drop_table("refund")
    op.drop_table("rule_set_version")
    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.drop_index("uq_rule_set__folded_name", sqlite_where=sa.text("NOT is_deleted"), postgresql_where=sa.text("NOT is_deleted"))

    op.drop_table("rule_set")
    with op.batch_alter_table("rate_window", schema=None) as batch_op:
        batch_op.drop_index("ix_rate_window__currency")

    op.drop_table("rate_window")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_promise_customer_id"))

    op.drop_table("promise")
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_attempt_payment_id"))
        batch_op.drop_index(batch_op.f("ix_payment_attempt_gateway_transaction_id"))
        batch_op.drop_index(
            "ix_payment_attempt__waiting_payment_method",
            sqlite_where=sa.text("payment_method_id IS NULL AND payment_method_external_id IS NOT NULL"),
            postgresql_where=sa.text("payment_method_id IS NULL AND payment_method_external_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_payment_attempt__waiting_payment",
            sqlite_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
            postgresql_where=sa.text("payment_id IS NULL AND payment_external_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_payment_attempt__waiting_invoice",
            sqlite_where=sa.text("invoice_id IS NULL AND invoice_external_id IS NOT NULL"),
            postgresql_where=sa.text("invoice_id IS NULL AND invoice_external_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_payment_attempt__invoice")
        batch_op.drop_index("ix_payment_attempt__customer")
        batch_op.drop_index("ix_payment_attempt__attempted_at")

    op.drop_table("payment_attempt")
    with op.batch_alter_table("payment_arrangement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_arrangement_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_payment_arrangement_customer_id"))

    op.drop_table("payment_arrangement")
    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.drop_index("ix_invoice_line__invoice")

    op.drop_table("invoice_line")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_hold_customer_id"))
        batch_op.drop_index(batch_op.f("ix_hold_contact_id"))

    op.drop_table("hold")
    op.drop_table("field_origin")
    with op.batch_alter_table("due_part", schema=None) as batch_op:
        batch_op.drop_index("ix_due_part__invoice")

    op.drop_table("due_part")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispute_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_dispute_customer_id"))

    op.drop_table("dispute")
    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_communication_contact_id"))
        batch_op.drop_index("ix_communication__customer")

    op.drop_table("communication")
    with op.batch_alter_table("autopay_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_autopay_rule_customer_id"))

    op.drop_table("autopay_rule")
    op.drop_table("api_token")
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_webhook_delivery__received_at")

    op.drop_table("webhook_delivery")
    op.drop_table("user_account")
    op.drop_table("unmatched_customer")
    op.drop_table("tombstone")
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_run_job_run_id"))
        batch_op.drop_index(batch_op.f("ix_sync_run_connection_id"))

    op.drop_table("sync_run")
    op.drop_table("sweep_mark")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_customer_id"))

    op.drop_table("subscription")
    op.drop_table("source_field")
    op.drop_table("segment_member")
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedule_connection_id"))

    op.drop_table("schedule")
    with op.batch_alter_table("payment_method", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_method_customer_id"))

    op.drop_table("payment_method")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_reference"))
        batch_op.drop_index("ix_payment__without_authority", sqlite_where=sa.text("NOT is_authoritative"), postgresql_where=sa.text("NOT is_authoritative"))
        batch_op.drop_index("ix_payment__unapplied", sqlite_where=sa.text("unapplied_minor != 0"), postgresql_where=sa.text("unapplied_minor != 0"))
        batch_op.drop_index("ix_payment__payment_date")
        batch_op.drop_index("ix_payment__customer")

    op.drop_table("payment")
    with op.batch_alter_table("match_key", schema=None) as batch_op:
        batch_op.drop_index("ix_match_key__key")

    op.drop_table("match_key")
    with op.batch_alter_table("link_suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_suggestion_other_customer_id"))
        batch_op.drop_index("ix_link_suggestion__open", sqlite_where=sa.text("status = 'OPEN'"), postgresql_where=sa.text("status = 'OPEN'"))

    op.drop_table("link_suggestion")
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_run_created_at"))
        batch_op.drop_index(batch_op.f("ix_job_run_connection_id"))
        batch_op.drop_index("ix_job_run__due")

    op.drop_table("job_run")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index("ix_invoice__without_authority", sqlite_where=sa.text("NOT is_authoritative"), postgresql_where=sa.text("NOT is_authoritative"))
        batch_op.drop_index(
            "ix_invoice__unrated", sqlite_where=sa.text("converted_total_minor IS NULL"), postgresql_where=sa.text("converted_total_minor IS NULL")
        )
        batch_op.drop_index("ix_invoice__open", sqlite_where=sa.text("amount_due_minor > 0"), postgresql_where=sa.text("amount_due_minor > 0"))
        batch_op.drop_index("ix_invoice__number")
        batch_op.drop_index("ix_invoice__figures")
        batch_op.drop_index("ix_invoice__due_date")
        batch_op.drop_index("ix_invoice__document_date")
        batch_op.drop_index("ix_invoice__customer")
        batch_op.drop_index(
            "ix_invoice__appearances", sqlite_where=sa.text("appearance_of_id IS NOT NULL"), postgresql_where=sa.text("appearance_of_id IS NOT NULL")
        )
        batch_op.drop_index("ix_invoice__ageing", sqlite_where=sa.text("amount_due_minor > 0"), postgresql_where=sa.text("amount_due_minor > 0"))

    op.drop_table("invoice")
    with op.batch_alter_table("file_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_import_upload_id"))
        batch_op.drop_index(batch_op.f("ix_file_import_mapping_upload_id"))
        batch_op.drop_index(batch_op.f("ix_file_import_job_run_id"))

    op.drop_table("file_import")
    with op.batch_alter_table("field_conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_field_conflict_override_id"))
        batch_op.drop_index("ix_field_conflict__open", sqlite_where=sa.text("status = 'OPEN'"), postgresql_where=sa.text("status = 'OPEN'"))

    op.drop_table("field_conflict")
    with op.batch_alter_table("external_reference", schema=None) as batch_op:
        batch_op.drop_index("ix_external_reference__home", sqlite_where=sa.text("home_id IS NOT NULL"), postgresql_where=sa.text("home_id IS NOT NULL"))
        batch_op.drop_index("ix_external_reference__entity")

    op.drop_table("external_reference")
    with op.batch_alter_table("exchange_rate", schema=None) as batch_op:
        batch_op.drop_index("ix_exchange_rate__pair")

    op.drop_table("exchange_rate")
    op.drop_table("dirty_customer")
    with op.batch_alter_table("customer_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_merge_customer_id"))
        batch_op.drop_index("ix_customer_merge__into")

    op.drop_table("customer_merge")
    with op.batch_alter_table("customer_risk", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_customer_risk__marked",
            sqlite_where=sa.text("mark IS NOT NULL"),
            postgresql_where=sa.text("mark IS NOT NULL"),
        )

    op.drop_table("customer_risk")
    with op.batch_alter_table("customer_figures", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_figures__overdue")
        batch_op.drop_index("ix_customer_figures__outstanding")

    op.drop_table("customer_figures")
    op.drop_table("customer_currency_figures")
    with op.batch_alter_table("credit_note", schema=None) as batch_op:
        batch_op.drop_index("ix_credit_note__without_authority", sqlite_where=sa.text("NOT is_authoritative"), postgresql_where=sa.text("NOT is_authoritative"))
        batch_op.drop_index("ix_credit_note__number")
        batch_op.drop_index("ix_credit_note__customer")

    op.drop_table("credit_note")
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_customer_id"))

    op.drop_table("contract")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_search_name"))
        batch_op.drop_index(batch_op.f("ix_contact_email"))
        batch_op.drop_index(batch_op.f("ix_contact_customer_id"))

    op.drop_table("contact")
    with op.batch_alter_table("connection_test", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_test_connection_id"))

    op.drop_table("connection_test")
    op.drop_table("connection_secret")
    with op.batch_alter_table("connection_notice", schema=None) as batch_op:
        batch_op.drop_index("ix_connection_notice__open")

    op.drop_table("connection_notice")
    op.drop_table("checkpoint")
    with op.batch_alter_table("staged_upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staged_upload_expires_at"))

    op.drop_table("staged_upload")
    op.drop_table("segment")
    with op.batch_alter_table("request_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_outcome_created_at"))

    op.drop_table("request_outcome")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox__due")

    op.drop_table("outbox")
    op.drop_table("figures_state")
    op.drop_table("field_rule")
    with op.batch_alter_table("field_override", schema=None) as batch_op:
        batch_op.drop_index("ix_field_override__home", sqlite_where=sa.text("home_id IS NOT NULL"), postgresql_where=sa.text("home_id IS NOT NULL"))
        batch_op.drop_index("ix_field_override__standing", sqlite_where=sa.text("cleared_at IS NULL"), postgresql_where=sa.text("cleared_at IS NULL"))

    op.drop_table("field_override")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event__kind")

    op.drop_table("event")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_tax_id"))
        batch_op.drop_index(batch_op.f("ix_customer_search_name"))
        batch_op.drop_index(batch_op.f("ix_customer_parent_id"))
        batch_op.drop_index(batch_op.f("ix_customer_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_customer_bill_to_id"))
        batch_op.drop_index(
            "ix_customer__orphans",
            sqlite_where=sa.text("parent_id IS NULL AND parent_external_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NULL AND parent_external_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_customer__name")

    op.drop_table("customer")
    op.drop_table("connection")
    op.drop_table("colleague")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index("ix_change__entity")

    op.drop_table("change")
    with op.batch_alter_table("bulk_operation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_operation_created_at"))
        batch_op.drop_index("ix_bulk_operation__token")
        batch_op.drop_index("ix_bulk_operation__status")

    op.drop_table("bulk_operation")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_done_at"))
        batch_op.drop_index("ix_audit_entry__entity")

    op.drop_table("audit_entry")
