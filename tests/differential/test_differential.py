"""The same check in plain CPython with the base's stubs and in adder must submit the same.

Every file in checks/ is one check with one habit. Where the two sides must differ, the reason
stands in DIFFERENCES.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
CHECKS = HERE / "checks"
ADDER = os.environ["ADDER"]
PYTHON = ["--venv", os.environ["ADDER_VENV"], "--python", os.environ["ADDER_PYTHON"]]
LISTS = (
    "samples",
    "histogram_buckets",
    "service_checks",
    "events",
    "event_platform",
    "metadata",
    "external_tags",
    "logs",
    "telemetry",
    "issues",
)
NAMES = sorted(p.stem for p in CHECKS.glob("*.py"))

# Checks that cannot be compared list by list, and the test that looks at them instead.
DIFFERENCES = {
    "system_exit": "run() itself raised, so the run is not committed (test_run_that_raises)",
    "keyboard_interrupt": "as system_exit",
    "exits_at_import": "does not load (test_check_that_does_not_load)",
    "fails_at_import": "as exits_at_import",
    "bad_syntax": "as exits_at_import",
    "no_class": "as exits_at_import",
    "raises_in_init": "as exits_at_import",
    "needs_config": "as exits_at_import",
    "config_types": "files are read as the Agent reads them, before Python sees them (test_config_types)",
    "not_a_number": "without an agent the base raises, with one it warns (test_not_a_number)",
}
# The pages these two talk to are made by the fixture.
NEED_SERVER = {"http_get": "url: {url}", "scrape": "openmetrics_endpoint: {url}/metrics\nmetrics: ['.+']"}


def instance_of(name, url):
    """YAML text of the check's instance."""
    if name in NEED_SERVER:
        return NEED_SERVER[name].format(url=url)
    file = CHECKS / (name + ".yaml")
    return file.read_text() if file.exists() else "{}"


def reference(name, instance):
    out = subprocess.run(
        [sys.executable, HERE / "reference.py", CHECKS, name, "{}", instance],
        stdout=subprocess.PIPE,
        env={**os.environ, "DDEV_SKIP_GENERIC_TAGS_CHECK": "1"},
        check=True,
        timeout=120,
    )
    return json.loads(out.stdout)


def adder(name, instance, tmp_path, *options):
    """What adder prints for one run of the check, and its exit status."""
    config = tmp_path / (name + ".yaml")
    indented = "".join("    " + line + "\n" for line in instance.splitlines())
    config.write_text("init_config:\ninstances:\n  -\n" + indented)
    out = subprocess.run(
        [ADDER, "check", name, "--json", "--samples", "--checks", CHECKS, "--config", config, *PYTHON, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "ADDER_RUN_PATH": str(tmp_path / "run")},
        timeout=120,
    )
    document = json.loads(out.stdout)
    assert len(document["instances"]) == 1
    return document["instances"][0], out.returncode


def comparable(entries):
    """Submissions without the words that adder puts beside values JSON cannot carry."""
    if any(not isinstance(e, dict) for e in entries):
        return entries
    return [{k: v for k, v in e.items() if not k.endswith("_text") or k == "msg_text"} for e in entries]


def in_order(entries):
    """One order for both sides: threads of a check submit in any."""
    return sorted(entries, key=lambda e: json.dumps(e, sort_keys=True))


def without_folders(traceback):
    """A virtual environment can be reached by more than one path."""
    return re.sub(r'File ".*/', 'File "', traceback).rstrip()


@pytest.fixture
def importable(monkeypatch):
    """The checks can be imported by any Python, which a check in a process of its own must be."""
    monkeypatch.setenv("PYTHONPATH", str(CHECKS))


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("name", [n for n in NAMES if n not in DIFFERENCES])
def test_same_submissions(name, tmp_path, web_server):
    instance = instance_of(name, web_server)
    want = reference(name, instance)
    got, status = adder(name, instance, tmp_path)

    assert "raised" not in want
    assert any(want[kind] for kind in ("error", "diagnoses", *LISTS)), "nothing to compare"
    if want["error"]:
        assert got["error"]["message"] == want["error"]["message"]
        assert without_folders(got["error"]["traceback"]) == without_folders(want["error"]["traceback"])
        assert status == 1
    else:
        assert got["error"] is None
        assert status == 0
    for kind in LISTS:
        ours, theirs = comparable(got[kind]), comparable(want[kind])
        if name == "own_threads":
            ours, theirs = in_order(ours), in_order(theirs)
        assert ours == theirs, kind
    assert got["warnings"] == want["warnings"]
    assert got["diagnoses"] == want["diagnoses"]


