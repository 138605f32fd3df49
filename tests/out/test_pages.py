"""Real readers take the pages, whatever checks have sent."""

import http.server
import json
import math
import random
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest
from conftest import COUNT, KIND_COUNT, Output
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client import parser as text_parser

NAMES = [
    b"system.cpu.user",
    b"a.b",
    b"a_b",
    b"a:b",
    b"9lives",
    b"_x",
    b"",
    b"total",
    b"a.total",
    b"a.count",
    b"a.sum",
    b"a.bucket",
    b"a.created",
    b"a.created.total",
    b"a.total.total",
    b"a",
    b"caf\xc3\xa9",
    b"\xff\xfe\x00",
    b"line\nfeed \"quoted\" back\\slash",
    b"# TYPE a counter",
]
TAGS = [
    b"env:prod",
    b"env:dev",
    b"bare",
    b"le:0.5",
    b"quantile:0.9",
    b"host:other",
    b"job:x",
    b"instance:y",
    b"__name__:evil",
    b":novalue",
    b"novalue:",
    b"",
    b"1st:2",
    b"e-nv:prod",
    b"e_nv:prod",
    b"quote:a\"b",
    b"back:\\",
    b"back2:\\n\\",
    b"feed:a\nb",
    b"cr:a\rb",
    b"nul:a\x00b",
    b"bad:\xff\xfe\xc3",
    b"wide:\xe2\x82\xac\xf0\x9f\x90\x8d",
    b"sep:\xe2\x80\xa8\xc2\x85\x0b\x0c\x1c",
    b"\xc3\xa9:x",
    b"brace:}{a=\"1\"} 5\n",
    b"lower_bound:1",
    b"upper_bound:2",
]
VALUES = [0, 1, -1, 0.1, 1 / 3, 1e300, 5e-324, 123456789.125, math.nan, math.inf, -math.inf, 2**53]


def fill(output, seed):
    r = random.Random(seed)

    def fields():
        return {
            "id": r.choice(["check:1", "check:2"]),
            "tags": sorted(r.sample(TAGS, r.randrange(5))),
            "host": r.choice([b"", b"h1", b"h\xff2"]),
            "time": 1000,
        }

    for _ in range(r.randrange(1, 150)):
        what, name = r.randrange(10), r.choice(NAMES)
        if what < 5:
            device = r.choice([None, b"", b"sda\"1"])
            output.series(name, r.choice(VALUES), kind=r.randrange(2), device=device, **fields())
        elif what < 7:
            output.monotonic(name, r.choice([0, 1, 2.5, 1e9]), **fields())
        elif what < 8:
            output.series(name, r.choice([1, -1, 2]), type=COUNT, kind=KIND_COUNT, **fields())
        elif what < 9:
            values = [r.choice([0, 1e-3, 0.7, 3, 1e7, 1e30, -2]) for _ in range(r.randrange(4))]
            output.sketch(name, values, **fields())
        elif r.random() < 0.5:
            output.send("service_check", name=name, status=r.randrange(-1, 5), **fields())
        else:
            output.send("event", alert_type=r.choice([b"", b"error", b"\xff"]), host=b"h", time=1000)


def lines_of(page):
    return page.split("\n")[:-1]


def samples_of(page):
    return [line for line in lines_of(page) if not line.startswith("#")]


def assert_is_in_order(page):
    """Each family is announced once, and its samples follow: what no reader looks at as strictly."""
    announced, seen = set(), set()
    name = kind = None
    for line in lines_of(page):
        if line == "# EOF":
            continue
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in announced, line
            announced.add(name)
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == name, line
            kind = line.split(" ")[3]
        else:
            sample = re.match(r"[a-zA-Z0-9_]+", line).group()
            suffixes = {"histogram": ["_bucket", "_sum", "_count"], "counter": ["", "_total"]}
            assert sample in [name + s for s in suffixes.get(kind, [""])], line
            series = line.rsplit(" ", 1)[0]
            assert series not in seen, line
            seen.add(series)


