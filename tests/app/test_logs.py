import io
import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import structlog

from hub.app import configure_logging
from hub.app.redaction import redact, redact_text

TOKEN = "dun_" + "Ab-_9" * 8


@pytest.fixture
def written() -> Generator[io.StringIO]:
    """Logging configured onto a text, and put back at the end."""
    root = logging.getLogger()
    handlers, level, known = root.handlers, root.level, structlog.get_config()
    stream = io.StringIO()
    configure_logging(stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.configure(**known)


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_entry_is_one_line_of_json(written: io.StringIO) -> None:
    structlog.get_logger("here").info("something happened", count=3)
    [entry] = entries(written)
    assert entry | {"timestamp": ""} == {"event": "something happened", "count": 3, "level": "info", "logger": "here", "timestamp": ""}
    assert entry["timestamp"].endswith("Z")


def test_entries_of_other_libraries_take_the_same_way(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("got %s", f"Bearer {TOKEN}")
    [entry] = entries(written)
    assert (entry["event"], entry["logger"], entry["level"]) == ("got Bearer ***", "uvicorn.error", "warning")


def test_no_secret_is_written_wherever_it_stands(written: io.StringIO) -> None:
    log = structlog.get_logger("here")
    error = RuntimeError(f"refused {TOKEN} at https://ada:hunter2@example.com/")
    log.error("request with %s", TOKEN, exc_info=error, authorization=TOKEN, nested={"list": [TOKEN], "password": "hunter2"}, api_key="hunter2")
    assert TOKEN not in written.getvalue()
    assert "hunter2" not in written.getvalue()
    assert "RuntimeError" in entries(written)[0]["exception"]


def test_a_long_text_keeps_its_ends(written: io.StringIO) -> None:
    structlog.get_logger("here").info("start" + "x" * 100_000 + "end")
    [entry] = entries(written)
    assert entry["event"].startswith("startx")
    assert entry["event"].endswith("xend")
    assert len(entry["event"]) < 8_100


def test_debug_entries_are_left_out(written: io.StringIO) -> None:
    structlog.get_logger("here").debug("detail")
    assert written.getvalue() == ""


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"token {TOKEN}, then", "token dun_***, then"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("authorization=basic YTpi", "authorization=basic ***"),
        ("postgresql+psycopg://ada:hunter2@db/x", "postgresql+psycopg://ada:***@db/x"),
        ("postgresql://ada@db/x", "postgresql://ada@db/x"),
        ("https://example.com:443/a@b", "https://example.com:443/a@b"),
        ("nothing secret", "nothing secret"),
    ],
)
def test_a_text_loses_its_secrets_and_nothing_else(text: str, redacted: str) -> None:
    assert redact_text(text) == redacted


@pytest.mark.parametrize(
    ("key", "is_hidden"),
    [
        ("token", True),
        ("refresh_token", True),
        ("Authorization", True),
        ("client_secret", True),
        ("apiKey", True),
        ("tokens", False),
        ("token_id", False),
        ("name", False),
    ],
)
def test_a_telling_key_hides_its_value(key: str, is_hidden: bool) -> None:  # noqa: FBT001 - a column of the table
    assert redact({key: "value"}) == {key: "***" if is_hidden else "value"}


def test_numbers_and_nothing_stay_as_they_are() -> None:
    assert redact({"password": None, "secret_count": 3, "is_secret": True}) == {"password": None, "secret_count": 3, "is_secret": True}
