"""What the analyst's desk has: every script block, scripts, events beside them, indicators, acts, exports, searches, cases."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import scriptscope
from conftest import event

pa = pytest.importorskip("pyarrow")

QUIET = "Get-Date # http://staging.evil-cdn.net/a"
"""A script that no rule matches."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.json"
    started = {
        "EventID": 4688,
        "ProviderName": "Microsoft-Windows-Security-Auditing",
        "Channel": "Security",
        "Computer": "FS03",
        "TimeCreated": "2026-08-08T06:13:50Z",
        "NewProcessName": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        "CommandLine": "powershell.exe -enc RwBlAHQALQBEAGEAdABlAA==",
        "NewProcessId": "0x10",
    }
    lines = [event(QUIET, block="q"), event("Enable-PSRemoting -Force"), event(QUIET, block="r", computer="FS04")]
    path.write_text("".join(lines) + json.dumps(started) + "\n")
    return path


def rows(table: scriptscope.Table) -> list[dict[str, object]]:
    return pa.table(table).to_pylist()  # type: ignore[no-any-return]


def test_every_script_block_is_listed_and_read_again(log: Path) -> None:
    report = scriptscope.scan(log, inventory=True)
    blocks = rows(report.blocks)
    assert [block["results"] for block in blocks].count(0) == 2 and len(blocks) == 3
    for block in blocks:
        assert report.text(str(block["id"])) in (QUIET, "Enable-PSRemoting -Force")
    assert len(report.script_blocks) == 1, "only those of results"
    quiet = next(block for block in blocks if block["results"] == 0)
    assert quiet["seenOn"] == 2 and quiet["time"] is not None
    with pytest.raises(KeyError):
        report.text("0" * 32)
    with pytest.raises(scriptscope.OrderError, match="inventory"):
        scriptscope.scan(log).blocks  # noqa: B018


def test_texts_are_read_again_from_archives_and_bytes_and_not_from_streams(log: Path, tmp_path: Path) -> None:
    content = log.read_bytes()
    packed = tmp_path / "log.json.gz"
    packed.write_bytes(gzip.compress(content))
    inputs: list[scriptscope.Input] = [packed, ("log.json", content)]
    for given in inputs:
        report = scriptscope.scan(given, inventory=True)
        ids = [str(block["id"]) for block in rows(report.blocks)]
        assert sorted({report.text(block) for block in ids}) == ["Enable-PSRemoting -Force", QUIET]
    report = scriptscope.scan(("log.json", io.BytesIO(content)), inventory=True)
    quiet = next(str(block["id"]) for block in rows(report.blocks) if block["results"] == 0)
    with pytest.raises(scriptscope.OptionError, match="cannot be read again"):
        report.text(quiet)
    log.write_text(event("another", block="q"))
    changed = scriptscope.scan(("log.json", content), inventory=True)
    assert changed.text(quiet) == QUIET, "the bytes did not change"


def test_scripts_events_indicators_and_acts_are_tables(log: Path) -> None:
    report = scriptscope.scan(log, inventory=True, indicators=True)
    scripts = rows(report.scripts())
    assert [script["computers"] for script in scripts] == [1, 2]
    assert len(rows(report.scripts("shape"))) == 2
    with pytest.raises(ValueError, match="none of text, shape"):
        report.scripts("form")  # type: ignore[arg-type]
    found = rows(report.context_events)
    assert [(one["kind"], one["decoded"]) for one in found] == [("process-creation", "Get-Date")]
    assert "http://staging.evil-cdn.net/a" in [one["value"] for one in rows(report.indicators)]
    assert len(scriptscope.scan(log).indicators) == 0, "no rule matches the script"
    (act,) = rows(report.acts)
    assert act["object"] == "FS03" and act["resultIds"] == [row["id"] for row in rows(report.results)]
    for table in (report.blocks, report.scripts(), report.context_events, report.indicators, report.acts):
        assert "<table" in table._repr_html_() and len(table) == len(rows(table))
    empty = scriptscope.Session(builtin=False, inventory=True).report()
    for name in ("blocks", "context_events", "indicators", "acts"):
        assert pa.table(getattr(empty, name)).schema == pa.table(getattr(report, name)).schema, name
    assert pa.table(empty.scripts()).schema == pa.table(report.scripts()).schema


def test_exports_are_those_of_the_command_line(log: Path, tmp_path: Path) -> None:
    report = scriptscope.scan(log)
    for words, made in [
        (["stix"], report.export("stix")),
        (["navigator"], report.export("navigator")),
        (["csv", "--table", "risk"], report.export("csv", table="risk")),
        (["scripts-zip"], report.export("scripts-zip")),
        (["markdown"], report.case_report("markdown").encode()),
    ]:
        out = tmp_path / "out"
        done = subprocess.run([sys.executable, "-m", "scriptscope", "-f", *words, "-o", str(out), str(log)], timeout=120)
        assert done.returncode in (0, 1)
        assert out.read_bytes() == made, words
    report.write(tmp_path / "a.csv", "csv", table="indicators")
    assert (tmp_path / "a.csv").read_bytes() == report.export("csv", table="indicators")
    with pytest.raises(scriptscope.OptionError, match="none of csv"):
        report.export("xls")  # type: ignore[arg-type]
    with pytest.raises(scriptscope.OptionError, match="table"):
        report.export("csv", table="hosts")  # type: ignore[arg-type]
    listed = scriptscope.scan(log, inventory=True)
    quiet = next(block for block in rows(listed.blocks) if block["results"] == 0)
    for chosen in (quiet["id"], quiet["textId"]):
        archive = zipfile.ZipFile(io.BytesIO(listed.export("scripts-zip", ids=[str(chosen)])))
        texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt")]
        assert texts == [QUIET]


