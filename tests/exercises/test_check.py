"""``check`` from a notebook or a script: what it says, and that it leaves everything as it was."""

import random
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
from resnet_edu.exercises import EXERCISES, Report, check, checking, guard
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
    assert report.title.startswith("Something differs in")


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
    ("spot_input", (6, "e"), "has another form"),
])  # fmt: skip
def test_what_is_no_class_function_or_pair_is_told_so(name, given, said):
    report = check(name, given)
    assert (report.passed, report.mistake, report.score) == (False, "another-form", 0)
    assert said in report.title
    assert report.hints[-1].endswith("?")


def test_an_error_that_stops_all_is_told_before_anything_else():
    report = check("BasicBlock", answer(("def forward(self, x):", "def forward(x):")))
    assert (report.mistake, report.title) == (None, "An error stops the answer.")
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
    assert "expected 8, found '8'" in report.seen


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
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "mistake"), SLIPS)
def test_slips_in_plain_answers_are_called_by_their_names(name, body, mistake):
    source = f"def {EXERCISES[name].signature}:\n{textwrap.indent(body, '    ')}\n"
    report = check(name, run_source(source, EXERCISES[name]))
    assert report.mistake == mistake, report


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
        assert shows == (section in checking.FINISHED), section
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
    ("Bottleneck", "loop", LOOP_END, ALL_ROUND, "sum-after-the-first-layer"),
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
