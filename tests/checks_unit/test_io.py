from types import SimpleNamespace

import psutil
import pytest

FIELDS = (
    "read_count write_count read_merged_count write_merged_count read_bytes write_bytes read_time write_time busy_time"
).split()


def counters(**values):
    return SimpleNamespace(**{field: values.get(field, 0) for field in FIELDS})


BEFORE = counters(read_count=100, write_count=50, read_bytes=1024, read_time=1000, write_time=500)
GAUGES = ("avg_rq_sz", "await", "r_await", "w_await")


@pytest.fixture
def two_runs(make, run, monkeypatch):
    """two_runs(before, now) gives the second of two runs, with what the kernel counted at each."""

    def two_runs(before, now):
        check = make("io")
        monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk, nowrap: before)
        run(check)
        monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk, nowrap: now)
        return run(check)

    return two_runs


def test_counts_are_handed_over_as_rates(two_runs):
    now = counters(
        read_count=120,
        write_count=60,
        read_merged_count=7,
        write_merged_count=8,
        read_bytes=4096,
        write_bytes=2048,
        read_time=1500,
        write_time=2500,
        busy_time=3000,
    )
    result = two_runs({}, {"sda": now})
    assert result.tags() == {("device:sda", "device_name:sda")}
    assert set(result.types().values()) == {"rate"}
    assert result.values() == {
        "system.io.r_s": 120,
        "system.io.w_s": 60,
        "system.io.rrqm_s": 7,
        "system.io.wrqm_s": 8,
        "system.io.rkb_s": 4,
        "system.io.wkb_s": 2,
        "system.io.util": 300,
        "system.io.avg_q_sz": 4,
    }


@pytest.mark.parametrize(
    "now, expected",
    [
        pytest.param(
            counters(read_count=110, write_count=80, read_bytes=1024 + 40960, read_time=1100, write_time=800),
            {"avg_rq_sz": 2, "await": 10, "r_await": 10, "w_await": 10},
            id="reads and writes",
        ),
        pytest.param(
            counters(read_count=104, write_count=50, read_bytes=1024 + 4096, read_time=1010, write_time=500),
            {"avg_rq_sz": 2, "await": 2.5, "r_await": 2.5, "w_await": 0},
            id="only reads",
        ),
        pytest.param(BEFORE, {"avg_rq_sz": 0, "await": 0, "r_await": 0, "w_await": 0}, id="idle"),
        pytest.param(counters(read_count=3), {}, id="another device took the name"),
        pytest.param(
            counters(read_count=200, write_count=60, read_bytes=2048, read_time=3, write_time=600),
            {},
            id="a time ran over",
        ),
    ],
)
def test_averages_per_request(two_runs, now, expected):
    values = two_runs({"sda": BEFORE}, {"sda": now}).values()
    averages = {name: values[f"system.io.{name}"] for name in GAUGES if f"system.io.{name}" in values}
    assert averages == expected


def test_unused_and_vanished_devices_are_left_out(two_runs):
    result = two_runs({"sda": BEFORE, "sdb": BEFORE}, {"sda": BEFORE, "loop0": counters()})
    assert {tags[0] for tags in result.tags()} == {"device:sda"}


def test_a_machine_without_block_devices(two_runs):
    assert two_runs(None, None).samples == []


def test_this_machine(make, run):
    known = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
    found = {tags[0].partition(":")[2] for tags in run(make("io")).tags()}
    assert found == {name for name, used in known.items() if used.read_count + used.write_count}
