"""What the server puts up with: sizes, times and numbers of requests."""

import time

import pytest
from conftest import TOKEN, is_one_line, read_all

# ---- Sizes and times


def test_a_head_that_is_too_large(server):
    big = server.ask("/", headers={"X-Large": "x" * 33_000})
    assert big.status == 431 and is_one_line(big)
    assert server.ask("/", headers={"X-Large": "x" * 31_000}).status == 200
    assert server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n").split(b" ")[1] == b"431"
    many = b"".join(b"X-%d: y\r\n" % i for i in range(20_000))
    assert server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n").split(b" ")[1] == b"431"
    assert server.raw(b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n").split(b" ")[1] in (b"414", b"431")
    assert server.ask("/health/live").status == 200


def test_a_body_that_is_too_large(server):
    run = b"POST /api/v1/checks/a/run HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
    for length, status in ((65536, b"202"), (65537, b"413"), (10**15, b"413")):
        head = run + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % length
        assert server.raw(head + b"x" * min(length, 65536)).split(b" ")[1] == status, length
    chunked = server.raw(run + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert chunked.split(b" ")[1] == b"411"


def test_a_body_is_not_taken_from_strangers(server):
    got = server.raw(b"POST /api/v1/checks/a/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n\r\n")

    assert got.startswith(b"HTTP/1.1 401 ")


GARBAGE = [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
    b"GET /%zz%00%ff?%=&&&=%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    bytes(range(256)) * 10,
]


@pytest.mark.parametrize("data", GARBAGE)
def test_garbage_is_answered_or_dropped(server, data):
    got = server.raw(data)

    assert not got.startswith(b"HTTP/1.1 200")
    assert server.ask("/health/live").status == 200


def test_who_sends_byte_by_byte_is_cut_off(make_server):
    server = make_server(request_s=2)
    with server.socket() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nX: ")
        with pytest.raises(OSError):
            for _ in range(200):
                slow.sendall(b"x")
                time.sleep(0.1)
                assert server.ask("/health/live").status == 200


def test_who_sends_a_body_byte_by_byte_is_cut_off(make_server):
    server = make_server(request_s=2)
    head = "POST /api/v1/checks/a/run HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\n"
    with server.socket() as slow:
        slow.sendall((head % TOKEN).encode())
        with pytest.raises(OSError):
            for _ in range(200):
                slow.sendall(b"x")
                time.sleep(0.1)


def test_who_says_nothing_is_cut_off(make_server):
    server = make_server(request_s=1)
    with server.socket() as silent:
        assert read_all(silent) == b""


def test_who_does_not_read_is_cut_off(make_server):
    server = make_server(response_s=2)
    server.put("metrics.txt", "a 1\n" * 5_000_000)
    with server.socket() as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = slow.recv(1)
        deadline = time.monotonic() + 20
        while server.stats()["connections"] > 0 and time.monotonic() < deadline:
            received += slow.recv(1)
            time.sleep(0.05)
        assert server.stats()["connections"] == 0
    assert received.startswith(b"HTTP/1.1 200")


def test_large_responses_are_limited_together(make_server):
    server = make_server(replies_bytes=50_000_000)
    server.put("metrics.txt", "a 1\n" * 5_000_000)
    with server.socket() as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
        got = server.ask("/metrics")
        assert got.status == 503 and is_one_line(got)
        server.put("metrics.txt", "a 1\n")
        assert server.ask("/metrics").status == 200
    deadline = time.monotonic() + 20
    server.put("metrics.txt", "a 1\n" * 5_000_000)
    while server.ask("/metrics", "HEAD").status != 200:
        assert time.monotonic() < deadline


def test_a_full_house_has_room_for_who_asks(make_server):
    server = make_server(connections=8)
    idle = [server.socket() for _ in range(20)]
    for _ in range(5):
        assert server.ask("/health/live").status == 200
    deadline = time.monotonic() + 20
    while server.stats()["connections"] > 8:
        assert time.monotonic() < deadline
    for s in idle:
        s.close()


def test_nobody_is_missed_when_many_ask_at_once(server):
    sockets = [server.socket() for _ in range(200)]
    for s in sockets:
        s.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    for s in sockets:
        assert read_all(s).startswith(b"HTTP/1.1 200 OK")
        s.close()


def test_pipelined_requests_are_answered_in_order(server):
    request = b"GET /health/%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
    got = server.raw(request % (b"live", b"") + request % (b"x", b"") + request % (b"ready", b"Connection: close\r\n"))

    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


def test_it_ends_with_everything_under_way(make_server):
    server = make_server()
    sockets = [server.socket() for _ in range(4)]
    for s, request in zip(sockets, ("GET /api/v1/tail", "POST /api/v1/checks/late/diagnose", "GET /met", "GET /api/v1/tail?filter=x")):
        ends = "\r\n\r\n" if request != "GET /met" else ""
        s.sendall(("%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s%s" % (request, TOKEN, ends)).encode())
    assert server.line() == "diagnose late"
    server.end()
    for s in sockets:
        read_all(s)
        s.close()


def test_an_idle_server_sleeps(server):
    server.ask("/health/live")
    stat_path = "/proc/%d/status" % server.process.pid

    def switches():
        with open(stat_path) as f:
            return sum(int(line.split()[1]) for line in f if "ctxt_switches" in line)

    time.sleep(0.5)
    before = switches()
    time.sleep(2)
    assert switches() == before
