"""The rules of the house hold in every module, and each check is shown to find what it is for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import Module

MODULES = architecture.read_modules(Path(__file__).parents[1])


def modules(sources: dict[str, str]) -> list[Module]:
    return [Module(name, text) for name, text in sources.items()]


class TestOfThisRepository:
    def test_there_is_something_to_check(self) -> None:
        assert "hub.money" in {module.name for module in MODULES}

    @pytest.mark.parametrize(
        "check",
        [
            architecture.wrong_directions,
            architecture.wrong_layers,
            architecture.module_cycles,
            architecture.part_cycles,
            architecture.unpublished_names,
        ],
        ids=lambda check: check.__name__,
    )
    def test_imports_go_the_right_way(self, check: Callable[[list[Module]], list[str]]) -> None:
        assert check(MODULES) == []

    @pytest.mark.parametrize(
        "check",
        [
            architecture.relative_imports,
            architecture.hidden_imports,
            architecture.empty_names,
            architecture.logic_in_package,
            architecture.too_long,
        ],
        ids=lambda check: check.__name__,
    )
    def test_every_module_keeps_the_rules(self, check: Callable[[Module], list[str]]) -> None:
        assert [wrong for module in MODULES for wrong in check(module)] == []


class TestDirections:
    @pytest.mark.parametrize(
        ("importer", "statement"),
        [
            ("rules.parsing", "import hub.money"),
            ("rules.parsing", "from schema import inputs"),
            ("hub.app", "import connectors.stripe"),
            ("hub.app", "from schema.plan import selection"),
            ("schema.types", "import connectors.toolkit.http"),
            ("connectors.stripe.client", "from hub.money import Money"),
            ("connectors.stripe.client", "from hub import money"),
            ("connectors.stripe.client", "from hub.plugins.records import Money"),
            ("connectors.stripe.client", "from connectors.xero.client import get"),
            ("connectors.stripe.client", "from connectors import xero"),
            ("connectors.stripe.client", "import rules"),
            ("connectors.toolkit.http", "from connectors.stripe import client"),
        ],
    )
    def test_an_import_the_wrong_way_is_found(self, importer: str, statement: str) -> None:
        others = {"hub.money": "", "connectors.xero": ""}
        assert len(architecture.wrong_directions(modules({importer: statement} | others))) == 1

    @pytest.mark.parametrize(
        ("importer", "statement"),
        [
            ("rules.parsing", "from rules.errors import RuleSyntaxError"),
            ("hub.health.policy", "import rules"),
            ("schema.types", "from hub.health import figures"),
            ("connectors.stripe.client", "from hub.plugins import Money"),
            ("connectors.stripe.client", "from hub import plugins"),
            ("connectors.stripe.client", "from connectors.toolkit import http"),
            ("connectors.stripe.client", "from connectors.stripe.mapping import invoice"),
            ("connectors.stripe.client", "import httpx"),
        ],
    )
    def test_an_import_the_right_way_is_let_through(self, importer: str, statement: str) -> None:
        assert architecture.wrong_directions(modules({importer: statement, "hub.plugins": ""})) == []

    def test_a_name_that_the_contract_does_not_publish_is_found(self) -> None:
        contract = '__all__ = ["Money"]'
        taken = "from hub.plugins import Money, Store"
        assert architecture.unpublished_names(modules({"hub.plugins": contract, "connectors.xero.client": taken})) == [
            "connectors.xero.client:1 takes Store, which hub.plugins does not list in __all__"
        ]


class TestLayers:
    @pytest.mark.parametrize(
        ("importer", "imported"),
        [
            ("hub.money", "hub.model.invoice"),
            ("hub.model.invoice", "hub.store.engine"),
            ("hub.store.engine", "hub.plugins"),
            ("hub.identity.links", "hub.sync.run"),
            ("hub.health.figures", "hub.alerts.rules"),
            ("hub.alerts.rules", "hub.dunning.plan"),
            ("hub.payments.autopay", "hub.app"),
            ("hub.app", "hub.cli"),
        ],
    )
    def test_an_import_of_a_higher_layer_is_found(self, importer: str, imported: str) -> None:
        assert len(architecture.wrong_layers(modules({importer: f"import {imported}"}))) == 1

    @pytest.mark.parametrize(
        ("importer", "imported"),
        [("hub.cli", "hub.app"), ("hub.dunning.plan", "hub.money"), ("hub.plugins.hooks", "hub.access.tokens")],
    )
    def test_an_import_of_the_same_or_a_lower_layer_is_let_through(self, importer: str, imported: str) -> None:
        assert architecture.wrong_layers(modules({importer: f"import {imported}"})) == []

    def test_a_part_without_a_layer_is_found(self) -> None:
        assert architecture.wrong_layers(modules({"hub.novelty": ""})) == ["hub.novelty has no place in LAYERS"]

    def test_a_module_imported_by_its_last_name_is_found(self) -> None:
        assert len(architecture.wrong_layers(modules({"hub.money": "from hub import store", "hub.store": ""}))) == 1


class TestCycles:
    def test_modules_in_a_circle_are_found(self) -> None:
        circle = {"rules.a": "import rules.b", "rules.b": "from rules import c", "rules.c": "from rules.a import x"}
        assert architecture.module_cycles(modules(circle)) == ["rules.a -> rules.b -> rules.c -> rules.a"]

    def test_a_module_that_imports_its_own_package_is_found(self) -> None:
        circle = {"hub.plugins": "from hub.plugins.records import R", "hub.plugins.records": "from hub.plugins import Money"}
        assert architecture.module_cycles(modules(circle)) == ["hub.plugins -> hub.plugins.records -> hub.plugins"]

    def test_two_ways_to_the_same_module_are_no_circle(self) -> None:
        sources = {"rules.a": "import rules.b\nimport rules.c", "rules.b": "import rules.c", "rules.c": ""}
        assert architecture.module_cycles(modules(sources)) == []

    def test_parts_in_a_circle_are_found_though_no_modules_are(self) -> None:
        sources = {"hub.jobs.a": "import hub.outbox.a", "hub.outbox.a": "", "hub.outbox.b": "import hub.jobs.b", "hub.jobs.b": ""}
        assert architecture.module_cycles(modules(sources)) == []
        assert architecture.part_cycles(modules(sources)) == ["hub.jobs -> hub.outbox -> hub.jobs"]


class TestImportStatements:
    @pytest.mark.parametrize("statement", ["from . import money", "from .money import Money", "from ..rules import errors"])
    def test_a_relative_import_is_found(self, statement: str) -> None:
        assert len(architecture.relative_imports(Module("hub.app", statement))) == 1

    @pytest.mark.parametrize(
        "text",
        [
            "def late():\n    import json",
            "async def late():\n    if True:\n        from hub import money",
            "class Late:\n    def method(self):\n        import json",
            "def outer():\n    def inner():\n        import json",
        ],
    )
    def test_an_import_inside_a_function_is_found(self, text: str) -> None:
        assert len(architecture.hidden_imports(Module("hub.app", text))) == 1

    @pytest.mark.parametrize("condition", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
    def test_a_block_for_type_checking_only_is_found(self, condition: str) -> None:
        assert len(architecture.hidden_imports(Module("hub.app", f"if {condition}:\n    import json"))) == 1

    def test_an_import_at_the_top_is_let_through(self) -> None:
        assert architecture.hidden_imports(Module("hub.app", "import json\nfrom hub import money")) == []


class TestNamesAndPackages:
    @pytest.mark.parametrize("name", ["hub.utils", "connectors.xero.helpers", "rules.base", "schema.common.types", "hub.misc", "hub.work.manager"])
    def test_a_name_that_says_nothing_is_found(self, name: str) -> None:
        assert len(architecture.empty_names(Module(name, ""))) == 1

    def test_a_word_inside_a_longer_name_is_let_through(self) -> None:
        assert architecture.empty_names(Module("hub.health.base_currency", "")) == []

    @pytest.mark.parametrize("statement", ["def f() -> None: ...", "LIMIT = 3", "register()", "if True:\n    import json"])
    def test_logic_in_a_package_file_is_found(self, statement: str) -> None:
        module = Module("hub.store", f'"""The store."""\n{statement}', is_package=True)
        assert architecture.logic_in_package(module) == ["hub.store:2 is more than a re-export"]

    def test_a_package_file_without_docstring_is_found(self) -> None:
        assert architecture.logic_in_package(Module("hub.store", "", is_package=True)) == ["hub.store has no docstring"]

    def test_re_exports_are_let_through(self) -> None:
        text = '"""The store."""\nfrom hub.store.engine import Store\n\n__all__ = ["Store"]\n'
        assert architecture.logic_in_package(Module("hub.store", text, is_package=True)) == []


class TestSizes:
    def function(self, *, lines: int, extra: str = "") -> str:
        return "def f() -> None:\n" + extra + "    x = 1\n" * (lines - 1)

    def test_a_module_over_the_limit_is_found(self) -> None:
        assert architecture.too_long(Module("hub.app", "x = 1\n" * 301)) == ["hub.app has 301 lines; 300 at most"]

    def test_a_module_at_the_limit_is_let_through(self) -> None:
        assert architecture.too_long(Module("hub.app", "x = 1\n" * 300)) == []

    def test_a_function_over_the_limit_is_found(self) -> None:
        assert architecture.too_long(Module("hub.app", self.function(lines=41))) == ["hub.app:1 f has 41 lines of code; 40 at most"]

    def test_docstring_comments_and_blank_lines_do_not_count(self) -> None:
        extra = '    """Does.\n\n    Much.\n    """\n    # why\n\n'
        assert architecture.too_long(Module("hub.app", self.function(lines=40, extra=extra))) == []

    def test_a_method_counts_as_a_function(self) -> None:
        method = "".join(f"    {line}\n" for line in self.function(lines=41).splitlines())
        assert len(architecture.too_long(Module("hub.app", f"class A:\n{method}"))) == 1

    def test_a_migration_may_be_long(self) -> None:
        assert architecture.too_long(Module("hub.store.migrations.versions.0001_first", "x = 1\n" * 301)) == []
