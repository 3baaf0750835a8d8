#!/usr/bin/python3
"""The rules of docs/STYLE.md that a program can check.

tidy.py [RULE...]   reports what breaks them, all rules unless named; exit 1 when something does
tidy.py --list      the names of the rules
Exceptions stand in exceptions.txt: `rule path reason`, at most ten.
"""
import sys

import headers
import layering
import shape
import texts
from tree import Finding, Tree

RULES = {rule.__name__: rule for rule in (
    layering.stage_includes, layering.rooted_includes, layering.own_includes, layering.borders,
    layering.stage_order,
    shape.file_length, shape.function_length, shape.line_length, shape.opening, shape.once,
    texts.loose_ends, texts.machine_paths, texts.errors, texts.snippets, texts.links,
    headers.self_contained,
)}
EXCEPTIONS = "tests/tidy/exceptions.txt"
EXCEPTIONS_MAX = 10


def exceptions(tree):
    """(rule, path) -> line of the list, and what is wrong with the list itself."""
    listed, wrong = {}, []
    for number, line in enumerate(tree.files.get(EXCEPTIONS, "").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=2)
        if len(words) < 3 or len(words[2].split()) < 3:
            wrong.append(Finding("exceptions", EXCEPTIONS, number, "not `rule path reason`"))
        elif words[0] not in RULES:
            wrong.append(Finding("exceptions", EXCEPTIONS, number, f"no rule {words[0]}"))
        else:
            listed[words[0], words[1]] = number
    if len(listed) > EXCEPTIONS_MAX:
        wrong.append(Finding("exceptions", EXCEPTIONS, 1,
                             f"{len(listed)} exceptions, at most {EXCEPTIONS_MAX}"))
    return listed, wrong


def check(tree, rules):
    """All findings of the rules that no exception covers, and exceptions that cover nothing."""
    listed, findings = exceptions(tree)
    covered = set()
    for rule in rules:
        for finding in RULES[rule](tree):
            if (rule, finding.path) in listed:
                covered.add((rule, finding.path))
            else:
                findings.append(finding)
    for (rule, path), number in listed.items():
        if rule in rules and (rule, path) not in covered:
            findings.append(Finding("exceptions", EXCEPTIONS, number,
                                    f"{path} no longer breaks {rule}: remove the line"))
    return findings


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(RULES))
        return 0
    unknown = [name for name in arguments if name not in RULES]
    if unknown:
        print(f"tidy: no rule {', '.join(unknown)}", file=sys.stderr)
        return 2
    tree = Tree.of_project()
    findings = check(tree, arguments or list(RULES))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings in {len(tree.files)} files")
    return 1 if findings or len(tree.files) < 10 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
