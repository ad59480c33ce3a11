"""Answers to the exercises that use a network: what is refused, by which name, and what is not."""

import re
import textwrap

import pytest
import torch

import resnet_edu
from resnet_edu.exercises import EXERCISES, check, probe
from resnet_edu.exercises.tasks import run_source


def answered(name, body):
    """The report on a function with that body."""
    exercise = EXERCISES[name]
    source = f"def {exercise.signature}:\n{textwrap.indent(body, '    ')}\n"
    return check(name, run_source(source, exercise))


STILL = ("modes = {{m: m.training for m in model.modules()}}\n{}model.eval()\n"
         "with torch.no_grad():\n")  # fmt: skip
BACK = "\nfor m, mode in modes.items():\n    m.training = mode\nreturn p{}"
KEPT = "kept = {}\nhandle = model.avgpool.register_forward_hook(lambda m, i, o: kept.update(x=o))\n"
NAMES = ("own = {k: v for k, v in model.state_dict().items() if k[:3] != 'fc.'}\n"
         "theirs = {k for k in state_dict if k[:3] != 'fc.'}\n"
         "if own.keys() != theirs:\n    raise KeyError(own.keys() ^ theirs)\n")  # fmt: skip
LOADED = ("head = {'fc.' + k: v for k, v in model.fc.state_dict().items()}\n"
          "model.load_state_dict({**state_dict, **head})\n")  # fmt: skip
GRAY = ("c = model.conv1\nc.weight = nn.Parameter(c.weight.data.sum(1, keepdim=True))\n"
        "c.in_channels = 1\n")  # fmt: skip
CHAIN = "nn.Sequential(*list(model.children())[:-1], nn.Flatten())"
NEW_HEAD = ("new = nn.Linear(model.fc.in_features, num_classes)\n{}\n"
            "model.fc = new\nreturn model")  # fmt: skip
NEW_STEM = ("old = model.conv1\nnew = nn.Conv2d(1, old.out_channels, old.kernel_size, old.stride, "
            "old.padding, old.dilation, bias={bias}, padding_mode=old.padding_mode)\n"
            "with torch.no_grad():\n    new.weight.copy_(old.weight{change})\n"
            "    if old.bias is not None:\n        new.bias.copy_(old.bias)\n"
            "model.conv1 = new\nreturn model")  # fmt: skip
