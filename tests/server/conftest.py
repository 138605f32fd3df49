"""The server of src/server with canned documents (canned.c), and a browser."""

import contextlib
import http.client
import json
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import threading

import pytest
import sample
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

PROGRAM = pathlib.Path(os.environ["ADDER"]).parent / "server-canned"
TOKEN = "a-token-of-the-tests"


class Response:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Server:
    """A running server-canned. Whoever waits for it waits 20 seconds at most."""

    def __init__(self, folder, listen="127.0.0.1:0", token=TOKEN, **limits):
        self.folder = folder
        self.put("status.json", json.dumps(sample.status([sample.check("disk")])))
        self.put("checks.json", "[]")
        self.put("memory.json", "{}")
        self.put("metrics.txt", "a 1\n")
        self.start(listen, token, **limits)

    def start(self, listen, token=TOKEN, **limits):
        arguments = ["%s=%d" % item for item in limits.items()]
        self.process = subprocess.Popen(
            [PROGRAM, self.folder, listen, token, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=[self.process, self.lines], daemon=True).start()
        self.address = self.line()
        self.port = int(self.address.rsplit(":", 1)[1]) if self.address.startswith("http") else None

    @staticmethod
    def read(process, lines):
        for line in process.stdout:
            lines.put(line.rstrip("\n"))

    def put(self, name, text):
        # In one step: the server may be reading it.
        (self.folder / "new").write_text(text)
        (self.folder / "new").rename(self.folder / name)

    def line(self):
        """The next line the server prints."""
        return self.lines.get(timeout=20)

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def stats(self):
        self.tell("stats")
        return json.loads(self.line())

    def connection(self):
        if self.port is None:
            return UnixConnection(self.address[len("unix:"):])
        host = self.address[len("http://"):].rsplit(":", 1)[0].strip("[]").replace("0.0.0.0", "127.0.0.1")
        return http.client.HTTPConnection(host, self.port, timeout=20)

    def ask(self, path, method="GET", headers=None, body=None):
        connection = self.connection()
        connection.request(method, path, body, headers or {})
        response = Response(connection.getresponse())
        connection.close()
        return response

    def post(self, path, **headers):
        return self.ask(path, "POST", {"Authorization": "Bearer " + TOKEN, **headers})

    def socket(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def raw(self, data):
        """All that the server answers to these bytes until it closes the connection."""
        with self.socket() as s:
            with contextlib.suppress(OSError):  # it may have had enough before all is sent
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            return read_all(s)

    def end(self):
        """Ends it in order; it reports memory that is still there."""
        if self.process.poll() is None:
            self.process.stdin.close()
        assert self.process.wait(20) == 0


def read_all(s):
    parts = []
    try:
        while part := s.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.fixture
def make_server(tmp_path):
    servers = []

    def make(*args, **options):
        folder = tmp_path / ("server%d" % len(servers))
        folder.mkdir()
        servers.append(Server(folder, *args, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def server(make_server):
    return make_server()


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium. That it is not installed is a failure: ./dev test installs it."""
    programs = [shutil.which("chromium"), shutil.which("chromedriver")]
    assert all(programs), "chromium and chromium-driver are not installed"
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(programs[1]))
    driver.set_window_size(1280, 900)
    yield driver
    driver.quit()


def is_one_line(response):
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return response.text.endswith("\n") and response.text.count("\n") == 1 and "<" not in response.text
