"""The folder of finished exports, `exports` below the folder for data. Names are made here, from numbers; none comes from a request."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.vocabulary import ExportFormat

_OWNER_ONLY = 0o700
_NAME = re.compile(r"(?P<id>[0-9]+)-(?P<start>[0-9]+)\.(?P<kind>jsonl|csv)(?P<is_draft>\.part)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file: of which operation, and which start of its job wrote it."""

    path: Path
    operation_id: int
    start: int


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """Where the files are. A job that was overtaken writes under another name than the one that goes on."""

    path: Path

    @staticmethod
    def below(var_directory: Path) -> "ExportFolder":
        """The folder of a hub."""
        return ExportFolder(var_directory / "exports")

    def make(self) -> None:
        """Make the folder, for its owner only."""
        self.path.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        self.path.chmod(_OWNER_ONLY)

    def name_of(self, operation_id: int, start: int, kind: ExportFormat) -> str:
        """The name of a finished file."""
        return f"{operation_id}-{start}.{kind.stored.lower()}"

    def finished(self, name: str) -> Path:
        """The path of a finished file, from the name that a row keeps. Raises ValueError for what is no such name."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an export")
        return self.path / name

    def draft(self, name: str) -> Path:
        """Where a file is written before it is finished."""
        return self.path / f"{name}.part"

    def files(self) -> Iterator[ExportFile]:
        """Every file, finished or not; what else lies there is nobody's business."""
        if not self.path.is_dir():
            return
        for path in sorted(self.path.iterdir()):
            found = _NAME.fullmatch(path.name)
            if found and path.is_file():
                yield ExportFile(path, int(found["id"]), int(found["start"]))

    def remove_of(self, operation_id: int, *, before: int) -> None:
        """Remove the files of one operation that starts before this one have written; a later one may have finished meanwhile."""
        self.remove(found.path for found in self.files() if found.operation_id == operation_id and found.start < before)

    def remove(self, paths: "Collection[Path] | Iterator[Path]") -> None:
        """Remove files; one that is gone already is no error."""
        for path in list(paths):
            path.unlink(missing_ok=True)