HAS_BIAS = "old.bias is not None"
SLIPS = [
    ("to_grayscale", "return lambda gray: model(gray.repeat(1, 3, 1, 1))", "image-repeated"),
    ("to_grayscale", "return lambda gray: model(torch.cat([gray] * 3, 1))", "image-repeated"),
    ("to_grayscale", "def run(gray):\n    return model(gray.expand(-1, 3, -1, -1))\nreturn run",
     "image-repeated"),
    ("to_grayscale", "return lambda gray: model(gray)", "old-stem-still-there"),
    ("to_grayscale", NEW_STEM.format(bias=HAS_BIAS, change=".sum(1)"), "copied-without-the-axis"),
    ("to_grayscale", NEW_STEM.format(bias=HAS_BIAS, change="[:, 0]"), "copied-without-the-axis"),
    ("to_grayscale", NEW_STEM.format(bias=HAS_BIAS, change=".sum(0, keepdim=True)"),
     "copied-for-three-channels"),
    ("to_grayscale", NEW_STEM.format(bias=HAS_BIAS, change=""), "copied-for-three-channels"),
    ("replace_head", NEW_HEAD.format("new.weight = model.fc.weight"), "old-weight-in-a-new-layer"),
    ("replace_head", NEW_HEAD.format("new.weight.data = model.fc.weight.detach()"),
     "old-weight-in-a-new-layer"),
    ("replace_head", NEW_HEAD.format("new.weight, new.bias = model.fc.weight, model.fc.bias"),
     "old-weight-and-bias-in-a-new-layer"),
    ("replace_head", "model.fc.out_features = num_classes\nmodel.fc.weight = nn.Parameter("
     "torch.randn(num_classes, model.fc.in_features))\nreturn model", "bias-of-the-old-head"),
    ("replace_head", "import copy\nother = copy.deepcopy(model)\n"
     "other.fc.out_features = num_classes\nreturn other", "only-the-number-changed"),
    ("predict", "with torch.no_grad():\n    z = model.eval()(x)\nreturn nn.Softmax(z)",
     "softmax-layer-returned"),
    ("predict", "with torch.no_grad():\n    z = model.eval()(x)\nreturn nn.Softmax(dim=1)",
     "softmax-layer-returned"),
    ("predict", "return nn.Softmax(model(x))", "softmax-layer-and-only-called"),
    ("predict", STILL.format("model.zero_grad()\n") + "    p = model(x).softmax(1)"
     + BACK.format(""), "gradients-gone"),
    ("predict", STILL.format("for q in model.parameters():\n    q.grad.zero_()\n")
     + "    p = model(x).softmax(1)" + BACK.format(""), "gradients-gone"),
    ("feature_extractor", KEPT + "def run(x):\n    model(x)\n    return kept['x'].flatten(1)\n"
                          "return run", "hook-left"),
    ("feature_extractor", "for p in model.parameters():\n    p.requires_grad = False\n"
                          f"return {CHAIN}", "given-model-frozen"),
    ("feature_extractor", "return lambda x: model.avgpool(model.layer4(model.layer3(model.layer2("
     "model.layer1(model.conv1(x)))))).flatten(1)", "stem-of-conv1-only"),
    ("feature_extractor", "maps = nn.Sequential(*list(model.children())[:-2])\n"
                          "return lambda x: maps(x).sum((2, 3))", "sum-not-mean"),
    ("predict", STILL.format("") + "    p = model((x - 0.5) / 0.25).softmax(1)" + BACK.format(""),
     "images-prepared-again"),
    ("predict", STILL.format("") + "    p = 100 * torch.cat([model(i[None]) for i in x]).softmax(1)"
     + BACK.format(""), "percent"),
    ("strip_prefix", "return {k.split('.', 1)[1] if k.startswith(prefix) else k: v "
                     "for k, v in state_dict.items()}", "up-to-the-first-dot"),
    ("strip_prefix", "return {k[len(prefix) - 1:] if k.startswith(prefix) else k: v "
                     "for k, v in state_dict.items()}", "last-letter-of-the-prefix-left"),
    ("strip_prefix", "return {k[len(prefix) + 1:] if k.startswith(prefix) else k: v "
                     "for k, v in state_dict.items()}", "one-letter-too-many"),
    ("strip_prefix", "return {k.removeprefix(prefix): k for k in state_dict}",
     "names-for-tensors"),
    ("load_backbone", "kept = {k: v for k, v in state_dict.items() if 'fc' not in k}\n"
     "told = model.load_state_dict(kept, strict=False)\nassert not told.unexpected_keys\n"
     "assert set(told.missing_keys) == {'fc.weight', 'fc.bias'}\nreturn model",
     "fc-anywhere-and-complained"),
    ("predict", "modes = {m: m.training for m in model.modules()}\nfor m in modes:\n"
     "    m.training = m.training and not isinstance(m, nn.BatchNorm2d)\n"
     "with torch.no_grad():\n    p = model(x).softmax(1)" + BACK.format(""),
     "only-norms-in-evaluation-mode"),
    ("predict", STILL.format("") + "    s = model(x)\n    p = (s - torch.amax(s)).exp()\n"
     "p = p / p.sum(1, keepdim=True)" + BACK.format(""), "one-number-for-all-images"),
    ("predict", STILL.format("model.register_forward_hook(lambda m, i, o: None)\n")
     + "    p = model(x).softmax(1)" + BACK.format(""), "hook-left"),
    ("load_backbone", NAMES + "with torch.no_grad():\n    for k in theirs:\n"
     "        own[k][...] = state_dict[k]\nreturn model", "stretched-to-fit"),
    ("load_backbone", LOADED + "return model.requires_grad_(False).fc.requires_grad_() and model",
     "backbone-frozen"),
    ("load_backbone", LOADED + "for p in (model.fc.weight, model.fc.bias):\n"
     "    p.requires_grad = False\nreturn model", "head-frozen"),
    ("load_backbone", LOADED + "model.eval()\nreturn model", "put-in-evaluation-mode"),
    ("to_grayscale", "w = model.conv1.weight.sum(1, keepdim=True)\ndel model.conv1.weight\n"
     "model.conv1.weight = w\nmodel.conv1.in_channels = 1\nreturn model",
     "weight-not-registered"),
    ("to_grayscale", GRAY + "for n, p in model.named_parameters():\n"
     "    p.requires_grad = n[:5] == 'conv1'\nreturn model", "others-frozen"),
    ("to_grayscale", GRAY + "c.weight.data /= 3\n"
     "c.register_forward_pre_hook(lambda m, given: (3 * given[0],))\nreturn model", "hook-left"),
    ("replace_head", "f = model.fc.in_features\nmodel.fc = nn.Linear(f, num_classes)\n"
     "model.fc.weight.data = torch.Tensor(num_classes, f)\n"
     "model.fc.bias.data = torch.empty(num_classes)\nreturn model", "weights-never-set"),
    ("feature_extractor", "store, old = [], model.fc.forward\n"
     "model.fc.forward = lambda x: old(store.append(x) or x)\ndef run(x):\n    model(x)\n"
     "    return store.pop()\nreturn run", "method-replaced"),
    ("feature_extractor", f"chain = {CHAIN}\ndef run(x):\n    out = chain(x)\n    x[:] = 0\n"
     "    return out\nreturn run", "images-changed"),
    ("feature_extractor", f"torch._C._set_grad_enabled(False)\nreturn {CHAIN}",
     "gradients-off-for-good"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "mistake"), SLIPS)
