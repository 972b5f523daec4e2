"""All customers' figures as one would write them by hand, in several ways: the fastest of them is the reference.

They read the kept amounts of documents and payments, as the hub does, and give the columns of `customer_figures`. Where a rate is
missing they give no amount of that customer at all, which is less than the hub promises and cheaper; the made-up ledger has all rates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.health.basis import Basis
from hub.model import CustomerCurrencyFigures, CustomerFigures, table_of
from hub.store.bulk import instant_text

FIGURE_COLUMNS = tuple(column.name for column in table_of(CustomerFigures).columns)
CURRENCY_FIGURE_COLUMNS = tuple(column.name for column in table_of(CustomerCurrencyFigures).columns)

_ID_SPACE = 2**40


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the databases spell differently. `key` makes one integer of a date and an id; `whole` makes an integer of a sum; `utc` ends an instant.

    `from_the_left` joins so that the left table is read first; `in_table_order` after a table reads it without an index. Empty: the
    planner of that database knows best.
    """

    key: Callable[[str, str], str]
    whole: Callable[[str], str]
    yes: str
    no: str
    utc: str
    json_list: str
    from_the_left: str
    in_table_order: str


DIALECTS: Mapping[str, Dialect] = {
    "sqlite": Dialect(
        key=lambda day, key: f"(CAST(julianday({day}) AS INTEGER) * {_ID_SPACE} + {key})",
        whole=lambda amount: amount,
        yes="1",
        no="0",
        utc="",
        json_list="json_group_array",
        from_the_left="CROSS JOIN",
        in_table_order="NOT INDEXED",
    ),
    "postgresql": Dialect(
        key=lambda day, key: f"(({day} - DATE '2000-01-01' + 1000000)::bigint * {_ID_SPACE} + {key})",
        whole=lambda amount: f"CAST({amount} AS bigint)",
        yes="true",
        no="false",
        utc="+00",
        json_list="jsonb_agg",
        from_the_left="JOIN",
        in_table_order="",
    ),
}


def figures_by_hand(basis: Basis, dialect: str) -> dict[str, str]:
    """Ways to select the figures of every customer, by what sets them apart."""
    hand = _Hand(basis, DIALECTS[dialect])
    ways = {"one scan": hand.one_scan(), "two scans": hand.two_scans()}
    in_order = DIALECTS[dialect].in_table_order
    return ways | ({"one scan in table order": hand.one_scan(in_order)} if in_order else {})


def currency_figures_by_hand(basis: Basis, dialect: str) -> dict[str, str]:
    """Ways to select the exact figures per customer and currency."""
    hand = _Hand(basis, DIALECTS[dialect])
    in_order = DIALECTS[dialect].in_table_order
    return {"one scan": hand.by_currency()} | ({"one scan in table order": hand.by_currency(in_order)} if in_order else {})


