#!/usr/bin/env python3
"""Damages generated logs and archives, reads each mutant with scriptscope and with an independent reader, and fails if
scriptscope loses a script block without a problem, gives one twice, panics or does not end.

    scripts/mutants.py [--count 10000] [--seed 1] [--formats evtx,xml,json,csv,gzip,zip] [--scriptscope PATH] [--keep DIR]

Mutants are the same for one seed. The independent readers are Python's own modules and, for EVTX, the evtx package
(pip install evtx).
"""

import argparse
import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
FORMATS = ["evtx", "xml", "json", "csv", "gzip", "zip"]

# Results of one run of scriptscope: fewer than a report lists, although damage may repeat records.
BATCH_RESULTS = 12_000
BATCH_SECONDS = 300
# Address space of one run.
BATCH_BYTES = 4 << 30

RULE = """name: Everything
id: 00000000-0000-4000-8000-000000000001
version: 1
date: '2026-01-01'
author: scriptscope
type: Hunting
status: production
data_source:
  - Powershell Script Block Logging 4104
description: Matches every script block.
search: '`powershell` EventCode=4104 | table _time Computer EventRecordID ScriptBlockText'
tags:
  asset_type: Endpoint
"""


def generate(kind, folder):
    """Returns a small log of many short records."""
    path = os.path.join(folder, "log." + kind)
    program = os.path.join(TARGET, "debug/examples/generate")
    # An event log consists of chunks of 64 KiB.
    size = "200K" if kind == "evtx" else "60K"
    command = [program, kind, "--size", size, "--seed", "7", "--median", "120", "--out", path]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(path, "rb") as file:
        return file.read()


