"""``check`` from a notebook or a script: what it says, and that it leaves everything as it was."""

import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy
import pytest
import torch
from torch import nn

import resnet_edu
from resnet_edu import chapters
from resnet_edu.exercises import EXERCISES, Report, check, checking, guard, probe, telling
from resnet_edu.exercises.catalogue import spot
from resnet_edu.exercises.tasks import changed, run_source
from resnet_edu.peer import import_torchvision

BLOCK = EXERCISES["BasicBlock"]
PLAIN = BLOCK.styles["plain"]


def answer(*changes):
    """The plain block with texts replaced."""
    source = PLAIN
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return run_source(source, BLOCK)


def test_a_right_answer_gets_one_line_with_what_was_tried():
    report = check("BasicBlock", answer())
    assert isinstance(report, Report)
    assert (report.passed, report.score, report.mistake, report.mistakes) == (True, 1.0, None, ())
    assert report.hints == []
    assert str(report).count("\n") == 0
    assert f"{len(report.observations)} observations" in str(report)
    assert all(row.holds for row in report.observations)


def test_a_wrong_answer_gets_four_parts_in_order():
    report = check("BasicBlock", answer(("        out += identity\n", "")))
    assert not report.passed
    assert report.mistake == "no-sum" == report.mistakes[0]
    assert 0 < report.score < 1
    text = str(report)
    title = next(m.title for m in BLOCK.mistakes if m.id == "no-sum")
    places = [text.index(part) for part in (title, "  seen  ", "  why   ", "  try   ")]
    assert places == sorted(places)
    assert "expected" in text
    assert report.hints[0] == title


def test_an_unknown_mistake_gets_the_first_difference_on_the_smallest_input():
    report = check("BasicBlock", answer(("out += identity", "out += identity + 0.125")))
    assert report.mistake is None
    assert "BasicBlock(4, 4)" in report.seen or "BasicBlock(3, 3)" in report.seen
    assert "expected" in report.seen
    assert "found" in report.seen
    assert "plus 0.125" in report.title


def test_html_escapes_what_the_answer_says():
    class BasicBlock(nn.Module):
        def __init__(self, *args, **kwargs):
            raise RuntimeError("<script>alert(1)</script>")

    page = check("BasicBlock", BasicBlock)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_in_a_notebook_code_is_shown_as_code():
    page = check("conv_out", lambda n, k, stride=1, padding=0, dilation=1: None)._repr_html_()
    assert "`" not in page
    assert ">conv_out(n, k, stride=1, padding=0, dilation=1)</code>" in page


@pytest.mark.parametrize("make", [
    lambda judge: judge.BasicBlock,
    lambda judge: type("BasicBlock", (judge.BasicBlock,), {}),
    lambda judge: lambda *args, **kwargs: judge.BasicBlock(*args, **kwargs),
])  # fmt: skip
@pytest.mark.parametrize("whose", ["torchvision", "ours"])
def test_imported_is_not_built(make, whose):
    judge = import_torchvision().models.resnet if whose == "torchvision" else resnet_edu
    report = check("BasicBlock", make(judge))
    assert not report.passed
    assert report.score == 0
    assert report.mistake == "imported"
    assert "Imported, not built" in str(report)


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean BasicBlock"):
        check("BasicBlok", answer())


ODD = [None, 3, "text", lambda: 0, nn.Module]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_anything_can_be_given_as_an_answer(name, odd):
    report = check(name, odd)
    assert not report.passed
    assert str(report)


class Restless(nn.Module):
    """Changes all that it can reach, prints, warns, and is wrong."""

    expansion = 1

    def __init__(self, *args, **kwargs):
        super().__init__()
        print("printed")
        print("printed", file=sys.stderr)
        warnings.warn("warned", stacklevel=1)
        torch.manual_seed(1)
        numpy.random.seed(1)
        random.seed(1)
        torch.set_default_dtype(torch.float16)
        torch.set_grad_enabled(False)
        torch.set_num_threads(3)
        sys.setrecursionlimit(5000)

    def forward(self, x):
        torch.rand(3)
        return x


def state():
    return (
        torch.get_rng_state().tolist(), numpy.random.get_state()[1].tolist(), random.getstate(),
        torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(),
        sys.getrecursionlimit(), sys.stdout, warnings.filters[:],
    )  # fmt: skip


def test_everything_is_as_it_was(capsys):
    with torch.no_grad():
        before = state()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            check("BasicBlock", Restless)
        after = state()
    assert before == after
    assert said == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("body", [
    "while True: pass",
    "while True:\n    try:\n        pass\n    except: pass",
    "import time\ntime.sleep(30)",
])  # fmt: skip
def test_endless_python_is_interrupted(body, monkeypatch):
    monkeypatch.setattr("resnet_edu.exercises.checking.SECONDS", 0.3)
    change = ("        identity = x\n", textwrap.indent(body, " " * 8) + "\n        identity = x\n")
    start = time.monotonic()
    report = check("BasicBlock", answer(change))
    assert time.monotonic() - start < 10
    assert (report.passed, report.mistake) == (False, "stopped")
    assert "was stopped" in report.title


def test_outside_the_main_thread_it_is_interrupted_too(monkeypatch):
    monkeypatch.setattr("resnet_edu.exercises.checking.SECONDS", 0.3)
    found = []
    loops = answer(("        identity = x\n", "        while True: pass\n"))
    thread = threading.Thread(target=lambda: found.append(check("BasicBlock", loops)))
    thread.start()
    thread.join(20)
    assert found[0].mistake == "stopped"


@pytest.mark.parametrize("in_main", [True, False])
def test_no_interruption_comes_after_the_answer_has_stopped(in_main, monkeypatch):
    """They come so thick here that some fall between the answer's end and the switching off."""
    monkeypatch.setattr(guard, "AGAIN", 1e-4)
    came = []

    def run():
        for _ in range(50):
            try:
                guard.within(1e-3, lambda: [0 for _ in iter(int, 1)])
            except guard.TooLong:
                came.append(True)
            time.sleep(1e-3)

    if in_main:
        run()
        assert not hasattr(signal, "getitimer") or signal.getitimer(signal.ITIMER_REAL)[1] == 0
    else:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(60)
    assert len(came) == 50
    right = EXERCISES["conv_out"].reference()  # hung once, after an interruption was taken back
    assert check("conv_out", lambda *a, **k: right(*a, **k)).passed


def test_an_alarm_of_the_caller_stays():
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timers, so no caller has set one")
    rang = []
    before = signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 100)
        guard.within(50, lambda: None)
        assert 50 < signal.setitimer(signal.ITIMER_REAL, 0)[0] <= 100
    finally:
        signal.signal(signal.SIGALRM, before)


def test_the_model_and_the_arguments_of_the_caller_are_not_touched():
    block = answer()
    mine = block(4, 4)
    before = {k: v.clone() for k, v in mine.state_dict().items()}
    check("BasicBlock", block)
    assert all(torch.equal(v, before[k]) for k, v in mine.state_dict().items())
    assert mine.training


