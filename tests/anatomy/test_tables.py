"""The tables: sums add up, forms agree, torchinfo's and ours say the same."""

import csv
import io
import re

import pytest
import torch
from torch import nn

import resnet_edu
from resnet_edu.anatomy import compare, describe, shape_table, table, trace
from resnet_edu.anatomy.tables import COLUMNS
from tests.conftest import NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("fold", [True, False])
def test_rows_add_up_to_the_total(name, depth, fold):
    *rows, last = table(trace(name), depth=depth, fold=fold).rows
    for key in ("parameters", "multiply_adds", "activation_bytes"):
        missing = trace(name)["x"].activation_bytes if key == "activation_bytes" else 0
        assert sum(row[key] for row in rows) == last[key] - missing


def test_folded_rows_stand_for_equal_blocks():
    rows = {row["name"]: row for row in table("resnet50").rows}
    assert rows["layer3.1–5"]["times"] == 5
    assert rows["layer3.1–5"]["paper"] == "conv4_2–6"
    blocks = trace("resnet50").by_block()
    assert rows["layer3.1–5"]["parameters"] == 5 * blocks["layer3.3"].parameters
    unfolded = [row["name"] for row in table("resnet50", fold=False).rows]
    assert "layer3.5" in unfolded
    assert len(unfolded) == 16 + 5


def test_every_form_has_every_row_and_number():
    made = table("resnet18", columns=list(COLUMNS))
    assert len(list(csv.DictReader(io.StringIO(made.csv())))) == len(made.rows)
    assert made.csv().splitlines()[-1].split(",")[5] == "11689512"
    assert made.markdown().count("\n|") == len(made.rows) + 2
    assert made.html().count("<tr>") == len(made.rows) + 1
    for text in (str(made), made.markdown(), made.html()):
        assert "11,689,512" in text
        assert "1,814,073,344" in text
    widths = {len(line) for line in str(made).splitlines()[2:-1] if line.startswith("-")}
    assert max(len(line) for line in str(made).splitlines()[2:-1]) <= max(widths)


def test_names_are_called_torchvisions_only_for_its_networks():
    assert "torchvision" in str(table("resnet18")).splitlines()[2]
    own = str(table(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), input_size=8)).splitlines()[2]
    assert "torchvision" not in own
    assert "name" in own


def test_every_text_of_a_table_has_its_size_on_any_page():
    made = table("resnet18", depth=2).html()
    for start in ("<table", "<caption", "<div style=\"color"):
        found = made[made.index(start) :].partition(">")[0]
        assert "font:12px" in found


def test_a_trace_shows_its_table():
    traced = trace("resnet18")
    assert str(traced) == str(table(traced))
    assert traced._repr_html_().startswith("<div")


def test_compare_marks_what_differs():
    made = compare("resnet50", "wide_resnet50_2")
    marks = {row["name"]: row["differs"] for row in made.rows}
    assert marks["conv1"] == marks["fc"] == ""
    assert marks["layer1"] == marks["layer4"] == marks["total"] == "≠"
    assert "2.70 × the parameters" in str(made)
    deep = compare("resnet50", "resnet101", depth=2)
    names = [row["name"] for row in deep.rows]
    assert names.index("layer3.5") < names.index("layer3.6") < names.index("layer4.0")
    missing = next(row for row in deep.rows if row["name"] == "layer3.6")
    assert missing["parameters_a"] is None
    assert missing["differs"] == "≠"
    assert not any(row["differs"] for row in compare("resnet18", "resnet18", depth=3).rows)


def test_compare_of_two_settings():
    dilated = trace("resnet50", replace_stride_with_dilation=[False, True, True])
    marks = {row["name"]: row["differs"] for row in compare("resnet50", dilated).rows}
    assert [name for name, mark in marks.items() if mark] == ["layer3", "layer4", "total"]


@pytest.mark.parametrize("name", NAMES)
def test_torchinfo_counts_ours_and_the_norms_once(name):
    statistics = shape_table(name).statistics
    totals = trace(name).totals
    assert statistics.total_params == totals.parameters
    assert statistics.total_output_bytes  # it ran
    traced = trace(name)
    norms = sum(record.parameters for record in traced if record.kind == "BatchNorm2d")
    assert statistics.total_mult_adds == totals.multiply_adds + norms + 1000  # and fc's biases


def test_torchinfo_shapes_are_the_traces():
    statistics = shape_table("resnet50", (97, 64), batch_size=2, depth=4).statistics
    seen = {}
    for row in statistics.summary_list:
        if row.is_leaf_layer:
            seen.setdefault(row.layer_id, tuple(row.output_size))
    traced = trace("resnet50", (97, 64), batch_size=2)
    first = [record for record in traced if record.kind[0].isupper() and record.call == 0]
    shapes = {record.path: record.output_shape for record in first}
    assert sorted(seen.values()) == sorted(shapes.values())


def test_shape_table_reads_well_and_takes_its_options():
    text = str(shape_table("resnet18", depth=2, columns=["output_size", "num_params"]))
    assert "Units." not in text
    assert "mult-adds (G): 1.81" in text
    assert "Mult-Adds" not in text
    with pytest.raises(ValueError, match="no column 'shape'"):
        shape_table("resnet18", columns=["shape"])
    with pytest.raises(ValueError, match="depth must be"):
        shape_table("resnet18", depth=-1)


def test_shape_table_leaves_a_model_alone():
    model = resnet_edu.resnet18().train()
    model.layer1.eval()
    modes = [module.training for module in model.modules()]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    state = torch.get_rng_state()
    shape_table(model, 64, batch_size=2)
    assert torch.equal(torch.get_rng_state(), state)
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


def test_unknown_columns_and_depths():
    with pytest.raises(ValueError, match="no column 'flops'"):
        table("resnet18", columns=["flops"])
    with pytest.raises(ValueError, match="depth must be"):
        table("resnet18", depth=4)
    with pytest.raises(TypeError, match="a trace is fixed"):
        table(trace("resnet18"), input_size=32)


def test_a_described_operation_works_its_formulas_out():
    text = describe(trace("resnet50"), "layer3.0.conv2")
    for part in (
        "Conv2d 3×3, stride 2, padding 1 · main path · block 1 of 6 of layer3 · paper: conv4_1",
        "(1, 256, 28, 28) → (1, 256, 14, 14)", "256 · (256 / 1) · 3 · 3", "= 589,824",
        "589,824 · 14 · 14", "= 115,605,504   2.8 % of the network", "91 + (3 − 1) · 8",
        "= 107 pixels, one step is 16 pixels", "before  layer3.0.relu", "after  layer3.0.bn2",
        "joins  layer3.0.downsample.1 at layer3.0.add", "in Bottleneck.forward",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
@pytest.mark.parametrize("size", [224, (65, 40)])
def test_formulas_that_are_shown_give_what_is_shown(name, size):
    """Every formula of every operation is evaluated."""
    traced = trace(name, size, batch_size=2, replace_stride_with_dilation=[False] * 3)
    checked = 0
    for record in traced:
        for line in describe(traced, record.name).splitlines():
            found = re.match(r"(\S+ ?\S*)\s{2,}(.*?)\s*= ([\d,]+)( |$)", line)
            if found and re.search(r"\d [·+/−]", found[2]) and "weight" not in found[2]:
                text = found[2].replace("−", "-").replace("·", "*").replace(",", "")
                text = text.replace("floor(", "int(").replace("images", "")
                assert int(eval(text)) == int(found[3].replace(",", "")), line
                checked += 1
    assert checked > 50
