"""Every statement of the core and of torchvision's model is explained somewhere that exists."""

import re

import pytest

from resnet_edu import chapters, reading

HEADINGS = {
    path.stem[:2]: re.findall(r"^# ## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    for path in chapters.chapters()
}


@pytest.fixture(scope="module")
def entries():
    return reading.read_map()


def test_every_statement_is_mapped_and_every_entry_has_one(entries):
    found = [*reading.ours(), *reading.torchvisions()]
    assert reading.problems(found, entries) == []
    assert len(found) == sum(map(len, entries.values())) > 300


def test_every_place_is_a_section_of_a_chapter(entries):
    for file, rows in entries.items():
        for name, (_, place) in rows.items():
            chapter, _, section = place.partition(" · ")
            known = [h for h in HEADINGS[chapter] if h == section or h.startswith(f"{section} · ")]
            assert len(known) == 1, (file, name, place)


def test_ours_and_torchvisions_lines_of_one_name_are_explained_in_one_place(entries):
    judge = entries["resnet.py"]
    common = 0
    for file in ("blocks.py", "network.py"):
        for name, (_, place) in entries[file].items():
            if name in judge and "assign x" not in name:
                assert judge[name][1] == place, name
                common += 1
    assert common > 60


def test_the_map_holds_no_line_of_code(entries):
    text = reading.MAP.read_text(encoding="utf-8")
    for code in ("nn.Conv2d(", "inplace=True", "kernel_size=", "self.relu(", "+= identity"):
        assert code not in text


def statements(text):
    import ast

    return reading._named("resnet.py", text.splitlines(), ast.parse(text).body)


def test_an_unmapped_a_changed_and_a_lost_statement_are_told():
    before, after = "x = 1\nif x:\n    y = 2\n", "x = 1  # a comment\nif x:\n    y = 3\nz = 4\n"
    mapped = {"resnet.py": {s.name: (s.digest, "04 · 1") for s in statements(before)}}
    assert reading.problems(statements(before), mapped) == []
    mapped["resnet.py"]["assign gone"] = ("00000000", "04 · 1")
    digest = next(s.digest for s in statements(after) if s.name == "assign y")
    assert reading.problems(statements(after), mapped) == [
        f"resnet.py:3 has changed since it was mapped: assign y; its digest is now {digest}",
        "resnet.py:4 is not mapped: assign z",
        "resnet.py: no statement for the entry assign gone",
    ]


def test_equal_keys_of_a_scope_are_numbered_and_docstrings_left_out():
    text = 'def f():\n    """Words."""\n    x = 1\n    x = 2\n    return x\n'
    assert [s.name for s in statements(text)] == [
        "function f", "f: assign x", "f: assign x (2)", "f: return"
    ]  # fmt: skip


def test_main_says_that_all_is_mapped(capsys):
    assert reading.main() == 0
    assert "statements, all mapped" in capsys.readouterr().out