@pytest.mark.slow
@pytest.mark.alone
def test_feedback_takes_less_than_a_second():
    """CPU time of a first call on a wrong answer, in a fresh process, torch loaded."""
    program = """
        import sys, time, torch
        from resnet_edu.exercises import EXERCISES, check
        from resnet_edu.exercises.tasks import changed, run_source
        torch.set_num_threads(1)
        for name, exercise in EXERCISES.items():
            if exercise.mistakes:
                mistake = exercise.mistakes[-1]
                wrong = exercise.wrong(mistake, next(iter(mistake.changes)))
                start = time.process_time()
                check(name, wrong)
                print(name, time.process_time() - start)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True,
                          text=True, check=True)  # fmt: skip
    slow = []
    for line in done.stdout.splitlines():
        name, seconds = line.split()
        whole = name == "ResNet" or "ResNet" in EXERCISES[name].given
        if float(seconds) > (10 if whole else 1):
            slow.append(line)
    assert slow == []


@pytest.mark.parametrize(("name", "given", "said"), [
    ("conv3x3", nn.Conv2d(3, 8, 3), "of the type Conv2d, not a function"),
    ("BasicBlock", nn.Linear(2, 2), "of the type Linear, not a class"),
    ("bn_params", None, "Nothing was handed in"),
    ("bn_params", 128, "of the type int, not a function"),
    ("spot_input", 6, "has another form"),
    ("spot_input", (6, "c", "why"), "has another form"),
    ("spot_input", (6, "what the first one made is lost"), "has another form"),
    ("spot_input", (6, "a result is thrown away"), "has another form"),
    ("spot_input", (6, "e"), "There is no reason e: they are a to d."),
    ("spot_input", (13, "a"), "There is no line 13: they are 1 to 8."),
])  # fmt: skip
def test_what_is_no_class_function_or_pair_is_told_so(name, given, said):
    report = check(name, given)
    assert (report.passed, report.mistake, report.score) == (False, "another-form", 0)
    assert said in report.title
    assert report.hints[-1].endswith("?")


def test_an_error_that_stops_all_is_told_before_anything_else():
    report = check("BasicBlock", answer(("def forward(self, x):", "def forward(x):")))
    assert (report.mistake, report.title) == (
        None, "An error stops the answer: forward is called with more arguments than it takes.")
    assert "takes 1 positional argument but 2 were given" in report.seen
    assert report.ask == "Which arguments does your `forward` take, and is `self` the first?"


@pytest.mark.parametrize("pair", [
    ("6", "c"), (6.0, "c"), ("c", 6), (6, "C)"), ("line 6", "c: lost"),
])  # fmt: skip
def test_a_line_and_a_letter_are_understood_in_any_form(pair):
    assert check("spot_input", (6, "c")).passed
    assert check("spot_input", pair).passed


def test_a_number_as_text_is_told_from_a_number():
    report = check("conv_out", lambda *args, **options: "8")
    assert "expected 18, found '8'" in report.seen


def test_where_nothing_runs_nothing_is_said_of_what_is_refused():
    report = check("BasicBlock", answer(("        out = self.conv1(x)\n", "        return x\n")))
    assert "accepted" not in report.title, report


def test_what_is_shown_is_what_the_named_mistake_does():
    def freeze(model):
        for parameter in model.parameters():
            parameter.requires_grad = False
        return model

    report = check("freeze_backbone", freeze)
    assert report.mistake
    told = {"statistics-still-move": "running_mean", "head-frozen-too": "fc.weight"}
    assert any(report.mistake == m and word in report.seen for m, word in told.items()), report


def test_a_solution_that_is_imported_inside_is_told_so():
    def resnet18(**kwargs):
        from torchvision.models import resnet18

        return resnet18(**kwargs)

    import_torchvision()
    report = check("resnet18", resnet18)
    assert report.mistake == "imported"
    assert "<" not in report.title


def test_rows_that_nobody_asked_for_and_marks_of_no_probe_earn_nothing():
    exercise = EXERCISES["conv3x3"]
    rows = {key: {"skipped": "x"} for key in checking.expectation("conv3x3", 0)}
    assert checking.judge(exercise, 0, rows).score == 0
    rows = {f"0/group{i}/x": "nothing" for i in range(1000)}
    assert checking.judge(exercise, 0, rows).score == 0


GRAY = """old = model.conv1
new = nn.Conv2d(1, old.out_channels, old.kernel_size, old.stride, old.padding, old.dilation,
                bias=old.bias is not None, padding_mode=old.padding_mode)
{}
if old.bias is not None:
    new.bias = old.bias
