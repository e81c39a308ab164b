"""Compares the tokens of scripts with those of tree-sitter-powershell, and prints how many differ, with examples.

    python3 scripts/lexer.py TOKENS FOLDER [--examples N]

TOKENS is the program of `examples/tokens.rs`. FOLDER holds scripts; at most 2,000 that the reference parses without an error
are compared. Kinds: comments and variables by their place, strings by their beginning, and names of commands. docs/lexer.md
says which differences are faults of the reference.
"""

import argparse
import bisect
import collections
import pathlib
import subprocess

import tree_sitter_powershell
from tree_sitter import Language, Parser

COMMENT, STRING, VARIABLE, COMMAND = 1, 2, 3, 4
KINDS = {COMMENT: "comments", STRING: "strings", VARIABLE: "variables", COMMAND: "commands"}
MOST = 2_000


def reference(root):
    """Returns the places of the reference's tokens by kind."""
    found = {kind: set() for kind in KINDS}
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "comment":
            found[COMMENT].add((node.start_byte, node.end_byte))
        elif node.type == "string_literal":
            found[STRING].add((node.start_byte, node.start_byte))
        elif node.type in ("variable", "braced_variable"):
            found[VARIABLE].add((node.start_byte, node.end_byte))
            continue
        elif node.type in ("command_name", "function_name") and node.child_count == 0:
            found[COMMAND].add((node.start_byte, node.end_byte))
        todo.extend(node.children)
    return found


def own(line):
    """Returns the places of our tokens by kind."""
    found = {kind: set() for kind in KINDS}
    numbers = [int(word) for word in line.split()]
    for start, end, kind in zip(numbers[::3], numbers[1::3], numbers[2::3]):
        if kind in found:
            found[kind].add((start, start if kind == STRING else end))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokens")
    parser.add_argument("folder")
    parser.add_argument("--examples", type=int, default=8)
    arguments = parser.parse_args()
    reader = Parser(Language(tree_sitter_powershell.language()))
    files, trees, skipped = [], [], 0
    for file in sorted(pathlib.Path(arguments.folder).rglob("*.ps*1")):
        data = file.read_bytes()
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(files) == MOST or len(data) > 200_000 or not data.strip():
            continue
        tree = reader.parse(data)
        if tree.root_node.has_error:
            skipped += 1
            continue
        files.append(file)
        trees.append((data, reference(tree.root_node), spans(tree.root_node)))
    lines = subprocess.run(
        [arguments.tokens], input="\n".join(map(str, files)), capture_output=True, text=True, check=True
    ).stdout.split("\n")
    print(f"{len(files)} scripts compared, {skipped} that the reference cannot parse left out")
    counts, examples = collections.Counter(), collections.defaultdict(list)
    for file, line, (data, theirs, string_spans) in zip(files, lines, trees):
        ours = own(line)
        # A section of a string after a variable begins within a string of the reference.
        begins = [begin for begin, _ in string_spans]
        for place in ours[STRING] - theirs[STRING]:
            at = bisect.bisect_left(begins, place[0]) - 1
            if at >= 0 and place[0] < string_spans[at][1]:
                ours[STRING].discard(place)
        for kind, name in KINDS.items():
            counts[name, "same"] += len(ours[kind] & theirs[kind])
            for label, places in (("only ours", ours[kind] - theirs[kind]), ("only theirs", theirs[kind] - ours[kind])):
                counts[name, label] += len(places)
                for start, end in sorted(places)[:2]:
                    before, text = data[max(0, start - 40) : start], data[start : max(end, start + 20)]
                    shown = before.decode("utf-8", "replace") + "⟦" + text.decode("utf-8", "replace") + "⟧"
                    examples[name, label].append(f"{file.name}:{start}: {shown!r}")
    for name in KINDS.values():
        same = counts[name, "same"]
        for label in ("only ours", "only theirs"):
            number = counts[name, label]
            print(f"{name}: {same} same, {number} {label}")
            step = max(1, len(examples[name, label]) // max(1, arguments.examples))
            for example in examples[name, label][::step][: arguments.examples]:
                print("   ", example)


def spans(root):
    """Returns the outermost places of strings."""
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        if node.type == "string_literal":
            found.append((node.start_byte, node.end_byte))
        else:
            todo.extend(node.children)
    return sorted(found)


main()
