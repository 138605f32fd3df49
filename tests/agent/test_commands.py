"""What asks a running agent: status, tail, top and diagnose; and what ./dev run shows of it."""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys

import pytest
from conftest import PROGRAM, SLOW, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIAGNOSES = """
def diagnose():
    self.diagnosis.success("reach", "the server answers")
    self.diagnosis.fail("login", "no password fits", remediation="set one", rawerror="denied")
self.diagnosis.register(diagnose)
"""


class Asking:
    """Calls commands on the agent's socket."""

    def __init__(self, agent):
        self.agent = agent
        self.address = f"unix:{agent.socket}"

    def __call__(self, command, *words, env=None):
        return subprocess.run(
            [PROGRAM, command, "--address", self.address, *map(str, words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
            timeout=60 * SLOW,
        )

    def rows(self, *words):
        """The table of checks: for each, in their order, the cells by column."""
        lines = self(*words).stdout.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("  CHECK "))
        names = lines[start].split()
        found = {}
        for line in lines[start + 1 :]:
            if not line.strip():
                break
            cells = re.split(r"  +", line.strip())
            found[cells[0].split(":")[0]] = dict(zip(names, cells))
        return found


@pytest.fixture
def asking(agent):
    return Asking(agent)


def test_status_shows_what_runs_what_fails_and_why(agent, asking):
    agent.check("good", "self.gauge('good.one', 1)")
    agent.check("sick", "raise RuntimeError('no such luck')")
    agent.check("wary", "self.warning('nearly %s', 'full')")
    agent.checks.joinpath("bad.py").write_text("import nothing_of_this_name\n")
    for name in ("good", "sick", "wary", "bad"):
        agent.configure(name)
    agent.confd.joinpath("torn.yaml").write_text("instances: [\n")
    agent.start()
    for name in ("good", "sick", "wary"):
        agent.wait_runs(name, 1)
    wait_for("bad", lambda: agent.checks_by_name()["bad"]["state"] == "failed to load")
    done = asking("status")
    assert (done.returncode, done.stderr) == (1, "")
    rows = asking.rows("status")
    assert list(rows) == ["bad", "good", "sick", "wary"]
    assert rows["bad"]["STATE"] == "failed to load"
    assert int(rows["good"]["RUNS"]) >= 1 and rows["good"]["ERRORS"] == "0"
    assert rows["good"]["SERIES"] == "1"
    assert int(rows["sick"]["ERRORS"]) >= 1
    trouble = done.stdout.split("\nTrouble\n")[1].split("\nWorkers\n")[0]
    assert "nothing_of_this_name" in trouble
    assert "      no such luck\n      Traceback (most recent call last):\n" in trouble
    assert "    warnings\n      nearly full\n" in trouble
    assert "good:" not in trouble
    assert re.search(rf"\nConfiguration\n  {agent.confd}/torn.yaml:\d+:\d+: ", done.stdout)
    document = json.loads(asking("status", "--json").stdout)
    assert {c["name"] for c in document["checks"]} == set(rows)


def test_status_of_an_agent_that_is_well_ends_with_0(agent, asking):
    agent.check("good", "self.gauge('good.one', 1)")
    agent.configure("good")
    agent.start()
    agent.wait_runs("good", 1)
    done = asking("status")
    assert done.returncode == 0
    assert re.search(r"\nWorkers\n  \d+  up, 1 check, [\d.]+ MiB\n", done.stdout)


def test_top_shows_those_first_that_take_most(agent, asking):
    agent.check("few", "self.gauge('few.one', 1)")
    agent.check("many", "for n in range(50): self.gauge('many.n', n, tags=[f'n:{n}'])")
    agent.configure("few")
    agent.configure("many")
    agent.start()
    agent.wait_runs("few", 1)
    agent.wait_runs("many", 1)
    assert list(asking.rows("top", "--by", "series")) == ["many", "few"]


def test_top_shows_on_a_terminal_what_fits(agent, asking):
    for n in range(10):
        agent.check(f"check{n}", "pass")
        agent.configure(f"check{n}")
    agent.start()
    agent.wait_runs("check9", 1)
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "rows", "8", "cols", "120"], stdin=theirs, check=True)
    top = subprocess.Popen(
        [PROGRAM, "top", "--address", asking.address, "--pause", "0.1"],
        stdout=theirs,
        env={**os.environ, "NO_COLOR": "1", "TERM": "vt100"},
    )
    shown = b""
    while shown.count(b"\x1b[H\x1b[J") < 3:
        shown += os.read(ours, 4096)
    top.send_signal(signal.SIGINT)
    assert top.wait(20) == -signal.SIGINT
    screen = shown.split(b"\x1b[H\x1b[J")[1].decode()
    assert screen.count("\n") < 8
    assert screen.count("  check") == 4


