"""adder check."""

import json
import re
from datetime import datetime

from conftest import one, values

KEYS = {
    "check",
    "id",
    "version",
    "source",
    "error",
    "warnings",
    "metrics",
    "sketches",
    "histogram_buckets",
    "service_checks",
    "events",
    "metadata",
    "external_tags",
    "logs",
    "event_platform",
    "telemetry",
    "issues",
    "diagnoses",
    "stats",
}


# ---- Shipped checks ----------------------------------------------------------------------


def test_shipped_checks_need_no_configuration(adder):
    document = adder.document("check", "cpu", "load", "memory", "uptime")
    assert set(document) == {"runs", "interrupted", "instances", "problems"}
    assert document["runs"] == 1
    assert document["interrupted"] is False
    assert document["problems"] == []
    assert [i["check"] for i in document["instances"]] == ["cpu", "load", "memory", "uptime"]
    for instance in document["instances"]:
        assert set(instance) == KEYS
        assert instance["error"] is None
        assert re.fullmatch(rf"{instance['check']}:[0-9a-f]+", instance["id"])
        assert re.match(r"\d+\.", instance["version"])
        assert instance["metrics"]
        for metric in instance["metrics"]:
            assert set(metric) == {"name", "type", "value", "tags", "hostname", "timestamp"}
            assert metric["type"] in ("gauge", "rate", "count")
        stats = instance["stats"]
        assert (stats["runs"], stats["errors"]) == (1, 0)
        assert len(stats["run_seconds"]) == len(stats["cpu_seconds"]) == 1
        assert stats["memory"]["python"]["total_bytes"] > 0


def test_people_get_tables_and_a_summary(adder):
    done = adder("check", "load", "cpu")
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.search(r"^Series  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$", done.stdout, re.M)
    assert re.search(r"^  system\.load\.1 +gauge +[\d.]+$", done.stdout, re.M)
    assert re.search(r"^OK  1 run in .* ms \(CPU .*\), 6 samples, 6 series, memory .*B$", done.stdout, re.M)
    assert "\x1b" not in done.stdout


def test_rates_need_a_second_run(adder):
    adder.check("rates", "self.n = getattr(self, 'n', 0) + 10\nself.rate('r', self.n)\nself.gauge('n', self.n)")
    first = adder("check", "rates")
    assert "try --rate" in first.stdout
    assert not re.search(r"^  r ", first.stdout, re.M)
    document = adder.document("check", "rates", "--rate", "--pause", "0.1")
    assert document["runs"] == 2
    assert values(one(document))["n"] == 20
    assert 0 < values(one(document))["r"] <= 100


def test_times_runs_the_same_check_object_and_prints_the_last_run(adder):
    adder.check(
        "counts",
        """
        self.n = getattr(self, "n", 0) + 1
        self.gauge("n", self.n)
        self.gauge("only", 1, tags=[f"run:{self.n}"])
        self.service_check("s", self.n)
        self.warning("run %s", self.n)
        """,
    )
    instance = one(adder.document("check", "counts", "--times", "3", "--pause", "0", "--samples"))
    assert [s["tags"] for s in instance["samples"] if s["name"] == "only"] == [["run:3"]]
    assert values(instance)["n"] == 3
    assert [s["status"] for s in instance["service_checks"]] == [3]
    assert instance["warnings"] == ["run 3"]
    assert instance["stats"]["runs"] == 3
    assert len(instance["stats"]["run_seconds"]) == 3


# ---- What a check can submit -------------------------------------------------------------


EVERYTHING = """
    self.gauge("g", 0.1, tags=["b:2", "a:1", "device:sda"], hostname="other")
    self.gauge("nan", float("nan"))
    self.count("c", 2)
    self.histogram("h", 3)
    self.submit_histogram_bucket("bucket", 4, 5, float("inf"), False, "", ["t:1"])
    self.service_check("can", AgentCheck.CRITICAL, tags=["x:y"], message="down\\nhard")
    self.event({"msg_title": "T", "msg_text": "two\\nlines", "timestamp": 1700000000,
                "event_type": "e", "alert_type": "error", "tags": ["p:q"]})
    self.set_metadata("version", "1.2.3")
    self.set_external_tags([("h1", {"src": ["k:v"]})])
    self.send_log({"message": "a log", "timestamp": 1})
    self.database_monitoring_query_sample('{"a": [1, 2]}')
    self.warning("careful")
"""


