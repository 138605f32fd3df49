"""adder check: which instances run, and where checks are looked for."""

import json
import re
import subprocess

import pytest
from conftest import one, values

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
