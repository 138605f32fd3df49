"""adder configcheck."""

import re

import pytest

GOOD = "instances:\n- {}\n"


def problems(adder, code=2):
    return adder.document("configcheck", code=code)["problems"]


def test_good_files_are_listed(adder):
    adder.configure("cpu.yaml", GOOD)
    adder.configure("disk.d/conf.yaml", "instances:\n- a: 1\n  min_collection_interval: 60\n- a: 2\n")
    done = adder("configcheck")
    assert done.returncode == 0
    assert re.search(r"^cpu +0 +15 s +cpu:[0-9a-f]+ +file:.*cpu\.yaml$", done.stdout, re.M)
    assert re.search(r"^disk +0 +60 s ", done.stdout, re.M)
    assert re.search(r"^disk +1 +15 s ", done.stdout, re.M)
    assert re.search(r"^OK  3 instances, 0 errors, 0 warnings$", done.stdout, re.M)
    document = adder.document("configcheck")
    assert [(i["check"], i["index"]) for i in document["instances"]] == [("cpu", 0), ("disk", 0), ("disk", 1)]
    assert document["instances"][1]["interval_seconds"] == 60


@pytest.mark.parametrize(
    "text, line, column",
    [
        ("instances:\n- a: [1, 2\n", None, None),
        ("instances:\n  - a: 1\n   b: 2\n", 3, 4),
        ("instances:\n- a: 'open\n", None, None),
        ("instances:\n\t- a: 1\n", 2, 1),
        ("instances:\n- *nowhere\n", 2, 3),
        ("instances: 5\n", 1, 12),
        ("instances:\n- just text\n", 2, 3),
        ("init_config: [1]\ninstances:\n- {}\n", 1, 14),
        ("- a\n- b\n", 1, 1),
        ("instances:\n- min_collection_interval: soon\n", 2, 28),
        ("instances:\n- {}\n---\ninstances:\n- {}\n", None, None),
        ("instances:\n- a: \x01\n", None, None),
    ],
)
def test_bad_files_are_named_with_line_and_column(adder, text, line, column):
    path = adder.configure("bad.yaml", "")
    path.write_text(text)
    adder.configure("cpu.yaml", GOOD)
    done = adder("configcheck")
    assert done.returncode == 2
    assert re.search(rf"^{re.escape(str(path))}:\d+:\d+: error: .", done.stdout, re.M), done.stdout
    assert re.search(r"^cpu +0 ", done.stdout, re.M)
    assert re.search(r"^FAILED  1 instance, 1 error, 0 warnings$", done.stdout, re.M)
    (problem,) = problems(adder)
    assert not problem["warning"]
    if line is not None:
        assert (problem["line"], problem["column"]) == (line, column), problem["message"]


def test_a_key_that_stands_twice_is_noticed(adder):
    adder.configure("twice.yaml", "instances:\n- a: 1\n  a: 2\n")
    document = adder("configcheck")
    assert re.search(r"twice\.yaml:3:3: (warning|error): ", document.stdout)


def test_a_tag_that_means_nothing_is_noticed(adder):
    adder.configure("tagged.yaml", "instances:\n- a: 1\n  b: !!python/tuple [1, 2]\n")
    done = adder("configcheck")
    assert done.returncode == 0
    assert re.search(r"tagged\.yaml:3:6: warning: the tag '!!python/tuple' means nothing here", done.stdout)
    (problem,) = problems(adder, code=0)
    assert (problem["line"], problem["column"], problem["warning"]) == (3, 6, True)


def test_all_bad_files_are_reported_at_once(adder):
    for name in ("a", "b", "c"):
        adder.configure(f"{name}.yaml", "instances: [\n")
    adder.configure("cpu.d/conf.yaml", GOOD)
    assert [p["path"].rpartition("/")[2] for p in problems(adder)] == ["a.yaml", "b.yaml", "c.yaml"]


def test_files_that_cannot_be_read(adder):
    adder.configure("gone.yaml", "").unlink()
    (adder.confd / "gone.yaml").symlink_to(adder.folder / "nowhere")
    adder.configure("bytes.yaml", "").write_bytes(b"instances:\n- a: \xff\n")
    assert {p["path"].rpartition("/")[2] for p in problems(adder)} == {"gone.yaml", "bytes.yaml"}


def test_an_empty_folder_is_fine_and_a_missing_one_is_not(adder):
    assert adder.document("configcheck") == {"instances": [], "problems": []}
    done = adder("configcheck", "--confd", "/nonexistent")
    assert done.returncode == 2
    assert "/nonexistent" in done.stderr


def test_it_needs_no_python(adder):
    adder.configure("cpu.yaml", GOOD)
    done = adder("configcheck", env={"PYTHONHOME": "/nonexistent"})
    assert done.returncode == 0
