"""A lake on Spark in local mode: the report of one pass, whatever is cut, damaged or killed."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest
import scriptscope
from conftest import ROOT, event

pytest.importorskip("pyspark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java, and there is none", allow_module_level=True)

from pyspark.sql import SparkSession
from scriptscope import spark as lakes

if TYPE_CHECKING:
    Spark = SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2,4]").appName("scriptscope")  # type: ignore[attr-defined]
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
    session: Spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs of all formats, packed, damaged, empty, cut inside of a script block, and one that is divided."""
    lake = tmp_path_factory.mktemp("lake")
    (lake / "host a").mkdir()
    fixtures = ROOT / "tests" / "fixtures"
    found = [path for path in sorted(fixtures.rglob("*")) if path.suffix in (".evtx", ".xml", ".csv", ".json", ".txt")]
    for index, path in enumerate(path for path in found if path.stat().st_size < 200_000):
        shutil.copy(path, lake / f"{index:03}-{path.name}")
    sample = ROOT / "samples" / "intrusion.xml"
    shutil.copy(sample, lake / "host a" / "intrusion.xml")
    with zipfile.ZipFile(lake / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(sample, "intrusion.xml")
        archive.writestr("inner.json", event("Enable-PSRemoting -Force # zip", block="z"))
    packed = gzip.compress(event("oting -Force", part=2, total=2, block="cut").encode())
    (lake / "part 2.json.gz").write_bytes(packed)
    (lake / "damaged.json.gz").write_bytes(gzip.compress(os.urandom(50_000))[:20_000])
    (lake / "empty.evtx").write_bytes(b"")
    lines = [event(f"Get-Date # {index} {'x' * 300}", block=f"big {index}") for index in range(4_000)]
    lines[2_000] = event("Enable-PSRem", part=1, total=2, block="cut")
    (lake / "big.json").write_text("".join(lines))
    os.symlink("big.json", lake / "link.json")
    return lake


@pytest.fixture(scope="session")
def found(spark: Spark, lake: Path) -> lakes.Lake:
    return lakes.scan(spark, lake, range_bytes=100_000, task_bytes=60_000)


def test_the_report_is_that_of_one_pass(lake: Path, found: lakes.Lake) -> None:
    expected = scriptscope.scan(lake)
    assert found.report.to_json() == expected.to_json()
    codes = {problem["code"] for problem in expected.to_dict()["problems"]}
    assert {"archive-damaged", "read-failed"} <= codes, "the damage is said"
    texts = [block["text"] for block in expected.to_dict()["scriptBlocks"]]
    assert "Enable-PSRemoting -Force" in texts, "the parts of two files are joined"


def test_the_lake_was_divided_and_merged_in_levels(lake: Path) -> None:
    shares, _ = lakes._shares([str(lake)], "{}", 100_000, 2)
    tasks = lakes._pack(shares, 60_000, 1)
    assert len([share for share in shares if share.range]) > 10
    assert len(tasks) > lakes.FAN_IN, len(tasks)


def test_uris_are_read_through_arrow(spark: Spark, lake: Path) -> None:
    # A link is followed there: Arrow does not tell it from a file.
    links = [path for path in lake.iterdir() if path.is_symlink()]
    for link in links:
        link.unlink()
    try:
        uri = lakes.scan(spark, lake.as_uri(), range_bytes=100_000, task_bytes=200_000)
        assert uri.report.to_json() == scriptscope.scan(lake).to_json()
    finally:
        for link in links:
            os.symlink("big.json", link)
    with pytest.raises(FileNotFoundError):
        lakes.scan(spark, (lake / "none").as_uri())
    with pytest.raises(ValueError, match="mixed"):
        lakes.scan(spark, [str(lake), lake.as_uri()])


def test_rules_and_options_reach_the_executors(spark: Spark, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "a.json").write_text(event("Get-Process lsass", computer="A") + event("Get-Process lsass # b", block="2", computer="B"))
    (tmp_path / "mine.yml").write_text(
        "name: Mine\nid: 11111111-2222-4333-8444-555555555555\ntype: TTP\n"
        "search: '`powershell` EventCode=4104 | lookup hosts host as Computer OUTPUT role | search role=server "
        "| stats count by Computer ScriptBlockText'\n"
        "tags: {risk_score: 50, message: found, observable: [{name: Computer, type: Hostname, role: [Victim]}]}\n"
    )
    (tmp_path / "hosts.csv").write_text("host,role\nA,server\nB,client\n")
    (tmp_path / "hosts.yml").write_text("name: hosts\nfilename: hosts.csv\nlookup_type: csv\n")
    rules = scriptscope.load_rules([tmp_path / name for name in ("mine.yml", "hosts.csv", "hosts.yml")])
    for options in ({}, {"allow_list": [{"name": "lab", "search": "Computer=A"}]}):
        made = lakes.scan(spark, lake, rules=rules, builtin=False, **options)  # type: ignore[arg-type]
        one = scriptscope.scan(lake, rules=rules, builtin=False, **options)  # type: ignore[arg-type]
        assert made.report.to_json() == one.to_json()
        assert [row["computer"] for row in one.to_dict()["scriptBlocks"]] == ["A"]
        assert len(one.risk) == (0 if options else 1)


def test_an_empty_folder_is_an_empty_report(spark: Spark, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    made = lakes.scan(spark, tmp_path / "none")
    assert made.report.totals["sources"] == 0 and made.results.count() == 0


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds workers in /proc")
def test_a_killed_worker_costs_a_retry_and_no_difference(spark: Spark, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    texts = ("Enable-PSRemoting" if index % 500 == 0 else "Get-Date" for index in range(10_000))
    one = "".join(event(f"{text} # {'x' * 2_000}", block=str(index)) for index, text in enumerate(texts))
    for index in range(4):
        (lake / f"{index}.json").write_text(one.replace("FS03", f"FS{index}"))
    expected = scriptscope.scan(lake).to_json()
    killed: list[int] = []
    done = threading.Event()

    def kill() -> None:
        while not done.is_set() and not killed:
            for process in Path("/proc").glob("[0-9]*"):
                if int(process.name) != os.getpid() and reads(process, lake):
                    os.kill(int(process.name), signal.SIGKILL)
                    killed.append(int(process.name))
                    return
            time.sleep(0.001)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        made = lakes.scan(spark, lake, range_bytes=4_000_000, task_bytes=4_000_000)
    finally:
        done.set()
        thread.join()
    assert killed, "no worker was caught while it read"
    assert made.report.to_json() == expected


def reads(process: Path, lake: Path) -> bool:
    """Whether a process of Python's workers has a file of the lake open."""
    try:
        if b"pyspark" not in (process / "cmdline").read_bytes():
            return False
        return any(os.readlink(file).startswith(str(lake)) for file in (process / "fd").iterdir())
    except OSError:
        return False


def test_a_panic_on_an_executor_is_an_exception_there(spark: Spark) -> None:
    from pyspark.errors import PythonException

    def panic(batches: Any) -> Any:
        from scriptscope import _engine

        _engine._panic("boom")
        return batches

    with pytest.raises(PythonException, match="EngineError: the engine failed: boom"):
        spark.range(1).mapInArrow(panic, "id long").collect()


def test_parquet_is_read_by_the_queries_of_the_documentation(
    found: lakes.Lake, spark: Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb = pytest.importorskip("duckdb")
    found.write_parquet(str(tmp_path / "found"))
    assert spark.read.parquet(str(tmp_path / "found" / "results")).count() == len(found.report.results)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "spark.md").read_text()
    queries = [block.split("```")[0] for block in text.split("```sql\n")[1:]]
    assert len(queries) >= 4
    for query in queries:
        assert duckdb.sql(query).fetchall(), query
    for name in ("results", "risk_events", "script_blocks"):
        spark.read.parquet(str(tmp_path / "found" / name)).createOrReplaceTempView(name)
    spark_queries = [block.split('"""')[0] for block in text.split('spark.sql("""\n')[1:]]
    assert len(spark_queries) >= 1
    for query in spark_queries:
        assert spark.sql(query).collect(), query


def test_types_are_checked(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    package = Path(scriptscope.__file__).parent
    shutil.copytree(package, tmp_path / "scriptscope", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "scriptscope/spark.py"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