model.conv1 = new
return model"""
OTHERS = "kept = {{k: v for k, v in state_dict.items() if not k.startswith({})}}\n"
SLIPS = [
    ("conv1x1", "return nn.Conv2d(in_planes, out_planes, 1, stride, False)",
     "false-in-the-place-of-a-number"),
    ("conv1x1", "return nn.Conv2d(in_planes, out_planes, 1, stride, 0, False)",
     "false-in-the-place-of-a-number"),
    ("conv1x1", "conv = nn.Conv2d(in_planes, out_planes, 1, bias=False)\n"
                "return nn.Sequential(nn.AvgPool2d(stride), conv)", "average-before"),
    ("conv1x1", "conv = nn.Conv2d(in_planes, out_planes, 1, bias=False)\n"
                "return nn.Sequential(conv, nn.AvgPool2d(stride)) if stride > 1 else conv",
     "average-behind"),
    ("conv1x1", "conv = nn.Conv2d(in_planes, out_planes, 1, bias=False)\n"
                "return nn.Sequential(nn.MaxPool2d(stride), conv)", "maximum-before"),
    ("conv3x3", "conv = nn.Conv2d(in_planes, out_planes, 3, 1, dilation, dilation, groups, False)"
                "\nreturn nn.Sequential(conv, nn.MaxPool2d(stride))", "pools-for-the-stride"),
    ("conv3x3", "return nn.Conv2d(in_planes, out_planes, 3, stride, False, dilation, groups)",
     "false-in-the-place-of-a-number"),
    ("conv3x3", "return nn.Conv2d(in_planes, out_planes, 3, stride, 'valid', dilation, groups, "
                "False)", "no-padding"),
    ("conv3x3", "return nn.Conv2d(in_planes, out_planes, 3, stride, dilation + 1, dilation, "
                "groups, False)", "padding-one-more"),
    ("conv3x3", "return nn.Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, "
                "in_planes, False)", "groups-are-the-channels"),
    ("conv3x3", "return nn.Conv2d(in_planes, out_planes // groups, 3, stride, dilation, dilation, "
                "groups, False)", "filters-divided-by-groups"),
    ("conv3x3", "conv = nn.Conv2d(in_planes, out_planes, 3, 1, dilation, dilation, groups, False)"
                "\nreturn nn.Sequential(nn.AvgPool2d(stride), conv)", "average-first"),
    ("conv1x1", "return nn.Conv2d(in_planes, out_planes, 1, stride, 'same', bias=False)",
     "padding-same"),
    ("strip_prefix", "return [(k.removeprefix(prefix), v) for k, v in state_dict.items()]",
     "pairs-in-a-list"),
    ("strip_prefix", "out = {}\nfor k, v in state_dict.items():\n"
                     "    out[k.removeprefix(prefix)] = v\n    return out", "first-entry-only"),
    ("strip_prefix", "for k, v in state_dict.items():\n    out = {k.removeprefix(prefix): v}\n"
                     "return out", "last-entry-only"),
    ("load_backbone", "kept = {k: v for k, v in state_dict.items() if not k.startswith('fc.')}\n"
                      "model.load_state_dict(kept)\nreturn model", "strict-without-the-head"),
    ("replace_head", "return nn.Sequential(model, nn.Linear(1000, num_classes))",
     "thousand-classes-assumed"),
    ("replace_head", "head = nn.Linear(model.fc.in_features, num_classes)\n"
     "return nn.Sequential(*list(model.children())[:-1], nn.Flatten(), head)",
     "rebuilt-as-a-chain"),
    ("replace_head", "head = nn.Linear(model.fc.in_features, num_classes)\n"
                     "model.fc = nn.Sequential(nn.Dropout(0.5), head)\nreturn model",
     "dropout-added"),
    ("freeze_backbone", "for m in model.modules():\n    if isinstance(m, nn.BatchNorm2d):\n"
                        "        _ = m.eval().requires_grad_(False)\nreturn model",
     "only-norms-frozen"),
    ("to_grayscale", "model.conv1.in_channels = 1\nreturn model", "only-the-number-changed"),
    ("to_grayscale", "new = nn.Conv2d(1, 64, 7, 2, 3, bias=False)\n"
     "new.weight.data = model.conv1.weight.data.sum(1, keepdim=True)\nmodel.conv1 = new\n"
     "return model", "sizes-of-another-stem"),
    ("to_grayscale", GRAY.format("new.weight = nn.Parameter(old.weight.sum(1))"), "axis-lost"),
    ("to_grayscale", GRAY.format("with torch.no_grad():\n    new.weight.copy_(old.weight.sum(1))"),
     "copied-without-the-axis"),
    ("to_grayscale", GRAY.format("new.weight = nn.Parameter(old.weight.sum(1, keepdim=True))")
     .replace(" old.dilation,", "").replace("old.padding_mode", "'zeros'"), "rare-settings-lost"),
    ("predict", "import copy\nother = copy.deepcopy(model)\nwith torch.no_grad():\n"
                "    return other(x).softmax(1)", "copy-not-in-evaluation-mode"),
    ("predict", "import copy\nother = copy.deepcopy(model).eval()\nwith torch.no_grad():\n"
                "    e = other(x).exp()\n    return e / e.sum(1)", "sums-without-their-axis"),
    ("strip_prefix", "return {(k[len(prefix):] if prefix in k else k): v "
                     "for k, v in state_dict.items()}", "cut-where-it-occurs"),
    ("strip_prefix", "return {k[7:]: v for k, v in state_dict.items()}",
     "seven-letters-of-every-name"),
    ("strip_prefix", "out = {}\nfor k, v in state_dict.items():\n    if k.startswith(prefix):\n"
     "        out[k.removeprefix(prefix)] = v\n        return out",
     "ends-at-the-first-with-the-prefix"),
    ("strip_prefix", "return {(k if k.startswith(prefix) else k[len(prefix):]): v "
                     "for k, v in state_dict.items()}", "the-other-way-round"),
    ("strip_prefix", "out = {}\nfor k, v in state_dict.items():\n    k.removeprefix(prefix)\n"
                     "    out[k] = v\nreturn out", "nothing-removed"),
    ("strip_prefix", "for k in state_dict:\n    if k.startswith(prefix):\n"
     "        state_dict[k[7:]] = state_dict.pop(k)\nreturn state_dict", "changed-while-looping"),
    ("strip_prefix", "out = {}\nfor k, v in state_dict.items():\n"
                     "    if not k.startswith(prefix):\n        break\n"
                     "    out[k.removeprefix(prefix)] = v\nreturn out", None),
    ("load_backbone", "own = {k: v.clone() for k, v in model.fc.state_dict().items()}\n"
     "model.load_state_dict(state_dict, strict=False)\nmodel.fc.load_state_dict(own)\n"
     "return model", "head-put-back"),
    ("load_backbone", "kept = {k: v for k, v in state_dict.items() if not k.startswith('fc.')}\n"
     "model.load_state_dict({**kept, **model.fc.state_dict()})\nreturn model",
     "head-under-short-names"),
    ("load_backbone", "kept = {k: v for k, v in model.state_dict().items() if 'fc' in k}\n"
     "kept |= {k: v for k, v in state_dict.items() if 'fc' not in k}\n"
     "model.load_state_dict(kept)\nreturn model", "fc-anywhere"),
    ("load_backbone", "state_dict['fc.weight'] = model.fc.weight\n"
     "state_dict['fc.bias'] = model.fc.bias\nmodel.load_state_dict(state_dict)\nreturn model",
     "own-head-written-into-the-file"),
    ("load_backbone", "return {k: v for k, v in state_dict.items() if k[:3] != 'fc.'}",
     "dict-returned"),
    ("replace_head", "head = nn.Linear(model.fc.in_features, num_classes)\n"
                     "model.fc = nn.Sequential(head)\nreturn model", "in-a-chain-of-its-own"),
    ("replace_head", "head = nn.Linear(model.fc.in_features, num_classes)\n"
                     "model.fc = nn.Sequential(nn.ReLU(), head)\nreturn model", None),
    ("replace_head", "model.fc = nn.Linear(2048, num_classes)\nreturn model", "width-fixed"),
    ("replace_head", "model.fc = nn.Linear(model.fc.in_features, num_classes)\n"
                     "model.fc.bias.requires_grad = False\nreturn model", None),
    ("replace_head", "model.fc.weight = nn.Parameter(torch.zeros(num_classes, 6))\nreturn model",
     "bias-of-the-old-head"),
    ("freeze_backbone", "for n, p in model.named_parameters():\n    p.requires_grad = 'fc' in n\n"
                        "return model.eval()", "fc-anywhere"),
    ("freeze_backbone", "model.eval()\nfor n, p in model.named_parameters():\n"
     "    if n[:3] != 'fc.':\n        p.requires_grad = False\n        return model",
     "first-round-only"),
    ("freeze_backbone", "model.requires_grad_(False).eval()\nmodel.fc.requires_grad = True\n"
                        "return model", "head-released-on-the-layer"),
    ("freeze_backbone", "model.requires_grad_(False).eval()\nfor m in model.modules():\n"
     "    if isinstance(m, nn.Linear):\n        m.requires_grad_()\nreturn model",
     "linear-layers-learn"),
    ("freeze_backbone", "for n, p in model.named_parameters():\n"
     "    p.requires_grad = n.startswith('fc.')\nfor m in model.modules():\n"
     "    if isinstance(m, nn.BatchNorm2d):\n        m.momentum = 0\nreturn model",
     "momentum-zero"),
    ("freeze_backbone", "body = nn.Sequential(*list(model.children())[:-1])\n"
     "body.requires_grad_(False).eval()\nreturn nn.Sequential(body, nn.Flatten(), model.fc)", None),
    ("to_grayscale", GRAY.format("new.weight.data = old.weight.data.sum(1, keepdim=True)")
     .replace("new.bias = old.bias", "pass"), "bias-not-copied"),
    ("to_grayscale", GRAY.format("new.weight = old.weight.sum(1, keepdim=True)"), "no-parameter"),
    ("to_grayscale", GRAY.format("new.weight.copy_(old.weight.sum(1, keepdim=True))"),
     "copied-with-gradients"),
    ("to_grayscale", GRAY.format("new.weight.data = old.weight.data.sum(1, keepdim=True)")
     .replace(" old.dilation,", ""), "dilation-lost"),
    ("to_grayscale", GRAY.format("new.weight.data = old.weight.data.std(1, keepdim=True)"), None),
    ("to_grayscale", "model.conv1 = nn.Conv2d(3, 1, 3, 2, 1, bias=False)\nreturn model", None),
    ("feature_extractor", "return nn.Sequential(*model.children())", "head-behind-maps"),
    ("feature_extractor", "import copy\nm = copy.copy(model)\nm.fc = nn.Identity()\nreturn m",
     "shallow-copy"),
    ("predict", "import copy\nz = copy.deepcopy(model).eval()(x).detach()\n"
                "return z.softmax(1)", "detached-afterwards"),
    ("predict", "import copy\nwith torch.no_grad():\n"
                "    e = copy.deepcopy(model).eval()(x).exp()\n    return e / e.sum(1, True)",
     "exponentials-overflow"),
    ("predict", "norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]\n"
     "for m in norms:\n    m.eval()\nwith torch.no_grad():\n    p = model(x).softmax(1)\n"
     "for m in norms:\n    m.train()\nreturn p", "only-norms-in-evaluation-mode"),
    ("predict", "import copy\nm = copy.copy(model).eval()\nwith torch.no_grad():\n"
                "    return m(x).softmax(1)", "parts-left-in-evaluation-mode"),
    ("predict", "was = model.training\nmodel.eval()\nwith torch.no_grad():\n"
                "    p = torch.softmax(model(x), dim=1)\nmodel.training = was\nreturn p",
     "parts-left-in-evaluation-mode"),
    ("load_backbone", "own = model.state_dict()\nfor k, v in state_dict.items():\n"
     "    if k.startswith('fc.'):\n        own[k].copy_(v)\nreturn model", "head-only"),
    ("load_backbone", OTHERS.format("'fc'") + "told = model.load_state_dict(kept, strict=False)\n"
     "assert not told.unexpected_keys and len(told.missing_keys) == 2\nreturn model",
     "dot-forgotten"),
    ("load_backbone", OTHERS.format("'fc.'") + "try:\n    model.load_state_dict(kept)\n"
     "except RuntimeError as e:\n    print(e)\nreturn model", "error-caught"),
    ("load_backbone", OTHERS.format("'fc.'") + "told = model.load_state_dict(kept, False, True)\n"
     "assert not told.unexpected_keys and len(told.missing_keys) == 2\nreturn model",
     "tensors-shared"),
    ("predict", "modes = {m: m.training for m in model.children()}\nmode = model.training\n"
     "model.eval()\nwith torch.no_grad():\n    p = model(x).softmax(1)\nmodel.training = mode\n"
     "for m, t in modes.items():\n    m.train(t)\nreturn p", "top-modes-only"),
    ("freeze_backbone", "model.requires_grad_(False).fc.requires_grad_()\n"
     "for n, m in model.named_modules():\n    if 'bn' in n:\n        m.eval()\nreturn model",
     "norms-found-by-bn"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "mistake"), SLIPS)
def test_slips_in_plain_answers_are_called_by_their_names(name, body, mistake):
    source = f"def {EXERCISES[name].signature}:\n{textwrap.indent(body, '    ')}\n"
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.mistake == mistake, report


OTHER_SETTINGS = [  # as in a known mistake in one call, and not in another
    ("conv3x3", "3, stride, 1 + dilation // 2, dilation, groups, False", "has the padding [3, 3]"),
    ("conv3x3", "3, stride, groups, dilation, groups, False", "has the padding [2, 2]"),
    ("conv3x3", "3, stride, dilation * (stride < 2), dilation, groups, False", "padding [0, 0]"),
    ("conv1x1", "2, stride, bias=False", "has the kernel [2, 2]"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings", "title"), OTHER_SETTINGS)
def test_a_setting_of_a_convolution_that_nobody_knows_gets_no_name(name, settings, title):
    source = f"return nn.Conv2d(in_planes, out_planes, {settings})"
    source = f"def {EXERCISES[name].signature}:\n    {source}\n"
    report = check(name, run_source(source, EXERCISES[name]))
    assert (report.mistake, title in report.title) == (None, True), report


def test_a_convolution_in_other_words_is_one():
    class Unfolded(nn.Module):
        def __init__(self, cin, cout, stride, groups, dilation):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(cout, cin // groups, 3, 3))
            self.settings = stride, groups, dilation

        def forward(self, x):
            stride, groups, dilation = self.settings
            rows, columns = ((side - 1) // stride + 1 for side in x.shape[2:])
            pieces = nn.functional.unfold(x, 3, dilation, dilation, stride)
            pieces = pieces.unflatten(1, (groups, -1))
            out = torch.einsum("gok,ngkl->ngol", self.weight.flatten(1).unflatten(
                0, (groups, -1)), pieces)  # fmt: skip
            return out.flatten(1, 2).unflatten(2, (rows, columns))

    def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
        return Unfolded(in_planes, out_planes, stride, groups, dilation)

    report = check("conv3x3", conv3x3)
    assert report.passed, report
    equal = check("conv1x1", lambda in_planes, out_planes, stride=1: nn.Identity()
                  if in_planes == out_planes and stride == 1
                  else nn.Conv2d(in_planes, out_planes, 1, stride, bias=False))  # fmt: skip
    assert equal.title.startswith("The output is the input"), equal


@pytest.mark.parametrize(("name", "body", "said"), [
    ("load_backbone", "kept = {k: v for k, v in state_dict.items() if k.startswith('fc.')}\n"
     "model.load_state_dict(kept)", 'state_dict for TinyNet: Missing key(s) in state_dict: "conv1'),
    ("to_grayscale", "w = model.conv1.weight.data\nmodel.conv1.weight.data = w[:, 1:2]\n"
     "model.conv1.in_channels = 1\nreturn model", "the new weight is 1.00 × green; expected"),
    ("freeze_backbone", "model.requires_grad_(False).eval()\nmodel.fc.requires_grad_()\n"
                        "return torch.optim.SGD(model.fc.parameters(), lr=0.1)",
     "What comes back is of the type SGD, not a model."),
    ("freeze_backbone", "for n, p in model.parameters():\n    pass",
     "taken apart into another number of pieces"),
    ("feature_extractor", "return nn.Sequential(*model.children()[:-1])",
     "a generator has no positions"),
    ("predict", "with torch.no_grad:\n    return model(x)", "opens no block"),
    ("predict", "with torch.no_grad():\n    model(x)", "The model is called, and None comes back."),
    ("strip_prefix", "return {k.removeprefix(prefix) for k in state_dict}",
     "What comes back is of the type set, not a dict."),
])  # fmt: skip
def test_what_a_generic_verdict_says_is_clean(name, body, said):
    source = f"def {EXERCISES[name].signature}:\n{textwrap.indent(body, '    ')}\n"
    report = check(name, run_source(source, EXERCISES[name]))
    text = " ".join(str(report).split())
    assert said in text, report
    assert "-0.00" not in text
    assert "layer more than expected" not in text


def test_an_optimizer_is_made_without_the_import_of_a_compiler():
    program = """
        import sys, torch
        from resnet_edu.exercises import check
        check("freeze_backbone", lambda model: torch.optim.SGD(model.parameters(), lr=0.1))
        print("torch._dynamo" in sys.modules, hasattr(
            torch.optim.Optimizer.add_param_group.__wrapped__, "__dynamo_disable"))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(("name", "body"), [
    ("strip_prefix", "out = {}\nfor k, v in state_dict.items():\n"
     "    head, found, tail = k.partition(prefix)\n"
     "    out[tail if found and not head else k] = v\nreturn out"),
    ("load_backbone", "for name, child in model.named_children():\n    start = name + '.'\n"
     "    mine = {k[len(start):]: v for k, v in state_dict.items() if k.startswith(start)}\n"
     "    if name != 'fc':\n        child.load_state_dict(mine)\n"
     "known = tuple(name + '.' for name, _ in model.named_children())\n"
     "assert all(k.startswith(known) for k in state_dict)\nreturn model"),
    ("replace_head", "model.fc.weight.data = torch.randn(num_classes, model.fc.in_features)\n"
     "model.fc.bias.data = torch.zeros(num_classes)\nmodel.fc.out_features = num_classes\n"
     "return model"),
    ("freeze_backbone", "for p in list(model.parameters())[:-2]:\n    p.detach_()\n"
                        "return model.eval()"),
    ("to_grayscale", "w = model.conv1.weight.data\nmodel.conv1.weight.data = w[:, :1] + w[:, 1:2]"
                     " + w[:, 2:]\nmodel.conv1.in_channels = 1\nreturn model"),
    ("feature_extractor", "body = nn.Sequential(*list(model.children())[:-2])\n"
                          "return lambda x: body(x).mean((2, 3))"),
    ("predict", "import copy\nm = copy.deepcopy(model).eval().requires_grad_(False)\n"
                "return m(x).softmax(1)"),
    ("predict", "import copy\nwith torch.no_grad():\n"
                "    return copy.deepcopy(model).eval()(x).float().softmax(1)"),
    ("freeze_backbone", "def forward(x):\n    with torch.no_grad():\n"
     "        for name, part in model.named_children():\n"
     "            x = part(x) if name != 'fc' else x\n"
     "    return model.fc(torch.flatten(x, 1))\nmodel.eval().forward = forward\nreturn model"),
    ("predict", "modes = [m.training for m in model.modules()]\nmodel.eval()\n"
     "with torch.no_grad():\n    z = model(x)\nfor m, mode in zip(model.modules(), modes):\n"
     "    m.training = mode\nreturn torch.exp(z - z.logsumexp(1, keepdim=True))"),
    ("freeze_backbone", "model.requires_grad_(False).fc.requires_grad_()\n"
     "for n, m in model.named_modules():\n"
     "    if n.endswith(('bn1', 'bn2', 'bn3', 'downsample.1')):\n        m.eval()\n"
     "return model"),
])  # fmt: skip
def test_answers_in_odd_styles_pass(name, body):
    source = f"def {EXERCISES[name].signature}:\n{textwrap.indent(body, '    ')}\n"
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.passed, report


