"""The plugin host: what plugins bring is found by name, and whatever is wrong names the plugin, the hook and the remedy."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Generator, Mapping
from importlib.metadata import EntryPoint, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.config import PluginSettings
from hub.errors import MissingSecretError, PluginLoadError
from hub.plugins import PluginContext, hookimpl
from hub.plugins.catalogue import PluginCatalogue, PluginOrigin
from hub.plugins.connector import ConnectorInfo
from hub.plugins.hookspecs import PROJECT
from hub.plugins.host import load_plugins
from tests.plugins.samples import CLOCK, FIELD, PREAMBLE, WORKSPACE, Entry, Ledger, Rates, a_field, load, module, nothing, settings

HOOK = PREAMBLE + "\n@hookimpl\ndef hub_rule_fields(context: PluginContext) -> list[Field]:\n"


@pytest.fixture(autouse=True)
def import_path() -> Generator[None]:
    """Loading plugins beside the settings may lengthen the import path; every test starts with the same one."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def fields_plugin(folder: Path, name: str, *ids: str) -> None:
    body = f"    return [{', '.join(FIELD.format(id=field) for field in ids)}]\n"
    (folder / name).write_text(HOOK + body)


def ids(catalogue: PluginCatalogue) -> list[str]:
    return [field.id for field in catalogue.fields]


def refused(folder: Path, *entries: Entry, plugins: tuple[PluginSettings, ...] = ()) -> PluginLoadError:
    with pytest.raises(PluginLoadError) as caught:
        load(folder, *entries, plugins=plugins)
    return caught.value


class TestFinding:
    def test_a_file_beside_the_settings_is_a_plugin(self, tmp_path: Path) -> None:
        fields_plugin(tmp_path, "mine.py", "branch")
        found = load(tmp_path, plugins=[PluginSettings("mine.py")])
        assert ids(found) == ["branch"]
        assert found.plugins[0].origin is PluginOrigin.DECLARED

    def test_a_folder_stands_for_the_plugin_module_in_it(self, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        fields_plugin(tmp_path / "mine", "plugin.py", "branch")
        assert ids(load(tmp_path, plugins=[PluginSettings("./mine")])) == ["branch"]

    def test_a_package_beside_the_settings_is_found_by_its_dotted_name(self, tmp_path: Path) -> None:
        (tmp_path / "mine_beside").mkdir()
        (tmp_path / "mine_beside" / "__init__.py").write_text("")
        (tmp_path / "mine_beside" / "words.py").write_text("NAME = 'branch'\n")
        text = HOOK + f"    return [{FIELD.replace('{id!r}', 'NAME')}]\n"
        (tmp_path / "mine_beside" / "plugin.py").write_text("from mine_beside.words import NAME\n" + text)
        assert ids(load(tmp_path, plugins=[PluginSettings("mine_beside.plugin")])) == ["branch"]

    def test_two_files_of_one_name_are_two_plugins(self, tmp_path: Path) -> None:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            fields_plugin(tmp_path / folder, "plugin.py", f"field_{folder}")
        assert ids(load(tmp_path, plugins=[PluginSettings("a/plugin.py"), PluginSettings("b/plugin.py")])) == ["field_a", "field_b"]

    def test_an_installed_plugin_is_found_by_its_entry_point(self, tmp_path: Path) -> None:
        fields_plugin(tmp_path, "installed_sample.py", "branch")
        sys.path.append(str(tmp_path))
        entry = EntryPoint("sample", "installed_sample", "dunwell")
        found = load_plugins(settings(tmp_path), CLOCK, environ={}, built_in=(), installed=[entry])
        assert ids(found) == ["branch"]
        assert (found.plugins[0].name, found.plugins[0].origin) == ("installed_sample", PluginOrigin.INSTALLED)

    def test_a_distribution_of_this_environment_is_found_and_tells_its_version(self, tmp_path: Path) -> None:
        fields_plugin(tmp_path, "distributed_sample.py", "branch")
        about = tmp_path / "distributed_sample-4.5.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: distributed-sample\nVersion: 4.5\n")
        (about / "entry_points.txt").write_text("[dunwell]\nsample = distributed_sample\n")
        sys.path.append(str(tmp_path))
        found = load_plugins(settings(tmp_path), CLOCK, environ={}, built_in=())
        assert [(plugin.name, plugin.version) for plugin in found.plugins] == [("distributed_sample", "4.5")]

    def test_plugins_load_built_in_first_then_installed_then_declared(self, tmp_path: Path) -> None:
        fields_plugin(tmp_path, "mine.py", "branch")
        entries = [Entry(name, module(name, hub_rule_fields=nothing), name=name) for name in ("z_installed", "a_installed")]
        found = load(tmp_path, *entries, plugins=[PluginSettings("mine.py")], built_in=["connectors.eml.plugin"])
        assert [plugin.name for plugin in found.plugins] == ["connectors.eml.plugin", "a_installed", "z_installed", "mine.py"]

    @pytest.mark.parametrize("name", ["ledger.plugin", "ledger"])
    def test_settings_reach_an_installed_plugin_by_module_or_entry_name(self, tmp_path: Path, name: str) -> None:
        seen: list[Mapping[str, Any]] = []

        def hub_rule_fields(context: PluginContext) -> list[object]:
            seen.append(context.options)
            return []

        entry = Entry("ledger.plugin", module("ledger.plugin", hub_rule_fields=hub_rule_fields), name="ledger")
        load(tmp_path, entry, plugins=[PluginSettings(name, options={"colour": "red"})])
        assert seen == [{"colour": "red"}]

    def test_settings_for_a_built_in_plugin_do_not_load_it_twice(self, tmp_path: Path) -> None:
        name = "connectors.eml.plugin"
        found = load(tmp_path, plugins=[PluginSettings(name, options={"folder": "mail"})], built_in=[name])
        assert [plugin.name for plugin in found.plugins] == [name]

    def test_the_shipped_figures_register_as_any_plugin_does(self, tmp_path: Path) -> None:
        assert "net_overdue" in load(tmp_path, built_in=["hub.health.fields"]).fields


