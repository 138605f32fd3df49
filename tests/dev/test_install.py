"""The real program, installed below a temporary prefix."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = pathlib.Path(os.environ.get("ADDER", ROOT / "build/adder")).resolve()


class Installed:
    """A prefix with adder in it."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.program = prefix / "bin/adder"

    def __call__(self, *words, **options):
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, **options)

    def pythons(self, **options):
        return json.loads(self("version", "--json", **options).stdout)["pythons"]


@pytest.fixture
def installed(tmp_path):
    prefix = tmp_path / "prefix"
    subprocess.run(["cmake", "--install", BUILT.parent, "--prefix", prefix], check=True, capture_output=True)
    return Installed(prefix)


def test_a_program_found_through_path_takes_nothing_from_the_current_folder(installed, tmp_path):
    for name in ("adder", "adder-py3.99.so"):
        (tmp_path / name).touch()
    path = {"PATH": f"{installed.program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["adder", "version"], cwd=tmp_path, env=path, capture_output=True, text=True)
    assert done.stdout.startswith("adder ")
    assert "3.99" not in done.stdout
