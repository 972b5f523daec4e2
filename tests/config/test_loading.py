"""Settings are read as they are written, and everything that is wrong is told at once with its place."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.config import DEFAULT_BUCKETS, SETTING_KEYS, AgeingBucket, Settings, load_settings, read_secrets, settings_path
from hub.errors import ConfigurationError, MissingSecretError
from hub.vocabulary import BillToPreference, ConnectionKind, ConversionDate, Stream

WORKSPACE = '[workspace]\nname = "Example"\nbase_currency = "EUR"\ntime_zone = "Europe/Berlin"\n'


def load(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "plugins.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ or {})


def problems(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text, environ)
    return str(caught.value).split("\n")


class TestWhatIsRead:
    def test_the_least_file_gives_sensible_settings(self, tmp_path: Path) -> None:
        found = load(tmp_path, WORKSPACE)
        assert (found.workspace.name, found.workspace.base_currency, found.workspace.time_zone) == ("Example", "EUR", ZoneInfo("Europe/Berlin"))
        assert found.workspace.ageing_buckets == DEFAULT_BUCKETS
        assert found.workspace.conversion_date is ConversionDate.AS_OF
        assert found.var_directory == tmp_path / "var"
        assert found.database_url == f"sqlite:///{tmp_path}/var/dunwell.db"
        assert (found.server.host, found.server.port) == ("127.0.0.1", 8000)
        assert (found.plugins, found.connections) == ((), ())

    def test_every_key_is_taken_over(self, tmp_path: Path) -> None:
        text = """
            [hub]
            database_url = "sqlite:///data/hub.db"
            var_directory = "data"
            host = "0.0.0.0"
            port = 0
            [workspace]
            name = "Example"
            base_currency = "KWD"
            time_zone = "Asia/Kuwait"
            ageing_buckets = ["current", "1-15", "16+"]
            overdue_grace_days = 3
            conversion_date = "DOCUMENT_DATE"
            bill_to = "TOP_PARENT"
            authority.invoices = ["two", "one"]
            authority.payments = ["one"]
            precedence.name = ["CRM", "one"]
            mass_close_percent = 0
            [[plugins]]
            module = "some.plugin"
            required = false
            options = { colour = "red" }
            secrets = { key = "SOME_KEY" }
            [connections.one]
            connector = "files"
            kind = "FILES"
            [connections.two]
            connector = "ledger"
            kind = "ACCOUNTING"
            streams = ["INVOICES", "PAYMENTS"]
            sync_from_date = 2024-02-29
            secrets = { token = "LEDGER_TOKEN" }
            [connections.two.options]
            folders = ["a", "b"]
            """
        found = load(tmp_path, text, {"SOME_KEY": "k", "LEDGER_TOKEN": "t"})
        assert found.database_url == f"sqlite:///{tmp_path}/data/hub.db"
        assert (found.var_directory, found.server.host, found.server.port) == (tmp_path / "data", "0.0.0.0", 0)  # noqa: S104 - what was written
        workspace = found.workspace
        assert workspace.ageing_buckets == (AgeingBucket(None, 0), AgeingBucket(1, 15), AgeingBucket(16, None))
        assert (workspace.overdue_grace_days, workspace.mass_close_percent) == (3, 0)
        assert (workspace.conversion_date, workspace.bill_to) == (ConversionDate.DOCUMENT_DATE, BillToPreference.TOP_PARENT)
        assert (workspace.authority_invoices, workspace.authority_payments) == (("two", "one"), ("one",))
        assert workspace.precedence == {"name": ("CRM", "one")}
        plugin = found.plugins[0]
        assert (plugin.module, plugin.is_required, dict(plugin.options), dict(plugin.secrets)) == ("some.plugin", False, {"colour": "red"}, {"key": "SOME_KEY"})
        one, two = found.connections
        assert (one.name, one.kind, one.streams, one.sync_from_date) == ("one", ConnectionKind.FILES, None, None)
        assert (two.connector, two.streams, two.sync_from_date) == ("ledger", (Stream.INVOICES, Stream.PAYMENTS), date(2024, 2, 29))
        assert (dict(two.options), dict(two.secrets)) == ({"folders": ("a", "b")}, {"token": "LEDGER_TOKEN"})

    def test_nothing_can_be_changed_at_any_depth(self, tmp_path: Path) -> None:
        text = WORKSPACE + '[connections.one]\nconnector = "files"\nkind = "FILES"\noptions = { deep = [{ x = [1] }] }\n'
        connection = load(tmp_path, text).connections[0]
        options: Any = connection.options
        with pytest.raises(TypeError):
            options["new"] = 1
        with pytest.raises(TypeError):
            options["deep"][0]["x"] = 1
        with pytest.raises(AttributeError):
            options["deep"][0]["x"].append(2)
        with pytest.raises(FrozenInstanceError):
            connection.name = "other"  # pyright: ignore[reportAttributeAccessIssue] - that it cannot be set is the claim

    def test_a_place_is_known_for_later_errors(self, tmp_path: Path) -> None:
        found = load(tmp_path, WORKSPACE + '[connections.one]\nconnector = "files"\nkind = "FILES"\n')
        assert found.places.of("connections", "one", "connector") == "plugins.toml line 6, connections.one.connector"

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        assert load(tmp_path, "\ufeff" + WORKSPACE).workspace.name == "Example"

    def test_settings_without_places_are_equal_to_those_with_them(self, tmp_path: Path) -> None:
        assert load(tmp_path, WORKSPACE) == load(tmp_path, "\n\n" + WORKSPACE)


class TestEnvironment:
    def test_the_environment_wins(self, tmp_path: Path) -> None:
        text = '[hub]\ndatabase_url = "sqlite:///a.db"\nvar_directory = "a"\nhost = "a"\nport = 1\n' + WORKSPACE
        environ = {"DUNWELL_DATABASE_URL": "postgresql://me:pass@host/db", "DUNWELL_VAR": "/b", "DUNWELL_HOST": "b", "PORT": "2"}
        found = load(tmp_path, text, environ)
        assert (found.database_url, found.var_directory) == ("postgresql://me:pass@host/db", Path("/b"))
        assert (found.server.host, found.server.port) == ("b", 2)

    def test_an_empty_variable_counts_as_not_set(self, tmp_path: Path) -> None:
        assert load(tmp_path, WORKSPACE, {"PORT": "", "DUNWELL_VAR": "", "DUNWELL_DATABASE_URL": ""}) == load(tmp_path, WORKSPACE)

    def test_the_database_goes_where_the_data_go(self, tmp_path: Path) -> None:
        assert load(tmp_path, WORKSPACE, {"DUNWELL_VAR": "elsewhere"}).database_url == f"sqlite:///{tmp_path}/elsewhere/dunwell.db"

    def test_an_unknown_variable_of_ours_is_a_slip(self, tmp_path: Path) -> None:
        assert problems(tmp_path, WORKSPACE, {"DUNWELL_DATABSE_URL": "x"}) == [
            "environment variable DUNWELL_DATABSE_URL: is not known; did you mean 'DUNWELL_DATABASE_URL'?"
        ]

    @pytest.mark.parametrize("name", ["DUNWELL_TEST_POSTGRES", "DUNWELL_SHARED_DATA", "HOME", "DUNWELL_SETTINGS"])
    def test_variables_for_tests_and_of_others_are_let_through(self, tmp_path: Path, name: str) -> None:
        assert load(tmp_path, WORKSPACE, {name: "x"}).workspace.name == "Example"

    def test_a_secret_of_the_file_may_have_any_name(self, tmp_path: Path) -> None:
        text = WORKSPACE + '[connections.one]\nconnector = "files"\nkind = "FILES"\nsecrets = { key = "DUNWELL_LEDGER_KEY" }\n'
        assert load(tmp_path, text, {"DUNWELL_LEDGER_KEY": "x"}).connections[0].secrets == {"key": "DUNWELL_LEDGER_KEY"}

    @pytest.mark.parametrize("port", ["abc", "-1", "65536", "80.0", "٣"])
    def test_a_port_that_is_none_is_refused(self, tmp_path: Path, port: str) -> None:
        assert problems(tmp_path, WORKSPACE, {"PORT": port})[0].startswith("environment variable PORT: ")

    def test_a_database_that_is_no_url_is_refused_without_showing_it(self, tmp_path: Path) -> None:
        (told,) = problems(tmp_path, WORKSPACE, {"DUNWELL_DATABASE_URL": "me:hunter2"})
        assert told.startswith("environment variable DUNWELL_DATABASE_URL: is no database URL")
        assert "hunter2" not in told

    def test_the_settings_file_can_be_named(self) -> None:
        assert settings_path({}) == Path("plugins.toml")
        assert settings_path({"DUNWELL_SETTINGS": "/etc/dunwell.toml"}) == Path("/etc/dunwell.toml")

    def test_secrets_are_read_when_they_are_needed(self) -> None:
        assert read_secrets({"token": "ERP_TOKEN"}, {"ERP_TOKEN": "t"}) == {"token": "t"}

    def test_a_secret_that_has_gone_is_told_by_its_variable(self) -> None:
        with pytest.raises(MissingSecretError, match="ERP_TOKEN"):
            read_secrets({"token": "ERP_TOKEN"}, {})


CONNECTION = '[connections.one]\nconnector = "files"\nkind = "FILES"\n'


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (WORKSPACE + "[workspase]\n", "line 5, workspase: unknown key; did you mean 'workspace'?"),
            (WORKSPACE + "base_curency = 1\n", "line 5, workspace.base_curency: unknown key; did you mean 'base_currency'?"),
            (WORKSPACE + "authority.invoice = []\n", "line 5, workspace.authority.invoice: unknown key; did you mean 'invoices'?"),
            (
                WORKSPACE + "[hub]\nzzz = 1\n",
                (
                    "line 6, hub.zzz: unknown key; known: database_url, export_megabytes, host, port, private_hosts, secret_variables, upload_megabytes, "
                    "var_directory"
                ),
            ),
            (WORKSPACE + "[[plugins]]\nmodule = 'a'\nrequire = true\n", "line 7, plugins[1].require: unknown key; did you mean 'required'?"),
            (WORKSPACE + CONNECTION + "stream = []\n", "line 8, connections.one.stream: unknown key; did you mean 'streams'?"),
            (WORKSPACE.replace("EUR", "EURO"), "line 3, workspace.base_currency: unknown currency 'EURO'; did you mean 'EUR'?"),
            (WORKSPACE.replace("EUR", "eur"), "line 3, workspace.base_currency: unknown currency 'eur'; did you mean 'EUR'?"),
            (WORKSPACE.replace("Berlin", "Berln"), "line 4, workspace.time_zone: unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
            (WORKSPACE.replace("Europe/Berlin", "../etc"), "line 4, workspace.time_zone: unknown time zone '../etc'; use a name such as Europe/Berlin"),
            (WORKSPACE.replace('"Example"', "1"), "line 2, workspace.name: must be a text in quotes"),
            (WORKSPACE.replace('"Example"', '" "'), "line 2, workspace.name: is empty"),
            (WORKSPACE.replace('name = "Example"\n', ""), "line 1, workspace.name: is missing; write for instance name = 'Example Ltd'"),
            (WORKSPACE + "overdue_grace_days = true\n", "line 5, workspace.overdue_grace_days: must be a whole number"),
            (WORKSPACE + "overdue_grace_days = -1\n", "line 5, workspace.overdue_grace_days: -1 is not from 0 to 365"),
            (WORKSPACE + "mass_close_percent = 101\n", "line 5, workspace.mass_close_percent: 101 is not from 0 to 100"),
            (WORKSPACE + 'conversion_date = "AS_0F"\n', "line 5, workspace.conversion_date: unknown value 'AS_0F'; did you mean 'AS_OF'?"),
            (WORKSPACE + 'ageing_buckets = ["current", "1-30", "30+"]\n', "line 5, workspace.ageing_buckets: '30+' overlaps with '1-30': it must start at 31"),
            (WORKSPACE + 'ageing_buckets = "current"\n', "line 5, workspace.ageing_buckets: must be a list"),
            (WORKSPACE + 'authority.invoices = ["one", "one"]\n' + CONNECTION, "line 5, workspace.authority.invoices[2]: 'one' stands in the list twice"),
            (WORKSPACE + "[hub]\nport = 65536\n", "line 6, hub.port: 65536 is not from 0 to 65535"),
            (
                WORKSPACE + '[hub]\nprivate_hosts = ["10.0.0.5"]\n',
                "line 6, hub.private_hosts[1]: '10.0.0.5' is no host with a port: write for instance 10.0.0.5:8443",
            ),
            (WORKSPACE + '[hub]\nprivate_hosts = ["a:99999"]\n', "line 6, hub.private_hosts[1]: 'a:99999' is no host with a port"),
            (WORKSPACE + '[hub]\nsecret_variables = ["a b"]\n', "line 6, hub.secret_variables[1]: must be the name of an environment variable"),
            (
                WORKSPACE + '[hub]\nsecret_variables = ["DUNWELL_SECRET_KEY"]\n',
                "line 6, hub.secret_variables[1]: DUNWELL_SECRET_KEY is a secret of the hub itself and is given to no connection",
            ),
            (
                WORKSPACE + '[hub]\ndatabase_url = "postgresql://me:hunter2@host/db"\n',
                "line 6, hub.database_url: holds a password; set the environment variable DUNWELL_DATABASE_URL instead",
            ),
            (
                WORKSPACE + '[hub]\ndatabase_url = "nonsense"\n',
                "line 6, hub.database_url: is no database URL; use sqlite:///var/dunwell.db or postgresql://user@host/name",
            ),
            (WORKSPACE + 'plugins = "files"\n', "line 5, workspace.plugins: unknown key; known: " + ", ".join(sorted(SETTING_KEYS["workspace"]))),
            ('plugins = "files"\n' + WORKSPACE, "line 1, plugins: must be a list"),
            ('plugins = ["files"]\n' + WORKSPACE, "line 1, plugins[1]: must be a table: write [[plugins]]"),
            ("connections = { one = 1 }\n" + WORKSPACE, "line 1, connections.one: must be a table: write [connections.one]"),
            (WORKSPACE + "[[plugins]]\nrequired = true\n", "line 5, plugins[1].module: is missing; write for instance module = 'my_connector.plugin'"),
            (WORKSPACE + "[[plugins]]\nmodule = 'a'\n" * 2, "line 8, plugins[2].module: the plugin 'a' is there twice: keep one of the two"),
            (WORKSPACE + CONNECTION.replace("one", "'a b'"), "line 5, connections.a b: 'a b' is no name for a connection"),
            (WORKSPACE + CONNECTION + CONNECTION.replace("one", "ONE"), "line 8, connections.ONE: differs only in upper and lower case"),
            (WORKSPACE + CONNECTION.replace('"FILES"', '"FILE"'), "line 7, connections.one.kind: unknown value 'FILE'; did you mean 'FILES'?"),
            (WORKSPACE + CONNECTION.replace('kind = "FILES"\n', ""), "line 5, connections.one.kind: is missing; it is one of ACCOUNTING, BILLING"),
            (WORKSPACE + CONNECTION + "streams = []\n", "line 8, connections.one.streams: is an empty list"),
            (WORKSPACE + CONNECTION + 'streams = ["INVOICE"]\n', "line 8, connections.one.streams: unknown value 'INVOICE'; did you mean 'INVOICES'?"),
            (WORKSPACE + CONNECTION + "streams = [1]\n", "line 8, connections.one.streams[1]: must be a text in quotes, not empty"),
            (WORKSPACE + CONNECTION + "sync_from_date = 2026-01-01T00:00:00Z\n", "line 8, connections.one.sync_from_date: must be a date such as 2026-01-31"),
            (WORKSPACE + CONNECTION + "options = 1\n", "line 8, connections.one.options: must be a table"),
        ],
    )
    def test_a_wrong_value_is_told_with_its_place(self, tmp_path: Path, text: str, expected: str) -> None:
        assert f"plugins.toml {expected}" in problems(tmp_path, text)[0]

    @pytest.mark.parametrize(("rules", "told"), [(("high",), "high"), (("medium",), "medium"), (("high", "medium"), "high and medium")])
    def test_a_scorer_of_payment_risk_beside_rules_is_refused(self, tmp_path: Path, rules: tuple[str, ...], told: str) -> None:
        text = WORKSPACE + "".join(f"payment_risk.{name} = 'always'\n" for name in rules) + 'payment_risk.scorer = "bureau"\n'
        place = f"plugins.toml line {5 + len(rules)}, workspace.payment_risk.scorer"
        assert problems(tmp_path, text) == [f"{place}: a scorer decides instead of the rules: remove {told}, or the scorer"]

    def test_a_file_without_a_workspace_is_refused_once(self, tmp_path: Path) -> None:
        assert problems(tmp_path, "") == ["plugins.toml, workspace: is missing; write [workspace] with name, base_currency and time_zone"]

    def test_all_problems_are_told_at_once_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        text = "[hub]\nport = 'x'\n" + WORKSPACE.replace("EUR", "XXQ") + CONNECTION.replace("files", "")
        places = [problem.partition(",")[0].partition(":")[0] for problem in problems(tmp_path, text, {"DUNWELL_X": "1"})]
        assert places == ["plugins.toml line 2", "plugins.toml line 5", "plugins.toml line 8", "environment variable DUNWELL_X"]


class TestSecrets:
    @pytest.mark.parametrize("value", ["sk-live-12345", "hunter 2", "AKIA9IOSFODNN7EXAMPLE", "0b5c9c2de1f34f0a"])
    def test_a_secret_in_the_place_of_a_name_is_refused_and_not_shown(self, tmp_path: Path, value: str) -> None:
        (told,) = problems(tmp_path, WORKSPACE + CONNECTION + f'secrets = {{ token = "{value}" }}\n')
        assert told.startswith("plugins.toml line 8, connections.one.secrets.token: must be the name of an environment variable")
        assert value not in told

    @pytest.mark.parametrize("name", ["password", "api_key", "client_secret", "access_token", "Token", "smtp_password"])
    def test_a_secret_among_the_options_is_refused_and_not_shown(self, tmp_path: Path, name: str) -> None:
        (told,) = problems(tmp_path, WORKSPACE + CONNECTION + f'options = {{ {name} = "hunter2" }}\n')
        assert f"connections.one.options.{name}: looks like a secret" in told
        assert "hunter2" not in told

    @pytest.mark.parametrize("option", ['token_url = "https://example.com"', 'tokens = "a"', "token = 3", 'columns = { token = "Token" }'])
    def test_an_option_that_only_sounds_like_one_is_let_through(self, tmp_path: Path, option: str) -> None:
        assert load(tmp_path, WORKSPACE + CONNECTION + f"options = {{ {option} }}\n").connections

    def test_a_missing_secret_is_told_with_its_place_and_variable(self, tmp_path: Path) -> None:
        text = WORKSPACE + CONNECTION + 'secrets = { token = "ERP_TOKEN" }\n'
        with pytest.raises(MissingSecretError) as caught:
            load(tmp_path, text, {"ERP_TOKEN": ""})
        assert str(caught.value) == "plugins.toml line 8, connections.one.secrets.token: the environment variable ERP_TOKEN is not set"

    def test_a_missing_secret_beside_another_problem_is_no_matter_of_secrets_alone(self, tmp_path: Path) -> None:
        text = WORKSPACE + CONNECTION + 'secrets = { token = "ERP_TOKEN" }\ncolour = 1\n'
        with pytest.raises(ConfigurationError) as caught:
            load(tmp_path, text)
        assert not isinstance(caught.value, MissingSecretError)
        assert len(str(caught.value).split("\n")) == 2


class TestTheFileItself:
    def test_a_file_that_is_not_there_says_how_to_name_another(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="DUNWELL_SETTINGS"):
            load_settings(tmp_path / "plugins.toml", {})

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="cannot be read"):
            load_settings(tmp_path, {})

    def test_text_that_is_not_utf_8_names_the_line(self, tmp_path: Path) -> None:
        (tmp_path / "plugins.toml").write_bytes(b"# one\nname = 'M\xfcller'\n")
        with pytest.raises(ConfigurationError, match=r"plugins\.toml line 2: the file must be UTF-8 text"):
            load_settings(tmp_path / "plugins.toml", {})

    @pytest.mark.parametrize(
        ("text", "line"),
        [("a = 1\nb = ", 2), ("a = 1\n\na = 2\n", 3), ("[t]\nx = 1\n[t]\n", 3), (WORKSPACE + CONNECTION * 2, 8), ("a = [\n1,\n", 3)],
        ids=["no value", "key twice", "table twice", "connection twice", "no end"],
    )
    def test_what_is_not_valid_names_the_line(self, tmp_path: Path, text: str, line: int) -> None:
        assert problems(tmp_path, text)[0].startswith(f"plugins.toml line {line}: this is not valid TOML: ")

    def test_values_nested_without_end_are_refused(self, tmp_path: Path) -> None:
        assert "nested too deep" in problems(tmp_path, "a = " + "[" * 100_000)[0]
