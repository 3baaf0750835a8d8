"""Is every mistake in a configuration told, with its place and its mend, before anything begins?"""
import os
import pathlib
import re
import tempfile
import unittest

from case import integration_case
from tail import plugin_file, run

TESTS = pathlib.Path(__file__).resolve().parents[1]
BROKEN = TESTS / "config" / "broken"
PAGE = TESTS.parent / "docs" / "configuration.md"


class broken_files(unittest.TestCase):
    """Each file of tests/config/broken, beside the report that it gets."""

    def test_check_reports_all_that_is_wrong(self):
        files = sorted(BROKEN.glob("*.toml"))
        self.assertGreaterEqual(len(files), 30)
        for path in files:
            with self.subTest(file=path.name):
                code, out, err = run("check", "--no-environment", "-c", path.name, cwd=BROKEN)
                self.assertEqual((code, out), (2, ""))
                self.assertEqual(err, path.with_suffix(".txt").read_text())

    def test_run_refuses_each_with_the_same_words(self):
        for path in sorted(BROKEN.glob("*.toml")):
            with self.subTest(file=path.name):
                code, out, err = run("run", "-c", path.name, cwd=BROKEN)
                self.assertEqual((code, out), (2, ""))
                self.assertEqual(err, path.with_suffix(".txt").read_text())


class page(unittest.TestCase):
    """docs/configuration.md shows what is."""

    def setUp(self):
        self.text = PAGE.read_text()
        self.toml, = re.findall(r"```toml\n(.*?)```", self.text, re.DOTALL)

    def check(self, toml):
        with tempfile.TemporaryDirectory(prefix="walwire-page-") as folder:
            pathlib.Path(folder, "walwire.toml").write_text(toml)
            return run("check", "--no-environment", cwd=folder)

    def test_its_example_can_be_used(self):
        self.assertEqual(self.check(self.toml), (0, "walwire.toml can be used: 2 sinks\n", ""))

    def test_its_report_is_what_is_printed(self):
        report, = re.findall(r"```text\n(.*?)```", self.text, re.DOTALL)
        wrong = re.sub("batch = .*", 'batch = { max_events = "ten" }', self.toml)
        self.assertEqual(self.check(wrong), (2, "", report))

    def test_its_tables_have_every_key(self):
        code, out, _ = run("config", "keys")
        self.assertEqual(code, 0)
        self.assertEqual(self.text.split("# Keys\n\n", 1)[1], out)


class config(integration_case):
    def write(self, text, name="walwire.toml"):
        path = os.path.join(self.scratch.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def refused(self, text, *patterns, env=None, command="check"):
        code, _, err = run(command, "-c", self.write(text), env=env)
        self.assertEqual(code, 2, err)
        for pattern in patterns:
            self.assertRegex(err, pattern)
        return err

    def test_a_file_that_can_be_used(self):
        code, out, err = run("check", "-c", self.write(
            '[[sink]]\nname = "a"\nplugin = "null"\n[[sink]]\nname = "b"\nplugin = "stdout"\n'))
        self.assertEqual((code, err), (0, ""))
        self.assertIn("can be used: 2 sinks", out)

    def test_the_file_is_found_without_being_named(self):
        path = self.write('[[sink]]\nname = "a"\nplugin = "null"\n')
        code, out, _ = run("check", cwd=self.scratch.name)
        self.assertEqual(code, 0)
        self.assertIn("walwire.toml can be used", out)
        code, out, _ = run("check", env={"WALWIRE_CONFIG": path})
        self.assertEqual(code, 0)
        self.assertIn(path, out)

    def test_a_file_that_is_none(self):
        for path in ("/nonexistent/walwire.toml", self.scratch.name):
            for command in ("check", "run"):
                code, _, err = run(command, "-c", path)
                self.assertEqual(code, 2, err)
                self.assertIn("error[config.file]", err)
        code, _, err = run("check", "-c", self.write("#" * (1024 * 1024) + "\n"))
        self.assertEqual(code, 2, err)
        self.assertIn("more than 1048576 bytes", err)

    def test_options_of_a_plugin_are_checked_against_its_own_list(self):
        text = (f'[[sink]]\nname = "a"\nplugin = "{plugin_file("scripted")}"\n[sink.options]\n'
                'mdoe = "ok"\nafter = "three"\nsleep = 5\n')
        self.refused(text, r'has no option "mdoe"\n +--> .*:5:8', r'did you mean "mode"',
                     r'"after" of .* found a string where an integer must stand\n +--> .*:6:9',
                     r'"sleep" .*"5" is no duration\n +--> .*:7:9')

    def test_values_that_are_elsewhere(self):
        secret = self.write("s3cret\n", "secret")
        text = (f'[source]\npassword = {{ file = "{secret}" }}\n'
                f'[[sink]]\nname = "a"\nplugin = "{plugin_file("scripted")}"\n'
                '[sink.options]\nfile = { env = "WALWIRE_TEST_FILE" }\n')
        os.chmod(secret, 0o644)
        err = self.refused(text, r"`password` of \[source\]: .*secret.* by everybody",
                           r'no variable "WALWIRE_TEST_FILE"\n +--> .*:7:8')
        self.assertNotIn("s3cret", err)
        os.chmod(secret, 0o640)
        code, _, err = run("check", "-c", self.write(text), env={"WALWIRE_TEST_FILE": "/tmp/x"})
        self.assertEqual((code, err), (0, ""))
        # Nothing of it is looked at without the environment.
        os.remove(secret)
        code, _, err = run("check", "--no-environment", "-c", self.write(text))
        self.assertEqual((code, err), (0, ""))
