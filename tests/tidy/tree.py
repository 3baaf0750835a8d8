"""The project's files as texts, so that a rule can be tried on files that do not exist."""
import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEFT_OUT = {".git", "build", ".cache", "__pycache__", "corpus"}
CODE = (".h", ".hpp", ".c", ".cpp")

# The order in which a row meets the stages. A stage includes itself, base, config and what is
# before it here. `config` holds plain structs and counts as what comes before all stages.
STAGES = ["source", "decode", "batch", "encode", "host", "dispatch", "ack"]
BEFORE_STAGES = ["base", "config"]
UNNUMBERED = ["cli"]


@dataclasses.dataclass(frozen=True)
class Finding:
    rule: str
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text} [{self.rule}]"


class Tree:
    """Path relative to the root -> text; binary files and build output are left out."""

    def __init__(self, files):
        self.files = dict(files)

    @classmethod
    def of_project(cls):
        files = {}
        pending = [ROOT]
        while pending:
            for path in pending.pop().iterdir():
                if path.name in LEFT_OUT or path.is_symlink():
                    continue
                if path.is_dir():
                    pending.append(path)
                    continue
                try:
                    files[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue
        return cls(files)

    def code(self, *folders):
        """(path, text) of the C and C++ files below the folders, sorted; all without any."""
        for path in sorted(self.files):
            if path.endswith(CODE) and (not folders or path.startswith(tuple(folders))):
                yield path, self.files[path]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(text):
    """(line, "<" or '"', name) of every include."""
    for match in INCLUDE.finditer(text):
        yield line_of(text, match.start()), match.group(1), match.group(2)


# One alternative per token that may hide a brace: raw strings, strings, characters, comments. The
# apostrophe of 30'000 is not the start of a character.
HIDDEN = re.compile(
    r'R"(?P<delimiter>[^()\\ ]{0,16})\((?s:.*?)\)(?P=delimiter)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'"
    r"|//[^\n]*"
    r"|/\*(?s:.*?)\*/"
)


def blanked(text, keep_strings=False):
    """The text with comments, strings and characters as blanks; offsets and lines stay."""
    def blank(match):
        token = match.group(0)
        if keep_strings and token[0] in "\"'R":
            return token
        return re.sub(r"[^\n]", " ", token)
    return HIDDEN.sub(blank, text)
