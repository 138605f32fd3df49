from datadog_checks.base import AgentCheck  # noqa: F401

import a_module_that_nobody_has  # noqa: F401
