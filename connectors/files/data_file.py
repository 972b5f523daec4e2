"""A file of data: where its bytes are, and what it is called."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, slots=True)
class DataFile:
    """Where the bytes are, and the name that people and mappings know the file by. The name may be anybody's, so it is never used as a path."""

    path: Path
    name: str

    @staticmethod
    def at(path: Path) -> "DataFile":
        """A file that is called as its path says."""
        return DataFile(path, path.name)

    @property
    def extension(self) -> str:
        """The extension of its name in lower case, without the dot; empty: it has none."""
        return PurePosixPath(self.name).suffix.lower().removeprefix(".")
