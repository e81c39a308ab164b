"""A lake of logs on Spark: the tasks read shares of it, merges join what they found, the report is that of one pass.

    from scriptscope import spark as scriptscope_spark

    lake = scriptscope_spark.scan(spark, "/mnt/logs", rules="detections/")
    lake.risk.show()
    lake.write_parquet("/mnt/found")

```text
driver      folder ─▶ shares (files, and ranges of large ones, cut where records begin) ─▶ tasks
executors   mapInArrow: shares ─▶ partial     groupBy.applyInArrow: partials ─▶ partial, level by level
driver      the last partials ─▶ report ─▶ DataFrames, Parquet
```

Needs PySpark 4, and this package on the executors. docs/spark.md says how it runs on a cluster and what it costs.
"""

from __future__ import annotations

import heapq
import pickle
from typing import IO, TYPE_CHECKING, Any, Iterable, Iterator, List, Optional, Sequence, Tuple, Union, cast

import pyarrow as pa
import pyarrow.fs

from . import _engine
from ._engine import Report, Rules, Share, Table
from ._inputs import Options, RulesLike, StrPath, options_json, path_list, rules_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from typing_extensions import Unpack

__all__ = ["Lake", "scan"]

TASK_BYTES = 512 << 20
"""Bytes that one task reads, in one share or several: half a second to a second. Smaller tasks cost more than they read."""

TASKS_PER_CORE = 3
"""Tasks for each core, so that none waits long for another's last one."""

CONNECT_CORES = 32
"""Cores that are assumed where Spark Connect does not say how many there are."""

FAN_IN = 16
"""Partials that one task merges, and as many as the driver does."""

_PARTIAL = "id long, size long, partial binary"

_TABLES = (
    "results",
    "script_blocks",
    "risk",
    "risk_events",
    "findings",
    "acts",
    "indicators",
    "problems",
    "sources",
    "rules",
)


class Lake:
    """What the rules found in a lake: the report, and each of its tables as a DataFrame."""

    def __init__(self, spark: SparkSession, report: Report) -> None:
        self._spark = spark
        self.report = report
        """The report, on the driver."""

    @property
    def results(self) -> DataFrame:
        """The results, a row of a rule's table each."""
        return self._frame(self.report.results)

    @property
    def script_blocks(self) -> DataFrame:
        """The script blocks of the results, with their texts."""
        return self._frame(self.report.script_blocks)

    @property
    def risk(self) -> DataFrame:
        """The computers, users and others at risk."""
        return self._frame(self.report.risk)

    @property
    def risk_events(self) -> DataFrame:
        """The risk that each result adds to each object."""
        return self._frame(self.report.risk_events)

    @property
    def findings(self) -> DataFrame:
        """The objects that a correlation rule raised."""
        return self._frame(self.report.findings)

    @property
    def acts(self) -> DataFrame:
        """Results that belong together."""
        return self._frame(self.report.acts)

    @property
    def indicators(self) -> DataFrame:
        """URLs, addresses, hashes, paths … in the scripts that rules match, or with the option `indicators` in every one."""
        return self._frame(self.report.indicators)

    @property
    def blocks(self) -> DataFrame:
        """Every script block, matched or not: with the option `inventory`. Its text is in the logs only."""
        return self._frame(self.report.blocks)

    @property
    def problems(self) -> DataFrame:
        """All that could not be read or run, or was assumed."""
        return self._frame(self.report.problems)

    @property
    def sources(self) -> DataFrame:
        """The files and members of archives that were read."""
        return self._frame(self.report.sources)

    @property
    def rules(self) -> DataFrame:
        """The rules, and what became of each."""
        return self._frame(self.report.rules)

    def write_parquet(self, folder: str, mode: str = "errorifexists") -> None:
        """Writes each table to a folder of its own: `results`, `script_blocks`, `risk`, `risk_events`, …"""
        for name in _TABLES:
            frame = cast("DataFrame", getattr(self, name))
            frame.write.mode(mode).parquet(f"{folder.rstrip('/')}/{name}")

    def _frame(self, table: Table) -> DataFrame:
        arrow = pa.table(cast(Any, table))
        if arrow.num_rows > 0:
            return self._spark.createDataFrame(arrow)
        # Spark takes no empty table.
        return self._spark.createDataFrame(pa.Table.from_pylist([{}], arrow.schema)).limit(0)


def scan(
    spark: SparkSession,
    path: Union[StrPath, Iterable[StrPath]],
    *,
    rules: Optional[RulesLike] = None,
    passwords: Sequence[str] = (),
    range_bytes: Optional[int] = None,
    task_bytes: int = TASK_BYTES,
    **options: Unpack[Options],
) -> Lake:
    """Reads files and folders and returns what the rules found: the report that `scriptscope.scan` returns.

    `path`: one or several that the driver and every executor see, or URIs that Arrow opens (`s3://`, `gs://`, `abfs://`,
    `hdfs://`).
    `rules`, `passwords` and options: as for `scriptscope.scan`.
    `range_bytes`, `task_bytes`: how finely the lake is divided. By default ranges have 16 to 128 MiB.
    """
    session_options = options_json(options)
    loaded = rules_of(rules)
    cores = spark.sparkContext.defaultParallelism if _is_classic(spark) else CONNECT_CORES
    shares, opener = _shares(path_list(path), session_options, range_bytes, cores)
    tasks = _pack(shares, task_bytes, TASKS_PER_CORE * cores)
    session = _engine.Session(session_options, loaded)
    for partial in _partials(spark, tasks, (session_options, loaded, list(passwords), opener)):
        session.merge(partial)
    return Lake(spark, session.report())


