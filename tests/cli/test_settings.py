"""What every command says when the settings cannot be used: file, line and key, and what to do."""

import pytest

from tests.console import SETTINGS, Console

COMMANDS = [
    ("run", "--no-serve"),
    ("serve",),
    ("import", "books.csv", "--mapping", "open-invoices"),
    ("receivables", "--json"),
    ("plugins", "--json"),
    ("schema",),
    ("token", "list", "--json"),
    ("rejected", "list", "--json"),
    ("db", "upgrade"),
    ("doctor", "--json"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_names_file_line_and_key(console: Console, command: tuple[str, ...]) -> None:
    console.write("plugins.toml", SETTINGS + "ageing_bukets = []\n")
    answer = console.run(*command)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "plugins.toml line 6, workspace.ageing_bukets: unknown key; did you mean 'ageing_buckets'?\n"


def test_everything_that_is_wrong_is_told_at_once(console: Console) -> None:
    console.write("plugins.toml", SETTINGS.replace("EUR", "XYZ").replace("UTC", "Berlin") + "[hub]\nport = 99999\n")
    answer = console.run("receivables")
    assert answer.code == 3
    assert [line.partition(":")[0] for line in answer.err.splitlines()] == [
        "plugins.toml line 4, workspace.base_currency",
        "plugins.toml line 5, workspace.time_zone",
        "plugins.toml line 7, hub.port",
    ]


def test_a_settings_file_that_is_not_there_is_named_with_the_remedy(console: Console) -> None:
    answer = console.run("receivables", "--settings", "elsewhere.toml")
    path = console.folder / "elsewhere.toml"
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == f"there is no settings file {path}: start in the folder that has it, or name it in DUNWELL_SETTINGS\n"


def test_the_environment_names_the_settings_file_too(console: Console) -> None:
    other = console.write("other/settings.toml", SETTINGS.replace("EUR", "USD"))
    assert console.run("receivables", "--json", DUNWELL_SETTINGS=str(other)).succeeded().document["currency"] == "USD"


def test_an_unknown_variable_of_ours_is_told(console: Console) -> None:
    answer = console.run("receivables", DUNWELL_DATABSE_URL="x")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "environment variable DUNWELL_DATABSE_URL: is not known; did you mean 'DUNWELL_DATABASE_URL'?\n"


def test_a_connection_whose_mapping_is_wrong_is_told_with_its_line(console: Console) -> None:
    declared = '[connections.books]\nconnector = "files"\nkind = "FILES"\noptions = { path = "in", mapping = "books.toml" }\n'
    console.write("plugins.toml", SETTINGS + declared)
    answer = console.run("run", "--no-serve")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith(f"plugins.toml line 9, connections.books.options: there is no mapping {console.folder / 'books.toml'}")


def test_a_missing_secret_is_named_with_its_variable(console: Console) -> None:
    declared = '[connections.books]\nconnector = "files"\nkind = "FILES"\nsecrets = { token = "BOOKS_TOKEN" }\n'
    console.write("plugins.toml", SETTINGS + declared)
    answer = console.run("run", "--no-serve")
    assert (answer.code, answer.out) == (3, "")
    assert "plugins.toml line 9, connections.books.secrets.token: the environment variable BOOKS_TOKEN is not set" in answer.err
