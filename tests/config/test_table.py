"""A table is read by the keys that are listed for it, and by no others."""

import pytest

from hub.config.keys import HUB
from hub.config.places import SettingsPlaces
from hub.config.problems import Problems, nearest
from hub.config.table import Table


def test_reading_a_key_that_is_not_listed_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError, match="colour"):
        Table({}, HUB, path=(), problems=Problems(SettingsPlaces())).text("colour")


@pytest.mark.parametrize(
    ("known", "otherwise", "expected"),
    [
        (["port", "host"], None, "did you mean 'port'?"),
        (["zzz", "aaa"], None, "known: aaa, zzz"),
        (["zzz"], "use a port", "use a port"),
        ([], None, "known: none"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest_or_with_what_there_is(known: list[str], otherwise: str | None, expected: str) -> None:
    assert nearest("prt", known, otherwise=otherwise) == expected
