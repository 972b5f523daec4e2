"""Finding customers that are the same: new customers of a second system against those that are there, at two sizes.

The customers are invented. Seven of ten new ones are there already: spelt differently, half of them with their id in the other system. Some
share a mail provider, a telephone exchange or a common name, as they do everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import sqlalchemy as sa
from msgspec.structs import replace

from benchmarks.databases import Databases
from benchmarks.generating import NOON
from benchmarks.reporting import Finding, finding
from benchmarks.timing import Comparison, seconds_of
from hub.identity.matching import find_matches, queue_for_matching
from hub.identity.matching.candidates import rewrite_keys
from hub.identity.matching.reading import read_profiles, read_systems
from hub.model import Connection, Customer, ExternalReference, SourceRecord, table_of
from hub.plugins.records import CrossReference, CustomerRecord
from hub.store.bulk import allocate_ids, chunks, insert_rows, instant_form
from hub.store.engine import Store
from hub.sync.codec import digest, encode
from hub.vocabulary import ConnectionKind, Entity, EntityType, SourceHandling, Stream

MOST_SECONDS = 10
"""What the suggestions for a thousand new customers may take."""
MOST_GROWTH = 2
"""By how much they may take longer with ten times as many customers there: indexes are a level deeper, and common names more common."""

_CONNECTIONS, _CUSTOMERS, _REFERENCES, _RECORDS = (table_of(kind) for kind in (Connection, Customer, ExternalReference, SourceRecord))
_SYLLABLES = "ba be bra chi da dor el fa gri ha ka kel la lo ma mi nor o pa pel qua ra ro sa sol ta ter u va ver wi zo".split()
_TRADES = "Logistics|Foods|Engineering|Print|Energy|Textiles|Consulting|Dental|Marine|Software|Roofing|Interiors".split("|")
_FORMS = ("Ltd", "GmbH", "AG", "SARL", "Inc.", "B.V.", "S.r.l.", "AB")
_CITIES = [f"City {number}" for number in range(400)]
_PROVIDERS = ("gmail.com", "postbox.example", "mailhost.example")


def invented(random: Random, number: int) -> CustomerRecord:
    """A customer of the first system."""
    stem = "".join(random.choice(_SYLLABLES) for _ in range(random.randint(2, 4))).capitalize()
    name = f"{stem} {random.choice(_TRADES)} {random.choice(_FORMS)}"
    domain = random.choice(_PROVIDERS) if random.random() < 0.1 else f"{stem.lower()}{number % 97}.example"  # noqa: PLR2004 - one in ten
    return CustomerRecord(
        external_id=f"B{number}",
        name=name,
        email=f"ap{number if domain in _PROVIDERS else ''}@{domain}",
        phone=f"+49 30 {random.randint(10_000_000, 99_999_999)}",
        tax_id=f"DE{random.randint(100_000_000, 999_999_999)}" if random.random() < 0.6 else None,  # noqa: PLR2004 - three in five
        address_lines=[f"Main Street {random.randint(1, 200)}"],
        city=random.choice(_CITIES),
        postal_code=f"{random.randint(10_000, 99_999)}",
        country="DE",
    )


def seen_elsewhere(random: Random, number: int, there: CustomerRecord) -> CustomerRecord:
    """The same customer in the second system, as somebody else typed it in; a third know nothing of the first system's."""
    name = random.choice((there.name, there.name.upper(), there.name.rpartition(" ")[0], there.name.replace("a", "aa", 1)))
    found = replace(there, external_id=f"C{number}", name=name, tax_id=None, address_lines=None, website=(there.email or "").partition("@")[2], email=None)
    known = [CrossReference(external_id=there.external_id, kind=ConnectionKind.ACCOUNTING)] if random.random() < 0.5 else []  # noqa: PLR2004 - every other
    return replace(found, known_as=known, phone=there.phone if random.random() < 0.6 else None)  # noqa: PLR2004 - three in five


