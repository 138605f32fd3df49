"""Threads that checks leave behind and that submit whenever they like."""

FLOOD = """
    import threading, time

    def flood():
        while True:
            self.gauge("flood", 1, tags=["tag%d" % i for i in range(10)])

    threading.Thread(target=flood, daemon=True).start()
    time.sleep(0.05)
"""


def test_a_thread_that_submits_all_the_time_does_no_harm(adder):
    adder.check("floods", FLOOD)
    (instance,) = adder.document("check", "floods", "--times", "4", "--pause", "0.1", "--samples")["instances"]
    assert [m["name"] for m in instance["metrics"]] == ["flood"]
    assert {s["name"] for s in instance["samples"]} == {"flood"}
    assert instance["stats"]["runs"] == 4
    for _ in range(3):
        done = adder("check", "floods", "--samples")
        assert done.returncode == 0, done.stderr
