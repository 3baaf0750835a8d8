#!/usr/bin/python3
"""Every rule of tidy.py reports what breaks it and is silent about what does not."""
import pathlib
import re
import subprocess
import tempfile
import unittest

import headers
import tidy
from tree import STAGES, Tree

HERE = pathlib.Path(__file__).resolve().parent


def found(rule, files):
    return [(finding.path, finding.line) for finding in tidy.RULES[rule](Tree(files))]


class layering_rules(unittest.TestCase):
    def test_a_stage_may_not_include_a_later_one(self):
        late = {"engine/decode/a.cpp": '// a\n#include "batch/b.hpp"\n'}
        early = {"engine/decode/a.cpp": '// a\n#include "source/b.hpp"\n#include "base/c.hpp"\n'}
        self.assertEqual(found("stage_includes", late), [("engine/decode/a.cpp", 2)])
        self.assertEqual(found("stage_includes", early), [])

    def test_base_includes_only_base_and_config_only_both(self):
        self.assertTrue(found("stage_includes", {"engine/base/a.hpp": '#include "config/b.hpp"\n'}))
        path = "engine/config/a.hpp"
        self.assertFalse(found("stage_includes", {path: '#include "base/b.hpp"\n'}))
        self.assertTrue(found("stage_includes", {path: '#include "ack/b.hpp"\n'}))

    def test_no_stage_includes_the_command_line_or_the_pipeline(self):
        for name in ("cli/tail.hpp", "pipeline.hpp", "elsewhere/a.hpp"):
            self.assertTrue(found("stage_includes", {"engine/ack/a.cpp": f'#include "{name}"\n'}))
        self.assertFalse(found("stage_includes", {"engine/cli/a.cpp": '#include "ack/b.hpp"\n'}))

    def test_a_folder_without_a_place_is_reported(self):
        self.assertTrue(found("stage_includes", {"engine/misc/a.hpp": "// a\n"}))

    def test_an_include_is_named_from_engine(self):
        files = {"engine/base/a.cpp": '#include "b.hpp"\n', "engine/base/b.hpp": ""}
        self.assertEqual(found("rooted_includes", files), [("engine/base/a.cpp", 1)])
        files["engine/base/a.cpp"] = '#include "base/b.hpp"\n'
        self.assertEqual(found("rooted_includes", files), [])

    def test_a_plugin_and_the_sdk_include_nothing_of_the_engine(self):
        files = {"engine/base/lsn.hpp": "", "plugins/x/own.hpp": "",
                 "plugins/x/a.cpp": '#include "base/lsn.hpp"\n',
                 "plugins/x/b.cpp": '#include "../../engine/base/lsn.hpp"\n',
                 "plugins/x/c.cpp": '#include "own.hpp"\n#include <walwire/abi.h>\n',
                 "sdk/include/walwire/d.h": '#include "base/lsn.hpp"\n'}
        self.assertEqual(found("own_includes", files), [
            ("plugins/x/a.cpp", 1), ("plugins/x/b.cpp", 1), ("sdk/include/walwire/d.h", 1)])

    def test_foreign_libraries_stay_where_they_are_converted(self):
        strayed = {"engine/dispatch/a.cpp": "walwire/abi.h",
                   "engine/decode/b.cpp": "walwire/event.h",
                   "engine/host/c.cpp": "boost/dll/shared_library.hpp",
                   "engine/source/d.cpp": "spdlog/spdlog.h", "engine/cli/e.cpp": "libpq-fe.h",
                   "engine/cli/f.hpp": "boost/asio/io_context.hpp"}
        at_home = {"engine/host/a.cpp": "walwire/abi.h", "engine/batch/b.cpp": "walwire/event.h",
                   "engine/host/library.cpp": "boost/dll/shared_library.hpp",
                   "engine/base/log.cpp": "spdlog/spdlog.h", "engine/source/e.cpp": "libpq-fe.h",
                   "engine/cli/f.cpp": "boost/asio/io_context.hpp"}
        for files, count in ((strayed, 1), (at_home, 0)):
            for path, name in files.items():
                with self.subTest(path=path):
                    self.assertEqual(len(found("borders", {path: f"#include <{name}>\n"})), count)

    def test_asio_stays_in_four_sources(self):
        files = {f"engine/cli/{n}.cpp": "#include <boost/beast/core.hpp>\n" for n in range(4)}
        self.assertEqual(found("borders", files), [])
        files["engine/cli/4.cpp"] = files["engine/cli/3.cpp"]
        self.assertEqual(found("borders", files), [("engine/cli/4.cpp", 1)])