def read_text(page):
    return {
        (s.name, tuple(sorted(s.labels.items()))): s.value
        for family in text_parser.text_string_to_metric_families(page)
        for s in family.samples
    }


def read_openmetrics(page):
    return {
        (s.name, tuple(sorted(s.labels.items()))): s.value
        for family in openmetrics_parser.text_string_to_metric_families(page)
        for s in family.samples
    }


def promtool(page):
    assert shutil.which("promtool"), "promtool is not installed: ./dev test installs it"
    return subprocess.run(["promtool", "check", "metrics"], input=page.encode(), capture_output=True, timeout=60)


@pytest.mark.parametrize("seed", range(60))
def test_odd_series_make_good_pages(output, seed):
    fill(output, seed)
    text, openmetrics, _ = output.pages(time=1000)
    assert_is_in_order(text)
    assert_is_in_order(openmetrics)
    assert samples_of(text) == samples_of(openmetrics)
    assert len(read_text(text)) == len(samples_of(text))
    assert len(read_openmetrics(openmetrics)) == len(samples_of(openmetrics))
    assert lines_of(openmetrics)[-1] == "# EOF"


KINDS = {
    "gauge": lambda output, name: output.series(name, 1),
    "counter": lambda output, name: output.monotonic(name, 1),
    "histogram": lambda output, name: output.sketch(name, [1]),
}
SUFFIXES = ["", ".total", ".created", ".count", ".sum", ".bucket", ".created.total", ".total.total"]


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_names_that_openmetrics_reserves_do_no_harm(one, other):
    for base in ("a", "a.created", "a.total"):
        for suffix in SUFFIXES:
            output = Output()
            KINDS[one](output, base)
            KINDS[other](output, "a" + suffix)
            text, openmetrics, collisions = output.pages()
            assert_is_in_order(text)
            assert_is_in_order(openmetrics)
            read_openmetrics(openmetrics)
            if "histogram" not in (one, other) and collisions:
                assert openmetrics.count("# TYPE") == 1


def test_promtool_reads_odd_pages():
    for seed in range(12):
        output = Output()
        fill(output, seed)
        done = promtool(output.pages(time=1000)[0])
        # 3: it read everything, and does not like some of the names.
        assert done.returncode in (0, 3), done.stderr.decode()


def test_promtool_has_nothing_to_say_about_a_tidy_page(output):
    output.series("system.cpu.user", 12.5, host="h", tags=["env:prod"])
    output.series("system.disk.in_use", 0.5, host="h", device="sda1")
    output.monotonic("system.net.packets_in", 12, host="h", tags=["interface:eth0"])
    output.sketch("request.duration", [0.01, 0.5, 3], host="h")
    output.send("service_check", name="redis.can_connect", status=0, host="h")
    output.send("event", alert_type="info", host="h")
    done = promtool(output.pages()[0])
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def label_name(raw, own):
    name = re.sub("[^a-zA-Z0-9_]", "_", raw.decode("utf-8", "replace"))
    if not re.match(rb"[a-zA-Z]", raw) or name in ("host", "instance", "job", "le", "quantile", *own):
        return "exported_" + name
    return name


def labels_of(tags, **own):
    """The documented rules once more, in other words."""
    labels = {key: {value} for key, value in own.items() if value}
    for tag in tags:
        key, colon, value = tag.partition(b":")
        if not tag or (colon and not value):
            continue
        labels.setdefault(label_name(key, own), set()).add(value if colon else b"true")
    return {k: ",".join(v.decode("utf-8", "replace") for v in sorted(vs)) for k, vs in labels.items()}


