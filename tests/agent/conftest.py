"""Runs `adder run`, $ADDER, with checks written into temporary folders, and asks it over its socket."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import textwrap
import time

import pytest

PROGRAM = os.environ.get("ADDER", str(pathlib.Path(__file__).resolve().parents[2] / "build" / "adder"))
SLOW = 4 if os.environ.get("ADDER_SANITIZE") else 1


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def wait_for(what, condition, seconds=30):
    """The first true value of condition(), within some seconds."""
    deadline = time.monotonic() + seconds * SLOW
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds * SLOW} s")


class Agent:
    def __init__(self, folder):
        self.folder = folder
        self.confd = folder / "conf.d"
        self.checks = folder / "checks"
        self.socket = folder / "adder.sock"
        self.log = folder / "log"
        self.confd.mkdir()
        self.checks.mkdir()
        self.process = None

    def check(self, name, body, top=""):
        """Writes a check whose check() is `body`."""
        self.checks.joinpath(f"{name}.py").write_text(
            "from datadog_checks.base import AgentCheck\n"
            + textwrap.dedent(top)
            + f"\n\nclass {name.title()}(AgentCheck):\n    def check(self, instance):\n"
            + textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
            + "\n"
        )

    def configure(self, name, instances=None, init_config=None):
        """Writes conf.d/NAME.yaml; JSON is YAML."""
        content = {"init_config": init_config or {}, "instances": instances or [{"min_collection_interval": 1}]}
        self.confd.joinpath(f"{name}.yaml").write_text(json.dumps(content))

    def start(self, *args, config=None, env=None):
        path = self.folder / "adder.yaml"
        path.write_text(json.dumps(config or {}))
        command = [PROGRAM, "run", "--config", path, "--confd", self.confd, "--checks", self.checks]
        command += ["--run-dir", self.folder / "run", "--listen", f"unix:{self.socket}"]
        for option, variable in (("--python", "ADDER_PYTHON"), ("--venv", "ADDER_VENV")):
            if variable in os.environ:
                command += [option, os.environ[variable]]
        command += args
        left_out = ("ADDER_PYTHON", "ADDER_VENV", "ADDER_CHECKS", "ADDER_CONFD")
        environ = {k: v for k, v in os.environ.items() if k not in left_out}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**environ, "HOME": str(self.folder), **(env or {})},
            )
        wait_for("an answer", lambda: self.answers() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()
        return self

    def answers(self):
        try:
            return self.get("/health/live")
        except OSError:
            return None

    def said(self):
        return self.log.read_text(errors="replace")

    def get(self, path, method="GET", headers=None):
        connection = UnixConnection(self.socket)
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def status(self):
        code, body = self.get("/api/v1/status")
        assert code == 200, body
        return json.loads(body)

    def checks_by_name(self):
        return {check["name"]: check for check in self.status()["checks"]}

    def wait_runs(self, name, runs, seconds=30):
        """The check's status once it has run so often."""

        def enough():
            check = self.checks_by_name().get(name)
            return check if check and check["runs"] >= runs else None

        try:
            return wait_for(f"{runs} runs of {name}", enough, seconds)
        except AssertionError:
            print(self.said())
            raise

    def processes(self):
        """Process ids of all that descends from the agent."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            try:
                for tid in os.listdir(f"/proc/{pid}/task"):
                    children = pathlib.Path(f"/proc/{pid}/task/{tid}/children").read_text().split()
                    found += map(int, children)
                    todo += map(int, children)
            except OSError:
                continue
        return found

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@pytest.fixture
def agent(tmp_path):
    agent = Agent(tmp_path)
    yield agent
    agent.stop()
