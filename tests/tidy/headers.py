"""Every header compiles on its own, so that the order of includes never matters."""
import concurrent.futures
import re
import shutil
import subprocess

from tree import Finding, ROOT

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


def libpq_flags():
    if shutil.which("pkg-config") is None:
        return []
    shown = subprocess.run(["pkg-config", "--cflags", "libpq"], capture_output=True, text=True,
                           check=False)
    return shown.stdout.split()


def commands(path):
    """The compilations a header must survive: C headers as C99 and as C++11, C++ as it is used."""
    if path.endswith(".h"):
        return [["gcc", "-x", "c", "-std=c99"], ["g++", "-x", "c++", "-std=c++11"]]
    if path.startswith("sdk/"):
        return [["g++", "-x", "c++", "-std=c++20"]]
    return [["g++", "-x", "c++", "-std=c++23"]]


def compile_alone(path, root, flags):
    """What the compiler said first, or nothing. An empty file includes the header twice."""
    folders = [root / "engine", root / "sdk/include", (root / path).parent, root / "tests", root]
    if path.startswith("tests/"): # where things lie is told to a test by its build
        places = set(re.findall(r"\bWALWIRE_\w+_DIR\b", (root / path).read_text()))
        flags = [*flags, *(f'-D{place}="."' for place in places)]
    text = f'#include "{root / path}"\n' * 2 + "int nothing_else;\n"
    for command in commands(path):
        shown = subprocess.run(
            [*command, "-fsyntax-only", *WARNINGS, *flags, *(f"-I{f}" for f in folders), "-"],
            input=text, capture_output=True, text=True, check=False)
        if shown.returncode != 0:
            said = [line for line in shown.stderr.splitlines() if "error" in line]
            return (said or shown.stderr.splitlines() or ["the compiler failed"])[0]
    return None


def self_contained(tree, root=ROOT):
    """Every header compiles on its own."""
    paths = [path for path, _ in tree.code() if path.endswith((".h", ".hpp"))]
    flags = libpq_flags()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        said = pool.map(lambda path: compile_alone(path, root, flags), paths)
        for path, error in zip(paths, said):
            if error is not None:
                yield Finding("self_contained", path, 1, error)
