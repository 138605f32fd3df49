"""Checks that misbehave, each among healthy ones whose runs must all arrive."""

import contextlib
import os
import random
import signal
import time

import pytest
from conftest import SLOW, wait_for

NEIGHBOURS = 10

# What a check does, limits for it, and what its verdict says.
FAULTS = {
    "segfault": ("import ctypes\nctypes.string_at(0)", {}, "SIGSEGV"),
    "abort": ("import os\nos.abort()", {}, "SIGABRT"),
    "exit": ("import os\nos._exit(3)", {}, "exit code 3"),
    "count": ("sum(iter(int, 1))", {"timeout": 1, "grace": 1}, "timeout"),  # in C, with the GIL
    "hold": ("import ctypes\nctypes.PyDLL(None).sleep(1000)", {"timeout": 1, "grace": 1}, "timeout"),
    "sleep": ("import ctypes\nctypes.CDLL(None).sleep(1000)", {"timeout": 1, "grace": 1}, "timeout"),
    "memory": ("self.kept = [bytearray(2**20) for _ in range(2048)]", {"memory": "100MiB"}, "memory"),
    "files": ("import os\nself.kept = [os.open('/dev/null', 0) for _ in range(20000)]\nimport time\ntime.sleep(5)",
              {"files": 200}, "files"),
    "forks": ("import subprocess\nself.kept = [subprocess.Popen(['sleep', '100']) for _ in range(60)]\n"
              "import time\ntime.sleep(5)", {"processes": 20}, "processes"),
    "threads": ("import threading\nfor _ in range(2000): threading.Thread(target=threading.Event().wait, daemon=True).start()",
                {"threads": 100}, "threads"),
    "closes": ("import os\nos.closerange(0, 1000)\nimport time\ntime.sleep(5)", {}, ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_check_gets_a_verdict_and_its_neighbours_run_on(agent, fault):
    body, limits, words = FAULTS[fault]
    agent.check("bad", "if instance.get('calm'): return\n" + body)
    agent.check("good", "self.gauge('good.value', instance['number'], tags=['number:%d' % instance['number']])")
    agent.configure("good", [{"min_collection_interval": 1, "number": i} for i in range(NEIGHBOURS)])
    agent.start()
    agent.wait_runs("good", 1)
    agent.configure("bad", [{"min_collection_interval": 1, "adder": limits}])
    agent.process.send_signal(signal.SIGHUP)
    bad = wait_for("the verdict", lambda: next(
        (c for c in agent.status()["checks"] if c["name"] == "bad" and c["verdicts"]), None))
    assert words in bad["verdicts"][0]["text"]
    assert bad["quarantined"]
    before = {c["id"]: c for c in agent.status()["checks"] if c["name"] == "good"}
    assert len(before) == NEIGHBOURS

    def all_went_on():
        after = {c["id"]: c for c in agent.status()["checks"] if c["name"] == "good"}
        return all(after[i]["runs"] >= before[i]["runs"] + 3 for i in before) and after

    after = wait_for("three more runs of all", all_went_on, 15)
    assert all(c["errors"] == 0 for c in after.values())
    page = agent.get("/metrics")[1].decode()
    assert page.count("\ngood_value{") == NEIGHBOURS
    assert "adder_check_verdict" in page or SLOW
    if fault == "segfault":
        assert "Segmentation fault" in bad["verdicts"][0]["report"]
        assert "bad.py" in bad["verdicts"][0]["report"]


def test_a_check_that_floods_its_output_disturbs_nobody(agent):
    agent.check("loud", "import sys\nfor i in range(200000): print('x' * 100)\nsys.stdout.flush()")
    agent.check("good", "self.gauge('good.one', 1)")
    agent.configure("loud")
    agent.configure("good")
    agent.start()
    agent.wait_runs("loud", 1)
    good = agent.wait_runs("good", 3)
    assert good["errors"] == 0
    assert len(agent.said()) < 5_000_000
    assert "too many to show" in agent.said()


def test_an_interrupted_run_keeps_what_it_had_submitted(agent):
    agent.check("slow", "self.gauge('slow.begun', 1)\nwhile True: pass")
    agent.configure("slow", [{"min_collection_interval": 1, "adder": {"timeout": 1, "grace": 10}}])
    agent.start()
    slow = agent.wait_runs("slow", 1)
    assert slow["errors"] == 1 and "timeout" in slow["last_error"]["message"]
    assert "slow_begun" in agent.get("/metrics")[1].decode()
    assert "interrupted" in slow["verdicts"][0]["text"] and not slow["quarantined"]


def test_a_check_comes_back_from_quarantine_when_it_is_good(agent):
    agent.check("moody", "import os\nif not os.path.exists(instance['flag']): os._exit(1)")
    flag = agent.folder / "flag"
    agent.configure("moody", [{"min_collection_interval": 1, "flag": str(flag), "adder": {"good_runs": 2}}])
    agent.start()
    wait_for("quarantine", lambda: agent.checks_by_name()["moody"]["quarantined"])
    flag.touch()
    moody = wait_for("release", lambda: not agent.checks_by_name()["moody"]["quarantined"] and
                     agent.checks_by_name()["moody"], 60)
    assert moody["verdicts"] and moody["runs"] >= 2


def test_a_worker_that_leaks_is_replaced_between_runs(agent):
    agent.check("leaky", "globals().setdefault('kept', []).append(bytearray(20 * 2**20))")
    agent.check("good", "self.count('good.runs', 1)")
    agent.configure("leaky")
    agent.configure("good")
    agent.start(config={"worker_memory": "80MiB"})
    before = agent.wait_runs("leaky", 1)
    wait_for("another worker", lambda: agent.checks_by_name()["leaky"]["worker"] not in (0, before["worker"]))
    assert "is replaced" in agent.said()
    for check in agent.status()["checks"]:
        assert check["errors"] == 0 and not check["verdicts"]
    agent.wait_runs("good", agent.checks_by_name()["good"]["runs"] + 2)


def test_a_check_that_submits_too_much_is_cut_and_told_of(agent):
    agent.check("many", "for i in range(20000): self.gauge('many.value', i, tags=['n:%d' % i])")
    agent.configure("many", [{"min_collection_interval": 1, "adder": {"samples": 1000}}])
    agent.start()
    many = agent.wait_runs("many", 2)
    assert many["verdicts"][0]["reason"] == "samples" and "1000" in many["verdicts"][0]["text"].replace(",", "")
    assert many["last_samples"] == 1000 and many["dropped"] >= 19000
    assert not many["quarantined"] and many["errors"] == 0


def test_a_check_with_too_many_contexts_is_told_of(agent):
    agent.check("wide", "for i in range(50): self.gauge('wide.value', i, tags=['n:%d' % i])")
    agent.configure("wide", [{"min_collection_interval": 1, "adder": {"contexts": 20}}])
    agent.start()
    wide = agent.wait_runs("wide", 3)
    assert [v["reason"] for v in wide["verdicts"]] == ["contexts"]
    assert wide["series"] == 20 and wide["errors"] == 0 and not wide["quarantined"]


def test_odd_checks_do_no_harm(agent):
    agent.check("reads", "import sys\nself.gauge('reads.bytes', len(sys.stdin.read()))")
    agent.check("fails", "class T:\n    def __del__(self): raise RuntimeError('in del')\nT()\nself.gauge('fails.one', 1)")
    agent.check("moves", "import os\nos.chdir('/')\nos.environ.clear()\nself.gauge('moves.one', 1)")
    agent.check("mutes", "import sys\nsys.stdout = sys.stderr = None\nself.gauge('mutes.one', 1)")
    names = ("reads", "fails", "moves", "mutes")
    for name in names:
        agent.configure(name)
    agent.start()
    for name in names:
        check = agent.wait_runs(name, 3)
        assert check["errors"] == 0 and not check["verdicts"], check


def test_a_full_disk_for_the_log_stops_nothing(agent):
    agent.check("loud", "self.log.warning('words')\nprint('more words')\nself.gauge('loud.one', 1)")
    agent.configure("loud")
    agent.log = agent.folder / "full"
    agent.log.symlink_to("/dev/full")
    agent.start()
    assert agent.wait_runs("loud", 3)["errors"] == 0


def test_processes_killed_at_random_cost_no_check_its_life(agent):
    """Workers and nursery are killed all the time; afterwards every check runs and counts on."""
    seconds = float(os.environ.get("ADDER_CHAOS_S", 10))
    rng = random.Random(1)
    agent.check("calm", "self.count('calm.runs', 1)")
    agent.configure("calm", [{"min_collection_interval": 1, "number": i} for i in range(5)])
    agent.start()
    agent.wait_runs("calm", 1)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        victims = agent.processes()
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(victims), signal.SIGKILL)
        time.sleep(rng.uniform(0.05, 0.5))
    assert agent.process.poll() is None
    before = {c["id"]: c["runs"] for c in agent.status()["checks"]}

    def all_run_on():
        checks = agent.status()["checks"]
        return all(c["runs"] >= before[c["id"]] + 2 for c in checks)

    wait_for("all run on", all_run_on, 60)
