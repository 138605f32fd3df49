"""Which processes belong to the group that an instance describes."""

import re

import psutil
from datadog_checks.base import ConfigurationError, is_affirmative


class Finder:
    """Finds processes by `search_string`, `pid` or `pid_file`, whichever the instance has."""

    def __init__(self, instance, warning):
        self.warning = warning
        self.user = instance.get("user")
        self.with_children = is_affirmative(instance.get("collect_children"))

        strings = instance.get("search_string") or []
        strings = [strings] if isinstance(strings, str) else strings
        pid, pid_file = instance.get("pid"), instance.get("pid_file")
        if strings:
            exact = is_affirmative(instance.get("exact_match", True))
            self.candidates = self.by_name(strings) if exact else self.by_command(strings)
        elif pid is not None:
            if not str(pid).isdecimal():
                raise ConfigurationError("`pid` must be a process id, a number")
            self.candidates = lambda: self.by_pid(pid)
        elif pid_file:
            self.candidates = lambda: self.by_pid_file(pid_file)
        else:
            raise ConfigurationError("process needs `search_string`, `pid` or `pid_file` to know what to look for")

        self.name = instance.get("name") or (strings[0] if strings else None)
        if not self.name:
            raise ConfigurationError("process needs a `name` for what `pid` or `pid_file` points to")

    def find(self):
        """The ids of the processes of the group that run now."""
        found = set(self.candidates())
        if self.with_children:
            found |= {child for process in found for child in children_of(process)}
        return {process.pid for process in found if self.owned(process)}

    def owned(self, process):
        return not self.user or ask(process.username) == self.user

    def by_name(self, names):
        return lambda: [p for p in psutil.process_iter() if ask(p.name) in names]

    def by_command(self, regexes):
        try:
            regex = re.compile("|".join(f"(?:{regex})" for regex in regexes))
        except re.error as error:
            raise ConfigurationError(f"`search_string` is not a regular expression: {error}") from None
        return lambda: [p for p in psutil.process_iter() if regex.search(" ".join(ask(p.cmdline) or []))]

    def by_pid(self, pid):
        try:
            return [psutil.Process(int(pid))]
        except psutil.NoSuchProcess:
            return []

    def by_pid_file(self, path):
        try:
            with open(path) as pid_file:
                return self.by_pid(pid_file.readline())
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            self.warning("no process id in %s: %s", path, error)
            return []


def ask(method):
    """What a process answers; None when it has ended or may not be asked."""
    try:
        return method()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def children_of(process):
    return ask(lambda: process.children(recursive=True)) or []