def test_queries_search_every_script_block(log: Path) -> None:
    found = scriptscope.search("get-date", log)
    assert [row["text"] for row in rows(found.script_blocks)] == [QUIET, QUIET]
    with pytest.raises(scriptscope.OrderError, match="inventory"):
        _ = found.blocks
    assert len(scriptscope.search("get-date", log, inventory=True).blocks) == 3
    counted = scriptscope.search('Computer=FS0* "*Get-Date*" | stats count by Computer', log)
    cells = [json.loads(str(row["fields"])) for row in rows(counted.results)]
    assert cells == [{"Computer": "FS03", "count": "1"}, {"Computer": "FS04", "count": "1"}]
    with pytest.raises(scriptscope.ExpressionError, match="did you mean `stats`") as raised:
        scriptscope.search("Computer=* | stat count", log)
    assert raised.value.line == 1


def test_cases_are_marked_merged_saved_and_opened(log: Path, tmp_path: Path) -> None:
    report = scriptscope.scan(log, inventory=True, sha256=True, min_score=1)
    quiet = next(block for block in rows(report.blocks) if block["results"] == 0)
    case = report.new_case("fs03")
    case.mark("block", str(quiet["id"]), verdict="hostile", note="who ran this?", by="kim", to_report=True)
    case.mark("result", str(rows(report.results)[0]["id"]), verdict="benign", by="kim")
    case.save(tmp_path / "kim.json")
    other = scriptscope.open_case(tmp_path / "kim.json")
    assert other.to_json() == case.to_json() and other.name == "fs03"
    other.mark("block", str(quiet["id"]), verdict="benign", by="lee")
    merged, conflicts = case.merge(other)
    assert conflicts == [f"block:{quiet['id']}: kim says hostile, lee says benign"]
    assert merged.to_json() == other.merge(case)[0].to_json()
    mark = next(mark for mark in rows(merged.marks) if mark["kind"] == "block")
    assert (mark["verdict"], mark["isDisputed"], mark["toReport"]) == ("hostile", True, True)
    page = report.case_report("markdown", merged)
    assert QUIET in page and "no rule matched it" in page and "who ran this?" in page
    report.write(tmp_path / "report.html", "html", case=merged)
    html = (tmp_path / "report.html").read_text().replace("<wbr>", "")
    assert "staging[.]evil-cdn[.]net" in html
    done = subprocess.run(
        [sys.executable, "-m", "scriptscope", "report", "--case", str(tmp_path / "kim.json"), "-o", "-", str(log)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout == report.case_report("html", case), done.stderr
    with pytest.raises(ValueError, match="none of hostile"):
        case.mark("block", "a", verdict="bad")  # type: ignore[arg-type]
    with pytest.raises(scriptscope.CaseError) as raised:
        scriptscope.Case.from_json("{")
    assert raised.value.line == 1
    again = scriptscope.scan(log, case=merged, inventory=True)
    assert again.to_json() == scriptscope.scan(log, min_score=1).to_json()


def test_a_case_keeps_rules_and_allow_list(log: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(
        "title: Mine\nlogsource: {product: windows, category: ps_script}\n"
        "detection: {words: {ScriptBlockText|contains: Get-Date}, condition: words}\nlevel: high\n"
    )
    allow = [{"name": "lab", "search": "Computer=FS04"}]
    report = scriptscope.scan(log, rules=tmp_path / "mine.yml", builtin=False, allow_list=allow)
    case = scriptscope.Case.from_json(report.new_case().to_json())
    assert scriptscope.scan(log, case=case).to_json() == report.to_json()
    assert len(scriptscope.scan(log, case=case, allow_list=[]).risk) == 2


def test_notebooks_see_text_of_cases_and_nothing_acts() -> None:
    case = scriptscope.Case("<script>alert(1)</script>")
    case.mark("block", "<img src=x>", note="<b>$x$\u202e", by="k", star=True)
    html = case._repr_html_()
    for bad in ("<script", "<img", "<b>", "$", "\u202e"):
        assert bad not in html, bad


def test_a_report_is_not_mixed_with_what_its_session_read_later(log: Path) -> None:
    session = scriptscope.Session(inventory=True)
    session.read(log)
    report = session.report()
    assert len(report.blocks) == 3
    session.read(("b.json", event("Get-Date # b", block="b").encode()))
    with pytest.raises(scriptscope.OrderError, match="ask it for another"):
        report.blocks  # noqa: B018
    assert len(report.results) == 1, "what the report has stays"
    later = session.report()
    assert sorted({later.text(str(block["id"])) for block in rows(later.blocks)}) == [
        "Enable-PSRemoting -Force",
        "Get-Date # b",
        QUIET,
    ]


def test_risk_has_options(log: Path, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text("nt_host,dns,category\nFS03,fs03.corp.example,domain_controller\n")
    plain, doubled = scriptscope.scan(log), scriptscope.scan(log, assets=tmp_path / "assets.csv")
    scores = [rows(report.risk)[0]["score"] for report in (plain, doubled)]
    assert scores[1] == 2 * scores[0]  # type: ignore[operator]
    assert {row["factorReason"] for row in rows(doubled.risk_events)} >= {"category domain_controller"}
    assert len(scriptscope.scan(log, risk_threshold=1).findings) >= 1 > len(plain.findings)
