"""From a message to the bytes of an RFC 5322 file: pure, and closed to anybody who tries to slip in headers of their own."""

import re
from datetime import datetime
from email.errors import HeaderParseError, NonASCIILocalPartDefect
from email.headerregistry import Address, Group
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from hub.plugins import AddressRejectedError, DeliveryError, OutgoingMessage

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


def build_letter(message: OutgoingMessage, *, now: datetime) -> bytes:
    """The message as a file, dated `now` (an aware instant), with lines that end in CR LF.

    Raises AddressRejectedError when the recipient is not exactly one address, DeliveryError when sender, subject or message id
    cannot stand in a header.
    """
    if not _MESSAGE_ID.fullmatch(message.message_id):
        reason = "the message id must be of the form <left@right>"
        raise DeliveryError(reason)
    if _CONTROL.search(message.subject):
        reason = "the subject holds a line break or another control character"
        raise DeliveryError(reason)
    recipient = _address(message.recipient)
    if recipient is None:
        reason = "the recipient is not one e-mail address"
        raise AddressRejectedError(reason)
    sender = _address(message.sender)
    if sender is None:
        reason = "the sender is not one e-mail address"
        raise DeliveryError(reason)
    return _render(message, sender, recipient, now=now)


def _render(message: OutgoingMessage, sender: Address, recipient: Address, *, now: datetime) -> bytes:
    is_ascii = (sender.addr_spec + recipient.addr_spec).isascii()
    letter = EmailMessage(policy=SMTP if is_ascii else SMTPUTF8)
    letter["Message-ID"] = message.message_id
    letter["Date"] = format_datetime(now)
    letter["From"] = sender
    letter["To"] = recipient
    letter["Subject"] = message.subject
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text)
    if message.html is not None:
        letter.add_alternative(message.html, subtype="html")
    return letter.as_bytes()


def _address(text: str) -> Address | None:
    """The one address of a text such as `Ann <ann@example.com>`; None for none, several, a group, or one with control characters."""
    if _CONTROL.search(text):
        return None
    try:
        header = SMTPUTF8.header_factory("To", text)
        groups: tuple[Group, ...] = header.groups
    except (HeaderParseError, ValueError, IndexError):  # the parser of the standard library fails in each of these ways on odd input
        return None
    has_defect = any(not isinstance(defect, NonASCIILocalPartDefect) for defect in header.defects)
    if has_defect or len(groups) != 1 or groups[0].display_name is not None or len(groups[0].addresses) != 1:
        return None
    address = groups[0].addresses[0]
    return address if address.username and address.domain else None
