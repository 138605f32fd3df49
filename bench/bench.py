"""Benchmarks of adder against what else can run a check, printed as ratios.

    python bench/bench.py [ADDER]

Both sides of a line run on this machine one right after the other, so the ratio means
something even where the absolute figures do not. Below 1 adder is the cheaper one. The peers:
"plain" is the same check in CPython with the base package's own stub aggregator (bench/plain.py),
"collectd" is the python plugin of collectd (bench/collectd_peer.py).
"""

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
CHECKS = HERE / "checks"
ADDER = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ADDER", HERE.parent / "build" / "adder")
SCRAPE_SAMPLES = 10000


def run_adder(name, instances, runs=1, env=None):
    """The instances of `adder check --json`, for one configuration file of these instances."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, name + ".yaml")
        config.write_text(json.dumps({"init_config": {}, "instances": instances}))
        command = [ADDER, "check", name, "--json", "--checks", CHECKS, "--config", config, "--times", str(runs)]
        command += ["--pause", "0", "--log-level", "error"]
        out = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, **(env or {})}, check=True)
    return json.loads(out.stdout)["instances"]


def run_plain(name, instances, runs=1):
    command = [sys.executable, HERE / "plain.py", CHECKS, name, json.dumps(instances), str(runs)]
    env = {**os.environ, "DDEV_SKIP_GENERIC_TAGS_CHECK": "1"}
    out = subprocess.run(command, stdout=subprocess.PIPE, env=env, check=True)
    return json.loads(out.stdout)


def metadata(instance):
    return {entry["name"]: entry["value"] for entry in instance["metadata"]}


def median(values):
    return sorted(values)[len(values) // 2]


def line(what, ours, peer, unit, peer_name="plain"):
    ratio = "%6.2f x" % (ours / peer) if peer else "        "
    against = "%10.1f %s %s" % (peer, unit, peer_name) if peer else ""
    print("%-58s %10.1f %-3s %s   %s" % (what, ours, unit, ratio, against), flush=True)


def best(*sides):
    """The best figures of each side, dicts by label, in five rounds.

    A shared machine has slow minutes: sides that take turns meet the same ones.
    """
    rounds = [[side() for side in sides] for _ in range(5)]
    return [{label: min(figures[label] for figures in turns) for label in turns[0]} for turns in zip(*rounds)]


def bench_submissions():
    """Of the fifth run, as in an agent that has run for a while: its buffers have grown."""

    def side(run, **options):
        def figures():
            return {k: float(v) for k, v in run("bench_submit", [{}], runs=5, **options).items()}

        return figures

    def ours(*args, **options):
        return metadata(run_adder(*args, **options)[0])

    def plain(*args, **options):
        return run_plain(*args, **options)["metadata"]

    on, off, peer = best(side(ours), side(ours, env={"ADDER_MEMTRACK_ENABLED": "false"}), side(plain))
    for label in on:
        line(label, on[label], peer[label], "ns")
    for label in on:
        line("  memory account on / off: " + label, on[label], off[label], "ns", "off")
    return on["submit, no tags"]


def bench_collectd(ours):
    """A value dispatched from collectd's python plugin, next to our submission without tags."""
    daemon = shutil.which("collectd", path="/usr/sbin:/usr/bin")
    if daemon is None:
        sys.exit("collectd is not installed: apt install collectd-core")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out")
        config = pathlib.Path(folder, "collectd.conf")
        config.write_text(
            'BaseDir "%s"\nPIDFile "%s/pid"\nInterval 3600\nTypesDB "/usr/share/collectd/types.db"\n'
            "<LoadPlugin python>\n  Globals true\n</LoadPlugin>\n"
            '<Plugin python>\n  ModulePath "%s"\n  Import "collectd_peer"\n</Plugin>\n' % (folder, folder, HERE)
        )
        process = subprocess.Popen(
            [daemon, "-f", "-C", config],
            env={**os.environ, "BENCH_OUT": str(out)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not (out.exists() and out.read_text()) and time.monotonic() < deadline:
            time.sleep(0.2)
        process.terminate()
        process.wait()
        line("submit, no tags", ours, float(out.read_text()), "ns", "collectd")


def bench_empty_run():
    def ours():
        return {"": median(run_adder("bench_empty", [{}], runs=2000)[0]["stats"]["run_seconds"])}

    def plain():
        return {"": median(run_plain("bench_empty", [{}], runs=2000)["run_seconds"])}

    on, peer = best(ours, plain)
    line("an empty run", on[""] * 1e6, peer[""] * 1e6, "us")


def wall(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def bench_first_run():
    """From exec to exit."""

    def ours():
        command = [ADDER, "check", "bench_empty", "--json", "--checks", CHECKS]
        return {"": min(wall(command) for _ in range(5))}

    def plain():
        command = [sys.executable, HERE / "plain.py", CHECKS, "bench_empty", "[{}]", "1"]
        return {"": min(wall(command) for _ in range(5))}

    on, peer = best(ours, plain)
    line("exec to first run finished", on[""] * 1e3, peer[""] * 1e3, "ms")


def bench_size():
    """Proportional set size while the last instance runs."""

    def pss(count):
        instances = [{"number": i} for i in range(count - 1)] + [{"last": True}]
        ours = int(metadata(run_adder("bench_empty", instances)[-1])["pss"])
        plain = int(run_plain("bench_empty", instances)["metadata"]["pss"])
        return ours, plain

    one, one_plain = pss(1)
    hundred, hundred_plain = pss(100)
    line("size with 1 check", one / 1024, one_plain / 1024, "MiB")
    line("size with 100 instances", hundred / 1024, hundred_plain / 1024, "MiB")
    line("  100 instances over 1", (hundred - one) / 1024, (hundred_plain - one_plain) / 1024, "MiB")


@contextlib.contextmanager
def page_of_metrics():
    lines = ["# TYPE requests counter"]
    lines += ['requests_total{path="/p%d",code="200"} %d' % (i, i) for i in range(SCRAPE_SAMPLES)]
    body = ("\n".join(lines) + "\n").encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://127.0.0.1:%d/metrics" % server.server_port
    server.shutdown()


def bench_scrape():
    with page_of_metrics() as url:
        instances = [{"openmetrics_endpoint": url, "metrics": [".+"]}]
        ours = run_adder("bench_scrape", instances, runs=5)[0]["stats"]["run_seconds"]
        plain = run_plain("bench_scrape", instances, runs=5)["run_seconds"]
    line("a scrape of %d samples" % SCRAPE_SAMPLES, min(ours) * 1e3, min(plain) * 1e3, "ms")


def main():
    print("%-58s %14s %8s   %s" % ("", "adder", "ratio", "peer"))
    bare = bench_submissions()
    bench_collectd(bare)
    bench_empty_run()
    bench_first_run()
    bench_size()
    bench_scrape()


main()
