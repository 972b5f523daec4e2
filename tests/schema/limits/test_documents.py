"""Every limit lets its number through and refuses one more, with a code; good documents are kept, within bounds."""

import pytest
from graphql import DocumentNode, get_introspection_query

from schema.errors import ErrorCode
from schema.limits.documents import Documents
from schema.limits.numbers import LIMITS, Limits
from schema.limits.refusal import OperationRefusedError
from tests.schema.tiny import build_tiny_schema

SCHEMA = build_tiny_schema().core


def documents(limits: Limits = LIMITS) -> Documents:
    return Documents(SCHEMA, limits)


def refused_code(text: str) -> str | None:
    """The code with which a document is refused; None when it is good."""
    try:
        documents().get(text)
    except OperationRefusedError as error:
        [code] = {(found.extensions or {})["code"] for found in error.errors}
        return code
    return None


def nested(levels: int) -> str:
    """`levels` levels of fields."""
    assert levels % 2 == 0
    return "{ items { nodes { " + "parent { " * (levels - 3) + "id" + " }" * (levels - 3) + " } } }"


AT_THE_LIMIT = {
    "tokens": ("{ nodes(ids: [" + '"1" ' * 988 + "]) { id } }", "{ nodes(ids: [" + '"1" ' * 989 + "]) { id } }"),
    "operations": ("".join(f"query Q{n} {{ hello }}" for n in range(10)), "".join(f"query Q{n} {{ hello }}" for n in range(11))),
    "directives": ("{" + "hello @include(if: true) " * 50 + "}", "{" + "hello @include(if: true) " * 51 + "}"),
    "depth": (nested(10), nested(12)),
    "aliases": ("{" + " ".join(f"a{n}: hello" for n in range(15)) + "}", "{" + " ".join(f"a{n}: hello" for n in range(16)) + "}"),
    "aliases through fragments": (
        "{ ...A ...A ...A ...A ...A } fragment A on Query { a: hello b: hello c: hello }",
        "{ ...A ...A ...A ...A ...A ...A } fragment A on Query { a: hello b: hello c: hello }",
    ),
    "aliases through fragments of fragments": (
        "{ ...A ...A } fragment A on Query { ...B ...B } fragment B on Query { a: hello b: hello c: hello }",
        "{ ...A ...A } fragment A on Query { ...B ...B ...B } fragment B on Query { a: hello b: hello c: hello }",
    ),
}


@pytest.mark.parametrize(("good", "bad"), AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_the_limit_itself_is_let_through_and_one_more_is_not(good: str, bad: str) -> None:
    assert refused_code(good) is None
    assert refused_code(bad) == ErrorCode.OPERATION_TOO_COMPLEX


ATTACKS = {
    "1,000 aliases": "{" + " ".join(f"a{n}: hello" for n in range(1_000)) + "}",
    "aliases through fragments, 14 to the third": "{"
    + "...A " * 14
    + "} fragment A on Query {"
    + "...B " * 14
    + "} fragment B on Query {"
    + "x: hello " * 14
    + "}",
    "unknown directives": "{ hello " + "@nonsense " * 5_000 + "}",
    "depth 3,000": "{ items { nodes { " + "parent { " * 3_000 + "id" + " }" * 3_003,
    "nested lists": "{ hello(name: " + "[" * 5_000 + "]" * 5_000 + ") }",
    "nested types of a variable": "query($v: " + "[" * 400 + "Int" + "]" * 400 + ") { hello }",
    "comments": "#\n" * 49_000 + "{ hello }",
    "depth through fragments": "{ items { nodes { ...F0 } } }"
    + " ".join(f"fragment F{n} on Item {{ parent {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(60))
    + "fragment F60 on Item { id }",
    "a fragment chain too long to validate": "{ items { nodes { ...F0 } } }" + " ".join(f"fragment F{n} on Item {{ ...F{n + 1} }}" for n in range(300)),
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_refused_as_too_complex(text: str) -> None:
    assert refused_code(text) == ErrorCode.OPERATION_TOO_COMPLEX


@pytest.mark.parametrize(
    "text",
    [
        "{ items { nodes { ...A } } } fragment A on Item { ...B } fragment B on Item { ...A }",
        "{" + " ".join(f"unknown{n}" for n in range(900)) + "}",
        "{ __schema { types {" + "fields { type {" * 8 + "name" + "} }" * 8 + "} } }",
        '{ hello(name: "a\\u0000b") }',
        '{ hello(name: "\\ud800") }',
        "{ hello @nonsense }",
        "{ count(to: 2147483648) }",
        "query { hello",
        "",
        "fragment A on Item { id }",
    ],
    ids=lambda text: text[:40],
)
def test_a_wrong_document_is_refused_as_bad_input(text: str) -> None:
    assert refused_code(text) == ErrorCode.BAD_USER_INPUT


def test_few_errors_are_told_however_many_there_are() -> None:
    with pytest.raises(OperationRefusedError) as caught:
        documents().get("{" + " ".join(f"unknown{n}" for n in range(900)) + "}")
    assert len(caught.value.errors) == 6


def test_an_error_names_its_place() -> None:
    with pytest.raises(OperationRefusedError) as caught:
        documents().get("{\n  hello\n  unknown\n}")
    [location] = caught.value.errors[0].locations or []
    assert (location.line, location.column) == (3, 3)


def test_the_introspection_query_of_tools_is_let_through() -> None:
    assert refused_code(get_introspection_query(input_value_deprecation=True, specified_by_url=True)) is None


@pytest.mark.parametrize(
    "text",
    [
        "{" + "hello " * 990 + "}",
        "{" + "items { nodes { id } } " * 120 + "}",
        "{ items { nodes { ...F0 } } }" + " ".join(f"fragment F{n} on Item {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60)) + "fragment F60 on Item { id }",
    ],
    ids=["one field 990 times", "one object 120 times", "a fragment 2 to the 60 times"],
)
@pytest.mark.timeout(20)
def test_a_document_made_to_be_slow_does_not_hang_validation(text: str) -> None:
    refused_code(text)


class TestCache:
    def test_a_good_document_is_checked_once(self) -> None:
        kept = documents()
        assert kept.get("{ hello }") is kept.get("{ hello }")

    def test_a_bad_document_is_not_kept(self) -> None:
        kept = documents()
        for number in range(100):
            with pytest.raises(OperationRefusedError):
                kept.get(f"{{ unknown{number} }}")
        assert kept.kept_bytes == 0

    def test_the_least_recently_used_documents_are_forgotten(self) -> None:
        kept = documents(Limits(document_cache_bytes=20_000))
        favourite = kept.get("{ hello }")
        first = kept.get("{ count }")
        others: list[DocumentNode] = []
        for number in range(50):
            others.append(kept.get(f"{{ count(to: {number}) }}"))
            assert kept.get("{ hello }") is favourite
            assert kept.kept_bytes <= 20_000
        assert kept.get("{ count }") is not first

    def test_a_document_larger_than_the_cache_is_answered_all_the_same(self) -> None:
        kept = documents(Limits(document_cache_bytes=100))
        assert kept.get("{ hello }").definitions
        assert kept.kept_bytes == 0
