"""Threads that checks leave behind and that submit whenever they like."""

import textwrap

FLOOD = """
    import threading, time

    def flood():
        while True:
            self.gauge("flood", 1, tags=["tag%d" % i for i in range(10)])

    threading.Thread(target=flood, daemon=True).start()
    time.sleep(0.05)
"""
BETWEEN = """
    import threading, time

    def later():
        between.wait()
        self.gauge("between", self.n)
        submitted.set()

    self.n = getattr(self, "n", 0) + 1
    if self.n == 1:
        threading.Thread(target=later, daemon=True).start()
        threading.Timer(0.1, between.set).start()
    else:
        submitted.wait()
        self.gauge("run", self.n)
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


def test_what_a_thread_submits_between_two_runs_belongs_to_the_next(adder):
    adder.check("betweens", BETWEEN, top="import threading\nbetween = threading.Event()\nsubmitted = threading.Event()")
    (instance,) = adder.document("check", "betweens", "--times", "2", "--pause", "1")["instances"]
    assert {m["name"]: m["value"] for m in instance["metrics"]} == {"between": 1, "run": 2}


def test_what_a_constructor_submits_belongs_to_the_first_run(adder):
    adder.checks.joinpath("early.py").write_text(
        textwrap.dedent("""
            from datadog_checks.base import AgentCheck

            class Early(AgentCheck):
                def __init__(self, name, init_config, instances):
                    super().__init__(name, init_config, instances)
                    self.gauge("constructed", 1)

                def check(self, instance):
                    self.gauge("run", 1)
        """)
    )
    (instance,) = adder.document("check", "early")["instances"]
    assert {m["name"] for m in instance["metrics"]} == {"constructed", "run"}