@pytest.mark.parametrize(("left_out", "mistake"), [
    ("", None), ("relu", "relu-left-out"), ("maxpool", "stem-pool-left-out"),
])  # fmt: skip
def test_an_extractor_that_calls_the_parts_by_name_is_right_when_it_calls_all(left_out, mistake):
    parts = ("conv1", "bn1", "relu", "maxpool", *(f"layer{i}" for i in (1, 2, 3, 4)), "avgpool")

    def feature_extractor(model):
        def features(x):
            for part in parts:
                x = getattr(model, part)(x) if part != left_out else x
            return torch.flatten(x, 1)

        return features

    report = check("feature_extractor", feature_extractor)
    assert (report.passed, report.mistake) == (mistake is None, mistake)


def test_who_makes_an_unknown_mistake_is_not_sent_to_the_finished_file():
    for section in {exercise.section for exercise in EXERCISES.values()}:
        number, _, heading = section.partition(" §")
        (path,) = chapters.FOLDER.glob(f"{number}_*.py")
        title = path.read_text(encoding="utf-8").split(f"# ## {heading} · ")[1].split("\n")[0]
        shows = title.startswith(("Your file so far", "All of it together"))
        assert shows == (section in telling.FINISHED), section
    report = check("conv1x1", lambda a, b, stride=1: nn.Conv2d(a, b, 2, 3, bias=False))
    assert (report.mistake, report.section) == (None, "02 §6")


