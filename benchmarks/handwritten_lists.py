"""The levels of the work list as one would write them by hand, in several ways: the fastest of them is the reference."""

from collections.abc import Sequence
from datetime import date

PAGE = 100
OPEN_INVOICES = 5

_FIGURES = (
    "customer_id business_date is_complete total_paid_minor total_due_minor billed_minor overdue_minor outstanding_minor cash_received_minor "
    "open_debits_minor unutilised_credit_minor unaccounted_payment_minor net_overdue_minor net_outstanding_minor overdue_invoice_count "
    "open_invoice_count ageing_1_minor ageing_2_minor ageing_3_minor ageing_4_minor ageing_5_minor ageing_1_count ageing_2_count "
    "ageing_3_count ageing_4_count ageing_5_count"
).split()
_YES = {"sqlite": "1", "postgresql": "true"}
_NO = {"sqlite": "0", "postgresql": "false"}


def customers_by_hand(dialect: str) -> dict[str, str]:
    """The page of customers that owe the most overdue money, one more than shown to know whether there is another page."""
    by_index = (
        "SELECT c.id, c.name, f.overdue_minor FROM customer_figures f JOIN customer c ON c.id = f.customer_id "  # noqa: S608 - numbers of our own
        f"WHERE c.is_deleted = {_NO[dialect]} AND f.overdue_minor IS NOT NULL ORDER BY f.overdue_minor DESC, f.customer_id DESC LIMIT {PAGE + 1}"
    )
    return {"by the index of overdue amounts": by_index}


def figures_by_hand(dialect: str, customers: Sequence[int]) -> dict[str, str]:
    """The kept figures of the customers of a page."""
    keys = ", ".join(str(key) for key in customers)
    names = ", ".join(_FIGURES)
    ways = {"a list of keys": f"SELECT {names} FROM customer_figures WHERE customer_id IN ({keys})"}  # noqa: S608
    if dialect == "postgresql":
        ways["an array of keys"] = f"SELECT {names} FROM customer_figures WHERE customer_id = ANY('{{{keys}}}'::bigint[])"  # noqa: S608
    return ways


def invoices_by_hand(dialect: str, customers: Sequence[int], today: date) -> dict[str, str]:
    """The first open invoices of each customer of a page by due date, one more than shown."""
    return {"numbered": _numbered(dialect, customers, today), "customer by customer": _one_by_one(dialect, customers, today)}


def _numbered(dialect: str, customers: Sequence[int], today: date) -> str:
    keys = ", ".join(str(key) for key in customers)
    place = f"row_number() OVER (PARTITION BY i.customer_id ORDER BY {_order(dialect)})"
    inner = f"SELECT {_columns(dialect, today)}, {place} AS place FROM invoice i WHERE i.customer_id IN ({keys}) AND {_is_open(dialect, today)}"  # noqa: S608
    return f"SELECT {_NAMES} FROM ({inner}) page WHERE place <= {OPEN_INVOICES + 1}"  # noqa: S608


def _one_by_one(dialect: str, customers: Sequence[int], today: date) -> str:
    if dialect == "postgresql":
        keys = ", ".join(str(key) for key in customers)
        page = (
            f"SELECT {_columns(dialect, today)} FROM invoice i WHERE i.customer_id = wanted.key AND {_is_open(dialect, today)} "  # noqa: S608
            f"ORDER BY {_order(dialect)} LIMIT {OPEN_INVOICES + 1}"
        )
        return f"SELECT page.* FROM unnest('{{{keys}}}'::bigint[]) AS wanted(key) CROSS JOIN LATERAL ({page}) page"  # noqa: S608
    keys = ",".join(str(key) for key in customers)
    first = (
        f"SELECT i.id FROM invoice i WHERE i.customer_id = wanted.value AND {_is_open(dialect, today)} "  # noqa: S608
        f"ORDER BY {_order(dialect)} LIMIT {OPEN_INVOICES + 1}"
    )
    return f"SELECT {_columns(dialect, today)} FROM json_each('[{keys}]') wanted CROSS JOIN invoice i ON i.id IN ({first})"  # noqa: S608


_NAMES = "id, customer_id, number, document_date, due_date, days, total_minor, currency, amount_due_minor"


def _columns(dialect: str, today: date) -> str:
    days = f"CAST(julianday('{today}') - julianday(i.first_open_due_date) AS INTEGER)" if dialect == "sqlite" else f"DATE '{today}' - i.first_open_due_date"
    return f"i.id, i.customer_id, i.number, i.document_date, i.due_date, {days} AS days, i.total_minor, i.currency, i.amount_due_minor"


def _order(dialect: str) -> str:
    """Without a due date last; PostgreSQL has them last by itself."""
    return "i.first_open_due_date, i.id" if dialect == "postgresql" else "i.first_open_due_date NULLS LAST, i.id"


def _is_open(dialect: str, today: date) -> str:
    return (
        f"i.amount_due_minor > 0 AND i.is_deleted = {_NO[dialect]} AND i.is_authoritative = {_YES[dialect]} AND i.lifecycle <> 'DRAFT' "
        f"AND (i.lifecycle <> 'VOID' OR i.voided_on > '{today}') AND i.document_date <= '{today}' "
        f"AND (i.lifecycle <> 'WRITTEN_OFF' OR i.written_off_on > '{today}')"
    )
