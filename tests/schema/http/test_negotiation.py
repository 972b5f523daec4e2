import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.http.negotiation import GRAPHQL_RESPONSE, JSON, choose_media_type, parse_content_type


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json;q=0.5", JSON),
        ("application/graphql-response+json;q=0.1, */*", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/json;q=0, */*;q=0.1", GRAPHQL_RESPONSE),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("text/event-stream, application/json", JSON),
        ("application/json;q=abc, application/graphql-response+json;q=0.1", GRAPHQL_RESPONSE),
    ],
)
def test_the_wanted_media_type_is_chosen(accept: str, chosen: str) -> None:
    assert choose_media_type(accept) == chosen


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", "multipart/mixed", "application/json;q=0", "*/*;q=0", "image/*", "application/xml"])
def test_a_caller_who_takes_neither_is_not_served(accept: str) -> None:
    assert choose_media_type(accept) is None


@given(st.text())
def test_no_header_breaks_the_choice(accept: str) -> None:
    assert choose_media_type(accept) in {GRAPHQL_RESPONSE, JSON, None}


@given(st.lists(st.sampled_from([(GRAPHQL_RESPONSE, 9), (JSON, 9), (GRAPHQL_RESPONSE, 5), (JSON, 5), ("text/html", 9)]), min_size=1))
def test_the_order_of_a_header_makes_no_difference(ranges: list[tuple[str, int]]) -> None:
    written = [f"{media_type};q=0.{quality}" for media_type, quality in ranges]
    assert choose_media_type(",".join(written)) == choose_media_type(",".join(reversed(written)))


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("", ("", None)),
        ("application/json", ("application/json", None)),
        ("Application/JSON; Charset=UTF-8", ("application/json", "utf-8")),
        ('application/json;charset="utf-8"', ("application/json", "utf-8")),
        ("application/json; boundary=x; charset=latin-1", ("application/json", "latin-1")),
    ],
)
def test_a_content_type_is_taken_apart(header: str, parsed: tuple[str, str | None]) -> None:
    assert parse_content_type(header) == parsed
