"""Help texts, usage errors, completion, man pages, small commands."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM

ASK_AN_AGENT = ["status", "tail", "top", "diagnose"]
COMMANDS = ["check", "run", *ASK_AN_AGENT, "memory", "configcheck", "hostname", "version", "help", "completion"]
WITHOUT_PAGE = ["help", "completion"]


def test_help_lists_the_commands(adder):
    done = adder("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", done.stdout, re.M)
    assert adder("help").stdout == done.stdout
    assert adder("-h").stdout == done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(adder, command):
    done = adder(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: adder {command}")
    assert "-h, --help" in done.stdout
    assert max(map(len, done.stdout.split("Examples:")[0].splitlines())) <= 80
    assert adder("help", command).stdout == done.stdout


@pytest.mark.parametrize("command", ASK_AN_AGENT)
def test_an_agent_that_is_not_there_is_looked_for_where_it_is_said_to_be(adder, command, tmp_path):
    where = f"unix:{tmp_path}/adder.sock"
    said = f"adder {command}: no agent listens at {where}: is `adder run` running?"
    (tmp_path / "adder.yaml").write_text(f"listen: {where}\n")
    for words, env in (
        (["--address", where], {}),
        (["--config", tmp_path / "adder.yaml"], {}),
        (["--address", where], {"ADDER_LISTEN": "127.0.0.1:1"}),
        ([], {"ADDER_LISTEN": where}),
    ):
        done = adder(command, *words, env=env)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(said)
    (tmp_path / "adder.yaml").write_text("listen: ''\n")
    done = adder(command, "--config", tmp_path / "adder.yaml")
    assert done.returncode == 2
    assert "adder.yaml has an empty 'listen': the agent cannot be asked anything" in done.stderr


def test_help_wins_over_mistakes(adder):
    done = adder("check", "--nonsense", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: adder check")


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "Usage: adder COMMAND"),
        (["chek"], "there is no command 'chek'; did you mean 'check'?"),
        (["--verion"], "there is no option '--verion'"),
        (["check"], "needs the name of a check"),
        (["check", "cpu", "--jsn"], "unknown option '--jsn'; did you mean '--json'?"),
        (["check", "cpu", "-x"], "unknown option '-x'"),
        (["check", "cpu", "--json=yes"], "--json takes no value"),
        (["check", "cpu", "--times", "0"], "--times: wants a number from 1"),
        (["check", "cpu", "--times", "many"], "--times: wants a whole number, not 'many'"),
        (["check", "cpu", "--pause", "soon"], "--pause: wants seconds"),
        (["check", "cpu", "--log-level", "loud"], "--log-level: wants trace, debug"),
        (["check", "cpu", "--instance="], "--instance: wants a value"),
        (["check", "cpu", "load", "--config", "/dev/null"], "configures one check, not 2"),
        (["memory", "cpu", "--times", "4"], "5 runs at least"),
        (["check", ""], "there is an empty word: adder check NAME..."),
        (["check", "cpu", ""], "there is an empty word"),
        (["hostname", "x"], "'x' is one word too many"),
        (["help", "nonsense"], "there is no command 'nonsense'\nTry 'adder --help'."),
        (["help", "chek"], "did you mean 'check'?\nTry 'adder --help'."),
        (["completion", "tcsh"], "'tcsh' is none of bash, zsh, fish"),
        (["run", "redis"], "'redis' is one word too many"),
        (["run", "--log-level", "loud"], "--log-level: there is no level 'loud'"),
        (["run", "--listen", "23337"], "cannot listen on '23337': write ADDRESS:PORT or unix:/PATH"),
        (["run", "--listen", "0.0.0.0:0"], "which other machines can reach, needs a token: set api_token"),
        (["run", "--config", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["run", "--listen", "127.0.0.1:0", "--confd", "nowhere"], "nowhere: No such file or directory"),
        (["status", "web"], "'web' is one word too many"),
        (["status", "--address", "web"], "'web' is no address: write ADDR:PORT or unix:PATH"),
        (["tail", "one", "two"], "'two' is one word too many"),
        (["top", "--by", "size"], "--by size: it is cpu, memory, series or time"),
    ],
)
def test_bad_usage_ends_with_2_and_says_why(adder, words, message):
    done = adder(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr


def test_an_option_at_the_end_that_lacks_its_value(adder):
    done = adder("configcheck", "--confd")
    assert done.returncode == 2
    assert "--confd needs a value: --confd DIR" in done.stderr


def test_python_2_is_refused_with_a_reason(adder):
    done = adder("check", "cpu", "--python", "2")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Python 2" in done.stderr


def test_version_names_the_pythons(adder):
    done = adder("version")
    assert done.returncode == 0
    assert re.match(r"adder \d+\.\d+\.\d+\n", done.stdout)
    assert adder("--version").stdout == done.stdout
    document = json.loads(adder("version", "--json").stdout)
    assert document["pythons"]
    for python in document["pythons"]:
        assert re.fullmatch(r"3\.\d+", python["version"])
        assert python["path"] in done.stdout
        assert python["problem"] is None
    assert "PROBLEM" not in done.stdout


def test_a_broken_backend_is_named_and_passed_over(adder, tmp_path, monkeypatch):
    """In a folder that looks like a build tree: the program and its backends side by side."""
    build = Path(PROGRAM).parent
    for file in build.glob("adder*"):
        if file.name == "adder" or file.suffix == ".so":
            shutil.copy(file, tmp_path)
    broken = tmp_path / "adder-py3.99.so"
    broken.write_text("no library")
    monkeypatch.setattr("conftest.PROGRAM", str(tmp_path / "adder"))
    monkeypatch.delenv("ADDER_PYTHON", raising=False)
    monkeypatch.delenv("ADDER_VENV", raising=False)
    pythons = adder.document("version")["pythons"]
    assert [p["version"] for p in pythons if p["problem"]] == ["3.99"]
    assert re.search(rf"^  3\.99 +{broken} +cannot open the backend: .*file too short$", adder("version").stdout, re.M)
    adder.check("fine", "self.gauge('g', 1)")
    done = adder("check", "fine")
    assert done.returncode == 0, done.stderr
    assert "Python 3.99 is passed over: cannot open the backend" in done.stderr


def test_hostname_is_one_line(adder):
    done = adder("hostname", env={"DD_HOSTNAME": "some-host.example"})
    assert (done.returncode, done.stdout) == (0, "some-host.example\n")
    done = adder("hostname", "--json", env={"DD_HOSTNAME": "some-host.example"})
    assert json.loads(done.stdout) == {"hostname": "some-host.example"}


@pytest.mark.parametrize("words", ["version", "check load", "check load --json", "configcheck"])
def test_a_full_disk_is_an_error(adder, words):
    with open("/dev/full", "w") as full:
        command = adder.command(*words.split())
        done = subprocess.run(command, env=adder.env, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "writing to standard output: No space left on device" in done.stderr


def redirected(adder, redirections, *words):
    command = ["sh", "-c", f'exec "$@" {redirections}', "sh", *adder.command(*words)]
    return subprocess.run(command, env=adder.env, capture_output=True, text=True)


def test_streams_that_are_closed_are_no_obstacle(adder):
    adder.check(
        "null",
        """
        import os
        for n in (0, 1, 2):
            self.gauge(f"null.{n}", os.path.samefile(f"/proc/self/fd/{n}", "/dev/null"))
        """,
    )
    done = redirected(adder, "<&- 2>&-", "check", "null")
    assert done.returncode == 0
    assert re.findall(r"^  null\.(\d) +gauge +1$", done.stdout, re.M) == ["0", "1", "2"]


def test_an_answer_that_reaches_nobody_is_an_error(adder):
    done = redirected(adder, ">&-", "version")
    assert done.returncode == 1
    assert done.stderr == "adder version: writing to standard output: Bad file descriptor\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(adder, shell):
    done = adder("completion", shell)
    assert done.returncode == 0
    for word in COMMANDS + ["log-level", "instance", "pythonpath", "confd", "run-dir", "address", "once"]:
        assert word in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True)


@pytest.mark.parametrize(
    "line, expected",
    [
        ("adder ch", {"check"}),
        ("adder check --ver", set()),
        ("adder check --js", {"--json"}),
        ("adder check cpu --log-level de", {"debug"}),
        ("adder help mem", {"memory"}),
        ("adder check loa", {"load"}),
        ("adder sta", {"status"}),
        ("adder run --li", {"--listen"}),
        ("adder run --log-level wa", {"warning"}),
        ("adder top --o", {"--once"}),
    ],
)
def test_bash_completes(adder, line, expected):
    words = line.split()
    script = adder("completion", "bash").stdout + (
        f"\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _adder {adder.command()[0]}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash"], input=script, capture_output=True, text=True)
    assert set(done.stdout.split()) == expected


def sections(text):
    """What `adder completion man` and `settings` print, by what it is for."""
    return dict(section.split("\n", 1) for section in re.split(r'^\.\\" ', text, flags=re.M)[1:])


def test_man_pages_have_the_options_of_the_program(adder, source):
    options = sections(adder("completion", "man").stdout)
    pages = source / "docs" / "man"
    for command in COMMANDS:
        page = pages / f"adder-{command}.{8 if command == 'run' else 1}"
        if command not in WITHOUT_PAGE:
            assert f".Bl -tag -width Ds\n{options[command]}.El\n" in page.read_text(), page.name
        assert f"\n.It Cm {command}\n" in (pages / "adder.1").read_text()


def test_the_man_page_of_adder_yaml_has_the_settings_of_the_program(adder, source):
    page = (source / "docs" / "man" / "adder.yaml.5").read_text()
    found = sections(adder("completion", "settings").stdout)
    assert set(found) == {"settings", "limits"}
    for name, items in found.items():
        assert items.count("\n.It Sy ") > 5
        assert f".Bl -tag -width Ds\n{items}.El\n" in page, name


def test_the_status_page_has_the_keys_of_the_document(source):
    """adder-status(1) names each key that src/agent/status.c makes; those of the account it does not."""
    page = (source / "docs" / "man" / "adder-status.1").read_text()
    code = (source / "src" / "agent" / "status.c").read_text()
    account = re.search(r"memory_of\(.*?^}", code, re.M | re.S)[0]
    made = set(re.findall(r'"([a-z_]+)"', code.replace(account, "")))
    assert len(made) > 50
    assert made <= set(re.findall(r"[a-z_]+", page))


def test_examples_of_man_pages_keep_their_punctuation(source):
    """mdoc(7) takes a lone sign, and quotes around a word, for its own."""
    for page in (source / "docs" / "man").iterdir():
        for line in page.read_text().splitlines():
            assert not re.search(r'^\.Dl .* ([.,;:()?!]|"[^"]*")( |$)', line), f"{page.name}: {line}"
