"""Declared connections that do not fit the plugins, or each other, stop the start and say what to write instead."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.config import Settings, load_settings
from hub.errors import ConfigurationError, PluginLoadError
from hub.identity.connections import check_connections
from hub.plugins.catalogue import PluginCatalogue
from hub.vocabulary import ConnectionKind, Stream
from tests.plugins.samples import Entry, Ledger, facts_of, load, module

WORKSPACE = '[workspace]\nname = "Example"\nbase_currency = "EUR"\ntime_zone = "UTC"\n'
ONE = '[connections.one]\nconnector = "ledger"\nkind = "ACCOUNTING"\n'
TWO = ONE.replace("one", "two")


def read(folder: Path, text: str) -> Settings:
    (folder / "plugins.toml").write_text(text)
    return load_settings(folder / "plugins.toml", {})


def catalogue(folder: Path, *ledgers: Ledger) -> PluginCatalogue:
    return load(folder, Entry("ledger.plugin", module("ledger.plugin", hub_connectors=lambda: list(ledgers or [Ledger()]))))


def problems(folder: Path, text: str, *ledgers: Ledger) -> Sequence[str]:
    with pytest.raises(ConfigurationError) as caught:
        check_connections(read(folder, text), catalogue(folder, *ledgers))
    return str(caught.value).split("\n")


def test_connections_that_fit_are_let_through_and_asked_about_their_options(tmp_path: Path) -> None:
    ledger = Ledger()
    check_connections(read(tmp_path, WORKSPACE + ONE + 'options = { colour = "red" }\n'), catalogue(tmp_path, ledger))
    assert ledger.asked == [({"colour": "red"}, tmp_path)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE.replace("ledger", "legder"), "line 6, connections.one.connector: no plugin brings the connector 'legder'; did you mean 'ledger'?"),
        (ONE.replace("ACCOUNTING", "CRM"), "line 7, connections.one.kind: the connector 'ledger' serves ACCOUNTING, BILLING, not CRM"),
        (
            ONE + 'streams = [\n"INVOICES",\n"REFUNDS"]\n',
            "line 10, connections.one.streams[2]: the connector 'ledger' delivers CUSTOMERS, INVOICES, PAYMENTS, not REFUNDS",
        ),
        (ONE + 'options.color = "red"\n', "line 8, connections.one.options.color: unknown option of the connector 'ledger'; did you mean 'colour'?"),
    ],
    ids=["connector", "kind", "stream", "option"],
)
def test_what_the_connector_does_not_know_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, WORKSPACE + text) == [f"plugins.toml {expected}"]


def test_every_wrong_option_is_told_in_the_words_of_the_connector(tmp_path: Path) -> None:
    found = problems(tmp_path, WORKSPACE + ONE + 'options.folder = "x"\n', Ledger(wrong=("there is no folder x", "it is too red")))
    assert found == [
        "plugins.toml line 8, connections.one.options: there is no folder x",
        "plugins.toml line 8, connections.one.options: it is too red",
    ]


def test_a_connector_that_fails_to_check_is_a_broken_plugin(tmp_path: Path) -> None:
    with pytest.raises(PluginLoadError, match=r"connections\.one\.options: the connector 'ledger' failed to check its options: RuntimeError"):
        check_connections(read(tmp_path, WORKSPACE + ONE), catalogue(tmp_path, Ledger(failure=RuntimeError("token=hunter2"))))


def test_a_connector_of_a_plugin_that_was_left_out_is_told_with_that_plugin(tmp_path: Path) -> None:
    text = WORKSPACE + '[[plugins]]\nmodule = "no_such_plugin"\nrequired = false\n' + ONE
    settings = read(tmp_path, text)
    with pytest.raises(ConfigurationError, match="left out with a warning: no_such_plugin"):
        check_connections(settings, load(tmp_path, plugins=settings.plugins))


class TestAuthority:
    def test_two_of_one_rank_stop_the_start_and_the_line_to_add_mends_it(self, tmp_path: Path) -> None:
        found = problems(tmp_path, WORKSPACE + ONE + TWO)
        lines = [problem.rpartition("believe first: ")[2] for problem in found]
        assert lines == ['authority.invoices = ["one", "two"]', 'authority.payments = ["one", "two"]']
        assert all(problem.startswith("plugins.toml line 1, workspace.authority.") for problem in found)
        check_connections(read(tmp_path, WORKSPACE + "\n".join(lines) + "\n" + ONE + TWO), catalogue(tmp_path))

    def test_a_list_that_is_there_is_kept_in_front_of_the_suggestion(self, tmp_path: Path) -> None:
        text = WORKSPACE + 'authority.invoices = ["two"]\nauthority.payments = ["two", "one"]\n' + ONE + TWO + ONE.replace("one", "three")
        assert [problem.rpartition(": ")[2] for problem in problems(tmp_path, text)] == [
            'authority.invoices = ["two", "one", "three"]',
        ]

    def test_connections_with_different_streams_do_not_compete(self, tmp_path: Path) -> None:
        text = WORKSPACE + ONE + 'streams = ["INVOICES"]\n' + TWO + 'streams = ["PAYMENTS"]\n'
        check_connections(read(tmp_path, text), catalogue(tmp_path))

    def test_a_connector_that_delivers_no_invoices_does_not_compete(self, tmp_path: Path) -> None:
        people = Ledger(name="people", facts=facts_of(Stream.CUSTOMERS), kinds=(ConnectionKind.ACCOUNTING,))
        check_connections(read(tmp_path, WORKSPACE + ONE + TWO.replace("ledger", "people")), catalogue(tmp_path, Ledger(), people))
