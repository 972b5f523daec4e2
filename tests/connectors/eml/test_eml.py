"""Mail becomes one complete file for each message id, and nobody slips in a header."""

import stat
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.eml.channel import EmlChannel
from connectors.eml.letter import build_letter
from hub.clock import FixedClock
from hub.config import PluginSettings
from hub.errors import PluginLoadError
from hub.plugins import AddressRejectedError, ChannelKind, DeliveryError, OutgoingMessage, TransientDeliveryError
from tests.plugins.samples import load

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PLUGIN = "connectors.eml.plugin"
INJECTIONS = ["\r\nBcc: thief@example.com", "\nBcc: thief@example.com", "\r\n\r\nbody", "\x00", "\x0b", "\x85Bcc: x@example.com", "\u2028Bcc: x@example.com"]


def make_message(
    *,
    message_id: str = "<1@dunwell.example>",
    sender: str = "Accounts <accounts@example.com>",
    recipient: str = "ann@example.com",
    subject: str = "Invoice 17",
    html: str | None = None,
) -> OutgoingMessage:
    return OutgoingMessage(message_id=message_id, sender=sender, recipient=recipient, subject=subject, text="Please pay.\n", html=html)


def parse(content: bytes) -> EmailMessage:
    found = BytesParser(policy=default).parsebytes(content)
    assert isinstance(found, EmailMessage)
    return found


def letter(message: OutgoingMessage) -> EmailMessage:
    return parse(build_letter(message, now=NOW))


@pytest.fixture
def channel(tmp_path: Path) -> EmlChannel:
    return EmlChannel(tmp_path / "outbox", FixedClock(NOW))


class TestLetter:
    def test_a_letter_has_the_headers_of_an_automatic_message(self) -> None:
        found = letter(make_message())
        assert {name: str(value) for name, value in found.items() if not name.startswith(("Content", "MIME"))} == {
            "Message-ID": "<1@dunwell.example>",
            "Date": "Sun, 01 Mar 2026 12:30:00 +0000",
            "From": "Accounts <accounts@example.com>",
            "To": "ann@example.com",
            "Subject": "Invoice 17",
            "Auto-Submitted": "auto-generated",
        }

    def test_every_line_ends_as_the_standard_says(self) -> None:
        content = build_letter(make_message(html="<p>Please pay.</p>"), now=NOW)
        assert content.count(b"\n") == content.count(b"\r\n")

    def test_text_and_html_are_two_ways_to_say_the_same(self) -> None:
        found = letter(make_message(html="<p>Bitte zählen</p>"))
        assert found.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]

    def test_other_scripts_survive(self) -> None:
        found = letter(make_message(subject="Rechnung für März – 請求書", recipient="Jürgen Müller <jm@example.com>"))
        assert found["Subject"] == "Rechnung für März – 請求書"
        assert found["To"].addresses[0].display_name == "Jürgen Müller"

    def test_an_address_in_another_script_survives(self) -> None:
        assert "\r\nTo: jürgen@example.com\r\n".encode() in build_letter(make_message(recipient="jürgen@example.com"), now=NOW)

    def test_a_long_message_id_stays_whole(self) -> None:
        message_id = f"<{'a' * 200}@dunwell.example>"
        assert message_id.encode() in build_letter(make_message(message_id=message_id), now=NOW)

    @pytest.mark.parametrize("injection", INJECTIONS)
    @pytest.mark.parametrize(
        ("part", "error"),
        [
            ("recipient", AddressRejectedError),
            ("sender", DeliveryError),
            ("subject", DeliveryError),
            ("message_id", DeliveryError),
        ],
    )
    def test_a_header_cannot_be_slipped_in(self, part: str, error: type[DeliveryError], *, injection: str) -> None:
        good = make_message()
        spoilt = replace(good, **{part: f"{getattr(good, part)}{injection}"})
        with pytest.raises(error):
            build_letter(spoilt, now=NOW)

    @pytest.mark.parametrize("injection", INJECTIONS)
    def test_a_header_cannot_be_slipped_in_by_a_name(self, injection: str) -> None:
        with pytest.raises(AddressRejectedError):
            build_letter(make_message(recipient=f'"Ann{injection}" <ann@example.com>'), now=NOW)

    @given(subject=st.text(max_size=80), name=st.text(max_size=30))
    def test_no_text_adds_a_header_or_another_recipient(self, subject: str, name: str) -> None:
        try:
            found = letter(make_message(subject=subject, recipient=f'"{name}" <ann@example.com>'))
        except DeliveryError:
            return
        assert len(found.keys()) == 9
        assert [address.addr_spec for address in found["To"].addresses] == ["ann@example.com"]

    @pytest.mark.parametrize(
        "recipient",
        ["", "ann", "ann@", "@example.com", "a@example.com, b@example.com", "a@b@c", "team: a@example.com;", "a b@example.com"],
    )
    def test_what_is_not_one_address_is_rejected_as_an_address(self, recipient: str) -> None:
        with pytest.raises(AddressRejectedError):
            build_letter(make_message(recipient=recipient), now=NOW)

    @pytest.mark.parametrize("message_id", ["", "1@dunwell.example", "<1>", "<a b@c>", "<a@b> <c@d>", "<é@b>"])
    def test_a_message_id_that_is_none_is_refused(self, message_id: str) -> None:
        with pytest.raises(DeliveryError, match="message id"):
            build_letter(make_message(message_id=message_id), now=NOW)

    def test_a_refusal_does_not_show_the_address(self) -> None:
        with pytest.raises(AddressRejectedError) as caught:
            build_letter(make_message(recipient="secret person"), now=NOW)
        assert "secret" not in str(caught.value)