class TestCatalogue:
    def test_results_are_sorted_by_name_whatever_the_order_of_loading(self, tmp_path: Path) -> None:
        def bring(name: str) -> Entry:
            plugin = module(
                name,
                hub_connectors=lambda: [Ledger(f"{name}-ledger")],
                hub_rate_sources=lambda: [Rates(f"{name}-rates")],
                hub_rule_fields=lambda: [a_field(f"{name}_two"), a_field(f"{name}_one")],
            )
            return Entry(name, plugin, name=name)

        first = load(tmp_path, bring("b"), bring("a"), bring("c"))
        second = load(tmp_path, *(Entry(entry.value, entry.plugin, name=f"{9 - number}") for number, entry in enumerate((bring("a"), bring("b"), bring("c")))))
        assert list(first.connectors) == list(second.connectors) == ["a-ledger", "b-ledger", "c-ledger"]
        assert list(first.rate_sources) == list(second.rate_sources) == ["a-rates", "b-rates", "c-rates"]
        assert ids(first) == ids(second) == ["a_one", "a_two", "b_one", "b_two", "c_one", "c_two"]

    def test_a_plugin_is_listed_with_version_and_hooks(self, tmp_path: Path) -> None:
        fields_plugin(tmp_path, "mine.py", "branch")
        with (tmp_path / "mine.py").open("a") as file:
            file.write("__version__ = '1.2.3'\n")
        built_in, mine = load(tmp_path, plugins=[PluginSettings("mine.py")], built_in=["connectors.eml.plugin"]).plugins
        assert (built_in.version, built_in.hooks, built_in.is_loaded) == (version("dunwell"), ("hub_channels",), True)
        assert (mine.version, mine.hooks, mine.reason) == ("1.2.3", ("hub_rule_fields",), None)

    def test_a_connector_is_shown_with_its_plugin(self, tmp_path: Path) -> None:
        ledger = Ledger()
        found = load(tmp_path, Entry("ledger.plugin", module("ledger.plugin", hub_connectors=lambda: [ledger])))
        facts = ledger.facts
        shown = ConnectorInfo(
            "ledger", "A ledger", "ledger.plugin", ledger.kinds, facts.delivers, options=("colour", "folder"), not_through_api=facts.not_through_api
        )
        assert found.connector_infos() == (shown,)

    def test_the_catalogue_cannot_be_changed(self, tmp_path: Path) -> None:
        connectors: Any = load(tmp_path).connectors
        with pytest.raises(TypeError):
            connectors["new"] = Ledger()

    def test_a_plugin_may_be_an_object_with_methods(self, tmp_path: Path) -> None:
        class Plugin:
            @hookimpl
            def hub_rule_fields(self) -> list[object]:
                return [a_field("branch")]

        assert ids(load(tmp_path, Entry("a.plugin:plugin", Plugin()))) == ["branch"]


