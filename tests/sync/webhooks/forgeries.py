"""Every way of forging a delivery that is tried: each makes one out of a genuine one that has never been taken."""

import base64
import gzip
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1, sha256, sha512

from tests.sync.webhooks.deliveries import HEADER, NOW, SECRETS, Delivery, signature, signed

Forge = Callable[[Delivery], Delivery]

SECRET = SECRETS["books"].encode()
INSTANT = str(int(NOW.timestamp())).encode()


def _header(change: Callable[[str], str]) -> Forge:
    """Change the signature's header."""
    return lambda genuine: replace(genuine, headers=[(name, change(value) if name == HEADER else value) for name, value in genuine.headers])


def _body(change: Callable[[bytes], bytes]) -> Forge:
    """Change the body and leave the signature."""
    return lambda genuine: replace(genuine, body=change(genuine.body))


def _digest(digest: Callable[[bytes], str]) -> Forge:
    """Sign the body otherwise."""
    return lambda genuine: replace(genuine, headers=[(HEADER, f"t={INSTANT.decode()},v1={digest(genuine.body)}")])


def _headers(*headers: Callable[[str], tuple[str, str]]) -> Forge:
    """Other headers, each made of the genuine value."""
    return lambda genuine: replace(genuine, headers=[make(genuine.headers[0][1]) for make in headers])


def _signed_at(offset: timedelta) -> Forge:
    return lambda genuine: signed(genuine.body, at=NOW + offset)


def _instant_as(text: str) -> Forge:
    """Say and sign another instant, with the right secret."""
    return lambda genuine: replace(genuine, headers=[(HEADER, f"t={text},v1={hmac.digest(SECRET, text.encode() + b'.' + genuine.body, sha256).hex()}")])


def _with_secret(secret: str) -> Forge:
    return lambda genuine: replace(genuine, headers=[(HEADER, signature(genuine.body, secret=secret))])


def _sent_to(connection: str) -> Forge:
    return lambda genuine: replace(genuine, connection=connection)


def _rewritten(body: bytes) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()


def _gzipped(genuine: Delivery) -> Delivery:
    return replace(genuine, headers=[*genuine.headers, ("content-encoding", "gzip")], body=gzip.compress(genuine.body))


def _v1(value: str) -> str:
    return value.partition("v1=")[2]


_OTHER = "0" * 64
_SIGNED = INSTANT + b"."

