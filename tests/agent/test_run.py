"""The agent as it should be: checks run on time, and what they measure can be read."""

import contextlib
import os
import pathlib
import re
import signal
import time

from conftest import SLOW, wait_for


def alive(pid):
    """Whether the process runs: one that nobody has reaped yet does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def metrics(agent):
    code, body = agent.get("/metrics")
    assert code == 200
    return body.decode()


def test_a_check_runs_on_its_interval_and_its_metrics_are_served(agent):
    agent.check("pulse", "self.gauge('pulse.rate', 72, tags=['body:mine'])\nself.count('pulse.beats', 3)")
    agent.configure("pulse")
    agent.start()
    before = agent.wait_runs("pulse", 2)
    page = metrics(agent)
    assert re.search(r'^pulse_rate\{.*body="mine".*\} 72', page, re.M), page
    time.sleep(4)
    after = agent.checks_by_name()["pulse"]
    assert 3 <= after["runs"] - before["runs"] <= 5
    assert after["errors"] == 0 and after["state"] in ("waiting", "running")
    assert after["last_error"] is None and after["samples"] == 2 * after["runs"]


def test_an_error_of_a_check_is_shown_with_its_traceback(agent):
    agent.check("sick", "self.gauge('sick.before', 1)\nraise RuntimeError('no such luck')")
    agent.configure("sick")
    agent.start()
    check = agent.wait_runs("sick", 1)
    assert check["errors"] == check["runs"]
    assert check["last_error"]["message"] == "no such luck"
    assert "in check" in check["last_error"]["traceback"]
    assert "sick_before" in metrics(agent)


def test_a_check_that_cannot_be_loaded_is_named_and_others_run(agent):
    agent.checks.joinpath("bad.py").write_text("import nothing_of_this_name\n")
    agent.check("good", "self.gauge('good.one', 1)")
    agent.configure("bad")
    agent.configure("good")
    agent.start()
    agent.wait_runs("good", 2)
    bad = agent.checks_by_name()["bad"]
    assert bad["state"] == "failed to load"
    agent.check("bad", "self.gauge('bad.mended', 1)")
    agent.process.send_signal(signal.SIGHUP)
    assert agent.wait_runs("bad", 1)["state"] in ("waiting", "running")
    assert "nothing_of_this_name" in bad["last_error"]["message"]


def test_it_ends_on_sigterm_and_leaves_no_process(agent):
    agent.check("child", "import subprocess\nself.p = subprocess.Popen(['sleep', '1000'], start_new_session=True)")
    agent.configure("child")
    agent.start()
    agent.wait_runs("child", 1)
    below = agent.processes()
    assert len(below) >= 3
    agent.process.send_signal(signal.SIGTERM)
    assert agent.process.wait(5 * SLOW) == 0
    wait_for("no process is left", lambda: not any(alive(pid) for pid in below), 2)


def test_when_it_is_killed_all_its_processes_end_by_themselves(agent):
    agent.check("busy", "import subprocess\nself.p = subprocess.Popen(['sleep', '1000'])\nwhile True: pass")
    agent.check("calm", "self.gauge('calm.one', 1)")
    agent.configure("busy")
    agent.configure("calm")
    agent.start()
    agent.wait_runs("calm", 1)
    below = agent.processes()
    agent.process.kill()
    agent.process.wait()
    wait_for("no process is left", lambda: not any(alive(pid) for pid in below), 1)


def test_a_killed_nursery_is_replaced_and_nobody_notices(agent):
    agent.check("calm", "self.gauge('calm.one', 1)")
    agent.configure("calm")
    agent.start()
    before = agent.wait_runs("calm", 2)
    workers = {w["pid"] for w in agent.status()["workers"]}
    nursery = [pid for pid in agent.processes() if pid not in workers]
    assert len(nursery) == 1
    os.kill(nursery[0], signal.SIGKILL)
    after = agent.wait_runs("calm", before["runs"] + 3)
    assert after["lost"] == 0 and after["errors"] == 0 and after["worker"] == before["worker"]
    wait_for("a new nursery", lambda: len(agent.processes()) == len(workers) + 1)


def test_a_killed_worker_is_replaced_and_its_checks_run_on(agent):
    agent.check("calm", "self.gauge('calm.one', 1)")
    agent.configure("calm")
    agent.start()
    before = agent.wait_runs("calm", 2)
    os.kill(before["worker"], signal.SIGKILL)
    after = agent.wait_runs("calm", before["runs"] + 3)
    assert after["worker"] != before["worker"] and after["errors"] == 0


def test_health_says_whether_it_lives_and_is_ready(agent):
    agent.check("calm", "self.gauge('calm.one', 1)")
    agent.configure("calm")
    agent.start()
    agent.wait_runs("calm", 1)
    assert agent.get("/health/live")[0] == 200
    assert agent.get("/health/ready")[0] == 200


def test_counts_survive_a_reload_that_changes_another_check(agent):
    agent.check("total", "self.n = getattr(self, 'n', 0) + 1\nself.monotonic_count('total.n', self.n)")
    agent.check("other", "self.gauge('other.one', instance['value'])")
    agent.configure("total")
    agent.configure("other", [{"min_collection_interval": 1, "value": 1}])
    agent.start()
    before = agent.wait_runs("total", 3)
    agent.configure("other", [{"min_collection_interval": 1, "value": 2}])
    agent.process.send_signal(signal.SIGHUP)
    wait_for("the new value", lambda: re.search(r"^other_one\{?.*\}? 2", metrics(agent), re.M))
    after = agent.wait_runs("total", before["runs"] + 2)
    assert after["worker"] == before["worker"] and after["runs"] > before["runs"]


def test_a_broken_file_leaves_the_old_configuration_in_force_and_says_so(agent):
    agent.check("calm", "self.gauge('calm.one', 1)")
    agent.configure("calm")
    agent.start()
    before = agent.wait_runs("calm", 2)
    agent.confd.joinpath("calm.yaml").write_text("instances: [\n")
    agent.process.send_signal(signal.SIGHUP)
    errors = wait_for("the error", lambda: agent.status()["config_errors"])
    assert errors[0]["path"].endswith("calm.yaml") and errors[0]["line"] > 0
    after = agent.wait_runs("calm", before["runs"] + 2)
    assert after["id"] == before["id"]
    agent.confd.joinpath("calm.yaml").unlink()
    agent.process.send_signal(signal.SIGHUP)
    wait_for("it is gone", lambda: "calm" not in agent.checks_by_name())


def test_busy_checks_get_a_worker_each(agent):
    agent.check("busy", "import time\nend = time.thread_time() + 0.8\nwhile time.thread_time() < end: pass")
    agent.configure("busy", [{"min_collection_interval": 1, "number": i} for i in range(2)])
    agent.start()
    if os.cpu_count() > 1:
        wait_for("two workers", lambda: len({c["worker"] for c in agent.status()["checks"]}) == 2)


def test_a_change_of_the_folder_is_noticed(agent):
    agent.check("calm", "self.gauge('calm.value', instance.get('value', 0))")
    agent.configure("calm")
    agent.start()
    agent.wait_runs("calm", 1)
    agent.check("fresh", "self.gauge('fresh.one', 1)")
    folder = agent.confd / "fresh.d"
    folder.mkdir()
    wait_for("it is read", lambda: "again" in agent.said())
    folder.joinpath("conf.yaml").write_text("instances: [{min_collection_interval: 1}]\n")
    agent.wait_runs("fresh", 1)
    folder.joinpath("conf.yaml").unlink()
    wait_for("it is gone", lambda: "fresh" not in agent.checks_by_name())


def test_a_hundred_rewrites_of_the_configuration_lose_nothing(agent):
    agent.check("calm", "self.count('calm.runs', 1)")
    agent.check("moving", "self.gauge('moving.value', instance['value'])")
    agent.configure("calm")
    agent.start()
    agent.wait_runs("calm", 1)
    for value in range(100):
        agent.configure("moving", [{"min_collection_interval": 1, "value": value}])
        if value % 10 == 0:
            agent.process.send_signal(signal.SIGHUP)
        time.sleep(0.02)
    wait_for("the last value", lambda: re.search(r"^moving_value(\{.*\})? 99", metrics(agent), re.M))
    calm = agent.checks_by_name()["calm"]
    assert calm["errors"] == 0 and calm["lost"] == 0 and calm["skipped"] == 0


def test_without_a_python_it_ends_and_says_why(agent):
    agent.configure("cpu")
    with contextlib.suppress(AssertionError):  # it may be gone before it answers
        agent.start("--venv", str(agent.folder / "nowhere"))
    assert agent.process.wait(20 * SLOW) == 2
    assert "nowhere" in agent.said() and "Python does not start" in agent.said()
