import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from datadog_checks.base import AgentCheck

PAYLOAD = b"""\
# TYPE queue_length gauge
queue_length{queue="in"} 3
queue_length{queue="out"} 5
# TYPE jobs_total counter
jobs_total 17
"""


class Endpoint(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(PAYLOAD)

    def log_message(self, *args):
        pass


@pytest.fixture
def url():
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/metrics"
        server.shutdown()


def test_everything_is_taken_by_default(make, run, url):
    result = run(make("openmetrics", {"openmetrics_endpoint": url, "namespace": "app", "tags": ["role:test"]}))
    assert result.types() == {"app.queue_length": "gauge", "app.jobs.count": "monotonic_count"}
    assert result.values("queue:in", f"endpoint:{url}", "role:test") == {"app.queue_length": 3}
    assert result.values("queue:out") == {"app.queue_length": 5}
    assert [(s.name, s.status) for s in result.service_checks] == [("app.openmetrics.health", AgentCheck.OK)]


def test_metrics_selects(make, run, url):
    result = run(make("openmetrics", {"openmetrics_endpoint": url, "metrics": [{"queue_length": "queue.size"}]}))
    assert result.names() == {"queue.size"}


def test_an_endpoint_that_does_not_answer_is_an_error(make):
    check = make("openmetrics", {"openmetrics_endpoint": "http://127.0.0.1:9/metrics"})
    assert "There was an error scraping endpoint" in check.run()
