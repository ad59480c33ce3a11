"""Errors that stop an answer: each has a title that is true of it, a reason and a question."""

import re

import pytest

from resnet_edu.exercises import EXERCISES, check, telling, words
from resnet_edu.exercises.catalogue import spot
from resnet_edu.exercises.tasks import changed, run_source

STOPS = "An error stops the answer: "
CONV = "nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)"
LATER = "block(self.inplanes, planes, groups=self.groups,"
SHIFTED = ("block(self.inplanes, planes, 1, self.groups, self.base_width, self.dilation, norm_layer"
           ") or block(self.inplanes, planes, groups=self.groups,")  # fmt: skip
ERRORS = [  # an exercise, a change of its plain answer, the title and part of the question
    ("BasicBlock", ("norm_layer(planes)\n        self.relu", "norm_layer\n        self.relu"),
     "a tensor comes where the size of a layer is needed.", "still a class"),
    ("BasicBlock", ("super().__init__()", "super().__init__()\n        return ValueError()"),
     "the constructor hands something back.", "your `__init__`"),
    ("BasicBlock", ('raise ValueError("only groups', 'return ValueError("only groups'),
     "the constructor hands something back.", "your `__init__`"),
    ("BasicBlock", (CONV, "nn.Conv2d(inplanes, planes, 3, stride, 1, False)"),
     "a convolution gets True or False as its dilation.", "by place"),
    ("BasicBlock", (CONV, "nn.Conv2d(inplanes, planes, 3, stride, False)"),
     "a convolution gets True or False as its padding.", "by place"),
    ("BasicBlock", (CONV, "nn.Conv2d(inplanes, planes, 3, stride, 3 / 2, bias=False)"),
     "a convolution gets a float as its padding.", "whole"),
    ("BasicBlock", (CONV, "nn.Conv2d(inplanes, planes, 3, stride, 1, 1, False)"),
     "the groups of a convolution are no positive number.", "by place"),
    ("BasicBlock", ("out = self.bn1(out)", "out = np.maximum(self.bn1(out), 0)"),
     "there is no np.", "`np` imported"),
    ("BasicBlock", ("out = self.bn1(out)", "out = H.relu(self.bn1(out))"),
     "there is no H.", "`H` spelled"),
    ("ResNet", ("planes * block.expansion", "planes * block.expantion"),
     "the class BasicBlock has no expantion.", "spelled"),
    ("ResNet", ("(m, (nn.BatchNorm2d, nn.GroupNorm))", "(m, 'BatchNorm2d')"),
     "isinstance is asked about something that is no class.", "a class in this call"),
    ("ResNet", (LATER, SHIFTED),
     "a class or a function stands where a number is needed.", "by place"),
    ("ResNet", ("layers[3]", "layers[4]"),
     "a place is asked for that the list does not have.", "how many places"),
    ("ResNet", ("fan_out", "fanout"), "there is no mode fanout.", "spelled"),
    ("ResNet", ("nn.MaxPool2d(kernel_size=3, stride=2, padding=1)", "nn.MaxPool2d(3, 2, False)"),
     "max_pool2d() gets True or False as its padding.", "by place"),
    ("replace_head", ("model.fc.in_features", "model.fc.in_feature"),
     "a Linear has no in_feature.", "almost the same"),
    ("replace_head", ("model.fc.in_features", "model.fc.length"),
     "a Linear has no length.", "Of which type"),
    ("replace_head", ("model.fc.in_features", "model.fc[0].in_features"),
     "square brackets stand behind something of the type Linear, which has no places.",
     "before the square brackets"),
    ("load_backbone", ("model.load_state_dict", "model.load_statedict"),
     "the model has no load_statedict.", "almost the same"),
    ("load_backbone", ("state_dict.items()", "torch.load(state_dict).items()"),
     "torch.load gets something that is no file.", "the name of a file"),
    ("load_backbone", ("state_dict.items()", "state_dict.iterms()"),
     "an OrderedDict has no iterms.", "almost the same"),
    ("count_params", ("p.numel()", "p.shape[0] * p.shape[1]"),
     "a place is asked for that is not there.", "how many places"),
    ("count_params", ("p.numel()", "p.numel"),
     "a function stands where a value is needed.", "not called"),
    ("conv_out", ("room // stride", "room // (stride - 1)"), "something is divided by 0.", "is 0"),
]  # fmt: skip


