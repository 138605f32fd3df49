"""Ctrl-C, threads and children that checks leave behind, and what a terminal shows."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

LOOP = """
    import subprocess
    child = subprocess.Popen(["sleep", "600"])
    with open(instance["pids"], "w") as f:
        f.write(str(child.pid))
    while True:
        pass
"""
COMMAND = """
    from datadog_checks.base.utils.subprocess_output import get_subprocess_output
    get_subprocess_output(["sh", "-c", "echo $$ > %s; sleep 600" % instance["pids"]], self.log)
"""


def wait_for(condition):
    for _ in range(600):
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("nothing happened")


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def text_of(path):
    return path.exists() and path.read_text().strip()


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_an_endless_check_and_its_children(adder, sig):
    adder.check("loops", LOOP)
    pids = adder.folder / "pids"
    adder.configure("loops.yaml", f"instances:\n- pids: {pids}\n")
    process = adder.start("check", "loops", "--json", stdout=subprocess.PIPE)
    child = int(wait_for(lambda: text_of(pids)))
    process.send_signal(sig)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + sig
    document = json.loads(output)
    assert document["interrupted"] is True
    (instance,) = document["instances"]
    assert (instance["check"], instance["stats"]["runs"]) == ("loops", 0)
    wait_for(lambda: not alive(child))


HANGS = {
    "in Python": "while True: pass",
    "in C": "time.sleep(600)",
    "with the GIL held": "ctypes.PyDLL(None).sleep(600)",
}


def second_run_hangs(how, started):
    return f"""
        import ctypes, time
        self.n = getattr(self, "n", 0) + 1
        self.gauge("n", self.n)
        self.service_check("s", 0, message=f"run {{self.n}}")
        self.count("only.the.first", 1) if self.n == 1 else None
        if self.n == 2:
            open("{started}", "w").write("now")
            {how}
    """


def interrupted(adder, *args, started):
    process = adder.start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: text_of(started))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert errors == ""
    assert process.returncode == 130
    return output


@pytest.mark.parametrize("how", HANGS)
def test_what_runs_gave_before_the_signal_is_presented(adder, how):
    started = adder.folder / "started"
    adder.check("first", "self.gauge('g', 1)")
    adder.check("hangs", second_run_hangs(HANGS[how], started))
    args = ("check", "first", "hangs", "--times", "5", "--pause", "0")
    document = json.loads(interrupted(adder, *args, "--json", started=started))
    assert document["interrupted"] is True
    assert document["runs"] == 5
    first, hangs = document["instances"]
    assert first["stats"]["runs"] == 5
    assert {m["name"]: m["value"] for m in hangs["metrics"]} == {"n": 1, "only.the.first": 1}
    assert [s["message"] for s in hangs["service_checks"]] == ["run 1"]
    assert hangs["stats"]["runs"] == len(hangs["stats"]["run_seconds"]) == 1
    assert hangs["error"] is None
    started.unlink()
    output = interrupted(adder, *args, started=started)
    assert "only.the.first" in output
    assert re.search(r"^INTERRUPTED  1 run in ", output, re.M)


def test_a_pause_can_be_interrupted(adder):
    started = adder.folder / "started"
    adder.check("pauses", f"self.gauge('g', 1)\nopen('{started}', 'w').write('now')")
    output = interrupted(adder, "check", "pauses", "--times", "2", "--pause", "600", started=started)
    assert re.search(r"^  g +gauge +1$", output, re.M)
    assert re.search(r"^INTERRUPTED  1 run in ", output, re.M)


def test_memory_presents_its_readings_when_it_is_interrupted(adder):
    started = adder.folder / "started"
    adder.check("hangs", second_run_hangs("time.sleep(600)", started))
    output = interrupted(adder, "memory", "hangs", started=started)
    assert re.search(r"^ +1 +[\d.]+ [KM]iB", output, re.M)
    assert re.search(r"^INTERRUPTED$", output, re.M)
    started.unlink()
    document = json.loads(interrupted(adder, "memory", "hangs", "--json", started=started))
    assert len(document["instances"][0]["resident_bytes"]) == 1


def test_results_that_nobody_reads_do_not_hold_up_the_end(adder):
    started = adder.folder / "started"
    adder.check(
        "much",
        f"""
        import time
        self.n = getattr(self, "n", 0) + 1
        for i in range(5000):
            self.gauge("g%d" % i, 1)
        if self.n == 2:
            open("{started}", "w").write("now")
            time.sleep(600)
        """,
    )
    process = adder.start("check", "much", "--times", "2", "--pause", "0", "--json", stdout=subprocess.PIPE)
    wait_for(lambda: text_of(started))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130


def test_commands_that_adder_runs_for_a_check_die_with_it(adder):
    adder.check("commands", COMMAND)
    pids = adder.folder / "pids"
    adder.configure("commands.yaml", f"instances:\n- pids: {pids}\n")
    process = adder.start("check", "commands")
    child = int(wait_for(lambda: text_of(pids)))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    wait_for(lambda: not alive(child))


def test_a_forked_child_of_a_check_still_obeys_signals(adder):
    adder.check(
        "forks",
        """
        import os, signal, time
        child = os.fork()
        if child == 0:
            while True:
                time.sleep(1)
        os.kill(child, signal.SIGTERM)
        self.gauge("signal", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
    )
    (instance,) = adder.document("check", "forks")["instances"]
    assert instance["metrics"][0]["value"] == -signal.SIGTERM


