"""The folder that the processes of one test run share: databases, templates, locks."""

import shutil
import tempfile
from pathlib import Path

RUN_FOLDER = "DUNWELL_TEST_RUN_FOLDER"  # the environment variable that hands it from process to process
MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh folder of our own is made in it
ENOUGH_BYTES = 2 << 30  # containers often give 64 MiB, too little for databases


def make_run_folder() -> Path:
    """Make an empty folder, in memory where there is room: making a database is several times faster there."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES
    return Path(tempfile.mkdtemp(prefix="dunwell-test-", dir=MEMORY if has_room else None))
