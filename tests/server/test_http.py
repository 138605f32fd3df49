"""What the server answers, and to whom."""

import base64
import json
import os
import stat

import pytest
from conftest import TOKEN, is_one_line

SECURITY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


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