@dataclass(slots=True)
class Crowd:
    """A database with customers of one system, to which new ones of another come."""

    store: Store
    random: Random
    systems: dict[str, int]
    there: list[CustomerRecord]
    count: int = 0

    @classmethod
    def of(cls, url: str, size: int) -> "Crowd":
        """One with so many customers, whose keys are written."""
        store, random = Store(url), Random(size)
        with store.write() as connection:
            systems = {
                name: connection.execute(sa.insert(_CONNECTIONS).values(**_connection(name, kind)).returning(_CONNECTIONS.c.id)).scalar_one()
                for name, kind in (("books", ConnectionKind.ACCOUNTING), ("crm", ConnectionKind.CRM))
            }
        made = cls(store, random, systems, [invented(random, number) for number in range(size)])
        for part in chunks(made.there, 5_000):
            with store.write() as connection:
                ids = _land(connection, systems["books"], part)
                rewrite_keys(connection, ids, read_profiles(connection, ids, read_systems(connection)))
        return made

    def come(self, count: int) -> None:
        """New customers land, and wait to be compared."""
        with self.store.write() as connection:
            queue_for_matching(connection, _land(connection, self.systems["crm"], list(self._new(count))))

    def _new(self, count: int) -> Iterator[CustomerRecord]:
        for _ in range(count):
            self.count += 1
            if self.random.random() < 0.7:  # noqa: PLR2004 - seven of ten
                yield seen_elsewhere(self.random, self.count, self.random.choice(self.there))
            else:
                yield replace(invented(self.random, self.count), external_id=f"C{self.count}")

    def find(self) -> tuple[int, int]:
        """Compare those that wait, as the hub does; returns how many were decided and suggested."""
        decided = suggested = 0
        while True:
            with self.store.write() as connection:
                found = find_matches(connection, now=NOON)
            decided, suggested = decided + len(found.automatic), suggested + found.written.opened
            if found.is_done:
                return decided, suggested


def measure_matching(databases: Databases, *, sizes: Sequence[int], new: int, rounds: int) -> list[Finding]:
    """Seconds for so many new customers at each size against what they may take, and the largest size against the smallest."""
    seconds: dict[int, list[float]] = {}
    findings: list[Finding] = []
    for size in sorted(set(sizes)):
        crowd = Crowd.of(databases.make(f"matching_{size}"), size)
        results: list[tuple[int, int]] = []
        seconds[size] = [_round(crowd, new, results) for _ in range(rounds)]
        crowd.store.dispose()
        databases.drop(f"matching_{size}")
        decided, suggested = results[-1]
        assert decided, "nothing was decided"
        assert suggested, "nothing was suggested"
        note = f"of {new:,} new customers {decided:,} were decided and {suggested:,} suggested in the last round"
        findings.append(_finding(f"match {new:,} new customers", size, databases, ours=seconds[size], reference=[MOST_SECONDS] * rounds, note=note))
    if len(seconds) > 1:
        small, *_, large = sorted(seconds)
        note = f"against {small:,} customers there; a comparison of all pairs would take {large // small} times as long"
        growth = _finding("match: growth", large, databases, ours=seconds[large], reference=seconds[small], note=note, target=MOST_GROWTH)
        findings.append(growth)
    return findings


def _round(crowd: Crowd, new: int, results: list[tuple[int, int]]) -> float:
    crowd.come(new)
    return seconds_of(lambda: results.append(crowd.find()))


def _finding(what: str, size: int, databases: Databases, *, ours: Sequence[float], reference: Sequence[float], note: str, target: float = 1) -> Finding:
    comparison = Comparison(ours, reference)
    return finding(what, size=f"{size:,}", database=databases.kind, comparison=comparison, target=target, note=note)


def _connection(name: str, kind: ConnectionKind) -> dict[str, object]:
    return {"name": name, "connector": "benchmark", "kind": kind, "status": "ACTIVE", "is_declared": True, "created_at": NOON}


def _land(connection: sa.Connection, connection_id: int, records: Sequence[CustomerRecord]) -> Sequence[int]:
    """Rows of customers as landing would leave them, without a run."""
    ids, references = allocate_ids(connection, _CUSTOMERS, len(records)), allocate_ids(connection, _REFERENCES, len(records))
    at = instant_form(connection.dialect.name)(NOON)
    customer, active = EntityType.CUSTOMER.stored, SourceHandling.ACTIVE.stored
    columns = ("id", "name", "search_name", "entity_type", "source_handling", "is_billed", "is_deleted", "first_seen_at", "updated_at")
    rows = [(key, each.name, each.name.casefold(), customer, active, True, False, at, at) for key, each in zip(ids, records, strict=True)]
    insert_rows(connection, _CUSTOMERS, columns=columns, rows=rows)
    encoded = [encode(each) for each in records]
    columns = "id connection_id stream external_id entity entity_id content_hash is_deleted_at_source created_run_id changed_run_id changed_at".split()
    kinds = Stream.CUSTOMERS.stored, Entity.CUSTOMER.stored
    rows = [
        (reference, connection_id, kinds[0], each.external_id, kinds[1], key, digest(text), False, 1, 1, at)
        for reference, key, each, text in zip(references, ids, records, encoded, strict=True)
    ]
    insert_rows(connection, _REFERENCES, columns=columns, rows=rows)
    kept = [(reference, text.decode()) for reference, text in zip(references, encoded, strict=True)]
    insert_rows(connection, _RECORDS, columns=("reference_id", "record"), rows=kept)
    return ids
