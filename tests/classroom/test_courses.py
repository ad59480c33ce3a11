"""The course folder as a teacher makes and uses it."""

import os
import shutil
import subprocess

import nbformat
import pytest

from resnet_edu.__main__ import main
from resnet_edu.classroom import assignments, courses, grading, settings
from resnet_edu.classroom.courses import CourseError

NAMES = tuple(assignments.assignments())


def state(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def said(steps):
    return {step.path.as_posix(): (step.done, step.remark) for step in steps}


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "course"
    list(courses.new(folder))
    return folder


@pytest.fixture
def course(made, tmp_path):
    return shutil.copytree(made, tmp_path / "course")


def source(course, name="blocks"):
    return course / "source" / name / f"{name}.ipynb"


def released(course, name="blocks"):
    return course / "release" / name / f"{name}.ipynb"


def test_a_new_course_has_all_that_it_needs(course):
    found = set(state(course))
    assert found == {".gitignore", "README.md", "course.toml", "nbgrader_config.py",
                     "overrides.csv",
                     *(f"source/{name}/{name}.ipynb" for name in NAMES)}  # fmt: skip
    assert all((course / name).is_dir() for name in ("release", "submitted", "results"))
    assert settings.load(course) == settings.Settings()
    assert "do not belong in a public repository" in (course / "README.md").read_text("utf-8")


def test_made_again_nothing_is_overwritten(course):
    edit(course / "course.toml", 'late = "percent"', 'late = "accept"')
    edit(source(course), "# The blocks", "# Our blocks")
    (course / "README.md").write_text("mine", encoding="utf-8")
    before = state(course)
    steps = list(courses.new(course))
    assert state(course) == before
    assert {step.done for step in steps} == {"kept"}
    remarks = {step.path.stem: step.remark for step in steps if step.path.suffix == ".ipynb"}
    assert "changed by you" in remarks.pop("blocks")
    assert set(remarks.values()) == {""}


def test_made_again_what_is_missing_is_made(course):
    source(course).unlink()
    (course / "overrides.csv").unlink()
    done = {step.path.name for step in courses.new(course) if step.done == "made"}
    assert done == {"blocks.ipynb", "overrides.csv"}


def test_two_courses_draw_other_hidden_numbers(course, tmp_path):
    list(courses.new(tmp_path / "other"))
    assert source(tmp_path / "other").read_bytes() != source(course).read_bytes()


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(CourseError, match=r"holds other files and no course\.toml"):
        list(courses.new(tmp_path))
    with pytest.raises(CourseError, match="is a file"):
        list(courses.new(tmp_path / "thesis.tex"))
    assert set(state(tmp_path)) == {"thesis.tex"}


def test_release_strips_and_can_be_run_again(course):
    assert {step.done for step in courses.release(course)} == {"made"}
    for name in NAMES:
        notebook = nbformat.read(released(course, name), as_version=4)
        assert assignments.leftovers(notebook) == []
    before = state(course)
    assert {step.done for step in courses.release(course)} == {"same"}
    assert state(course) == before


def test_a_release_that_differs_is_kept_until_asked(course):
    list(courses.release(course))
    edit(released(course), "# The blocks", "# By hand")
    before = state(course)
    done, remark = said(courses.release(course, ["blocks"]))[released(course).as_posix()]
    assert done == "kept"
    assert "--replace" in remark
    assert state(course) == before
    edit(source(course), "# The blocks", "# Our blocks")
    assert [s.done for s in courses.release(course, ["blocks"], replace=True)] == ["replaced"]
    assert "# Our blocks" in released(course).read_text(encoding="utf-8")


@pytest.mark.parametrize("broken", ["no notebook", "### BEGIN SOLUTION", "an answer"])
def test_nothing_is_released_when_one_notebook_is_wrong(course, broken):
    last = source(course, NAMES[-1])
    if broken == "no notebook":
        last.write_text("{", encoding="utf-8")
    elif broken == "an answer":  # a teacher's note with the answer in it, in a cell without marks
        notebook = nbformat.read(last, as_version=4)
        answer = next(iter(assignments.exercises_of(NAMES[-1])[0].styles.values()))
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"Note:\n```\n{answer}\n```"))
        nbformat.write(notebook, last)
    else:
        edit(last, "### END SOLUTION", "")
    with pytest.raises(CourseError, match=last.name):
        list(courses.release(course))
    assert not list((course / "release").iterdir())


def test_a_notebook_of_the_teachers_own_is_released_too(course):
    own = source(course, "warm_up")
    own.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hello")]), own)
    assert released(course, "warm_up").as_posix() in said(courses.release(course))


