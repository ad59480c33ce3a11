"""What those meet who have just read a chapter: a forgotten self, quotation marks, defaults."""

import pytest

from resnet_edu.exercises import EXERCISES, check
from resnet_edu.exercises.tasks import changed, run_source

STOPS = "An error stops the answer: "
NORM = "        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n"
CALLS = EXERCISES["BasicBlock"].styles["plain"].partition("forward(self, x):\n")[2]
NORM_FIRST = """        out = F.relu(self.bn1(x))
        shortcut = self.downsample(out) if self.downsample is not None else x
        out = self.conv1(out)
        out = self.conv2(F.relu(self.bn2(out)))
        return out + shortcut
"""
SELF = [  # an exercise, a change of its plain answer, the title, and part of the question
    ("BasicBlock", ("self.conv1(x)", "conv1(x)"),
     "there is no conv1 by itself; the object has one.", "before the dot"),
    ("BasicBlock", ("if self.downsample is not None", "if downsample is not None"),
     "there is no downsample by itself; the object has one.", "before the dot"),
    ("Bottleneck", ("(width, planes * self.expansion)", "(width, planes * expansion)"),
     "there is no expansion by itself; the object has one.", "before the dot"),
    ("ResNet", ("self.layer1 = self._make_layer(", "self.layer1 = _make_layer("),
     "there is no _make_layer by itself; the object has one.", "before the dot"),
    ("BasicBlock", ("__init__(self, ", "__init__("),
     "self is not among the arguments of __init__.", "first name"),
    ("ResNet", ("_make_layer(self, ", "_make_layer("),
     "self is not among the arguments of _make_layer.", "first name"),
    ("ResNet", ("self.layer1 = self._make_layer(", "self.layer1 = self._make_layer(self, "),
     "the network itself is asked for its expansion.", "`block`"),
    ("BasicBlock", ("super().__init__()", "super().__init__(self)"),
     "the constructor of nn.Module gets arguments.", "`super().__init__`"),
    ("ResNet", ("super().__init__()", "super().__init__(block)"),
     "the constructor of nn.Module gets arguments.", "`super().__init__`"),
    ("BasicBlock", ("out = self.conv1(x)", "out = self.conv1"),
     "a Conv2d stands where a tensor is needed.", "called"),
    ("Bottleneck", ("        self.downsample = downsample\n", ""),
     "there is no self.downsample.", "constructor keeps"),
]  # fmt: skip


def report_on(name, *changes):
    exercise = EXERCISES[name]
    return check(name, run_source(changed(exercise.styles["plain"], changes), exercise))


@pytest.mark.parametrize(("name", "change", "title", "ask"), SELF)
def test_a_forgotten_self_and_its_like_are_told(name, change, title, ask):
    report = report_on(name, change)
    assert (report.passed, report.title) == (False, STOPS + title), report
    assert ask in report.ask, report


def test_another_name_for_self_is_no_reason():
    source = EXERCISES["BasicBlock"].styles["plain"].replace("self", "this")
    wrong = changed(source, [("this.conv1(x)", "conv1(x)")])
    report = check("BasicBlock", run_source(wrong, EXERCISES["BasicBlock"]))
    assert report.title == STOPS + "there is no conv1."
    assert check("BasicBlock", run_source(source, EXERCISES["BasicBlock"])).passed


@pytest.mark.parametrize(("name", "changes", "mistake"), [
    ("BasicBlock", [(NORM, "")], "none-is-never-replaced"),
    ("Bottleneck", [(NORM, "")], "none-is-never-replaced"),
    ("BasicBlock", [("self.bn1 = norm_layer(planes)", "self.bn1 = norm_layer(inplanes)"),
                    (CALLS, NORM_FIRST)], "pre-activation"),
    ("BasicBlock", [("self.conv2(out)", "self.conv2(F.dropout(out, 0.3))")], "dropout-always"),
    ("Bottleneck", [("self.conv3(out)", "self.conv3(F.dropout(out, 0.3))")], "dropout-always"),
    *(("BasicBlock", [(NORM, f"        norm_layer = norm_layer or (lambda c: nn.BatchNorm2d(c, "
                             f"{given}))\n")], mistake)
      for given, mistake in (("momentum=0.99", "other-momentum"), ("momentum=0.01",
                             "other-momentum"), ("eps=1e-6", "other-eps"))),
    ("Bottleneck", [(NORM, "        norm_layer = norm_layer or (lambda c: nn.BatchNorm2d(c, "
                           "momentum=0.01))\n")], "other-momentum"),
])  # fmt: skip
def test_what_many_write_has_its_name(name, changes, mistake):
    report = report_on(name, *changes)
    assert (report.passed, report.mistake) == (False, mistake), report


def test_a_block_that_stops_before_a_dropout_is_called_nothing_of_the_kind():
    change = ("self.bn2 = norm_layer(width)", "self.bn2 = norm_layer(planes)")
    report = report_on("Bottleneck", change)
    assert report.mistake is None
    assert report.title == "A norm is built for 4 channels, and gets 2."


@pytest.mark.parametrize("letters", [
    "a, b, c, d", "a/b", "a and b", "abcd", ["a", "b"], {"a", "b"}, {"a": 1}, "a: x, b: y",
])  # fmt: skip
def test_more_than_one_letter_is_another_form(letters):
    report = check("spot_sizes", (4, letters))
    assert (report.passed, report.score, report.mistake) == (False, 0, "another-form")
    assert "one letter" in report.title


@pytest.mark.parametrize("letter", ["a", "A", "(a)", ["a"], "a: it is a stride", "a) a norm"])
def test_one_letter_may_be_written_in_many_ways(letter):
    assert check("spot_sizes", (4, letter)).passed


def test_quotation_marks_around_an_answer_are_told():
    report = check("spot_sizes", '(4, "a")')
    assert report.title == "The answer is a text: it stands in quotation marks."
    for name in ("BasicBlock", "conv_out"):
        assert "quotation marks" in check(name, name + " ").ask


@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_a_helper_of_the_package_is_a_piece_and_the_prompt_says_so(name):
    exercise = EXERCISES[name]
    assert "Write it with torch alone" in exercise.prompt
    line = {"BasicBlock": ("nn.Conv2d(planes, planes, 3, 1, 1, bias=False)",
                           "__import__('resnet_edu').conv3x3(planes, planes)"),
            "Bottleneck": ("int(planes * (base_width / 64.0)) * groups",
                           "__import__('resnet_edu.anatomy').anatomy.bottleneck_width("
                           "planes, base_width, groups)")}[name]  # fmt: skip
    report = report_on(name, line)
    assert (report.passed, report.mistake) == (False, "imported")
    assert report.title.startswith("A piece of the answer is imported: resnet_edu.")
    assert "count" not in report.why