class the_stage_order(unittest.TestCase):
    def files(self):
        table = "".join(f"| `{stage}/` | x |\n" for stage in STAGES)
        files = {f"engine/{stage}/{stage}_part.hpp": "// a\n" for stage in STAGES}
        members = "".join(f"    {stage}_part {stage}_; // one; of {{\n" for stage in STAGES)
        files["engine/README.md"] = files["docs/ARCHITECTURE.md"] = table
        files["engine/CMakeLists.txt"] = "".join(f"walwire_stage({s} x)\n" for s in STAGES)
        files["engine/pipeline.hpp"] = f"class pipeline {{\n    void run(int);\n{members}}};\n"
        return files

    def test_is_silent_when_all_agree(self):
        self.assertEqual(found("stage_order", self.files()), [])

    def test_reports_each_place_that_swaps_two_stages(self):
        for path in ("engine/README.md", "docs/ARCHITECTURE.md", "engine/CMakeLists.txt",
                     "engine/pipeline.hpp"):
            with self.subTest(path=path):
                files = self.files()
                swapped = {"batch": "encode", "encode": "batch"}
                files[path] = re.sub("batch|encode", lambda m: swapped[m.group()], files[path])
                self.assertEqual([where for where, _ in found("stage_order", files)], [path])

    def test_reports_each_place_that_is_missing(self):
        for path in ("engine/README.md", "engine/pipeline.hpp"):
            files = self.files()
            del files[path]
            self.assertEqual(found("stage_order", files), [(path, 1)])

    def test_reports_a_stage_that_a_table_leaves_out(self):
        files = self.files()
        files["engine/README.md"] = files["engine/README.md"].replace("| `ack/` | x |\n", "")
        self.assertEqual(len(found("stage_order", files)), 1)