@pytest.mark.parametrize("read, page", [(read_text, 0), (read_openmetrics, 1)])
def test_labels_are_read_back(output, read, page):
    r = random.Random(1)
    wanted = {}
    for i in range(500):
        tags = sorted(r.sample(TAGS, r.randrange(6)))
        labels = labels_of([*tags, b"n:%d" % i], host=b"h")
        output.series("m", i, host="h", tags=[*tags, b"n:%d" % i])
        wanted["m", tuple(sorted(labels.items()))] = i
    assert read(output.pages()[page]) == wanted


def test_values_are_read_back(output):
    r = random.Random(2)
    wanted = [r.uniform(-1, 1) * 10 ** r.randrange(-12, 20) for _ in range(300)] + VALUES
    for i, value in enumerate(wanted):
        output.series("m", value, tags=[f"n:{i}"])
    for read, page in ((read_text, 0), (read_openmetrics, 1)):
        found = read(output.pages()[page])
        for i, value in enumerate(wanted):
            got = found["m", (("n", str(i)),)]
            assert got == value or math.isnan(got) and math.isnan(value)


def test_collisions_are_counted(output):
    output.series("a.b", 1)
    output.series("a_b", 2)
    output.series("a-b", 3)
    text, openmetrics, collisions = output.pages()
    assert collisions == 2
    assert samples_of(text) == samples_of(openmetrics) == ["a_b 1"]


# ---- A Prometheus that scrapes ------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Pages(http.server.BaseHTTPRequestHandler):
    types = {
        "/text": "text/plain; version=0.0.4; charset=utf-8",
        "/openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    }
    bodies = {}

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", self.types[self.path])
        self.end_headers()
        self.wfile.write(self.bodies[self.path].encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def pages():
    """Where pages are served from, until the test is over."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def prometheus(pages, tmp_path):
    """Asks a Prometheus that scrapes the pages, in the job of the format."""
    assert shutil.which("prometheus"), "prometheus is not installed: ./dev test installs it"
    jobs = [
        {"job_name": job, "metrics_path": "/" + job, "static_configs": [{"targets": [f"127.0.0.1:{pages}"]}]}
        for job in ("text", "openmetrics")
    ]
    config = tmp_path / "prometheus.yml"
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
    port = free_port()
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def ask(query):
        url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]["result"]

    yield ask
    process.kill()
    process.wait()


def ask_until(ask, query, count):
    """The answer, as soon as there are so many results."""
    deadline = time.monotonic() + 60
    while True:
        try:
            result = ask(query)
        except OSError:
            result = []
        if len(result) >= count or time.monotonic() > deadline:
            return result
        time.sleep(0.2)


def test_prometheus_scrapes_odd_pages(prometheus):
    output = Output()
    for seed in range(8):
        fill(output, seed)
    for i, tag in enumerate(TAGS):
        output.series("labels", i, tags=[tag, f"n:{i}"], time=1000)
    text, openmetrics, _ = output.pages(time=1000)
    Pages.bodies = {"/text": text, "/openmetrics": openmetrics}
    for job, page in (("text", text), ("openmetrics", openmetrics)):
        assert ask_until(prometheus, f'scrape_samples_scraped{{job="{job}"}} > 0', 1)
        [up] = prometheus(f'up{{job="{job}"}}')
        assert up["value"][1] == "1"
        [scraped] = prometheus(f'scrape_samples_scraped{{job="{job}"}}')
        assert int(scraped["value"][1]) == len(samples_of(page))
        [stored] = prometheus(f'scrape_samples_post_metric_relabeling{{job="{job}"}}')
        assert stored["value"][1] == scraped["value"][1]
        [distinct] = prometheus(f'count({{__name__!~"up|scrape_.*",job="{job}"}})')
        assert distinct["value"][1] == scraped["value"][1]
        results = ask_until(prometheus, f'labels{{job="{job}"}}', len(TAGS))
        assert len(results) == len(TAGS)
        for result in results:
            labels = {k: v for k, v in result["metric"].items() if k not in ("__name__", "job", "instance")}
            number = int(result["value"][1])
            assert labels == labels_of([TAGS[number], b"n:%d" % number])
