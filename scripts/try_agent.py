"""Starts the agent, shows that it works, and ends it: `./dev run` where there is no terminal.

try_agent.py PROGRAM [OPTION...]: options are those of `adder run`. Ends with 0 if all checks had
their first run, or were found to be broken, and the agent ended when it was told to.
"""

import http.client
import itertools
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

READY_S = 120
END_S = 20  # the agent promises 5
LOG_LINES = 40
GROUPS, SAMPLES = 12, 2  # that are shown: groups of metrics, and samples of a metric


class Failure(Exception):
    pass


class Connection(http.client.HTTPConnection):
    """To `address` as --listen has it: ADDR:PORT or unix:PATH."""

    def __init__(self, address):
        path = address.removeprefix("unix:")
        self.path = path if path != address else None
        super().__init__("localhost" if self.path else address, timeout=10)

    def connect(self):
        if self.path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def get(address, path):
    connection = Connection(address)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def option(arguments, name):
    """The value of an option, or None."""
    for i, word in enumerate(arguments):
        if word == name and i + 1 < len(arguments):
            return arguments[i + 1]
        if word.startswith(name + "="):
            return word[len(name) + 1 :]
    return None


def wait_until_ready(agent, address):
    deadline = time.monotonic() + READY_S
    while True:
        try:
            status, why = get(address, "/health/ready")
        except (OSError, http.client.HTTPException) as e:
            status, why = None, str(e)
        if status == 200:
            return
        if agent.poll() is not None:
            raise Failure(f"the agent ended with {agent.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise Failure(f"the agent was not ready within {READY_S} seconds: {why.strip()}")
        time.sleep(0.1)


def families(page):
    """The lines of each metric: first the one with its type, then samples."""
    lines = [line for line in page.splitlines() if line and not line.startswith(("# HELP ", "# EOF"))]
    starts = [i for i, line in enumerate(lines) if line.startswith("# TYPE ")]
    return [lines[a:b] for a, b in itertools.pairwise([*starts, len(lines)])]


def group(family):
    """system_cpu of system_cpu_user."""
    return "_".join(family[0].split()[2].split("_")[:2])


def excerpt(page):
    """The first metric of each group, those about the agent itself left out if there are others."""
    found = families(page)
    of_checks = [f for f in found if not f[0].split()[2].startswith(("adder_", "datadog_"))]
    lines = []
    for _, members in itertools.islice(itertools.groupby(of_checks or found, group), GROUPS):
        lines += next(members)[: 1 + SAMPLES]
    samples = sum(len(f) - 1 for f in found)
    return lines + [f"... {len(found)} metrics in all, {samples} series"]


def end(agent):
    agent.terminate()
    try:
        code = agent.wait(END_S)
    except subprocess.TimeoutExpired:
        raise Failure(f"the agent did not end within {END_S} seconds of SIGTERM") from None
    if code != 0:
        raise Failure(f"the agent ended with {code} on SIGTERM, not 0")


def show(program, address):
    print(f"$ adder status --address {address}", flush=True)
    subprocess.run([program, "status", "--address", address], stdin=subprocess.DEVNULL, check=False)
    status, page = get(address, "/metrics")
    if status != 200:
        raise Failure(f"/metrics answers {status}: {page.strip()}")
    print("\n$ curl .../metrics", *excerpt(page), sep="\n", flush=True)


def run(program, arguments, folder):
    address = option(arguments, "--listen")
    if address is None:
        address = f"unix:{folder}/adder.sock"
        arguments = ["--listen", address, *arguments]
    if option(arguments, "--run-dir") is None:
        arguments = ["--run-dir", f"{folder}/run", *arguments]
    with open(folder / "log", "wb") as log:
        agent = subprocess.Popen(
            [program, "run", *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        wait_until_ready(agent, address)
        show(program, address)
        end(agent)
    finally:
        if agent.poll() is None:
            agent.kill()
            agent.wait()


def main(program, *arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # The path of a socket has at most 107 bytes.
    parent = "/tmp" if pathlib.Path("/tmp").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="adder.", dir=parent) as name:
        folder = pathlib.Path(name)
        try:
            run(program, list(arguments), folder)
        except Failure as e:
            log = (folder / "log").read_text(errors="replace").splitlines()
            print(*log[-LOG_LINES:], f"dev: {e}", sep="\n", file=sys.stderr)
            return 1
    print("dev: the agent started, ran all its checks and ended when it was told to", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
