from datadog_checks.base import AgentCheck

class Check(AgentCheck)
    pass
