"""What figures are computed on: the date, the workspace currency, the buckets and the choices that their definitions leave open."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from hub.config import DEFAULT_BUCKETS, MAX_BUCKETS, AgeingBucket, WorkspaceSettings
from hub.errors import ConfigurationError, RequestError
from hub.vocabulary import ConversionDate

FIRST_DAY = date(1900, 1, 1)
"""The first day that figures can be asked for."""

LAST_DAY = date(2199, 12, 31)
"""The last day that figures can be asked for."""
_UTC_ZONE = ZoneInfo("UTC")

ASSUMED_PAID = "assumed_paid"
"""The parameter of statements on a basis that assumes a payment: the key of the invoice."""


@dataclass(frozen=True, slots=True)
class Basis:
    """One day's view: the facts of `as_of` itself count (B0, B41).

    `risk_scorer` is the plugin's scorer that is asked for the customers' payment risk when figures are brought up; None: nobody is asked.
    `assumed_paid_on`: the invoice whose key is bound as `ASSUMED_PAID` is taken as paid in full from that day on, whatever the facts say: what would be.
    None: nothing is assumed.

    Raises ConfigurationError when the buckets leave a gap or overlap: their sum would not be the outstanding amount; RequestError for a
    day outside the years 1900 to 2199.
    """

    as_of: date
    base_currency: str
    buckets: tuple[AgeingBucket, ...] = DEFAULT_BUCKETS
    grace_days: int = 0
    conversion_date: ConversionDate = ConversionDate.AS_OF
    zone: ZoneInfo = _UTC_ZONE
    risk_scorer: str | None = None
    assumed_paid_on: date | None = None

    def __post_init__(self) -> None:
        _require_every_day_once(self.buckets)
        if not FIRST_DAY <= self.as_of <= LAST_DAY:
            raise RequestError(f"{self.as_of} is outside the dates that figures can be asked for: {FIRST_DAY} to {LAST_DAY}", path=("asOf",))

    @classmethod
    def of(cls, workspace: WorkspaceSettings, as_of: date) -> "Basis":
        """The basis that the settings give for a day in the workspace zone."""
        return cls(
            as_of,
            workspace.base_currency,
            buckets=workspace.ageing_buckets,
            grace_days=workspace.overdue_grace_days,
            conversion_date=workspace.conversion_date,
            zone=workspace.time_zone,
            risk_scorer=workspace.payment_risk.scorer,
        )

    @property
    def assumes_payment(self) -> bool:
        """Whether an invoice is taken as paid on the day."""
        return self.assumed_paid_on is not None and self.assumed_paid_on <= self.as_of

    @property
    def overdue_before(self) -> date:
        """What falls due before this day, exclusive, is overdue (B3)."""
        return self.as_of - timedelta(days=self.grace_days)

    @property
    def ends_at(self) -> datetime:
        """The instant at which the day ends in the workspace zone, exclusive: facts that carry an instant count before it."""
        return datetime.combine(self.as_of + timedelta(days=1), time.min, self.zone).astimezone(UTC)

    @property
    def settings_digest(self) -> str:
        """A digest of everything but the date and the currency: kept figures with another digest are recomputed."""
        ranges = ",".join(bucket.label for bucket in self.buckets)
        return sha256(f"{ranges}|{self.grace_days}|{self.conversion_date}|{self.zone.key}|{self.risk_scorer}".encode()).hexdigest()

    def due_range(self, bucket: AgeingBucket) -> tuple[date | None, date | None]:
        """The first and last due date in a bucket, both included; None: no such end."""
        first = None if bucket.last is None else self.as_of - timedelta(days=bucket.last)
        last = None if bucket.first is None else self.as_of - timedelta(days=bucket.first)
        return first, last


def _require_every_day_once(buckets: tuple[AgeingBucket, ...]) -> None:
    ends = [bucket.last for bucket in buckets]
    starts = [bucket.first for bucket in buckets]
    expected = [None, *(None if end is None else end + 1 for end in ends[:-1])]
    unordered = any(bucket.first is not None and bucket.last is not None and bucket.last < bucket.first for bucket in buckets)
    if not 1 <= len(buckets) <= MAX_BUCKETS or ends[-1] is not None or None in ends[:-1] or starts != expected or unordered:
        labels = ", ".join(bucket.label for bucket in buckets)
        rule = f"give 1 to {MAX_BUCKETS} ranges of days that follow each other without gap, the first without start, the last without end"
        message = f"ageing buckets ({labels}): {rule}"
        raise ConfigurationError(message)