def damaged(data, rng):
    """Returns a copy with one to three faults."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(data) or 1)
        length = rng.choice([1, 2, 4, 16, 100, 1000, 5000])
        kind = rng.randrange(9)
        if kind in (0, 1, 2):
            if data:
                data[at] ^= 1 << rng.randrange(8)
        elif kind == 3:
            data[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 4:
            data[at : at + length] = bytes(len(data[at : at + length]))
        elif kind == 5:
            del data[at : at + length]
        elif kind == 6:
            data[at:at] = bytes(rng.randrange(256) for _ in range(min(length, 100)))
        elif kind == 7:
            data[at:at] = data[at : at + length]
        elif rng.randrange(4) == 0:
            del data[at:]
    return bytes(data)


# Independent readers: the texts of the script blocks in some bytes.


def evtx_texts(data):
    import evtx

    try:
        records = iter(evtx.PyEvtxParser(io.BytesIO(data)).records_json())
    except Exception:
        return []
    texts = []
    failures = 0
    while failures < 200:
        try:
            record = next(records)
        except StopIteration:
            break
        except Exception:
            failures += 1
            continue
        try:
            texts.extend(text_of(json.loads(record["data"])))
        except ValueError:
            continue
    return texts


def text_of(document):
    """The text of an event as `evtx_dump` writes it."""
    event = document.get("Event") if isinstance(document, dict) else None
    system = event.get("System") if isinstance(event, dict) else None
    data = event.get("EventData") if isinstance(event, dict) else None
    if not isinstance(system, dict) or not isinstance(data, dict):
        return []
    event_id = system.get("EventID")
    if isinstance(event_id, dict):
        event_id = event_id.get("#text")
    provider = system.get("Provider")
    provider = provider.get("#attributes", {}).get("Name") if isinstance(provider, dict) else None
    text = data.get("ScriptBlockText")
    known = provider in ("Microsoft-Windows-PowerShell", "PowerShellCore")
    return [text] if str(event_id) == "4104" and known and isinstance(text, str) else []


def json_texts(data):
    texts = []
    for line in data.split(b"\n"):
        try:
            document = json.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        texts.extend(text_of(document))
    return texts


def xml_texts(data):
    texts = []
    space = "{http://schemas.microsoft.com/win/2004/08/events/event}"
    for part in re.findall(rb"<Event[ >].*?</Event>", data, re.DOTALL):
        try:
            event = ElementTree.fromstring(part.decode("utf-8", "replace"))
        except (ElementTree.ParseError, ValueError):
            continue
        system = event.find(space + "System")
        provider = system.find(space + "Provider") if system is not None else None
        name = provider.get("Name") if provider is not None else None
        if system is None or system.findtext(space + "EventID") != "4104":
            continue
        if name not in ("Microsoft-Windows-PowerShell", "PowerShellCore"):
            continue
        for field in event.findall(f"{space}EventData/{space}Data"):
            if field.get("Name") == "ScriptBlockText":
                texts.append("".join(field.itertext()))
    return texts


def csv_texts(data):
    # The csv module reads no NUL.
    text = data.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    texts = []
    csv.field_size_limit(1 << 30)
    try:
        for row in csv.DictReader(io.StringIO(text, newline="")):
            known = "PowerShell" in (row.get("source") or "")
            if row.get("EventCode") == "4104" and known and row.get("ScriptBlockText") is not None:
                texts.append(row["ScriptBlockText"])
    except csv.Error:
        pass
    return texts


def gzip_texts(data):
    """What zlib unpacks before damage, of all members."""
    unpacked = b""
    while data:
        decoder = zlib.decompressobj(wbits=31)
        try:
            # Piece by piece: an error gives back nothing of its call.
            for at in range(0, len(data), 64):
                unpacked += decoder.decompress(data[at : at + 64])
        except zlib.error:
            break
        data = decoder.unused_data.lstrip(b"\0") if decoder.eof else b""
    return json_texts(unpacked)


def zip_texts(data):
    texts = []
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception:
        return []
    for member in archive.infolist():
        try:
            texts.extend(json_texts(archive.read(member)))
        except Exception:
            continue
    return texts


def zipped(lines):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(4):
            archive.writestr(zipfile.ZipInfo(f"part{at}.json"), b"".join(lines[at::4]))
    return packed.getvalue()


def gzipped(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


READERS = {
    "evtx": evtx_texts,
    "xml": xml_texts,
    "json": json_texts,
    "csv": csv_texts,
    "gzip": gzip_texts,
    "zip": zip_texts,
}


def limit_memory():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (BATCH_BYTES, BATCH_BYTES))


def read(scriptscope, rule, folder):
    """Returns for each mutant its texts, and the names of those of which a problem is said, and of those with a record twice."""
    command = [scriptscope, "-q", "-f", "json", "--mode", "event", "--no-builtin", "--no-views", "-j", "2"]
    command += ["--rules", rule, folder]
    run = subprocess.run(
        command, capture_output=True, timeout=BATCH_SECONDS, check=False, preexec_fn=limit_memory
    )
    if b"panic" in run.stderr or run.returncode not in (0, 1, 2) or not run.stdout:
        raise RuntimeError(f"exit {run.returncode}: {run.stderr[-2000:].decode(errors='replace')}")
    report = json.loads(run.stdout)
    if report["totals"]["results"] != report["totals"]["resultsKept"]:
        raise RuntimeError("too many results in a batch")
    blocks = {block["id"]: block for block in report["scriptBlocks"]}
    texts, said, twice, places = {}, set(), set(), set()
    for result in report["results"]:
        for block in result["blocks"]:
            block = blocks[block["id"]]
            event = block["events"][0]
            name = event["source"].split("/")[0]
            place = (event["source"], event["offset"])
            if place in places:
                twice.add(name)
            places.add(place)
            texts.setdefault(name, []).append(block["text"])
    for problem in report["problems"]:
        if problem["severity"] != "info" and problem["source"]:
            said.add(problem["source"].split("/")[0])
    return texts, said, twice


def comparable(text):
    """Readers differ in line ends, NULs, and in how many U+FFFD they put for bytes that are no characters."""
    return re.sub("[\ufffd\0-\x1f]+", "", text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--formats", default=",".join(FORMATS))
    arguments.add_argument("--scriptscope", default=os.path.join(TARGET, "debug/scriptscope"))
    arguments.add_argument("--keep", help="folder for mutants that fail")
    options = arguments.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        rule = os.path.join(folder, "rule.yml")
        with open(rule, "w", encoding="utf-8") as file:
            file.write(RULE)
        logs = {kind: generate(kind, folder) for kind in ("evtx", "xml", "csv")}
        logs["json"] = generate("ndjson", folder)
        logs["gzip"] = gzipped(logs["json"])
        logs["zip"] = zipped(logs["json"].splitlines(keepends=True))
        for kind in options.formats.split(","):
            failures += check(kind, logs[kind], rule, options)
    sys.exit(1 if failures else 0)


def check(kind, log, rule, options):
    reader = READERS[kind]
    genuine = Counter(map(comparable, reader(log)))
    found = failures = lost_said = 0
    batch = max(1, BATCH_RESULTS // max(1, genuine.total()))
    for first in range(0, options.count, batch):
        mutants = {}
        for number in range(first, min(first + batch, options.count)):
            mutants[f"{number}.bin"] = damaged(log, random.Random(f"{options.seed} {kind} {number}"))
        with tempfile.TemporaryDirectory() as folder:
            for name, data in mutants.items():
                # Zip members are named by their paths, so each archive is in a gzip file of its own name.
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(data)
            texts, said, twice = {}, set(), set()
            if kind == "zip":
                for name in mutants:
                    own, problems, repeated = read(options.scriptscope, rule, os.path.join(folder, name))
                    texts[name] = [text for each in own.values() for text in each]
                    said |= {name} if problems else set()
                    twice |= {name} if repeated else set()
            else:
                texts, said, twice = read(options.scriptscope, rule, folder)
        for name, data in mutants.items():
            own = Counter(map(comparable, texts.get(name, [])))
            independent = Counter(map(comparable, reader(data)))
            found += sum(own.values())
            lost = independent - own
            lost_said += bool(lost) and name in said
            if (lost and name not in said) or name in twice:
                failures += 1
                what = "a record twice" if name in twice else f"lost {len(lost)}"
                print(f"{kind} {name}: {what}; {sum(own.values())} of {sum(independent.values())}", flush=True)
                if options.keep:
                    os.makedirs(options.keep, exist_ok=True)
                    with open(os.path.join(options.keep, f"{kind}-{name}"), "wb") as file:
                        file.write(data)
    print(
        f"{kind}: {options.count} mutants of {sum(genuine.values())} script blocks, {found} read, "
        f"{lost_said} with losses that are said, {failures} failures",
        flush=True,
    )
    return failures


if __name__ == "__main__":
    main()
