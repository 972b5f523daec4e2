"""Every key of a TOML file is found on its line, whatever the spelling."""

import string
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config.places import KeyPath, SettingsPlaces, dotted, locate_keys

TEXT = """\
# a comment with [brackets] and = signs
title = "first"

[workspace]   # trailing
name = 'x = y' # [no.table]
authority.invoices = ["a", "b"]
"quoted key"."with.dot" = 1

[[plugins]]
module = "one"
[plugins.options]
text = \"\"\"
[not.a.table]
key = "no key"
\"\"\"
after = 2

[[plugins]]
module = 'two'
options = { list = [
  1, # one
  { deep = true },
], path = 'C:\\' }

[connections.erp.options]
day = 2026-01-31 12:00:00
long = '''it''s'''''
[connections]
other = { connector = "files" }
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("workspace",), 4),
        (("workspace", "name"), 5),
        (("workspace", "authority"), 6),
        (("workspace", "authority", "invoices", 1), 6),
        (("workspace", "quoted key", "with.dot"), 7),
        (("plugins",), 9),
        (("plugins", 0), 9),
        (("plugins", 0, "module"), 10),
        (("plugins", 0, "options", "text"), 12),
        (("plugins", 0, "options", "after"), 16),
        (("plugins", 1, "module"), 19),
        (("plugins", 1, "options", "list", 0), 21),
        (("plugins", 1, "options", "list", 1, "deep"), 22),
        (("plugins", 1, "options", "path"), 23),
        (("connections", "erp", "options", "day"), 26),
        (("connections", "erp", "options", "long"), 27),
        (("connections", "other", "connector"), 29),
    ],
    ids=str,
)
def test_a_key_is_found_on_its_line(path: KeyPath, line: int) -> None:
    assert locate_keys(TEXT)[path] == line


def test_what_stands_in_a_text_is_no_key() -> None:
    assert ("not", "a", "table") not in locate_keys(TEXT)
    assert paths(tomllib.loads(TEXT)) == set(locate_keys(TEXT))


@pytest.mark.parametrize("text", ["", "# only a comment", "\n\n", "a=1", "a = 1 # end", "\r\n[t]\r\nk = 1\r\n", "a = ''''''", 'a = """\\"""" # x\nb = 1'])
def test_odd_files_are_read_to_their_end(text: str) -> None:
    assert set(locate_keys(text)) == paths(tomllib.loads(text))


KEYS = st.text(alphabet=string.ascii_letters + "-_ .é#[]", min_size=1, max_size=6)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.text(alphabet=string.printable + "é", max_size=12).map(lambda text: text.replace("\r", "")))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=8)


@given(document=st.dictionaries(KEYS, VALUES, max_size=5), is_spread=st.booleans())
def test_exactly_the_keys_of_the_parser_are_found(document: dict[str, Any], *, is_spread: bool) -> None:
    text = "".join(f"# comment = [\n{quoted(key)} = {written(value, is_spread=is_spread)} # after\n\n" for key, value in document.items())
    lines = locate_keys(text)
    assert set(lines) == paths(tomllib.loads(text))
    for path, line in lines.items():
        key = next(part for part in reversed(path) if isinstance(part, str))
        if path[-1] == key:
            assert quoted(key) in text.split("\n")[line - 1]


def quoted(key: str) -> str:
    return '"' + key + '"'


def written(value: object, *, is_spread: bool) -> str:
    """A value as TOML; texts over several lines and lists with comments where it is spread."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            escaped = "".join(character if character.isalnum() or character in " '#[]{}=,." else f"\\u{ord(character):04x}" for character in value)
            return f'"""\n{escaped}\n"""' if is_spread else f'"{escaped}"'
        case list():
            separator = ", # [\n" if is_spread else ", "
            return f"[{separator.join(written(item, is_spread=is_spread) for item in cast(list[object], value))}]"
        case dict():
            items = cast(dict[str, object], value).items()
            return "{" + ", ".join(f"{quoted(key)} = {written(item, is_spread=is_spread)}" for key, item in items) + "}"
        case _:
            return str(value)


def paths(value: object, path: KeyPath = ()) -> set[KeyPath]:
    found: set[KeyPath] = {path} if path else set()
    match value:
        case dict():
            for key, item in cast(dict[str, object], value).items():
                found |= paths(item, (*path, key))
        case list():
            for number, item in enumerate(cast(list[object], value)):
                found |= paths(item, (*path, number))
        case _:
            pass
    return found


def test_a_place_names_file_line_and_key() -> None:
    places = SettingsPlaces(Path("/etc/dunwell/plugins.toml"), locate_keys(TEXT))
    assert places.of("plugins", 1, "module") == "plugins.toml line 19, plugins[2].module"


def test_a_key_that_is_not_written_stands_where_its_table_stands() -> None:
    places = SettingsPlaces(Path("plugins.toml"), locate_keys(TEXT))
    assert places.line(("workspace", "base_currency")) == 4
    assert places.line(("nowhere",)) is None


def test_settings_without_a_file_still_name_the_key() -> None:
    assert SettingsPlaces().of("workspace", "name") == "settings, workspace.name"


def test_a_path_is_written_as_in_toml_and_counted_from_one() -> None:
    assert dotted(("a", 0, "b", 1)) == "a[1].b[2]"
