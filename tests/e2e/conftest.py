"""Runs the built program, $ADDER, on checks written into temporary folders."""

import json
import os
import subprocess
import textwrap
from pathlib import Path

import pytest

PROGRAM = os.environ.get("ADDER", str(Path(__file__).resolve().parents[2] / "build" / "adder"))
RUNS_CHECKS = ("check", "memory")
SETTINGS = ("ADDER_CONFD", "ADDER_CHECKS", "ADDER_PYTHON", "ADDER_VENV", "NO_COLOR", "COLUMNS", "PYTHONPATH")


class Adder:
    """Calls the program from a folder of its own, with settings of the tests' machine left out."""

    def __init__(self, folder):
        self.folder = folder
        self.confd = folder / "conf.d"
        self.confd.mkdir()
        self.checks = folder / "checks"
        self.checks.mkdir()
        self.env = {k: v for k, v in os.environ.items() if k not in SETTINGS}
        self.env.update(ADDER_CONFD=str(self.confd), XDG_STATE_HOME=str(folder / "state"))

    def command(self, *args):
        words = [PROGRAM, *map(str, args)]
        if args and args[0] in RUNS_CHECKS:
            words += ["--checks", str(self.checks)]
            if "ADDER_VENV" in os.environ:
                words += ["--venv", os.environ["ADDER_VENV"]]
            if "ADDER_PYTHON" in os.environ and "--python" not in args:
                words += ["--python", os.environ["ADDER_PYTHON"]]
        return words

    def __call__(self, *args, env=None, text=True):
        return subprocess.run(
            self.command(*args),
            cwd=self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=text,
            timeout=120,
        )

    def start(self, *args, **options):
        return subprocess.Popen(self.command(*args), cwd=self.folder, env=self.env, text=True, **options)

    def document(self, *args, code=0):
        """The JSON document that is all there is on standard output."""
        done = self(*args, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def check(self, name, body, top=""):
        """Writes a check whose check() is `body`."""
        self.checks.joinpath(f"{name}.py").write_text(
            "from datadog_checks.base import AgentCheck\n"
            + textwrap.dedent(top)
            + f"\n\nclass {name.title()}(AgentCheck):\n    def check(self, instance):\n"
            + textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
            + "\n"
        )

    def configure(self, name, text):
        path = self.confd / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path


@pytest.fixture
def adder(tmp_path):
    return Adder(tmp_path)


@pytest.fixture
def source():
    """The checkout."""
    return Path(__file__).resolve().parents[2]


def one(document):
    """The only instance of the document."""
    assert len(document["instances"]) == 1
    return document["instances"][0]


def values(instance):
    """Its series by name."""
    return {m["name"]: m["value"] for m in instance["metrics"]}
