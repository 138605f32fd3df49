from datadog_checks.base import AgentCheck


class RaisesChain(AgentCheck):
    """A chained exception: the traceback shows both."""

    def check(self, instance):
        try:
            {}["missing"]
        except KeyError as e:
            raise RuntimeError("outer") from e
