from datadog_checks.base import AgentCheck


class Surrogates(AgentCheck):
    """Lone surrogates, which no UTF-8 can carry."""

    def check(self, instance):
        self.gauge("surrogate.tag", 1, tags=["bad:\ud800", "good:1"])
        try:
            self.gauge("surrogate.\ud800", 1)
        except UnicodeEncodeError:
            self.gauge("surrogate.refused", 1)
