"""The annotated source: nothing of a file is lost, and a note that loses its line is noticed."""

import pathlib
import re

import pytest

from resnet_edu.reading import CORE, ours, read_map, torchvisions
from resnet_edu.website import annotated, lines, places

SAMPLE = '''\
"""A module."""

import os  # for paths


class A:
    """A class with ``x``."""

    y = 1  # (N, C)

    # Why it is so,
    # in two lines.
    def f(self):
        """Nothing."""
        return os
'''


def shown_lines(page):
    return [int(n) for n in re.findall(r'id="L(\d+)"', page)]


@pytest.mark.parametrize("name", CORE)
def test_every_line_of_code_is_on_the_page_once_and_in_order(name):
    text = (annotated.PACKAGE / f"{name}.py").read_text(encoding="utf-8")
    source = annotated.take_apart(f"{name}.py", text)
    wanted = [n for n, line in enumerate(source.shown, start=1)
              if line.strip() and n not in source.hidden]  # fmt: skip
    assert shown_lines(annotated.page(name)) == wanted


@pytest.mark.parametrize("name", CORE)
def test_every_comment_and_docstring_is_on_the_page(name):
    text = (annotated.PACKAGE / f"{name}.py").read_text(encoding="utf-8")
    words = re.sub(r"[^a-z]+", " ", annotated.page(name).lower())
    for comment in re.findall(r"^[^\"']*?#\s+([A-Za-z].*)$", text, re.MULTILINE):
        if not comment.startswith(("type:", "noqa", "fmt:")):
            assert re.sub(r"[^a-z]+", " ", comment.lower()).strip() in words, comment


def test_every_note_has_its_line():
    assert annotated.lost_notes() == []


def test_a_note_that_loses_its_line_is_noticed(tmp_path):
    wrong = tmp_path / "notes.toml"
    wrong.write_text(
        '["blocks.py"."BasicBlock.forward"]\n"identity = x.clone()" = "gone"\n'
        '["blocks.py"."NoBlock"]\n"x" = "gone"\n["other.py"."module"]\n"x" = "gone"\n',
        encoding="utf-8",
    )
    found = annotated.lost_notes(wrong)
    assert "BasicBlock.forward: 0 lines are 'identity = x.clone()', not 1" in found[0]
    assert "NoBlock, which is not there" in found[1]
    assert "other.py" in found[2]


def test_code_that_stands_twice_is_no_key():
    source = annotated.take_apart("a.py", "x = 1\nx = 1  # twice\n")
    assert "2 lines are 'x = 1'" in annotated.place_notes(source, {"module": {"x = 1": "?"}})[0]


def test_comments_move_beside_their_line_and_shapes_stay():
    source = annotated.take_apart("a.py", SAMPLE)
    assert source.prose[3] == ["For paths."]
    assert source.shown[2] == "import os"
    assert source.shown[8].endswith("# (N, C)")
    assert source.prose[13] == ["Why it is so, in two lines."]
    assert source.docstrings == {6: "A class with `x`.", 13: "Nothing."}
    assert [one.heading for one in annotated.segments(source) if one.heading] == [
        (2, "A"), (3, "A.f")]  # fmt: skip


def test_what_markdown_would_take_for_its_own_is_escaped():
    assert annotated.as_markdown("``4*x`` and *that* [He15]") == r"`4*x` and \*that\* \[He15]"


def test_the_page_of_torchvisions_lines_has_every_statement():
    page = lines.page()
    numbers = [int(n) for n in re.findall(r"^\| \[(\d+)\]", page, re.MULTILINE)]
    assert numbers == [one.line for one in torchvisions()]
    assert page.count("notebooks/") >= len(numbers)


def test_the_line_of_ours_does_what_torchvisions_does():
    from resnet_edu.peer import import_torchvision

    theirs = pathlib.Path(import_torchvision().models.resnet.__file__)
    text = theirs.read_text(encoding="utf-8").splitlines()
    own = {(one.scope, one.key): one for one in ours()}
    unanswered, called = [], 0
    for one in torchvisions():
        found = lines.answer(one, own)
        if found is None:
            unanswered.append(one.key)
            continue
        file = (annotated.PACKAGE / found.file).read_text(encoding="utf-8").splitlines()
        for name in re.findall(r"self\.(\w+)\(x?", " ".join(text[one.line - 1 : one.end])):
            called += 1
            assert f"self.{name}(" in " ".join(file[found.line - 1 : found.end]), (one, found)
    assert unanswered == ["call _log_api_usage_once"]  # left out of ours
    assert called > 30


def test_it_shows_nothing_of_torchvisions_code():
    from resnet_edu.peer import import_torchvision

    path = pathlib.Path(import_torchvision().models.resnet.__file__)
    code = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()}
    page = lines.page()
    assert not [line for line in code if len(line) > 45 and line in page]


def test_every_place_of_the_map_is_a_section():
    for entries in read_map().values():
        for _, place in entries.values():
            assert places.section(place)
    with pytest.raises(KeyError, match="chapter 04 has no section '99'"):
        places.section("04 · 99")
