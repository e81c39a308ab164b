"""Measures how often each built-in detection matches harmless scripts, and writes the table of docs/detections.md.

    python3 scripts/rates.py COMMAND FOLDER

FOLDER holds scripts that are known to be harmless, such as checkouts of modules. Each .ps1 and .psm1 file is made into a
script block; equal texts count once. COMMAND is the scriptscope to measure with.
"""

import collections
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile

TABLE = pathlib.Path(__file__).parent.parent / "docs" / "detections.md"
BEGIN, END = "<!-- rates: begin -->\n", "<!-- rates: end -->\n"
PART = 10_000


def text_of(file):
    data = file.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def write_events(folder, to):
    """Writes one event for each part of each distinct text. Returns the number of texts."""
    seen = set()
    for file in sorted(pathlib.Path(folder).rglob("*")):
        if file.suffix.lower() not in (".ps1", ".psm1") or not file.is_file():
            continue
        text = text_of(file)
        mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        if not text.strip() or mark in seen:
            continue
        seen.add(mark)
        parts = [text[at : at + PART] for at in range(0, len(text), PART)]
        for number, part in enumerate(parts, 1):
            data = {"MessageNumber": number, "MessageTotal": len(parts), "ScriptBlockText": part, "ScriptBlockId": mark[:32]}
            system = {"EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "Computer": "BENIGN"}
            system["TimeCreated"] = {"#attributes": {"SystemTime": "2026-01-01T00:00:00Z"}}
            to.write(json.dumps({"Event": {"System": system, "EventData": data}}) + "\n")
    return len(seen)


def days_with_finding(scores, count, days=20_000):
    """Returns the share of days of 50 random scripts whose highest scores of each rule sum to more than 100, in percent."""
    dice = random.Random(1)
    blocks = list(scores.values()) + [{}] * (count - len(scores))
    found = 0
    for _ in range(days):
        highest = {}
        for block in dice.choices(blocks, k=50):
            for rule, score in block.items():
                highest[rule] = max(score, highest.get(rule, 0))
        found += sum(highest.values()) > 100
    return 100 * found / days


def main():
    command, folder = sys.argv[1:]
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as events:
        count = write_events(folder, events)
        events.flush()
        run = [command, "-q", "-f", "json", events.name]
        report = json.loads(subprocess.run(run, capture_output=True, check=False).stdout)
    hits = collections.Counter()
    scores = collections.defaultdict(dict)
    for result in report["results"]:
        for block in result["blocks"]:
            hits[result["ruleId"]] += 1
            if result["score"]:
                scores[block["id"]][result["ruleId"]] = float(result["score"])
    highest = [sum(block.values()) for block in scores.values()]
    rate = lambda number: f"{1e4 * number / count:.0f}"
    lines = [
        f"Of 10,000 harmless scripts ({count} measured) {rate(len(highest))} have any score and",
        f"{rate(sum(score >= 60 for score in highest))} have 60 points or more. Of days on which 50 random ones run,",
        f"{days_with_finding(scores, count):.1f} % make a finding.",
        "",
        "| of 10,000 | score | detection |",
        "| --- | --- | --- |",
    ]
    score = {result["ruleId"]: result["score"] for result in report["results"]}
    rules = sorted(report["rules"], key=lambda rule: (-hits[rule["id"]], rule["title"]))
    for rule in rules:
        shown = score.get(rule["id"], "")
        lines.append(f"| {1e4 * hits[rule['id']] / count:.1f} | {shown or ''} | {rule['title']} |")
    text = TABLE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    TABLE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after, encoding="utf-8")
    print(" ".join(lines[:3]))


main()
