"""A mapping that somebody sends: checked as any other, and kept from keeping this process busy."""

import pytest

from connectors.files.mapping_file import MappingError, parse_sent_mapping

PART = """[[parts]]
record = "customer"
fields = { external_id = "Customer", name = "Name" }
"""


def test_it_is_read_as_any_other() -> None:
    assert parse_sent_mapping(PART, file_name="open.toml").name == "open"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a" + ".a" * 20_000 + " = 1", "more than 100 dots", id="deep key"),
        pytest.param("#" * 70_000, "at most 64,000", id="long"),
        pytest.param("[order]\nname_pattern = '(?P<sequence>(a|a)*)b'\n" + PART, "no pattern for names", id="pattern"),
    ],
)
def test_what_would_keep_this_process_busy_is_refused(text: str, reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        parse_sent_mapping(text, file_name="open.toml")


def test_of_very_many_problems_the_first_are_told() -> None:
    unknown = "".join(f"key{number} = 1\n" for number in range(5_000))
    with pytest.raises(MappingError) as caught:
        parse_sent_mapping(unknown + PART, file_name="open.toml")
    assert len(caught.value.problems) == 51
    assert "mend these first" in caught.value.problems[-1]
