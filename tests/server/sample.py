"""Documents as the agent's API has them, with contents that want to break a page."""

import time

MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
NASTY = [
    MARKUP,
    "</script></style><h1>out</h1>",
    "\u202egnirts desrever\u202c",
    "javascript:alert(1)",
    "a\nb\tc\x01\x7f",
    "{{7*7}}${7*7}",
    "' onmouseover='document.title=\"owned\"",
    "snow \u2603 and \U0001f40d",
    "x" * 2000,
    "__proto__",
    "&lt;b&gt;",
]

TRACEBACK = """Traceback (most recent call last):
  File "/opt/checks/redisdb.py", line 171, in check
    self._check_db()
  File "/opt/checks/redisdb.py", line 203, in _check_db
    info = conn.info()
  File "/opt/venv/lib/python3.11/site-packages/redis/connection.py", line 363, in connect
    raise ConnectionError(self._error_message(e))
redis.exceptions.ConnectionError: Error 111 connecting to 10.0.0.7:6379. Connection refused.
"""

REPORT = """Fatal Python error: Segmentation fault

Thread 0x00007f3c2c7fe6c0 (most recent call first):
  File "/opt/checks/native_probe.py", line 42 in read_counters
  File "/opt/checks/native_probe.py", line 77 in check
  File "/opt/venv/lib/python3.11/site-packages/datadog_checks/base/checks/base.py", line 1319 in run
"""


def memory(inuse):
    return {
        "border": {"inuse_bytes": 0, "allocations": 10, "allocated_bytes": 512, "frees": 10, "freed_bytes": 512, "untracked_frees": 0},
        "python": {"inuse_bytes": inuse, "total_bytes": inuse * 9},
    }


def check(name, number=0, **changes):
    """A check that is fine, but for the changes."""
    given = {
        "name": name,
        "id": "%s:%016x" % (name, 0x5EED000000000000 + number),
        "instance": 0,
        "version": "1.0.0",
        "source": "conf.d/%s.d/conf.yaml" % name,
        "state": "waiting",
        "quarantined": False,
        "runs": 10,
        "errors": 0,
        "late": 0,
        "skipped": 0,
        "last_error": None,
        "last_warnings": [],
        "last_seconds": 0.0042,
        "avg_seconds": 0.0051,
        "max_seconds": 0.031,
        "cpu_seconds": 0.4,
        "lateness_seconds": 0.0003,
        "samples": 120,
        "last_samples": 12,
        "series": 12,
        "dropped": 0,
        "memory": memory(400_000),
        "last_run": time.time() - 4,
        "last_good_run": time.time() - 4,
        "next_run_seconds": 11.2,
        "interval_seconds": 15,
        "worker": 4242,
        "verdicts": [],
    }
    given.update(changes)
    return given


def verdict(text, reason="memory", report=None, ago=60):
    return {"time": time.time() - ago, "reason": reason, "text": text, "report": report}


def failing(name="redisdb", **changes):
    error = {"message": "Error 111 connecting to 10.0.0.7:6379. Connection refused.", "traceback": TRACEBACK}
    return check(name, errors=3, last_error=error, **changes)


def quarantined(name="native_probe", **changes):
    verdicts = [
        verdict("crashed: signal 11 (Segmentation fault)", "signal", REPORT, 42),
        verdict("killed: memory 212 MiB > 200 MiB", ago=700),
    ]
    changes = {"state": "quarantined", "quarantined": True, "verdicts": verdicts, "next_run_seconds": 118, **changes}
    return check(name, **changes)


def broken(name="oracle", **changes):
    error = {"message": "ModuleNotFoundError: No module named 'oracledb'", "traceback": TRACEBACK}
    return check(name, state="failed to load", runs=0, last_error=error, worker=0, next_run_seconds=-1, **changes)


def status(checks=(), **changes):
    given = {
        "version": "0.1.0",
        "uptime_seconds": 273912.4,
        "hostname": "web-7.example.net",
        "python": "3.11.2",
        "checks": list(checks),
        "workers": [
            {"pid": 4242, "state": "up", "checks": [c["id"] for c in checks], "rss_bytes": 31_400_000, "started": time.time() - 273900},
        ],
        "outputs": [
            {"name": "prometheus", "series": 18234, "sketches": 0, "service_checks": 40, "events": 1, "dropped": 0, "last_error": None},
        ],
        "config_errors": [],
    }
    given.update(changes)
    return given
