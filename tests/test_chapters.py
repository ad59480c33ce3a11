"""The chapters: both forms in step, run afresh, clean, linked, and every number accounted for."""

import base64
import io
import re
import tomllib

import nbformat
import pytest
from PIL import Image

from resnet_edu import chapters

from . import prose

PATHS = chapters.chapters()
NAMES = [path.stem for path in PATHS]
ROOT = chapters.FOLDER.parent


@pytest.fixture(scope="module", params=PATHS, ids=NAMES)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def markdown(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_the_fourteen_chapters_are_there_in_both_forms():
    assert [name[:2] for name in NAMES] == [f"{number:02}" for number in range(14)]
    assert sorted(p.stem for p in chapters.FOLDER.glob("*.ipynb")) == NAMES


def test_text_and_executed_form_are_in_step(path):
    assert chapters.out_of_step(path) is None


def test_no_error_warning_or_path_in_any_output(notebook):
    nbformat.validate(notebook)
    assert chapters.problems(notebook) == []
    counts = [c.execution_count for c in notebook.cells if c.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.slow
def test_it_runs_afresh_and_repeats_its_outputs(path, notebook):
    fresh = chapters.executed(path)
    if notebook.metadata.made_on == chapters.made_on():
        assert chapters.changed_outputs(notebook, fresh) == []
    assert chapters.problems(fresh) == []


def test_it_is_small_and_opens_with_question_strip_and_time(path, notebook):
    assert path.with_suffix(".ipynb").stat().st_size < 1.5e6
    first = notebook.cells[0].source
    assert first.startswith(f"# {path.stem[:2]} · ")
    assert "?" in first.splitlines()[0]
    assert "*Needs:*" in first
    assert "*Takes:*" in first
    assert "draw.strip" in notebook.cells[1].source


def test_it_predicts_and_ends_as_every_chapter_does(notebook):
    text = markdown(notebook)
    assert len(re.findall(r"\*\*Predict", text)) >= 3
    assert "Stuck?" in text
    for heading in ("## Now you can …", "## Exercises", "## Summary"):
        assert heading in text
    summary = text.split("## Summary")[1]
    assert len(re.findall(r"^\d+\. ", summary, re.MULTILINE)) == 10


def test_it_links_back_and_forward(path, notebook):
    number = NAMES.index(path.stem)
    neighbours = [NAMES[i] for i in (number - 1, number + 1) if 0 <= i < len(NAMES)]
    last = notebook.cells[-1].source.split("## Summary")[1]
    for name in neighbours:
        assert f"({name}.ipynb)" in last


def test_every_fold_is_closed(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert cell.source.count("<details>") == cell.source.count("</details>")


def test_links_land(notebook):
    for target in re.findall(r"\]\(([^)#]+)\)", markdown(notebook)):
        assert (chapters.FOLDER / target).exists(), target


def test_files_of_the_package_that_are_named_exist(notebook):
    for name in re.findall(r"\| `([a-z_]+\.py|[a-z]+/)` \|", markdown(notebook)):
        assert (ROOT / "resnet_edu" / name).exists(), name


@pytest.fixture(scope="module")
def facts():
    return tomllib.loads((ROOT / "docs" / "facts.toml").read_text(encoding="utf-8"))


def test_every_number_in_prose_is_computed_in_its_section_or_sourced(notebook, facts):
    assert prose.unaccounted(notebook, facts) == []
    assert prose.unknown_sources(notebook, facts) == []


def test_a_number_from_nowhere_is_found(facts):
    cells = [
        nbformat.v4.new_markdown_cell("# 00 · What?\n\nIt has 17 parts and `99` names."),
        nbformat.v4.new_code_cell("print(17)"),
        nbformat.v4.new_markdown_cell("## 1 · Next\n\n17 again, 6.61 % in [He16] Table 2, 8.17."),
        nbformat.v4.new_markdown_cell("7.84 is in the table, 3 % nowhere, [Who99] no source."),
        nbformat.v4.new_code_cell("x = 3.5"),
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    found = [line.split(" in ")[0] for line in prose.unaccounted(made, facts)]
    assert found == ["## 1 · Next: 17", "## 1 · Next: 7.84", "## 1 · Next: 3"]
    assert ["[Who99]" in line for line in prose.unknown_sources(made, facts)] == [True]


def test_facts_have_sources_and_places(facts):
    for tag, source in facts.items():
        assert len(source["title"]) > 20, tag
        assert source["where"], tag
        places = [place for place in source.values() if isinstance(place, dict)]
        assert places, tag
        assert all("unit" in place or "says" in place for place in places), tag


def test_code_lines_fit_a_cell(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert max(map(len, lines)) <= 100


def test_pictures_are_pictures(notebook):
    count = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            if png:
                image = Image.open(io.BytesIO(base64.b64decode(png))).convert("L")
                assert image.width == 900
                assert image.getextrema()[0] < image.getextrema()[1]
                count += 1
    assert count >= 1


def test_ids_are_hashes_and_an_inserted_cell_moves_no_other(tmp_path):
    text = PATHS[0].read_text(encoding="utf-8")
    changed = tmp_path / "00_changed.py"
    changed.write_text(text + "\n# %%\nprint(1)\n\n# %%\nprint(1)\n", encoding="utf-8")
    before = [cell.id for cell in chapters.from_text(PATHS[0]).cells]
    after = [cell.id for cell in chapters.from_text(changed).cells]
    assert after[:-2] == before
    assert after[-1] == f"{after[-2]}-2"


def test_a_stale_notebook_is_noticed(tmp_path):
    text, made = tmp_path / "00_x.py", tmp_path / "00_x.ipynb"
    text.write_text("# %% [markdown]\n# words\n\n# %%\nx = 1\n", encoding="utf-8")
    assert "missing" in chapters.out_of_step(text)
    made.write_text(nbformat.writes(chapters.from_text(text)), encoding="utf-8")
    assert chapters.out_of_step(text) is None
    text.write_text("# %% [markdown]\n# words\n\n# %%\nx = 2\n", encoding="utf-8")
    assert "the source of cell 2" in chapters.out_of_step(text)


@pytest.mark.slow
def test_a_failing_cell_and_a_changed_output_are_told(tmp_path):
    text = tmp_path / "00_x.py"
    text.write_text("# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(chapters.ChapterError, match="ZeroDivisionError"):
        chapters.build(text)
    assert list(tmp_path.iterdir()) == [text]
    text.write_text("# %%\nimport sys\nprint('x', file=sys.stderr)\n", encoding="utf-8")
    with pytest.raises(chapters.ChapterError, match="stderr"):
        chapters.build(text)
    text.write_text("# %%\nimport time\nprint(time.time_ns())\n", encoding="utf-8")
    old, new = chapters.executed(text), chapters.executed(text)
    assert "another text output" in chapters.changed_outputs(old, new)[0]


def test_of_a_picture_s_description_only_measured_numbers_may_differ():
    def with_picture(text):
        image = io.BytesIO()
        Image.linear_gradient("L").save(image, "PNG")
        data = {"image/png": base64.b64encode(image.getvalue()).decode(), "text/plain": text}
        output = nbformat.v4.new_output("display_data", data)
        cell = nbformat.v4.new_code_cell("draw()", outputs=[output])
        return nbformat.v4.new_notebook(cells=[cell])

    old = with_picture("loss of 8 layers: from 1.623 to 0.03525.")
    same = with_picture("loss of 8 layers: from 1.5 to 3e-05.")
    assert chapters.changed_outputs(old, same) == []
    for other in ("loss of 9 layers: from 1.623 to 0.03525.", "error of 8: from 1.6 to 0.1."):
        assert "another text output" in chapters.changed_outputs(old, with_picture(other))[0]
