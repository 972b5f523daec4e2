"""What client tools are tried on: every query that the README shows, and the documents of docs/examples, all of them valid."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from judges.documents import Document, documents
from tests.documents import ROOT

SCHEMA = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_every_document_is_valid(document: Document) -> None:
    assert validate(SCHEMA, parse(document.text)) == []


def test_every_document_is_shown_by_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in (ROOT / "docs" / "examples").glob("*.graphql")]
    assert len(names) >= 1
    assert [name for name in names if f"(docs/examples/{name})" not in readme] == []


def test_queries_of_the_readme_get_a_name_and_named_ones_keep_theirs(tmp_path: Path) -> None:
    examples = tmp_path / "docs" / "examples"
    examples.mkdir(parents=True)
    (examples / "b.graphql").write_text("query BQuery { viewer { name } }")
    (tmp_path / "README.md").write_text("```graphql\n{ viewer { role } }\n```\n")
    assert documents(tmp_path) == [Document("BQuery", "query BQuery { viewer { name } }"), Document("Readme1Query", "query Readme1Query { viewer { role } }\n")]
    assert [document.module for document in documents(tmp_path)] == ["B", "Readme1"]


def test_an_example_that_relay_could_not_take_is_refused(tmp_path: Path) -> None:
    examples = tmp_path / "docs" / "examples"
    examples.mkdir(parents=True)
    (tmp_path / "README.md").write_text("")
    (examples / "a.graphql").write_text("query Customers { viewer { name } }")
    with pytest.raises(ValueError, match="ends in Query"):
        documents(tmp_path)
