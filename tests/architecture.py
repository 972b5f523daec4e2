"""The rules of the house as checks on source text: nothing is imported, and each check returns what is wrong, one line each."""

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGES = ("rules", "hub", "connectors", "schema")

# The layers of the hub, lowest first. A part may import its own layer and those below it; parts of one layer do so one way only.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"money", "clock", "crashpoints", "errors", "vocabulary", "config"}),
    frozenset({"model"}),
    frozenset({"store"}),
    frozenset({"plugins", "access", "jobs", "outbox", "identity"}),
    frozenset({"sync", "health", "agreements", "exports", "messages", "work", "evaluation"}),
    frozenset({"alerts"}),
    frozenset({"dunning", "payments"}),
    frozenset({"commands"}),
    frozenset({"app"}),
    frozenset({"cli"}),
)
EMPTY_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "misc"})
MODULE_LINES = 300
FUNCTION_LINES = 40
MIGRATIONS = "hub.store.migrations"  # a record of what was done to the schema: as long as the schema, and never edited again


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its dotted name and its text."""

    name: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, or one name from it."""

    line: int
    module: str
    name: str | None = None

    def target(self, modules: Collection[str]) -> str:
        """The module that is meant: `from hub import money` means `hub.money`."""
        longer = f"{self.module}.{self.name}"
        return longer if longer in modules else self.module


def read_modules(root: Path, packages: Iterable[str] = PACKAGES) -> list[Module]:
    """Every module of the packages below `root`."""
    return [_read_module(root, path) for package in packages for path in sorted((root / package).rglob("*.py"))]


def _read_module(root: Path, path: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if is_package else parts), path.read_text(encoding="utf-8"), is_package)


@cache
def imports_of(module: Module) -> Sequence[Import]:
    """Every absolute import, wherever it stands; found once, for several checks look at them."""
    return tuple(_imports_of(module))