class shape_rules(unittest.TestCase):
    def test_file_length(self):
        self.assertFalse(found("file_length", {"engine/a.hpp": "x\n" * 160, "b.cpp": "x\n" * 400}))
        self.assertEqual(len(found("file_length", {"a.hpp": "x\n" * 161, "b.cpp": "x\n" * 401})), 2)

    def bodies(self, lines):
        body = "    if (x) { f(\"}}}\"); } // }\n" * (lines - 2)
        return {
            "plain": f"int f(int x) {{\n{body}}}\n",
            "after a class": f"class a {{\n    int b = 1;\n}};\nint f() const {{\n{body}}}\n",
            "in a class": f"namespace n {{\nstruct a {{\n    int b{{1}};\n    void f() {{\n"
                          f"{body}}}\n}};\n}}\n",
            "constructor": f"a::a(int x) : b_{{x}}, c_(x), d_{{1}} {{\n{body}}}\n",
            "test": f"TEST(a, b) {{\n{body}}}\n",
            "after a value": f"const int x[] = {{1, 2}};\nauto f() -> int {{\n{body}}}\n",
            "in a template": f"template <class T> struct a {{\n    T f() {{\n{body}}}\n}};\n",
            "behind a macro": f"#define A(x) {{ x\nint f() {{\n{body}}}\n",
            "behind 30'000": f"int n = 30'000;\nint f() {{\n{body}}}\n",
        }

    def test_function_length(self):
        for name, text in self.bodies(71).items():
            with self.subTest(name):
                self.assertEqual(len(found("function_length", {"a.cpp": text})), 1)
        for name, text in self.bodies(70).items():
            with self.subTest(name):
                self.assertEqual(found("function_length", {"a.cpp": text}), [])

    def test_a_long_class_or_table_is_not_a_function(self):
        members = "    int a(int x) { return x; }\n" * 80
        table = "const row rows[] = {\n" + "    {1, f(2)},\n" * 80 + "};\n"
        class_ = f"class a : b<c> {{\n{members}}};\n"
        self.assertEqual(found("function_length", {"a.hpp": class_}), [])
        self.assertEqual(found("function_length", {"a.cpp": table}), [])

    def test_line_length(self):
        self.assertEqual(found("line_length", {"a.cpp": "x" * 101}), [("a.cpp", 1)])
        self.assertEqual(found("line_length", {"a": "#!/bin/sh\n" + "x" * 101}), [("a", 2)])
        self.assertEqual(found("line_length", {"a.md": "x" * 111}), [("a.md", 1)])
        self.assertFalse(found("line_length", {"a.cpp": "x" * 100, "a.md": "| " + "x" * 200}))

    def test_opening(self):
        for path, text in (("a.cpp", "int x;\n"), ("b.hpp", "#pragma once\n"),
                           ("c.py", "import x\n"), ("d", "#!/bin/sh\nset -e\n"),
                           ("e.cpp", '#include "base/f.hpp"\n')):
            self.assertEqual(found("opening", {path: text}), [(path, 1)])
        self.assertFalse(found("opening", {
            "a.cpp": '#include "base/a.hpp"\n', "b.hpp": "// b\n", "c.h": "/* c */\n",
            "d.py": '"""d"""\n', "e": "#!/bin/sh\n# e\n"}))

    def test_once(self):
        self.assertEqual(len(found("once", {"a.hpp": "// a\n", "a.h": "/* a */\n"})), 2)
        self.assertFalse(found("once", {
            "a.hpp": "// a\n#pragma once\n",
            "a.h": "/* a */\n#ifndef WALWIRE_A_H\n#define WALWIRE_A_H\n#endif\n"}))


class text_rules(unittest.TestCase):
    def test_loose_ends(self):
        self.assertEqual(found("loose_ends", {"a.md": "x\nTO" "DO: y\n"}), [("a.md", 2)])
        self.assertFalse(found("loose_ends", {"a.md": "methodology, mktemp a.XXXX" "XX\n"}))

    def test_machine_paths(self):
        for folder in ("ho" "me", "ro" "ot", "wo" "rk", "Us" "ers"):
            self.assertEqual(found("machine_paths", {"a": f"x=/{folder}/me/y"}), [("a", 1)])
        self.assertFalse(found("machine_paths", {"a": "https://x.org/ho" "me/y $x/wo" "rk/y"}))

    PAGE = "| `pg.one` | x |\n| `pg.two` | x |\n"
    CODE = 'return failure{failure_code::io, "pg.one", "x"};\nreturn refuse("pg.two");\n'

    def test_errors_agree(self):
        self.assertFalse(found("errors", {"docs/errors.md": self.PAGE, "engine/a.cpp": self.CODE}))

    def test_an_id_that_is_not_listed_is_reported(self):
        for more in ('f(failure_code::io,\n  "new.family");', 'log::warn("pg.three", text);',
                     '{.code = failure_code::io, .id = "new.family"}'):
            files = {"docs/errors.md": self.PAGE, "engine/a.cpp": self.CODE + more}
            self.assertEqual(len(found("errors", files)), 1, more)

    def test_a_listed_id_without_a_user_is_reported(self):
        files = {"docs/errors.md": self.PAGE + "| `pg.three` | x |\n", "engine/a.cpp": self.CODE}
        self.assertEqual(found("errors", files), [("docs/errors.md", 3)])
        files["engine/a.cpp"] += '// "pg.three"\n' # only spoken of
        self.assertEqual(found("errors", files), [("docs/errors.md", 3)])

    def test_a_file_name_or_a_sentence_is_no_id(self):
        more = 'open("walwire.toml"); say("see pg.three"); say("a.b.c");'
        files = {"docs/errors.md": self.PAGE, "engine/a.cpp": self.CODE + more}
        self.assertFalse(found("errors", files))

    def test_snippets(self):
        files = {"sdk/examples/print.cpp": "// a\n", "sdk/examples/lines.c": "/* b */\n"}
        fences = "```cpp file=sdk/examples/print.cpp\n// a\n```\n" \
                 "```c file=sdk/examples/lines.c\n/* b */\n```\n"
        self.assertFalse(found("snippets", {**files, "README.md": fences}))
        changed = {**files, "README.md": fences.replace("// a", "// c")}
        self.assertEqual(found("snippets", changed), [("README.md", 1)])
        self.assertEqual(len(found("snippets", {**files, "README.md": ""})), 2)
        stray = {**files, "README.md": fences + "```c file=gone.c\n```\n"}
        self.assertEqual(found("snippets", stray), [("README.md", 7)])

    def test_links(self):
        files = {"docs/a.md": "[x](../b.md#part) [y](https://z.org) [w](sub/)", "b.md": "",
                 "docs/sub/c.md": ""}
        self.assertFalse(found("links", files))
        del files["b.md"]
        self.assertEqual(found("links", files), [("docs/a.md", 1)])


