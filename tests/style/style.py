"""Looks for breaches of the project's own rules, which no other tool knows.

Run by `./dev lint`. Prints FILE:LINE: MESSAGE for each, and exits with 1 if there is any.
"""

import pathlib
import re
import sys

# Which layers of src/ the files of a layer may include. cli/ sees all but py/.
LAYERS = {
    "core": set(),
    "obfuscate": {"core"},
    "metrics": {"core"},
    "host": {"core", "obfuscate"},
    "py": {"core"},
    "embed": {"core"},
    "out": {"core", "metrics"},
    "server": {"core"},
    "collect": {"core"},
    "work": {"core", "metrics"},
    "agent": {"core", "metrics", "host", "collect", "work", "out", "server"},
}
LAYERS["cli"] = set(LAYERS) - {"py"}
SHARED_HEADERS = {("embed", "py/backend.h"), ("embed", "py/sanitizers_testing.h")}

BANNED = {
    "strcpy": "use core/buf.h, or memcpy with a length",
    "strcat": "use core/buf.h",
    "stpcpy": "use core/buf.h, or memcpy with a length",
    "sprintf": "use snprintf or mem_printf",
    "vsprintf": "use vsnprintf",
    "strncpy": "it may leave out the NUL; use snprintf",
    "strncat": "use core/buf.h",
    "strtok": "it has hidden state; use strtok_r or strcspn",
    "gets": "it knows no size",
    "atoi": "it hides errors; use strtol",
    "atol": "it hides errors; use strtol",
    "atof": "it hides errors; use strtod",
    "system": "it runs a shell; use posix_spawn",
    "popen": "it runs a shell; use posix_spawn",
    "alloca": "the stack has no limit that it could report",
    "gmtime": "it is not thread-safe; use gmtime_r",
    "localtime": "it is not thread-safe; use localtime_r",
}
ALLOCATORS = "malloc calloc realloc reallocarray free strdup strndup asprintf vasprintf".split()
BANNED.update((name, "allocate through core/mem.h") for name in ALLOCATORS)
# Where allocators may be called: the home of ours, and tests, which need not survive it failing.
ALLOCATING = re.compile(r"^src/core/mem\.c$|_test(ing)?\.[ch]$")
VERSION_FILES = {"src/py/python.h", "src/py/memory.c"}

MAX_FUNCTION = 60
MAX_FILE = 500
MARK = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")

COMMENT_OR_TEXT = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
INCLUDE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]")
CALL = re.compile(r"(?<![.>])\b(%s)\s*\(" % "|".join(BANNED))
SOURCES = {".c", ".h", ".py", ".sh", ".cmake"}
TEXTS = SOURCES | {".md", ".txt", ".json", ".yaml", ".example", ".1", ".5", ""}
SKIPPED = {"build", "corpus", "__pycache__"}


def code_only(text):
    """The text of a C file with its comments and string literals blanked, lines kept."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    return COMMENT_OR_TEXT.sub(blank, text)


def layer_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def check_includes(name, lines):
    layer = layer_of(name)
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match or layer is None:
            continue
        header = match.group(2)
        other = header.split("/")[0]
        if header == "Python.h" and layer != "py":
            yield number, "only src/py may include Python.h"
        elif match.group(1) == "<" or "/" not in header or other == layer:
            continue
        elif layer not in LAYERS:
            yield number, "tests/style/style.py knows no layer %s" % layer
        elif other in LAYERS and other not in LAYERS[layer]:
            if (layer, header) not in SHARED_HEADERS:
                yield number, "%s may not use %s" % (layer, header)


def check_calls(name, lines):
    allowed = ALLOCATORS if ALLOCATING.search(name) else ()
    for number, line in enumerate(lines, 1):
        for function in CALL.findall(line):
            if function not in allowed:
                yield number, "%s is banned: %s" % (function, BANNED[function])


def check_versions(name, lines):
    for number, line in enumerate(lines, 1):
        if "PY_VERSION_HEX" in line and name not in VERSION_FILES:
            yield number, "version differences of CPython belong in src/py/python.h"


def check_functions(name, lines):
    """The formatter puts the braces around a function, and only those, in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start is not None:
            length = number - start + 1
            if length > MAX_FUNCTION:
                yield start, "function of %d lines, more than %d" % (length, MAX_FUNCTION)
            start = None


def check_text(name, text):
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith("\r"):
            yield number, "carriage return at the end of the line"
        elif line != line.rstrip():
            yield number, "blanks at the end of the line"
        if MARK.search(line):
            yield number, "a mark of unfinished work"


def check_size(name, lines):
    if len(lines) > MAX_FILE:
        yield MAX_FILE, "file of %d lines, more than %d" % (len(lines), MAX_FILE)


def check_file(name, text):
    yield from check_text(name, text)
    if pathlib.PurePath(name).suffix in SOURCES:
        yield from check_size(name, text.splitlines())
    if name.endswith((".c", ".h")):
        code = code_only(text).splitlines()
        yield from check_includes(name, text.splitlines())
        yield from check_calls(name, code)
        yield from check_versions(name, code)
        yield from check_functions(name, code)


def files(root):
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") for part in parts[:-1])
        if hidden or SKIPPED.intersection(parts) or path.is_symlink() or not path.is_file():
            continue
        if path.suffix in TEXTS:
            yield path


def main(root):
    found = 0
    for path in files(root):
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            print("%s:1: not UTF-8" % name)
            found += 1
            continue
        for line, message in sorted(check_file(name, text)):
            print("%s:%d: %s" % (name, line, message))
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
