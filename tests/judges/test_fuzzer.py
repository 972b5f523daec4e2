"""When schemathesis finds for us, and when not."""

from collections.abc import Mapping

import pytest
from graphql import build_schema

from judges.fuzzer import cases_of_each, verdict_of
from judges.verdict import Verdict

SAID = Verdict("schemathesis AUDITOR", is_good=True, summary="")


def test_every_root_field_has_its_share_of_the_cases_rounded_up() -> None:
    assert cases_of_each(build_schema("type Query { a: Int b: Int } type Mutation { c: Int }"), 10) == 4


def test_cases_that_were_answered_or_refused_in_words_are_good() -> None:
    verdict = verdict_of({"cases": 12, "answered": 5, "refused BAD_USER_INPUT": 4, "refused FORBIDDEN": 3, "status 200": 12}, SAID, cases=10)
    assert (verdict.is_good, verdict.summary) == (True, "12 cases: 5 answered, 7 refused, 0 internal errors")


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({"cases": 12, "answered": 11, "internal": 1}, id="an internal error"),
        pytest.param({"cases": 9, "answered": 9}, id="fewer cases than asked for"),
        pytest.param({"cases": 12, "answered": 3, "status 401": 9}, id="a token that stopped being valid"),
        pytest.param({"cases": 12, "answered": 0, "refused BAD_USER_INPUT": 12}, id="nothing was answered"),
        pytest.param({}, id="nothing was sent"),
    ],
)
def test_what_is_not_good(counts: Mapping[str, int]) -> None:
    assert not verdict_of(counts, SAID, cases=10).is_good


def test_what_the_program_finds_against_us_is_not_good() -> None:
    assert not verdict_of({"cases": 12, "answered": 12}, Verdict("x", is_good=False, summary=""), cases=10).is_good
