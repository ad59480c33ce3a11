"""ResNet on a page: an A4 sheet on which nothing crowds, with the numbers of the traces."""

import pathlib
import sys
import xml.etree.ElementTree as ET

import matplotlib
import pytest
from matplotlib.text import Text

from resnet_edu import draw
from resnet_edu.__main__ import main
from resnet_edu.anatomy import trace
from resnet_edu.draw.page import A4
from resnet_edu.variants import ARCHITECTURES

from .test_figures import crowding

DOCS = pathlib.Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def sheet():
    return draw.sheet()


def test_it_is_one_page_on_which_nothing_crowds(sheet):
    assert tuple(sheet.get_size_inches()) == A4
    assert crowding(sheet) == []


def test_type_is_not_too_small_to_print(sheet):
    sizes = [t.get_fontsize() for t in sheet.findobj(Text) if t.get_text().strip()]
    assert min(sizes) > 4.4  # points


def test_the_table_has_the_numbers_of_the_traces(sheet):
    shown = [text.get_text() for text in sheet.findobj(Text)]
    for name in ARCHITECTURES:
        totals = trace(name).totals
        assert name in shown
        assert f"{totals.parameters / 1e6:.1f}" in shown
        assert f"{totals.multiply_adds / 1e9:.2f}" in shown
        assert f"{name}, " in sheet.get_label()


def test_pictures_have_their_own_figure_again_afterwards(sheet):
    assert draw.strip(trace("resnet18")).get_size_inches()[0] == 9


def test_the_committed_sheet_says_what_is_drawn_now(sheet):
    written = "".join(ET.parse(DOCS / "resnet_on_a_page.svg").getroot().itertext())
    assert sheet.get_label() in written


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_committed_sheet_is_the_same_bytes_with_the_pinned_matplotlib(sheet, kind):
    pins = (DOCS.parent / "requirements.txt").read_text(encoding="utf-8")
    if f"matplotlib=={matplotlib.__version__}" not in pins or sys.platform != "linux":
        pytest.skip("another matplotlib or system places letters otherwise")
    assert (DOCS / f"resnet_on_a_page.{kind}").read_bytes() == sheet.to_bytes(kind)


def test_the_command_writes_it(tmp_path, capsys):
    target = tmp_path / "sheet.pdf"
    assert main(["sheet", "-o", str(target)]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    assert target.read_bytes().startswith(b"%PDF")
    assert main(["sheet", "-o", str(tmp_path / "sheet.docx")]) == 2
