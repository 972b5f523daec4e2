"""`python -m judges`: serve a hub with the sandbox on a free port of this machine, and let each judge look at it or at its schema."""

import argparse
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from graphql import build_schema

from hub.app import configure_logging
from hub.vocabulary import Role
from judges.documents import documents, lay_out
from judges.fuzzer import Fuzzer
from judges.hub import Served, served_hub
from judges.release import last_release, schema_of
from judges.verdict import BUILD, HERE, PROGRAMS, REPORTS, Program, Verdict

_ROOT = HERE.parent
_SCHEMA = _ROOT / "schema" / "schema.graphql"
_LEAST_NODE = 20
_CASES = 5_000
_ENVIRON = {**os.environ, "NO_COLOR": "1"}


def main() -> int:
    """Ask every judge; 0 when all find for us, 1 when one does not, 2 when they cannot be asked."""
    options = _options()
    missing = _missing(options.schemathesis)
    if missing:
        sys.stderr.write(f"{missing}; `make judges` installs what is needed, but for Node itself.\n")
        return 2
    _prepare()
    log = REPORTS / "hub.log"
    with log.open("w", encoding="utf-8") as stream:
        configure_logging(level=logging.WARNING, stream=stream)
        verdicts = [verdict for verdict in _verdicts(options) if verdict.tell() is None]
    verdicts.append(_log_verdict(log))
    verdicts[-1].tell()
    bad = sum(not verdict.is_good for verdict in verdicts)
    sys.stdout.write(f"{len(verdicts)} judges, {bad} against us; what they say is in {REPORTS.relative_to(_ROOT)}\n")
    return 1 if bad else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m judges", description="Let outside judges look at the API.")
    parser.add_argument("--schemathesis", type=Path, default=Path(".venv-judges/bin/schemathesis"), help="the program, in its own environment")
    parser.add_argument("--cases", type=int, default=_CASES, help="how many cases each role has (5000); 0 leaves schemathesis out, and says so")
    parser.add_argument("--role", type=Role, action="append", choices=list(Role), help="only this role for schemathesis; may be given again")
    return parser.parse_args()


def _missing(schemathesis: Path) -> str | None:
    """Why the judges cannot be asked; None when they can."""
    node = shutil.which("node")
    if node is None:
        return f"The judges need Node {_LEAST_NODE} or later"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - found on the path
    if int(version.removeprefix("v").split(".")[0]) < _LEAST_NODE:
        return f"The judges need Node {_LEAST_NODE} or later; this is {version}"
    lacking = [str(path) for path in (PROGRAMS, schemathesis) if not path.exists()]
    return f"There is no {' and no '.join(lacking)}" if lacking else None


def _prepare() -> None:
    for folder in (BUILD, REPORTS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    shutil.copy(_SCHEMA, BUILD / "schema.graphql")


def _verdicts(options: argparse.Namespace) -> Iterator[Verdict]:
    yield from _on_the_schema()
    with tempfile.TemporaryDirectory() as folder, served_hub(Path(folder)) as served:
        yield Program("graphql-http audit", ("node", "audit.mjs", served.url)).ask({**_ENVIRON, "DUNWELL_TOKEN": served.tokens[Role.AUDITOR]})
        yield from _fuzzed(options, served)


def _on_the_schema() -> Iterator[Verdict]:
    """The judges of the committed schema and of the documents."""
    lay_out(documents())
    yield Program("graphql-eslint", ("node", "lint.mjs")).ask(_ENVIRON)
    yield Program("relay-compiler", (f"{PROGRAMS}/relay-compiler",), counts="compiled documents: .*").ask(_ENVIRON)
    yield Program("graphql-codegen", ("node", "generate.mjs")).ask(_ENVIRON)
    yield Program("TypeScript", (f"{PROGRAMS}/tsc", "--project", ".", "--diagnostics"), counts="Files: .*").ask(_ENVIRON)
    yield Program("example front end", ("node", "--test", "--test-reporter=tap", "front-end.test.mjs"), counts=r"pass \d+").ask(_ENVIRON)
    yield _inspected()


def _inspected() -> Verdict:
    release = last_release(_ROOT)
    if release is None:
        return Program("graphql-inspector", ("node", "inspect.mjs")).ask(_ENVIRON)
    before = schema_of(_ROOT, release)
    if before is None:
        return Verdict("graphql-inspector", is_good=False, summary=f"{release} has no schema/schema.graphql to compare with")
    base = BUILD / "released.graphql"
    base.write_text(before, encoding="utf-8")
    return Program("graphql-inspector", ("node", "inspect.mjs", str(base), release)).ask(_ENVIRON)


def _fuzzed(options: argparse.Namespace, served: Served) -> Iterator[Verdict]:
    if options.cases == 0:
        yield Verdict("schemathesis", is_good=True, summary="left out, as asked")
        return
    fuzzer = Fuzzer(options.schemathesis.absolute(), options.cases, served, build_schema(_SCHEMA.read_text(encoding="utf-8")))
    for role in options.role or Role:
        yield fuzzer.ask(role)


def _log_verdict(log: Path) -> Verdict:
    """What the hub itself took for a fault while it was judged."""
    faults = [line for line in log.read_text(encoding="utf-8").splitlines() if '"level": "error"' in line or '"level": "critical"' in line]
    return Verdict("log of the hub", not faults, f"{len(faults)} errors", "\n".join(faults))


if __name__ == "__main__":
    sys.exit(main())
