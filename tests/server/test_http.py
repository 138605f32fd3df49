"""What the server answers, to whom, and what it puts up with."""

import base64
import json
import os
import stat
import time

import pytest
from conftest import TOKEN, read_all

SECURITY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_one_line(response):
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return response.text.endswith("\n") and response.text.count("\n") == 1 and "<" not in response.text


# ---- Paths


@pytest.mark.parametrize("name", ["status", "checks", "memory"])
def test_json_is_served_as_the_source_has_it(server, name):
    document = {"nasty": ["</script>", "\u2603", "a\u0000b", '"'], "n": 1.5}
    server.put(name + ".json", json.dumps(document))

    got = server.ask("/api/v1/" + name)

    assert (got.status, got.headers["Content-Type"]) == (200, "application/json")
    assert got.json() == document


def test_a_source_without_memory_is_an_error(server):
    (server.folder / "status.json").unlink()

    got = server.ask("/api/v1/status")

    assert got.status == 500 and is_one_line(got) and "memory" in got.text


def test_metrics_come_in_the_format_that_was_asked_for(server):
    server.put("metrics.txt", "a 1\n" * 100_000)

    plain = server.ask("/metrics")
    openmetrics = server.ask("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})

    assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert plain.text == "a 1\n" * 100_000
    assert openmetrics.headers["Content-Type"].startswith("application/openmetrics-text")
    assert plain.headers["Vary"] == "Accept"


@pytest.mark.parametrize("name", ["live", "ready"])
def test_health_has_a_status_and_a_reason(server, name):
    well = server.ask("/health/" + name)
    server.put(name, "the loop has stood still\nfor 20 s")
    unwell = server.ask("/health/" + name)
    server.put(name, "")
    silent = server.ask("/health/" + name)

    assert (well.status, well.text) == (200, "ok\n")
    assert (unwell.status, unwell.text) == (503, "the loop has stood still for 20 s\n")
    assert (silent.status, silent.text) == (503, "not ok\n")


def test_the_page_has_a_policy_that_lets_it_run(server):
    got = server.ask("/")
    policy = got.headers["Content-Security-Policy"]

    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    assert got.text.startswith("<!doctype html>") and got.text.endswith("</html>\n")
    assert policy.startswith("default-src 'none'; connect-src 'self'")
    assert policy.count("'sha256-") == 2 and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/status", "/nowhere", "/health/live"])
def test_every_response_has_the_security_headers(server, path):
    got = server.ask(path)

    assert {name: got.headers[name] for name in SECURITY} == SECURITY
    assert len(got.headers.get_all("Content-Security-Policy")) == 1
    assert got.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/index.html", "//", "/metrics/", "/api/v1", "/api/v1/status/x", "/%2e%2e/etc/passwd", "/api/v1/checks//run", "/api/v1/checks/run", "/%00"],
)
def test_other_paths_are_not_found(server, path):
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        got = server.ask(path, method, {"Authorization": "Bearer " + TOKEN})
        assert got.status == 404 and is_one_line(got), method


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO", "get"])
def test_pages_are_only_read(server, method):
    got = server.ask("/api/v1/status", method, {"Authorization": "Bearer " + TOKEN})

    assert got.status == 405 and is_one_line(got)
    assert got.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_what_does_something_is_only_posted(server):
    got = server.ask("/api/v1/checks/disk:1/run")

    assert got.status == 405 and is_one_line(got)
    assert got.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path, allow", [("/metrics", "GET, HEAD, OPTIONS"), ("/api/v1/checks/a/run", "POST, OPTIONS"), ("*", "GET, HEAD, OPTIONS")])
def test_options_tell_the_methods(server, path, allow):
    got = server.ask(path, "OPTIONS")

    assert (got.status, got.body, got.headers["Allow"]) == (204, b"", allow)


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/status", "/health/ready", "/nowhere"])
def test_head_is_get_without_the_body(server, path):
    get, head = server.ask(path), server.ask(path, "HEAD")

    assert head.status == get.status and head.body == b""
    for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
        assert head.headers[name] == get.headers[name]


def test_head_of_a_tail_is_no_tail(server):
    got = server.ask("/api/v1/tail", "HEAD")

    assert (got.status, got.headers["Content-Type"]) == (200, "text/event-stream")
    assert server.stats()["tails"] == 0


