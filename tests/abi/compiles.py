#!/usr/bin/python3
"""Compiles every header of the SDK, alone and twice, and every example, in each of its languages.

usage: compiles.py SDK_DIR COMPILER...     (C++ compilers have "++" in their names)

C headers: C99, C11, C17 and C++11 to 23. plugin.hpp and C++ examples: C++20 and 23. A mode is one
file in one language under one compiler; the number of modes that passed is printed.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
C = ["c99", "c11", "c17"]
CPP = ["c++11", "c++14", "c++17", "c++20", "c++23"]
CPP_OF_THE_WRAPPER = ["c++20", "c++23"]


def including(header):
    return f"#include <walwire/{header}>\n#include <walwire/{header}>\n"


def sources(sdk):
    """(what, text, languages of it) of everything to compile."""
    for path in sorted((sdk / "include/walwire").rglob("*.h*")):
        name = str(path.relative_to(sdk / "include/walwire"))
        if path.suffix == ".h":
            # A C translation unit must declare something of its own to be pedantically valid.
            yield name, including(name) + "extern int used;\n", C + CPP
        else:
            yield name, including(name), CPP_OF_THE_WRAPPER
    for path in sorted((sdk / "examples").glob("*")):
        if path.suffix in (".c", ".cpp"):
            languages = C if path.suffix == ".c" else CPP_OF_THE_WRAPPER
            yield path.name, path.read_text(), languages


def compile_one(sdk, compiler, language, what, text):
    kind = "c++" if "++" in language else "c"
    command = [compiler, f"-std={language}", "-x", kind, *WARNINGS, "-O1", "-fPIC",
               f"-I{sdk / 'include'}", "-c", "-o", os.devnull, "-"]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    return None if done.returncode == 0 else f"{what} as {language} by {compiler}\n{done.stderr}"


def main(sdk, compilers):
    missing = [c for c in compilers if not shutil.which(c)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; scripts/deps installs them")
    modes = [(sdk, compiler, language, what, text)
             for what, text, languages in sources(sdk)
             for language in languages
             for compiler in compilers if ("++" in compiler) == ("++" in language)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [f for f in pool.map(lambda mode: compile_one(*mode), modes) if f]
    print("\n".join(failures))
    print(f"{len(modes) - len(failures)} of {len(modes)} modes compile")
    sys.exit(1 if failures or not modes else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
