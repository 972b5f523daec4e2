"""A full run reads what there is; what is there no longer is told elsewhere, and a full run must not pass over that."""

from pathlib import Path

import pytest

from hub.store.engine import Store
from hub.sync.service import SyncOptions
from tests.databases import Databases
from tests.proofs.company import Company


@pytest.mark.parametrize("activity", ["method_detached", "gateway_customer_deleted"])
async def test_what_was_deleted_between_two_runs_is_gone_after_a_full_one(databases: Databases, tmp_path: Path, activity: str) -> None:
    with databases.fresh(migrated=True) as url:
        company = Company(Store(url), 3, tmp_path, fault_rate=0)
        await company.sync("gateway")
        assert company.world.perform(activity, company.random, company.clock.now())
        company.tick(60)
        await company.sync("gateway", SyncOptions(is_full=True))
        await company.settle()
        assert company.problems() == []
        company.store.dispose()
