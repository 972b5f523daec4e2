"""Checks of the documents against the code, as functions on text: each returns what is missing on either side."""

import ast
import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from hub.access.roles import Permission
from hub.config import ENVIRONMENT_VARIABLES, SETTING_KEYS
from hub.model import Row
from hub.plugins import hookspecs
from hub.vocabulary import Role
from tests.architecture import Module

ROOT = Path(__file__).parents[1]
WORKSPACE = '[workspace]\nname = "Example"\nbase_currency = "EUR"\ntime_zone = "UTC"\n\n'
"""The least settings file, to which an example adds its part."""

HOOK_MATTERS = ("When", "Parameters", "Returns", "Order", "Exceptions")


def document(name: str) -> str:
    """The text of a file below `docs`."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """A section of a document, without its heading; empty when there is none."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#{{1,3}} |\Z)", text, re.MULTILINE | re.DOTALL)
    return "" if found is None else found[1]


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def signature(hook: str) -> str:
    """A hook's signature, as its specification writes it."""
    function = ast.parse(inspect.getsource(getattr(hookspecs, hook))).body[0]
    if not isinstance(function, ast.FunctionDef) or function.returns is None:
        message = f"{hook} is no function with a return type"
        raise TypeError(message)
    return f"{hook}({ast.unparse(function.args)}) -> {ast.unparse(function.returns)}"


def hook_gaps(text: str, hook: str) -> list[str]:
    """What the section of a hook does not say."""
    found = section(text, hook)
    wanted = [f"`{signature(hook)}`", *(f"**{matter}:**" for matter in HOOK_MATTERS)]
    gaps = [part for part in wanted if part not in found]
    return gaps if blocks(found, "python") and blocks(found, "toml") else [*gaps, "an example"]


def member_gaps(text: str, kind: type) -> list[str]:
    """The members of a protocol or value that the text does not name."""
    names = [name for name, value in vars(kind).items() if not name.startswith("_") and not isinstance(value, str)]
    return [name for name in names if not re.search(rf"`(?:context\.)?{name}(?:\([^`]*)?`", text)]


def unlike(known: Collection[str], text: str, pattern: str) -> set[str]:
    """What is known and not in a first cell of a table, and what is in one and not known, of the words of one pattern."""
    told = {word for cell in first_cells(text) for word in re.findall(r"`([^`]+)`", cell) if re.fullmatch(pattern, word)}
    return set(known) ^ told


def first_cells(text: str) -> list[str]:
    """The first cells of the rows of all tables."""
    return re.findall(r"^\| *([^|]+?) *\|", text, re.MULTILINE)


def setting_gaps(text: str) -> set[str]:
    """Keys of settings that are not documented, or are documented and do not exist."""
    keys = {f"{table}.{key}" for table, keys in SETTING_KEYS.items() if table for key in keys}
    return unlike(keys, text, r"[a-z]+\.[a-z_.]+")


def variable_gaps(text: str) -> set[str]:
    """The same for environment variables."""
    return unlike(ENVIRONMENT_VARIABLES, text, r"[A-Z][A-Z_]+")


def error_gaps(text: str, modules: Iterable[Module]) -> set[str]:
    """The same for error classes that others may meet."""
    errors = {name for module in modules for name in re.findall(r"^ *class ([A-Za-z]\w*Error)\b", module.text, re.MULTILINE)}
    return unlike(errors, text, r"\w+Error")


def missing_code(text: str, names: Iterable[str]) -> list[str]:
    """The names that the text does not write as code."""
    return [name for name in names if f"`{name}`" not in text]


def matrix(text: str) -> Mapping[Role, set[Permission]]:
    """The permissions of each role, as the table with one column for each role says."""
    rows = [[cell.strip(" `") for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    head = next(row for row in rows if Role.ADMIN.value in row)
    granted = [row for row in rows if row[0] in Permission.__members__ and len(row) == len(head)]
    places = {Role[name]: place for place, name in enumerate(head) if name in Role.__members__}
    return {role: {Permission[row[0]] for row in granted if row[place] == "yes"} for role, place in places.items()}


def word_gaps(text: str, words: Collection[str]) -> set[str]:
    """The words that the glossary does not explain."""
    return set(words) - {word.strip() for cell in first_cells(text) for word in cell.split(",")}


def table_words() -> set[str]:
    """The names of all tables, in words."""
    return {_in_words(kind.__name__) for kind in Row.__subclasses__()}


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().replace("api ", "API ")