@pytest.mark.parametrize("end", ["pass", "raise SystemExit(3)", "raise ValueError('in the child')"])
def test_a_forked_child_that_comes_back_reports_nothing(adder, end):
    adder.check(
        "forks",
        f"""
        import os
        child = os.fork()
        if child == 0:
            {end}
        else:
            self.gauge("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
    )
    done = adder("check", "forks", "--json")
    assert done.returncode == 0
    (instance,) = json.loads(done.stdout)["instances"]  # one document, not two
    assert [m["value"] for m in instance["metrics"]] == [1]
    assert instance["stats"]["cpu_seconds"][0] >= 0
    assert "forks: a process that the check forked came back from it" in done.stderr


def test_signals_that_were_ignored_stay_ignored(adder):
    adder.check("ends", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nself.gauge('g', 1)")
    done = adder("check", "ends")
    assert done.returncode == 130
    process = adder.start(
        "check",
        "ends",
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_thread_left_behind_does_not_hold_up_the_end(adder):
    adder.check(
        "threads",
        """
        import threading, time
        threading.Thread(target=time.sleep, args=(600,)).start()
        self.gauge("g", 1)
        """,
    )
    (instance,) = adder.document("check", "threads")["instances"]
    assert instance["metrics"][0]["value"] == 1


def on_terminal(adder, *args, env=None):
    """What a terminal of 60 columns gets to see."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        adder.command(*args),
        cwd=adder.folder,
        env={**adder.env, "TERM": "xterm", "COLUMNS": "60", **(env or {})},
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(master)
    assert process.wait(timeout=60) == 0
    return seen.decode().replace("\r\n", "\n")


TAGS = "self.gauge('g', 1, tags=['tag%d:value' % i for i in range(20)])"


def test_terminals_get_colour_and_wrapped_tags(adder):
    adder.check("tags", TAGS)
    seen = on_terminal(adder, "check", "tags")
    assert "\x1b[32mOK\x1b[0m" in seen
    plain = on_terminal(adder, "check", "tags", env={"NO_COLOR": "1"})
    assert "\x1b" not in plain
    series = plain[plain.index("  NAME") : plain.index("OK")]
    assert max(map(len, series.splitlines())) <= 60
    for i in range(20):
        assert f"tag{i}:value" in series


def test_long_runs_show_progress_on_a_terminal_and_wipe_it(adder):
    adder.check("slow", "import time\ntime.sleep(2)\nself.gauge('g', 1)")
    seen = on_terminal(adder, "check", "slow")
    assert "slow, running (1 s)" in seen
    assert seen.index("\r\x1b[K", seen.rindex("slow, running")) < seen.index("Series")