LOOP_END, ALL_ROUND = "        return torch.relu_(", "            return torch.relu_("
REWRITTEN = [  # in styles in which the catalogue makes no mistakes
    ("BasicBlock", "loop", "nn.ModuleList(), nn.ModuleList()", "[], []", "layers-in-a-list"),
    ("BasicBlock", "loop", "out = x\n", "out = F.relu(x)\n", "relu-on-the-input"),
    ("BasicBlock", "loop", "out = x\n", "out = x = F.relu(x)\n", "relu-on-both-paths"),
    ("BasicBlock", "loop", "out.clamp(min=0)", "nn.ReLU(out)", "relu-made-not-called"),
    ("BasicBlock", "loop", "torch.relu_(", "nn.ReLU(", "last-relu-made-not-called"),
    ("BasicBlock", "loop", "norm(conv(out))\n", "norm(conv(out))\n            return out\n",
     "returns-after-the-first-norm"),
    ("BasicBlock", "loop", LOOP_END, ALL_ROUND, "sum-after-the-first-norm"),
    ("BasicBlock", "loop", "planes, 3, step, 1", "planes / 1, 3, step, 1", "channels-are-floats"),
    ("BasicBlock", "weights", "F.pad(x, (1, 1, 1, 1))", "x", "first-padding-missing"),
    ("BasicBlock", "weights", "self.n2(F.conv2d", "(F.conv2d", "second-norm-never-called"),
    ("Bottleneck", "loop", "nn.ModuleList(), nn.ModuleList()", "[], []", "layers-in-a-list"),
    ("Bottleneck", "loop", "expansion = 4", "expansion = 1", "expansion-says-1"),
    ("Bottleneck", "loop", "4 * planes", "planes", "goes-out-with-planes"),
    ("Bottleneck", "loop", "out.clamp_(min=0)", "nn.ReLU(out)", "relu-made-not-called"),
    ("Bottleneck", "loop", LOOP_END, ALL_ROUND, "sum-after-the-first-relu"),
    ("Bottleneck", "loop", "math.floor(planes * base_width / 64)", "planes * base_width / 64",
     "width-is-a-float"),
    ("Bottleneck", "weights", "y = self.n1(F", "x = F.relu(x)\n        y = self.n1(F",
     "relu-on-both-paths"),
    ("Bottleneck", "factory", "padding=reach, ", "", "no-padding"),
    ("ResNet", "planned", "        self.initialize(zero_init_residual)\n", "",
     "nothing-set-at-all"),
    ("ResNet", "planned", 'if name.startswith("fc")', "if True", "never-drawn"),
    ("ResNet", "planned", "None if (cin, stride) == (cout, 1) else",
     "None if cin == cout and stage > 1 else", "projection-in-every-first-block"),
    ("ResNet", "made", "    for module in net.modules():\n        match",
     "    for module in net.children():\n        match", "initialized-children-only"),
    ("ResNet", "planned", "setattr(self, name,", "setattr(self, f'res{name[-1]}',",
     "stages-renamed"),
    ("ResNet", "planned", "out = self.stages[name](out)\n",
     "out = self.stages[name](out)\n            return out\n", "returns-behind-layer1"),
    ("ResNet", "planned", "        return self.fc(F", "            return self.fc(F",
     "head-behind-layer1"),
    ("ResNet", "planned", "self.bn1(self.conv1(x)).clamp(min=0)",
     "nn.ReLU(self.bn1(self.conv1(x)))", "relu-made-not-called"),
    ("ResNet", "planned", "cout = planes * b", "cout = planes / 1 * b", "floats-for-whole-numbers"),
    ("resnet18", "partial", "[2, 2, 2, 2]", "[2, 2, 2, 2, 2]", "five-stages"),
    ("resnet18", "partial", "[2, 2, 2, 2]", "2, 2, 2, 2", "numbers-one-by-one"),
    ("resnet18", "signature", "BasicBlock,", "BasicBlock(),", "block-in-brackets"),
    ("resnet18", "signature", "BasicBlock,", "BasicBlock(64, 64),", "one-block-for-all"),
    ("resnet18", "closure", "(**kwargs):\n        return", "():\n        kwargs = {}\n"
     "        return", "no-keyword-arguments"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "style", "old", "new", "mistake"), REWRITTEN)
def test_mistakes_in_other_styles_are_called_by_their_names(name, style, old, new, mistake):
    source = changed(EXERCISES[name].styles[style], [(old, new)])
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.mistake == mistake, report


BUILDERS = [  # what a function returns, and what is said of it
    ("resnet18", "ResNet(BasicBlock, [2, 2, 2, 2], zero_init_residual=True, **kwargs)",
     "option-given-twice"),
    ("resnet18", "ResNet(BasicBlock, [2, 2, 2, 2], 1000, **kwargs)", "option-given-twice"),
    ("resnet50", "ResNet(Bottleneck, [3, 4, 6, 3], norm_layer=nn.BatchNorm2d, **kwargs)",
     "option-given-twice"),
    ("resnet50", "ResNet(Bottleneck, [3, 4, 6, 3], groups=1, **kwargs)", "option-given-twice"),
    ("resnet50", "ResNet(Bottleneck, [3, 4, 6, 3], **{**kwargs, 'norm_layer': None})",
     "norm-layer-fixed"),
    ("resnet50", "ResNet(Bottleneck, [3, 4, 6, 3], **{'norm_layer': None, **kwargs})", "passes"),
    ("resnet18", "ResNet([2, 2, 2, 2], BasicBlock, **kwargs)", "block-and-numbers-swapped"),
    ("resnext50_32x4d", "ResNet(Bottleneck, [3, 4, 6, 3], 32, 4, **kwargs)", "options-by-place"),
    ("wide_resnet50_2", "ResNet(Bottleneck, [3, 4, 6, 3], 128, **kwargs)", "options-by-place"),
    ("resnet18", "ResNet(BasicBlock, [2, 2, 2, 2], kwargs)", "kwargs-without-stars"),
    ("resnet18", "ResNet", "returns-the-class"),
    ("resnet18", "print(ResNet(BasicBlock, [2, 2, 2, 2], **kwargs))", "returns-nothing"),
    ("resnet18", "BasicBlock(ResNet, [2, 2, 2, 2], **kwargs)", None),
    ("resnet18", "ResNet(BasicBlock, [2, 2, 2, 2], kwargs['num_classes'])", None),
    ("resnet18", "ResNet(BasicBlock, [2, 2, 2, 2], *kwargs)", None),
    ("resnet18", "ResNet(BasicBlock, [2, 2, 2, 2], **kwargs).requires_grad_(False)", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "returned", "mistake"), BUILDERS)
def test_slips_in_builders_are_called_by_their_names_or_by_none(name, returned, mistake):
    source = f"def {name}(**kwargs):\n    return {returned}\n"
    report = check(name, run_source(source, EXERCISES[name]))
    assert (report.mistake, report.passed) == (mistake, False) or (
        report.passed and mistake == "passes"
    ), report


@pytest.mark.parametrize(("returned", "title"), [
    ("ResNet(BasicBlock, blocks=[2, 2, 2, 2], **kwargs)",
     "An error stops the answer: ResNet takes no argument blocks."),
    ("ResNet(BasicBlock, [2, 1, 2, 2], **kwargs)",
     "layer2 has 1 block, which is not its number."),
    ("ResNet(BasicBlock, [2, 1, 3, 2], **kwargs)",
     "layer2 has 1 block and layer3 has 3 blocks: these are not their numbers."),
    ("(ResNet(BasicBlock, [2, 2, 2, 2], **kwargs), 18)",
     "What comes back is a tuple, not a module."),
    ("ResNet(BasicBlock, [2, 2, 2, 2], **kwargs).requires_grad_(False)",
     "Some of its parameters are frozen."),
])  # fmt: skip
def test_an_unknown_slip_in_a_builder_is_told_in_its_first_line(returned, title):
    source = f"def resnet18(**kwargs):\n    return {returned}\n"
    assert check("resnet18", run_source(source, EXERCISES["resnet18"])).title == title


@pytest.mark.parametrize(("layers", "said"), [
    ([3, 4, 24, 3], "all blocks make 104 layers with weights. The name says 101."),
    ([3, 4, 6, 20], "Together they make 101 layers with weights"),
])  # fmt: skip
def test_numbers_of_blocks_that_nobody_knows_are_counted(layers, said):
    report = check("resnet101", lambda **k: resnet_edu.ResNet(resnet_edu.Bottleneck, layers, **k))
    assert report.mistake is None
    assert said in report.why
    assert "24" not in report.why + report.ask


@pytest.mark.parametrize("made", [
    lambda layers, **k: resnet_edu.ResNet(resnet_edu.Bottleneck, layers, **k),
    lambda layers, **k: ByAnotherName(resnet_edu.Bottleneck, layers, **k),
    lambda layers, **k: Derived(layers, **k),
    lambda layers, **k: resnet_edu.network.ResNet(block=resnet_edu.Bottleneck, layers=layers, **k),
])  # fmt: skip
def test_a_call_of_resnet_is_seen_by_whatever_name(made):
    assert check("resnet50", lambda **kwargs: made([3, 4, 6, 3], **kwargs)).passed
    report = check("resnet50", lambda **kwargs: made([3, 4, 23, 3], **kwargs))
    assert report.mistake == "layers-3-4-23-3", report
    assert "ResNet is called with layers = [3, 4, 23, 3]" in report.seen
    assert resnet_edu.ResNet.__init__.__qualname__ == "ResNet.__init__"
    assert not hasattr(resnet_edu.ResNet.__init__, "__wrapped__")


ByAnotherName = resnet_edu.ResNet