def test_slips_are_called_by_their_names(name, body, mistake):
    report = answered(name, body)
    assert report.mistake == mistake, report


AN_ERROR = "An error stops the answer: "


@pytest.mark.parametrize(("name", "body", "title"), [
    ("to_grayscale", NEW_STEM.format(bias="old.bias", change=".sum(1, keepdim=True)"),
     "a tensor of several numbers stands where yes or no is asked for."),
    ("to_grayscale", NEW_STEM.format(bias=HAS_BIAS, change="[:, :2]"),
     "two shapes do not fit together."),
    ("freeze_backbone", "model.eval().requires_grad_(False)\nfor p in model.fc:\n"
     "    p.requires_grad = True\nreturn model", "a loop goes through an object that is no list."),
    ("replace_head", "return replace_head(model, num_classes)",
     "functions call themselves or each other more often than Python allows."),
    ("resnet18", "return resnet18(**kwargs)",
     "functions call themselves or each other more often than Python allows."),
    ("resnet18", "return ResNet(BasicBlock, 8, **kwargs)",
     "places are asked for in a single number."),
    ("resnext50_32x4d", 'return ResNet(Bottleneck, [3, 4, 6, 3], groups="32", width_per_group=4, '
     "**kwargs)", "a text is calculated with like a number."),
])  # fmt: skip
def test_what_an_error_means_is_said_and_asked(name, body, title):
    report = answered(name, body)
    assert (report.mistake, report.title) == (None, AN_ERROR + title), report
    assert report.ask.endswith("?")


def test_what_is_seen_of_a_function_around_the_old_stem_is_what_it_does():
    report = answered("to_grayscale", "return lambda gray: model(gray.repeat(1, 3, 1, 1))")
    assert "raises" not in report.seen
    assert "reads the image three times" in report.seen
    other = answered("to_grayscale", "return lambda gray: model(torch.cat([gray, gray, -gray], 1))")
    assert other.mistake is None, other
    assert "something else" in other.seen


def test_a_head_that_keeps_old_rows_is_right_and_no_old_layer():
    body = NEW_HEAD.format("new.weight.data[:2] = model.fc.weight.data[:2]")
    assert answered("replace_head", body).passed


def test_names_with_fc_in_them_are_shown_where_such_a_part_is_loaded():
    body = ("kept = {k: v for k, v in state_dict.items() if 'fc' not in k}\n"
            "kept['fc.weight'], kept['fc.bias'] = model.fc.weight, model.fc.bias\n"
            "model.load_state_dict(kept)\nreturn model")  # fmt: skip
    report = answered("load_backbone", body)
    assert report.mistake == "fc-anywhere-then-missing", report
    assert "layer2.1.fc.0.weight" in report.seen