def test_json_has_all_that_was_submitted(adder):
    adder.check("everything", EVERYTHING)
    instance = one(adder.document("check", "everything", "--samples"))
    g = next(m for m in instance["metrics"] if m["name"] == "g")
    assert (g["value"], g["tags"], g["hostname"]) == (0.1, ["a:1", "b:2", "device:sda"], "other")
    assert {m["name"] for m in instance["metrics"]} >= {"g", "c", "h.max", "h.avg", "h.count", "h.95percentile"}
    assert [(s["name"], s["type"]) for s in instance["samples"]] == [
        ("g", "gauge"),
        ("nan", "gauge"),
        ("c", "count"),
        ("h", "histogram"),
    ]
    assert instance["samples"][0]["tags"] == ["b:2", "a:1", "device:sda"]
    assert set(instance["samples"][0]) == {"name", "type", "value", "tags", "hostname", "flush_first_value"}
    assert (instance["samples"][1]["value"], instance["samples"][1]["value_text"]) == (None, "NaN")
    (bucket,) = instance["histogram_buckets"]
    assert (bucket["name"], bucket["value"], bucket["lower_bound"]) == ("bucket", 4, 5)
    assert (bucket["upper_bound"], bucket["upper_bound_text"]) == (None, "Infinity")
    (sketch,) = instance["sketches"]
    assert (sketch["name"], sketch["count"], sketch["min"], sketch["max"]) == ("bucket", 4, 5, 5)
    assert instance["service_checks"] == [
        {"name": "can", "status": 2, "tags": ["x:y"], "hostname": "", "message": "down\nhard"}
    ]
    (event,) = instance["events"]
    assert event["msg_title"] == "T"
    assert (event["timestamp"], event["alert_type"], event["tags"]) == (1700000000, "error", ["p:q"])
    assert {"name": "version.raw", "value": "1.2.3"} in instance["metadata"]
    assert instance["external_tags"] == [{"hostname": "h1", "source": "src", "tags": ["k:v"]}]
    assert instance["logs"][0]["message"] == "a log"
    assert instance["event_platform"][0]["event"] == {"a": [1, 2]}
    assert instance["warnings"] == ["careful"]
    assert instance["stats"]["dropped"]["not_finite"] == 1


def test_people_see_all_that_was_submitted(adder):
    adder.check("everything", EVERYTHING)
    text = adder("check", "everything", "--samples").stdout
    for title in (
        "Samples",
        "Series",
        "Sketches",
        "Histogram buckets",
        "Service checks",
        "Events",
        "Metadata",
        "External tags",
        "Logs",
        "Event platform",
        "Warnings",
    ):
        assert re.search(rf"^{title}\b", text, re.M), title
    assert re.search(r"^  can +CRITICAL +x:y +down\\nhard$", text, re.M)
    assert re.search(r"^  g +gauge +0\.1 +other +a:1, b:2, device:sda$", text, re.M)
    assert re.search(r"^  nan +gauge +nan$", text, re.M)
    assert "1 dropped (not finite)" in text


def test_an_event_has_the_time_it_was_given(adder):
    times = (0, 1700000000, -5, 2**62)
    adder.check("late", f"for t in {times}:\n    self.event({{'msg_title': f'at {{t}}', 'timestamp': t}})")
    rows = re.findall(r"^  (\S+) +at (-?\d+)$", adder("check", "late").stdout, re.M)
    shown = {int(title): time for time, title in rows}
    assert datetime.fromisoformat(shown[0]).year >= 2025
    assert datetime.fromisoformat(shown[1700000000]).timestamp() == 1700000000
    assert (shown[-5], shown[2**62]) == ("-5", str(2**62))
    document = adder.document("check", "late")
    assert tuple(e["timestamp"] for e in one(document)["events"]) == times


def test_printing_checks_do_not_spoil_the_document(adder):
    adder.check(
        "noisy",
        """
        import os, subprocess
        print("from print")
        os.write(1, b"from write\\n")
        subprocess.run(["echo", "from a child"])
        self.gauge("g", 1)
        """,
        top="print('from the module')",
    )
    done = adder("check", "noisy", "--json")
    assert values(one(json.loads(done.stdout))) == {"g": 1}
    for text in ("from the module", "from print", "from write", "from a child"):
        assert text in done.stderr
    assert "from" not in adder("check", "noisy").stdout


def test_text_of_checks_cannot_control_a_terminal(adder):
    adder.check("evil", "self.gauge('g', 1, tags=['\\x1b]0;owned\\x07', 'x:\\u202ey'])\nraise ValueError('\\x1b[2J')")
    done = adder("check", "evil")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    assert "\\x1b]0;owned\\x07" in done.stdout
    assert "\\u202e" in done.stdout


