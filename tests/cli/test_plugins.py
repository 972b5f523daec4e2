"""`dunwell plugins` and `dunwell schema`: what a hub is made of."""

from pathlib import Path

import pytest

from tests.console import SETTINGS, Console

REPOSITORY = Path(__file__).parents[2]
BROKEN = '[[plugins]]\nmodule = "broken.py"\nrequired = {required}\n'


@pytest.fixture
def with_broken(console: Console) -> Console:
    """A workspace with an optional plugin that fails."""
    console.write("broken.py", 'raise RuntimeError("no licence")\n')
    console.write("plugins.toml", SETTINGS + BROKEN.format(required="false"))
    return console


class TestPlugins:
    def test_lists_those_that_ship_with_the_hub_and_the_connectors(self, console: Console) -> None:
        shown = console.run("plugins").succeeded().out
        rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line}
        assert rows["connectors.files.plugin"] == ["built", "in", "0.1.0", "hub_connectors", "loaded"]
        assert "exchange rates, customers, contacts, invoices, credit notes, payments" in shown

    def test_for_machines_is_one_document(self, console: Console) -> None:
        answer = console.run("plugins", "--json").succeeded()
        assert answer.err == ""
        assert answer.document["connectors"] == ["api", "files", "sandbox"]
        found = {plugin["name"]: plugin for plugin in answer.document["plugins"]}
        assert found["schema.plugin"] == {
            "name": "schema.plugin",
            "origin": "BUILT_IN",
            "version": "0.1.0",
            "hooks": ["hub_exporters", "hub_routes"],
            "reason": None,
        }

    def test_an_optional_plugin_that_fails_is_listed_with_its_reason(self, with_broken: Console) -> None:
        [failed] = [plugin for plugin in with_broken.run("plugins", "--json").succeeded().document["plugins"] if plugin["reason"]]
        assert failed["name"] == "broken.py"
        assert "RuntimeError: no licence" in failed["reason"]
        assert "no licence" in with_broken.run("plugins").succeeded().out

    @pytest.mark.parametrize("command", [("plugins", "--json"), ("receivables", "--json"), ("doctor", "--json"), ("schema",)], ids=" ".join)
    def test_its_warning_stays_out_of_what_machines_read(self, with_broken: Console, command: tuple[str, ...]) -> None:
        answer = with_broken.run(*command).succeeded()
        assert "plugin left out" in answer.err
        assert "plugin left out" not in answer.out

    def test_a_required_plugin_that_fails_stops_the_start(self, with_broken: Console) -> None:
        with_broken.write("plugins.toml", SETTINGS + BROKEN.format(required="true"))
        answer = with_broken.run("plugins")
        assert (answer.code, answer.out) == (3, "")
        assert "broken.py" in answer.err
        assert "RuntimeError: no licence" in answer.err


class TestSchema:
    def test_is_the_one_that_is_committed(self, console: Console) -> None:
        assert console.run("schema").succeeded().out == (REPOSITORY / "schema" / "schema.graphql").read_text(encoding="utf-8")

    def test_goes_into_a_file_on_request(self, console: Console) -> None:
        answer = console.run("schema", "--output", "made.graphql").succeeded()
        assert answer.out == ""
        assert (console.folder / "made.graphql").read_bytes() == (REPOSITORY / "schema" / "schema.graphql").read_bytes()

    def test_a_file_that_cannot_be_written_is_named(self, console: Console) -> None:
        answer = console.run("schema", "--output", "nowhere/made.graphql")
        assert (answer.code, answer.out, answer.err) == (1, "", "nowhere/made.graphql: No such file or directory\n")
