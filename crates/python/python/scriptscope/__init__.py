"""Reads Windows PowerShell Script Block Logging (event 4104), runs detections over it and scores risk.

    import scriptscope

    report = scriptscope.scan("logs/")
    report.risk          # a table: polars.DataFrame(report.risk), pandas.DataFrame.from_arrow(report.risk), …

Everything happens on this machine. On a cluster, see `scriptscope.spark`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Iterable, List, NamedTuple, Optional, Sequence, Union

from . import _engine
from ._engine import Case, Progress, Report, Rules, Table, __version__, open_case
from ._errors import (
    CaseError,
    EngineError,
    ExpressionError,
    OptionError,
    OrderError,
    PartialError,
    RulesError,
    ScriptscopeError,
    ThreadsError,
)
from ._inputs import Input, Options, RulesLike, engine_inputs, load_rules, options_json, rules_of

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = [
    "Case",
    "CaseError",
    "EngineError",
    "ExpressionError",
    "OptionError",
    "Options",
    "OrderError",
    "PartialError",
    "Progress",
    "Report",
    "Rules",
    "RulesError",
    "ScriptscopeError",
    "Session",
    "Step",
    "Table",
    "ThreadsError",
    "UnwrappedView",
    "View",
    "__version__",
    "load_rules",
    "open_case",
    "scan",
    "search",
    "unwrap",
    "views",
]


class View(NamedTuple):
    """A deobfuscated form of a script."""

    name: str
    """`plain` (constants folded), `layer 1` (a text that was encoded in it), `layer 1 plain` …"""
    text: str


class Step(NamedTuple):
    """A piece of a script that was replaced by what it is worth."""

    before: str
    """The piece. Of a layer, the piece of the script that it was encoded in."""
    after: str
    """What it is worth, as PowerShell writes it. Of a layer, its text."""


class UnwrappedView(NamedTuple):
    """A deobfuscated form of a script, with how it was made."""

    name: str
    text: str
    steps: List[Step]


def scan(
    paths: Union[Input, Iterable[Input]],
    *,
    rules: Optional[RulesLike] = None,
    jobs: Optional[int] = None,
    progress: Optional[Callable[[Progress], object]] = None,
    passwords: Sequence[str] = (),
    case: Optional[Case] = None,
    **options: Unpack[Options],
) -> Report:
    """Reads logs and returns the report.

    `paths`: files, folders, gzip and zip archives, bytes, binary file objects, or pairs of a name and one of these two.
    The format is detected from the bytes. What cannot be read is a problem of the report, never an exception.

    `rules`: rule files or folders beside the built-in detections, or what `load_rules` returned.
    `jobs`: threads; by default as many as are worth their cost. Other Python threads go on meanwhile.
    `progress`: called ten times a second. If it raises, reading stops and the exception is raised here; so does Ctrl-C.
    `passwords`: of encrypted archives, tried after `infected`.
    `case`: reads with its options, rules and allow-list. Options that are given take precedence.
    """
    return _engine.scan(
        engine_inputs(paths), options_json(options, case), rules_of(rules, case), list(passwords), jobs, progress, None
    )


def search(
    query: str,
    paths: Union[Input, Iterable[Input]],
    *,
    rules: Optional[RulesLike] = None,
    jobs: Optional[int] = None,
    progress: Optional[Callable[[Progress], object]] = None,
    passwords: Sequence[str] = (),
    **options: Unpack[Options],
) -> Report:
    """Searches every script block, and returns a report with what was found.

    `query`: words, which a text or a view of it has all of, or a search in the search language, such as
    `Computer=DC* "*http*" | stats count by Path`. `results` are its rows, `script_blocks` the script blocks that it
    selects. With the option `inventory`, `blocks` has every one that was read; without it reading takes a fraction of the
    time.

    `rules`: files with macros and lookups that the query uses. The other arguments are those of `scan`.

    Raises ExpressionError, with line and column, for a query that cannot be parsed.
    """
    return _engine.scan(
        engine_inputs(paths), options_json(options), rules_of(rules), list(passwords), jobs, progress, query
    )


def unwrap(text: str) -> List[UnwrappedView]:
    """Returns the views of a script, the outermost first, and step by step how each was made.

    If a limit leaves something out, an entry `limit` without steps comes last, whose text says what.
    """
    found = _engine.unwrap(text)
    return [UnwrappedView(name, text, [Step(*step) for step in steps]) for name, text, steps in found]


def views(text: str) -> List[View]:
    """Returns the deobfuscated views of a script, the outermost first; none for a text that is not obfuscated."""
    return [View(*view) for view in _engine.views(text)]


class Session(_engine.Session):
    """Reads sources one after the other, and merges with other sessions of the same rules and options.

    >>> session = Session()
    >>> session.begin("log.json")
    >>> session.push(b'{"EventID": 1}')
    >>> session.end()
    >>> session.report().totals["records"]
    1
    """

    def __new__(cls, *, rules: Optional[RulesLike] = None, **options: Unpack[Options]) -> Self:
        return super().__new__(cls, options_json(options), rules_of(rules))

    def read(
        self,
        paths: Union[Input, Iterable[Input]],
        *,
        jobs: Optional[int] = None,
        progress: Optional[Callable[[Progress], object]] = None,
        passwords: Sequence[str] = (),
    ) -> None:
        """Reads inputs as `scan` does and adds what is in them."""
        self._read(engine_inputs(paths), list(passwords), jobs, progress)