FORGERIES: dict[str, Forge] = {
    # the header
    "no header": _headers(),
    "empty header": _header(lambda _: ""),
    "header of another name": _headers(lambda value: ("x-signature", value)),
    "bearer token in its place": _headers(lambda value: ("authorization", f"Bearer {_v1(value)}")),
    "no instant": _header(lambda value: "v1=" + _v1(value)),
    "no signature": _header(lambda value: value.partition(",")[0]),
    "empty signature": _header(lambda value: value.partition("v1=")[0] + "v1="),
    "empty signature and a forged one": _header(lambda value: f"{value.partition('v1=')[0]}v1=,v1={_OTHER}"),
    "two instants, the signed one first": _header(lambda value: f"{value},t={INSTANT.decode()}0"),
    "two instants, the signed one last": _header(lambda value: f"t=1,{value}"),
    "header twice, the forged one first": _headers(lambda _: (HEADER, f"t={INSTANT.decode()},v1={_OTHER}"), lambda value: (HEADER, value)),
    "header twice, the genuine one first": _headers(lambda value: (HEADER, value), lambda _: (HEADER, f"t={INSTANT.decode()},v1={_OTHER}")),
    "older scheme": _header(lambda value: value.replace("v1=", "v0=")),
    "scheme in capitals": _header(lambda value: value.replace("v1=", "V1=")),
    "parts joined otherwise": _header(lambda value: value.replace(",", ";")),
    # the instant
    "stale": _signed_at(timedelta(seconds=-301)),
    "from the future": _signed_at(timedelta(seconds=301)),
    "a day old": _signed_at(timedelta(days=-1)),
    "instant set forward after signing": lambda genuine: _header(lambda value: f"t={INSTANT.decode()}," + value.partition(",")[2])(
        signed(genuine.body, at=NOW - timedelta(hours=1))
    ),
    "instant below zero": _instant_as(f"-{INSTANT.decode()}"),
    "instant with a plus": _instant_as(f"+{INSTANT.decode()}"),
    "instant with a fraction": _instant_as(f"{INSTANT.decode()}.0"),
    "instant in milliseconds": _instant_as(f"{INSTANT.decode()}000"),
    "instant as a date": _instant_as(NOW.isoformat()),
    "instant in superscript digits": _instant_as("¹²³"),
    "instant of many digits": _instant_as("9" * 400),
    "empty instant": _instant_as(""),
    # the signature
    "wrong secret": _with_secret("whsec-of-nobody"),
    "empty secret": _with_secret(""),
    "well-known secret of the sandbox": _with_secret("sandbox-accounting-secret"),
    "secret in capitals": _with_secret(SECRETS["books"].upper()),
    "secret of another connection": _with_secret(SECRETS["shop"]),
    "signature cut off": _header(lambda value: value[:-1]),
    "signature halved": _header(lambda value: value[:-32]),
    "signature with more behind it": _header(lambda value: value + "00"),
    "one digit of the signature changed": _header(lambda value: value[:-1] + ("0" if value[-1] != "0" else "1")),
    "signature in capitals": _header(lambda value: value.partition("v1=")[0] + "v1=" + _v1(value).upper()),
    "signature in base64": _digest(lambda body: base64.b64encode(hmac.digest(SECRET, _SIGNED + body, sha256)).decode()),
    "signature with a prefix": _header(lambda value: value.replace("v1=", "v1=sha256:")),
    "body signed without the instant": _digest(lambda body: hmac.digest(SECRET, body, sha256).hex()),
    "instant and body without a dot": _digest(lambda body: hmac.digest(SECRET, INSTANT + body, sha256).hex()),
    "body before the instant": _digest(lambda body: hmac.digest(SECRET, body + b"." + INSTANT, sha256).hex()),
    "instant alone signed": _digest(lambda _: hmac.digest(SECRET, _SIGNED, sha256).hex()),
    "digest of a signed body's digest": _digest(lambda body: hmac.digest(SECRET, _SIGNED + sha256(body).digest(), sha256).hex()),
    "SHA-1": _digest(lambda body: hmac.digest(SECRET, _SIGNED + body, sha1).hex()),
    "SHA-512": _digest(lambda body: hmac.digest(SECRET, _SIGNED + body, sha512).hex()),
    "SHA-512 cut to the length": _digest(lambda body: hmac.digest(SECRET, _SIGNED + body, sha512).hex()[:64]),
    "hash without a key": _digest(lambda body: sha256(_SIGNED + body).hexdigest()),
    "hash of secret and body": _digest(lambda body: sha256(SECRET + _SIGNED + body).hexdigest()),
    # the body
    "body written anew": _body(_rewritten),
    "keys in another order": _body(lambda body: json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False).encode()),
    "characters as escapes": _body(lambda body: json.dumps(json.loads(body)).encode()),
    "slash as an escape": _body(lambda body: body.replace(b"/", b"\\/")),
    "body with a byte order mark": _body(lambda body: b"\xef\xbb\xbf" + body),
    "blank behind the body": _body(lambda body: body + b" "),
    "line end behind the body": _body(lambda body: body + b"\n"),
    "blank before the body": _body(lambda body: b" " + body),
    "NUL behind the body": _body(lambda body: body + b"\0"),
    "second document behind the body": _body(lambda body: body + body),
    "body cut off": _body(lambda body: body[:-1]),
    "empty body": _body(lambda _: b""),
    "body in UTF-16": _body(lambda body: body.decode().encode("utf-16")),
    "body in Latin-1": _body(lambda body: body.decode().replace("\u20ac", "").encode("latin-1")),
    "compressed body": _gzipped,
    "another event": _body(lambda body: body.replace(b"evt_000000001", b"evt_000000002")),
    "another object": _body(lambda body: body.replace(b'"I1"', b'"I2"')),
    "a later version": _body(lambda body: body.replace(b'"version": 1', b'"version": 9')),
    # the address
    "sent to another connection": _sent_to("shop"),
    "sent to a connection that was removed": _sent_to("attic"),
    "sent to a connection that takes none": _sent_to("files"),
    "sent to nobody": _sent_to("nobody"),
    "name in capitals": _sent_to("BOOKS"),
    "name with a blank": _sent_to("books "),
    "name with a NUL": _sent_to("books\0"),
    "no name": _sent_to(""),
}
"""By name. Each is tried on a genuine delivery of one event of version 1 about the invoice I1 of the books."""