class _Hand:
    """Writes the statements for one day. Dates are written out: they are ours."""

    def __init__(self, basis: Basis, dialect: Dialect) -> None:
        self._basis = basis
        self._dialect = dialect
        self._today = f"'{basis.as_of.isoformat()}'"
        self._overdue_before = f"'{basis.overdue_before.isoformat()}'"
        self._day_ends = f"'{instant_text(basis.ends_at)}{self._dialect.utc}'"
        self._buckets = list(range(1, len(basis.buckets) + 1))
        self._ageing = [f"ageing_{number}" for number in self._buckets]

    # --- what counts ------------------------------------------------------------------------------

    @property
    def _in_books(self) -> str:
        return self._in_books_of("")

    def _in_books_of(self, row: str) -> str:
        """The same of a joined row; `row` is its alias with a dot."""
        return (
            f"{row}is_authoritative = {self._dialect.yes} AND {row}is_deleted = {self._dialect.no} AND {row}document_date <= {self._today} "
            f"AND {row}lifecycle <> 'DRAFT' AND ({row}lifecycle <> 'VOID' OR {row}voided_on > {self._today})"
        )

    @property
    def _issued(self) -> str:
        return f"(lifecycle <> 'WRITTEN_OFF' OR coalesce(written_off_on > {self._today}, {self._dialect.no}))"

    @property
    def _money(self) -> str:
        """Payments with something unapplied, whose money is there."""
        reversed_later = f"state IN ('RETURNED', 'CHARGED_BACK') AND reversed_on > {self._today}"
        return (
            f"unapplied_minor <> 0 AND is_authoritative = {self._dialect.yes} AND is_deleted = {self._dialect.no} AND payment_date <= {self._today} "
            f"AND (state = 'SETTLED' OR {reversed_later})"
        )

    @property
    def _open_parts(self) -> str:
        return (
            f"due_part p {self._dialect.from_the_left} invoice i ON i.id = p.invoice_id "
            f"WHERE p.amount_due_minor > 0 AND i.amount_due_minor > 0 AND i.has_due_parts = {self._dialect.yes} AND {self._in_books} AND {self._issued}"
        )

    def _in_bucket(self, number: int, day: str) -> str:
        first, last = self._basis.due_range(self._basis.buckets[number - 1])
        if first is None and last is None:
            return self._dialect.yes
        if last is None:
            return f"({day} >= '{first}' OR {day} IS NULL)"
        return f"{day} <= '{last}'" if first is None else f"{day} BETWEEN '{first}' AND '{last}'"

    # --- sums of documents ------------------------------------------------------------------------

    def _of_all(self, amount: str = "converted_") -> dict[str, str]:
        """Columns over all documents in the books."""
        paid = f"{amount}paid_minor" if amount else "amount_paid_minor"
        return {
            "total_paid": f"sum(CASE WHEN amount_due_minor <= 0 AND {self._issued} THEN {paid} ELSE 0 END)",
            "billed": f"sum({amount}total_minor)",
            "cash_received": f"sum({paid})",
        }

    def _of_open(self, is_open: str, due: str = "converted_due_minor") -> dict[str, str]:
        """Columns over open documents, where `is_open` tells which those are among the rows."""
        whole = f"{is_open} AND has_due_parts = {self._dialect.no}"
        overdue = f"{whole} AND first_open_due_date < {self._overdue_before}"
        return {
            "outstanding": f"sum(CASE WHEN {is_open} THEN {due} ELSE 0 END)",
            "overdue": f"sum(CASE WHEN {overdue} THEN {due} ELSE 0 END)",
            "open_debits": f"sum(CASE WHEN {is_open} AND document_type <> 'OTHER' THEN {due} ELSE 0 END)",
        }

    def _open_details(self, is_open: str) -> dict[str, str]:
        whole = f"{is_open} AND has_due_parts = {self._dialect.no}"
        overdue = f"{whole} AND first_open_due_date < {self._overdue_before}"
        columns = {
            "open_count": f"count(CASE WHEN {is_open} THEN 1 END)",
            "overdue_count": f"count(CASE WHEN {overdue} THEN 1 END)",
            "oldest": f"min(CASE WHEN {is_open} THEN {self._dialect.key('document_date', 'id')} END)",
            "oldest_overdue": f"min(CASE WHEN {overdue} THEN {self._dialect.key('first_open_due_date', 'id')} END)",
        }
        for number, name in zip(self._buckets, self._ageing, strict=True):
            inside = f"{whole} AND {self._in_bucket(number, 'first_open_due_date')}"
            columns[name] = f"sum(CASE WHEN {inside} THEN converted_due_minor ELSE 0 END)"
            columns[f"{name}_count"] = f"count(CASE WHEN {inside} THEN 1 END)"
        return columns

    def _own_details(self) -> dict[str, str]:
        return {
            "inferred": f"count(CASE WHEN residual_date <= {self._today} THEN 1 END)",
            "lacking": "count(*) - count(converted_total_minor)",
        }

    # --- the other rows ---------------------------------------------------------------------------

    def _rest(self) -> str:
        """Due parts, credits and payments, each added up by customer."""
        overdue = f"p.due_date < {self._overdue_before}"
        parts = {
            "overdue": f"sum(CASE WHEN {overdue} THEN p.converted_due_minor ELSE 0 END)",
            "overdue_count": f"count(DISTINCT CASE WHEN {overdue} THEN p.invoice_id END)",
            "oldest_overdue": f"min(CASE WHEN {overdue} THEN {self._dialect.key('p.due_date', 'p.invoice_id')} END)",
        }
        for number, name in zip(self._buckets, self._ageing, strict=True):
            inside = self._in_bucket(number, "p.due_date")
            parts[name] = f"sum(CASE WHEN {inside} THEN p.converted_due_minor ELSE 0 END)"
            parts[f"{name}_count"] = f"count(DISTINCT CASE WHEN {inside} THEN p.invoice_id END)"
        return f"""
part AS (SELECT customer_id, {_listed(parts)} FROM {self._open_parts} GROUP BY customer_id),
credit AS (
  SELECT customer_id, sum(converted_unutilised_minor) AS unutilised, count(CASE WHEN residual_date <= {self._today} THEN 1 END) AS inferred,
    count(*) - count(converted_unutilised_minor) AS lacking
  FROM credit_note WHERE {self._in_books} GROUP BY customer_id),
money AS (
  SELECT customer_id, sum(converted_unapplied_minor) AS unapplied, count(*) - count(converted_unapplied_minor) AS lacking
  FROM payment WHERE {self._money} GROUP BY customer_id),
attempted AS (
  SELECT i.customer_id, count(*) AS attempts, count(DISTINCT i.id) AS invoices
  FROM payment_attempt a JOIN invoice n ON n.id = a.invoice_id JOIN invoice i ON i.id = coalesce(n.appearance_of_id, n.id)
  WHERE a.attempted_at < {self._day_ends} AND a.is_deleted = {self._dialect.no} AND a.kind <> 'CHARGEBACK' AND {self._in_books_of("i.")}
  GROUP BY i.customer_id)"""  # noqa: S608 - made of column names and of dates of our own

    # --- whole statements -------------------------------------------------------------------------

    def one_scan(self, how: str = "") -> str:
        """All documents read once, every condition in the columns."""
        is_open = f"amount_due_minor > 0 AND {self._issued}"
        columns = self._of_all() | self._own_details() | self._of_open(is_open) | self._open_details(is_open)
        document = f"SELECT customer_id, {_listed(columns)} FROM invoice {how} WHERE {self._in_books} GROUP BY customer_id"  # noqa: S608
        source = dict.fromkeys(columns, "d")
        return f"WITH document AS ({document}),{self._rest()}\n{self._outer(source, 'LEFT JOIN document d ON d.customer_id = c.id')}"

    def two_scans(self) -> str:
        """All documents read for what counts all of them, open ones once more for what only these have."""
        own = self._of_all() | self._own_details()
        opened = self._of_open(self._dialect.yes) | self._open_details(self._dialect.yes)
        document = f"SELECT customer_id, {_listed(own)} FROM invoice WHERE {self._in_books} GROUP BY customer_id"  # noqa: S608
        still_open = (
            f"SELECT customer_id, {_listed(opened)} FROM invoice WHERE amount_due_minor > 0 AND {self._in_books} AND {self._issued} GROUP BY customer_id"  # noqa: S608
        )
        source = dict.fromkeys(own, "d") | dict.fromkeys(opened, "o")
        joins = "LEFT JOIN document d ON d.customer_id = c.id LEFT JOIN opened o ON o.customer_id = c.id"
        return f"WITH document AS ({document}), opened AS ({still_open}),{self._rest()}\n{self._outer(source, joins)}"

    def _outer(self, source: Mapping[str, str], joins: str) -> str:
        of = {name: f"coalesce({alias}.{name}, 0)" for name, alias in source.items()}
        credit, unapplied = "coalesce(credit.unutilised, 0)", "coalesce(money.unapplied, 0)"
        overdue = f"{of['overdue']} + coalesce(part.overdue, 0)"
        amounts = {
            "total_paid": of["total_paid"],
            "total_due": of["outstanding"],
            "billed": of["billed"],
            "cash_received": of["cash_received"],
            "outstanding": of["outstanding"],
            "overdue": overdue,
            "open_debits": of["open_debits"],
            "unutilised_credit": credit,
            "unaccounted_payment": unapplied,
            "net_overdue": f"{overdue} - {credit}",
            "net_outstanding": f"{of['outstanding']} - {credit} - {unapplied}",
            "consolidated_outstanding": f"{of['outstanding']} + coalesce(billed_to.outstanding, 0)",
            "consolidated_overdue": f"{overdue} + coalesce(billed_to.overdue, 0)",
        }
        amounts |= {name: f"{of[name]} + coalesce(part.{name}, 0)" for name in self._ageing}
        lacking = f"{of['lacking']} + coalesce(credit.lacking, 0) + coalesce(money.lacking, 0)"
        columns = {f"{name}_minor": f"CASE WHEN {lacking} = 0 THEN {self._dialect.whole(amount)} END" for name, amount in amounts.items()}
        columns |= self._counts(of, source)
        columns |= {"customer_id": "c.id", "business_date": f"CAST({self._today} AS date)" if self._dialect.yes == "true" else self._today}
        columns |= {"is_complete": f"{lacking} = 0", "missing_rates": f"CASE WHEN {lacking} > 0 THEN {self._missing()} END"}
        return f"""
SELECT {_listed({name: columns.get(name, self._unused(name)) for name in FIGURE_COLUMNS})}
FROM customer c {joins}
LEFT JOIN part ON part.customer_id = c.id LEFT JOIN credit ON credit.customer_id = c.id LEFT JOIN money ON money.customer_id = c.id
LEFT JOIN attempted ON attempted.customer_id = c.id
LEFT JOIN ({self._billed_to(source)}) billed_to ON billed_to.customer_id = c.id"""  # noqa: S608

    def _counts(self, of: Mapping[str, str], source: Mapping[str, str]) -> dict[str, str]:
        least = f"least({source['oldest_overdue']}.oldest_overdue, part.oldest_overdue)"
        if self._dialect.yes == "1":  # SQLite's min() of two values is NULL when one of them is
            own = f"{source['oldest_overdue']}.oldest_overdue"
            least = f"coalesce(min({own}, part.oldest_overdue), {own}, part.oldest_overdue)"
        columns = {
            "open_invoice_count": of["open_count"],
            "overdue_invoice_count": f"{of['overdue_count']} + coalesce(part.overdue_count, 0)",
            "inferred_count": f"{of['inferred']} + coalesce(credit.inferred, 0)",
            "payment_attempt_count": "coalesce(attempted.attempts, 0)",
            "attempted_invoice_count": "coalesce(attempted.invoices, 0)",
            "oldest_invoice_id": f"{source['oldest']}.oldest % {_ID_SPACE}",
            "oldest_overdue_invoice_id": f"{least} % {_ID_SPACE}",
        }
        return columns | {f"{name}_count": f"{of[f'{name}_count']} + coalesce(part.{name}_count, 0)" for name in self._ageing}

    def _billed_to(self, source: Mapping[str, str]) -> str:
        """Outstanding and overdue of the customers that are billed to another one, for that one."""
        alias = source["outstanding"]
        relation = "document" if alias == "d" else "opened"
        sums = {
            "outstanding": f"sum(coalesce({alias}.outstanding, 0))",
            "overdue": f"sum(coalesce({alias}.overdue, 0) + coalesce(p.overdue, 0))",
        }
        return f"""
  SELECT m.bill_to_id AS customer_id, {_listed(sums)}
  FROM customer m LEFT JOIN {relation} {alias} ON {alias}.customer_id = m.id LEFT JOIN part p ON p.customer_id = m.id
  WHERE m.bill_to_id <> m.id GROUP BY m.bill_to_id"""  # noqa: S608

    def _missing(self) -> str:
        currencies = "SELECT DISTINCT currency FROM invoice i WHERE i.customer_id = c.id AND i.converted_total_minor IS NULL"
        return f"(SELECT {self._dialect.json_list}(x.currency) FROM ({currencies}) x)"  # noqa: S608

    def _unused(self, column: str) -> str:
        return "0" if column.endswith("_count") else "NULL"

    def by_currency(self, how: str = "") -> str:
        """Exact figures per customer and currency: documents read once, and what else there is added to them."""
        amounts = self._of_all("") | self._of_open(f"amount_due_minor > 0 AND {self._issued}", "amount_due_minor")
        names = (*amounts, "unutilised_credit", "unaccounted_payment")
        arms = [
            self._arm(amounts, names, f"invoice {how} WHERE {self._in_books}"),
            self._arm({"unutilised_credit": "sum(unutilised_minor)"}, names, f"credit_note WHERE {self._in_books}"),
            self._arm({"unaccounted_payment": "sum(unapplied_minor)"}, names, f"payment WHERE {self._money}"),
            self._arm({"overdue": f"sum(CASE WHEN p.due_date < {self._overdue_before} THEN p.amount_due_minor ELSE 0 END)"}, names, self._open_parts),
        ]
        added = {f"{name}_minor": self._dialect.whole(f"sum({name})") for name in names}
        columns = added | {"total_due_minor": added["outstanding_minor"], "customer_id": "customer_id", "currency": "currency"}
        something = " OR ".join(f"sum({name}) <> 0" for name in names)
        return (
            f"SELECT {_listed({name: columns[name] for name in CURRENCY_FIGURE_COLUMNS})} FROM ({' UNION ALL '.join(arms)}) exact "  # noqa: S608
            f"GROUP BY customer_id, currency HAVING {something}"
        )

    def _arm(self, columns: Mapping[str, str], names: Sequence[str], rows: str) -> str:
        shown = {"customer_id": "customer_id", "currency": "currency"} | {name: columns.get(name, "0") for name in names}
        return f"SELECT {_listed(shown)} FROM {rows} GROUP BY customer_id, currency"  # noqa: S608


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
