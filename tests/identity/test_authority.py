"""Which connection speaks for a customer: the order, and when there is none."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import ConnectionSettings, Settings, WorkspaceSettings
from hub.identity.authority import authority_order, undecided
from hub.vocabulary import ConnectionKind, Stream

BY_RANK = (ConnectionKind.ACCOUNTING, ConnectionKind.BILLING, ConnectionKind.FILES, ConnectionKind.CRM)


def connection(kind: ConnectionKind, *streams: Stream, name: str = "") -> ConnectionSettings:
    return ConnectionSettings(name or kind.value.lower(), "anything", kind, streams=streams or None)


def settings(*connections: ConnectionSettings, invoices: tuple[str, ...] = (), payments: tuple[str, ...] = ()) -> Settings:
    workspace = WorkspaceSettings("Example", "EUR", ZoneInfo("UTC"), authority_invoices=invoices, authority_payments=payments)
    return Settings(Path(), "sqlite:///x.db", Path("var"), workspace, connections=connections)


def test_connections_follow_the_order_of_their_kinds() -> None:
    found = settings(*(connection(kind) for kind in reversed(BY_RANK)))
    assert authority_order(found, Stream.INVOICES) == ("accounting", "billing", "files", "crm")


def test_a_gateway_comes_last_for_payments_and_never_for_invoices() -> None:
    found = settings(connection(ConnectionKind.GATEWAY), connection(ConnectionKind.CRM))
    assert authority_order(found, Stream.PAYMENTS) == ("crm", "gateway")
    assert authority_order(found, Stream.INVOICES) == ("crm",)
    assert authority_order(found, Stream.CREDIT_NOTES) == ("crm",)


def test_what_the_workspace_names_stands_first_in_its_order() -> None:
    found = settings(*(connection(kind) for kind in BY_RANK), invoices=("crm", "files"), payments=("billing",))
    assert authority_order(found, Stream.INVOICES) == ("crm", "files", "accounting", "billing")
    assert authority_order(found, Stream.CREDIT_NOTES) == ("crm", "files", "accounting", "billing")
    assert authority_order(found, Stream.PAYMENTS) == ("billing", "accounting", "files", "crm")


def test_a_connection_that_does_not_read_a_stream_does_not_speak_for_it() -> None:
    found = settings(connection(ConnectionKind.ACCOUNTING, Stream.PAYMENTS), connection(ConnectionKind.BILLING, Stream.INVOICES))
    assert authority_order(found, Stream.INVOICES) == ("billing",)
    assert authority_order(found, Stream.PAYMENTS) == ("accounting",)


def test_what_is_not_run_stands_behind_those_of_its_rank_that_are_and_the_oldest_first() -> None:
    others = [connection(ConnectionKind.FILES, name="old"), connection(ConnectionKind.FILES, name="another"), connection(ConnectionKind.BILLING, name="gone")]
    found = settings(*(connection(kind) for kind in BY_RANK), invoices=("crm",))
    assert authority_order(found, Stream.INVOICES, others=others) == ("crm", "accounting", "billing", "gone", "files", "old", "another")


@pytest.mark.parametrize("stream", [Stream.CUSTOMERS, Stream.CONTACTS, Stream.EXCHANGE_RATES])
def test_a_stream_whose_values_stand_side_by_side_has_no_authority(stream: Stream) -> None:
    with pytest.raises(ValueError, match=stream.value):
        authority_order(settings(), stream)


class TestUndecided:
    one = connection(ConnectionKind.ACCOUNTING, name="one")
    two = connection(ConnectionKind.ACCOUNTING, name="two")
    three = connection(ConnectionKind.ACCOUNTING, name="three")

    def test_two_of_one_rank_are_undecided(self) -> None:
        assert undecided(settings(self.two, self.one), Stream.INVOICES, delivering={"one", "two"}) == (("one", "two"),)

    @pytest.mark.parametrize("named", [("one", "two"), ("two",)])
    def test_a_list_that_leaves_out_at_most_one_decides(self, named: tuple[str, ...]) -> None:
        assert undecided(settings(self.one, self.two, invoices=named), Stream.INVOICES, delivering={"one", "two"}) == ()

    def test_a_list_that_leaves_out_two_does_not_decide(self) -> None:
        found = settings(self.one, self.two, self.three, invoices=("one",))
        assert undecided(found, Stream.INVOICES, delivering={"one", "two", "three"}) == (("one", "three", "two"),)

    def test_a_list_for_invoices_does_not_decide_payments(self) -> None:
        found = settings(self.one, self.two, invoices=("one", "two"))
        assert undecided(found, Stream.PAYMENTS, delivering={"one", "two"}) == (("one", "two"),)

    def test_different_ranks_need_no_list(self) -> None:
        found = settings(*(connection(kind) for kind in BY_RANK))
        assert undecided(found, Stream.INVOICES, delivering={kind.value.lower() for kind in BY_RANK}) == ()

    def test_files_and_an_api_are_one_rank(self) -> None:
        found = settings(connection(ConnectionKind.FILES), connection(ConnectionKind.API))
        assert undecided(found, Stream.INVOICES, delivering={"files", "api"}) == (("api", "files"),)

    def test_one_that_does_not_deliver_needs_no_place(self) -> None:
        assert undecided(settings(self.one, self.two), Stream.INVOICES, delivering={"one"}) == ()

    def test_two_gateways_are_undecided_for_payments_only(self) -> None:
        found = settings(connection(ConnectionKind.GATEWAY, name="one"), connection(ConnectionKind.GATEWAY, name="two"))
        assert undecided(found, Stream.INVOICES, delivering={"one", "two"}) == ()
        assert undecided(found, Stream.PAYMENTS, delivering={"one", "two"}) == (("one", "two"),)


@given(kinds=st.lists(st.sampled_from(ConnectionKind), max_size=6), data=st.data())
def test_the_order_holds_every_candidate_once_and_does_not_depend_on_the_order_of_the_file(kinds: list[ConnectionKind], data: st.DataObject) -> None:
    connections = [connection(kind, name=f"c{number}") for number, kind in enumerate(kinds)]
    named = tuple(data.draw(st.lists(st.sampled_from([found.name for found in connections]), unique=True))) if connections else ()
    shuffled = data.draw(st.permutations(connections))
    order = authority_order(settings(*connections, payments=named), Stream.PAYMENTS)
    assert order == authority_order(settings(*shuffled, payments=named), Stream.PAYMENTS)
    assert sorted(order) == sorted(found.name for found in connections)
    assert order[: len(named)] == named
