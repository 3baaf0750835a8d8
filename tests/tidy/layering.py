"""Who may include whom, and the one order of the stages in all the places that show it."""
import posixpath
import re

from tree import BEFORE_STAGES, Finding, STAGES, UNNUMBERED, blanked, includes, line_of

# Which engine files may use a foreign library: name of the include -> what is allowed.
BORDERS = [
    (re.compile(r"walwire/(abi|util)\.h|walwire/plugin\.hpp"), ("engine/host/",)),
    (re.compile(r"walwire/event\.h"),
     ("engine/batch/", "engine/encode/", "engine/host/", "engine/dispatch/")),
    (re.compile(r"boost/dll"), ("engine/host/library.cpp",)),
    (re.compile(r"spdlog/"), ("engine/base/log.cpp",)),
    (re.compile(r"toml\+\+/"), ("engine/config/toml_tree.cpp",)),
    (re.compile(r"libpq-fe\.h"), ("engine/source/",)),
]
ASIO = re.compile(r"boost/(asio|beast)")
ASIO_FILES_MAX = 4


def stage_includes(tree):
    """A stage includes only itself, base, config and the stages before it; rooted at engine/."""
    order = BEFORE_STAGES + STAGES
    for path, text in tree.code("engine/"):
        folder = path.split("/")[1] if path.count("/") > 1 else ""
        if folder and folder not in order + UNNUMBERED:
            yield Finding("stage_includes", path, 1,
                          f"folder {folder} has no place in the order of the stages")
            continue
        for line, kind, name in includes(text):
            if kind != '"' or folder in UNNUMBERED or not folder:
                continue
            target = name.split("/")[0] if "/" in name else ""
            if target not in order:
                yield Finding("stage_includes", path, line,
                              f'"{name}" is not in a folder that a stage may include')
            elif folder in BEFORE_STAGES and target != folder and target != "base":
                yield Finding("stage_includes", path, line, f"{folder} must not include {target}")
            elif order.index(target) > order.index(folder):
                yield Finding("stage_includes", path, line,
                              f"{target} comes after {folder} in the order of the stages")


def rooted_includes(tree):
    """Engine files name engine headers from engine/, so that a move shows in every user."""
    for path, text in tree.code("engine/"):
        for line, kind, name in includes(text):
            if kind == '"' and "engine/" + name not in tree.files:
                yield Finding("rooted_includes", path, line, f'there is no engine/{name}')


def own_includes(tree):
    """A plugin is built from its own folder and the SDK; the SDK from itself alone."""
    for path, text in tree.code("plugins/", "sdk/"):
        home = "/".join(path.split("/")[:2]) if path.startswith("plugins/") else "sdk"
        for line, kind, name in includes(text):
            if kind != '"':
                continue
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            target = beside if beside in tree.files else home + "/" + name
            if target not in tree.files or not target.startswith(home + "/"):
                yield Finding("own_includes", path, line, f'"{name}" is not a file of {home}/')


def borders(tree):
    """Each foreign library is touched in one place of the engine, and converted there."""
    asio = []
    for path, text in tree.code("engine/"):
        for line, _, name in includes(text):
            for pattern, allowed in BORDERS:
                if pattern.match(name) and not path.startswith(allowed):
                    yield Finding("borders", path, line,
                                  f"<{name}> may be included only by {', '.join(allowed)}")
            if ASIO.match(name):
                if path.endswith(".hpp"):
                    yield Finding("borders", path, line, f"<{name}> in a header")
                elif path not in asio:
                    asio.append(path)
    for path in asio[ASIO_FILES_MAX:]:
        yield Finding("borders", path, 1, f"more than {ASIO_FILES_MAX} files include Asio")


def shown_in_tables(text):
    return [(name, line_of(text, match.start()))
            for match in re.finditer(r"^\|\s*`(\w+)/?`", text, re.MULTILINE)
            if (name := match.group(1)) in STAGES]


def shown_in_cmake(text):
    return [(match.group(1), line_of(text, match.start()))
            for match in re.finditer(r"^walwire_stage\((\w+)", text, re.MULTILINE)
            if match.group(1) in STAGES]


def members_in_order(tree, text):
    """(stage, line) of each data member whose type bears the name of a stage's header."""
    homes = {}
    for path in tree.files:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "engine" and path.endswith(".hpp"):
            homes.setdefault(parts[2][:-4], parts[1])
    body = blanked(text)
    for match in re.finditer(r"[^;{}]*?\b\w+_\s*(=[^;]*|\{[^;]*)?;", body):
        if "(" in match.group(0).split("=")[0].split("{")[0] and "function" not in match.group(0):
            continue # a declaration of a function
        for word in re.findall(r"\w+", match.group(0)):
            if homes.get(word) in STAGES:
                yield homes[word], line_of(body, match.end() - 1)
                break


def stage_order(tree):
    """Everybody tells the stages in the same order, and nobody leaves one out."""
    present = [stage for stage in STAGES
               if any(path.startswith(f"engine/{stage}/") for path in tree.files)]
    for path, reader in (("engine/README.md", shown_in_tables),
                         ("docs/ARCHITECTURE.md", shown_in_tables),
                         ("engine/CMakeLists.txt", shown_in_cmake)):
        if path not in tree.files:
            yield Finding("stage_order", path, 1, "is missing")
            continue
        shown = reader(tree.files[path])
        if [stage for stage, _ in shown] != present:
            yield Finding("stage_order", path, shown[0][1] if shown else 1,
                          f"shows {[stage for stage, _ in shown]}, the order is {present}")
    path = "engine/pipeline.hpp"
    if path not in tree.files:
        yield Finding("stage_order", path, 1, "is missing")
        return
    members = list(members_in_order(tree, tree.files[path]))
    if len({stage for stage, _ in members}) < min(3, len(present)):
        yield Finding("stage_order", path, 1, "has members of fewer than three stages")
    for (before, _), (after, line) in zip(members, members[1:]):
        if STAGES.index(after) < STAGES.index(before):
            yield Finding("stage_order", path, line, f"a member of {after} behind one of {before}")
