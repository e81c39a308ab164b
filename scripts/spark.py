"""Makes a lake of logs, reads it with Spark on this machine, and shows what was found.

Usage: scripts/spark.py GENERATE [SIZE]

GENERATE: the program of tests/support/generate. SIZE: bytes of the lake, such as 200M (default) or 20G.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import scriptscope
from pyspark.sql import SparkSession
from scriptscope import spark as lakes

LAKE = Path(__file__).resolve().parent.parent / ".cache" / "lake"
UNITS = {"K": 10**3, "M": 10**6, "G": 10**9}


def make(generate: str, size: int) -> None:
    """Half of the lake is EVTX; one file is in gzip, one in a zip archive, and one ends in the middle of a record."""
    logs = LAKE / "logs"
    if (LAKE / "size").exists() and (LAKE / "size").read_text() == str(size):
        return
    shutil.rmtree(LAKE, ignore_errors=True)
    logs.mkdir(parents=True)
    for seed, (kind, share) in enumerate([("evtx", 3), ("evtx", 3), ("ndjson", 2), ("xml", 2), ("csv", 1), ("xml", 1)]):
        words = [generate, kind, "--size", str(size * share // 12), "--seed", str(seed), "--out", str(logs / f"host{seed}.{kind}")]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    with open(logs / "host4.csv", "rb") as plain, gzip.open(logs / "host4.csv.gz", "wb", 1) as packed:
        shutil.copyfileobj(plain, packed)
    with zipfile.ZipFile(logs / "host5.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(logs / "host5.xml", "host5.xml")
    for name in ("host4.csv", "host5.xml"):
        (logs / name).unlink()
    with open(logs / "host2.ndjson", "r+b") as cut:
        cut.truncate((logs / "host2.ndjson").stat().st_size - 100)
    (LAKE / "size").write_text(str(size))


def main(generate: str, size: str = "200M") -> None:
    made = int(size[:-1]) * UNITS[size[-1]] if size[-1] in UNITS else int(size)
    print(f"making a lake of {made / 1e6:,.0f} MB in {LAKE}")
    make(generate, made)
    builder = SparkSession.builder.master("local[*,4]").appName("scriptscope")
    spark = builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").getOrCreate()
    began = time.monotonic()
    lake = lakes.scan(spark, LAKE / "logs")
    took = time.monotonic() - began
    print(f"\nSpark: {took:.1f} s, {made / 1e6 / took:,.0f} MB/s. {lake.report}")
    began = time.monotonic()
    one = scriptscope.scan(LAKE / "logs")
    took = time.monotonic() - began
    is_equal = one.to_json() == lake.report.to_json()
    print(f"one process: {took:.1f} s. Its report is {'the same' if is_equal else 'ANOTHER'}.\n")
    lake.risk.select("object", "type", "score", "events", "tactics").show(10, truncate=60)
    lake.results.groupBy("rule").count().orderBy("count", ascending=False).show(10, truncate=60)
    lake.problems.select("source", "severity", "code", "message").show(10, truncate=80)
    lake.write_parquet(str(LAKE / "found"), mode="overwrite")
    print(f"The tables are in {LAKE / 'found'}, as Parquet.")
    sys.exit(0 if is_equal else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
