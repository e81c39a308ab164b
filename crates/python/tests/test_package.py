"""The package as a stranger uses it: inputs, tables, errors, threads, signals."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import scriptscope
from conftest import event
from scriptscope import _engine

pa = pytest.importorskip("pyarrow")

TABLES = ["results", "script_blocks", "risk", "risk_events", "findings", "problems", "sources", "rules"]


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "scriptscope", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_the_report_has_the_bytes_of_the_command_line(sample: Path) -> None:
    done = command("--format", "json", sample)
    assert done.returncode == 1
    assert scriptscope.scan(sample).to_json() == done.stdout
    assert command("--version").stdout.strip() == f"scriptscope {scriptscope.__version__}"


def test_inputs_are_paths_bytes_and_file_objects(sample: Path, tmp_path: Path) -> None:
    expected = scriptscope.scan(str(sample)).to_json()
    content = sample.read_bytes()
    assert scriptscope.scan([(sample.name, content)]).to_json() == expected
    assert scriptscope.scan((sample.name, memoryview(content))).to_json() == expected
    assert scriptscope.scan((sample.name, io.BytesIO(content))).to_json() == expected
    with open(sample, "rb") as file:
        assert scriptscope.scan(file).to_json() == expected
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "intrusion.xml.gz").write_bytes(gzip.compress(content))
    packed = scriptscope.scan(tmp_path / "logs")
    assert packed.totals["scriptBlocks"] == scriptscope.scan(sample).totals["scriptBlocks"]
    two = scriptscope.scan([sample, ("b.json", event("Enable-PSRemoting -Force").encode())])
    assert two.totals["sources"] == 2


def test_inputs_that_are_none_are_refused(sample: Path, tmp_path: Path) -> None:
    with open(sample) as file, pytest.raises(TypeError, match="binary mode"):
        scriptscope.scan(file)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not int"):
        scriptscope.scan([7])  # type: ignore[list-item]
    missing = scriptscope.scan(tmp_path / "none.evtx").to_dict()["problems"]
    assert [problem["code"] for problem in missing] == ["read-failed"]


def test_a_file_object_that_fails_is_a_problem() -> None:
    class Broken(io.RawIOBase):
        name = "broken.json"
        calls = 0

        def read(self, size: int = -1) -> bytes:
            self.calls += 1
            if self.calls > 1:
                raise OSError("the tape is torn")
            return event("Enable-PSRemoting -Force").encode()

    report = scriptscope.scan(Broken()).to_dict()
    assert report["totals"]["scriptBlocks"] == 1
    problem = next(problem for problem in report["problems"] if problem["code"] == "read-failed")
    assert "the tape is torn" in problem["message"] and problem["source"] == "broken.json"


def test_tables_have_the_rows_of_the_report(sample: Path) -> None:
    report = scriptscope.scan([sample, ("empty.evtx", b"")])
    document = report.to_dict()
    lists = {
        "results": document["results"],
        "script_blocks": document["scriptBlocks"],
        "risk": document["riskObjects"],
        "risk_events": [event for found in document["riskObjects"] for event in found["events"]],
        "findings": document["findings"],
        "problems": document["problems"],
        "sources": document["sources"],
        "rules": document["rules"],
    }
    assert sorted(lists) == sorted(TABLES)
    for name, rows in lists.items():
        table = getattr(report, name)
        arrow = pa.table(table)
        assert len(rows) > 0 and len(table) == arrow.num_rows == len(rows), name
        assert arrow.column_names == table.columns
        for column in set(table.columns) & set(rows[0]):
            values = arrow[column].to_pylist()
            if pa.types.is_timestamp(arrow.schema.field(column).type):
                values = arrow[column + "Text"].to_pylist()
            elif column in ("fields", "otherEvents", "notKept"):
                values = [json.loads(value) for value in values]
            elif column in ("blocks", "events", "attack", "threatObjects"):
                continue
            assert values == [row[column] for row in rows], (name, column)


def test_times_are_points_in_time_and_texts(sample: Path) -> None:
    block = scriptscope.scan(("a.json", event("Enable-PSRemoting -Force").encode())).script_blocks
    arrow = pa.table(block)
    assert arrow.schema.field("time").type == pa.timestamp("us", "UTC")
    assert arrow["timeText"].to_pylist() == ["2026-08-08T06:13:52.0830001Z"]
    assert arrow["time"].cast(pa.int64()).to_pylist() == [1786169632083000]


def test_frames_and_databases_take_the_tables(sample: Path) -> None:
    report = scriptscope.scan(sample)
    polars = pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")
    duckdb = pytest.importorskip("duckdb")
    assert "WS117.corp.example" in polars.DataFrame(report.risk)["object"].to_list()
    assert pandas.DataFrame.from_arrow(report.risk)["score"][0] == report.to_dict()["riskObjects"][0]["score"]
    results = report.results
    found = duckdb.sql("select fields->>'Computer' from results order by score desc limit 1").fetchall()
    assert len(results) == report.totals["results"] and found == [("DC01.corp.example",)]


def test_an_empty_report_has_the_same_columns(sample: Path) -> None:
    full, empty = scriptscope.scan(sample), scriptscope.Session(builtin=False).report()
    for name in TABLES:
        assert pa.table(getattr(empty, name)).schema == pa.table(getattr(full, name)).schema, name
        assert len(getattr(empty, name)) == 0


def test_notebooks_see_text_and_nothing_acts() -> None:
    hostile = "Enable-PSRemoting <script>alert(1)</script><img src=x onerror=y> & \"'` $\\href{javascript:x}{y}$ \u202e\x1b[31m"
    report = scriptscope.scan(("a.json", event(hostile).encode()))
    for html in (report._repr_html_(), report.script_blocks._repr_html_(), report.results._repr_html_()):
        for bad in ("<script", "<img", "$", "\u202e", "\x1b"):
            assert bad not in html, bad
    html = report.script_blocks._repr_html_()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "\\u{202e}" in html and "mathjax_ignore" in html
    assert "<script" not in repr(report) + repr(report.results)


def test_views_undo_obfuscation() -> None:
    assert any("Enable-PSRemoting" in view.text for view in scriptscope.views("iex ('Enable-PSR'+'emoting')"))
    report = scriptscope.scan(("a.json", event("iex ('Enable-PSR'+'emoting')").encode()))
    block = report.to_dict()["scriptBlocks"][0]["id"]
    assert report.text(block) == "iex ('Enable-PSR'+'emoting')"
    assert report.views(block) == [tuple(view) for view in scriptscope.views(report.text(block))]
    with pytest.raises(KeyError):
        report.text("none")


def test_rules_are_loaded_pickled_and_refused_by_name(sample: Path, tmp_path: Path) -> None:
    rule = (
        "title: Mine\nlogsource: {product: windows, category: ps_script}\n"
        "detection: {words: {ScriptBlockText|contains: Get-Process}, condition: words}\nlevel: high\n"
    )
    (tmp_path / "mine.yml").write_text(rule)
    (tmp_path / "bad.yml").write_text("name: Bad\nid: bad-1\nsearch: '`powershell` | timechart count'\ntype: TTP\n")
    rules = scriptscope.load_rules(tmp_path)
    assert len(rules) == 2
    assert sorted(pa.table(rules.table)["status"].to_pylist()) == ["ran", "refused"]
    again = pickle.loads(pickle.dumps(rules))
    assert again.files == rules.files
    by_path = scriptscope.scan(sample, rules=[tmp_path / "mine.yml", tmp_path / "bad.yml"], builtin=False)
    assert by_path.totals["results"] >= 1
    assert scriptscope.scan(sample, rules=again, builtin=False).to_json() == by_path.to_json()
    with pytest.raises(scriptscope.RulesError, match="none.yml") as raised:
        scriptscope.load_rules(tmp_path / "none.yml")
    assert raised.value.code == "rules"


def test_options_reach_the_engine(sample: Path, tmp_path: Path) -> None:
    full = len(scriptscope.scan(sample).results)
    assert len(scriptscope.scan(sample, min_score=80).results) < full
    assert scriptscope.scan(sample, since="2030-01-01").totals["results"] == 0
    assert scriptscope.scan(sample, builtin=False).totals["results"] == 0
    assert scriptscope.scan(sample, sha256=True).to_dict()["sources"][0]["sha256"]
    allow = [{"name": "lab", "search": "Computer=*"}]
    (tmp_path / "allow.json").write_text(json.dumps(allow))
    for given in (allow, tmp_path / "allow.json"):
        assert len(scriptscope.scan(sample, allow_list=given).risk) == 0  # type: ignore[arg-type]


def test_errors_are_classes_with_codes(sample: Path, tmp_path: Path) -> None:
    cases: list[tuple[type[scriptscope.ScriptscopeError], str, Any]] = [
        (scriptscope.OptionError, "option", lambda: scriptscope.scan(sample, since="yesterday")),
        (scriptscope.OptionError, "option", lambda: scriptscope.scan(sample, mode="bloc")),  # type: ignore[arg-type]
        (scriptscope.OptionError, "option", lambda: scriptscope.scan(sample, allow_list=tmp_path / "none.json")),
        (
            scriptscope.ExpressionError,
            "expression",
            lambda: scriptscope.Session(allow_list=[{"name": "a", "search": "(Computer=A"}]),
        ),
        (scriptscope.OrderError, "order", lambda: scriptscope.Session().push(b"a")),
        (scriptscope.PartialError, "partial", lambda: scriptscope.Session().merge(b"a")),
        (scriptscope.EngineError, "engine", lambda: _engine._panic("boom")),
    ]
    for kind, code, call in cases:
        with pytest.raises(kind) as raised:
            call()
        assert raised.value.code == code and isinstance(raised.value, scriptscope.ScriptscopeError)
    with pytest.raises(scriptscope.ExpressionError) as raised:
        scriptscope.Session(allow_list=[{"name": "a", "search": "(Computer=A"}])
    assert raised.value.line == 1 and isinstance(raised.value.column, int)
    with pytest.raises(TypeError, match="mod"):
        scriptscope.scan(sample, mod="block")  # type: ignore[call-arg]


def test_sessions_merge_to_the_report_of_one_pass(sample: Path) -> None:
    content = sample.read_bytes()
    reader, root = scriptscope.Session(), scriptscope.Session()
    reader.begin(sample.name)
    for at in range(0, len(content), 1_000):
        reader.push(content[at : at + 1_000])
    reader.end()
    root.merge(reader.drain())
    assert root.report().to_json() == scriptscope.scan(sample).to_json()
    other = scriptscope.Session()
    other.read(sample)
    assert other.partial() == root.partial()
    assert other.rule_set_hash == root.rule_set_hash and len(other.rules) > 80
    other.begin("cut.json")
    other.push(event("Get-Date").encode())
    other.fail("cancelled", "nobody wants it")
    assert "cancelled" in [problem["code"] for problem in other.report().to_dict()["problems"]]


def big(lines: int) -> bytes:
    return "".join(event(f"Get-Date; {'x' * 400}; {index}", block=str(index)) for index in range(lines)).encode()


def test_other_threads_go_on_while_logs_are_read() -> None:
    content = big(40_000)
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    scriptscope.scan([("a.json", content), ("b.json", content)], jobs=1)
    ended = time.monotonic()
    done.set()
    thread.join()
    assert sum(began < at < ended for at in ticks) >= 5


class Endless(io.RawIOBase):
    name = "endless.json"

    def read(self, size: int = -1) -> bytes:
        return (event("Get-Date") * 100)[:size].encode()


def test_progress_is_reported_and_an_exception_of_it_stops_the_run() -> None:
    seen: list[scriptscope.Progress] = []

    def stop(progress: scriptscope.Progress) -> None:
        seen.append(progress)
        if len(seen) == 3:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        scriptscope.scan(Endless(), progress=stop)
    assert len(seen) == 3
    assert seen[-1].bytes > 0 and seen[-1].total_bytes is None and seen[-1].source == "endless.json"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_is_heard() -> None:
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        scriptscope.scan(Endless())
    timer.join()


def test_a_panic_leaves_the_process_alive(sample: Path) -> None:
    code = (
        "import scriptscope\n"
        "from scriptscope import _engine\n"
        "try:\n    _engine._panic('boom')\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
        f"print(len(scriptscope.scan({str(sample)!r}).results))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    results = len(scriptscope.scan(sample).results)
    assert done.stdout == f"EngineError the engine failed: boom. Please report this.\n{results}\n"


def test_shares_merge_to_the_report_of_one_pass(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    parts = [event("Enable-PSRem", part=1, total=2, block="cut"), event("oting -Force", part=2, total=2, block="cut")]
    (logs / "a.json").write_bytes(big(2_000) + parts[0].encode())
    (logs / "b.json.gz").write_bytes(gzip.compress(parts[1].encode()))
    os.symlink("a.json", logs / "link.json")
    expected = scriptscope.scan(logs)
    shares = _engine.divide(_engine.shares([str(logs)]), "{}", 100_000, None)
    assert len([share for share in shares if share.range]) > 5
    root = scriptscope.Session()
    for share in reversed(pickle.loads(pickle.dumps(shares))):
        root.merge(_engine.read_shares([share], "{}", None, [], None))
    assert root.report().to_json() == expected.to_json()
    assert expected.totals["results"] == 1


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_types_are_checked(tool: str, tmp_path: Path) -> None:
    pytest.importorskip(tool)
    user = tmp_path / "user.py"
    user.write_text(
        "import scriptscope\n"
        "report = scriptscope.scan(['a.evtx', b'', ('b', b'')], rules='rules', jobs=2, mode='event', since='2026-01-01')\n"
        "score: float = report.to_dict()['riskObjects'][0]['score']\n"
        "rows: int = len(report.results)\n"
        "names: list[str] = [view.name for view in scriptscope.views('a')]\n"
    )
    # A copy, since type checkers do not report on installed packages.
    source = tmp_path / "scriptscope"
    shutil.copytree(Path(scriptscope.__file__).parent, source, ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    words = [sys.executable, "-m", tool]
    words += ["--strict", "--cache-dir", str(tmp_path / "cache")] if tool == "mypy" else ["--pythonpath", sys.executable]
    words += ["user.py"]
    both = [*words, "scriptscope"]
    done = subprocess.run(both, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    user.write_text("import scriptscope\nscriptscope.scan('a', mode='bloc')\n")
    wrong = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert wrong.returncode == 1, "a wrong option is an error of types"


def test_the_stub_has_what_the_engine_has() -> None:
    stub = Path(_engine.__file__).with_name("_engine.pyi").read_text()
    for name in dir(_engine):
        if not name.startswith("__") or name == "__version__":
            assert f"class {name}" in stub or f"def {name}" in stub or f"{name}:" in stub, name
    for kind in (_engine.Report, _engine.Table, _engine.Rules, _engine.Session, _engine.Share, _engine.Progress):
        for name in dir(kind):
            if not name.startswith("_"):
                assert f"def {name}(" in stub, f"{kind.__name__}.{name}"


def test_the_wheel_has_the_licences_of_what_is_in_it() -> None:
    path = os.environ.get("SCRIPTSCOPE_WHEEL")
    if not path:
        pytest.skip("SCRIPTSCOPE_WHEEL names no wheel")
    wheel = zipfile.ZipFile(path)
    names = {Path(name).name: name for name in wheel.namelist()}
    assert {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.txt"} <= set(names)
    notices = wheel.read(names["THIRD-PARTY-NOTICES.txt"]).decode()
    assert all(f"{crate} " in notices for crate in ("pyo3", "arrow-array", "memchr", "flate2"))
    assert "-cp39-abi3-" in Path(path).name


def test_a_stranger_needs_nothing_but_python(sample: Path, tmp_path: Path) -> None:
    wheels = os.environ.get("SCRIPTSCOPE_WHEEL")
    if not wheels:
        pytest.skip("SCRIPTSCOPE_WHEEL names no wheel")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=300)
    bin = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(bin / "pip"), "install", "--quiet", "--no-index", wheels]
    subprocess.run(pip, check=True, timeout=300)
    code = f"import scriptscope; print(len(scriptscope.scan({str(sample)!r}).results))"
    done = subprocess.run([str(bin / "python"), "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == f"{len(scriptscope.scan(sample).results)}\n", done.stderr
    done = subprocess.run([str(bin / "scriptscope"), str(sample)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and done.stdout.startswith("scriptscope ")
    if Path(wheels).parent.name == "wheels":
        assert Path(wheels).stat().st_size < 6_000_000, "the wheel of a release has more than 6 MB"