def _imports_of(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (Import(node.lineno, node.module, alias.name) for alias in node.names)


# --- directions -----------------------------------------------------------------------------------


def wrong_directions(modules: Collection[Module]) -> list[str]:
    """Imports between the four packages against `rules <- hub <- {connectors, schema}`."""
    names = {module.name for module in modules}
    return [
        f"{module.name}:{found.line} may not import {found.target(names)}"
        for module in modules
        for found in imports_of(module)
        if _package(found.module) in PACKAGES and not _may_import(module.name, found.target(names))
    ]


def _may_import(importer: str, imported: str) -> bool:
    match _package(importer):
        case "rules":
            return _package(imported) == "rules"
        case "hub":
            return _package(imported) in {"hub", "rules"}
        case "schema":
            return _package(imported) in {"schema", "hub", "rules"}
        case "connectors":
            return imported == "hub.plugins" or _part(imported) in {"connectors.toolkit", _part(importer)}
        case _:
            return True


def wrong_layers(modules: Collection[Module]) -> list[str]:
    """Imports inside the hub that go up a layer, and parts of the hub that have no layer."""
    names = {module.name for module in modules}
    found_wrong: list[str] = []
    for module in modules:
        if _package(module.name) != "hub" or module.name == "hub":
            continue
        if _layer(module.name) is None:
            found_wrong.append(f"{module.name} has no place in LAYERS")
            continue
        found_wrong += [
            f"{module.name}:{found.line} imports {found.target(names)} from a higher layer"
            for found in imports_of(module)
            if _package(found.module) == "hub" and _is_above(found.target(names), module.name)
        ]
    return found_wrong


def _is_above(imported: str, importer: str) -> bool:
    imported_layer, importer_layer = _layer(imported), _layer(importer)
    return imported_layer is None or importer_layer is None or imported_layer > importer_layer


def _layer(module: str) -> int | None:
    part = _part(module).partition(".")[2]
    return next((number for number, parts in enumerate(LAYERS) if part in parts), None)


def _package(module: str) -> str:
    return module.partition(".")[0]


def _part(module: str) -> str:
    """The first two words of a dotted name: `hub.store` of `hub.store.engine`."""
    return ".".join(module.split(".")[:2])


# --- cycles ---------------------------------------------------------------------------------------


def module_cycles(modules: Collection[Module]) -> list[str]:
    """Modules that import each other in a circle."""
    names = {module.name for module in modules}
    graph = {module.name: {found.target(names) for found in imports_of(module)} & names for module in modules}
    return _cycles(graph)


def part_cycles(modules: Collection[Module]) -> list[str]:
    """Parts of the hub (its folders and top modules) that import each other in a circle."""
    names = {module.name for module in modules}
    graph: dict[str, set[str]] = {}
    for module in modules:
        if _package(module.name) == "hub" and module.name != "hub":
            targets = {_part(found.target(names)) for found in imports_of(module) if _package(found.module) == "hub"}
            graph.setdefault(_part(module.name), set()).update(targets - {_part(module.name)})
    return _cycles(graph)


def _cycles(graph: dict[str, set[str]]) -> list[str]:
    found: list[str] = []
    finished: set[str] = set()

    def visit(node: str, path: list[str]) -> None:
        if node in path:
            circle = [*path[path.index(node) :], node]
            found.append(" -> ".join(circle))
        elif node not in finished:
            for target in sorted(graph.get(node, ())):
                visit(target, [*path, node])
            finished.add(node)

    for start in sorted(graph):
        visit(start, [])
    return found


# --- how imports are written ----------------------------------------------------------------------


def relative_imports(module: Module) -> list[str]:
    """Imports that begin with a dot."""
    return [f"{module.name}:{node.lineno} imports relatively" for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.level]


def hidden_imports(module: Module) -> list[str]:
    """Imports inside a function, and blocks that only a type checker reads."""
    hidden = {
        inner.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    typing_only = [node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    return [
        *(f"{module.name}:{line} imports inside a function" for line in sorted(hidden)),
        *(f"{module.name}:{line} has a block for type checking only" for line in typing_only),
    ]


def unpublished_names(modules: Collection[Module]) -> list[str]:
    """Names that a connector takes from `hub.plugins` although it does not re-export them."""
    contract = next((module for module in modules if module.name == "hub.plugins"), None)
    published = _published(contract) if contract else set[str]()
    return [
        f"{module.name}:{found.line} takes {found.name}, which hub.plugins does not list in __all__"
        for module in modules
        if _package(module.name) == "connectors"
        for found in imports_of(module)
        if found.module == "hub.plugins" and found.name and found.name not in published
    ]


def _published(module: Module) -> set[str]:
    assigned = next((node.value for node in module.tree.body if isinstance(node, ast.Assign) and _assigns_all(node)), None)
    return set(ast.literal_eval(assigned)) if assigned else set()


# --- names and sizes ------------------------------------------------------------------------------


def empty_names(module: Module) -> list[str]:
    """Names of modules and folders that say nothing about what is inside."""
    return [f"{module.name}: '{word}' names no idea" for word in module.name.split(".") if word in EMPTY_NAMES]


def logic_in_package(module: Module) -> list[str]:
    """Statements of an `__init__.py` that are neither its docstring nor a re-export, and a missing docstring."""
    if not module.is_package:
        return []
    missing = [] if ast.get_docstring(module.tree) else [f"{module.name} has no docstring"]
    body = module.tree.body[0 if missing else 1 :]
    return [*missing, *(f"{module.name}:{node.lineno} is more than a re-export" for node in body if not _is_re_export(node))]


def _is_re_export(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Assign) and _assigns_all(node))


def _assigns_all(node: ast.Assign) -> bool:
    return [ast.unparse(target) for target in node.targets] == ["__all__"]


def too_long(module: Module) -> list[str]:
    """The module over its limit of lines, and functions over theirs."""
    if module.name.startswith(MIGRATIONS):
        return []
    lines = module.text.splitlines()
    long_functions = [
        f"{module.name}:{node.lineno} {node.name} has {length} lines of code; {FUNCTION_LINES} at most"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := _code_lines(node, lines)) > FUNCTION_LINES
    ]
    long_module = [f"{module.name} has {len(lines)} lines; {MODULE_LINES} at most"] if len(lines) > MODULE_LINES else []
    return [*long_module, *long_functions]


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines from `def` to the end without blank lines, comments and the docstring."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    skipped = range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1) if docstring else range(0)
    numbers = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    return sum(1 for number in numbers if number not in skipped and (line := lines[number - 1].strip()) and not line.startswith("#"))
