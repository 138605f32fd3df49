"""A small tree with the real ./dev and CMake files, whose program only prints its arguments."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = [
    ".ci",
    ".clang-format",
    "CMakeLists.txt",
    "CMakePresets.json",
    "cmake",
    "dev",
    "docs/adder.yaml.example",
    "docs/examples",
    "packaging",
    "requirements-test.txt",
    "requirements.txt",
    "scripts",
    "tests/style",
]
MAIN = """\
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *other = getenv("INSTEAD_OF_ADDER");

    if (other != NULL)
        execv(other, argv);
    for (int i = 1; i < argc; i++)
        printf("%s%s", argv[i], i + 1 < argc ? " " : "\\n");
    return 0;
}
"""


class Tree:
    """A project folder, and ./dev in it."""

    def __init__(self, path, python):
        self.path = path
        self.python = python

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def dev(self, *arguments, status=0, env=None, cwd=None):
        """What ./dev printed, both streams."""
        done = subprocess.run(
            [str(self.path / "dev"), *map(str, arguments)],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(os.environ, **(env or {})),
            text=True,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def build(self, *options, **more):
        """Builds quickly: without optimisation, for one runtime."""
        return self.dev("build", "--preset=debug", "--python", self.python, *options, **more)

    def cache(self, name):
        text = (self.path / "build/debug/CMakeCache.txt").read_text()
        return next(li.split("=", 1)[1] for li in text.splitlines() if li.startswith(name + ":"))

    def times(self):
        """When each file of the build tree was last written, but for Ninja's own."""
        files = (self.path / "build/debug").rglob("[!.]*")
        return {f: f.stat().st_mtime_ns for f in files if f.is_file()}


def copy_parts(path):
    for part in PARTS:
        (path / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, path / part)


@pytest.fixture(scope="session")
def venv():
    """The virtual environment that the tests run in; its folder is named after its version."""
    default = ROOT / "build/venv"
    return pathlib.Path(os.environ.get("ADDER_VENV", default)).resolve()


@pytest.fixture(scope="session")
def tree(tmp_path_factory, venv):
    tree = Tree(tmp_path_factory.mktemp("tree"), (venv / "made-with").read_text().strip())
    copy_parts(tree.path)
    for layer in (ROOT / "src").iterdir():
        tree.write("src/%s/one.c" % layer.name, "int %s_one;\n" % layer.name)
    tree.write("src/cli/main.c", MAIN)
    tree.write("src/server/page.html", "")
    tree.write("cmake/page.cmake", 'file(WRITE ${TO} "int page;\\n")\n')
    tree.write("include/adder.h", "int adder_one;\n")
    tree.write("checks/adder_checks/__init__.py", "")
    (tree.path / "build/venvs").mkdir(parents=True)
    (tree.path / "build/venvs" / venv.name).symlink_to(venv)
    return tree
