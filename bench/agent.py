"""Benchmarks of `adder run`: what the supervisor costs, what a worker costs, what two are good for.

How long a new worker takes to the end of its first run, its own test measures (work.worker).

    python bench/agent.py [ADDER]

Peers are adder itself with other settings, and plain CPython that has run a check.
"""

import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
if len(sys.argv) > 1:
    os.environ["ADDER"] = sys.argv[1]
sys.path.insert(0, str(HERE.parent / "tests" / "agent"))

from conftest import Agent, wait_for  # noqa: E402

BUSY = "import time\nend = time.thread_time() + 0.4\nwhile time.thread_time() < end: pass"
MANY = "for i in range(1000): self.gauge('many.value', i, tags=['n:%d' % i])"


def line(what, value, unit, note=""):
    print("%-58s %10.2f %-4s %s" % (what, value, unit, note), flush=True)


def started(folder, checks, config=None):
    """An agent with these checks: name -> (body, instances)."""
    agent = Agent(pathlib.Path(folder))
    for name, (body, instances) in checks.items():
        agent.check(name, body)
        agent.configure(name, [{"min_collection_interval": 1, "number": i} for i in range(instances)])
    return agent.start(config=config or {})


def pss(pid):
    """Proportional set size in MiB."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(row.split()[1]) for row in text.splitlines() if row.startswith("Pss:")) / 1024


def cpu(pid):
    """CPU seconds of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def samples(agent):
    return sum(check["samples"] for check in agent.status()["checks"])


def bench_supervisor():
    with tempfile.TemporaryDirectory() as folder:
        agent = started(folder, {"many": (MANY, 20)})
        agent.wait_runs("many", 3)
        before, then = samples(agent), cpu(agent.process.pid)
        time.sleep(15)
        used, taken = cpu(agent.process.pid) - then, samples(agent) - before
        agent.stop()
    line("CPU of the supervisor for 1,000 samples", used / taken * 1e6, "ms", f"({taken} samples)")


def busy_seconds(workers):
    """Wall time of a run, of two that always begin together."""
    with tempfile.TemporaryDirectory() as folder:
        agent = started(folder, {"busy": (BUSY, 2)}, {"workers": workers})
        agent.wait_runs("busy", 1)
        wait_for("five runs of each", lambda: all(c["runs"] >= 6 for c in agent.status()["checks"]), 60)
        seconds = sum(c["avg_seconds"] for c in agent.status()["checks"]) / 2
        agent.stop()
    return seconds


def bench_two_workers():
    one, two = busy_seconds(1), busy_seconds(2)
    line("two busy checks: a run in one worker / in two", one / two, "x", f"({one:.2f} s / {two:.2f} s)")


def shipped(folder, workers):
    agent = Agent(pathlib.Path(folder))
    for name in ("cpu", "load", "memory", "swap", "disk", "io", "network", "uptime", "file_handles"):
        agent.configure(name, [{"min_collection_interval": 1}])
    agent.start(config={"workers": workers})
    for name in ("cpu", "disk"):
        agent.wait_runs(name, 5)
    return agent


def bench_size():
    with tempfile.TemporaryDirectory() as folder:
        agent = shipped(folder, 1)
        whole = pss(agent.process.pid) + sum(pss(pid) for pid in agent.processes())
        parts = ", ".join(f"{pss(pid):.1f}" for pid in (agent.process.pid, *agent.processes()))
        agent.stop()
    line("PSS of supervisor, nursery and a worker, shipped checks", whole, "MiB", f"({parts})")
    with tempfile.TemporaryDirectory() as folder:
        agent = shipped(folder, 4)
        more = pss(agent.process.pid) + sum(pss(pid) for pid in agent.processes())
        count = len(agent.status()["workers"])
        agent.stop()
    line("  each further worker", (more - whole) / (count - 1), "MiB", f"({count} workers)")


def main():
    bench_supervisor()
    bench_two_workers()
    bench_size()


main()