def test_a_connection_serves_many_requests(server):
    connection = server.connection()
    for _ in range(50):
        connection.request("GET", "/health/live")
        assert connection.getresponse().read() == b"ok\n"
    assert server.stats()["connections"] == 1
    connection.close()


# ---- Requests to do something


def test_a_check_is_run(server):
    got = server.post("/api/v1/checks/disk%3A67cc/run")

    assert (got.status, got.json()) == (202, {"id": "disk:67cc"})
    assert server.line() == "run disk:67cc"


@pytest.mark.parametrize("id, status, text", [("unknown%0d%0aX:%20y", 404, "there is no check 'unknown  X: y'\n"), ("busy:1", 409, "it is running\n")])
def test_a_check_that_cannot_be_run_says_why(server, id, status, text):
    got = server.post("/api/v1/checks/%s/run" % id)

    assert (got.status, got.text) == (status, text)


def test_a_diagnosis_comes_at_once_or_later(server):
    now = server.post("/api/v1/checks/now/diagnose")
    assert (now.status, now.json()) == (200, [{"result": "success"}])
    assert server.line() == "diagnose now"

    connection = server.connection()
    connection.request("POST", "/api/v1/checks/late/diagnose", headers={"Authorization": "Bearer " + TOKEN})
    assert server.line() == "diagnose late"
    assert server.ask("/health/live").status == 200, "others are served meanwhile"
    server.tell("answers")
    late = connection.getresponse()
    assert (late.status, json.loads(late.read())) == (200, [])
    connection.close()


def test_a_diagnosis_that_fails_says_why(server):
    bad = server.post("/api/v1/checks/bad/diagnose")
    unknown = server.post("/api/v1/checks/unknown/diagnose")

    assert (bad.status, bad.text) == (500, "ValueError: two lines\n")
    assert (unknown.status, unknown.text) == (404, "there is no check 'unknown'\n")


def test_an_answer_that_does_not_come_is_given_up(make_server):
    server = make_server(answer_s=1)

    got = server.post("/api/v1/checks/never/diagnose")

    assert got.status == 504 and is_one_line(got)


def test_an_answer_to_someone_who_has_left_harms_nobody(make_server):
    server = make_server(answer_s=2)
    connection = server.connection()
    connection.request("POST", "/api/v1/checks/late/diagnose", headers={"Authorization": "Bearer " + TOKEN})
    assert server.line() == "diagnose late"
    connection.close()
    server.tell("answers")
    assert server.line() == "answered"
    assert server.ask("/health/live").status == 200


def test_answers_are_awaited_up_to_a_limit(server):
    connections = [server.connection() for _ in range(32)]
    for connection in connections:
        connection.request("POST", "/api/v1/checks/late/diagnose", headers={"Authorization": "Bearer " + TOKEN})
        assert server.line() == "diagnose late"
    got = server.post("/api/v1/checks/late/diagnose")
    assert got.status == 503 and is_one_line(got)
    for connection in connections:
        connection.close()


# ---- Who may ask


def test_a_post_needs_the_token(server):
    run = "/api/v1/checks/a/run"
    password = base64.b64encode(b"adder:" + TOKEN.encode()).decode()
    for given in (None, TOKEN, "Bearer", "Bearer ", "Bearer x", "Bearer " + TOKEN[:-1], "Bearer " + TOKEN + "x", "Basic " + password):
        got = server.ask(run, "POST", {"Authorization": given} if given else {})
        assert got.status == 401 and is_one_line(got), given
        assert got.headers.get_all("WWW-Authenticate") == ['Bearer realm="adder"'], "no dialog of the browser"
    assert server.stats()["refused"] == 8
    assert server.ask(run, "POST", {"Authorization": "bearer  " + TOKEN}).status == 202


def test_without_a_token_nothing_is_posted(make_server):
    server = make_server(token="")
    for given in ("Bearer ", "Bearer", "Bearer x"):
        got = server.ask("/api/v1/checks/a/run", "POST", {"Authorization": given})
        assert got.status == 403 and "api_token" in got.text and is_one_line(got)


HERE = ["localhost", "localhost:1", "LOCALHOST", "127.0.0.1", "127.0.0.1:8126", "127.9.8.7", "[::1]", "[::1]:80"]
ELSEWHERE = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "", "0.0.0.0", "localhost@evil.example", "2130706433", "127.1"]


