from concurrent.futures import ThreadPoolExecutor

from datadog_checks.base import AgentCheck


class OwnThreads(AgentCheck):
    """Submits from threads of its own."""

    def check(self, instance):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda i: self.gauge("threads", i, tags=["i:%d" % i]), range(50)))
