"""Errors by kind. Each has a `code`, the same as in the JavaScript library where that has the kind too."""

from __future__ import annotations

from typing import Optional


class ScriptscopeError(Exception):
    """Base class. Input that cannot be read is no error: the report's problems say it."""

    code: str = "error"

    def __init__(self, message: str, line: Optional[int] = None, column: Optional[int] = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class OptionError(ScriptscopeError):
    """An option is unknown or has an invalid value."""

    code = "option"


class ExpressionError(ScriptscopeError):
    """A search expression cannot be parsed. `line` and `column`, from 1, are the position."""

    code = "expression"


class OrderError(ScriptscopeError):
    """Calls in the wrong order, such as `push` without `begin`."""

    code = "order"


class PartialError(ScriptscopeError):
    """A partial is damaged, or of another version, rule set or options."""

    code = "partial"


class CaseError(ScriptscopeError):
    """A text is no case. `line` and `column`, from 1, are the position."""

    code = "case"


class RulesError(ScriptscopeError):
    """A rule file cannot be read. Missing rules would go unnoticed."""

    code = "rules"


class ThreadsError(ScriptscopeError):
    """No thread can be started."""

    code = "threads"


class EngineError(ScriptscopeError):
    """The engine failed: a bug to report. The process goes on."""

    code = "engine"


_CLASSES = {
    kind.code: kind
    for kind in (
        OptionError,
        ExpressionError,
        OrderError,
        PartialError,
        CaseError,
        RulesError,
        ThreadsError,
        EngineError,
    )
}


def from_code(code: str, message: str, line: Optional[int], column: Optional[int]) -> ScriptscopeError:
    return _CLASSES.get(code, EngineError)(message, line, column)
