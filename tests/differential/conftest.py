"""A small web server that the checks of these tests talk to."""

import http.server
import threading

import pytest

PAGE = """\
# HELP up Whether it is.
# TYPE up gauge
up{job="a"} 1
up{job="b"} 0
# TYPE requests_total counter
requests_total{code="200"} 42
requests_total{code="500"} 1
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.1"} 3
latency_seconds_bucket{le="1"} 5
latency_seconds_bucket{le="+Inf"} 6
latency_seconds_sum 2.5
latency_seconds_count 6
# TYPE size_bytes summary
size_bytes{quantile="0.5"} 100
size_bytes{quantile="0.99"} 900
size_bytes_sum 1234
size_bytes_count 10
# TYPE odd gauge
odd{text="größe \\"quoted\\""} 1.5e-3
odd{text="nan"} NaN
"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = PAGE if self.path == "/metrics" else "hello"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("X-Saw-User-Agent", self.headers.get("User-Agent", ""))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def web_server():
    """The server's URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://127.0.0.1:%d" % server.server_port
    server.shutdown()