class TestContext:
    def test_each_plugin_is_handed_its_own_settings_and_no_others(self, tmp_path: Path) -> None:
        seen: dict[str, PluginContext] = {}

        def remember(context: PluginContext) -> list[object]:
            seen[context.plugin] = context
            return []

        entries = [Entry(name, module(name, hub_channels=remember), name=name) for name in ("one", "two")]
        load(tmp_path, *entries, plugins=[PluginSettings("one", options={"x": 1}, secrets={"key": "KEY"})])
        assert (seen["one"].options, seen["one"].secrets) == ({"x": 1}, {"key": "hunter2"})
        assert (seen["two"].options, seen["two"].secrets) == ({}, {})
        assert (seen["two"].directory, seen["two"].var_directory, seen["two"].clock, seen["two"].workspace) == (tmp_path, tmp_path / "var", CLOCK, WORKSPACE)

    def test_a_secret_is_not_printed_with_its_context(self, tmp_path: Path) -> None:
        seen: list[str] = []

        def remember(context: PluginContext) -> list[object]:
            seen.append(repr(context))
            return []

        load(tmp_path, Entry("one", module("one", hub_channels=remember)), plugins=[PluginSettings("one", secrets={"key": "KEY"})])
        assert "hunter2" not in seen[0]

    def test_a_missing_secret_stops_the_start(self, tmp_path: Path) -> None:
        entry = Entry("one", module("one", hub_channels=nothing))
        with pytest.raises(MissingSecretError, match="NO_SUCH_KEY"):
            load(tmp_path, entry, plugins=[PluginSettings("one", secrets={"key": "NO_SUCH_KEY"})])


def field_hook(function: Callable[..., object]) -> Entry:
    return Entry("bad.plugin", module("bad.plugin", hub_rule_fields=function))


def raising() -> list[object]:
    message = "no luck"
    raise RuntimeError(message)


def leaving() -> list[object]:
    raise SystemExit(3)


async def waiting() -> list[object]:
    await asyncio.sleep(0)
    return []


def awaitable() -> Coroutine[object, object, list[object]]:
    return waiting()


def yielding() -> Generator[object]:
    yield a_field("branch")


class Unnamed:
    """Has nothing of a connector."""


