#!/usr/bin/python3
"""Prints one line per integration test: its ctest name, a blank, what unittest calls it.

Read from the source without importing it, so that CMake may ask at configure time.
"""
import ast
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def tests_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for kind in tree.body:
        if isinstance(kind, ast.ClassDef):
            for method in kind.body:
                if isinstance(method, ast.FunctionDef) and method.name.startswith("test_"):
                    yield kind.name, method.name


def main():
    seen = set()
    for path in sorted(HERE.glob("test_*.py")):
        module = path.stem
        for kind, method in tests_of(path):
            name = f"{module.removeprefix('test_')}.{method.removeprefix('test_')}"
            if name in seen:
                sys.exit(f"two tests are called {name}")
            seen.add(name)
            print(name, f"{module}.{kind}.{method}")


if __name__ == "__main__":
    main()
