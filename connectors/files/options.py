"""The options of a connection to files: which files, and under which mapping. The same options serve `plugins.toml` and one import."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from connectors.files.data_file import DataFile
from connectors.files.findings import Findings
from connectors.files.mapping import RowMapper
from connectors.files.mapping_file import MappingError, load_mapping, nearest, parse_sent_mapping, read_mapping
from connectors.files.mapping_model import EXTENSIONS, FileMapping
from hub.plugins import thawed

EXAMPLES = Path(__file__).parent / "examples"
_MAPPINGS = ("mapping", "shipped_mapping", "mapping_text")
_ONE = frozenset({"path", "name", "mapping_name", "sequence", "list_date", *_MAPPINGS})
OPTION_NAMES = _ONE | {"files"}
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files under one mapping: `path` is a file, a folder or a pattern. `sequence` and `list_date` None: the mapping tells where they stand.

    `name` is what the one file is called; None: files are called as their paths say.
    """

    path: Path
    mapping: FileMapping
    name: str | None = None
    sequence: str | None = None
    list_date: str | None = None

    def find(self) -> list[DataFile]:
        """The files that there are now, by name. Raises FileNotFoundError when a file or folder that is named outright is absent."""
        if self.name is not None:
            if not self.path.is_file():
                raise FileNotFoundError(self.name)
            return [DataFile(self.path, self.name)]
        return [DataFile.at(path) for path in self._paths()]

    def _paths(self) -> list[Path]:
        if self.path.is_dir():
            return sorted(found for found in self.path.iterdir() if found.is_file() and _is_wanted(found))
        if self.path.is_file():
            return [self.path]
        if not _WILD & set(str(self.path)):
            raise FileNotFoundError(str(self.path))
        return sorted(found for found in Path(self.path.anchor).glob(str(self.path.relative_to(self.path.anchor))) if found.is_file() and _is_wanted(found))


def _is_wanted(path: Path) -> bool:
    """Whether a file of a folder is data: not hidden, no lock of a spreadsheet program, no mapping."""
    return not path.name.startswith((".", "~$")) and path.suffix.lower() != ".toml"


def read_options(options: Mapping[str, Any], directory: Path) -> list[FileSet]:
    """The file sets of a connection; relative paths start from `directory`. Raises MappingError with everything that is wrong."""
    problems: list[str] = []
    sets = [found for where, one in _tables(thawed(options), problems) if (found := _file_set(one, where, directory, problems=problems)) is not None]
    digests = {(one.mapping.name, one.mapping.digest) for one in sets}
    twice = sorted(name for name, count in Counter(name for name, _ in digests).items() if count > 1)
    problems += [f"different mappings are called {name!r}: give each its own name, for files of one name are one feed" for name in twice]
    if problems:
        raise MappingError(problems)
    return sets


def _tables(options: Mapping[str, Any], problems: list[str]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if "files" not in options:
        return [("options", options)]
    if _ONE & options.keys():
        problems.append("options: either files = [{ path, mapping }, …], or path and mapping, not both")
    files = options["files"]
    if not isinstance(files, list) or not files:
        problems.append("options.files must be a list of tables with path and mapping")
        return []
    return [(f"options.files[{index}]", one) for index, one in enumerate(cast("list[Any]", files))]


def _file_set(table: object, where: str, directory: Path, *, problems: list[str]) -> FileSet | None:
    if not isinstance(table, Mapping):
        problems.append(f"{where} must be a table with path and mapping")
        return None
    options = cast("Mapping[str, Any]", table)
    wrong = [
        f"{where}: unknown option {key!r}{nearest(key, sorted(_ONE))}" for key in options if key not in OPTION_NAMES or (key == "files" and where != "options")
    ]
    wrong += [f"{where}: {key} is needed" for key in ("path", "mapping") if not any(options.get(one) for one in (_MAPPINGS if key == "mapping" else (key,)))]
    wrong += [f"{where}: {key} must be text" for key in ("path", "name", "sequence", "mapping_name") if not isinstance(options.get(key, ""), str | int)]
    if len(options.keys() & set(_MAPPINGS)) > 1:
        wrong.append(f"{where}: one of {', '.join(_MAPPINGS)}, not several")
    if wrong:
        problems += wrong
        return None
    path, name = directory / str(options["path"]), options.get("name")
    file = DataFile.at(path) if name is None else DataFile(path, str(name))
    try:
        mapping = _chosen_mapping(options, where, directory)
        format_ = mapping.table.format or EXTENSIONS.get(file.extension)
        RowMapper(mapping, Findings(file.name), is_nested=format_ == "jsonl")  # sees that its constants fit
    except MappingError as error:
        problems += error.problems
        return None
    sequence, day = options.get("sequence"), options.get("list_date")
    listed = day.isoformat() if isinstance(day, date) else day
    return FileSet(
        path,
        mapping,
        name=None if name is None else file.name,
        sequence=None if sequence is None else str(sequence),
        list_date=None if listed is None else str(listed),
    )


def _chosen_mapping(options: Mapping[str, Any], where: str, directory: Path) -> FileMapping:
    if "mapping_text" in options:
        return parse_sent_mapping(str(options["mapping_text"]), file_name=str(options.get("mapping_name", "files")))
    if "shipped_mapping" in options:
        return shipped_mapping(str(options["shipped_mapping"]))
    return _mapping(options["mapping"], where, directory)


def shipped_mapping(name: str) -> FileMapping:
    """A mapping that ships with the hub; nothing else has a name here, whatever it looks like. Raises MappingError that lists those there are."""
    shipped = {found.stem: found for found in EXAMPLES.glob("*.toml")}
    if name not in shipped:
        raise MappingError([f"no mapping {name!r} ships with the hub; {', '.join(sorted(shipped))} do"])
    return load_mapping(shipped[name])


def _mapping(option: object, where: str, directory: Path) -> FileMapping:
    """A mapping from its table, its file, or the name of an example that ships with the connector."""
    if isinstance(option, Mapping):
        return read_mapping(cast("Mapping[str, Any]", option), source=f"{where}.mapping", name="files")
    path = directory / str(option)
    shipped = EXAMPLES / f"{path.name}.toml"
    if not path.suffix and not path.is_file() and shipped.is_file():
        return load_mapping(shipped)
    if not path.exists():
        names = ", ".join(sorted(found.stem for found in EXAMPLES.glob("*.toml")))
        raise MappingError([f"there is no mapping {path}" + ("" if path.suffix else f"; those that ship with the hub are {names}")])
    return load_mapping(path)
