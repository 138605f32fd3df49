"""./dev lint finds each kind of offence."""

import subprocess
import sys

import pytest

from conftest import ROOT

LONG_FUNCTION = "int f(void)\n{\n" + "    g();\n" * 59 + "}\n"

CASES = {
    "layer": ("src/core/x.c", '#include "host/host.h"\n', "1: core may not use host/host.h"),
    "host and metrics": (
        "src/host/x.c",
        '#include "metrics/batch.h"\n',
        "1: host may not use metrics/batch.h",
    ),
    "py from cli": ("src/cli/x.c", '#include "py/fail.h"\n', "1: cli may not use py/fail.h"),
    "py from embed": ("src/embed/x.c", '#include "py/fail.h"\n', "1: embed may not use py/fail.h"),
    "Python.h": ("src/embed/x.c", "\n#include <Python.h>\n", "2: only src/py may include Python.h"),
    "unknown layer": (
        "src/new/x.c",
        '#include "core/err.h"\n',
        "1: tests/style/style.py knows no layer new",
    ),
    "banned": (
        "src/core/x.c",
        "int f(const char *s)\n{\n    return atoi(s);\n}\n",
        "3: atoi is banned: it hides errors; use strtol",
    ),
    "allocation": (
        "src/core/x.c",
        "void *p = malloc(1);\n",
        "1: malloc is banned: allocate through core/mem.h",
    ),
    "long function": ("src/core/x.c", LONG_FUNCTION, "2: function of 61 lines, more than 60"),
    "long file": ("src/core/x.c", "int x;\n" * 501, "500: file of 501 lines, more than 500"),
    "version": (
        "src/py/x.c",
        "#if PY_VERSION_HEX > 1\n#endif\n",
        "1: version differences of CPython belong in src/py/python.h",
    ),
    "trailing blank": ("cmake/x.cmake", "set(x) \n", "1: blanks at the end of the line"),
    "carriage return": ("x.md", "one\r\n", "1: carriage return at the end of the line"),
    "last line": ("x.md", "one\ntwo", "2: no newline at the end of the file"),
    "mark": ("x.py", "pass  # TO" "DO: more\n", "1: a mark of unfinished work"),
}
FINE = {
    "src/embed/x.c": '#include "core/err.h"\n#include "py/backend.h"\n',
    "src/cli/x.c": '#include "host/host.h"\n#include "metrics/batch.h"\n#include "cli/x.h"\n',
    "src/core/mem.c": "void *p = malloc(1);\n",
    "src/core/mem_test.c": "void *p = malloc(1);\n",
    "src/core/x.c": '/* not\n * atoi(s) */ // atoi(s)\nconst char *s = "atoi(s) \\" atoi(s)";\n',
    "src/core/y.c": "int x = my_atoi(s) + to->malloc(1) + to.free(2);\n",
    "src/core/z.c": LONG_FUNCTION.replace("    g();\n", "", 1),
    "src/py/python.h": '#include <Python.h>\n#include "core/err.h"\n#if PY_VERSION_HEX > 1\n#endif\n',
    "build/x.c": "void *p = malloc(1); \n",
}


def style(root):
    done = subprocess.run(
        [sys.executable, ROOT / "tests/style/style.py", root], stdout=subprocess.PIPE, text=True
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("case", CASES)
def test_style_finds(tmp_path, case):
    name, text, message = CASES[case]
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    assert style(tmp_path) == (1, "%s:%s\n" % (name, message))


def test_style_lets_pass(tmp_path):
    for name, text in FINE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert style(tmp_path) == (0, "")


def test_lint_gathers_what_all_tools_find(tree):
    planted = [
        tree.write("src/core/layout.c", "int  layout;\n"),
        tree.write("src/core/banned.c", "int banned = atoi(banned_text);\n"),
        tree.write("scripts/broken.sh", "if true; then\n"),
        tree.write("tests/x/test_x.py", "import os\n"),
        tree.write("docs/man/x.1", ".Dd today\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Xx\n"),
    ]
    try:
        printed = tree.dev("lint", "--python", tree.python, status=1).splitlines()
    finally:
        for path in planted:
            path.unlink()
    assert "src/core/layout.c:1: not as ./dev format has it" in printed
    assert "src/core/banned.c:1: atoi is banned: it hides errors; use strtol" in printed
    assert any(line.startswith("scripts/broken.sh:") for line in printed)
    assert any(line.startswith("tests/x/test_x.py:1: F401 ") for line in printed)
    assert any(line.startswith("docs/man/x.1:7: ") for line in printed)
    assert printed[-1] == "dev: lint found %d breaches" % (len(printed) - 1)


def test_lint_of_a_clean_tree_finds_nothing(tree):
    assert tree.dev("lint", "--python", tree.python) == "dev: lint found nothing\n"