def _partials(
    spark: SparkSession, tasks: List[bytes], reading: Tuple[str, Optional[Rules], List[str], Optional[_Opener]]
) -> Iterator[bytes]:
    """Reads the tasks on the executors, with options, rules, passwords and opener. Yields `FAN_IN` partials or fewer."""
    if not tasks:
        return
    lake = _broadcast(spark, tasks)
    made = _broadcast(spark, reading)

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        options, rules, passwords, opener = made.value
        for batch in batches:
            for task in cast(List[int], batch.column(0).to_pylist()):
                shares: List[Share] = pickle.loads(lake.value[task])
                partial = _engine.read_shares(shares, options, rules, passwords, opener)
                yield _row(task // FAN_IN, partial)

    # Spark takes its kind from annotations, where it finds types that it knows.
    def merge(key: Any, group: Any) -> Any:
        options, rules, _, _ = made.value
        session = _engine.Session(options, rules)
        for partial in _unpacked(group.column("size").to_pylist(), group.column("partial").to_pylist()):
            session.merge(partial)
        return pa.Table.from_batches([_row(key[0].as_py() // FAN_IN, session.partial())])

    count = len(tasks)
    frame = spark.range(0, count, 1, count).mapInArrow(cast(Any, read), _PARTIAL)
    while count > FAN_IN:
        frame = frame.groupBy("id").applyInArrow(cast(Any, merge), _PARTIAL)
        count = -(-count // FAN_IN)
    rows = frame.collect()
    yield from _unpacked([row["size"] for row in rows], [row["partial"] for row in rows])


def _row(group: int, partial: bytes) -> pa.RecordBatch:
    packed = pa.compress(partial, codec="zstd", asbytes=True)
    columns: List[pa.Array[Any]] = [
        pa.array([group], pa.int64()),
        pa.array([len(partial)], pa.int64()),
        pa.array([packed], pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, names=["id", "size", "partial"])


def _unpacked(sizes: List[int], partials: List[Any]) -> Iterator[bytes]:
    for size, partial in zip(sizes, partials):
        yield pa.decompress(bytes(partial), decompressed_size=size, codec="zstd", asbytes=True)


def _pack(shares: List[Share], task_bytes: int, tasks: int) -> List[bytes]:
    """Returns the pickled shares of each task: the largest first, each to the task with the fewest bytes."""
    count = min(len(shares), max(tasks, -(-sum(share.bytes for share in shares) // task_bytes)))
    packed: List[List[Share]] = [[] for _ in range(count)]
    loads = [(0, index) for index in range(count)]
    for share in sorted(shares, key=lambda share: share.bytes, reverse=True):
        load, index = heapq.heappop(loads)
        packed[index].append(share)
        heapq.heappush(loads, (load + share.bytes, index))
    return [pickle.dumps(own) for own in packed]


def _shares(
    paths: List[str], options: str, range_bytes: Optional[int], cores: int
) -> Tuple[List[Share], Optional[_Opener]]:
    """Lists and divides files on the driver, which reads a few bytes of each large one."""
    opener = None
    if any("://" in path for path in paths):
        opener = _Opener(paths[0])
        listed = _remote(paths, opener)
    else:
        listed = _engine.shares(paths)
    if range_bytes is None:
        range_bytes = _engine.range_bytes(sum(share.bytes for share in listed), cores)
    return _engine.divide(listed, options, range_bytes, opener), opener


class _Opener:
    """Opens the files of a file system that Arrow knows. It can be pickled."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._system: Any = None

    @property
    def system(self) -> Any:
        if self._system is None:
            self._system = pyarrow.fs.FileSystem.from_uri(self._uri)[0]
        return self._system

    def __call__(self, path: str) -> IO[bytes]:
        return cast("IO[bytes]", self.system.open_input_file(path))

    def __getstate__(self) -> Any:
        return {"_uri": self._uri, "_system": None}


def _remote(uris: List[str], opener: _Opener) -> List[Share]:
    """Returns a share for each file, named as in a folder of this machine."""
    shares: List[Share] = []
    for uri in uris:
        if "://" not in uri:
            raise ValueError("paths and URIs cannot be mixed in one call")
        system, root = pyarrow.fs.FileSystem.from_uri(uri)
        if not system.equals(opener.system):
            raise ValueError(f"{uri} is of another file system than {uris[0]}: scan each in a call of its own")
        found = system.get_file_info(root)
        if found.type == pyarrow.fs.FileType.NotFound:
            raise FileNotFoundError(uri)
        is_folder = found.type == pyarrow.fs.FileType.Directory
        inside = system.get_file_info(pyarrow.fs.FileSelector(root, recursive=True)) if is_folder else [found]
        for file in sorted(inside, key=lambda file: file.path):
            if file.type != pyarrow.fs.FileType.Directory:
                name = file.path[len(root) :].lstrip("/") if is_folder else file.base_name
                prefix = name if is_folder else ""
                shares.append(Share(name, prefix, file.path, file.size, None, len(shares), None))
    return shares


def _is_classic(spark: SparkSession) -> bool:
    """Whether the session has a SparkContext, which one of Spark Connect has not."""
    return getattr(spark, "sparkContext", None) is not None


class _Plain:
    """A value that is sent with the tasks themselves."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _broadcast(spark: SparkSession, value: Any) -> Any:
    return spark.sparkContext.broadcast(value) if _is_classic(spark) else _Plain(value)
