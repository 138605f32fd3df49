"""Many instances for some time: no commit is lost, and nothing grows. ADDER_SOAK_S=600 for the whole of it."""

import os
import pathlib
import re
import time

INSTANCES = 200
SECONDS = float(os.environ.get("ADDER_SOAK_S", 15))

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


def test_no_commit_is_lost_and_nothing_grows(agent):
    each = INSTANCES // len(CHECKS)
    for name, body in CHECKS.items():
        agent.check(name, "self.tags = tags_of(instance)\n" + body, top=TOP)
        agent.configure(name, [{"min_collection_interval": 1, "n": n, "kind": name} for n in range(each)])
    agent.start()
    for name in CHECKS:
        agent.wait_runs(name, 3)
    memory = rss(agent.process.pid)
    time.sleep(SECONDS)
    before = runs(agent)
    totals = counted(agent)
    after = runs(agent)
    assert len(before) == len(totals) == INSTANCES
    for key, total in totals.items():
        assert before[key]["runs"] <= total <= after[key]["runs"], key
        assert before[key]["lost"] == 0 and not before[key]["verdicts"]
    late = sorted(c["max_lateness_seconds"] * 1e3 for c in after.values())
    skipped = sum(c["skipped"] for c in after.values())
    print("max lateness of instances: median %.0f ms, 99 %% %.0f ms, worst %.0f ms; %d turns skipped of %d"
          % (late[len(late) // 2], late[int(len(late) * 0.99)], late[-1], skipped, sum(totals.values())))
    assert rss(agent.process.pid) < memory + 16 * 2**20
