"""adder memory."""

import re

import pytest

LEAK = """
    kept.append(bytearray(5000))
    self.gauge("kept", len(kept))
"""


@pytest.fixture(autouse=True)
def freed_is_free(adder):
    """AddressSanitizer keeps freed memory for a while, by which the process grows."""
    options = adder.env.get("ASAN_OPTIONS", "")
    adder.env["ASAN_OPTIONS"] = f"{options}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"


def test_a_leak_is_told_with_its_size(adder):
    adder.check("leaks", LEAK, top="kept = []")
    done = adder("memory", "leaks")
    assert done.returncode == 1
    assert re.search(r"^GROWING  check    \+(4\.9|5\.0|5\.1) KiB a run$", done.stdout, re.M)
    assert re.search(r"^GROWING  python   \+(4\.9|5\.0|5\.1) KiB a run$", done.stdout, re.M)
    assert re.search(r"^over the last 15 of 20 runs$", done.stdout, re.M)
    (instance,) = adder.document("memory", "leaks", "--times", "12", code=1)["instances"]
    assert instance["verdict"] == "growing"
    assert instance["growing"][:2] == ["check", "python"]
    assert 5000 <= instance["slopes"]["check"] <= 5300
    for readings in ("inuse_bytes", "python_inuse_bytes", "resident_bytes"):
        assert len(instance[readings]) == 12
    assert instance["memory"]["python"]["inuse_bytes"] > 12 * 5000


def test_small_leaks_are_found_too(adder):
    adder.check("drips", "kept.append(object())", top="kept = []")
    (instance,) = adder.document("memory", "drips", "--times", "40", code=1)["instances"]
    assert instance["verdict"] == "growing"


def test_what_threads_of_a_check_keep_is_found(adder):
    adder.check(
        "keeps",
        """
        thread = threading.Thread(target=lambda: kept.append(bytearray(1000)))
        thread.start()
        thread.join()
        """,
        top="import threading\n\nkept = []",
    )
    (instance,) = adder.document("memory", "keeps", code=1)["instances"]
    assert instance["verdict"] == "growing"
    assert "python" in instance["growing"]
    assert 1000 <= instance["slopes"]["python"] <= 1300
    assert instance["slopes"]["check"] < 200


def test_what_only_the_system_knows_of_is_found(adder):
    adder.check(
        "native",
        "ctypes.memset(libc.malloc(1000000), 1, 1000000)",
        top="import ctypes\n\nlibc = ctypes.CDLL(None)\nlibc.malloc.restype = ctypes.c_void_p",
    )
    (instance,) = adder.document("memory", "native", code=1)["instances"]
    assert instance["growing"] == ["process"]
    assert instance["slopes"]["process"] >= 900000  # ThreadSanitizer adds to it
    done = adder("memory", "native")
    assert done.returncode == 1
    assert re.search(r"^STEADY   check    0 B a run$", done.stdout, re.M)
    assert re.search(r"^GROWING  process  \+\d+\.\d [KM]iB a run$", done.stdout, re.M)


def test_without_an_account_only_the_process_is_judged(adder):
    adder.env["ADDER_MEMTRACK_ENABLED"] = "false"
    adder.check("leaks", "kept.append(bytearray(100000))", top="kept = []")
    (instance,) = adder.document("memory", "leaks", code=1)["instances"]
    assert instance["growing"] == ["process"]
    assert instance["slopes"]["check"] is instance["slopes"]["python"] is None
    assert set(instance["inuse_bytes"]) == {0}
    done = adder("memory", "leaks")
    assert re.findall(r"^(STEADY|GROWING) +(\w+)", done.stdout, re.M) == [("GROWING", "process")]
    assert "memtrack_enabled is false" in done.stdout


def test_checks_that_free_what_they_take_are_steady(adder):
    adder.check(
        "cycles",
        """
        cycle = {"data": bytearray(5000)}
        cycle["self"] = cycle
        getattr(self, "no" + "thing", None)
        self.gauge("g", 1)
        """,
    )
    document = adder.document("memory", "cycles", "load", "memory", "cpu", "--times", "15")
    assert {i["check"]: i["verdict"] for i in document["instances"]} == {
        "cycles": "steady",
        "load": "steady",
        "memory": "steady",
        "cpu": "steady",
    }


def test_a_cache_that_fills_at_the_start_is_no_leak(adder):
    adder.check("caches", "cache.setdefault(len(cache) if len(cache) < 3 else 0, bytearray(9000))", top="cache = {}")
    (instance,) = adder.document("memory", "caches")["instances"]
    assert instance["verdict"] == "steady"


def test_people_get_a_row_a_run_and_the_account(adder):
    done = adder("memory", "load", "--times", "6")
    assert done.returncode == 0
    assert re.search(r"^ +RUN +IN USE +CHANGE +PYTHON +PROCESS$", done.stdout, re.M)
    assert len(re.findall(r"^ +\d+ +[\d.]+ \w+ ", done.stdout, re.M)) == 6
    assert re.search(r"^  Python: .* in use, .* ever allocated$", done.stdout, re.M)
    assert re.findall(r"^STEADY   (\w+) +\S+ K?i?B a run$", done.stdout, re.M) == ["check", "python", "process"]
    assert re.search(r"^over the last 4 of 6 runs$", done.stdout, re.M)


def test_a_failing_check_is_measured_and_shown(adder):
    adder.check("fails", "raise ValueError('it broke')")
    done = adder("memory", "fails", "--times", "6")
    assert done.returncode == 1
    assert "it broke" in done.stdout
    assert re.search(r"^STEADY ", done.stdout, re.M)
    (instance,) = adder.document("memory", "nonsense", code=2)["instances"]
    assert instance["verdict"] is None