def test_a_hint_about_the_last_stage_holds_in_the_network_that_is_tried():
    known = {m.id: m for m in EXERCISES["feature_extractor"].mistakes}["last-stage-left-out"]
    model = probe.TinyNet(0)
    assert model.layer3[0].conv1.out_channels == model.layer4[0].conv1.out_channels
    assert "channels" not in known.why + known.ask


@pytest.mark.parametrize(("name", "body", "title"), [
    ("predict", STILL.format("") + "    p = model(x).softmax(1).max(1)" + BACK.format(""),
     "What comes back is a pair of tensors, not one tensor."),
    ("predict", STILL.format("") + "    p = torch.stack([model(i) for i in x])" + BACK.format(""),
     "An error stops the answer: a layer gets another number of axes than it reads."),
    ("feature_extractor", "def run(x):\n    kept = []\n"
     "    hook = model.fc.register_forward_pre_hook(lambda m, given: kept.append(given))\n"
     "    model(x)\n    hook.remove()\n    return kept[0]\nreturn run",
     "What comes out is a tuple, not a tensor."),
    ("predict", "modes = [m.training for m in model.modules()]\nmodel.eval()\n"
     "with torch.no_grad():\n    p = model(x).softmax(1)\n"
     "for m, mode in zip(model.children(), modes):\n    m.training = mode\nreturn p",
     "Not every part of the model is in the mode in which it came."),
])  # fmt: skip
def test_what_has_no_name_gets_a_plain_title_and_a_question(name, body, title):
    report = answered(name, body)
    assert (report.mistake, report.title) == (None, title), report
    assert report.ask.endswith("?")


def test_numbers_of_a_list_are_shown_in_few_digits():
    report = answered("predict", STILL.format("") + "    p = model(x).softmax(1)"
                      + BACK.format(".tolist()"))  # fmt: skip
    assert report.mistake == "numbers-not-a-tensor"
    assert re.search(r"found \(0\.\d{1,5}, 0\.", report.seen), report
    assert not re.search(r"\d\.\d{7}", report.seen)


@pytest.mark.parametrize(("name", "body"), [
    ("feature_extractor", "def run(x):\n    " + KEPT.replace("\n", "\n    ")
     + "model(x)\n    handle.remove()\n    return kept['x'].flatten(1)\nreturn run"),
    ("feature_extractor", "import copy\nmodel = copy.deepcopy(model).requires_grad_(False)\n" + KEPT
     + "def run(x):\n    model(x)\n    return kept['x'].flatten(1)\nreturn run"),
    ("predict", "flags = [(p, p.requires_grad) for p in model.parameters()]\n" + STILL.format("")
     + "    p = model.requires_grad_(False)(x).softmax(1)\n"
     "for q, flag in flags:\n    q.requires_grad = flag" + BACK.format("")),
    ("predict", "def still(m):\n    m.was, m.training = m.training, False\n"
     "def back(m):\n    m.training = m.was\n    del m.was\nmodel.apply(still)\n"
     "with torch.no_grad():\n    p = nn.Softmax(dim=-1)(model(x))\nmodel.apply(back)\nreturn p"),
    ("freeze_backbone", "for p in list(model.parameters())[:-2]:\n    p.requires_grad = False\n"
                        "return model.eval()"),
    ("freeze_backbone", "for n, p in model.named_parameters():\n"
     "    p.requires_grad = n.startswith('fc')\nreturn model.eval()"),
])  # fmt: skip
def test_who_leaves_all_as_it_was_is_right(name, body):
    report = answered(name, body)
    assert report.passed, report


def test_a_file_without_counters_of_batches_may_be_loaded_or_refused():
    assert "`num_batches_tracked`" in EXERCISES["load_backbone"].prompt
    file = {k: v for k, v in resnet_edu.resnet18(num_classes=3).state_dict().items()
            if not k.endswith("num_batches_tracked")}  # fmt: skip
    loads, refuses = (run_source(EXERCISES["load_backbone"].styles[style],
                                 EXERCISES["load_backbone"]) for style in ("plain", "copy"))
    loaded = loads(resnet_edu.resnet18(), file)
    assert torch.equal(loaded.conv1.weight, file["conv1.weight"])
    with pytest.raises(KeyError, match="num_batches_tracked"):
        refuses(resnet_edu.resnet18(), file)