def test_the_memory_account_can_be_turned_off(adder):
    def figures(env):
        done = adder("check", "load", "--json", env=env)
        memory = one(json.loads(done.stdout))["stats"]["memory"]
        return {*memory["border"].values(), *memory["python"].values()}

    assert max(figures({})) > 0
    assert figures({"ADDER_MEMTRACK_ENABLED": "false"}) == {0}


# ---- Errors ------------------------------------------------------------------------------


def test_a_failing_check_shows_its_traceback_and_keeps_its_metrics(adder):
    adder.check("fails", "self.gauge('before', 1)\nraise ValueError('it broke')")
    done = adder("check", "fails")
    assert done.returncode == 1
    assert "it broke" in done.stdout
    assert re.search(r'File ".*fails\.py", line \d+, in check', done.stdout)
    assert re.search(r"^  before ", done.stdout, re.M)
    assert re.search(r"^FAILED ", done.stdout, re.M)
    instance = one(adder.document("check", "fails", code=1))
    assert instance["error"]["message"] == "it broke"
    assert "ValueError: it broke" in instance["error"]["traceback"]
    assert values(instance) == {"before": 1}
    assert instance["stats"]["errors"] == 1


def test_a_check_that_exits_loses_its_run_but_not_the_program(adder):
    adder.check("leaves", "self.gauge('before', 1)\nraise SystemExit(7)")
    instance = one(adder.document("check", "leaves", code=1))
    assert "SystemExit" in instance["error"]["message"]
    assert instance["metrics"] == []


def test_one_failed_run_of_several_is_not_forgotten(adder):
    adder.check(
        "sometimes",
        """
        self.n = getattr(self, "n", 0) + 1
        if self.n == 1:
            raise ValueError("first")
        """,
    )
    instance = one(adder.document("check", "sometimes", "--times", "3", "--pause", "0", code=1))
    assert instance["error"]["message"] == "first"
    assert (instance["stats"]["runs"], instance["stats"]["errors"]) == (3, 1)


def test_a_constructor_that_raises_is_an_error_of_the_instance(adder):
    adder.checks.joinpath("ctor.py").write_text(
        "from datadog_checks.base import AgentCheck, ConfigurationError\n"
        "class Ctor(AgentCheck):\n"
        "    def __init__(self, name, init_config, instances):\n"
        "        super().__init__(name, init_config, instances)\n"
        "        raise ConfigurationError('needs a url')\n"
    )
    done = adder("check", "ctor")
    assert done.returncode == 1
    assert "needs a url" in done.stdout
    assert "No configuration was found" in done.stdout
    assert f"{adder.confd}/ctor.d/conf.yaml" in done.stdout.replace("\n  ", " ")


def test_only_errors_that_a_configuration_would_prevent_hint_at_it(adder):
    adder.check("wants", "self.gauge('g', instance['port'])")
    adder.check("fails", "raise ValueError('it broke')")
    assert "No configuration was found" in adder("check", "wants").stdout
    assert "No configuration was found" not in adder("check", "fails").stdout
    adder.configure("wants.yaml", "instances:\n- host: a\n")
    assert "No configuration was found" not in adder("check", "wants").stdout


def test_a_module_that_cannot_be_imported_shows_why(adder):
    adder.checks.joinpath("broken.py").write_text("import no_such_module_here\n")
    done = adder("check", "broken")
    assert done.returncode in (1, 2)
    assert "no_such_module_here" in done.stdout


def test_a_check_that_the_standard_library_hides_needs_another_name(adder):
    adder.check("queue", "self.gauge('g', 1)")
    done = adder("check", "queue")
    assert done.returncode == 1
    assert f"which hides {adder.checks}/queue.py: that needs another name" in done.stdout


def test_an_unknown_check_says_where_it_was_looked_for(adder):
    done = adder("check", "dsik")
    assert done.returncode == 2
    assert "there is no check 'dsik'; did you mean 'disk'?" in done.stdout
    assert str(adder.checks) in done.stdout
    instance = one(adder.document("check", "dsik", code=2))
    assert instance["metrics"] == []
    assert "did you mean 'disk'" in instance["error"]["message"]


def test_one_unknown_check_does_not_keep_others_from_running(adder):
    document = adder.document("check", "nonsense", "load", code=2)
    assert [i["check"] for i in document["instances"]] == ["nonsense", "load"]
    assert document["instances"][1]["metrics"]
