from datadog_checks.base import AgentCheck


class OddTags(AgentCheck):
    """Tags that are no strings: the base hands some of them on."""

    def check(self, instance):
        self.gauge("odd.mixed", 1, tags=["a:1", 2, 3.5, None, True, b"bytes:x", ["l"], {"d": 1}, "", "z"])
        self.gauge("odd.tuple", 1, tags=("b:1", "a:1", "b:1"))
        self.gauge("odd.range", 1, tags=range(3))
        self.gauge("odd.none", 1, tags=None)
        self.gauge("odd.empty", 1, tags=[])
        self.gauge("odd.generator", 1, tags=("g:%d" % i for i in range(3)))
        self.gauge("odd.set", 1, tags={"only:one"})
        self.gauge("odd.text", 1, tags="abc")
