#!/usr/bin/python3
"""Checks that each plugin exports walwire_plugin_v1, as data, and nothing else.

usage: exports.py NM PLUGIN...
"""
import subprocess
import sys


def exported(nm, plugin):
    """(type, name) of each symbol that other objects can see."""
    lines = subprocess.run([nm, "-D", "--defined-only", "--format=posix", plugin], text=True,
                           capture_output=True, check=True).stdout.splitlines()
    return [(line.split()[1], line.split()[0]) for line in lines]


def main(nm, plugins):
    failed = False
    for plugin in plugins:
        symbols = exported(nm, plugin)
        # D: data behind a relocation, R: constant.
        right = len(symbols) == 1 and symbols[0] in [("D", "walwire_plugin_v1"),
                                                     ("R", "walwire_plugin_v1")]
        failed |= not right
        print(f"{'ok' if right else 'WRONG'}  {plugin}: {symbols}")
    sys.exit(1 if failed or not plugins else 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
