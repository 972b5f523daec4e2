"""The documents say all that there is and nothing that there is not; and each check is shown to find what it is for."""

import inspect
from pathlib import Path

import pytest

from hub.access import policy
from hub.access.policy import Policy
from hub.access.roles import ROLE_PERMISSIONS, Permission
from hub.config import ENVIRONMENT_VARIABLES, SETTING_KEYS, load_settings
from hub.errors import ConfigurationError
from hub.health.fields import hub_rule_fields
from hub.identity.connections import check_connections
from hub.plugins import Channel, Connector, Exporter, PluginContext, RateSource, RiskScorer, RoutesFactory, Sandbox, SandboxSettings, Source, hookspecs
from hub.plugins.contribution import HOOKS
from hub.plugins.host import load_plugins
from hub.vocabulary import Role
from tests import documents
from tests.architecture import Module, read_modules
from tests.documents import ROOT, document
from tests.plugins.samples import CLOCK, WORKSPACE

WORDS = {"feed", "mention", "settlement", "residual settlement", "due part", "rate window", "basis", "business date", "authority", "mismatch"}
"""Words that no table is named after, and that decide about money."""


NAMED_POLICIES = [name for name, value in vars(policy).items() if isinstance(value, Policy)]


class TestPlugins:
    @pytest.mark.parametrize("hook", HOOKS)
    def test_a_hook_is_documented_with_its_signature_in_every_respect_and_by_an_example(self, hook: str) -> None:
        assert documents.hook_gaps(document("plugins.md"), hook) == []

    @pytest.mark.parametrize("hook", HOOKS)
    @pytest.mark.parametrize("matter", ["Called once", "Args:", "Returns:", "Order:", "Exceptions:", "Example:"])
    def test_a_hook_says_the_same_in_its_docstring(self, hook: str, matter: str) -> None:
        assert matter in (inspect.getdoc(getattr(hookspecs, hook)) or "")

    def test_every_hook_of_the_specification_is_one_of_those(self) -> None:
        assert {name for name, value in vars(hookspecs).items() if hasattr(value, "dunwell_spec")} == set(HOOKS)

    @pytest.mark.parametrize("kind", [Connector, Source, Channel, RateSource, RiskScorer, RoutesFactory, Exporter, Sandbox, SandboxSettings, PluginContext])
    def test_every_member_of_the_contract_is_documented(self, kind: type) -> None:
        assert documents.member_gaps(document("plugins.md"), kind) == []


class TestSettings:
    def test_every_key_is_documented_and_no_other(self) -> None:
        assert documents.setting_gaps(document("settings.md")) == set()

    def test_every_environment_variable_is_documented_and_no_other(self) -> None:
        assert documents.variable_gaps(document("settings.md")) == set()

    def test_the_example_names_every_key_but_the_database(self, tmp_path: Path) -> None:
        example = documents.blocks(document("settings.md"), "toml")[0]
        (tmp_path / "plugins.toml").write_text(example)
        assert load_settings(tmp_path / "plugins.toml", {"LEDGER_TOKEN": "s"}).workspace.name == "Example Ltd"
        assert {key for keys in SETTING_KEYS.values() for key in keys if key not in example} == {"database_url"}

    def test_the_settings_of_this_project_can_be_used(self) -> None:
        settings = load_settings(ROOT / "plugins.toml", {})
        check_connections(settings, load_plugins(settings, CLOCK, environ={}))

    @pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in SETTING_KEYS.items() for key in keys])
    def test_every_key_that_is_listed_is_read(self, tmp_path: Path, table: str, key: str) -> None:
        header = {"": "", "plugins": "[[plugins]]", "connections": "[connections.x]"}.get(table, f"[{table}]")
        (tmp_path / "plugins.toml").write_text(f"{header}\n{key} = 2026-01-01T00:00:00Z\n")
        with pytest.raises(ConfigurationError, match=f"{key}: must be"):
            load_settings(tmp_path / "plugins.toml", {})


