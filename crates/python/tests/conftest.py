from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sample() -> Path:
    return ROOT / "samples" / "intrusion.xml"


def event(text: str, *, block: str = "1", part: int = 1, total: int = 1, computer: str = "FS03") -> str:
    """Returns a script block record as a line of JSON."""
    import json

    return (
        json.dumps(
            {
                "EventID": 4104,
                "Channel": "Microsoft-Windows-PowerShell/Operational",
                "Computer": computer,
                "TimeCreated": "2026-08-08T06:13:52.0830001Z",
                "MessageNumber": part,
                "MessageTotal": total,
                "ScriptBlockId": block,
                "ScriptBlockText": text,
            }
        )
        + "\n"
    )
