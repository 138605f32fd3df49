"""adder check."""

import json
import re
import subprocess
from datetime import datetime

import pytest

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


def one(document):
    assert len(document["instances"]) == 1
    return document["instances"][0]


def values(instance):
    return {m["name"]: m["value"] for m in instance["metrics"]}


# ---- Shipped checks ----------------------------------------------------------------------


def test_shipped_checks_need_no_configuration(adder):
    document = adder.document("check", "cpu", "load", "memory", "uptime")
    assert document["runs"] == 1
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


# ---- Configuration -----------------------------------------------------------------------


INSTANCES = """
    init_config:
    instances:
      - name: alpha
        tags: [a:1]
      - name: beta
      - name: gamma
"""
NAMED = "self.gauge('g', 1, tags=['name:' + instance.get('name', 'none')])"


def names(document):
    return [m["tags"] for i in document["instances"] for m in i["metrics"]]


@pytest.mark.parametrize("path", ["named.yaml", "named.d/conf.yaml", "named.d/other.yaml"])
def test_configuration_is_found_in_conf_d(adder, path):
    adder.check("named", NAMED)
    file = adder.configure(path, INSTANCES)
    document = adder.document("check", "named")
    assert names(document) == [["name:alpha"], ["name:beta"], ["name:gamma"]]
    assert document["instances"][0]["source"] == f"file:{file}"
    assert len({i["id"] for i in document["instances"]}) == 3


def test_config_names_a_file_or_a_folder(adder):
    adder.check("named", NAMED)
    file = adder.folder / "elsewhere.yaml"
    file.write_text("instances:\n- name: omega\n")
    assert names(adder.document("check", "named", "--config", file)) == [["name:omega"]]
    folder = adder.folder / "other"
    folder.mkdir()
    (folder / "named.yaml").write_text("instances:\n- name: delta\n")
    assert names(adder.document("check", "named", f"--config={folder}")) == [["name:delta"]]
    assert names(adder.document("check", "named", "--confd", folder)) == [["name:delta"]]


