import os
import subprocess
import sys
import time

import psutil
import pytest
from datadog_checks.base import AgentCheck, ConfigurationError

MARK = "adder-process-check-test"


@pytest.fixture
def sleeper():
    """A process that can be found by its command line."""
    with subprocess.Popen([sys.executable, "-c", "input()", MARK], stdin=subprocess.PIPE) as process:
        # Popen comes back while the kernel is still at it.
        while MARK not in psutil.Process(process.pid).cmdline():
            time.sleep(0.01)
        yield process
        process.kill()


ME = {"name": "me", "pid": os.getpid()}


def test_metrics_of_a_process(make, run):
    check = make("process", {**ME, "tags": ["role:test"]})
    run(check)
    result = run(check)
    values = result.values()
    process = psutil.Process()
    assert result.tags() == {("process_name:me", "me", "role:test")}
    assert set(result.types()) == {
        f"system.processes.{name}"
        for name in (
            "number cpu.pct cpu.normalized_pct mem.rss mem.real mem.vms mem.pct threads open_file_descriptors"
            " voluntary_ctx_switches involuntary_ctx_switches ioread_count iowrite_count ioread_bytes iowrite_bytes"
            " ioread_bytes_count iowrite_bytes_count run_time.avg run_time.max run_time.min"
        ).split()
    }
    counts = {name for name, kind in result.types().items() if kind == "monotonic_count"}
    assert counts == {"system.processes.ioread_bytes_count", "system.processes.iowrite_bytes_count"}
    assert values["system.processes.number"] == 1
    assert values["system.processes.mem.rss"] == pytest.approx(process.memory_info().rss, rel=0.2)
    assert values["system.processes.threads"] == process.num_threads()
    assert values["system.processes.run_time.max"] == values["system.processes.run_time.min"]


def test_cpu_appears_from_the_second_run_on(make, run):
    check = make("process", ME)
    assert "system.processes.cpu.pct" not in run(check).names()
    sum(range(2_000_000))
    assert run(check).values()["system.processes.cpu.pct"] > 0


def test_values_of_a_group_are_added(make, run, sleeper):
    check = make("process", {**ME, "collect_children": True})
    values = run(check).values()
    both = [psutil.Process().memory_info().rss, psutil.Process(sleeper.pid).memory_info().rss]
    assert values["system.processes.number"] == 2
    assert values["system.processes.mem.rss"] == pytest.approx(sum(both), rel=0.2)
    assert values["system.processes.run_time.avg"] == pytest.approx(
        (values["system.processes.run_time.min"] + values["system.processes.run_time.max"]) / 2
    )


@pytest.mark.parametrize(
    "instance, number",
    [
        ({"search_string": [MARK], "exact_match": False}, 1),
        ({"search_string": ["no such thing", "input.* adder-process-check"], "exact_match": False}, 1),
        ({"search_string": MARK, "exact_match": False}, 1),
        ({"search_string": [MARK]}, 0),
        ({"search_string": [MARK], "exact_match": False, "user": "no such user"}, 0),
        ({"search_string": [MARK], "exact_match": False, "user": psutil.Process().username()}, 1),
    ],
)
def test_search(make, run, sleeper, instance, number):
    assert run(make("process", {"name": "x", **instance})).values()["system.processes.number"] == number


def test_exact_match_is_on_the_name(make, run, sleeper):
    name = psutil.Process(sleeper.pid).name()
    assert run(make("process", {"search_string": [name]})).values()["system.processes.number"] >= 1


def test_name_defaults_to_the_first_search_string(make, run):
    assert run(make("process", {"search_string": ["sshd", "ssh"]})).tags() == {("process_name:sshd", "sshd")}


@pytest.mark.parametrize(
    "content, number, warns",
    [
        (f"{os.getpid()}\n", 1, False),
        ("999999999\n", 0, False),
        (None, 0, False),
        ("not a number", 0, True),
        ("-5", 0, True),
    ],
)
def test_pid_file(make, run, tmp_path, content, number, warns):
    path = tmp_path / "x.pid"
    if content is not None:
        path.write_text(content)
    result = run(make("process", {"name": "x", "pid_file": str(path)}))
    assert result.values()["system.processes.number"] == number
    assert bool(result.warnings) == warns


def test_pid_file_that_may_not_be_read(make, run, tmp_path):
    result = run(make("process", {"name": "x", "pid_file": str(tmp_path)}))
    assert [str(tmp_path) in warning for warning in result.warnings] == [True]


def test_a_process_that_ends_while_it_is_read(make, run, monkeypatch):
    def gone(self):
        raise psutil.NoSuchProcess(self.pid)

    monkeypatch.setattr(psutil.Process, "num_threads", gone)
    result = run(make("process", ME))
    assert result.values()["system.processes.number"] == 1
    assert "system.processes.threads" not in result.names()


def test_a_process_that_ends_before_it_is_read(make, run, sleeper, monkeypatch):
    check = make("process", {"name": "x", "search_string": [MARK], "exact_match": False})
    monkeypatch.setattr(check.finder, "find", lambda: {sleeper.pid, 999999999})
    assert run(check).values()["system.processes.number"] == 1


@pytest.mark.parametrize("quiet", [True, False])
def test_denied_access(make, run, monkeypatch, quiet):
    def denied(self):
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "num_fds", denied)
    result = run(make("process", {**ME, "ignore_denied_access": quiet}))
    assert "system.processes.open_file_descriptors" not in result.names()
    assert "system.processes.mem.rss" in result.names()
    assert result.warnings == ([] if quiet else [f"open files of process {os.getpid()} may not be read"])


@pytest.mark.parametrize(
    "number, thresholds, status",
    [
        (1, None, AgentCheck.OK),
        (0, None, AgentCheck.CRITICAL),
        (0, {"warning": [0, 3]}, AgentCheck.CRITICAL),
        (0, {"critical": [0, 9], "warning": [1, 5]}, AgentCheck.WARNING),
        (6, {"critical": [1, 9], "warning": [2, 5]}, AgentCheck.WARNING),
        (5, {"critical": [1, 9], "warning": [2, 5]}, AgentCheck.OK),
        (10, {"critical": [1, 9], "warning": [2, 5]}, AgentCheck.CRITICAL),
    ],
)
def test_service_check(make, run, monkeypatch, number, thresholds, status):
    check = make("process", {**ME, "thresholds": thresholds})
    monkeypatch.setattr(check.finder, "find", lambda: set(range(number)))
    monkeypatch.setattr(check, "recall", lambda pid: psutil.Process())
    (up,) = run(check).service_checks
    assert (up.name, up.status) == ("process.up", status)
    assert up.tags == ["process_name:me", "me", "process:me"]
    assert (up.message == "") == (status == AgentCheck.OK)
    assert status == AgentCheck.OK or up.message == f"{number} processes found for me"


@pytest.mark.parametrize(
    "instance, sentence",
    [
        ({"name": "x"}, "process needs `search_string`, `pid` or `pid_file`"),
        ({"name": "x", "search_string": []}, "process needs `search_string`"),
        ({"pid_file": "x"}, "process needs a `name`"),
        ({"name": "x", "pid": "me"}, "`pid` must be a process id"),
        ({"search_string": ["("], "exact_match": False}, "`search_string` is not a regular expression"),
        ({**ME, "thresholds": {"critical": 5}}, "`thresholds.critical` must be a list of two numbers"),
        ({**ME, "thresholds": {"warning": ["a", "b"]}}, "`thresholds.warning` must be a list of two numbers"),
    ],
)
def test_bad_options_are_refused(make, instance, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        make("process", instance)
