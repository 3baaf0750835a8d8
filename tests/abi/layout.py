#!/usr/bin/python3
"""Compares layout.txt with the headers: every field's offset, size and declaration, every
enumerator's value, every struct's size, as compiled.

usage: layout.py SDK_DIR COMPILER...            compares
       layout.py --update SDK_DIR COMPILER...   writes layout.txt anew

The program that prints the numbers is generated from the headers, so a field that was added cannot
be forgotten here. Line by line, layout.txt is what plugins in the field were compiled against:
appended lines are growth, any other change breaks them.
"""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

HEADERS = ["event.h", "abi.h"]
LAYOUT = pathlib.Path(__file__).parent / "layout.txt"


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def one_line(text):
    return " ".join(text.split())


def field_name(declaration):
    pointer = re.search(r"\(\*(\w+)\)\s*\(", declaration)
    return pointer[1] if pointer else re.search(r"(\w+)$", declaration)[1]


def parse(text):
    """Structs as (name, [declaration]) and enumerators by name, in the order of the text."""
    structs = [(m[1], [one_line(d) for d in m[2].split(";") if d.strip()])
               for m in re.finditer(r"\bstruct\s+(\w+)\s*\{(.*?)\}", text, re.DOTALL)]
    enums = [re.match(r"\s*(\w+)", item)[1]
             for m in re.finditer(r"\benum\s*\{(.*?)\}", text, re.DOTALL)
             for item in m[1].split(",")]
    if len(structs) + text.count('extern "C" {') + len(re.findall(r"\benum\b", text)) != \
            text.count("{"):
        sys.exit("a brace that is neither a struct's nor an enum's: teach layout.py about it")
    return structs, enums


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '\\n"'


def program(headers):
    lines = ["#include <stdio.h>", "#include <walwire/abi.h>", "int main(void) {"]
    for name, text in headers:
        structs, enums = parse(text)
        lines.append(f"printf({quoted('# walwire/' + name)});")
        for macro in re.findall(r"#define (WALWIRE_ABI_\w+) \d+", text):
            lines.append(f"printf(\"{macro} %d\\n\", {macro});")
        for enum in enums:
            lines.append(f"printf(\"{enum} %d\\n\", (int)({enum}));")
        for struct, fields in structs:
            lines.append(f"printf(\"{struct}\\n\");")
            for declaration in fields:
                at = f"{struct}, {field_name(declaration)}"
                size = f"sizeof((({struct} *)0)->{field_name(declaration)})"
                lines.append(f"printf(\"  %3zu %2zu  \" {quoted(declaration)}, offsetof({at}), "
                             f"{size});")
            lines.append(f"printf(\"  %3zu end\\n\", sizeof({struct}));")
    return "\n".join(lines + ["return 0; }", ""])


def printed_by(compiler, source, sdk):
    with tempfile.TemporaryDirectory() as folder:
        binary = f"{folder}/layout"
        subprocess.run([compiler, "-std=c99", f"-I{sdk}/include", "-x", "c", "-", "-o", binary],
                       input=source, text=True, check=True)
        return subprocess.run([binary], text=True, capture_output=True, check=True).stdout


def main(update, sdk, compilers):
    headers = [(name, without_comments(pathlib.Path(sdk, "include/walwire", name).read_text()))
               for name in HEADERS]
    source = program(headers)
    printed = {compiler: printed_by(compiler, source, sdk) for compiler in compilers}
    if update:
        LAYOUT.write_text(printed[compilers[0]])
    failed = not printed
    for compiler, text in printed.items():
        diff = list(difflib.unified_diff(LAYOUT.read_text().splitlines(), text.splitlines(),
                                         "layout.txt", f"headers, {compiler}", lineterm=""))
        print("\n".join(diff) if diff else f"{compiler}: {len(text.splitlines())} lines agree")
        failed |= bool(diff)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    main("--update" in sys.argv, arguments[0], arguments[1:])
