"""Exchange rates: facts; the windows in which they are in force are derived once the page is in."""

from collections.abc import Sequence

from hub.model import ExchangeRate, table_of
from hub.plugins.records import ExchangeRateRecord, Record
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.frame import Landed, Landing, Parents, Values, expect
from hub.vocabulary import Entity, Stream


def _values(record: Record, _parents: Parents, run: RunContext) -> Values:
    record = expect(record, ExchangeRateRecord)
    return (record.currency, record.base_currency, run.day(record.rate_date), record.numerator, record.denominator)


def _fresh(_record: Record, _values: Values, run: RunContext) -> Values:
    return (run.connection_id, run.connection_name, False, run.now, run.now)


def _landed(work: PageWork, rows: Sequence[Landed]) -> None:
    work.rates_changed = work.rates_changed or bool(rows)


LANDING = Landing(
    stream=Stream.EXCHANGE_RATES,
    entity=Entity.EXCHANGE_RATE,
    table=table_of(ExchangeRate),
    columns=("currency", "base_currency", "rate_date", "numerator", "denominator"),
    values=_values,
    fresh_columns=("connection_id", "source", "is_deleted", "first_seen_at", "updated_at"),
    fresh=_fresh,
    created=_landed,
    changed=_landed,
    customer_column=None,
)
