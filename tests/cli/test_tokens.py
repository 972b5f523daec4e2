"""`dunwell token`: a secret is shown once, listed never, and worth nothing once it is revoked."""

from datetime import datetime

import pytest

from hub.access.tokens import verify_token
from hub.clock import SystemClock
from hub.store.engine import Store
from hub.vocabulary import Role
from tests.console import Console


def holder(console: Console, secret: str) -> tuple[str, Role] | None:
    """Whom the hub takes the bearer of a secret for."""
    store = Store(console.url)
    try:
        with store.read() as connection:
            found = verify_token(connection, secret, now=SystemClock().now())
    finally:
        store.dispose()
    return None if found is None else (found.principal.name, found.principal.role)


class TestCreate:
    def test_prints_the_secret_and_nothing_else(self, on_each: Console) -> None:
        answer = on_each.run("token", "create", "reports", "--role", "auditor").succeeded()
        assert answer.out.startswith("dun_")
        assert answer.out.count("\n") == 1
        assert holder(on_each, answer.out.strip()) == ("reports", Role.AUDITOR)
        assert answer.err == "token 1 for reports, role AUDITOR, does not expire: keep it now, it cannot be shown again\n"

    def test_takes_roles_in_any_case(self, console: Console) -> None:
        secret = console.run("token", "create", "ada", "--role", "Finance").succeeded().out.strip()
        assert holder(console, secret) == ("ada", Role.FINANCE)

    def test_says_when_it_expires(self, console: Console) -> None:
        answer = console.run("token", "create", "reports", "--role", "auditor", "--days", "30").succeeded()
        [token] = console.run("token", "list", "--json").succeeded().document
        life = datetime.fromisoformat(token["expiresAt"]) - datetime.fromisoformat(token["createdAt"])
        assert life.days == 30
        assert f"expires {token['expiresAt'][:10]}" in answer.err

    @pytest.mark.parametrize("arguments", [("--role", "auditor", "--days", "0"), ("--role", "auditor", "--days", "99999999"), ("--role", "king"), ()], ids=str)
    def test_refuses_what_cannot_be(self, console: Console, arguments: tuple[str, ...]) -> None:
        answer = console.run("token", "create", "reports", *arguments)
        assert (answer.code, answer.out) == (2, "")
        assert arguments[-2] in answer.err if arguments else "--role" in answer.err
        assert console.run("token", "list", "--json").document == []

    def test_refuses_an_empty_name(self, console: Console) -> None:
        answer = console.run("token", "create", " ", "--role", "auditor")
        assert (answer.code, answer.out) == (2, "")
        assert "a token needs a name" in answer.err


class TestList:
    def test_shows_no_secret(self, console: Console) -> None:
        secret = console.run("token", "create", "reports", "--role", "auditor").succeeded().out.strip()
        listed = console.run("token", "list").succeeded().out + console.run("token", "list", "--json").succeeded().out
        assert "reports" in listed
        assert secret not in listed
        assert "dun_" not in listed

    def test_tells_what_state_each_is_in(self, console: Console) -> None:
        for name, days in (("lasting", ()), ("ending", ("--days", "5")), ("gone", ())):
            console.run("token", "create", name, "--role", "auditor", *days).succeeded()
        console.run("token", "revoke", "3").succeeded()
        shown = console.run("token", "list").succeeded().out
        states = {line.split()[1]: " ".join(line.split()[3:5]) for line in shown.splitlines()[3:] if line}
        assert states == {"lasting": "valid never", "ending": "valid until", "gone": states["gone"]}
        assert states["gone"].startswith("revoked 2")


class TestRevoke:
    def test_makes_the_secret_worthless(self, on_each: Console) -> None:
        secret = on_each.run("token", "create", "reports", "--role", "auditor").succeeded().out.strip()
        assert on_each.run("token", "revoke", "1").succeeded().err == "token 1 is revoked\n"
        assert holder(on_each, secret) is None

    def test_an_unknown_one_is_told(self, console: Console) -> None:
        answer = console.run("token", "revoke", "7")
        assert (answer.code, answer.out, answer.err) == (2, "", "there is no token 7\n")