@pytest.mark.parametrize(("name", "body", "title"), [
    ("load_backbone", LOADED + "for m in model.modules():\n"
     "    for n, p in list(m._parameters.items()):\n        if p is not None:\n"
     "            del m._parameters[n]\n            m.register_buffer(n, p.data)\n"
     "return model", "What can learn in the model is not what it was."),
    ("load_backbone", LOADED + "torch.set_grad_enabled(False)\nreturn model",
     "Gradients are switched off and not on again."),
    ("replace_head", "model.fc = nn.Linear(model.fc.in_features, num_classes)\n"
     "model.spare = nn.Identity()\nreturn model",
     "The model does not have the parts that it had."),
    ("replace_head", "model.fc = nn.Linear(model.fc.in_features, num_classes)\n"
     "model.register_forward_hook(lambda m, i, o: o)\nreturn model",
     "The model does not have the hooks that it had."),
    ("to_grayscale", GRAY + "model.register_buffer('gray', torch.ones(1))\nreturn model",
     "Something differs in what must stay as it was."),
    ("feature_extractor", f"model.zero_grad()\nreturn {CHAIN}",
     "Something differs in what must stay as it was."),
])  # fmt: skip
def test_what_must_stay_as_it_was_is_looked_at(name, body, title):
    report = answered(name, body)
    assert (report.passed, report.title) == (False, title), report


@pytest.mark.parametrize("probabilities", [
    "F.softmax(model(x).float(), dim=1)", "F.softmax(model(x), dim=1, dtype=torch.float32)",
    "model(x).float().softmax(1).double()",
])  # fmt: skip
@pytest.mark.parametrize("seed", [0, 31, 49])
def test_probabilities_in_single_precision_are_right_whatever_the_seed(probabilities, seed):
    body = STILL.format("") + f"    p = {probabilities}" + BACK.format("")
    source = f"def predict(model, x):\n{textwrap.indent(body, '    ')}\n"
    report = check("predict", run_source(source, EXERCISES["predict"]), seed=seed)
    assert report.passed, report


def test_probabilities_that_are_a_little_off_are_wrong():
    body = STILL.format("") + "    p = model(x).softmax(1) + 3e-5" + BACK.format("")
    assert not answered("predict", body).passed


FIXED = """
class Fixed(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.eps = norm.eps
        for name in ("weight", "bias", "running_mean", "running_var"):
            self.register_buffer(name, getattr(norm, name).detach().clone())

    def forward(self, x):
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        return x * scale[:, None, None] + (self.bias - self.running_mean * scale)[:, None, None]


def freeze_backbone(model):
    model.requires_grad_(False)
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, Fixed(child))
    model.fc.requires_grad_(HEAD)
    return model
"""


@pytest.mark.parametrize("learns", [True, False])
def test_norms_may_be_frozen_as_buffers(learns):
    source = FIXED.replace("HEAD", str(learns))
    report = check("freeze_backbone", run_source(source, EXERCISES["freeze_backbone"]))
    assert report.passed == learns, report


BACKBONE = ("kept = {k: v for k, v in state_dict.items() if k[:3] != 'fc.'}\n"
            "head = {'fc.' + k: v for k, v in model.fc.state_dict().items()}\n"
            "model.load_state_dict({**kept, **head})\n")  # fmt: skip
LINEAR = "model.fc = nn.Linear(model.fc.in_features, num_classes)\n"
FREEZE = ("model.eval()\nfor n, p in model.named_parameters():\n"
          "    p.requires_grad = n.startswith('fc.')\n")  # fmt: skip
