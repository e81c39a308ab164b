from os import PathLike
from typing import IO, Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from typing_extensions import Self

__version__: str

_Input = Union[str, Tuple[str, Union[bytes, IO[bytes]]]]
_Callback = Callable[[Progress], object]

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

    def text(self, block: str) -> str:
        """The text of a result's script block. Raises KeyError for an unknown id."""

    def views(self, block: str) -> List[Tuple[str, str]]:
        """The deobfuscated views of a result's script block, the outermost first."""

    def to_json(self) -> str:
        """The report as a JSON text: the same bytes as from the command line."""

    def to_dict(self) -> Dict[str, Any]:
        """The report as dictionaries and lists."""

    def write(self, path: Union[str, PathLike[str]], format: str = "json") -> None:
        """Writes the report to a file as `json`, or its results as `ndjson` or `csv`."""

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

    def case_report(self, format: str, case: Optional[str] = None) -> str:
        """Returns the report for readers as `html` or `markdown`, with the marks of a case file's text."""

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
) -> Report: ...
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