def test_a_rebound_name_is_refused(server):
    for host in HERE:
        assert server.ask("/api/v1/status", headers={"Host": host}).status == 200, host
    for host in ELSEWHERE:
        got = server.ask("/api/v1/status", headers={"Host": host})
        assert got.status == 403 and is_one_line(got), host
    assert server.ask("/", headers={"Host": "evil.example"}).status == 403
    assert server.ask("/", "OPTIONS", {"Host": "evil.example"}).status == 403
    assert server.ask("/", headers={"Host": "proxy.example", "Authorization": "Bearer " + TOKEN}).status == 200


def test_pages_of_other_sites_are_refused(server):
    host = "localhost:%d" % server.port
    for origin, status in (("http://" + host, 200), ("http://evil.example", 403), ("null", 403), ("http://localhost:1", 403)):
        assert server.ask("/api/v1/tail", "HEAD", {"Host": host, "Origin": origin}).status == status, origin


def test_clients_of_http_1_0_need_no_host(server):
    got = server.raw(b"GET /health/live HTTP/1.0\r\n\r\n")

    assert got.startswith(b"HTTP/1.") and b" 200 OK\r\n" in got and got.endswith(b"\r\n\r\nok\n")


def test_elsewhere_than_on_loopback_everything_needs_the_token(make_server):
    server = make_server("0.0.0.0:0")
    password = base64.b64encode(b"anyone:" + TOKEN.encode()).decode()
    wrong = base64.b64encode(b"anyone:" + b"x" * 20).decode()
    assert server.address == "http://0.0.0.0:%d" % server.port
    for path in ("/", "/metrics", "/health/live", "/api/v1/tail", "/nowhere"):
        for given in (None, "Bearer x", "Basic " + wrong, "Basic !", "Basic", "Digest x"):
            got = server.ask(path, headers={"Authorization": given} if given else {})
            assert got.status == 401 and is_one_line(got), (path, given)
            assert got.headers.get_all("WWW-Authenticate") == ['Bearer realm="adder"', 'Basic realm="adder"']
    for given in ("Bearer " + TOKEN, "Basic " + password):
        assert server.ask("/metrics", headers={"Host": "web-7.example", "Authorization": given}).status == 200
    assert server.ask("/api/v1/checks/a/run", "POST", {"Authorization": "Basic " + password}).status == 401
    assert server.post("/api/v1/checks/a/run").status == 202


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "10.99.99.99:80"])
def test_elsewhere_than_on_loopback_it_does_not_start_without_a_token(make_server, listen):
    server = make_server(listen, token="")

    assert server.address == "listening on %s, which other machines can reach, needs a token: set api_token, or listen on 127.0.0.1" % listen


# ---- Where it listens


def test_the_loopback_of_ipv6(make_server):
    server = make_server("[::1]:0")

    assert server.address == "http://[::1]:%d" % server.port
    assert server.ask("/health/live", headers={"Host": "[::1]:%d" % server.port}).text == "ok\n"


def test_an_address_that_is_taken(make_server, server):
    taken = make_server("127.0.0.1:%d" % server.port).address

    assert taken.startswith("cannot listen on http://127.0.0.1:%d: another process listens there" % server.port)


def test_a_unix_socket_is_for_its_owner(make_server, tmp_path):
    path = tmp_path / "adder.sock"
    before = os.umask(0)
    try:
        server = make_server("unix:%s" % path)
    finally:
        os.umask(before)

    assert server.address == "unix:%s" % path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.ask("/api/v1/status", headers={"Host": "anything"}).status == 200
    assert server.ask("/api/v1/checks/a/run", "POST").status == 401
    server.end()
    assert not path.exists()


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(make_server, tmp_path):
    path = tmp_path / "adder.sock"
    first = make_server("unix:%s" % path)
    second = make_server("unix:%s" % path)
    assert "another process listens there" in second.address
    assert first.ask("/health/live").text == "ok\n"

    first.process.kill()
    first.process.wait()
    first.process = second.process
    assert path.exists()
    assert make_server("unix:%s" % path).ask("/health/live").text == "ok\n"


def test_a_unix_socket_of_others_is_left_alone(make_server, tmp_path):
    path = tmp_path / "adder.sock"
    server = make_server("unix:%s" % path)
    path.unlink()
    path.write_text("something else")
    assert make_server("unix:%s" % path).address.endswith("it exists and is no socket")
    server.end()
    assert path.read_text() == "something else"


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
