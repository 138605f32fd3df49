import os
import subprocess
import sys

from datadog_checks.base import AgentCheck


class Prints(AgentCheck):
    """Writes to stdout and stderr in every way; none of it is output of ours."""

    def check(self, instance):
        print("printed to stdout")
        print("printed to stderr", file=sys.stderr)
        os.write(1, b"written to descriptor 1\n")
        subprocess.run(["echo", "a child wrote this"], check=True)
        self.gauge("printed", 1)