def report_on(name, change):
    exercise = EXERCISES[name]
    return check(name, run_source(changed(exercise.styles["plain"], [change]), exercise))


@pytest.mark.parametrize(("name", "change", "title", "ask"), ERRORS)
def test_an_error_has_a_title_that_is_true_of_it_and_a_question_that_fits(name, change, title, ask):
    report = report_on(name, change)
    assert (report.passed, report.title) == (False, STOPS + title), report
    assert ask in report.ask, report
    assert report.ask.endswith("?")
    assert report.why


def test_an_error_that_nobody_knows_comes_with_a_question_too():
    change = ("return room", "return int(str(room) + 'x')")
    report = report_on("conv_out", change)
    assert report.title == "An error stops the answer."
    assert report.ask == "Which of your lines does Python name when you make this call yourself?"


@pytest.mark.parametrize("given", ["*kwargs", "*list(kwargs)"])
def test_names_of_settings_that_stand_for_their_values_are_told(given):
    report = report_on("resnet18", ("2], **kwargs", f"2], {given}"))
    assert report.title == ("ResNet is called with a name where a value belongs: "
                            "num_classes = 'num_classes'.")  # fmt: skip
    assert "star" in report.ask


def test_what_goes_into_the_first_layer_comes_from_no_layer_before_it():
    first = report_on("BasicBlock", (CONV, CONV.replace("inplanes", "inplanes * 2")))
    assert first.title == "A convolution is built for 8 channels, and gets 4."
    assert "before it" not in first.ask
    second = report_on("BasicBlock", ("nn.Conv2d(planes, planes", "nn.Conv2d(planes + 1, planes"))
    assert second.title == "A convolution is built for 5 channels, and gets 4."
    assert "before it" in second.ask


def test_a_question_is_never_about_what_nobody_has_named():
    asks = [ask for *_, ask in (*telling.ERRORS, *words.ERRORS)]
    assert len(asks) > 40
    assert [ask for ask in asks if not ask.endswith("?")] == []
    assert [ask for ask in asks if re.search(r"list in this call|channels, or tensors", ask)] == []


@pytest.mark.parametrize("name", ["spot_input", "spot_width", "spot_flags"])
def test_a_copied_line_is_the_line_and_not_the_digits_in_it(name):
    bug = next(bug for bug in spot.BUGS if bug.name == name)
    line = bug.code.split("\n")[bug.line - 1]
    for text in (line, line.strip(), f"{bug.line}  {line}", f"line {bug.line}: {line.strip()}"):
        assert check(name, (text, bug.letter)).passed, text
    for text in (f"{bug.line + 1}  {line}", line.replace("a", "o") + "  # 2", "somewhere in 2b"):
        report = check(name, (text, bug.letter))
        assert report.title == "The answer has another form: it gives no number of a line.", text


def test_a_line_that_stands_there_twice_is_asked_for_by_its_number():
    bug = next(bug for bug in spot.BUGS if bug.name == "spot_projection")
    assert bug.code.count("out = self.relu(out)") == 2
    report = check(bug.name, ("out = self.relu(out)", bug.letter))
    assert report.mistake == "another-form"


def test_a_line_and_a_letter_that_are_handed_in_apart_are_told_so():
    report = check("spot_input", 6, "c")
    assert (report.passed, report.mistake) == (False, "another-form")
    assert report.title == "Two things are handed in, and an answer is one pair."
    with pytest.raises(ValueError, match="third argument, 'c', is the seed"):
        check("bn_params", lambda c: 2 * c, "c")


def test_what_should_be_refused_and_is_not_is_told_so():
    body = """
def load_backbone(model, state_dict):
    own = model.state_dict()
    for name, tensor in state_dict.items():
        if not name.startswith("fc."):
            own[name].copy_(tensor)
    return model
"""
    report = check("load_backbone", run_source(body, EXERCISES["load_backbone"]))
    assert report.title == "Something that must be refused is accepted.", report
