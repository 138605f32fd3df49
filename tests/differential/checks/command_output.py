from datadog_checks.base import AgentCheck
from datadog_checks.base.utils.subprocess_output import SubprocessOutputEmptyError, get_subprocess_output


class CommandOutput(AgentCheck):
    """Commands, their environment and their failures."""

    def check(self, instance):
        run = get_subprocess_output
        for label, command in (
            ("echo", ["echo", "one two"]),
            ("both", ["sh", "-c", "echo out; echo err >&2; exit 3"]),
            ("env", ["sh", "-c", "echo $WHO"]),
        ):
            out, err, code = run(command, self.log, raise_on_empty_output=False, env={"WHO": "me", "PATH": "/usr/bin:/bin"})
            self.gauge("command." + label, code, tags=["out:" + out.strip(), "err:" + err.strip()])
        try:
            run(["true"], self.log, raise_on_empty_output=True)
        except SubprocessOutputEmptyError as e:
            self.gauge("command.empty", 1, tags=["error:" + type(e).__name__])
        try:
            run(["no-such-command-anywhere"], self.log, raise_on_empty_output=False)
        except Exception:
            self.gauge("command.missing", 1)