def test_every_check_is_looked_at():
    assert set(DIFFERENCES) <= set(NAMES)
    assert len(NAMES) >= 40


@pytest.mark.parametrize(
    "name, message", [("system_exit", "SystemExit: 3"), ("keyboard_interrupt", "KeyboardInterrupt")]
)
def test_run_that_raises(name, message, tmp_path):
    """An exception that escapes run() is an error of that run; nothing of it is committed."""
    want = reference(name, "{}")
    got, status = adder(name, "{}", tmp_path)

    assert want["raised"] in message
    assert message in got["error"]["message"]
    assert "%s.py" % name in got["error"]["traceback"]
    assert status == 1
    assert got["samples"] == [] and got["metrics"] == []
    assert len(want["samples"]) == 1


@pytest.mark.parametrize(
    "name, message",
    [
        ("exits_at_import", "no thanks"),
        ("fails_at_import", "No module named 'a_module_that_nobody_has'"),
        ("bad_syntax", "bad_syntax.py, line 3"),
        ("no_class", "unable to find a subclass of the base check in module 'no_class'"),
        ("raises_in_init", "constructed 1 time(s)"),
        ("needs_config", "option `url` is required"),
    ],
)
def test_check_that_does_not_load(name, message, tmp_path):
    want = reference(name, "{}")
    got, status = adder(name, "{}", tmp_path)

    assert want["raised"]
    assert message in got["error"]["message"]
    assert status == 1
    assert got["stats"]["runs"] == 0


def test_config_types(tmp_path):
    """The Agent's own reader types the scalars of a file first: a date stays the text it is,
    y is a boolean, sexagesimal numbers do not exist."""
    got, status = adder("config_types", instance_of("config_types", ""), tmp_path)
    seen = {tuple(s["tags"]) for s in got["samples"]}

    assert status == 0 and got["error"] is None
    assert ("key:date", "type:str", "value:'2020-02-29'") in seen
    assert ("key:bool", "type:list", "value:[True, False, True, False, True, True]") in seen
    assert ("key:merged", "type:dict", "value:{'a': 1, 'b': 3}") in seen
    assert ("key:block", "type:str", "value:'line one\\n  line two\\n'") in seen
    assert ("key:anchors", "type:list", "value:[{'k': 'v'}, {'k': 'v'}]") in seen


def test_not_a_number(tmp_path):
    got, status = adder("not_a_number", "{}", tmp_path)

    assert got["warnings"] == [
        "Metric: 'word' has non float value: 'many'. Only float values can be submitted as metrics."
    ]
    assert [s["name"] for s in got["samples"]] == ["after"]
    assert status == 0


def test_not_finite_values_are_submitted_but_make_no_series(tmp_path):
    got, _ = adder("not_finite", "{}", tmp_path)

    assert len(got["samples"]) == 4
    assert [m["name"] for m in got["metrics"]] == ["finite.one"]


@pytest.mark.parametrize("excluded, seen", [("others", True), ("others, kinds", False)])
def test_memory_is_profiled_when_the_agent_says_so(excluded, seen, tmp_path, monkeypatch):
    monkeypatch.setenv("DD_TRACEMALLOC_DEBUG", "true")
    monkeypatch.setenv("DD_TRACEMALLOC_EXCLUDE", excluded)
    got, status = adder("kinds", "{}", tmp_path)
    profiled = [s for s in got["samples"] if s["name"] == "datadog.agent.profile.memory.check_run_alloc"]

    assert status == 0 and got["error"] is None
    assert len(profiled) == seen
    assert all(s["type"] == "gauge" and s["value"] > 0 for s in profiled)