class TestChannel:
    async def test_a_message_becomes_one_file_for_its_owner_only(self, channel: EmlChannel) -> None:
        name = await channel.deliver(make_message())
        (path,) = channel.folder.iterdir()
        assert path.name == name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert parse(path.read_bytes())["Subject"] == "Invoice 17"

    async def test_a_message_id_is_never_written_twice(self, channel: EmlChannel) -> None:
        first = await channel.deliver(make_message())
        before = {path.name: path.read_bytes() for path in channel.folder.iterdir()}
        assert await channel.deliver(make_message(subject="Another")) == first
        assert {path.name: path.read_bytes() for path in channel.folder.iterdir()} == before

    async def test_two_at_once_with_one_message_id_leave_one_whole_file(self, channel: EmlChannel) -> None:
        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(channel.deliver, make_message(subject=f"Try {number}"))
        (path,) = channel.folder.iterdir()
        assert parse(path.read_bytes())["Subject"].startswith("Try ")

    async def test_two_message_ids_are_two_files(self, channel: EmlChannel) -> None:
        for message_id in ("<1@a>", "<2@a>", "<../../1@a>"):
            await channel.deliver(make_message(message_id=message_id))
        assert len(list(channel.folder.iterdir())) == 3

    async def test_a_folder_that_cannot_be_written_is_a_passing_fault(self, tmp_path: Path) -> None:
        (tmp_path / "outbox").write_text("not a folder")
        with pytest.raises(TransientDeliveryError):
            await EmlChannel(tmp_path / "outbox", FixedClock(NOW)).deliver(make_message())

    async def test_what_cannot_be_mailed_leaves_nothing_behind(self, channel: EmlChannel) -> None:
        with pytest.raises(AddressRejectedError):
            await channel.deliver(make_message(recipient="nobody"))
        assert not channel.folder.exists()


class TestPlugin:
    def test_mail_goes_below_the_folder_for_data_unless_the_settings_say_otherwise(self, tmp_path: Path) -> None:
        plain = load(tmp_path, built_in=[PLUGIN]).channels["eml"]
        chosen = load(tmp_path, plugins=[PluginSettings(PLUGIN, options={"folder": "mail"})], built_in=[PLUGIN]).channels["eml"]
        assert isinstance(plain, EmlChannel)
        assert isinstance(chosen, EmlChannel)
        assert (plain.folder, chosen.folder) == (tmp_path / "var" / "outbox", tmp_path / "mail")
        assert plain.kind is ChannelKind.EMAIL

    @pytest.mark.parametrize("folder", [1, "", " "])
    def test_a_folder_that_is_no_path_stops_the_start(self, tmp_path: Path, folder: object) -> None:
        with pytest.raises(PluginLoadError, match="folder must be a path"):
            load(tmp_path, plugins=[PluginSettings(PLUGIN, options={"folder": folder})], built_in=[PLUGIN])
