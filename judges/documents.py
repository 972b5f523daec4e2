"""The documents that client tools are tried on: those of docs/examples, and every query that README.md shows."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import OperationDefinitionNode, parse

from judges.verdict import BUILD, HERE

_ROOT = HERE.parent
_BLOCK = re.compile(r"^```graphql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KIND = re.compile(r"(Query|Mutation|Subscription)$")


@dataclass(frozen=True, slots=True)
class Document:
    """One operation with a name that ends in its kind, as Relay wants it."""

    name: str
    text: str

    @property
    def module(self) -> str:
        """The module that Relay looks for it in."""
        return _KIND.sub("", self.name)


def documents(root: Path = _ROOT) -> list[Document]:
    """Every document, those of the README with a name that says where they stand. Raises ValueError for one that Relay could not take."""
    return [*_examples(root), *_shown(root)]


def _examples(root: Path) -> Iterator[Document]:
    for path in sorted((root / "docs" / "examples").glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        name = _name_of(text)
        if name is None or not _KIND.search(name):
            message = f"{path}: name its operation, with a name that ends in Query, Mutation or Subscription"
            raise ValueError(message)
        yield Document(name, text)


def _shown(root: Path) -> Iterator[Document]:
    blocks: list[str] = _BLOCK.findall((root / "README.md").read_text(encoding="utf-8"))
    for number, text in enumerate(blocks, 1):
        if _name_of(text) is None:
            name = f"Readme{number}Query"
            yield Document(name, f"query {name} {text.lstrip()}")


def _name_of(text: str) -> str | None:
    [operation] = (node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode))
    return operation.name.value if operation.name else None


def lay_out(found: list[Document]) -> None:
    """Put the documents where the tools look for them: as files for graphql-codegen, in modules for relay-compiler."""
    for folder in ("documents", "relay/modules", "relay/artifacts"):
        (BUILD / folder).mkdir(parents=True, exist_ok=True)
    for document in found:
        (BUILD / "documents" / f"{document.module}.graphql").write_text(document.text, encoding="utf-8")
        source = f"import {{ graphql }} from 'relay-runtime';\n\nexport const document = graphql`\n{document.text}`;\n"
        (BUILD / "relay/modules" / f"{document.module}.ts").write_text(source, encoding="utf-8")
    for path in (HERE / "relay").glob("*.ts"):
        shutil.copy(path, BUILD / "relay/modules")
