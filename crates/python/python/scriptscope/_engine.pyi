from os import PathLike
from typing import IO, Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from typing_extensions import Literal, Self

__version__: str

_Input = Union[str, Tuple[str, Union[bytes, IO[bytes]]]]
_Callback = Callable[[Progress], object]
_Document = Literal["html", "markdown"]
_Export = Literal[
    "csv",
    "ndjson",
    "navigator",
    "timesketch",
    "timesketch-csv",
    "stix",
    "misp",
    "hec",
    "ocsf",
    "scripts-zip",
]
_Table = Literal["results", "blocks", "risk", "acts", "scripts", "indicators", "findings"]

class Progress:
    @property
    def bytes(self) -> int: ...
    @property
    def total_bytes(self) -> Optional[int]: ...
    @property
    def source(self) -> Optional[str]: ...
    @property
    def records(self) -> int: ...
    @property
    def events(self) -> int: ...
    @property
    def script_blocks(self) -> int: ...

class Table:
    """A table of Arrow data, read by whatever reads `__arrow_c_stream__`."""

    @property
    def columns(self) -> List[str]: ...
    def __len__(self) -> int: ...
    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object: ...
    def _repr_html_(self) -> str: ...

class Report:
    """What the rules found in the logs."""

    @property
    def results(self) -> Table:
        """The results, a row of a rule's table each, highest score first."""

    @property
    def script_blocks(self) -> Table:
        """The script blocks of the results, with their texts."""

    @property
    def risk(self) -> Table:
        """The computers, users and others at risk, highest score first."""

    @property
    def risk_events(self) -> Table:
        """The risk that each result adds to each object."""

    @property
    def findings(self) -> Table:
        """The objects that a correlation rule raised."""

    @property
    def problems(self) -> Table:
        """All that could not be read or run, or was assumed."""

    @property
    def sources(self) -> Table:
        """The files, streams and members of archives that were read."""

    @property
    def rules(self) -> Table:
        """The rules, and what became of each."""

    @property
    def totals(self) -> Dict[str, Any]:
        """Sums over the report, by the names of its JSON."""

    @property
    def acts(self) -> Table:
        """Results that belong together: of one process, or of one computer within seconds."""

    @property
    def blocks(self) -> Table:
        """Every script block, matched or not: with the option `inventory`."""

    @property
    def context_events(self) -> Table:
        """Events beside script blocks: engine starts, pipelines, processes, logs that were cleared. With `inventory`."""

    @property
    def indicators(self) -> Table:
        """URLs, addresses, hashes, paths … in the scripts that rules match, or with the option `indicators` in every one."""

    def scripts(self, by: Literal["text", "shape"] = "text") -> Table:
        """The script blocks as scripts, the rarest first: with the option `inventory`.

        `text`: those of one text are one script. `shape`: those that differ in numbers, GUIDs, paths and strings only.
        """

    def text(self, block: str) -> str:
        """The text of a script block. One that no rule matched is read again, with the option `inventory`.

        Raises KeyError for an unknown id, OptionError if the text cannot be read again.
        """

    def views(self, block: str) -> List[Tuple[str, str]]:
        """The deobfuscated views of a script block, the outermost first."""

    def export(self, format: _Export, *, table: Optional[_Table] = None, ids: Optional[Sequence[str]] = None) -> bytes:
        """What was found in a form of another program, or a table of it: the bytes that the command line writes.

        `table`: of `csv` and `ndjson`. `ids`: of results, script blocks, scripts and indicators; only these.
        """

    def case_report(self, format: _Document = "html", case: Optional[Case] = None) -> str:
        """The report for readers, with the marks of a case."""

    def new_case(self, name: str = "") -> Case:
        """A case of these logs, with the options, rules and allow-list that they were read with."""

    def to_json(self) -> str:
        """The report as a JSON text: the same bytes as from the command line."""

    def to_dict(self) -> Dict[str, Any]:
        """The report as dictionaries and lists."""

    def write(
        self,
        path: Union[str, PathLike[str]],
        format: Union[_Export, _Document, Literal["json"]] = "json",
        *,
        table: Optional[_Table] = None,
        ids: Optional[Sequence[str]] = None,
        case: Optional[Case] = None,
    ) -> None:
        """Writes the report to a file as `json`, or what `export` and `case_report` return."""

    def _repr_html_(self) -> str: ...