def test_in_another_thread_a_network_is_built_whole_meanwhile():
    made = []

    def make():
        with torch.device("meta"):
            made.append(resnet_edu.resnet18())

    with probe.spied(make, True) as calls:
        thread = threading.Thread(target=make)
        thread.start()
        thread.join(60)
    assert calls == []
    assert len(made[0].state_dict()) == 122


class Derived(resnet_edu.ResNet):
    def __init__(self, layers, **kwargs):
        super().__init__(resnet_edu.Bottleneck, layers, **kwargs)


def test_a_network_that_is_no_resnet_is_not_said_to_be_stopped():
    class Own(nn.Module):
        def __init__(self, num_classes=1000, **kwargs):
            super().__init__()
            self.fc = nn.Linear(3, num_classes)

        def forward(self, x):
            return self.fc(x.mean((2, 3)))

    report = check("resnet18", lambda **kwargs: Own(**kwargs))
    assert report.seen.endswith("ResNet is not called here")


def test_dropped_arguments_are_shown_by_the_number_of_classes():
    report = check("resnet18", run_source(
        "def resnet18(**kwargs):\n    return ResNet(BasicBlock, [2, 2, 2, 2])\n",
        EXERCISES["resnet18"]))  # fmt: skip
    assert report.mistake == "kwargs-dropped"
    assert re.search(r"output: expected \(2, \d\), found \(2, 1000\)", report.seen), report


@pytest.mark.parametrize("parameters", ["num_classes=1000", "groups=1, num_classes=1000", ""])
def test_an_option_that_is_not_taken_is_told(parameters):
    source = (f"def resnet18({parameters}):\n"
              f"    return ResNet(BasicBlock, [2, 2, 2, 2], {'num_classes' * bool(parameters)})\n")
    report = check("resnet18", run_source(source, EXERCISES["resnet18"]))
    assert (report.mistake, report.title) == (
        "no-keyword-arguments", "The function does not take all the keyword arguments."
    )  # fmt: skip
    missing = "zero_init_residual" if parameters else "num_classes"
    assert f"unexpected keyword argument '{missing}'" in report.seen


def test_another_network_gets_less_than_half_of_the_points():
    for options in ("groups=2", "width_per_group=256", "width_per_group=64"):
        source = (f"def wide_resnet50_2(**kwargs):\n    return ResNet(Bottleneck, [3, 4, 6, 3], "
                  f"{options}, **kwargs)\n")  # fmt: skip
        report = check("wide_resnet50_2", run_source(source, EXERCISES["wide_resnet50_2"]))
        assert report.score < 0.5, report


@pytest.mark.parametrize(("name", "mistake"), [
    ("load_backbone", "head-only"), ("to_grayscale", "no-parameter"),
])  # fmt: skip
def test_the_number_of_groups_is_that_of_a_right_answer(name, mistake):
    exercise = EXERCISES[name]
    groups = re.search(r"right: (\d+) groups", check(name, exercise.reference()).headline)[1]
    known = next(m for m in exercise.mistakes if m.id == mistake)
    report = check(name, exercise.wrong(known, [*known.changes][-1]))
    assert f" of {groups} groups hold" in report.headline

    def stopped(*args, **kwargs):
        raise RuntimeError("stopped")

    assert f" of {groups} groups hold" in check(name, stopped).headline


FIRST = ("layers.append(block(self.inplanes, planes, stride, downsample, self.groups,\n"
         "                            self.base_width, previous_dilation, norm_layer))")
NETWORKS = [  # texts of the plain network, others in their place, and what is said of it
    ("layer1", [("        x = self.layer1(x)\n", "")], "layer1-skipped"),
    ("layer3", [("        x = self.layer3(x)\n", "")], "layer3-skipped"),
    ("layer4 twice", [("x = self.layer4(x)", "x = self.layer4(self.layer4(x))")], "layer4-twice"),
    ("stride", [("layers[3], 2, replace", "layers[3], 1, replace")], "layer4-without-stride"),
    ("flag", [(", 2, replace_stride_with_dilation[2]", ", 2")], "flag-of-layer4-unused"),
    ("first norm", [("previous_dilation, norm_layer))", "previous_dilation))")],
     "norm-layer-not-for-the-first-blocks"),
    ("counts", [("64, layers[0]", "64, layers[1]")], None),
    ("no flags", [("if replace_stride_with_dilation is None",
                   "if not replace_stride_with_dilation")], "empty-flags-accepted"),
    ("one flag more", [("len(replace_stride_with_dilation) != 3",
                        "len(replace_stride_with_dilation) not in (3, 5)")], None),
    ("no return", [("        x = self.fc(x)\n        return x\n", "        x = self.fc(x)\n")],
     "returns-nothing"),
    ("no stage", [("        return nn.Sequential(*layers)\n", "")], "stages-are-none"),
    ("no star", [("Sequential(*layers)", "Sequential(layers)")], "star-missing"),
    ("spare block", [("512 * block.expansion", "512 * block(64, 64).expansion")], None),
    ("no None", [("        if replace_stride_with_dilation is None:\n"
                  "            replace_stride_with_dilation = [False, False, False]\n", ""),
                 ("dilation=None, norm", "dilation=(False, False, False), norm")],
     "flags-none-refused"),
    ("lists only", [("        if len(replace",
                     "        if not isinstance(replace_stride_with_dilation, list):\n"
                     "            raise ValueError('a list')\n        if len(replace")],
     "flags-as-a-tuple-refused"),
    ("repeated", [(FIRST, FIRST.replace("))", "))\n        layers *= blocks")),
                  ("range(1, blocks)", "()")], "first-block-many-times"),
    ("pool", [("nn.AdaptiveAvgPool2d((1, 1))", "nn.AvgPool2d(7, stride=1)")], "pool-of-seven"),
    ("relu6", [("nn.ReLU(inplace=True)", "nn.ReLU6(inplace=True)")], None),
    ("late", [("        super().__init__()\n", ""), ("        self.relu = nn.ReLU(",
              "        super().__init__()\n        self.relu = nn.ReLU(")], "no-super"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "mistake"), [n[1:] for n in NETWORKS],
                         ids=[n[0] for n in NETWORKS])  # fmt: skip
def test_slips_in_a_network_are_called_by_their_names_or_by_none(changes, mistake):
    exercise = EXERCISES["ResNet"]
    report = check("ResNet", run_source(changed(exercise.styles["plain"], changes), exercise))
    assert not report.passed
    assert report.mistake == mistake, report


@pytest.mark.slow
@pytest.mark.alone
def test_an_unknown_mistake_in_a_network_takes_less_than_ten_seconds():
    exercise = EXERCISES["ResNet"]
    wide = changed(exercise.styles["plain"], [("width_per_group=64", "width_per_group=128")])
    start = time.process_time()
    report = check("ResNet", run_source(wide, exercise))
    assert time.process_time() - start < 10
    assert report.mistake is None


@pytest.mark.parametrize(("built", "said"), [
    (0, "layer1, layer2, layer3, layer4 and fc are"), (1, "layer2, layer3, layer4 and fc are"),
    (3, "layer4 and fc are"), (4, "fc is"),
])  # fmt: skip
def test_a_network_of_which_parts_are_missing_is_told_which(built, said):
    class ResNet(nn.Module):
        def __init__(self, block, layers, *more, **options):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
            self.done = [f"layer{n + 1}" for n in range(built)]
            cin = 64
            for n, name in enumerate(self.done):
                planes, stride = 64 * 2**n, 1 + (n > 0)
                cout, blocks = planes * block.expansion, []
                side = nn.Conv2d(cin, cout, 1, stride) if stride > 1 or cin != cout else None
                for k in range(layers[n]):
                    blocks.append(block(cout if k else cin, planes, 1, None if k else side))
                setattr(self, name, nn.Sequential(*blocks))
                cin = cout

        def forward(self, x):
            x = torch.relu(self.bn1(self.conv1(x)))
            for name in self.done:
                x = getattr(self, name)(x)
            return x

    report = check("ResNet", ResNet)
    assert report.mistake == "unfinished"
    assert f"Not finished yet: {said} not there." == report.title


def test_where_a_later_chapter_explains_a_mistake_the_report_says_so():
    exercise = EXERCISES["ResNet"]
    fan_in = next(m for m in exercise.mistakes if m.id == "fan-in")
    report = check("ResNet", exercise.wrong(fan_in, "loop"))
    assert report.section.startswith("08")
    assert "later chapter" in report.why


