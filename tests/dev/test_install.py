"""The real program, installed below a temporary prefix."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = pathlib.Path(os.environ.get("ADDER", ROOT / "build/adder")).resolve()
WHERE = """\
import sys

from datadog_checks.base import AgentCheck


class Where(AgentCheck):
    def check(self, instance):
        self.gauge("where", 1, tags=["prefix:" + sys.prefix])
"""


def call(*words, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Installed:
    """A prefix with adder in it."""

    def __init__(self, build, prefix):
        call("cmake", "--install", build, "--prefix", prefix)
        self.prefix = prefix
        self.program = prefix / "bin/adder"

    def __call__(self, *words, status=0):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    def backends(self):
        return {p["version"]: pathlib.Path(p["path"]) for p in json.loads(self("version", "--json"))["pythons"]}


@pytest.fixture
def installed(tmp_path):
    return Installed(BUILT.parent, tmp_path / "prefix")


def configure(build, interpreter, *options):
    """Configures and builds without the tests, for another prefix than the one installed to."""
    quick = ["-DCMAKE_BUILD_TYPE=Debug", "-DADDER_TESTS=OFF", "-DCMAKE_INSTALL_PREFIX=/nonexistent"]
    call("cmake", "-S", ROOT, "-B", build, "-G", "Ninja", f"-DADDER_PYTHONS={interpreter}", *quick, *options)
    call("cmake", "--build", build)


@pytest.fixture(scope="module")
def own_build(tmp_path_factory):
    return tmp_path_factory.mktemp("build")


@pytest.fixture
def where(tmp_path):
    """A folder with a check that tells which virtual environment it runs in."""
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "where.py").write_text(WHERE)
    return folder


def prefix_of(installed, where, *words):
    (instance,) = json.loads(installed("check", "where", "--checks", where, "--json", *words))["instances"]
    (tag,) = instance["metrics"][0]["tags"]
    return tag.removeprefix("prefix:")


def test_backends_are_found_wherever_the_prefix_is(installed):
    backends = installed.backends()
    assert backends
    for version, path in backends.items():
        assert path.name == f"adder-py{version}.so"
        assert path.is_relative_to(installed.prefix)


def test_systemd_starts_the_program_that_is_installed(installed):
    unit = (installed.prefix / "lib/systemd/system/adder.service").read_text()
    assert f"\nExecStart={installed.program} run\n" in unit
    assert not re.search("@[a-z]+@", unit)
    pages = installed.prefix / "share/man"
    for name in re.search("^Documentation=(.*)$", unit, re.M)[1].split():
        page, section = re.fullmatch(r"man:(.*)\((\d)\)", name).groups()
        assert (pages / f"man{section}" / f"{page}.{section}").exists()


def test_a_program_found_through_path_takes_nothing_from_the_current_folder(installed, tmp_path):
    for name in ("adder", "adder-py3.99.so"):
        (tmp_path / name).touch()
    path = {"PATH": f"{installed.program.parent}:{os.environ['PATH']}"}
    printed = call("adder", "version", cwd=tmp_path, env=path)
    assert printed.startswith("adder ")
    assert "3.99" not in printed


def test_the_virtual_environment_beside_the_backend_comes_first(installed, where, venv):
    backend = installed.backends()[venv.name]
    python = ("--python", venv.name)
    built_with = prefix_of(installed, where, *python)
    assert not pathlib.Path(built_with).is_relative_to(installed.prefix)
    beside = backend.with_name(f"venv-{venv.name}")
    beside.symlink_to(venv)
    assert prefix_of(installed, where, *python) == str(beside)
    assert prefix_of(installed, where, *python, "--venv", venv) == str(venv)


def test_shipped_checks_are_found_in_a_folder_for_data_of_ones_own(own_build, tmp_path, venv):
    interpreter = (venv / "made-with").read_text().strip()
    for number, folder in enumerate(["share/other", tmp_path / "data"]):
        configure(own_build, interpreter, f"-DCMAKE_INSTALL_DATADIR={folder}")
        moved = Installed(own_build, tmp_path / str(number))
        assert (moved.prefix / folder / "adder/checks/adder_checks/load").is_dir()
        assert "system.load.1" in moved("check", "load", "--venv", venv)


def test_a_build_without_virtual_environments_says_where_to_make_one(own_build, tmp_path, venv):
    interpreter = (venv / "made-with").read_text().strip()
    configure(own_build, interpreter, "-DADDER_VENVS=")
    moved = Installed(own_build, tmp_path / "moved")
    folder = moved.backends()[venv.name].with_name(f"venv-{venv.name}")
    assert f"/{venv.name}\0".encode() not in moved.backends()[venv.name].read_bytes()
    said = moved("check", "cpu", status=2)
    assert f"there is no virtual environment '{folder}'; make one: " in said
    command = re.search(r"make one: (\S+ -m venv '[^']+')", said)[1]
    call("sh", "-c", command.replace(f"python{venv.name}", interpreter, 1))
    assert "datadog-checks-base" in moved("check", "cpu", status=2)
