"""What texts may not hold, and what they must agree with."""
import re

from tree import Finding, blanked, line_of

# Written in halves, for this file is searched as well.
LOOSE_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.~$}])/(ho" r"me|ro" r"ot|wo" r"rk|Us" r"ers)/\w")


def loose_ends(tree):
    """What is not done is an issue, not a note that nobody reads."""
    for path, text in sorted(tree.files.items()):
        if path == "LICENSE":
            continue
        for match in LOOSE_ENDS.finditer(text):
            yield Finding("loose_ends", path, line_of(text, match.start()), match.group(0))


def machine_paths(tree):
    """Nothing depends on where somebody's checkout lies."""
    for path, text in sorted(tree.files.items()):
        for match in MACHINE_PATHS.finditer(text):
            yield Finding("machine_paths", path, line_of(text, match.start()), match.group(0))


ID = r"[a-z]+\.[a-z][a-z0-9_]*"
LITERAL = re.compile(rf'"({ID})"')
LISTED = re.compile(rf"^\|\s*`({ID})`\s*\|", re.MULTILINE)
FILE_NAME = re.compile(r"\.(so|toml|json|h|hpp|c|cpp|env|sql|db)$")


def errors(tree):
    """Every id that people see is in docs/errors.md, and no id there is without a user.

    An id is a literal of two words with a dot between them, of a failure or of a log line; what
    ends like a file name is none.
    """
    page = "docs/errors.md"
    if page not in tree.files:
        yield Finding("errors", page, 1, "is missing")
        return
    listed = {match.group(1): line_of(tree.files[page], match.start())
              for match in LISTED.finditer(tree.files[page])}
    used = {}
    for path, text in tree.code("engine/"):
        text = blanked(text, keep_strings=True)
        for match in LITERAL.finditer(text):
            if not FILE_NAME.search(match.group(1)):
                used.setdefault(match.group(1), (path, line_of(text, match.start())))
    for found in sorted(set(used) - set(listed)):
        yield Finding("errors", *used[found], f"`{found}` is not in {page}")
    for found in sorted(set(listed) - set(used)):
        yield Finding("errors", page, listed[found], f"`{found}` is nowhere in engine/")


FENCE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN_IN_README = ["sdk/examples/print.cpp", "sdk/examples/lines.c"]


def snippets(tree):
    """A fence with file=PATH shows that file, whole; the README shows a plugin in C++ and in C."""
    shown = set()
    for path, text in sorted(tree.files.items()):
        if not path.endswith(".md"):
            continue
        for match in FENCE.finditer(text):
            name, body = match.groups()
            line = line_of(text, match.start())
            if path == "README.md":
                shown.add(name)
            if name not in tree.files:
                yield Finding("snippets", path, line, f"there is no {name}")
            elif body != tree.files[name]:
                yield Finding("snippets", path, line, f"differs from {name}")
    for name in SHOWN_IN_README:
        if name not in shown:
            yield Finding("snippets", "README.md", 1, f"does not show {name}")


LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(tree):
    """A relative link in a page leads to a file or folder of the project."""
    folders = {"/".join(path.split("/")[:n]) for path in tree.files
               for n in range(1, path.count("/") + 1)}
    for path, text in sorted(tree.files.items()):
        if not path.endswith(".md"):
            continue
        for match in LINK.finditer(re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
            target = match.group(1).split("#")[0].rstrip("/")
            if not target or "://" in target or target.startswith("mailto:"):
                continue
            parts = path.split("/")[:-1]
            for part in target.split("/"):
                if part == "..":
                    parts = parts[:-1]
                elif part != ".":
                    parts.append(part)
            if "/".join(parts) not in tree.files and "/".join(parts) not in folders:
                yield Finding("links", path, 1, f"{match.group(1)} leads nowhere")
