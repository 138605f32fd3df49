"""Ten thousand runs of a check that uses every builtin function leave nothing behind."""

import json
import os
import pathlib
import subprocess

CHECKS = pathlib.Path(__file__).parent / "checks"
RUNS = 10000
# Sanitizers keep freed memory back on purpose, so only the account is looked at under them.
SANITIZED = bool(os.environ.get("ADDER_SANITIZE"))


def run(tmp_path, runs):
    config = tmp_path / "everything.yaml"
    config.write_text(json.dumps({"instances": [{"last": runs}]}))
    command = [os.environ["ADDER"], "check", "everything", "--json", "--checks", CHECKS]
    command += ["--config", config, "--times", str(runs), "--pause", "0", "--log-level", "error"]
    command += ["--venv", os.environ["ADDER_VENV"], "--python", os.environ["ADDER_PYTHON"]]
    env = {**os.environ, "ADDER_RUN_PATH": str(tmp_path / "run")}
    done = subprocess.run(command, stdout=subprocess.PIPE, env=env, timeout=1200)
    (instance,) = json.loads(done.stdout)["instances"]
    assert done.returncode == 0, instance["error"]
    return instance


def test_ten_thousand_runs_leave_nothing_behind(tmp_path):
    runs = 2500 if SANITIZED else RUNS
    few = run(tmp_path, 100)["stats"]["memory"]["border"]
    instance = run(tmp_path, runs)
    many = instance["stats"]["memory"]["border"]

    assert instance["stats"]["errors"] == 0
    assert many["allocations"] > runs, "the border was used"
    assert many["inuse_bytes"] == few["inuse_bytes"]
    assert many["untracked_frees"] == 0
    assert many["allocations"] - many["frees"] == few["allocations"] - few["frees"]


def test_memory_stays_flat(tmp_path):
    if SANITIZED:
        return
    sizes = {}
    for entry in run(tmp_path, RUNS)["metadata"]:
        sizes[entry["name"]] = int(entry["value"]) if entry["name"].startswith("rss.") else None
    # Metadata of the last run only: the figure of run 2,000 comes from a shorter session.
    early = next(int(e["value"]) for e in run(tmp_path, 2000)["metadata"] if e["name"] == "rss.2000")
    assert sizes["rss.%d" % RUNS] - early < 2048, "KiB gained between run 2,000 and 10,000"