class SlowRates(Rates):
    """Its fetch is not async."""

    def fetch(self, **_: object) -> list[object]:  # pyright: ignore[reportIncompatibleMethodOverride] - that it does not fit is the claim
        return []


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("function", "told"),
        [
            (raising, "raised RuntimeError: no luck"),
            (leaving, "raised SystemExit: 3"),
            (waiting, "is async"),
            (awaitable, "an object of type coroutine"),
            (yielding, "yields: return a list instead"),
            (lambda: None, "returned None; return a list"),
            (lambda: a_field("branch"), "an object of type Field; return a list"),
            (lambda: ["branch"], "an object of type str where a rules.fields.Field belongs"),
            (lambda: [a_field("branch"), a_field("branch")], "two objects for the rule field 'branch'"),
        ],
        ids=["raises", "exits", "coroutine", "awaitable", "generator", "none", "no list", "wrong type", "same name twice"],
    )
    def test_a_hook_that_goes_wrong_names_plugin_and_hook(self, tmp_path: Path, function: Callable[..., object], told: str) -> None:
        error = refused(tmp_path, field_hook(function))
        assert (error.plugin, error.hook) == ("bad.plugin", "hub_rule_fields")
        assert str(error).startswith("plugin bad.plugin (installed), hub_rule_fields: ")
        assert told in str(error)

    @pytest.mark.parametrize(
        ("hook", "element", "told"),
        [
            ("hub_connectors", Unnamed(), "has no 'name'"),
            ("hub_connectors", Ledger, "returned the class Ledger; return an object of it: Ledger()"),
            ("hub_connectors", Ledger(name="a b"), "a connector with the name 'a b'"),
            ("hub_connectors", Ledger(kinds=[]), "'kinds' is an object of type list where tuple belongs"),  # pyright: ignore[reportArgumentType] - the claim
            ("hub_rate_sources", SlowRates("slow"), "'fetch' must be an async method"),
            ("hub_rate_sources", SimpleNamespace(name="rates", fetch=3), "'fetch' is no method"),
            ("hub_channels", Rates("rates"), "has no 'kind'"),
            ("hub_risk_scorers", Rates("rates"), "has no 'fields'"),
            ("hub_risk_scorers", SimpleNamespace(name="x", fields=["overdue"], score=print), "'fields' is an object of type list where tuple belongs"),
            ("hub_risk_scorers", SimpleNamespace(name="x", fields=(), score=waiting), "'score' must not be an async method"),
            ("hub_routes", Rates("rates"), "has no 'build'"),
        ],
    )
    def test_an_object_that_is_not_what_it_should_be_is_described(self, tmp_path: Path, hook: str, element: object, *, told: str) -> None:
        error = refused(tmp_path, Entry("bad.plugin", module("bad.plugin", **{hook: lambda: [element]})))
        assert (error.plugin, error.hook) == ("bad.plugin", hook)
        assert told in str(error)

    def test_a_name_that_another_plugin_brings_names_both(self, tmp_path: Path) -> None:
        error = refused(tmp_path, *(Entry(name, module(name, hub_connectors=lambda: [Ledger()]), name=name) for name in ("first", "second")))
        assert error.plugin == "second"
        assert "brings the connector 'ledger', which plugin first brings already" in str(error)

    def test_one_name_for_things_of_two_kinds_is_no_clash(self, tmp_path: Path) -> None:
        plugin = module("both", hub_connectors=lambda: [Ledger("x")], hub_rate_sources=lambda: [Rates("x")])
        assert list(load(tmp_path, Entry("both", plugin)).connectors) == ["x"]

    def test_an_unknown_hook_is_refused_with_the_nearest_one(self, tmp_path: Path) -> None:
        error = refused(tmp_path, Entry("bad.plugin", module("bad.plugin", hub_conectors=nothing)))
        assert (error.plugin, error.hook) == ("bad.plugin", "hub_conectors")
        assert "did you mean 'hub_connectors'?" in str(error)

    def test_an_unknown_parameter_is_refused(self, tmp_path: Path) -> None:
        def hub_connectors(settings: object) -> list[object]:
            return [settings]

        assert "A hook may take 'context' and nothing else" in str(refused(tmp_path, Entry("bad", module("bad", hub_connectors=hub_connectors))))

    def test_a_hook_without_its_mark_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine.py").write_text("def hub_connectors():\n    return []\n")
        error = refused(tmp_path, plugins=(PluginSettings("mine.py"),))
        assert error.hook == "hub_connectors"
        assert "put @hookimpl, from hub.plugins, above it" in str(error)

    def test_a_plugin_that_registers_nothing_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine.py").write_text("")
        assert "registers nothing" in str(refused(tmp_path, plugins=(PluginSettings("mine.py"),)))

    def test_a_hook_around_other_plugins_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine.py").write_text(PREAMBLE + "\n@hookimpl(wrapper=True)\ndef hub_connectors():\n    return (yield)\n")
        assert "wraps other plugins" in str(refused(tmp_path, plugins=(PluginSettings("mine.py"),)))

    def test_options_for_a_plugin_that_takes_none_are_refused(self, tmp_path: Path) -> None:
        error = refused(tmp_path, field_hook(nothing), plugins=(PluginSettings("bad.plugin", options={"x": 1}),))
        assert "takes no options" in str(error)

    def test_an_unknown_option_is_refused_with_the_nearest_one(self, tmp_path: Path) -> None:
        error = refused(tmp_path, plugins=(PluginSettings("connectors.eml.plugin", options={"foldr": "x"}),))
        assert "unknown option 'foldr'; did you mean 'folder'?" in str(error)

    def test_a_secret_does_not_show_in_the_error(self, tmp_path: Path) -> None:
        def boast(context: PluginContext) -> list[object]:
            message = f"cannot log in with {context.secrets['key']}"
            raise RuntimeError(message)

        error = refused(tmp_path, field_hook(boast), plugins=(PluginSettings("bad.plugin", secrets={"key": "KEY"}),))
        assert "cannot log in with ***" in str(error)

    def test_a_module_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        error = refused(tmp_path, plugins=(PluginSettings("no_such_plugin.plugin"),))
        assert (error.plugin, error.hook) == ("no_such_plugin.plugin", None)
        assert "install it, or correct its name" in str(error)

    def test_a_module_that_a_plugin_needs_and_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "mine.py").write_text("import no_such_library\n")
        assert "install no_such_library, which it imports" in str(refused(tmp_path, plugins=(PluginSettings("mine.py"),)))

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        assert str(tmp_path / "gone.py") in str(refused(tmp_path, plugins=(PluginSettings("gone.py"),)))

    def test_a_file_that_is_no_python_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("")
        assert "is no Python file" in str(refused(tmp_path, plugins=(PluginSettings("./notes.txt"),)))

    @pytest.mark.parametrize("text", ["1 / 0", "def broken(", "raise SystemExit"])
    def test_a_module_that_cannot_be_run_is_refused_and_forgotten(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "mine.py").write_text(text)
        assert "its import raised" in str(refused(tmp_path, plugins=(PluginSettings("mine.py"),)))
        assert not [name for name in sys.modules if name.startswith("dunwell_plugin_mine")]

    def test_a_plugin_that_is_installed_twice_is_refused(self, tmp_path: Path) -> None:
        plugin = module("same", hub_rule_fields=nothing)
        assert "is there twice" in str(refused(tmp_path, Entry("same", plugin, name="a"), Entry("same", plugin, name="b")))

    def test_an_installed_plugin_that_is_built_in_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(PluginLoadError, match="there twice, built in and installed"):
            load(tmp_path, Entry("hub.health.fields", module("x", hub_rule_fields=nothing)), built_in=["hub.health.fields"])

    def test_a_plugin_declared_under_both_of_its_names_is_refused(self, tmp_path: Path) -> None:
        entry = Entry("ledger.plugin", module("ledger.plugin", hub_rule_fields=nothing), name="ledger")
        assert "name the same plugin" in str(refused(tmp_path, entry, plugins=(PluginSettings("ledger"), PluginSettings("ledger.plugin"))))


