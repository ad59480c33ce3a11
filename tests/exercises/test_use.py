"""Answers to the exercises that use a network: what is refused, by which name, and what is not."""

import re
import textwrap

import pytest
import torch

import resnet_edu
from resnet_edu.exercises import EXERCISES, check
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
CHAIN = "nn.Sequential(*list(model.children())[:-1], nn.Flatten())"
SLIPS = [
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
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "mistake"), SLIPS)
def test_slips_are_called_by_their_names(name, body, mistake):
    report = answered(name, body)
    assert report.mistake == mistake, report


@pytest.mark.parametrize(("name", "body", "title"), [
    ("predict", STILL.format("") + "    p = model(x).softmax(1).max(1)" + BACK.format(""),
     "What comes back is a list or a tuple, not a tensor."),
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
