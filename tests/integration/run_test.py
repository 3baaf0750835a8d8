#!/usr/bin/python3
"""Runs the tests named on the command line (all without one) and says what was skipped.

Exit code 77 when everything that was asked for was skipped, which ctest counts as such; 1 on a
failure, and when a name stands for no test.
"""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]


def main(names):
    loader = unittest.TestLoader()
    if names:
        suite = loader.loadTestsFromNames(names)
    else:
        suite = loader.discover(str(HERE), "test_*.py")
    done = unittest.TextTestRunner(verbosity=2).run(suite)
    print(f"integration: {done.testsRun} ran, {len(done.skipped)} skipped,"
          f" {len(done.failures) + len(done.errors)} failed")
    for test, reason in done.skipped:
        print(f"  skipped {test.id()}: {reason}")
    if done.testsRun == 0 or not done.wasSuccessful():
        return 1
    return 77 if len(done.skipped) == done.testsRun else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
