"""Many instances for some time: is a commit lost, does anything grow, how late are runs?

    python bench/soak.py [ADDER [SECONDS]]
"""

import os
import pathlib
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
if len(sys.argv) > 1:
    os.environ["ADDER"] = sys.argv[1]
sys.path.insert(0, str(HERE.parent / "tests" / "agent"))

from conftest import Agent  # noqa: E402

INSTANCES = 200
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 600

CHECKS = {
    "quick": "self.count('soak.runs', 1, tags=self.tags)",
    "wide": "self.count('soak.runs', 1, tags=self.tags)\nfor i in range(50): self.gauge('wide.v', i, tags=self.tags + ['i:%d' % i])",
    "waits": "import time\ntime.sleep(0.02)\nself.count('soak.runs', 1, tags=self.tags)",
    "fails": "self.count('soak.runs', 1, tags=self.tags)\nraise ValueError('as ever')",
}
TOP = "\n\ndef tags_of(instance):\n    return ['n:%d' % instance['n'], 'kind:' + instance['kind']]\n"


def rss(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def runs(agent):
    return {(c["name"], c["instance"]): c for c in agent.status()["checks"]}


def counted(agent):
    page = agent.get("/metrics")[1].decode()
    rows = re.findall(r'^soak_runs_total\{([^}]*)\} (\S+)', page, re.M)
    tags = [(dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)) for labels, value in rows]
    return {(t["kind"], int(t["n"])): value for t, value in tags}


def soak(agent):
    each = INSTANCES // len(CHECKS)
    for name, body in CHECKS.items():
        agent.check(name, "self.tags = tags_of(instance)\n" + body, top=TOP)
        agent.configure(name, [{"min_collection_interval": 1, "n": n, "kind": name} for n in range(each)])
    agent.start()
    for name in CHECKS:
        agent.wait_runs(name, 3)
    memory = rss(agent.process.pid)
    time.sleep(SECONDS)
    before, totals, after = runs(agent), counted(agent), runs(agent)
    lost = [key for key, total in totals.items() if not before[key]["runs"] <= total <= after[key]["runs"]]
    late = sorted(c["max_lateness_seconds"] * 1e3 for c in after.values())
    print("instances: %d of %d, runs: %d" % (len(totals), INSTANCES, sum(totals.values())))
    print("instances whose count does not fit their runs: %s" % (lost or "none"))
    for key in lost:
        print(key, totals[key], before[key], after[key])
    print("worst lateness: median %.0f ms, 99 %% %.0f ms, all %.0f ms" % (late[len(late) // 2], late[-2], late[-1]))
    print("turns skipped: %d" % sum(c["skipped"] for c in after.values()))
    print("supervisor grew by %.1f MiB" % ((rss(agent.process.pid) - memory) / 2**20))
    return not lost


def main():
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(pathlib.Path(folder))
        fine = soak(agent)
        if not fine:
            print(agent.said()[-5000:])
        agent.stop()
    sys.exit(not fine)


main()
