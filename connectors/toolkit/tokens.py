"""Access tokens of OAuth 2.0 with refresh tokens that may be used once (RFC 6749, section 6), for all who share a connection."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import anyio
import msgspec

from connectors.toolkit.http import HttpClient
from connectors.toolkit.verdicts import Verdict, verdict_by_status
from connectors.toolkit.wire import Reply
from hub.plugins import AuthorisationError, TokenStore

_USED_SHARE = 0.9
_REFUSED = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the token store holds. `origin` is a digest of the connection's secret that it all began with."""

    origin: str
    refresh_token: str = msgspec.field(default="")
    access_token: str | None = None
    use_until: datetime | None = None

    def __repr__(self) -> str:
        return "<tokens>"


class RefreshedToken:
    """A credential whose access tokens run out and are asked for anew, once for all who need one at the same time.

    A new refresh token takes the old one back as soon as it, or the access token that came with it, is used. So it is saved before
    either is, and a crash at any instant leaves one that works. What is saved begins with the connection's secret; when a person sets
    another secret, because the source took the connection back, it begins again with that.
    """

    def __init__(self, client: HttpClient, path: str, *, store: TokenStore, secret: str, form: Mapping[str, str] | None = None) -> None:
        """`client` asks the token endpoint at `path`, with whatever credential that wants; `form` are its further fields, such as client_id."""
        self._client = replace(client, classify=_token_verdict)
        self._path = path
        self._store = store
        self._form = form or {}
        self._first = _Kept(sha256(secret.encode()).hexdigest()[:16], secret)
        self._kept: _Kept | None = None

    async def headers(self) -> Mapping[str, str]:
        """The header with an access token that has not run out. Raises AuthorisationError when the source gives none any more."""
        kept = self._kept
        if kept is None or not self._is_usable(kept, refused=None):
            kept = await self._other_than(None)
        return _header(kept)

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """Have another access token than the refused one: the one that somebody else was given meanwhile, or a new one."""
        await self._other_than(refused.get("Authorization"))
        return True

    async def _other_than(self, refused: str | None) -> _Kept:
        """The saved token if it will do, else a new one. Only one at a time looks, so that the rest find what the first was given."""
        async with self._store.exclusive():
            kept = await self._load()
            if not self._is_usable(kept, refused=refused):
                with anyio.CancelScope(shield=True):  # whoever is cancelled meanwhile still saves what the source has given away
                    kept = await self._refreshed_or_found(kept, refused=refused)
            self._kept = kept
            return kept

    async def _refreshed_or_found(self, kept: _Kept, *, refused: str | None) -> _Kept:
        """New tokens; where the source gives none any more, those that somebody else was given meanwhile, whom no lock could stop."""
        try:
            return await self._refreshed(kept)
        except AuthorisationError:
            found = await self._load()
            if found == kept or not self._is_usable(found, refused=refused):
                raise
            return found

    async def _refreshed(self, kept: _Kept) -> _Kept:
        """Ask for new tokens and save them. Raises SourceError; then the refresh token from before still holds."""
        form = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token, **self._form}
        fresh = self._read(await self._client.post_form(self._path, form), kept)
        await self._store.save(msgspec.json.encode(fresh).decode())
        return fresh

    async def _load(self) -> _Kept:
        text = await self._store.load()
        try:
            kept = msgspec.json.decode(text or "", type=_Kept)
        except msgspec.DecodeError:
            return self._first
        return kept if kept.origin == self._first.origin else self._first

    def _read(self, document: object, before: _Kept) -> _Kept:
        """The tokens of an answer; a source that does not rotate its refresh token leaves it out, and the one before goes on."""
        found = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
        access, refresh, seconds = found.get("access_token"), found.get("refresh_token", before.refresh_token), found.get("expires_in")
        if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
            raise self._client.contract_error("the answer to a refresh has no access token, or a refresh token that is no text")
        lasts = timedelta(seconds=seconds * _USED_SHARE) if isinstance(seconds, int) else None
        return _Kept(before.origin, refresh, access, None if lasts is None else self._client.clock.now() + lasts)

    def _is_usable(self, kept: _Kept, *, refused: str | None) -> bool:
        if kept.access_token is None or _header(kept)["Authorization"] == refused:
            return False
        return kept.use_until is None or self._client.clock.now() < kept.use_until


def _header(kept: _Kept) -> dict[str, str]:
    return {"Authorization": f"Bearer {kept.access_token}"}


def _token_verdict(reply: Reply) -> Verdict:
    """The rule of token endpoints: 400 with an error that says that the grant or the client is refused (RFC 6749, section 5.2)."""
    document = reply.document_or_none()
    stated = cast("dict[str, Any]", document).get("error") if isinstance(document, dict) else None
    is_refused = isinstance(stated, str) and stated in _REFUSED and reply.status in {400, 401}
    return Verdict.UNAUTHORISED if is_refused else verdict_by_status(reply)
