"""What ./dev understands, and what it says of what it does not."""

import os
import shutil

import pytest

COMMANDS = "run build test install lint format bench fuzz docs clean".split()


def test_help_names_every_command(tree):
    printed = tree.dev("help")
    assert tree.dev("--help") == printed == tree.dev()
    for name in COMMANDS:
        assert "\n  %s " % name in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(tree, name):
    printed = tree.dev(name, "--help")
    assert printed.startswith("Usage: ./dev %s" % name)
    assert tree.dev("help", name) == printed


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["biuld"], "there is no command 'biuld'"),
        (["help", "biuld"], "there is no command 'biuld'"),
        (["build", "--perfix", "x"], "'./dev build' has no option --perfix"),
        (["clean", "--prefix", "x"], "'./dev clean' has no option --prefix"),
        (["build", "--prefix"], "--prefix needs a value"),
        (["build", "--", "x"], "'./dev build' takes nothing after --"),
        (["run", "disk"], "'./dev run' takes no 'disk'; what the agent takes stands after --"),
        (["run", "--confd", "x"], "'./dev run' has no option --confd"),
        (["build", "--preset", "fast"], "there is no preset 'fast', only release, debug,"),
    ],
)
def test_bad_usage(tree, arguments, message):
    assert tree.dev(*arguments, status=2).startswith("dev: " + message)


@pytest.mark.parametrize("list", ["2", "2.7", "3,2", "2,3"])
def test_python_2_is_refused_with_the_reason(tree, list):
    assert tree.dev("build", "--python", list, status=1) == (
        "dev: Python 2 is refused: datadog-checks-base, on which every check builds, needs"
        " CPython 3.10 or newer\n"
    )


def test_unknown_runtimes_are_told_what_was_found(tree, venv):
    printed = tree.dev("build", "--python", "3.99", status=1)
    assert printed.startswith("dev: found no suitable Python 3.99, only: ")
    assert venv.name in printed
    printed = tree.dev("build", "--python", "pypy", status=1)
    assert printed.startswith("dev: 'pypy' is no Python runtime; name 3, newest, a version")
    assert venv.name in printed


@pytest.mark.parametrize(
    "script, reason",
    [
        ("exit 1", "it does not run"),
        ("echo no it is 3.9, and checks need 3.10 or newer", "it is 3.9, and checks need 3.10"),
    ],
)
def test_unsuitable_interpreter(tree, tmp_path, script, reason):
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\n%s\n" % script)
    python.chmod(0o755)
    printed = tree.dev("build", "--python", str(python), status=1)
    assert printed.startswith("dev: %s is no suitable Python: %s" % (python, reason))


def test_list_of_runtimes_keeps_one_of_a_version(tree, venv):
    both = "%s,%s" % (venv.name, tree.python)
    tree.dev("build", "--preset=debug", "--python-runtimes", both)
    assert tree.cache("ADDER_PYTHONS") == tree.python


@pytest.fixture
def path_without(tmp_path):
    """A function that makes a PATH without some commands, of a user who is not root."""

    def make(*missing):
        for folder in os.environ["PATH"].split(":"):
            for file in os.listdir(folder) if os.path.isdir(folder) else []:
                if file not in missing and file != "id" and not (tmp_path / file).exists():
                    (tmp_path / file).symlink_to(os.path.join(folder, file))
        fake_id = tmp_path / "id"
        fake_id.write_text("#!/bin/sh\necho 1000\n")
        fake_id.chmod(0o755)
        return {"PATH": str(tmp_path)}

    return make


@pytest.mark.skipif(not shutil.which("apt-get"), reason="names packages as apt-get has them")
def test_names_missing_packages_to_who_may_not_install_them(tree, path_without):
    printed = tree.build(status=1, env=path_without("ninja"))
    assert printed == "dev: missing packages; as root: apt-get install ninja-build\n"


def test_names_missing_packages_where_there_is_no_apt(tree, path_without):
    printed = tree.build(status=1, env=path_without("ninja", "cmake", "apt-get"))
    assert printed == (
        "dev: missing: cmd:cmake cmd:ninja; install what Debian calls cmake ninja-build\n"
    )


def test_all_pkg_config_modules_need_pkg_config(tree, path_without):
    printed = tree.build(status=1, env=path_without("pkg-config", "apt-get"))
    for package in ["pkg-config", "libyaml-dev", "libjansson-dev"]:
        assert package in printed
