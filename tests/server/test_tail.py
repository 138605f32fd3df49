"""/api/v1/tail: server-sent events, filters, slow clients."""

import contextlib
import json
import time

import pytest


class Tail:
    """A client. Events are (name, data) and comments (None, text)."""

    def __init__(self, server, query="", headers="Host: localhost\r\n"):
        self.socket = server.socket()
        self.socket.sendall(("GET /api/v1/tail%s HTTP/1.1\r\n%s\r\n" % (query, headers)).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, _, text = line.decode().partition(": ")
            self.headers[name] = text
        self.text = b""

    def chunk(self):
        length = int(self.file.readline(), 16)
        self.text += self.file.read(length)
        self.file.readline()
        return length

    def event(self):
        while b"\n\n" not in self.text:
            assert self.chunk() > 0, "the tail has ended"
        block, _, self.text = self.text.partition(b"\n\n")
        fields = dict(line.partition(":")[::2] for line in block.decode().split("\n"))
        if "data" in fields:
            return fields.get("event", "").strip() or "message", json.loads(fields["data"])
        return None, fields

    def events(self):
        """Only what has data."""
        while True:
            name, data = self.event()
            if name:
                yield name, data

    def next(self):
        return next(self.events())[1]

    def close(self):
        self.file.close()
        self.socket.close()


def send(server, id, name, **more):
    server.tell("tail %s %s %s" % (id, name, json.dumps({"id": id, "name": name, **more})))
    assert server.line() == "tailed"


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_lines_come_as_events(server):
    tail = Tail(server)
    assert (tail.status, tail.headers["Content-Type"]) == (200, "text/event-stream")
    assert tail.headers["Cache-Control"] == "no-store"
    assert tail.event() == (None, {"retry": " 3000"})

    send(server, "disk:1", "system.disk.used", tags=["\u2603", "</script>", "a\nb"])

    assert tail.event() == ("message", {"id": "disk:1", "name": "system.disk.used", "tags": ["\u2603", "</script>", "a\nb"]})
    tail.close()


FILTERS = [
    ("", ["disk:1 system.disk.used", "cpu:2 system.cpu.user", "cpu:3 system.cpu.idle"]),
    ("disk", ["disk:1 system.disk.used"]),
    ("system.cpu", ["cpu:2 system.cpu.user", "cpu:3 system.cpu.idle"]),
    ("cpu:3", ["cpu:3 system.cpu.idle"]),
    ("cpu%3A*", ["cpu:2 system.cpu.user", "cpu:3 system.cpu.idle"]),
    ("*.user", ["cpu:2 system.cpu.user"]),
    ("system.???.*e?", ["cpu:2 system.cpu.user"]),
    ("CPU", []),
    ("system.cpu?", []),
    ("%00", []),
]


@pytest.mark.parametrize("filter, expected", FILTERS)
def test_a_filter_is_part_of_an_id_or_a_name_or_a_pattern(server, filter, expected):
    tail = Tail(server, "?filter=" + filter)
    for line in FILTERS[0][1]:
        send(server, *line.split())
    everything = Tail(server)
    send(server, "the-end:" + filter.replace("%3A", ":").replace("*", "").replace("?", "x"), "x")
    everything.close()
    server.end()

    got = []
    with contextlib.suppress(AssertionError, ValueError):
        for _, data in tail.events():
            got.append("%s %s" % (data["id"], data["name"]))
    assert [line for line in got if not line.startswith("the-end")] == expected
    tail.close()


def test_a_filter_that_is_too_long(server):
    assert Tail(server, "?filter=" + "x" * 256).status == 200
    assert Tail(server, "?filter=" + "x" * 257).status == 400


def test_a_costly_pattern_costs_little(server):
    tail = Tail(server, "?filter=" + "*a" * 100 + "b")
    for _ in range(100):
        send(server, "a" * 2000, "x" * 2000)
    send(server, "a" * 2000 + "b", "x")
    assert tail.next()["name"] == "x"
    tail.close()


def test_without_clients_nothing_is_kept(server):
    assert server.stats()["has_tails"] is False
    server.tell("flood 1000")
    assert server.line() == "flooded"
    assert server.stats()["tail_lines"] == 0

    tail = Tail(server)
    assert server.stats()["has_tails"] is True
    tail.close()
    wait_until(lambda: not server.stats()["has_tails"])


def test_a_quiet_tail_has_heartbeats(make_server):
    server = make_server(heartbeat_s=1)
    tail = Tail(server)
    assert [tail.event() for _ in range(3)] == [(None, {"retry": " 3000"}), (None, {"": ""}), (None, {"": ""})]
    tail.close()


def test_a_heartbeat_keeps_a_tail_past_the_time_of_requests(make_server):
    server = make_server(heartbeat_s=1, request_s=2, response_s=2)
    tail = Tail(server)
    for _ in range(6):
        tail.event()
    send(server, "disk:1", "x")
    assert tail.next()["name"] == "x"
    tail.close()


def test_a_slow_client_loses_lines_and_is_told(make_server):
    server = make_server(tail_bytes=20_000)
    tail, other = Tail(server), Tail(server)
    assert tail.event() == other.event()
    total = 200_000
    for _ in range(4):
        server.tell("flood %d" % (total // 4))
        assert server.line() == "flooded"
        assert server.ask("/health/live").status == 200
    stats = server.stats()
    assert stats["tail_lines"] + stats["tail_lost"] == 2 * total
    assert stats["tail_lost"] > total

    got = {"message": 0, "lost": 0}
    for name, data in tail.events():
        got[name] += data["lines"] if name == "lost" else 1
        if sum(got.values()) == total:
            break
    assert got["lost"] > 0 and got["message"] > 100
    send(server, "disk:1", "after")
    assert tail.next()["name"] == "after"
    tail.close()
    other.close()


def test_a_client_that_stops_reading_is_dropped(make_server):
    server = make_server(request_s=2, heartbeat_s=1)
    tail = Tail(server)

    def is_dropped():
        server.tell("flood 10000")  # until the buffers of the system are full
        assert server.line() == "flooded"
        return server.stats()["tails"] == 0

    wait_until(is_dropped)
    tail.close()


def test_tails_are_limited(server):
    tails = [Tail(server) for _ in range(32)]
    refused = Tail(server)
    assert [tail.status for tail in tails] == [200] * 32
    assert refused.status == 503
    refused.close()
    tails.pop().close()
    wait_until(lambda: server.stats()["tails"] == 31)
    tails.append(Tail(server))
    assert tails[-1].status == 200
    for tail in tails:
        tail.close()
    wait_until(lambda: server.stats()["tails"] == 0)


def test_all_that_fits_arrives_in_order(make_server):
    server = make_server(tail_bytes=10_000_000)
    tail = Tail(server)
    for i in range(500):
        server.tell("tail disk:1 n%d %s" % (i, json.dumps({"i": i, "pad": "x" * (i * 7 % 1000)})))
    assert [tail.next()["i"] for _ in range(500)] == list(range(500))
    tail.close()
