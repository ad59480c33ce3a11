"""Whatever a caller or an answer has switched on in torch changes no verdict, and is as before."""

import contextlib
import copy
import os

import pytest
import torch
from torch.nn.modules import module
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode

from resnet_edu.exercises import EXERCISES, check, guard, matching, probe
from resnet_edu.exercises.tasks import run_source


class NoFunctions(TorchFunctionMode):
    """Refuses every function of torch."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        raise RuntimeError("a mode of the caller's is at work")


class NoOperations(TorchDispatchMode):
    """Refuses every operation of torch."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise RuntimeError("a mode of the caller's is at work")


@contextlib.contextmanager
def setting(put, value, before):
    put(value)
    try:
        yield
    finally:
        put(before)


@contextlib.contextmanager
def hook_for_all():
    handle = module.register_module_forward_hook(lambda part, given, out: out * 0)
    try:
        yield
    finally:
        handle.remove()


CONTEXTS = {
    "inference": torch.inference_mode,
    "no grad": torch.no_grad,
    "meta": lambda: torch.device("meta"),
    "default meta": lambda: setting(torch.set_default_device, "meta", None),
    "default cpu": lambda: setting(torch.set_default_device, "cpu", None),
    "autocast": lambda: torch.autocast("cpu"),
    "half": lambda: setting(torch.set_default_dtype, torch.float16, torch.float32),
    "functions": NoFunctions,
    "operations": NoOperations,
    "anomaly": lambda: setting(torch.set_anomaly_enabled, True, False),
    "deterministic": lambda: setting(torch._C._set_deterministic_algorithms, True, False),
    "hook": hook_for_all,
}


def right(name):
    exercise = EXERCISES[name]
    return run_source([*exercise.styles.values()][1], exercise)


def settings():
    return (
        torch.is_inference_mode_enabled(), torch.is_grad_enabled(), torch.get_default_dtype(),
        torch.is_autocast_enabled("cpu"), torch.is_anomaly_enabled(),
        torch.overrides._get_current_function_mode_stack(), _get_current_dispatch_mode(),
        torch.are_deterministic_algorithms_enabled(), len(module._global_forward_hooks),
        dict(vars(torch._GLOBAL_DEVICE_CONTEXT)), torch.utils._device.CURRENT_DEVICE,
    )  # fmt: skip


def forget():
    for kept in (matching.expectation, matching._expected_of, matching.fingerprint,
                 matching.other_calls, probe._kept, probe._pattern, probe._saved):  # fmt: skip
        kept.cache_clear()


@pytest.mark.parametrize(("context", "name"), [
    *((context, "freeze_backbone") for context in CONTEXTS), ("meta", "resnet18"),
    ("default meta", "predict"),
])  # fmt: skip
def test_a_right_answer_is_right_in_every_context_and_after_it(context, name):
    answer, plain = right(name), check(name, right(name)).observations
    forget()
    try:
        with CONTEXTS[context]():
            before = settings()
            inside = check(name, answer)
            after = settings()
        outside = check(name, answer)
        with CONTEXTS[context]():
            again = check(name, answer)
    finally:
        forget()
    for report in (inside, outside, again):
        assert report.passed, report
        assert report.observations == plain
    assert before == after


def test_the_first_check_may_be_in_another_context_where_mistakes_are_named():
    exercise = EXERCISES["freeze_backbone"]
    mistake = exercise.mistakes[0]
    answer = exercise.wrong(mistake, [*mistake.changes][-1])
    said = check("freeze_backbone", answer)
    forget()
    with torch.inference_mode(), torch.device("meta"):
        assert str(check("freeze_backbone", answer)) == str(said)
    assert str(check("freeze_backbone", answer)) == str(said)


@pytest.mark.parametrize("switch", [
    lambda: torch.set_default_device("meta"),
    lambda: torch.device("meta").__enter__(),
    lambda: torch.autocast("cpu").__enter__(),
    lambda: torch._C._set_deterministic_algorithms(True),
    lambda: module.register_module_forward_hook(lambda part, given, out: out * 0),
    lambda: KEPT.append(NoFunctions().__enter__()),
    lambda: KEPT.append(NoOperations().__enter__()),
])  # fmt: skip
def test_what_an_answer_switches_on_is_off_afterwards(switch):
    def predict(model, images):
        model = copy.deepcopy(model).eval()
        with torch.no_grad():
            out = model(images).softmax(1)
        switch()
        return out

    forget()
    before = settings()
    assert str(check("predict", predict))
    assert settings() == before
    assert check("predict", right("predict")).passed


KEPT = []


def test_an_answer_that_calculates_on_another_device_is_refused_and_harms_none_after_it():
    def predict(model, images):
        torch.set_default_device("meta")
        return torch.zeros(len(images), 5)

    report = check("predict", predict)
    assert not report.passed
    assert check("predict", right("predict")).passed


def test_the_working_directory_and_the_environment_are_as_before():
    folder, variables = os.getcwd(), dict(os.environ)

    def strip_prefix(state, prefix="module."):
        os.chdir("/")
        os.environ["RESNET_EDU_TEST"] = "1"
        os.environ.pop("PATH", None)
        return {name.removeprefix(prefix): value for name, value in state.items()}

    assert check("strip_prefix", strip_prefix).passed
    assert os.getcwd() == folder
    assert dict(os.environ) == variables


def test_a_directory_that_is_gone_is_no_obstacle(tmp_path, monkeypatch):
    here = tmp_path / "gone"
    here.mkdir()
    monkeypatch.chdir(here)
    here.rmdir()
    assert guard.undisturbed(5, lambda: os.chdir(tmp_path)) is None


@pytest.mark.parametrize("context", ["inference", "default meta", "half"])
def test_what_a_cell_of_a_submission_switches_on_does_not_reach_the_probe(context):
    exercise = EXERCISES["freeze_backbone"]
    plain = probe.observe(right("freeze_backbone"), exercise.drawn(0))
    forget()
    with CONTEXTS[context]():
        assert probe.observe(right("freeze_backbone"), exercise.drawn(0)) == plain
