from datadog_checks.base import AgentCheck


class Kinds(AgentCheck):
    """Every kind of metric, several samples each, with and without tags and host."""

    def check(self, instance):
        for value in (1, 2.5, -3):
            for submit in (
                self.gauge,
                self.rate,
                self.count,
                self.monotonic_count,
                self.increment,
                self.histogram,
                self.historate,
            ):
                submit("kinds." + submit.__name__, value, tags=["value:%s" % value])
                submit("kinds.bare." + submit.__name__, value, hostname="elsewhere")
        self.decrement("kinds.decrement", 4)
