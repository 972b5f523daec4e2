"""Versions and the log follow what happens to an object."""

from datetime import timedelta

import pytest

from connectors.sandbox.system import System
from tests.connectors.sandbox.world.worlds import NOW


def test_a_removed_object_keeps_its_last_body_and_is_not_living() -> None:
    system = System("crm")
    system.put("companies", "c1", {"name": "Old"}, at=NOW)

    system.remove("companies", "c1", at=NOW + timedelta(seconds=1), body={"name": "Old", "merged_into": "c2"})

    found = system.find("companies", "c1")
    assert found is not None
    assert (found.version, found.is_deleted, found.body["merged_into"]) == (2, True, "c2")
    assert list(system.living("companies")) == []
    assert [event.kind for event in system.events] == ["company.created", "company.deleted"]


def test_a_hidden_object_is_logged_when_it_is_shown_as_of_the_instant_it_was_written() -> None:
    system = System("accounting")
    system.put("invoices", "i1", {}, at=NOW, is_visible=False)
    logged = len(system.events)

    shown = system.show("invoices", "i1", written_at=NOW - timedelta(seconds=30, microseconds=-5))

    assert logged == 0
    assert shown.is_visible
    assert [(event.kind, event.version, event.at) for event in system.events] == [("invoice.created", 1, NOW - timedelta(seconds=30))]


def test_an_object_that_was_never_there_is_none_and_cannot_be_shown() -> None:
    system = System("accounting")

    assert system.find("invoices", "i1") is None
    with pytest.raises(KeyError):
        system.show("invoices", "i1", written_at=NOW)
