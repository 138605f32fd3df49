"""What every shipped check promises."""

import importlib
import inspect
import re
import subprocess
import sys

import psutil
import pytest
import yaml
from conftest import CHECKS
from datadog_checks.base import AgentCheck, ConfigurationError

NAMES = sorted(path.parent.name for path in CHECKS.glob("adder_checks/*/__init__.py"))
NEEDS_NOTHING = [name for name in NAMES if name not in ("process", "openmetrics")]
METRIC_LINE = re.compile(r"^ +(system\.[\w.]+) +(gauge|rate|count|monotonic_count) +\S+ +\S", re.MULTILINE)


def class_of(name):
    module = importlib.import_module(f"adder_checks.{name}")
    return getattr(module, module.__all__[0])


def documented(name):
    """{metric: type} of the docstring of a check."""
    return dict(METRIC_LINE.findall(class_of(name).__doc__))


def example_of(name):
    return (CHECKS / "adder_checks" / name / "conf.yaml.example").read_text()


def uncommented(text):
    """The example with every option in use: `# option` becomes `option`, `## text` stays."""
    return re.sub(r"^( *)# ", r"\1", text, flags=re.MULTILINE)


def test_the_list_is_complete():
    assert NAMES == sorted("cpu load memory swap disk io network uptime file_handles process openmetrics".split())


@pytest.mark.parametrize("name", NAMES)
def test_module_exports_one_check_and_a_version(name):
    module = importlib.import_module(f"adder_checks.{name}")
    classes = [value for _, value in inspect.getmembers(module, inspect.isclass) if issubclass(value, AgentCheck)]
    assert [cls.__name__ for cls in classes] == module.__all__
    assert re.fullmatch(r"\d+\.\d+\.\d+", module.__version__)


@pytest.mark.parametrize("name", NEEDS_NOTHING)
def test_empty_instance_sends_documented_metrics(name, make, run):
    check = make(name)
    run(check)
    second = run(check)
    # A chroot may have no mount but the kernel's own, so there is no disk to report there.
    assert second.samples or (name == "disk" and not psutil.disk_partitions())
    assert second.warnings == []
    for metric, kind in second.types().items():
        assert documented(name).get(metric) == kind, metric


@pytest.mark.parametrize("name", NEEDS_NOTHING)
def test_instance_tags_are_on_everything(name, make, run):
    check = make(name, {"tags": ["role:test"]})
    run(check)
    assert all("role:test" in tags for tags in run(check).tags())


@pytest.mark.parametrize("name", NEEDS_NOTHING)
def test_absent_and_null_tags_are_no_tags(name, make, run):
    assert run(make(name, {"tags": None})).tags() == run(make(name)).tags()


@pytest.mark.parametrize("name", NAMES)
def test_example_is_valid(name):
    example = yaml.safe_load(example_of(name))
    assert set(example) == {"init_config", "instances"}
    assert [type(instance) for instance in example["instances"]] == [dict]


@pytest.mark.parametrize("name", NAMES)
def test_example_with_every_option_is_accepted(name, make):
    example = yaml.safe_load(uncommented(example_of(name)))
    instance = example["instances"][0]
    assert set(yaml.safe_load(example_of(name))["instances"][0]) <= set(instance)
    assert {"tags", "min_collection_interval"} <= set(instance)
    make(name, instance, example["init_config"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "openmetrics"])
def test_readme_names_every_metric(name):
    readme = (CHECKS / "README.md").read_text()
    named = set()
    for prefix, last in re.findall(r"`(system\.[\w.]*)(?:\{([^}]*)\})?`", readme):
        named |= {prefix + part for part in last.split(",")}
    assert documented(name)
    assert set(documented(name)) <= named


def test_readme_names_no_other_metric():
    readme = (CHECKS / "README.md").read_text()
    known = set().union(*(documented(name) for name in NAMES))
    for prefix, last in re.findall(r"`(system\.[\w.]*)(?:\{([^}]*)\})?`", readme):
        assert {prefix + part for part in last.split(",")} <= known


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("process", "process needs `search_string`, `pid` or `pid_file`"),
        ("openmetrics", "openmetrics needs `openmetrics_endpoint`"),
    ],
)
def test_a_check_that_needs_options_says_so(name, sentence, make):
    with pytest.raises(ConfigurationError, match=sentence):
        make(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "openmetrics"])
def test_import_is_light(name):
    script = f"import sys, adder_checks.{name}; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKS, check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"requests", "pydantic", "yaml", "asyncio", "concurrent.futures"} & set(modules)


READ_PROC = [name for name in NAMES if name not in ("load", "file_handles", "openmetrics")]


@pytest.mark.parametrize("name", READ_PROC)
def test_proc_is_read_where_the_agent_says(name, make, agent, monkeypatch):
    monkeypatch.setattr(psutil, "PROCFS_PATH", "/proc")
    agent._config["procfs_path"] = "/host/proc"
    make(name, {"search_string": ["x"]})
    assert psutil.PROCFS_PATH == "/host/proc"
