"""Real servers on loopback: Redis, node_exporter, and web servers with certificates."""

import http.server
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

CHECKS = pathlib.Path(__file__).parent / "checks"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process):
    """Returns once something listens on the port."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nothing listens on port %d" % port)


def serve(command, port):
    """Runs a server until the test session ends. A server that is not installed is a failure:
    ./dev test installs it."""
    assert shutil.which(command[0]), "%s is not installed" % command[0]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory):
    port = free_port()
    folder = str(tmp_path_factory.mktemp("redis"))
    yield from serve(["redis-server", "--port", str(port), "--dir", folder, "--save", ""], port)


@pytest.fixture(scope="session")
def node_exporter_port():
    port = free_port()
    command = ["prometheus-node-exporter", "--web.listen-address=127.0.0.1:%d" % port]
    yield from serve(command, port)


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stderr=subprocess.PIPE)


class Certificates:
    """An authority and the certificates it issued."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = folder / "ca.pem"
        openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority"),
            *("-keyout", folder / "ca.key", "-out", self.authority),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )

    def issue(self, name, days=2):
        """A certificate for a DNS name; the file holds key and certificate."""
        key, request, cert = (self.folder / (name + end) for end in (".key", ".csr", ".crt"))
        extension = self.folder / (name + ".ext")
        extension.write_text("subjectAltName=DNS:%s\n" % name)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", key, "-out", request)
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.folder / "ca.key"),
            *("-CAcreateserial", "-days", days, "-extfile", extension, "-out", cert),
        )
        both = self.folder / (name + ".pem")
        both.write_text(key.read_text() + cert.read_text())
        return both


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


def tls_server(certificate):
    """Port of a web server that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def run(tmp_path):
    """run(check, instance, *options): the one instance of `adder check --json`, and the exit
    status."""

    def call(check, instance, *options):
        config = tmp_path / (check + ".yaml")
        config.write_text(json.dumps({"instances": [instance]}))
        command = [os.environ["ADDER"], "check", check, "--json", "--checks", CHECKS, "--config", config]
        command += ["--venv", os.environ["ADDER_VENV"], "--python", os.environ["ADDER_PYTHON"]]
        done = subprocess.run([*command, *options], stdout=subprocess.PIPE, timeout=120)
        (one,) = json.loads(done.stdout)["instances"]
        return one, done.returncode

    return call
