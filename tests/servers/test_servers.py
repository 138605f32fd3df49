"""Checks against real servers."""

import re

from conftest import free_port, tls_server


def values(instance):
    return {metric["name"]: metric["value"] for metric in instance["metrics"]}


def test_redis(run, redis_port):
    got, status = run("redis_info", {"port": redis_port}, "--rate")

    assert got["error"] is None and status == 0
    found = values(got)
    assert found["redis.mem.used"] > 100000
    assert found["redis.net.clients"] == 1
    assert found["redis.net.commands"] == 1, "the INFO of the first run"
    assert [(s["name"], s["status"]) for s in got["service_checks"]] == [("redis.can_connect", 0)]
    assert {"name": "version.major", "value": "7"} in got["metadata"]


def test_redis_that_is_down(run):
    port = free_port()
    got, status = run("redis_info", {"port": port})

    assert status == 1
    assert "Connection refused" in got["error"]["message"]
    assert "redis_info.py" in got["error"]["traceback"]
    assert [(s["name"], s["status"]) for s in got["service_checks"]] == [("redis.can_connect", 2)]
    assert got["service_checks"][0]["tags"] == ["port:%d" % port]


def test_openmetrics_of_node_exporter(run, node_exporter_port):
    instance = {
        "openmetrics_endpoint": "http://127.0.0.1:%d/metrics" % node_exporter_port,
        "namespace": "node",
        "metrics": ["node_load1", "node_memory_MemTotal_bytes", "node_cpu_seconds", "go_gc_duration_seconds"],
    }
    got, status = run("openmetrics", instance, "--rate")

    assert got["error"] is None and status == 0
    found = values(got)
    with open("/proc/meminfo") as f:
        total = int(re.search(r"MemTotal: +(\d+) kB", f.read())[1]) * 1024
    assert found["node.node_memory_MemTotal_bytes"] == total
    assert found["node.node_load1"] >= 0
    modes = [m for m in got["metrics"] if m["name"] == "node.node_cpu_seconds.count"]
    assert {"cpu:0", "mode:idle"} <= {tag for m in modes for tag in m["tags"]}
    assert all(m["type"] == "count" and m["value"] >= 0 for m in modes)
    assert "node.go_gc_duration_seconds.quantile" in found


def test_openmetrics_of_nobody(run):
    url = "http://127.0.0.1:%d/metrics" % free_port()
    got, status = run("openmetrics", {"openmetrics_endpoint": url, "namespace": "x", "metrics": [".+"]})

    assert status == 1
    assert "Connection refused" in got["error"]["message"]
    assert [s["status"] for s in got["service_checks"]] == [2]


def test_tls_with_a_good_certificate(run, certificates):
    port = tls_server(certificates.issue("localhost"))
    instance = {"url": "https://localhost:%d/" % port, "tls_ca_cert": str(certificates.authority)}
    got, status = run("tls_get", instance)

    assert got["error"] is None and status == 0
    assert values(got) == {"tls.status": 200}


def test_tls_with_a_certificate_for_another_name(run, certificates):
    port = tls_server(certificates.issue("elsewhere.example"))
    instance = {"url": "https://localhost:%d/" % port, "tls_ca_cert": str(certificates.authority)}
    got, status = run("tls_get", instance)

    assert status == 1
    assert "certificate verify failed" in got["error"]["message"]
    assert got["metrics"] == []


def test_tls_with_an_authority_nobody_knows(run, certificates):
    port = tls_server(certificates.issue("localhost"))
    got, status = run("tls_get", {"url": "https://localhost:%d/" % port})

    assert status == 1
    assert "certificate verify failed" in got["error"]["message"]
