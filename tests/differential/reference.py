"""Runs one check in plain CPython with the base package's own stubs.

    python reference.py CHECKS_DIR NAME INIT_CONFIG INSTANCE

prints what it submitted as one JSON object, in the shape of `adder check --json --samples`.
This is the other side of every differential test: what it prints is what the base package's
authors expect a check to see.
"""

import importlib
import inspect
import json
import math
import os
import sys
import traceback

import yaml
from datadog_checks.base import AgentCheck
from datadog_checks.base.stubs import aggregator, datadog_agent

KINDS = ["gauge", "rate", "count", "monotonic_count", "counter", "histogram", "historate"]


def text(value):
    """Text of a str or bytes as a runtime takes it; None for anything else."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return value.split("\0")[0]


def finite(value):
    """JSON has no infinity and no NaN; adder prints null and the word beside it."""
    return float(value) if math.isfinite(value) else None


def json_or_text(raw):
    """adder shows payloads that are JSON objects as such."""
    try:
        value = json.loads(raw)
    except ValueError:
        return raw
    return value if isinstance(value, dict) else raw


def tag_list(tags):
    return [text(tag) for tag in tags if text(tag) is not None]


class Recorder:
    """Stands in front of the stubs and keeps submissions in the shape adder prints."""

    def __init__(self):
        self.lists = {
            name: []
            for name in (
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
        }

    def add(self, kind, **fields):
        self.lists[kind].append(fields)

    def submit_metric(self, check, check_id, kind, name, value, tags, hostname, flush):
        if "\0" in name:
            raise ValueError("embedded null character")
        name.encode("utf-8")
        self.add(
            "samples",
            name=name,
            type=KINDS[kind],
            value=finite(value),
            tags=tag_list(tags),
            hostname=hostname,
            flush_first_value=bool(flush),
        )

    def submit_histogram_bucket(
        self, check, check_id, name, value, lower, upper, monotonic, hostname, tags, flush=False
    ):
        self.add(
            "histogram_buckets",
            name=name,
            value=value,
            lower_bound=finite(lower),
            upper_bound=finite(upper),
            monotonic=bool(monotonic),
            hostname=hostname,
            tags=tag_list(tags),
            flush_first_value=bool(flush),
        )

    submit_histogram_bucket_multi = submit_histogram_bucket

    def submit_service_check(self, check, check_id, name, status, tags, hostname, message):
        self.add(
            "service_checks",
            name=name,
            status=int(status),
            tags=tag_list(tags),
            hostname=hostname,
            message=message,
        )

    def submit_event(self, check, check_id, event):
        keys = ("msg_title", "msg_text", "priority", "host", "alert_type", "aggregation_key")
        fields = {k: text(event.get(k)) for k in keys + ("source_type_name", "event_type")}
        fields["timestamp"] = event.get("timestamp", 0)
        fields["tags"] = tag_list(event.get("tags", []))
        self.add("events", **{k: v for k, v in fields.items() if v is not None})

    def submit_event_platform_event(self, check, check_id, raw, event_type):
        raw = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        self.add("event_platform", event=json_or_text(raw), type=event_type)

    def set_check_metadata(self, check_id, name, value):
        self.add("metadata", name=name, value=value)

    def set_external_tags(self, tags):
        for hostname, sources in tags:
            for source, names in list(sources.items())[:1]:
                self.add("external_tags", hostname=hostname, source=source, tags=tag_list(names))

    def send_log(self, line, check_id):
        self.lists["logs"].append(json_or_text(line))

    def emit_agent_telemetry(self, check_name, name, value, kind):
        self.add("telemetry", check=check_name, name=name, value=float(value), type=kind)

    def report_issue(self, check_name, report):
        self.add("issues", check=check_name, issue=json_or_text(report))

    def resolve_issue(self, issue_id):
        self.add("issues", resolved=issue_id)

    def install(self):
        for stub in (aggregator, datadog_agent):
            for name in dir(self):
                if hasattr(type(stub), name) and not name.startswith("_"):
                    setattr(stub, name, getattr(self, name))


def find_class(module):
    """The check's class: its own leaf subclass of AgentCheck."""
    found = [
        c
        for c in vars(module).values()
        if inspect.isclass(c) and issubclass(c, AgentCheck) and c is not AgentCheck
    ]
    own = [c for c in found if c.__module__ == module.__name__]
    leaves = [c for c in own if not any(c in d.__mro__[1:] for d in own)]
    if not leaves:
        raise LookupError("no check class")
    return leaves[0]


def load(cls, config):
    """The configuration as the class reads it (the base's own reader needs a child process)."""
    base = inspect.getattr_static(AgentCheck, "load_config")
    if inspect.getattr_static(cls, "load_config") is base:
        return yaml.safe_load(config) or {}
    return cls.load_config(config)


def construct(cls, name, init_config, instance):
    try:
        return cls(name=name, init_config=init_config, instances=(instance,))
    except TypeError as e:
        if "agentConfig" not in str(e):
            raise
        return cls(name=name, init_config=init_config, agentConfig={}, instances=(instance,))


def run(directory, name, init_text, instance_text):
    recorder = Recorder()
    recorder.install()
    datadog_agent._config["enable_metadata_collection"] = True
    result = {"error": None, "warnings": [], "diagnoses": [], **recorder.lists}
    sys.path.append(directory)
    sys.modules["checks"] = importlib.import_module("datadog_checks.checks")
    try:
        cls = find_class(importlib.import_module(name))
        check = construct(cls, name, load(cls, init_text), load(cls, instance_text))
        check.check_id = name + ":0123456789abcdef"
        failed = check.run()
    except BaseException as e:
        result["raised"] = type(e).__name__
        result["error"] = {"message": str(e), "traceback": traceback.format_exc()}
        return result
    if failed:
        result["error"] = json.loads(failed)[0]
    result["warnings"] = check.get_warnings()
    result["diagnoses"] = json.loads(check.get_diagnoses())
    return result


def main():
    real_stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(run(*sys.argv[1:]), real_stdout)
    real_stdout.close()
    os._exit(0)


if __name__ == "__main__":
    main()