class TestNotRequired:
    def test_a_plugin_that_fails_is_left_out_whole_with_a_warning(self, tmp_path: Path) -> None:
        plugin = module("bad.plugin", hub_connectors=lambda: [Ledger()], hub_rule_fields=raising)
        with capture_logs() as logs:
            found = load(tmp_path, Entry("bad.plugin", plugin), plugins=[PluginSettings("bad.plugin", is_required=False)])
        assert dict(found.connectors) == {}
        (info,) = found.plugins
        assert (info.name, info.is_loaded) == ("bad.plugin", False)
        assert "raised RuntimeError: no luck" in (info.reason or "")
        assert [(entry["log_level"], entry["plugin"], entry["hook"]) for entry in logs] == [("warning", "bad.plugin", "hub_rule_fields")]

    def test_the_name_of_one_that_was_left_out_is_free_again(self, tmp_path: Path) -> None:
        bad = Entry("bad", module("bad", hub_connectors=lambda: [Ledger()], hub_rule_fields=raising), name="a")
        good = Entry("good", module("good", hub_connectors=lambda: [Ledger()]), name="b")
        found = load(tmp_path, bad, good, plugins=[PluginSettings("bad", is_required=False)])
        assert found.plugin_of == {"ledger": "good"}

    def test_the_second_of_two_that_clash_is_left_out(self, tmp_path: Path) -> None:
        entries = [Entry(name, module(name, hub_connectors=lambda: [Ledger()]), name=name) for name in ("one", "two")]
        found = load(tmp_path, *entries, plugins=[PluginSettings("two", is_required=False)])
        assert [plugin.is_loaded for plugin in found.plugins] == [True, False]

    @pytest.mark.parametrize("name", ["no_such_plugin", "gone.py"])
    def test_one_that_is_not_there_is_left_out(self, tmp_path: Path, name: str) -> None:
        assert [plugin.is_loaded for plugin in load(tmp_path, plugins=[PluginSettings(name, is_required=False)]).plugins] == [False]

    def test_one_with_an_unknown_hook_leaves_the_others_working(self, tmp_path: Path) -> None:
        bad = Entry("bad", module("bad", hub_nothing=nothing), name="a")
        good = Entry("good", module("good", hub_rule_fields=lambda: [a_field("branch")]), name="b")
        assert ids(load(tmp_path, bad, good, plugins=[PluginSettings("bad", is_required=False)])) == ["branch"]


def test_the_project_is_named_as_its_distribution() -> None:
    assert PROJECT == "dunwell"
