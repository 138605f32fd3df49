from checks import AgentCheck, CheckException


class AgentFive(AgentCheck):
    """Imports the names of Agent 5."""

    def check(self, instance):
        self.gauge("five.base", 1, tags=["module:" + AgentCheck.__module__, "error:" + CheckException.__name__])
