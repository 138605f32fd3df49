"""./dev run, with a script in place of the program."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys

import pytest

AGENT = """\
#!%s
import http.server, json, os, signal, socketserver, sys

words = sys.argv[1:]
if words[0] == "status":
    print("STATUS", *words[1:])
    sys.exit(1)
assert words[0] == "run"
print("WORDS", json.dumps(words[1:]), "IN", os.getcwd(), flush=True)
if "AGENT_FAILS" in os.environ:
    sys.exit("it cannot go on")
signal.signal(signal.SIGTERM, lambda *_: os._exit(int(os.environ.get("AGENT_CODE", 0))))
where = words[words.index("--listen") + 1]
asked = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        ready = asked.count("/health/ready") > 2
        self.send_response(200 if ready else 503)
        self.end_headers()
        if self.path == "/metrics":
            for name in ("adder_agent_up", "load_one", "load_two", "mem_used"):
                self.wfile.write(b"# HELP %%s x\\n# TYPE %%s gauge\\n" %% ((name.encode(),) * 2))
                for n in range(3):
                    self.wfile.write(b'%%s{n="%%d"} 1\\n' %% (name.encode(), n))

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass


class Server(socketserver.UnixStreamServer):
    pass


if where.startswith("unix:"):
    Server(where[5:], Handler).serve_forever()
signal.pause()
"""


@pytest.fixture(scope="module")
def run(tree, tmp_path_factory):
    """Options for ./dev run, and variables that let it start the script."""
    script = tmp_path_factory.mktemp("agent") / "agent"
    script.write_text(AGENT % sys.executable)
    script.chmod(0o755)
    tree.build()
    words = ["run", "--preset=debug", "--python", tree.python]
    return words, {"INSTEAD_OF_ADDER": str(script), "ADDER_LISTEN": "", "ADDER_RUN_DIR": ""}


def test_without_a_terminal_it_shows_the_agent_and_ends(tree, run, tmp_path):
    words, env = run
    printed = tree.dev(*words, env=env)
    address = re.search(r"\nSTATUS --address (unix:/\S+)\n", printed)[1]
    assert not os.path.exists(os.path.dirname(address.removeprefix("unix:")))
    assert [line for line in printed.splitlines() if "_" in line and "adder" not in line] == [
        "# TYPE load_one gauge",
        'load_one{n="0"} 1',
        'load_one{n="1"} 1',
        "# TYPE load_two gauge",
        'load_two{n="0"} 1',
        'load_two{n="1"} 1',
        "# TYPE mem_used gauge",
        'mem_used{n="0"} 1',
        'mem_used{n="1"} 1',
    ]
    assert "... 4 metrics in all, 12 series\n" in printed
    assert printed.endswith("dev: the agent started, ran all its checks and ended when it was told to\n")


def test_the_agent_gets_its_options_as_they_are(tree, run, tmp_path):
    words, env = run
    given = ["--confd", "it's a folder", "--listen", f"unix:{tmp_path}/s", "--run-dir=$x"]
    printed = tree.dev(*words, "--", *given, status=1, env={**env, "AGENT_FAILS": "1"}, cwd=tmp_path)
    assert f'WORDS ["--confd", "it\'s a folder", "--listen", "unix:{tmp_path}/s", "--run-dir=$x"] IN {tmp_path}\n' in printed


def test_an_agent_that_fails_is_shown_with_its_log(tree, run):
    words, env = run
    printed = tree.dev(*words, status=1, env={**env, "AGENT_FAILS": "1"})
    assert "it cannot go on\ndev: the agent ended with 1 before it was ready\n" in printed
    printed = tree.dev(*words, status=1, env={**env, "AGENT_CODE": "3"})
    assert printed.endswith("dev: the agent ended with 3 on SIGTERM, not 0\n")


def on_terminal(tree, words, env):
    """Starts it on a terminal, and ends it with Ctrl-C once the agent has started."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [tree.path / "dev", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **env},
        start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0),  # TIOCSCTTY
    )
    os.close(theirs)
    printed = b""
    while b"WORDS" not in printed or not printed.endswith(b"\n"):
        printed += os.read(ours, 4096)
    os.write(ours, b"\x03")
    assert process.wait(30) in (-signal.SIGINT, 130, 1)
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def test_on_a_terminal_it_runs_until_interrupted_on_a_port_that_is_free(tree, run):
    words, env = run
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 23337))
            taken.listen()
        except OSError:
            pass  # taken by somebody else, which is as good
        printed = on_terminal(tree, words, env)
    port = re.search(r"port 23337 is taken, perhaps by another agent: this one takes (\d+)\n", printed)[1]
    assert f"dev: the page is at http://127.0.0.1:{port} (Ctrl-C ends the agent)\n" in printed
    assert f'WORDS ["--run-dir", "{tree.path}/build/run/{port}", "--listen", "127.0.0.1:{port}"] IN ' in printed


def test_on_a_terminal_an_address_of_the_callers_is_kept(tree, run, tmp_path):
    words, env = run
    printed = on_terminal(tree, [*words, "--", f"--listen=unix:{tmp_path}/s", "--run-dir", "x"], env)
    assert "dev: Ctrl-C ends the agent\n" in printed
    assert f'WORDS ["--listen=unix:{tmp_path}/s", "--run-dir", "x"] IN ' in printed
