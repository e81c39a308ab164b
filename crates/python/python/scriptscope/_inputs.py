"""Arguments as the engine takes them: inputs, rules, and options by the names that JavaScript has too."""

from __future__ import annotations

import io
import json
import os
from typing import IO, TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, TypedDict, Union, cast

from ._engine import Case, Rules, load_rules as _load_rules
from ._errors import OptionError

if TYPE_CHECKING:
    from typing_extensions import Literal, TypeAlias

    Mode: TypeAlias = Literal["block", "event"]

StrPath = Union[str, "os.PathLike[str]"]

Content = Union[bytes, bytearray, memoryview, IO[bytes]]

Input = Union[StrPath, Content, Tuple[str, Content]]

RulesLike = Union[Rules, StrPath, Iterable[StrPath]]

EngineInput = Union[str, Tuple[str, Union[bytes, IO[bytes]]]]


class Options(TypedDict, total=False):
    """Options of a session, by keyword."""

    macros: Mapping[str, str]
    """Macros, `NAME` or `NAME(argument, …)`, with their definitions. They replace those of files."""
    builtin: bool
    """Whether the built-in detections run. Default: yes."""
    disabled: Sequence[str]
    """Ids of rules that do not run."""
    mode: Mode
    """`block`: rules search script blocks (default). `event`: they search each record, as Splunk does."""
    computer: str
    """The computer of events that name none."""
    utc_offset: str
    """The offset of times written without a zone, such as `+02:00`."""
    encoding: str
    """The encoding of text that does not show its own, such as `windows-1252`."""
    since: str
    """Only script blocks logged at or after this ISO 8601 time, and those without a time."""
    until: str
    """Only script blocks logged before this ISO 8601 time, and those without a time."""
    min_score: float
    """Only results with at least this score."""
    sha256: bool
    """Whether the report has each source's SHA-256. Default: no."""
    inventory: bool
    """Whether every script block is listed, matched or not: for `blocks`, `scripts`, `context_events`. Default: no."""
    indicators: bool
    """Whether indicators of every script block are collected, not only of those that rules match. Default: no."""
    views: bool
    """Whether rules also search the deobfuscated views of a script. Default: yes in block mode."""
    allow_list: Union[StrPath, Sequence[Mapping[str, Any]]]
    """Expected results: a list of entries, or the JSON file that the page saves."""
    assets: Union[StrPath, Sequence[StrPath]]
    """Lists of assets and identities: CSV files with the columns of Splunk Enterprise Security."""
    risk_window: float
    """Hours of the windows of the distinct score and of the risk threshold. Default: 24."""
    risk_threshold: float
    """The sum of scores in such a window above which a risk object is a finding. Default: 100."""
    tactic_window: float
    """Hours of the windows of the tactic threshold. Default: 168."""
    tactic_threshold: int
    """The number of tactics in such a window from which a risk object is a finding. Default: 3."""
    tactic_rules: int
    """The number of rules that these tactics must come from. Default: 4."""


_NAMES = {
    "utc_offset": "utcOffset",
    "min_score": "minScore",
    "allow_list": "allowList",
    "risk_window": "riskWindow",
    "risk_threshold": "riskThreshold",
    "tactic_window": "tacticWindow",
    "tactic_threshold": "tacticThreshold",
    "tactic_rules": "tacticRules",
}


def options_json(options: Options, case: Optional[Case] = None) -> str:
    """Returns options as JSON, beside those of a case."""
    found: Dict[str, Any] = {_NAMES.get(name, name): value for name, value in options.items()}
    unknown = [name for name in options if name not in Options.__annotations__]
    if unknown:
        raise TypeError(f"unknown options: {', '.join(unknown)}")
    entries = found.get("allowList")
    if isinstance(entries, (str, os.PathLike)):
        path = cast(StrPath, entries)
        try:
            with open(path, encoding="utf-8") as file:
                found["allowList"] = json.load(file)
        except (OSError, ValueError) as error:
            raise OptionError(f"option allow_list: {os.fspath(path)}: {error}") from error
    if found.get("assets") is not None:
        found["assets"] = [_asset_file(path) for path in path_list(found["assets"])]
    own = {name: value for name, value in found.items() if value is not None}
    return json.dumps({**json.loads(case._options_json), **own} if case is not None else own)


def _asset_file(path: str) -> Dict[str, str]:
    try:
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            return {"name": os.path.basename(path), "text": file.read()}
    except OSError as error:
        raise OptionError(f"option assets: {path}: {error}") from error


def load_rules(paths: Union[StrPath, Iterable[StrPath]]) -> Rules:
    """Reads rule, macro and lookup files: files, folders and zip archives of Splunk's security_content or Sigma's rules.

    A rule that cannot run is no error: `rules.problems` and `rules.table` say why.

    Raises RulesError if a file cannot be read.
    """
    return _load_rules(path_list(paths))


def rules_of(rules: Optional[RulesLike], case: Optional[Case] = None) -> Optional[Rules]:
    """Returns rules, beside those of a case."""
    found = rules if rules is None or isinstance(rules, Rules) else load_rules(rules)
    if case is None:
        return found
    return Rules([*case.rules.files, *(found.files if found else [])])


def path_list(paths: Union[StrPath, Iterable[StrPath]]) -> List[str]:
    if isinstance(paths, (str, os.PathLike)):
        return [os.fspath(paths)]
    return [os.fspath(path) for path in paths]


def engine_inputs(inputs: Union[Input, Iterable[Input]]) -> List[EngineInput]:
    """Returns one input or several as a list."""
    is_named = isinstance(inputs, tuple) and len(inputs) == 2 and not isinstance(inputs[1], (str, os.PathLike))
    is_one = is_named or isinstance(inputs, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(inputs, "read")
    listed = [inputs] if is_one else inputs
    return [_engine_input(one) for one in cast("Iterable[Input]", listed)]


def _engine_input(given: Input) -> EngineInput:
    if isinstance(given, (str, os.PathLike)):
        return os.fspath(given)
    if isinstance(given, tuple):
        name, content = given
    else:
        name, content = _name(given), given
    if isinstance(content, (bytes, bytearray, memoryview)):
        return name, bytes(content)
    if isinstance(content, io.TextIOBase):
        raise TypeError(f"{name}: a file of text. Open it in binary mode, for the encoding is detected from the bytes")
    if not hasattr(content, "read"):
        raise TypeError(f"an input is a path, bytes or a binary file object, not {type(content).__name__}")
    return name, content


def _name(content: Content) -> str:
    """Returns the base name of a file object, if it has one."""
    name = getattr(content, "name", None)
    return os.path.basename(name) if isinstance(name, str) and name else "input"
