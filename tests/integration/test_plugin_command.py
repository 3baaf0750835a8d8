"""Does `walwire plugin` show which plugins there are and what can be set of them?"""
import os
import pathlib
import shutil
import tempfile
import unittest

from tail import executable, plugin_file, run


class plugin_command(unittest.TestCase):
    def test_the_bundled_ones_are_listed(self):
        code, out, err = run("plugin", "list")
        self.assertEqual((code, err), (0, ""))
        names = [line.split()[0] for line in out.splitlines()]
        self.assertEqual(names, sorted(names))
        self.assertLessEqual({"null", "stdout"}, set(names))
        self.assertRegex(out, r"(?m)^stdout +1\.0\.0 +Prints every change\.$")

    def test_one_that_cannot_be_loaded_hides_no_other(self):
        with tempfile.TemporaryDirectory(prefix="walwire-plugins-") as folder:
            shutil.copy(pathlib.Path(executable()).parent / "plugins" / "null.so", folder)
            pathlib.Path(folder, "broken.so").write_text("this is no library")
            for path in pathlib.Path(folder).iterdir():
                os.chmod(path, 0o644)
            code, out, err = run("plugin", "list", "--plugins", folder)
        self.assertNotEqual(code, 0)
        self.assertRegex(out, r"^null +")
        self.assertIn("error[plugin.not_a_library]", err)

    def test_options_are_shown_with_kind_default_and_meaning(self):
        code, out, err = run("plugin", "info", plugin_file("scripted"))
        self.assertEqual((code, err), (0, ""))
        self.assertIn(plugin_file("scripted"), out)
        self.assertRegex(out, r"(?m)^  sleep +duration")
        self.assertRegex(out, r"(?m)^  mode +ok\|")
        code, out, _ = run("plugin", "info", "null")
        self.assertIn("No options.", out)

    def test_an_unknown_name_is_answered_with_the_nearest(self):
        code, out, err = run("plugin", "info", "stdot")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("did you mean stdout?", err)
