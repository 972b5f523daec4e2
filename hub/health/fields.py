"""The figures of health as fields of rules: registered through the same hook as any plugin's fields.

Every field reads the kept figures of a customer for today. Amounts are in the workspace currency; one that lacks an exchange rate
is missing, and a missing value makes every comparison false (B16).
"""

from hub.plugins import AgeingBucket, Field, FieldType, Level, PluginContext, hookimpl

_TABLE = "customer_figures"
_CURRENCY = "workspace currency"

_AMOUNTS: tuple[tuple[str, str, str], ...] = (
    ("outstanding", "outstanding_minor", "What the customer owes: the amounts due of its open invoices, debit notes and other debits (HM6, HM10)."),
    ("overdue", "overdue_minor", "The part of outstanding whose due date has passed; due today is not overdue (HM4, HM7, HM10)."),
    ("net_overdue", "net_overdue_minor", "Overdue less unutilised credit; below zero where the credit is larger (HM12)."),
    ("net_outstanding", "net_outstanding_minor", "Outstanding less unutilised credit and unaccounted payment; below zero where these are larger (B7)."),
    ("open_debits", "open_debits_minor", "The amounts due of open invoices and debit notes, other debits left out (HM13)."),
    ("unaccounted_payment", "unaccounted_payment_minor", "The parts of payments that are set against no invoice (HM14)."),
    ("unutilised_credit", "unutilised_credit_minor", "The parts of credit notes that are set against no invoice (HM15)."),
    ("total_amount_paid", "total_paid_minor", "What was paid on invoices that are paid in full (HM1)."),
    ("total_amount_due", "total_due_minor", "The amounts due of invoices that are not paid in full (HM2)."),
    ("billed_amount", "billed_minor", "The totals of all invoices that are neither draft, future nor void (HM3)."),
    ("cash_received", "cash_received_minor", "What was paid on all invoices, those paid in part included (B2)."),
    ("consolidated_outstanding", "consolidated_outstanding_minor", "Outstanding of the customer and of every customer below it that it is billed for (HM11)."),
    ("consolidated_overdue", "consolidated_overdue_minor", "Overdue of the customer and of every customer below it that it is billed for (HM11)."),
)

_COUNTS: tuple[tuple[str, str, str], ...] = (
    ("overdue_invoice_count", "overdue_invoice_count", "How many invoices are overdue (HM5)."),
    ("open_invoice_count", "open_invoice_count", "How many invoices have an amount due (HM9)."),
)

_PERCENTS: tuple[tuple[str, str, str, str], ...] = (
    ("overdue_percent", "overdue_minor", "outstanding_minor", "Overdue as a share of outstanding, not rounded; missing where nothing is outstanding (HM10)."),
    (
        "consolidated_overdue_percent",
        "consolidated_overdue_minor",
        "consolidated_outstanding_minor",
        "Consolidated overdue as a share of consolidated outstanding, not rounded; missing where nothing is outstanding (HM11).",
    ),
)


@hookimpl
def hub_rule_fields(context: PluginContext) -> list[Field]:
    """Every figure of A4 that is kept, and one field for each ageing bucket of the workspace."""
    return [
        *(_field(name, FieldType.MONEY, meaning, source=f"{_TABLE}.{column}", unit=_CURRENCY) for name, column, meaning in _AMOUNTS),
        *(_field(name, FieldType.WHOLE_NUMBER, meaning, source=f"{_TABLE}.{column}", unit="invoices") for name, column, meaning in _COUNTS),
        *(_field(name, FieldType.DECIMAL, meaning, source=f"{_TABLE}.{part} / {_TABLE}.{whole}", unit="%") for name, part, whole, meaning in _PERCENTS),
        _field(
            "average_payment_attempts",
            FieldType.DECIMAL,
            "Payment attempts by invoice that had any; missing where there was none (HM18, RP18).",
            source=f"{_TABLE}.payment_attempt_count / {_TABLE}.attempted_invoice_count",
            unit="attempts",
        ),
        *(_ageing(number, bucket) for number, bucket in enumerate(context.workspace.ageing_buckets, start=1)),
    ]


def _ageing(number: int, bucket: AgeingBucket) -> Field:
    meaning = f"The amount due in the ageing bucket {bucket.label} (HM16, RC7)."
    name = bucket.label.replace("-", "..").replace("+", "..")
    return _field(f"ageing[{name}]", FieldType.MONEY, meaning, source=f"{_TABLE}.ageing_{number}_minor", unit=_CURRENCY)


def _field(name: str, kind: FieldType, meaning: str, /, *, source: str, unit: str) -> Field:
    return Field(id=name, level=Level.CUSTOMER, type=kind, meaning=meaning, source=source, unit=unit)