CHANGES = {"load_backbone": BACKBONE, "replace_head": LINEAR, "to_grayscale": GRAY}
LEARN = "What can learn in the model is not what it was."
MODE = "Not every part of the model is in the mode in which it came."
SETTINGS = "The settings of a layer are not what they were."
SWITCHED_ON = "Gradients are switched on, although they were off when the function was called."


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(("before", "after", "title"), [
    ("", "", ""),
    ("", "for p in model.parameters():\n    p.requires_grad = True\n", LEARN),
    ("was = model.training\nmodel.eval()\n", "model.train(was)\n", MODE),
    ("", "model.layer2[0].bn1.momentum = 0.01\n", SETTINGS),
    ("", "model.bn1.eps = 0.001\n", SETTINGS),
    ("", "model.float()\n", "The type of the numbers is float32, not float64."),
    ("", "model.half()\n", "The type of the numbers is float16, not float64."),
])  # fmt: skip
def test_a_changed_model_is_partly_frozen_and_in_two_modes_and_stays_so(
    name, before, after, title
):
    report = answered(name, f"{before}{CHANGES[name]}{after}return model")
    assert (report.passed, report.mistake, report.title) == (not title, None, title), report


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CHANGES)
def test_the_parts_that_come_frozen_are_others_for_another_seed_and_always_there(name, seed):
    cases = EXERCISES[name].drawn(seed)["cases"]
    frozen = [case for case in cases if case.get("frozen")]
    assert [len(case["otherwise"]) for case in frozen] == [1]
    drawn = {tuple(case.get("frozen", ())) for other in range(20)
             for case in EXERCISES[name].drawn(other)["cases"]}  # fmt: skip
    assert len(drawn - {()}) > 1


def test_a_head_that_came_frozen_is_not_released_by_loading():
    report = answered("load_backbone", BACKBONE + "model.fc.requires_grad_(True)\nreturn model")
    assert (report.passed, report.title) == (False, LEARN), report


@pytest.mark.parametrize(("name", "body", "title"), [
    ("predict", STILL.format("").replace("with torch.no_grad():\n", "")
     + "for q in model.parameters():\n    q.requires_grad_(False)\np = model(x).softmax(1)\n"
     "for q in model.parameters():\n    q.requires_grad_(True)" + BACK.format(""), LEARN),
    ("predict", STILL.format("").replace("with torch.no_grad():\n", "")
     + "torch.set_grad_enabled(False)\np = model(x).softmax(1)\ntorch.set_grad_enabled(True)"
     + BACK.format(""), SWITCHED_ON),
    ("feature_extractor", f"chain = {CHAIN}\ndef run(x):\n    torch.set_grad_enabled(False)\n"
     "    out = chain(x)\n    torch.set_grad_enabled(True)\n    return out\nreturn run",
     SWITCHED_ON),
    ("feature_extractor", f"model.requires_grad_(True)\nreturn {CHAIN}", LEARN),
])  # fmt: skip
def test_what_was_frozen_or_off_is_so_afterwards(name, body, title):
    report = answered(name, body)
    assert (report.passed, report.mistake, report.title) == (False, None, title), report


def test_gradients_may_be_off_while_features_are_computed_and_on_again_as_they_were():
    body = (f"chain = {CHAIN}\ndef run(x):\n    was = torch.is_grad_enabled()\n"
            "    torch.set_grad_enabled(False)\n    out = chain(x)\n"
            "    torch.set_grad_enabled(was)\n    return out\nreturn run")  # fmt: skip
    assert answered("feature_extractor", body).passed


@pytest.mark.parametrize(("value", "there"), [
    ("v.float()", "a tensor of float32"), ("v.half()", "a tensor of float16"),
    ("v.numpy()", "something of the type ndarray"), ("v.tolist()", "a list"),
    ("v.shape", "something of the type Size"), ("v * 0", "a tensor of other numbers"),
    ("v[:1]", "a tensor of the shape (1,)"), ("[v]", "a list"),
    ("None", "None"), ("str(v)", "a text"),
])  # fmt: skip
def test_what_stands_under_a_new_name_is_said_as_it_is(value, there):
    body = f"return {{k.removeprefix(prefix): {value} for k, v in state_dict.items()}}"
    report = answered("strip_prefix", body)
    assert report.mistake is None, report
    assert report.title == f"Under a new name stands {there}, not the tensor of the old name."
    assert f"holds {there}" in report.seen
    assert report.ask.endswith("?")


