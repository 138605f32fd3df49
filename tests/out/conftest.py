"""Pages of the Prometheus output, made by the program out-page, and readers of such pages."""

import json
import os
import pathlib
import subprocess

import pytest

PROGRAM = pathlib.Path(
    os.environ.get("ADDER", pathlib.Path(__file__).resolve().parents[2] / "build" / "adder")
).with_name("out-page")

GAUGE, RATE, COUNT = 0, 1, 2
KIND_GAUGE, KIND_COUNT, KIND_MONOTONIC = 0, 2, 3


class Output:
    """What is sent, as bytes or text, and the pages that come of it."""

    def __init__(self):
        self.lines = []

    def send(self, do, check="check", id="check:1", **fields):
        self.lines.append({"do": do, "check": check, "id": id, **fields})

    def series(self, name, value, type=GAUGE, kind=KIND_GAUGE, **fields):
        value = value if isinstance(value, int) else repr(value)
        self.send("series", name=name, value=value, type=type, kind=kind, **fields)

    def monotonic(self, name, value, **fields):
        self.series(name, value, type=COUNT, kind=KIND_MONOTONIC, **fields)

    def sketch(self, name, values, **fields):
        self.send("sketch", name=name, values=values, **fields)

    def pages(self, time=0):
        """The text page, the OpenMetrics page, and how many series are in neither."""
        wishes = [{"do": "page", "openmetrics": o, "time": time} for o in (False, True)]
        lines = "".join(json.dumps(latin(line)) + "\n" for line in self.lines + wishes)
        done = subprocess.run([PROGRAM], input=lines.encode(), capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        pages, rest = [], done.stdout
        while rest:
            head, rest = rest.split(b"\n", 1)
            size, collisions, dropped = map(int, head.split())
            assert dropped == 0
            pages.append(rest[:size].decode())  # must be UTF-8
            rest = rest[size:]
        return (*pages, collisions)


def latin(value):
    """Bytes, and text as its UTF-8 bytes, as text with one character per byte."""
    if isinstance(value, dict):
        return {key: latin(item) for key, item in value.items()}
    if isinstance(value, list):
        return [latin(item) for item in value]
    if isinstance(value, str):
        value = value.encode()
    return value.decode("latin-1") if isinstance(value, bytes) else value


@pytest.fixture
def output():
    return Output()
