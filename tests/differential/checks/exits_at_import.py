import sys

from datadog_checks.base import AgentCheck  # noqa: F401

sys.exit("no thanks")