def test_the_prefix_may_be_given_by_its_name():
    source = ('def strip_prefix(state_dict, pre="module."):\n'
              "    return {k.removeprefix(pre): v for k, v in state_dict.items()}\n")  # fmt: skip
    report = check("strip_prefix", run_source(source, EXERCISES["strip_prefix"]))
    assert not report.passed
    assert report.title == "An error stops the answer: it takes no argument prefix."


@pytest.mark.parametrize("to", ["float", "half"])
def test_a_frozen_model_in_another_type_is_not_called_another_head(to):
    report = answered("freeze_backbone", FREEZE + f"return model.{to}()")
    found = {"float": "float32", "half": "float16"}[to]
    assert (report.mistake, report.title) == (
        None, f"The type of the numbers is {found}, not float64."), report  # fmt: skip


@pytest.mark.parametrize(("name", "body", "title"), [
    ("to_grayscale", NEW_STEM.format(bias=HAS_BIAS + ", dtype=torch.float32",
                                     change=".sum(1, keepdim=True)"),
     "The type of the numbers is float32, not float64."),
    ("to_grayscale", "with torch.inference_mode():\n" + textwrap.indent(GRAY, "    ")
     + "return model",
     "An error stops the answer: a tensor made under inference_mode is to be trained."),
    ("replace_head", LINEAR[:-1] + ".half()\nreturn model",
     "The type of the numbers is float16, not float64."),
    ("replace_head", f"with torch.inference_mode():\n    {LINEAR}return model",
     "An error stops the answer: a tensor made under inference_mode is to be trained."),
])  # fmt: skip
def test_a_part_of_another_type_or_made_for_inference_gets_a_verdict(name, body, title):
    report = answered(name, body)
    assert (report.mistake, report.title) == (None, title), report


def test_a_model_already_in_evaluation_mode_is_not_said_to_stay_in_training_mode():
    body = ("modes = {m: m.training for m in model.modules()} if model.training else {}\n"
            "if model.training:\n    model.eval()\n"
            "with torch.no_grad():\n    p = model(x).softmax(1)" + BACK.format(""))  # fmt: skip
    report = answered("predict", body)
    assert (report.mistake, report.title) == (
        None, "Parts of the model compute in training mode."), report  # fmt: skip
    assert "fc in training mode" in report.seen


COPIED = NAMES.replace("{", "{{").replace("}", "}}") + (
    "with torch.no_grad():\n    for k in theirs:\n"
    "        if own[k].shape != state_dict[k].shape:\n            raise ValueError(k)\n"
    "{}return model")  # fmt: skip


@pytest.mark.parametrize(("body", "title"), [
    (COPIED.format("        if 'running' not in k:\n            own[k].copy_(state_dict[k])\n"),
     "Not all of the backbone is loaded: bn1.running_mean is as it was."),
    (COPIED.format("        if 'bn1.bias' not in k:\n            own[k].copy_(state_dict[k])\n"),
     "Not all of the backbone is loaded: bn1.bias is as it was."),
    (COPIED.format("        own[k].copy_(state_dict[k])\n"), ""),
    (BACKBONE.replace("})\n", "}, assign=True)\n").replace("k: v for", "k: v.clone() for")
     + "return model", "The type of the numbers is float32, not float64."),
    ("both = {**dict(model.named_parameters()), **dict(model.named_buffers())}\n"
     + COPIED.format("        both[k].data = state_dict[k].clone()\n"),
     "The type of the numbers is float32, not float64."),
])  # fmt: skip
def test_what_is_loaded_is_all_of_it_in_the_type_that_the_model_has(body, title):
    report = answered("load_backbone", body)
    assert (report.passed, report.mistake, report.title) == (not title, None, title), report


@pytest.mark.parametrize("line", ["del model.fc", "model.fc = None"])
def test_a_given_model_that_runs_no_more_is_told_as_changed_and_not_by_its_error(line):
    parts = "[part for part in model.children() if part is not None]"
    report = answered("feature_extractor", f"{line}\nreturn nn.Sequential(*{parts}, nn.Flatten())")
    assert report.mistake == "given-model-changed", report