@pytest.mark.parametrize("path", ["-", "/dev/stdin", "/dev/fd/0"])
def test_config_can_come_through_a_pipe(adder, path):
    adder.check("named", NAMED)
    done = subprocess.run(
        adder.command("check", "named", "--json", "--config", path),
        env=adder.env,
        input="instances:\n- name: piped\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert names(json.loads(done.stdout)) == [["name:piped"]]


@pytest.mark.parametrize("words", [("--config", "given"), ("--confd", "given"), ()])
def test_a_check_that_changes_the_folder_is_no_harm_to_the_next(adder, words):
    adder.check("moves", "import os\nos.chdir('/')")
    adder.check("named", NAMED)
    for name in ("moves", "named"):
        adder.configure(f"{name}.yaml", "instances:\n- name: kept\n")
    adder.confd.rename(adder.folder / "given")
    adder.checks.rename(adder.folder / "mine")
    adder.env.update(ADDER_CONFD="given", ADDER_CHECKS="mine")
    document = adder.document("check", "moves", "named", *words)
    assert [i["error"] for i in document["instances"]] == [None, None]
    assert names(document) == [["name:kept"]]


@pytest.mark.parametrize(
    "choice, chosen",
    [
        ("0", ["alpha"]),
        ("2", ["gamma"]),
        ("name: (alpha|gamma)", ["alpha", "gamma"]),
        ("^named:", ["alpha", "beta", "gamma"]),
        ("a:1", ["alpha"]),
    ],
)
def test_instance_chooses(adder, choice, chosen):
    adder.check("named", NAMED)
    adder.configure("named.yaml", INSTANCES)
    assert names(adder.document("check", "named", "--instance", choice)) == [[f"name:{c}"] for c in chosen]


@pytest.mark.parametrize(
    "choice, message",
    [
        ("3", "there is no usable instance 3, they are numbered 0 to 2"),
        ("delta", "none of 3 instances matches 'delta'"),
        ("(", "'(' is no expression"),
    ],
)
def test_an_instance_that_is_not_there(adder, choice, message):
    adder.check("named", NAMED)
    adder.configure("named.yaml", INSTANCES)
    done = adder("check", "named", "--instance", choice)
    assert done.returncode == 2
    assert message in done.stderr


def test_instances_have_one_number_in_messages_configcheck_and_the_option(adder):
    adder.check("named", NAMED)
    adder.configure("named.d/a.yaml", "instances:\n- name: alpha\n- name: beta\n  tags: wrong\n")
    adder.configure("named.d/b.yaml", "instances:\n- name: gamma\n")
    listed = adder("configcheck").stdout
    assert re.search(r"^named +0 .*a\.yaml$", listed, re.M)
    assert re.search(r"^named +2 .*b\.yaml$", listed, re.M)
    assert re.search(r"a\.yaml:4:9: error: instance 1: 'tags' must be", listed)
    document = adder.document("configcheck", code=2)
    assert [i["index"] for i in document["instances"]] == [0, 2]
    for number, name in (("0", "alpha"), ("2", "gamma")):
        assert names(adder.document("check", "named", "--instance", number, code=2)) == [[f"name:{name}"]]
    done = adder("check", "named", "--instance", "1")
    assert done.returncode == 2
    assert "error: instance 1: 'tags' must be" in done.stderr
    assert "there is no usable instance 1, they are numbered 0 to 2" in done.stderr


def test_a_bad_file_is_named_with_line_and_column_and_the_others_run(adder):
    adder.check("named", NAMED)
    adder.configure("named.d/a.yaml", "instances:\n- name: good\n")
    bad = adder.configure("named.d/b.yaml", "instances:\n- name: [\n")
    done = adder("check", "named", "--json")
    assert done.returncode == 2
    assert re.search(rf"{re.escape(str(bad))}:\d+:\d+: error: ", done.stderr)
    document = json.loads(done.stdout)
    assert names(document) == [["name:good"]]
    (problem,) = document["problems"]
    assert problem["path"] == str(bad)
    assert problem["line"] >= 2 and problem["column"] >= 1


@pytest.mark.parametrize(
    "text, remark",
    [
        ("ad_identifiers: [redis]\ninstances: [{}]\n", "not used: a template for discovered containers"),
        ("cluster_check: true\ninstances: [{}]\n", "not used: a cluster check"),
    ],
)
def test_a_configuration_that_is_not_used_is_told_of(adder, text, remark):
    adder.check("named", NAMED)
    path = adder.configure("named.yaml", text)
    done = adder("check", "named")
    assert done.returncode == 0
    assert f"{path}: warning: {remark}" in done.stderr
    assert "without configuration" in done.stdout
    (problem,) = adder.document("check", "named")["problems"]
    assert problem["message"].startswith(remark)


def test_a_file_that_is_not_there(adder):
    done = adder("check", "load", "--config", "/nonexistent/load.yaml")
    assert done.returncode == 2
    assert "/nonexistent/load.yaml" in done.stderr


def test_min_collection_interval_service_and_host_are_heeded(adder):
    adder.check("tagged", "self.gauge('g', 1)")
    adder.configure("tagged.yaml", "instances:\n- service: web\n  empty_default_hostname: true\n")
    (metric,) = one(adder.document("check", "tagged"))["metrics"]
    assert metric["tags"] == ["service:web"]
    assert metric["hostname"] == ""


# ---- Where things are looked for ---------------------------------------------------------


def test_checks_can_import_from_the_pythonpath(adder):
    folder = adder.folder / "lib"
    folder.mkdir()
    (folder / "my_helper.py").write_text("VALUE = 42\n")
    adder.check("imports", "self.gauge('g', my_helper.VALUE)", top="import my_helper")
    assert adder("check", "imports").returncode != 0
    assert values(one(adder.document("check", "imports", "--pythonpath", folder))) == {"g": 42}


def test_checks_of_the_environment_come_after_those_given(adder):
    folder = adder.folder / "env"
    folder.mkdir()
    for name, place, value in (("both", folder, 1), ("only", folder, 2)):
        (place / f"{name}.py").write_text(
            "from datadog_checks.base import AgentCheck\n"
            f"class C(AgentCheck):\n    def check(self, _):\n        self.gauge('g', {value})\n"
        )
    adder.check("both", "self.gauge('g', 3)")
    adder.env["ADDER_CHECKS"] = f"/nonexistent:{folder}"
    document = adder.document("check", "both", "only")
    assert [values(i) for i in document["instances"]] == [{"g": 3}, {"g": 2}]


def test_a_folder_that_is_none_is_warned_of(adder):
    def warnings(*words):
        return re.findall(r" WARN  (.*)", adder("check", "load", *words).stderr)

    archive = adder.folder / "lib.zip"
    archive.write_bytes(b"PK\5\6" + bytes(18))
    assert warnings("--checks", adder.folder, "--pythonpath", archive) == []
    assert warnings("--checks", "/etc/passwd", "--pythonpath", "/nonexistent") == [
        "there is no folder '/nonexistent' to import from",
        "there is no folder '/etc/passwd' to import from",
    ]
    adder.env["ADDER_CHECKS"] = "/nowhere"
    assert warnings() == ["there is no folder '/nowhere' to import from"]


def test_log_level_shows_what_checks_log(adder):
    adder.check("logs", "self.log.debug('a debug line')\nself.log.warning('a warning line')")
    quiet = adder("check", "logs", "--log-level", "off")
    assert "line" not in quiet.stderr
    usual = adder("check", "logs")
    assert "a warning line" in usual.stderr and "a debug line" not in usual.stderr
    assert "a debug line" in adder("check", "logs", "-l", "debug").stderr
