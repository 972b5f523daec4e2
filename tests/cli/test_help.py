"""The help texts: every command and every option tells what it is for."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from hub.cli.main import app
from hub.cli.opening import MEANINGS, ExitCode
from tests.console import Console

ROOT = get_command(app)


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    """All commands with their paths, groups included."""
    assert isinstance(command, TyperCommand | TyperGroup)
    yield path, command
    if isinstance(command, TyperGroup):
        for name, found in command.commands.items():
            yield from commands(found, (*path, name))


ALL = dict(commands(ROOT))


def test_all_commands_are_there() -> None:
    wanted = "run serve worker jobs schedules sync import export receivables rules plugins schema doctor token db rejected sandbox connections".split()
    assert {path[0] for path in ALL if path} == set(wanted)


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "dunwell")
def test_help_tells_what_it_does_and_what_each_option_means(console: Console, path: tuple[str, ...]) -> None:
    answer = console.run(*path, "--help").succeeded()
    assert f"Usage: {' '.join(('dunwell', *path))}" in answer.out
    assert ALL[path].help
    assert [found.name for found in ALL[path].params if isinstance(found, TyperOption | TyperArgument) and not found.help] == []
    assert max(map(len, answer.out.splitlines())) <= 80


def test_no_command_at_all_shows_the_help(console: Console) -> None:
    answer = console.run()
    assert "Usage: dunwell" in answer.out + answer.err


def test_exit_codes_are_explained() -> None:
    assert MEANINGS.keys() == set(ExitCode)
    assert [code for code, meaning in MEANINGS.items() if f"{code.value} {meaning}" not in (ROOT.epilog or "")] == []


def test_an_unknown_command_is_told(console: Console) -> None:
    answer = console.run("recievables")
    assert (answer.code, answer.out) == (2, "")
    assert "No such command 'recievables'" in answer.err


def test_the_version_is_told(console: Console) -> None:
    assert console.run("--version").succeeded().out == "dunwell 0.1.0\n"


def test_ctrl_c_while_the_modules_are_read_ends_without_a_word() -> None:
    """The interrupt comes with the first module of the commands."""
    program = """
import builtins
real = builtins.__import__
def interrupted(name, *rest):
    if name.startswith("typer"):
        raise KeyboardInterrupt
    return real(name, *rest)
builtins.__import__ = interrupted
from hub.cli import main
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)  # noqa: S603 - our own program
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
