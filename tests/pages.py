"""Checks of the pages that people read (README and docs) against what they speak of, as functions on text: each returns what is wrong."""

import io
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

from hub.cli.main import app
from hub.cli.opening import MEANINGS
from tests.documents import ROOT, section, unlike

SHELLS = ("", "sh", "bash", "shell", "console")
ENDS_OF_A_COMMAND = frozenset({"|", ">", ">>", "<", "&&", "||", ";", "&"})
SERVER = "http://127.0.0.1:8000"
TOKEN = "Authorization: Bearer $(cat var/admin-token)"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_ASSIGNMENT = re.compile(r"\w+=\S*")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of Markdown; `name` is its path below the root of the project."""

    name: str
    text: str

    def blocks(self, *languages: str) -> list[str]:
        """The blocks of code in any of some languages."""
        return [block for language, block in _FENCE.findall(self.text) if language in languages]

    @property
    def prose(self) -> str:
        """The page without its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def shell_calls(self) -> Iterator[list[str]]:
        """Every call in blocks of shell, as words: variables that are set before it and what comes after a pipe are left out."""
        for block in self.blocks(*SHELLS):
            for line in block.replace("\\\n", " ").splitlines():
                if (words := _words(line)) is not None:
                    yield words

    @property
    def calls(self) -> Iterator[list[str]]:
        """Every call in blocks of shell and between backticks, as words."""
        yield from self.shell_calls
        for span in _SPAN.findall(self.prose):
            if (words := _words(span)) is not None:
                yield words