def test_tail_shows_what_comes_in(agent, asking):
    agent.check("good", "self.gauge('good.one', 1, tags=['a:b', 'odd:\\x1b[31m'])")
    agent.check("other", "self.gauge('other.one', 1)")
    agent.configure("good")
    agent.configure("other")
    agent.start()

    def lines(*words):
        command = [PROGRAM, "tail", "--address", asking.address, *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tail:
            found = [tail.stdout.readline() for _ in range(2)]
            tail.kill()
        return found

    for line in lines("good.*"):
        assert re.fullmatch(r"good:[0-9a-f]+  good\.one  gauge  1  a:b, odd:\\x1b\[31m  host \S+\n", line)
    for line in map(json.loads, lines("--json", "other")):
        assert line["name"] == "other.one" and line["check"] == "other"
        assert line["id"].startswith("other:")


def test_tail_says_when_the_agent_ends(agent, asking):
    agent.check("good", "self.gauge('good.one', 1)")
    agent.configure("good")
    agent.start()
    command = [PROGRAM, "tail", "--address", asking.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        tail.stdout.readline()
        agent.stop()
        assert tail.stderr.read() == f"adder tail: the agent at {asking.address} has ended\n"
    assert tail.returncode == 1


def test_diagnose_asks_the_checks_and_needs_the_token(agent, asking):
    agent.check("ill", "self.gauge('ill.one', 1)", top="")
    path = agent.checks / "ill.py"
    path.write_text(
        path.read_text()
        + "\n    def __init__(self, *args, **options):\n        super().__init__(*args, **options)"
        + DIAGNOSES.replace("\n", "\n        ")
    )
    agent.check("good", "self.gauge('good.one', 1)")
    agent.checks.joinpath("bad.py").write_text("import nothing_of_this_name\n")
    for name in ("ill", "good", "bad"):
        agent.configure(name)
    token = agent.folder / "token"
    token.write_text("sesame\n")
    agent.start(config={"api_token_file": str(token)})
    agent.wait_runs("ill", 1)
    agent.wait_runs("good", 1)
    wait_for("bad", lambda: agent.checks_by_name()["bad"]["state"] == "failed to load")
    with_token = ("--config", agent.folder / "adder.yaml")

    done = asking("diagnose")
    assert done.returncode == 2
    assert "wants its token, and none was given: give api_token" in done.stderr
    done = asking("diagnose", "--token", "other")
    assert done.returncode == 2
    assert "wants its token, and this is another one" in done.stderr

    done = asking("diagnose", *with_token)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r"^bad:\S+\n  ERROR   the check 'bad:", done.stdout, re.M)
    assert (
        "  PASS    reach: the server answers\n"
        "  FAIL    login: no password fits\n"
        "          what to do: set one\n"
        "          denied\n" in done.stdout
    )
    assert done.stdout.endswith("\n3 checks, 3 diagnoses, 2 not passed\n")

    done = asking("diagnose", "ill", "--json", env={"ADDER_API_TOKEN": "sesame"})
    assert done.returncode == 1
    ((_, found),) = json.loads(done.stdout).items()
    assert [(d["result"], d["name"]) for d in found] == [(0, "reach"), (1, "login")]

    done = asking("diagnose", "good", *with_token)
    assert (done.returncode, done.stdout) == (0, "1 check, 0 diagnoses, 0 not passed\n")
    done = asking("diagnose", "absent", *with_token)
    assert done.returncode == 2
    assert "the agent runs no check 'absent'" in done.stderr


def test_an_agent_without_a_token_says_so(agent, asking):
    agent.check("good", "pass")
    agent.configure("good")
    agent.start()
    agent.wait_runs("good", 1)
    done = asking("diagnose")
    assert done.returncode == 2
    assert "this needs a token, and the agent has none: set api_token" in done.stderr


def try_agent(*options):
    venv = ["--venv", os.environ["ADDER_VENV"]] if "ADDER_VENV" in os.environ else []
    return subprocess.run(
        [sys.executable, ROOT / "scripts/try_agent.py", PROGRAM, *venv, *map(str, options)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_dev_run_shows_the_checks_of_this_machine(tmp_path):
    done = try_agent()
    assert done.returncode == 0, done.stderr
    for name in ("cpu", "load", "memory", "disk", "uptime"):
        assert re.search(rf"^  {name}:\S+ +\S+ +[1-9]\d* +0 ", done.stdout, re.M), done.stdout
    assert re.search(r'^system_load_1\{host="[^"]+"\} \d', done.stdout, re.M)
    assert "adder_" not in done.stdout.split("/metrics")[1]


def test_dev_run_fails_when_the_agent_does_not_start(tmp_path):
    done = try_agent("--confd", tmp_path / "nowhere")
    assert done.returncode == 1
    assert f"{tmp_path}/nowhere: No such file or directory\n" in done.stderr
    assert done.stderr.endswith("dev: the agent ended with 2 before it was ready\n")
