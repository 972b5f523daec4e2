import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.http.strict_json import StrictJsonError, parse_strict, refuse_unstorable

TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


def parse(text: str) -> object:
    return parse_strict(text, depth=50, number_length=100)


@given(VALUES, st.booleans())
def test_good_json_is_read_as_the_standard_library_reads_it(value: object, ascii_only: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    assert parse(json.dumps(value, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 60 + '"' + '\\"' * 200_000, "nested deeper"),
        ("[" * 60 + '"' + '\\"' * 200_000 + "\\", "nested deeper"),
        ("[" * 60 + '"' * 200_001, "nested deeper"),
        ("{" + ",".join(f'"{number}": 1' for number in range(50_000)) + ', "49999": 1}', "'49999' appears twice"),
    ],
    ids=["a text without an end", "one that ends in a backslash", "quotes", "many keys of which one is there twice"],
)
def test_no_text_keeps_the_reader_busy(text: str, reason: str) -> None:
    with pytest.raises(StrictJsonError, match=reason):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except StrictJsonError:
        return
    json.loads(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"a": 1,}', "not JSON"),
        ("{'a': 1}", "not JSON"),
        ('{"a": 1} {"b": 2}', "not JSON"),
        ('\ufeff{"a": 1}', "not JSON"),
        ('{"a": "\x00"}', "not JSON"),
        ('{"a": NaN}', "NaN"),
        ('{"a": Infinity}', "Infinity"),
        ('{"a": -Infinity}', "-Infinity"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 20_000 + "}", "20000 characters"),
        ('{"a": 0.' + "9" * 20_000 + "}", "20002 characters"),
        ('{"a": 1, "b": 2, "a": 3}', "'a' appears twice"),
        ('{"v": {"a": 1, "\\u0061": 3}}', "'a' appears twice"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"\\u0000": 1}', "NUL"),
        ('{"a": ["\\ud800"]}', "surrogate"),
        ('{"a": {"\\udfff": 1}}', "surrogate"),
        ('"' + "[" * 60 + '" ]' + "[" * 60, "deeper"),
    ],
)
def test_bad_json_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(StrictJsonError, match=reason):
        parse(text)


@pytest.mark.parametrize("text", ["[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000, '[{"":' * 5_000])
def test_deep_nesting_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(StrictJsonError, match="deeper than 50"):
        parse(text)


def test_fifty_levels_are_let_through_and_one_more_is_not() -> None:
    parse("[" * 50 + "]" * 50)
    with pytest.raises(StrictJsonError):
        parse("[" * 51 + "]" * 51)


def test_brackets_in_texts_do_not_nest() -> None:
    value = ["[" * 100, '"\\' + "{" * 100]
    assert parse(json.dumps(value)) == value


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert parse('"\\ud83c\\udfc3"') == "🏃"


def test_an_escaped_backslash_before_u_is_no_escape() -> None:
    assert parse('"\\\\u0000"') == "\\u0000"


@given(VALUES)
def test_storable_values_are_let_through(value: object) -> None:
    refuse_unstorable(value)