def test_what_is_no_course_or_no_assignment_is_said(course, tmp_path):
    with pytest.raises(CourseError, match=r"is no course folder, it has no course\.toml"):
        list(courses.release(tmp_path))
    with pytest.raises(CourseError, match=r"did you mean blocks\?"):
        list(courses.release(course, ["block"]))
    shutil.rmtree(course / "source")
    with pytest.raises(CourseError, match="has no notebook: `class new"):
        list(courses.release(course))


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_leaves_out_what_no_student_may_see(course):
    list(courses.release(course))
    (course / "submitted" / "ada").mkdir()
    (course / "submitted" / "ada" / "blocks.ipynb").write_text("{}")
    for name in ("results/ada.json", "reports/class.html", "students.csv", "gradebook.db"):
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text("ada")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", "init", "-q", str(course)], env=clean, check=True)
    listed = subprocess.run(["git", "ls-files", "-o", "--exclude-standard"], cwd=course, env=clean,
                            capture_output=True, text=True, check=True).stdout.split()  # fmt: skip
    assert set(listed) == {".gitignore", "README.md", "course.toml", "nbgrader_config.py",
                           *(f"release/{name}/{name}.ipynb" for name in NAMES)}  # fmt: skip


def test_the_commands(capsys, tmp_path):
    folder = tmp_path / "2027" / "resnet"
    assert main(["class", "new", str(folder)]) == 0
    out = capsys.readouterr().out
    assert f"made     {folder / 'course.toml'}" in out
    assert "public repository" in " ".join(out.split())
    assert main(["class", "new", str(folder)]) == 0
    assert "public" not in capsys.readouterr().out
    assert main(["class", "release", "--course", str(folder), "blocks"]) == 0
    assert capsys.readouterr().out == f"made     {released(folder)}\n"
    edit(released(folder), "# The blocks", "# By hand")
    assert main(["class", "release", "--course", str(folder)]) == 1
    assert "kept" in capsys.readouterr().out
    assert main(["class", "release", "--course", str(tmp_path)]) == 2
    assert "resnet_edu: " in capsys.readouterr().err


CHOSEN = ["ResNet", "spot_projection", "spot_channels", "spot_stem"]


def choose(course, names=CHOSEN):
    listed = ", ".join(f'"{name}"' for name in names)
    edit(course / "course.toml", "[exercises]\n", f"[exercises]\nnetwork = [{listed}]\n")


def test_the_exercises_that_course_toml_chooses_are_all_that_an_assignment_has(course):
    choose(course)
    done, remark = said(courses.new(course))[source(course, "network").as_posix()]
    assert (done, remark) == ("replaced", "4 exercises, 8 points")
    assert {step.done for step in courses.release(course)} == {"made"}
    texts = [cell.source for cell in nbformat.read(released(course, "network"), 4).cells]
    assert "builders" not in texts[0]
    assert texts[0].count("\n| ") == 1 + 4 + 1
    assert "| | together | 8 | |" in texts[0]
    heads = [line.split(" · ") for text in texts for line in text.splitlines() if " · " in line
             and line.startswith("## ")]  # fmt: skip
    assert [head[0] for head in heads] == ["## 1", "## 2", "## 3", "## 4"]
    assert {head[1] for head in heads} == set(CHOSEN)
    given = grading.Given.of(course)
    assert {e.name for e in given.exercises["network"]} == set(CHOSEN)
    assert given.most("network") == 8
    assert {step.done for step in courses.new(course)} == {"kept"}


def test_a_notebook_that_was_changed_is_kept_whatever_course_toml_chooses(course):
    path = source(course, "network")
    edit(path, "seed=", "tries=3, seed=")
    choose(course)
    before = path.read_bytes()
    done, remark = said(courses.new(course))[path.as_posix()]
    assert done == "kept"
    assert "move it away, and `class new` makes it anew" in remark
    assert path.read_bytes() == before
    notes = [step.remark for step in courses.release(course) if step.done == "note"]
    assert notes == ["it has not the exercises that course.toml chooses: `class new`, run again, "
                     "says more"]  # fmt: skip


def test_a_first_cell_that_promises_what_was_taken_out_is_told(course):
    path = source(course, "network")
    notebook = nbformat.read(path, 4)
    notebook.cells = [cell for cell in notebook.cells
                      if cell.metadata.nbgrader.grade_id.partition("-")[2] != "spot_stem"]
    nbformat.write(notebook, path)
    notes = [step.remark for step in courses.release(course) if step.done == "note"]
    assert notes == ["its first cell promises spot_stem, which it does not have: mend the table "
                     "and its sum there"]  # fmt: skip


def test_an_exercise_of_another_assignment_cannot_be_chosen(course):
    choose(course, ["BasicBlok"])
    with pytest.raises(settings.SettingsError, match="no exercise of network named 'BasicBlok'"):
        list(courses.new(course))
