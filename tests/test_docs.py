"""Glossary and questions: every link lands on a chapter that has what it is said to have."""

import re

import pytest

from resnet_edu import chapters
from resnet_edu.classroom.assignments import assignments
from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.tasks import run_source

DOCS = chapters.FOLDER.parent / "docs"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in chapters.chapters()}
ROW = re.compile(r"^\| (.+) \| \[(.+)\]\(\.\./notebooks/(\w+)\.ipynb\) \|$", re.MULTILINE)


def rows(name):
    return ROW.findall((DOCS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["questions.md", "glossary.md"])
def test_every_row_is_understood_and_every_link_lands(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    body = [line for line in text.splitlines() if line.startswith("| ") and "](" in line]
    assert len(rows(name)) == len(body) > 40
    for _, _, chapter in rows(name):
        assert chapter in TEXTS


def test_there_are_ninety_questions_each_once_in_the_order_of_the_chapters():
    found = rows("questions.md")
    assert len(found) == len({question for question, _, _ in found}) == 90
    assert [chapter for _, _, chapter in found] == sorted(chapter for _, _, chapter in found)


def test_every_question_names_a_section_that_exists():
    for question, section, chapter in rows("questions.md"):
        headings = re.findall(r"^# ## (.+)$", TEXTS[chapter], re.MULTILINE)
        assert section in [*headings, "the beginning"], question


def test_what_is_not_settled_is_called_so_where_it_is_answered():
    for question, section, chapter in rows("questions.md"):
        if "Not settled" in question:
            part = TEXTS[chapter].split(f"# ## {section}")[1].split("\n# ## ")[0]
            assert "not settled" in part.lower(), question


def test_glossary_terms_stand_in_their_chapter_with_a_chinese_term_beside():
    terms = []
    for row, _, chapter in rows("glossary.md"):
        term, chinese, meaning = row.split(" | ")
        terms.append(term.lower())
        assert term.lower() in TEXTS[chapter].lower(), term
        assert re.search(r"[\u4e00-\u9fff]", chinese), term
        assert len(meaning) > 15, term
    assert terms == sorted(terms)


def teaching():
    return (DOCS / "teaching.md").read_text(encoding="utf-8")


def test_the_table_of_exercises_has_each_with_its_section_points_and_assignment():
    found = {}
    row = r"^\| (\d\d) \| \[(\d+) · .+\]\(.+\) \| (.+) \| (.+) \| (\w+) \|$"
    for chapter, number, names, points, part in re.findall(row, teaching(), re.MULTILINE):
        listed = re.findall(r"`(\w+)`", names)
        many = re.fullmatch(r"\d+ × (\d+)", points)
        each = [many[1]] * len(listed) if many else points.split(" + ")
        for name, one in zip(listed, each, strict=True):
            found[name] = (f"{chapter} §{number}", int(one), part)
    homes = {e.name: part for part, exercises in assignments().items() for e in exercises}
    assert found == {n: (e.section, e.points, homes.get(n, "none")) for n, e in EXERCISES.items()}


def test_the_lessons_name_exercises_that_exist_and_add_up():
    lessons = re.findall(r"^\| \d \| ([\d, ]+) \| (.+) \| ([\d +]+) = (\d+) \| (.+) \|$",
                         teaching(), re.MULTILINE)  # fmt: skip
    assert len(lessons) == 2 + 4 + 8
    takes = {stem[:2]: int(re.search(r"\*Takes:\* (\d+) minutes", text)[1])
             for stem, text in TEXTS.items()}  # fmt: skip
    known = {*EXERCISES, *assignments()}
    for read, tried, minutes, total, home in lessons:
        terms = [int(term) for term in minutes.split(" + ")]
        assert sum(terms) == int(total) <= 90
        assert terms[:-1] == [takes[chapter] for chapter in read.split(", ")]
        assert set(re.findall(r"`(\w+)`", tried + home)) <= known


def test_no_lesson_asks_for_an_exercise_before_its_chapter():
    homes = {e.name: part for part, exercises in assignments().items() for e in exercises}
    plans = re.split(r"^### .+ lessons: .+$", teaching().split("### The exercises by chapter")[0],
                     flags=re.MULTILINE)[1:]  # fmt: skip
    assert len(plans) == 3
    for plan in plans:
        chosen = dict(re.findall(r"`(\w+) = (\[.+?\])`", plan))
        read, there = set(), {}
        lesson = r"^\| \d \| (.+) \| (.+) \| .+ = \d+ \| (.+) \|$"
        for row in re.findall(lesson, plan, re.MULTILINE):
            read |= set(row[0].split(", "))
            for name in set(re.findall(r"`(\w+)`", row[1] + row[2])) & set(EXERCISES):
                assert EXERCISES[name].section[:2] in read, name
                there[homes.get(name)] = there.get(homes.get(name), set()) | {name}
            read |= set(re.findall(r"read (\d\d)", row[2]))
        for part in re.findall(r"hand in `(\w+)`", plan):
            asked = re.findall(r"\w+", chosen[part]) if part in chosen else [
                e.name for e in assignments()[part] if not re.match(r"(wide_)?resne", e.name)]
            assert set(asked) <= there[part]
            assert part not in chosen or set(asked) == there[part]


def test_the_verdicts_of_the_teaching_page_are_those_of_now():
    block = EXERCISES["BasicBlock"]
    wrong = next(m for m in block.mistakes if m.id == "downsample-of-the-branch")
    for answer in (run_source(block.starter, block), block.wrong(wrong, "plain"),
                   block.reference()):  # fmt: skip
        assert f"```text\n{check('BasicBlock', answer)}\n```" in teaching()
