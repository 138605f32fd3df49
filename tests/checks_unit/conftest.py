import importlib
import sys
from pathlib import Path

import pytest
from datadog_checks.base.stubs import aggregator as aggregator_stub
from datadog_checks.base.stubs import datadog_agent as datadog_agent_stub

CHECKS = Path(__file__).resolve().parents[2] / "checks"
sys.path.insert(0, str(CHECKS))

TYPES = {0: "gauge", 1: "rate", 2: "count", 3: "monotonic_count"}


@pytest.fixture
def agent():
    """The agent's configuration, as `agent._config`."""
    datadog_agent_stub.reset()
    yield datadog_agent_stub
    datadog_agent_stub.reset()


@pytest.fixture
def make(agent):
    """make("cpu", instance) gives a check, the way the runtime makes it."""

    def make(name, instance=None, init_config=None):
        module = importlib.import_module(f"adder_checks.{name}")
        check_class = getattr(module, module.__all__[0])
        check = check_class(name=name, init_config=init_config or {}, instances=(instance or {},))
        check.check_id = f"{name}:1"
        return check

    return make


class Run:
    """What one run of a check has sent."""

    def __init__(self, check):
        aggregator_stub.reset()
        error = check.run()
        assert error == "", error
        self.warnings = check.get_warnings()
        self.samples = [sample for samples in aggregator_stub._metrics.values() for sample in samples]
        self.service_checks = [s for samples in aggregator_stub._service_checks.values() for s in samples]

    def names(self):
        return {sample.name for sample in self.samples}

    def types(self):
        return {sample.name: TYPES[sample.type] for sample in self.samples}

    def values(self, *tags):
        """{name: value} of the samples that carry all these tags; a name may come once only."""
        values = {}
        for sample in self.samples:
            if set(tags) <= set(sample.tags):
                assert sample.name not in values, f"{sample.name} came twice"
                values[sample.name] = sample.value
        return values

    def tags(self):
        """The different tag lists of the samples."""
        return {tuple(sample.tags) for sample in self.samples}


@pytest.fixture
def run():
    return Run
