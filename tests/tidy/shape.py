"""Small pieces: how long files, functions and lines may be, and how a file opens."""
import re

from tree import Finding, blanked, line_of

HEADER_LINES_MAX = 160
SOURCE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
PROSE_COLUMNS_MAX = 110


def file_length(tree):
    """A header fits on two screens; a source that grows past its limit is two sources."""
    for path, text in tree.code():
        lines = text.count("\n")
        limit = HEADER_LINES_MAX if path.endswith((".h", ".hpp")) else SOURCE_LINES_MAX
        if lines > limit:
            yield Finding("file_length", path, limit + 1, f"{lines} lines, at most {limit}")


# What stands in front of the brace of something that holds functions but is none itself.
SCOPE = re.compile(r'\b(namespace|class|struct|union|enum|extern)\b[^()=]*$')
INITIALISERS = re.compile(r"\)\s*(noexcept(\([^)]*\))?\s*)?:[^:]")


def closing_brace(text, opening):
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, opening):
        depth += 1 if match.group(0) == "{" else -1
        if depth == 0:
            return match.start()
    return len(text)


def functions(text):
    """(first line, last line) of every function's body, lambdas counted with their function."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  blanked(text), flags=re.MULTILINE)
    at = start = 0
    while (match := re.compile(r"[{};]").search(text, at)) is not None:
        before, at = text[start:match.start()], match.end()
        if match.group(0) != "{":
            start = at
        elif SCOPE.search(before) and not re.search(r"\)\s*$", before):
            start = at
        elif "(" not in before or re.search(r"[=,(]\s*$", before):
            at = closing_brace(text, match.start()) + 1 # a value; what follows goes on with it
        elif INITIALISERS.search(before) and re.search(r"[\w>]$", before):
            at = closing_brace(text, match.start()) + 1 # a member in an initialiser list
        else:
            end = closing_brace(text, match.start())
            yield line_of(text, match.start()), line_of(text, end)
            start = at = end + 1


def function_length(tree):
    """A function fits on one screen."""
    for path, text in tree.code():
        for first, last in functions(text):
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield Finding("function_length", path, first,
                              f"{last - first + 1} lines, at most {FUNCTION_LINES_MAX}")


def is_script(path, text):
    return text.startswith("#!") and not path.endswith(".py")


def line_length(tree):
    """Two files fit side by side. A table or an address in prose cannot be broken."""
    for path, text in sorted(tree.files.items()):
        is_prose = path.endswith(".md")
        if not (is_prose or path.endswith((".h", ".hpp", ".c", ".cpp", ".py", ".cmake")) or
                path.endswith("CMakeLists.txt") or is_script(path, text)):
            continue
        limit = PROSE_COLUMNS_MAX if is_prose else COLUMNS_MAX
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) <= limit or (is_prose and (line.startswith("|") or "://" in line)):
                continue
            yield Finding("line_length", path, number, f"{len(line)} columns, at most {limit}")


def opening(tree):
    """A file says first what it is. A source may leave that to the header of its name."""
    for path, text in sorted(tree.files.items()):
        lines = text.split("\n")
        if path.endswith((".h", ".hpp", ".c", ".cpp")):
            own = path.rsplit("/", 1)[-1].rsplit(".", 1)[0] + ".hpp"
            includes_own = re.match(rf'#include "([\w/.]*/)?{re.escape(own)}"', lines[0])
            opens = lines[0].startswith(("//", "/*")) or (path.endswith(".cpp") and includes_own)
        elif path.endswith(".py") or text.startswith("#!"):
            first = lines[1] if text.startswith("#!") and len(lines) > 1 else lines[0]
            opens = first.startswith(("#", '"""'))
        else:
            continue
        if not opens:
            yield Finding("opening", path, 1, "does not open with a comment that says what it is")


def once(tree):
    """A C++ header says `#pragma once`; a C header, which strangers include, has a guard."""
    for path, text in tree.code():
        wanted = {"hpp": r"^#pragma once$", "h": r"^#ifndef WALWIRE_\w+\n#\s*define WALWIRE_\w+"}
        kind = path.rsplit(".", 1)[1]
        if kind in wanted and not re.search(wanted[kind], text, re.MULTILINE):
            if kind == "h" and re.search(r"^#pragma once$", text, re.MULTILINE):
                continue
            yield Finding("once", path, 1, "can be included twice")
