"""The examples of docs/plugins.md load as a reader would load them, and do what they say."""

from datetime import date
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hub.access.policy import EVERYONE_SIGNED_IN
from hub.access.principal import Principal
from hub.access.routes import RoutePolicy, route_policies
from hub.config import Settings, load_settings, read_secrets
from hub.identity.connections import check_connections
from hub.plugins import (
    ConnectionContext,
    CustomerRecord,
    ExportAsking,
    HubServices,
    InvoiceRecord,
    Money,
    OutgoingMessage,
    RequestError,
    RiskCustomer,
    SandboxSettings,
    to_minor,
)
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.contribution import HOOKS
from hub.plugins.host import load_plugins
from hub.store.engine import Store
from hub.vocabulary import Role
from tests.documents import WORKSPACE, blocks, document, section
from tests.plugins.samples import CLOCK

SECRETS = {"BANK_KEY": "s", "LEDGER_TOKEN": "s"}


def example(folder: Path, hook: str) -> tuple[Settings, PluginCatalogue]:
    """The example of a hook, with the settings that stand above it."""
    text = section(document("plugins.md"), hook)
    (folder / "example.py").write_text(blocks(text, "python")[0], encoding="utf-8")
    (folder / "plugins.toml").write_text(WORKSPACE + blocks(text, "toml")[0], encoding="utf-8")
    settings = load_settings(folder / "plugins.toml", SECRETS)
    return settings, load_plugins(settings, CLOCK, environ=SECRETS, built_in=(), installed=())


@pytest.mark.parametrize("hook", HOOKS)
def test_an_example_registers_through_its_hook(tmp_path: Path, hook: str) -> None:
    _, catalogue = example(tmp_path, hook)
    assert [plugin.hooks for plugin in catalogue.plugins] == [(hook,)]


async def test_the_connector_delivers_a_customer_and_an_invoice(tmp_path: Path) -> None:
    settings, catalogue = example(tmp_path, "hub_connectors")
    check_connections(settings, catalogue)
    declared = settings.connections[0]
    context = ConnectionContext(
        connection=declared.name,
        options=declared.options,
        secrets=read_secrets(declared.secrets, SECRETS),
        directory=tmp_path,
        clock=CLOCK,
        base_currency="EUR",
    )
    source = catalogue.connectors["ledger"].open(context)
    (page,) = [page for feed in await source.feeds() async for page in source.read(feed, cursor=None, since=None)]
    await source.aclose()
    customer, invoice = page.records
    assert isinstance(customer, CustomerRecord)
    assert isinstance(invoice, InvoiceRecord)
    assert (customer.name, invoice.total_minor) == ("A customer of north", 11_900)


async def test_the_channel_writes_a_letter_once(tmp_path: Path) -> None:
    settings, catalogue = example(tmp_path, "hub_channels")
    message = OutgoingMessage(message_id="<1@x>", sender="a@x", recipient="b@x", subject="s", text="Please pay.")
    for _ in range(2):
        await catalogue.channels["letters"].deliver(message)
    (letter,) = (settings.var_directory / "letters").iterdir()
    assert letter.read_text().endswith("Please pay.")


async def test_the_rate_source_gives_its_rate(tmp_path: Path) -> None:
    _, catalogue = example(tmp_path, "hub_rate_sources")
    source = catalogue.rate_sources["bank"]
    assert [rate.currency for rate in await source.fetch(base_currency="EUR", since=None)] == ["USD"]
    assert await source.fetch(base_currency="EUR", since=date(2026, 1, 2)) == []


def test_the_scorer_tells_who_is_late(tmp_path: Path) -> None:
    settings, catalogue = example(tmp_path, "hub_risk_scorers")
    scorer = catalogue.risk_scorers[settings.workspace.payment_risk.scorer or ""]
    owed = [("0.00", "0.00"), ("7.50", "0.00"), ("7.50", "7.00")]
    customers = [RiskCustomer(key, dict(zip(scorer.fields, (to_euros(one) for one in both), strict=True))) for key, both in enumerate(owed)]
    scores = scorer.score([*customers, RiskCustomer(3, dict.fromkeys(scorer.fields))], as_of=date(2026, 3, 1))
    assert {key: score.level.value for key, score in scores.items()} == {0: "LOW", 1: "MEDIUM", 2: "HIGH"}
    assert scores[2].reasons == ("7.00 EUR are overdue for more than 90 days.",)


def to_euros(text: str) -> Money:
    return Money(to_minor(text, "EUR").amount_minor, "EUR")


def test_the_field_is_in_the_catalogue(tmp_path: Path) -> None:
    _, catalogue = example(tmp_path, "hub_rule_fields")
    assert catalogue.fields.get("region").source == "customer.region"


def test_the_route_answers_with_a_token_only(tmp_path: Path) -> None:
    settings, catalogue = example(tmp_path, "hub_routes")
    services = HubServices(
        settings=settings,
        store=Store(settings.database_url),
        clock=CLOCK,
        authenticate=lambda token: Principal("reader", Role.AUDITOR, 1) if token == "dun_good" else None,
        business_date=lambda: date(2026, 3, 1),
    )
    routes = catalogue.routes["business-date"].build(services)
    assert route_policies(routes) == [RoutePolicy("/business-date", EVERYONE_SIGNED_IN)]
    client = TestClient(Starlette(routes=list(routes)))
    assert client.get("/business-date").status_code == 401
    assert client.get("/business-date", headers={"Authorization": "Bearer dun_good"}).json() == {"businessDate": "2026-03-01"}


def test_the_exporter_counts(tmp_path: Path) -> None:
    settings, catalogue = example(tmp_path, "hub_exporters")
    store = Store(settings.database_url)
    services = HubServices(settings, store, CLOCK, lambda _token: None, lambda: date(2026, 3, 1))
    query = catalogue.exporters["numbers"].open("250", ExportAsking(Principal("reader", Role.AUDITOR, 1), "request"), services)
    with store.read() as connection:
        query.check(connection)
        assert [len(page) for page in query.pages(connection)] == [100, 100, 50]
    store.dispose()
    with pytest.raises(RequestError, match="how many"):
        catalogue.exporters["numbers"].open("many", ExportAsking(Principal("reader", Role.AUDITOR, 1), "request"), services)


def test_the_sandbox_has_as_many_customers_as_it_is_asked_for(tmp_path: Path) -> None:
    _, catalogue = example(tmp_path, "hub_sandboxes")
    sandbox = catalogue.sandboxes["ledger"]
    app = sandbox.build(SandboxSettings(seed=1, customers=2, base_currency="EUR", fault_rate=0, fault_seed=1, clock=CLOCK))
    assert TestClient(app).get("/customers").json() == [{"id": "c-0"}, {"id": "c-1"}]
    assert sandbox.describe("http://x") == ["customers: http://x/customers, without a key"]
