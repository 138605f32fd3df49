"""Times submissions from inside a run, so that both sides pay for the same Python code."""

import timeit

from datadog_checks.base import AgentCheck

try:
    import aggregator
except ImportError:
    from datadog_checks.base.stubs import aggregator

TAGS = ["env:production", "service:checkout", "region:eu-west-1", "instance:i-0123456789", "team:payments"]


STEPS = {
    "gauge, 5 tags, through the base": "gauge('bench.base', 1.5, tags=tags)",
    "submit, 5 tags": "submit(check, check_id, kind, 'bench.direct', 1.5, tags, '', False)",
    "submit, no tags": "submit(check, check_id, kind, 'bench.bare', 1.5, nothing, '', False)",
}


class BenchSubmit(AgentCheck):
    def check(self, instance):
        count = int(instance.get("count", 10000))
        names = {
            "check": self,
            "check_id": self.check_id,
            "gauge": self.gauge,
            "kind": aggregator.GAUGE,
            "nothing": [],
            "submit": aggregator.submit_metric,
            "tags": TAGS,
        }
        for label, step in STEPS.items():
            best = min(timeit.repeat(step, number=count, repeat=5, globals=names))
            self.set_metadata(label, "%.1f" % (best / count * 1e9))