def test_prints_of_an_answer_are_told_of(capsys):
    def bn_params(c):
        print("channels:", c, file=sys.stdout)
        return c

    report = check("bn_params", bn_params)
    assert capsys.readouterr().out == ""
    assert report.printed > 0
    assert f"printed {report.printed} line" in str(report)
    assert "printed" not in str(check("bn_params", lambda c: c))
    assert "printed" not in str(check("bn_params", lambda c: print("fine") or 2 * c))


def test_a_name_that_nobody_defines_is_told_as_such():
    space = {"ResNet": resnet_edu.ResNet, "BasicBlock": resnet_edu.BasicBlock}
    exec("def resnet18(**kwargs):\n    return ResNet(Basicblock, [2, 2, 2, 2], **kwargs)", space)
    report = check("resnet18", space["resnet18"])
    assert report.title == "An error stops the answer: there is no Basicblock."
    assert "Basicblock" in report.ask


BRANCH = """        if self.downsample is not None:
            identity = self.downsample(x)
"""
KEPT = "        self.downsample = downsample\n"
OWN = """nn.Sequential(nn.Conv2d(inplanes, planes * self.expansion, 1, stride, bias=False),
                                            norm_layer(planes * self.expansion))
"""
NO_GROUPS = """        if groups != 1 or base_width != 64:
            raise ValueError("only groups=1 and base_width=64")
"""
IN_BLOCKS = [  # texts of the plain style, and what the mistake is called
    ("BasicBlock", "norm_layer(planes)\n        self.downsample = downsample",
     "norm_layer(planes)\n        self.downsample = downsample\n"
     "        nn.init.zeros_(self.bn2.weight)", "last-norm-starts-at-zero"),
    ("Bottleneck", KEPT, KEPT + "        nn.init.zeros_(self.bn3.weight)\n",
     "last-norm-starts-at-zero"),
    ("BasicBlock", KEPT, "        self.downsample = None\n"
     "        if stride != 1 or inplanes != planes:\n            self.downsample = " + OWN,
     "own-projection-behind-the-branch"),
    ("BasicBlock", KEPT, "        self.downsample = " + OWN, "own-projection-always"),
    ("BasicBlock", KEPT, KEPT + "        if downsample is not None:\n"
     "            self.downsample = " + OWN, "own-projection-for-the-given-one"),
    ("BasicBlock", KEPT, "        import copy\n        self.downsample = copy.copy(downsample)\n",
     "downsample-in-a-list"),
    ("BasicBlock", "self.downsample(x)", "self.downsample", "downsample-not-called"),
    ("BasicBlock", BRANCH + "        out += identity\n", BRANCH + "            out += identity\n",
     "sum-only-with-a-downsample"),
    ("BasicBlock", "        out += identity\n", "        else:\n            out += identity\n",
     "sum-only-without-a-downsample"),
    ("BasicBlock", "        return out\n",
     "        if self.downsample is not None:\n            return out\n",
     "returns-only-with-a-downsample"),
    ("BasicBlock", "self.bn2 = norm_layer(planes)", "self.bn2 = norm_layer(inplanes)",
     "second-norm-for-inplanes"),
    ("BasicBlock", "nn.Conv2d(inplanes, planes,", "nn.Conv2d(planes, inplanes,",
     "first-channels-swapped"),
    ("BasicBlock", "        out = self.conv2(out)\n        out = self.bn2(out)\n", "",
     "second-half-never-called"),
    ("BasicBlock", "self.conv2(out)", "self.conv2(F.pad(out, (1, 1, 1, 1)))", "padded-twice"),
    ("BasicBlock", "planes, 3, 1, 1, bias", "planes, 3, 1, 2, bias", "padding-of-two"),
    ("BasicBlock", "self.bn2(out)", "F.dropout(self.bn2(out), 0.1, self.training)",
     "dropout-inside"),
    ("BasicBlock", "identity = x\n", "import copy; identity = copy.copy(x)\n",
     "sum-past-autograd"),
    ("BasicBlock", "        out += identity\n        out = self.relu(out)",
     "        x += out\n        out = self.relu(x)", "sum-into-the-input"),
    ("BasicBlock", NO_GROUPS, NO_GROUPS.replace("!= 64", "> 64"), "narrow-width-accepted"),
    ("BasicBlock", NO_GROUPS, NO_GROUPS.replace("1 or base_width != 64", "1 and dilation > 1 "
     "and base_width != 64").replace("if", "if dilation < 2:\n            dilation = 1\n"
     "        if", 1), "groups-and-width-accepted"),
    ("Bottleneck", "conv1x1(width, planes * self.expansion)",
     "conv1x1(width, planes * self.expansion, stride)", "stride-on-the-3x3-and-the-last"),
    ("Bottleneck", KEPT, "        self.downsample = None\n"
     "        if stride != 1 or inplanes != planes * 4:\n            self.downsample = " + OWN,
     "projection-of-its-own"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "mistake"), IN_BLOCKS)
def test_slips_in_blocks_are_called_by_their_names(name, old, new, mistake):
    source = changed(EXERCISES[name].styles["plain"], [(old, new)])
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.mistake == mistake, report


UNNAMED = [  # mistakes that are in no catalogue, and what is said of them
    ("        out = self.relu(out)\n        return out", "        return F.leaky_relu(out)",
     "A leaky ReLU stands where ReLU belongs."),
    ("nn.ReLU(inplace=True)", "nn.SiLU()", "SiLU stands where ReLU belongs."),
    ("3, 1, 1, bias=False", "3, 1, 1, bias=False, padding_mode='reflect'",
     "The grid is padded with copies of values, not with zeros."),
    ("3, 1, 1, bias=False", "3, 1, 1", "The second convolution has a bias."),
    ("planes, 3, 1, 1, bias", "planes, 5, 1, 2, bias",
     "The second convolution has the kernel [5, 5], not [3, 3]."),
    ("identity = x\n", "identity = x.copy()\n",
     "An error stops the answer: a Tensor has no copy."),
    ("self.bn2 = norm_layer", "bn2 = norm_layer",
     "An error stops the answer: there is no self.bn2."),
    ("self.downsample(x)", "self.downsample()",
     "An error stops the answer: a layer is called without an input."),
    ("def forward", "def foward", "An error stops the answer: it has no method forward."),
    ("__init__(self, in", "_init_(self, in",
     "An error stops the answer: the class has no constructor that takes arguments."),
    ("groups != 1 or", "stride != 1 or", "The answer refuses arguments that are right."),
    ('raise ValueError("only groups', 'raise ValueEror("only groups',
     "An error stops the answer: there is no ValueEror."),
    ("self.conv2 = nn.Conv2d(planes,", "self.conv2 = nn.Conv2d(planes + 1,",
     "A convolution is built for 5 channels, and gets 4."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "title"), UNNAMED)
def test_mistakes_without_a_name_are_told_by_what_they_do(old, new, title):
    report = check("BasicBlock", answer((old, new)))
    assert (report.passed, report.mistake, report.title) == (False, None, title), report


@pytest.mark.parametrize(("name", "changes", "said"), [
    ("BasicBlock", [("class Ba", "from resnet_edu import conv3x3\n\n\nclass Ba"),
                    ("nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)",
                     "conv3x3(inplanes, planes, stride)")],
     "A piece of the answer is imported: resnet_edu.convolutions.conv3x3."),
    ("BasicBlock", [("        if dilation > 1:\n", "        self.dilation = dilation\n"
                     "        if False:\n"),
                    ("        identity = x\n", "        identity = x\n"
                     "        if self.dilation > 1:\n            raise ValueError('no')\n")],
     "The constructor accepts a dilation of 2."),
    ("BasicBlock", [("        out = self.bn2(out)\n", ""),
                    ("identity\n        out = self.relu(out)", "identity")],
     "batches counted: expected (1, 1), found (0, 1) the second norm is missing"),
    ("BasicBlock", [("3, stride, 1, bias=False", "3, stride, 1")], "(chapter 02 §7)"),
    ("Bottleneck", [("middle, kernel_size=1, bias=False", "middle, kernel_size=1")],
     "(chapter 02 §7)"),
    ("BasicBlock", [("out += identity", "out = out + identity + 1e-5")],
     "expected 1.22357, found"),
    ("BasicBlock", [("self.bn1 = norm_layer(", "self.bn1 = nn.GroupNorm(1, ")],
     "is a group norm; expected a batch norm"),
    ("BasicBlock", [("out += identity", "out = out + 0.5 * identity")],
     "the first sum adds 0.5 times the input + the second norm"),
    ("ResNet", [("512 * block.expansion", "512 * block(64, 64).expansion")],
     "One block more is built than the network keeps."),
])  # fmt: skip
def test_what_is_said_of_a_layer_or_a_piece_is_true(name, changes, said):
    style = "functional" if name == "Bottleneck" else "plain"
    source = changed(EXERCISES[name].styles[style], changes)
    report = check(name, run_source(source, EXERCISES[name]))
    assert not report.passed
    assert said in " ".join(str(report).split()), report


