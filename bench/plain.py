"""The peer of the benchmarks: one check in plain CPython with the base's own stubs.

    python plain.py CHECKS_DIR NAME INSTANCE_JSON RUNS

prints one JSON object: seconds of each run, and the metadata that the check set.
"""

import importlib
import json
import sys
import time


def main():
    directory, name, instances, runs = sys.argv[1:]
    sys.path.append(directory)
    from datadog_checks.base import AgentCheck
    from datadog_checks.base.stubs import aggregator, datadog_agent

    module = importlib.import_module(name)
    cls = next(
        c
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, AgentCheck) and c.__module__ == name
    )
    checks = []
    for instance in json.loads(instances):
        check = cls(name=name, init_config={}, instances=(instance,))
        check.check_id = name + ":1"
        checks.append(check)
    seconds = []
    for _ in range(int(runs)):
        aggregator.reset()
        for check in checks:
            start = time.perf_counter()
            failed = check.run()
            seconds.append(time.perf_counter() - start)
            if failed:
                sys.exit(failed)
    metadata = {key[1]: value for key, value in datadog_agent._metadata.items()}
    json.dump({"run_seconds": seconds, "metadata": metadata}, sys.stdout)


main()
