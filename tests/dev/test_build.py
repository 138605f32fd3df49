"""./dev build, install and clean."""

import os
import pathlib
import subprocess

import pytest


def test_unchanged_call_rebuilds_nothing(tree):
    tree.build()
    before = tree.times()
    printed = tree.build()
    assert tree.times() == before
    assert "configuring" not in printed


def test_changed_source_is_rebuilt(tree):
    tree.build()
    before = tree.times()
    os.utime(tree.path / "src/cli/main.c")
    assert "configuring" not in tree.build()
    changed = {f.name for f, when in tree.times().items() if before.get(f) != when}
    assert {"adder", "main.c.o"} <= changed
    assert "libadder-core.a" not in changed


def test_changed_prefix_configures_again(tree, tmp_path):
    tree.build()
    assert "configuring debug" in tree.build("--prefix", str(tmp_path))
    assert tree.cache("CMAKE_INSTALL_PREFIX") == str(tmp_path)
    assert "configuring debug" in tree.build()
    assert tree.cache("CMAKE_INSTALL_PREFIX") == "/usr/local"


def test_changed_cmake_options_configure_again(tree):
    tree.build()
    quoted = "-DADDER_TESTS=OFF -DONE='two three'"
    assert "configuring debug" in tree.build("--cmake-options", quoted)
    assert tree.cache("ADDER_TESTS") == "OFF"
    assert tree.cache("ONE") == "two three"
    assert "configuring debug" in tree.build()
    assert tree.cache("ADDER_TESTS") == "ON"


@pytest.mark.parametrize(
    "options", [["--generator", "Unix Makefiles"], ["--cmake-options=-G 'Unix Makefiles'"]]
)
def test_other_generator(tree, options):
    assert "configuring debug" in tree.build(*options)
    assert tree.cache("CMAKE_GENERATOR") == "Unix Makefiles"
    assert (tree.path / "build/debug/Makefile").exists()
    tree.build()
    assert tree.cache("CMAKE_GENERATOR") == "Ninja"


def test_relative_prefix_is_the_callers(tree, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree.build("--install-prefix=out")
    assert tree.cache("CMAKE_INSTALL_PREFIX") == str(tmp_path / "out")


def test_links_to_what_was_built_last(tree, venv):
    tree.build()
    assert os.readlink(tree.path / "build/adder") == "debug/adder"
    assert os.readlink(tree.path / "build/venv") == "venvs/" + venv.name
    assert (tree.path / "build/debug" / ("adder-py%s.so" % venv.name)).exists()


def test_compiler_errors_are_shown(tree):
    source = tree.write("src/core/broken.c", "int broken = nothing;\n")
    try:
        printed = tree.build(status=1)
    finally:
        source.unlink()
    assert "src/core/broken.c:1:14: error: " in printed
    assert printed.endswith("dev: the build failed\n")


def test_install(tree, tmp_path, venv):
    tree.dev("install", "--preset=debug", "--python", tree.python, "--prefix", str(tmp_path))
    installed = {f.relative_to(tmp_path).as_posix() for f in tmp_path.rglob("*") if f.is_file()}
    assert installed >= {
        "bin/adder",
        "include/adder.h",
        "share/adder/checks/adder_checks/__init__.py",
        "lib/systemd/system/adder.service",
        "share/bash-completion/completions/adder",
        "share/doc/adder/adder.yaml.example",
        "share/fish/vendor_completions.d/adder.fish",
        "share/zsh/site-functions/_adder",
    }
    assert any(f.endswith("/adder/adder-py%s.so" % venv.name) for f in installed)
    assert subprocess.check_output([tmp_path / "bin/adder", "version"], text=True) == "version\n"
    unit = (tmp_path / "lib/systemd/system/adder.service").read_text()
    assert f"\nExecStart={tmp_path}/bin/adder run\n" in unit and "@" not in unit


def test_clean_removes_the_build_folder(tree, venv):
    kept = os.readlink(tree.path / "build/venvs" / venv.name)
    tree.build()
    tree.dev("clean")
    assert not (tree.path / "build").exists()
    assert (pathlib.Path(kept) / "bin/python").exists()
    (tree.path / "build/venvs").mkdir(parents=True)
    (tree.path / "build/venvs" / venv.name).symlink_to(kept)