def test_what_is_refused_in_part_is_not_called_nothing_refused():
    no_dilation = """        if dilation > 1:
            raise NotImplementedError("only dilation=1")
"""
    both = NO_GROUPS.replace(" or ", " and ")
    report = check("BasicBlock", answer((NO_GROUPS, both), (no_dilation, "")))
    assert report.mistake == "refusals-joined-and-no-dilation"
    three = both.replace(" 64", " 64 and dilation > 1")
    report = check("BasicBlock", answer((NO_GROUPS, three), (no_dilation, "")))
    assert report.mistake == "refused-only-all-together"
    report = check("BasicBlock", answer((", dilation=1", ""), (no_dilation, "")))
    assert not report.passed
    assert report.title.endswith("it takes fewer arguments than the exercise names."), report


BEGIN = """class BasicBlock({base}):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        if (groups, base_width, dilation) != (1, 64, 1):
            raise ValueError
        make = norm_layer or nn.BatchNorm2d
"""
ODD_BUT_RIGHT = {
    "module dict": BEGIN.format(base="nn.Module") + """
        self.parts = nn.ModuleDict({
            "a": nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False), "b": make(planes),
            "c": nn.Conv2d(planes, planes, 3, padding=1, bias=False), "d": make(planes)})
        if downsample is not None:
            self.parts["side"] = downsample

    def forward(self, x):
        a, b, c, d, *side = self.parts.values()
        y = d(c(F.relu(b(a(x)))))
        return F.relu(torch.stack([y, side[0](x) if side else x]).sum(0))
""",
    "parameters": BEGIN.format(base="nn.Module") + """
        self.weights = nn.ParameterList(
            [torch.randn(planes, inplanes, 3, 3), torch.randn(planes, planes, 3, 3)])
        self.norms, self.step = nn.ModuleList([make(planes), make(planes)]), stride
        self.side = downsample

    def forward(self, x):
        y = F.conv2d(F.pad(x, (1, 1, 1, 1)), self.weights[0], stride=self.step)
        y = self.norms[0](y)
        y = self.norms[1](F.conv2d(y * (y > 0), self.weights[1], padding=1))
        return F.threshold(torch.add(y, x if self.side is None else self.side(x)), 0.0, 0.0)
""",
    "lazy": BEGIN.format(base="nn.Sequential") + """
        self.extend([nn.LazyConv2d(planes, 3, stride, 1, bias=False), make(planes), nn.ReLU(),
                     nn.LazyConv2d(planes, 3, padding=1, bias=False), make(planes)])
        self.sides = nn.ModuleList([] if downsample is None else [downsample])

    def forward(self, x):
        y = x
        for layer in list(self)[:5]:
            y = layer(y)
        for side in self.sides:
            x = side(x)
        return F.relu(y + x)
""",
    "wrapper": """class Residual(nn.Module):
    def __init__(self, branch, side):
        super().__init__()
        self.branch, self.side = branch, side

    def forward(self, x):
        return self.branch(x) + self.side(x)


""" + BEGIN.format(base="nn.Module") + """
        branch = nn.Sequential(
            nn.ZeroPad2d(1), nn.Conv2d(inplanes, planes, 3, stride, bias=False), make(planes),
            nn.ReLU(), nn.Conv2d(planes, planes, 3, padding=1, bias=False), make(planes))
        for layer in branch:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        self.sum = Residual(branch, downsample or nn.Sequential())

    def forward(self, x):
        return self.sum(x).relu()
""",
}  # fmt: skip


@pytest.mark.parametrize("style", ODD_BUT_RIGHT)
def test_right_blocks_in_odd_styles_are_right(style):
    report = check("BasicBlock", run_source(ODD_BUT_RIGHT[style], BLOCK))
    assert report.passed, report


@pytest.mark.parametrize("bug", spot.BUGS, ids=lambda bug: bug.name)
def test_a_shown_bug_is_what_the_checker_says_of_it(bug):
    assert check(bug.exercise.name, run_source(bug.right, bug.exercise)).passed
    assert check(bug.exercise.name, run_source(bug.wrong, bug.exercise)).mistake == bug.mistake


@pytest.mark.parametrize("bug", spot.BUGS, ids=lambda bug: bug.name)
def test_no_bug_of_the_same_chapter_shows_the_right_line(bug):
    others = [b for b in spot.BUGS if b is not bug and b.section[:2] == bug.section[:2]]
    assert [b.name for b in others if bug.instead in map(str.strip, b.code.split("\n"))] == []


@pytest.mark.parametrize("bug", spot.BUGS, ids=lambda bug: bug.name)
def test_the_length_of_a_reason_does_not_tell_which_is_right(bug):
    lengths = [len(reason) for reason in bug.reasons]
    assert min(lengths) > 0.65 * max(lengths)


@pytest.mark.parametrize("bug", spot.BUGS, ids=lambda bug: bug.name)
def test_all_verdicts_on_a_bug_point_to_one_section(bug):
    other = "a" if bug.letter != "a" else "b"
    answers = (None, (bug.line, other), (1, other))
    assert {check(bug.name, answer).section for answer in answers} == {bug.read or bug.section}


def test_a_bug_of_an_early_chapter_uses_nothing_that_comes_later():
    early = [bug for bug in spot.BUGS if bug.section[:2] in ("00", "01", "03")]
    assert len(early) == 3
    for bug in early:
        assert not re.search("downsample|identity|2 \\* 3", bug.code), bug.name


def test_only_one_line_of_the_overwritten_input_reads_it():
    (bug,) = (bug for bug in spot.BUGS if bug.name == "spot_overwritten")
    lines = bug.code.split("\n")
    reads = [n for n, line in enumerate(lines[1:], 2) if re.search(r"\bx\b", line)]
    assert reads == [bug.line]


def test_one_kind_of_bug_is_to_be_spotted_once_and_no_odd_word_shows_it():
    kinds = [bug.mistake for bug in spot.BUGS]
    assert len(kinds) == len(set(kinds))
    hidden = [bug.name for bug in spot.BUGS if re.search(r"\.data|detach|no_grad", bug.code)]
    assert hidden == ["spot_gradient"]


def test_a_name_and_an_answer_that_have_changed_places_are_told_so():
    for name, answer in (("bn_params", lambda c: 2 * c), ("spot_input", (6, "c"))):
        with pytest.raises(ValueError, match=f"changed places: .*{name}"):
            check(answer, name)
    with pytest.raises(ValueError, match="the name of an exercise is a text"):
        check(3, "nothing")


def test_a_block_that_cannot_be_built_is_shown_without_the_input_that_it_never_gets():
    class Short(EXERCISES["BasicBlock"].reference()):
        def __init__(self, inplanes, planes, stride=1, downsample=None):
            super().__init__(inplanes, planes, stride, downsample)

    seen = check("BasicBlock", Short).seen
    assert "building it" in seen
    assert " on (" not in seen
    assert "large" not in seen


ONCE = """
layer = nn.Conv2d({}, bias=False)


def {}(in_planes, out_planes, *args, **options):
    return layer
"""


@pytest.mark.parametrize(("name", "settings"), [
    ("conv3x3", "6, 6, 3, padding=1"), ("conv1x1", "4, 6, 1"),
])  # fmt: skip
def test_a_layer_that_is_made_once_for_all_calls_is_called_so(name, settings):
    report = check(name, run_source(ONCE.format(settings, name), EXERCISES[name]))
    assert report.mistake == "one-layer-for-all", report
    assert "shares weights" in report.seen


@pytest.mark.parametrize(("name", "lines"), [
    ("spot_dilation", {6, 7, 8, 9}), ("spot_flags", {7, 8, 9}),
    ("spot_input", {6}),
])  # fmt: skip
def test_any_line_of_the_wrong_statement_is_right(name, lines):
    bug = next(bug for bug in spot.BUGS if bug.name == name)
    right = {n for n in range(1, 25) if check(name, (n, bug.letter)).passed}
    assert right == lines


def test_what_is_right_of_a_line_and_a_reason_is_said():
    said = {pair: check("spot_input", pair).title for pair in [(6, "a"), (5, "c"), (5, "a")]}
    assert said == {(6, "a"): "The line is right, the reason is another one.",
                    (5, "c"): "The reason is right, the fault is in another line.",
                    (5, "a"): "The fault is in another line, and has another reason."}  # fmt: skip
    assert "block" not in check("spot_sizes", (4, "b")).why
