"""What is printed: fit for a terminal of 80 columns, whole in a file, harmless whatever the data hold, and quiet when nobody reads on."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.console import Console

COLUMNS = 80
SEVERAL = """
import sys
from hub.cli.main import app
for command in sys.argv[1:]:
    app(command.split(), standalone_mode=False)
"""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
LONG = "Gesellschaft für Getränke und Verpackungen Nord mit beschränkter Haftung"


def on_a_terminal(console: Console, *commands: str) -> list[str]:
    """The lines that commands print on a terminal of 80 columns, one process for all of them."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    environment = os.environ | console.environment({"TERM": "xterm"})
    process = subprocess.Popen([sys.executable, "-c", SEVERAL, *commands], cwd=console.folder, env=environment, stdout=theirs, stderr=theirs)  # noqa: S603
    os.close(theirs)
    text = b""
    while chunk := _read(ours):
        text += chunk
    os.close(ours)
    assert process.wait() == 0, text.decode()
    return ESCAPES.sub("", text.decode()).replace("\r\n", "\n").splitlines()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other side has closed
        return b""


@pytest.fixture
def books(console: Console) -> Console:
    """A customer with a long name and large amounts."""
    console.write(
        "books.csv",
        f"Invoice number,Customer number,Customer name,Invoice date,Due date,Currency,Amount,Open amount\n1,C1,{LONG},2026-01-02,2026-02-02,,228509485.79,\n",
    )
    return console


class TestOnATerminal:
    def test_nothing_is_wider_than_80_columns(self, books: Console) -> None:
        lines = on_a_terminal(
            books,
            f"import {books.folder / 'books.csv'} --mapping open-invoices --preview",
            f"import {books.folder / 'books.csv'} --mapping open-invoices",
            "receivables",
            "plugins",
            "doctor",
            "token list",
            "rejected list",
        )
        [row] = [line for line in lines if line.startswith("Gesell")]
        assert row.split()[-6:] == ["228,509,485.79", "228,509,485.79", "1", "1", "0.00", "0.00"]
        assert [line for line in lines if len(line.rpartition("\r")[2].rstrip()) > COLUMNS] == []
        assert any(" 2/2 " in line for line in lines), "the progress bar ends full"


class TestInAFile:
    def test_names_are_whole(self, books: Console) -> None:
        books.run("import", "books.csv", "--mapping", "open-invoices").succeeded()
        assert LONG in books.run("receivables").succeeded().out

    def test_no_colours_and_no_progress_are_written(self, books: Console) -> None:
        answer = books.run("import", "books.csv", "--mapping", "open-invoices").succeeded()
        assert "\x1b" not in answer.out + answer.err
        assert answer.err == ""


class TestWhatDataHold:
    @pytest.mark.parametrize("name", ["[red]Ada[/red]", "[/]", ":warning:", "Ada\x1b[2JBo", "Ada\x9b2JBo", "Ada\\"])
    def test_is_shown_as_it_is_or_made_harmless(self, books: Console, name: str) -> None:
        books.write("books.csv", (books.folder / "books.csv").read_text().replace(LONG, name))
        books.run("import", "books.csv", "--mapping", "open-invoices").succeeded()
        shown = books.run("receivables").succeeded().out
        assert re.sub(r"[\x1b\x9b]", "\ufffd", name) in shown
        assert not re.search(r"[\x1b\x9b]", shown)

    def test_in_an_error_steers_no_terminal_either(self, books: Console) -> None:
        answer = books.run("import", "books.csv", "--mapping", "\x1b[2J")
        assert answer.code == 2
        assert "\x1b" not in answer.err


class TestAReaderThatLeaves:
    def test_is_no_error_to_tell_of(self, books: Console) -> None:
        books.run("import", "books.csv", "--mapping", "open-invoices").succeeded()
        process = books.start("receivables", "--json")
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        process.stderr.close()
        process.wait()


def test_the_console_script_is_installed() -> None:
    assert (Path(sys.executable).parent / "dunwell").is_file()