class headers_alone(unittest.TestCase):
    def test_a_header_that_needs_another_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            files = {"engine/good.hpp": "// a\n#pragma once\n#include <string>\nstd::string a();\n",
                     "engine/bad.hpp": "// a\n#pragma once\nstd::string a();\n",
                     "engine/twice.hpp": "// a\nstruct a {};\n",
                     "sdk/c99.h": "// not a C comment before C99\n#pragma once\nclass a;\n"}
            for path, text in files.items():
                (root / path).parent.mkdir(exist_ok=True)
                (root / path).write_text(text)
            reported = [f.path for f in headers.self_contained(Tree(files), root)]
        self.assertEqual(reported, ["engine/bad.hpp", "engine/twice.hpp", "sdk/c99.h"])


class the_exceptions(unittest.TestCase):
    def check(self, lines, long_files=1, rules=("file_length",)):
        files = {f"{n}.hpp": "x\n" * 161 for n in range(long_files)}
        files[tidy.EXCEPTIONS] = "# a comment\n" + "\n".join(lines) + "\n"
        return tidy.check(Tree(files), rules)

    def test_an_exception_covers_its_file_alone(self):
        line = "file_length 0.hpp it is a table"
        self.assertFalse(self.check([line]))
        self.assertEqual([f.path for f in self.check([line], long_files=2)], ["1.hpp"])

    def test_a_reason_is_needed(self):
        self.assertTrue(any(f.rule == "exceptions" for f in self.check(["file_length 0.hpp"])))

    def test_an_exception_that_covers_nothing_is_reported(self):
        reported = self.check(["file_length 9.hpp it was a table"], long_files=0)
        self.assertEqual([f.rule for f in reported], ["exceptions"])

    def test_ten_are_enough(self):
        lines = [f"file_length {n}.hpp it is a table" for n in range(11)]
        self.assertFalse(self.check(lines[:10], long_files=10))
        self.assertEqual(len(self.check(lines, long_files=11)), 1)


class the_registration(unittest.TestCase):
    def test_every_rule_is_tested_here_and_run_by_ctest(self):
        registered = (HERE / "CMakeLists.txt").read_text()
        tested = pathlib.Path(__file__).read_text()
        for rule in tidy.RULES:
            self.assertRegex(registered, rf"\b{rule}\b")
            self.assertTrue(f'found("{rule}"' in tested or f"headers.{rule}(" in tested, rule)

    def test_the_exit_code_tells(self):
        run = subprocess.run([HERE / "tidy.py", "no_such_rule"], capture_output=True, check=False)
        self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    unittest.main()
