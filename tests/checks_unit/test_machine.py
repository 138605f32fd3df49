"""cpu, load, memory, swap, uptime and file_handles."""

import re
import time
from types import SimpleNamespace

import psutil
import pytest

MIB = 1024 * 1024
CPU_FIELDS = ("user", "nice", "system", "irq", "softirq", "iowait", "idle", "steal", "guest")


def cpu_times(**seconds):
    return SimpleNamespace(**{field: seconds.get(field, 0) for field in CPU_FIELDS})


def shares(run):
    skip = ("num_cores", "context_switches")
    names = {name: name.rpartition(".")[2] for name in run.names()}
    return {names[name]: value for name, value in run.values().items() if names[name] not in skip}


def test_cpu_first_run_has_no_shares(make, run):
    first = run(make("cpu"))
    assert first.types() == {
        "system.cpu.num_cores": "gauge",
        "system.cpu.context_switches": "monotonic_count",
    }
    assert first.values()["system.cpu.num_cores"] == psutil.cpu_count()


@pytest.mark.parametrize(
    "before, now, expected",
    [
        pytest.param(
            cpu_times(user=10, idle=100),
            cpu_times(user=11, idle=103),
            dict(user=25, system=0, interrupt=0, iowait=0, idle=75, stolen=0, guest=0),
            id="user and idle",
        ),
        pytest.param(
            cpu_times(),
            cpu_times(user=1, nice=1, system=1, irq=1, softirq=2, iowait=1, idle=2, steal=1, guest=1),
            dict(user=20, system=40, interrupt=30, iowait=10, idle=20, stolen=10, guest=10),
            id="every field; guest is part of user",
        ),
        pytest.param(
            cpu_times(idle=10, iowait=5),
            cpu_times(idle=12, iowait=4),
            dict(user=0, system=0, interrupt=0, iowait=0, idle=100, stolen=0, guest=0),
            id="iowait corrected downwards",
        ),
        pytest.param(cpu_times(user=3), cpu_times(user=3), {}, id="no time has passed"),
    ],
)
def test_cpu_shares(make, run, monkeypatch, before, now, expected):
    check = make("cpu")
    monkeypatch.setattr(psutil, "cpu_times", lambda: before)
    run(check)
    monkeypatch.setattr(psutil, "cpu_times", lambda: now)
    assert shares(run(check)) == pytest.approx(expected)


def test_cpu_shares_of_this_machine_add_up(make, run):
    check = make("cpu")
    run(check)
    time.sleep(0.1)
    found = shares(run(check))
    parts = ("user", "system", "idle", "iowait", "stolen")
    assert sum(found[part] for part in parts) == pytest.approx(100)


def test_load(make, run, monkeypatch):
    monkeypatch.setattr(psutil, "getloadavg", lambda: (1.0, 2.0, 3.0))
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    assert run(make("load")).values() == {
        "system.load.1": 1,
        "system.load.5": 2,
        "system.load.15": 3,
        "system.load.norm.1": 0.25,
        "system.load.norm.5": 0.5,
        "system.load.norm.15": 0.75,
    }


def write_proc(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


MEMINFO = """\
MemTotal:        8388608 kB
MemFree:         2097152 kB
MemAvailable:    4194304 kB
Buffers:          102400 kB
Cached:          1048576 kB
SwapCached:         2048 kB
Active:          1048576 kB
Inactive:         524288 kB
SwapTotal:       1048576 kB
SwapFree:         786432 kB
Shmem:             10240 kB
Slab:             307200 kB
SReclaimable:     204800 kB
PageTables:         5120 kB
CommitLimit:     6291456 kB
Committed_AS:    1048576 kB
HugePages_Total:       0
"""


@pytest.fixture
def proc(tmp_path, agent, monkeypatch):
    """A /proc of our own, with memory figures in it."""
    monkeypatch.setattr(psutil, "PROCFS_PATH", "/proc")
    agent._config["procfs_path"] = str(tmp_path)
    write_proc(tmp_path, "meminfo", MEMINFO)
    write_proc(tmp_path, "vmstat", "pswpin 512\npswpout 1024\n")
    return tmp_path


def test_memory(make, run, proc):
    assert run(make("memory")).values() == pytest.approx(
        {
            "system.mem.total": 8192,
            "system.mem.free": 2048,
            "system.mem.used": 6144,
            "system.mem.usable": 4096,
            "system.mem.pct_usable": 0.5,
            "system.mem.cached": 1024 + 200,
            "system.mem.buffered": 100,
            "system.mem.shared": 10,
            "system.mem.slab": 300,
            "system.mem.slab_reclaimable": 200,
            "system.mem.page_tables": 5,
            "system.mem.commit_limit": 6144,
            "system.mem.committed_as": 1024,
        }
    )


def test_memory_leaves_out_what_an_old_kernel_lacks(make, run, proc):
    write_proc(proc, "meminfo", MEMINFO.replace("PageTables", "Other"))
    assert "system.mem.page_tables" not in run(make("memory")).names()


def test_memory_of_this_machine(make, run):
    assert run(make("memory")).values()["system.mem.total"] == psutil.virtual_memory().total / MIB


def test_swap(make, run, proc):
    result = run(make("swap"))
    assert result.values() == pytest.approx(
        {
            "system.swap.total": 1024,
            "system.swap.used": 256,
            "system.swap.free": 768,
            "system.swap.pct_free": 0.75,
            "system.swap.cached": 2,
            "system.swap.swap_in": 2,
            "system.swap.swap_out": 4,
        }
    )
    assert result.types()["system.swap.swap_in"] == "rate"


def test_swap_without_swap(make, run, proc):
    meminfo = re.sub(r"(SwapTotal|SwapFree): +\d+", r"\1: 0", MEMINFO)
    write_proc(proc, "meminfo", meminfo.replace("SwapCached", "Other"))
    values = run(make("swap")).values()
    assert values["system.swap.total"] == 0
    assert values["system.swap.pct_free"] == 1
    assert "system.swap.cached" not in values


def test_uptime(make, run, monkeypatch):
    monkeypatch.setattr(psutil, "boot_time", lambda: time.time() - 3600)
    assert run(make("uptime")).values() == {"system.uptime": pytest.approx(3600, abs=5)}


def test_file_handles(make, run, proc):
    write_proc(proc, "sys/fs/file-nr", "1500\t500\t4000\n")
    assert run(make("file_handles")).values() == {
        "system.fs.file_handles.allocated": 1500,
        "system.fs.file_handles.allocated_unused": 500,
        "system.fs.file_handles.used": 1000,
        "system.fs.file_handles.max": 4000,
        "system.fs.file_handles.in_use": 0.25,
    }