class Case:
    """A case: logs with their hashes, options, rules, an allow-list, marks and notes."""

    def __new__(cls, name: str = "") -> Case: ...
    @staticmethod
    def from_json(text: str) -> Case:
        """Reads the text of a case file. Raises CaseError."""

    @property
    def name(self) -> str: ...
    @property
    def marks(self) -> Table:
        """A row for each mark."""

    @property
    def rules(self) -> Rules:
        """Rules that the logs are read with."""

    @property
    def _options_json(self) -> str: ...
    def mark(
        self,
        kind: Literal["result", "block", "script", "indicator"],
        id: str,
        *,
        verdict: Optional[Literal["hostile", "unclear", "benign"]] = None,
        note: Optional[str] = None,
        by: str = "",
        star: Optional[bool] = None,
        expected: Optional[bool] = None,
        to_report: Optional[bool] = None,
    ) -> None:
        """Marks a result, script block, script or indicator. What is not given stays as it is."""

    def merge(self, other: Case) -> Tuple[Case, List[str]]:
        """Joins this case with another. Returns the case, and where both differ, in words."""

    def to_json(self) -> str:
        """The text of the case's file."""

    def save(self, path: Union[str, PathLike[str]]) -> None:
        """Writes the case's file."""

    def _repr_html_(self) -> str: ...

class Rules:
    """Rule, macro and lookup files. They can be pickled."""

    def __new__(cls, files: Sequence[Tuple[str, bytes]]) -> Rules: ...
    @property
    def files(self) -> List[Tuple[str, bytes]]:
        """The files as pairs of name and content."""

    @property
    def table(self) -> Table:
        """The rules of these files, with the reasons of those that cannot run."""

    @property
    def problems(self) -> Table:
        """The problems of these files."""

    def __len__(self) -> int: ...

class Session:
    def __new__(cls, options_json: str, rules: Optional[Rules]) -> Self: ...
    def begin(self, name: str) -> None:
        """Begins a source."""

    def push(self, data: bytes) -> None:
        """Reads the source's next bytes, cut anywhere."""

    def end(self) -> None:
        """Ends the source."""

    def fail(self, code: str, message: str) -> None:
        """Ends a source that broke off, with a problem of this code and message."""

    def partial(self) -> bytes:
        """Returns the session's state, to be merged into another session."""

    def drain(self) -> bytes:
        """Returns the session's state and clears it."""

    def merge(self, partial: bytes) -> None:
        """Adds the state of another session with the same rules and options."""

    def report(self) -> Report:
        """Returns the report on all that was read so far."""

    @property
    def rules(self) -> Table:
        """The session's rules, built-in and loaded."""

    @property
    def rule_set_hash(self) -> str:
        """SHA-256 in hex over all that decides results. Sessions merge only if it is equal."""

    def _read(
        self,
        inputs: Sequence[_Input],
        passwords: Sequence[str],
        jobs: Optional[int],
        progress: Optional[_Callback],
    ) -> None: ...

class Share:
    """A file to read, or a range of one."""

    def __new__(cls, *values: object) -> Share: ...
    @property
    def name(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def range(self) -> Optional[Tuple[int, int]]: ...

def scan(
    inputs: Sequence[_Input],
    options_json: str,
    rules: Optional[Rules],
    passwords: Sequence[str],
    jobs: Optional[int],
    progress: Optional[_Callback],
    query: Optional[str],
) -> Report: ...
def open_case(path: Union[str, PathLike[str]]) -> Case: ...
def load_rules(paths: Sequence[str]) -> Rules: ...
def views(text: str) -> List[Tuple[str, str]]: ...
def unwrap(text: str) -> List[Tuple[str, str, List[Tuple[str, str]]]]: ...
def command_line(arguments: Sequence[str]) -> int: ...
def shares(paths: Sequence[str]) -> List[Share]: ...
def divide(
    shares: Sequence[Share], options_json: str, range_bytes: int, open: Optional[Callable[[str], IO[bytes]]]
) -> List[Share]: ...
def range_bytes(size: int, workers: int) -> int: ...
def read_shares(
    shares: Sequence[Share],
    options_json: str,
    rules: Optional[Rules],
    passwords: Sequence[str],
    open: Optional[Callable[[str], IO[bytes]]],
) -> bytes: ...
def _panic(message: str) -> None: ...