def read_pages() -> list[Page]:
    """README.md, CHANGELOG.md and every page of docs."""
    paths = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [Page(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


def _words(line: str) -> list[str] | None:
    """The words of one call; None where there is none."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # an apostrophe in prose
        words = line.split()
    while words and _ASSIGNMENT.fullmatch(words[0]):
        del words[0]
    end = next((place for place, word in enumerate(words) if word in ENDS_OF_A_COMMAND), len(words))
    return words[:end] or None


# --- commands -------------------------------------------------------------------------------------


def command_tree() -> TyperGroup:
    """The commands of `dunwell`, such that calling one does nothing."""
    root = typer.main.get_command(app)
    if not isinstance(root, TyperGroup):
        message = "dunwell has no commands"
        raise TypeError(message)
    for _, command in leaves(root):
        command.callback = None
    return root


def leaves(group: TyperGroup, *path: str) -> Iterator[tuple[str, TyperCommand]]:
    """Every command that does something, with its path."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, TyperGroup):
            yield from leaves(command, *path, name)
        elif isinstance(command, TyperCommand):
            yield " ".join([*path, name]), command


def call_problem(words: Sequence[str]) -> str | None:
    """What `dunwell` would say to a call that it does not understand; None where it understands it. Nothing is run."""
    said = io.StringIO()
    try:
        with redirect_stderr(said), redirect_stdout(io.StringIO()):
            command_tree().main(args=list(words), prog_name="dunwell")
    except SystemExit as end:
        return None if end.code in (0, None) else said.getvalue()
    return None


def mention_problem(words: Sequence[str]) -> str | None:
    """What is wrong with a command that is only named, arguments left out: its path, or one of its options; None: nothing is."""
    group, rest = command_tree(), list(words)
    while rest and isinstance(found := group.commands.get(rest[0]), TyperGroup):
        group, rest = found, rest[1:]
    command = group.commands.get(rest[0]) if rest else group
    if command is None:
        return f"there is no command {rest[0]}"
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help", "-h"}
    return next((f"{word} is no option of {rest[0]}" for word in rest[1:] if word.startswith("-") and word not in known), None)


def command_problems(page: Page) -> list[str]:
    """Calls of `dunwell` in blocks that it would refuse, and commands named in prose that do not exist."""
    called = [(words, call_problem(words[1:])) for words in page.shell_calls if Path(words[0]).name == "dunwell"]
    named = [(words, mention_problem(words[1:])) for words in page.calls if Path(words[0]).name == "dunwell"]
    return [f"{page.name}: {' '.join(words)}: {problem}" for words, problem in (*called, *named) if problem is not None]


def command_gaps(text: str) -> set[str]:
    """Commands, options and arguments that the page of commands lacks, or has although they do not exist."""
    root = command_tree()
    commands = {"dunwell": root} | {f"dunwell {path}": command for path, command in leaves(root)}
    told_of = set(re.findall(r"^##+ (dunwell.*)$", text, re.MULTILINE))
    gaps = told_of ^ commands.keys()
    for path in told_of & commands.keys():
        told = section(text, path)
        parameters = commands[path].params
        options = {option for found in parameters if found.param_type_name == "option" for option in (*found.opts, *found.secondary_opts)}
        arguments = {(found.metavar or found.name or "").upper() for found in parameters if found.param_type_name == "argument"}
        wrong = unlike(options - {"--help"}, told, r"--[a-z-]+") | unlike(arguments, told, r"[A-Z_]+")
        gaps |= {f"{path} {found}" for found in wrong}
    return gaps


def exit_code_gaps(text: str) -> list[str]:
    """Exit codes that are not told, or told otherwise than by `dunwell --help`."""
    return [row for code, meaning in MEANINGS.items() if (row := f"| {code.value} | {meaning} |") not in text]


# --- make -----------------------------------------------------------------------------------------


def make_problems(page: Page, makefile: str) -> list[str]:
    """Targets of `make` that a page names and the Makefile does not have."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = [word for words in page.calls if words[0] == "make" for word in words[1:] if "=" not in word and not word.startswith("-")]
    return [f"{page.name}: make {word}" for word in named if word not in targets]


# --- links ----------------------------------------------------------------------------------------


def link_problems(pages: Iterable[Page], root: Path = ROOT) -> list[str]:
    """Relative links that lead nowhere, heading included."""
    known = {page.name: page for page in pages}
    problems: list[str] = []
    for page in known.values():
        for target in _LINK.findall(_SPAN.sub("", page.prose)):
            path, _, heading = target.partition("#")
            if ":" in path:
                continue
            name = (Path(page.name).parent / path).as_posix() if path else page.name
            exists = (root / name).exists() or name in known
            if not exists or (heading and heading not in headings(known[name].text if name in known else "")):
                problems.append(f"{page.name}: {target}")
    return problems


def headings(text: str) -> set[str]:
    """The anchors of a page's headings."""
    found = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def links_of(page: Page) -> set[str]:
    """The pages that a page links to, without headings."""
    return {target.partition("#")[0] for target in _LINK.findall(page.prose)}


# --- the API --------------------------------------------------------------------------------------


def queries(page: Page) -> list[str]:
    """Every GraphQL query and mutation of a page: in blocks of their own, and in the bodies of calls of curl. Subscriptions are no requests."""
    bodies = [words[words.index("-d") + 1] for words in curls(page) if "-d" in words]
    found = [*page.blocks("graphql"), *(json.loads(body)["query"] for body in bodies)]
    return [query for query in found if not query.lstrip().startswith("subscription")]


def curls(page: Page) -> list[list[str]]:
    """Every call of curl."""
    return [words for words in page.shell_calls if words[0] == "curl"]


def curl_problems(page: Page, paths: Iterable[str]) -> list[str]:
    """Calls of curl that go elsewhere than to a route of the hub, or without the token of the administrator."""
    addresses = {f"{SERVER}{path}" for path in paths}
    return [f"{page.name}: {' '.join(words)}" for words in curls(page) if not addresses & set(words) or TOKEN not in words]


# --- folders --------------------------------------------------------------------------------------


def folders(root: Path, packages: Mapping[str, bool]) -> set[str]:
    """The folders of modules; of a package whose value is true those right below it, of another the package itself."""
    found: set[str] = set()
    for package, is_divided in packages.items():
        inner = sorted((root / package).glob("*/__init__.py")) if is_divided else [root / package / "__init__.py"]
        found |= {f"{path.parent.relative_to(root).as_posix()}/" for path in inner}
    return found
