"""adder memory."""

import re

LEAK = """
    kept.append(bytearray(5000))
    self.gauge("kept", len(kept))
"""


def test_a_leak_is_told_with_its_size(adder):
    adder.check("leaks", LEAK, top="kept = []")
    done = adder("memory", "leaks")
    assert done.returncode == 1
    assert re.search(r"^GROWING  \+(4\.9|5\.0|5\.1) KiB a run over the last 15 of 20 runs$", done.stdout, re.M)
    (instance,) = adder.document("memory", "leaks", "--times", "12", code=1)["instances"]
    assert instance["verdict"] == "growing"
    assert 5000 <= instance["slope"] <= 5300
    assert len(instance["inuse_bytes"]) == len(instance["resident_bytes"]) == 12
    assert instance["memory"]["python"]["inuse_bytes"] > 12 * 5000


def test_small_leaks_are_found_too(adder):
    adder.check("drips", "kept.append(object())", top="kept = []")
    (instance,) = adder.document("memory", "drips", "--times", "40", code=1)["instances"]
    assert instance["verdict"] == "growing"


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
    assert re.search(r"^ +RUN +IN USE +CHANGE +PROCESS$", done.stdout, re.M)
    assert len(re.findall(r"^ +\d+ +[\d.]+ \w+ ", done.stdout, re.M)) == 6
    assert re.search(r"^  Python: .* in use, .* ever allocated$", done.stdout, re.M)
    assert re.search(r"^STEADY  .* a run over the last 4 of 6 runs$", done.stdout, re.M)


def test_a_failing_check_is_measured_and_shown(adder):
    adder.check("fails", "raise ValueError('it broke')")
    done = adder("memory", "fails", "--times", "6")
    assert done.returncode == 1
    assert "it broke" in done.stdout
    assert re.search(r"^STEADY ", done.stdout, re.M)
    (instance,) = adder.document("memory", "nonsense", code=2)["instances"]
    assert instance["verdict"] is None