class TestErrorsRolesWordsAndFields:
    def test_every_error_is_documented_and_no_other(self) -> None:
        assert documents.error_gaps(document("errors.md"), read_modules(ROOT)) == set()

    def test_the_matrix_of_roles_is_the_one_that_is_enforced(self) -> None:
        assert documents.matrix(document("roles.md")) == ROLE_PERMISSIONS

    def test_every_role_permission_and_policy_is_explained(self) -> None:
        text = document("roles.md")
        assert documents.missing_code(text, [*Permission.__members__, *NAMED_POLICIES]) == []
        assert [role.value for role in Role if f"**{role.value}**" not in text] == []

    def test_every_table_is_a_word(self) -> None:
        assert documents.word_gaps(document("words.md"), documents.table_words()) == set()

    def test_words_that_decide_about_money_are_explained(self) -> None:
        assert documents.word_gaps(document("words.md"), WORDS) == set()

    def test_every_field_of_rules_is_documented(self, tmp_path: Path) -> None:
        context = PluginContext(plugin="x", directory=tmp_path, var_directory=tmp_path, clock=CLOCK, workspace=WORKSPACE, options={})
        ids = [field.id for field in hub_rule_fields(context) if not field.id.startswith("ageing[")]
        assert documents.missing_code(document("fields.md"), ids) == []


class TestTheChecks:
    def test_a_hook_without_a_section_lacks_everything(self) -> None:
        assert documents.hook_gaps("# Plugins", "hub_routes") == [
            "`hub_routes(context: PluginContext) -> list[RoutesFactory]`",
            *(f"**{matter}:**" for matter in documents.HOOK_MATTERS),
            "an example",
        ]

    @pytest.mark.parametrize("hook", HOOKS)
    @pytest.mark.parametrize("lost", ["**Order:**", "(context: PluginContext)", "```python", "```toml"])
    def test_a_hook_that_lacks_one_thing_is_found(self, hook: str, lost: str) -> None:
        assert len(documents.hook_gaps(document("plugins.md").replace(lost, ""), hook)) == 1

    def test_a_member_that_is_not_named_is_found(self) -> None:
        assert documents.member_gaps(document("plugins.md").replace("`option_names`", ""), Connector) == ["option_names"]
        assert documents.member_gaps(document("plugins.md").replace("`check_options()`", ""), Connector) == ["check_options"]

    def test_a_key_that_is_not_documented_or_does_not_exist_is_found(self) -> None:
        text = document("settings.md").replace("| `hub.port` |", "| `hub.harbour` |")
        assert documents.setting_gaps(text) == {"hub.port", "hub.harbour"}

    def test_a_variable_that_is_not_documented_or_does_not_exist_is_found(self) -> None:
        text = document("settings.md").replace("| `PORT` |", "| `HARBOUR` |")
        assert documents.variable_gaps(text) == {"PORT", "HARBOUR"}
        assert documents.variable_gaps("") == set(ENVIRONMENT_VARIABLES)

    def test_an_error_that_is_not_documented_or_does_not_exist_is_found(self) -> None:
        modules = [Module("hub.new", "class NewError(Exception): ...")]
        assert documents.error_gaps("| `OldError` | x |", modules) == {"NewError", "OldError"}

    def test_a_matrix_that_grants_something_else_is_found(self) -> None:
        text = document("roles.md").replace("| `MANAGE` | yes | no |", "| `MANAGE` | yes | yes |")
        assert documents.matrix(text)[Role.FINANCE] - ROLE_PERMISSIONS[Role.FINANCE] == {Permission.MANAGE}

    def test_a_word_that_is_not_explained_is_found(self) -> None:
        assert documents.word_gaps("| customer | the party that owes |", {"customer", "feed"}) == {"feed"}
        assert "rate window" in documents.table_words()

    def test_a_name_that_is_not_written_as_code_is_found(self) -> None:
        assert documents.missing_code("overdue and `outstanding`", ["overdue", "outstanding"]) == ["overdue"]
