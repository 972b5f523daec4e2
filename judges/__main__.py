"""`python -m judges`: serve an empty hub on a free port of this machine, and let each judge look at it or at its schema."""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.access.tokens import issue_token
from hub.app import configure_logging, create_app, make_server, open_hub
from hub.config import ServerSettings, Settings, WorkspaceSettings
from hub.vocabulary import Role
from schema.build import build_schema

HERE = Path(__file__).parent
_STARTING_SECONDS = 30
_OUR_CONNECTION = re.compile(r"\bConnection\b")
"""Our word for a link to an outside system. Relay's linter takes every type whose name ends so for a page of a list; it gets another name."""


@dataclass(frozen=True, slots=True)
class Judge:
    """One program, run in this folder. It finds against us by a status other than 0."""

    name: str
    command: Sequence[str]


def judges_of(url: str) -> Sequence[Judge]:
    """Every judge, for an API at this URL."""
    bin_folder = HERE / "node_modules" / ".bin"
    return (
        Judge("graphql-http audit", ("node", "audit.mjs", url)),
        Judge("graphql-eslint", (f"{bin_folder}/eslint", "build/linted.graphql")),
        Judge("relay-compiler", (f"{bin_folder}/relay-compiler",)),
        Judge("graphql-codegen", (f"{bin_folder}/graphql-codegen", "--config", "codegen.ts")),
        Judge("TypeScript", (f"{bin_folder}/tsc", "--project", ".")),
    )


@contextmanager
def served_hub(folder: Path) -> Generator[tuple[str, str]]:
    """A hub with an empty database; gives the URL of its API and a token."""
    settings = Settings(folder, f"sqlite:///{folder}/hub.db", folder, WorkspaceSettings("Judged", "EUR", ZoneInfo("UTC")))
    with open_hub(settings, environ={}, upgrade=True, installed=()) as hub:
        with hub.store.write() as connection:
            token = issue_token(connection, "judge", Role.AUDITOR, now=hub.clock.now()).secret
        server = make_server(create_app(hub), ServerSettings(port=0))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        end = time.monotonic() + _STARTING_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                sys.exit("the hub did not start")
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql", token
        finally:
            server.should_exit = True
            thread.join()


def ask(judge: Judge, environ: Mapping[str, str]) -> bool:
    """Run one judge and tell what it says; whether it finds for us."""
    found = subprocess.run(judge.command, cwd=HERE, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - commands of ours
    verdict = "good" if found.returncode == 0 else "BAD"
    sys.stdout.write(f"{judge.name}: {verdict}\n")
    said = found.stdout.strip() if found.returncode == 0 else f"{found.stdout}\n{found.stderr}".strip()
    sys.stdout.writelines(f"    {line}\n" for line in said.splitlines()[-40:])
    return found.returncode == 0


def main() -> int:
    """Ask every judge; 0 when all find for us."""
    if shutil.which("node") is None or not (HERE / "node_modules").is_dir():
        sys.stderr.write("The judges need Node 20 or later, and `npm ci` in judges/; `make judges` does both.\n")
        return 2
    configure_logging(level=logging.WARNING)
    build = HERE / "build"
    shutil.rmtree(build, ignore_errors=True)
    (build / "relay").mkdir(parents=True)
    text = build_schema().as_str() + "\n"
    (build / "schema.graphql").write_text(text, encoding="utf-8")
    (build / "linted.graphql").write_text(_OUR_CONNECTION.sub("SystemLink", text), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, served_hub(Path(folder)) as (url, token):
        environ = {**os.environ, "DUNWELL_TOKEN": token, "NO_COLOR": "1"}
        verdicts = [ask(judge, environ) for judge in judges_of(url)]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
