"""Ctrl-C, threads and children that checks leave behind, and what a terminal shows."""

import json
import os
import pty
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
    assert output == ""
    wait_for(lambda: not alive(child))


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
