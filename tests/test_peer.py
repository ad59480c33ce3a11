"""torchvision healthy, mismatched, missing, too old or broken: each in a process of its own."""

import subprocess
import sys
import textwrap

import pytest

HEALTHY = "class models:\n    get_model = None\n__version__ = '0.99'\n"
MISMATCHED = """
    import torch, sys
    if not hasattr(torch.ops.torchvision, "nms"):
        raise RuntimeError("operator torchvision::nms does not exist")
    class models:
        get_model = None
"""


def run(code, tmp_path, stub=None):
    if stub is not None:
        folder = tmp_path / "stubs" / "torchvision"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(textwrap.dedent(stub), encoding="utf-8")
    lines = f"import sys; sys.path.insert(0, {str(tmp_path / 'stubs')!r})\n{textwrap.dedent(code)}"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True)
    return done.stdout.strip(), done.stderr.strip().splitlines()


IMPORT = "from resnet_edu.peer import import_torchvision, _kept\n"


def test_a_healthy_torchvision_is_imported_and_nothing_else_touched(tmp_path):
    code = IMPORT + "print(import_torchvision().__version__, len(_kept))"
    assert run(code, tmp_path, HEALTHY) == ("0.99 0", [])


def test_a_mismatched_pair_is_imported_with_declared_operators(tmp_path):
    code = IMPORT + "print(import_torchvision() is import_torchvision(), len(_kept))"
    assert run(code, tmp_path, MISMATCHED) == ("True 1", [])


def test_the_installed_torchvision_gives_its_resnets_also_after_a_failed_import():
    code = """
        try:
            import torchvision
        except RuntimeError:
            pass
        from resnet_edu.peer import import_torchvision
        tv = import_torchvision()
        assert import_torchvision() is tv
        import torch
        print(tv.models.resnet18(num_classes=3)(torch.zeros(2, 3, 33, 33)).shape[1])
        try:
            tv.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
            print("nms")
        except (RuntimeError, NotImplementedError):
            print("nms refused by torchvision itself")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True,
                          text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "3"


def test_a_missing_torchvision_is_told(tmp_path):
    code = "sys.modules['torchvision'] = None\n" + IMPORT + "import_torchvision()"
    _, error = run(code, tmp_path)
    assert error[-1].startswith("ModuleNotFoundError: torchvision is the judge")
    assert "pip install torchvision" in error[-1]
    assert not any("During handling" in line for line in error)


def test_a_too_old_torchvision_is_told(tmp_path):
    stub = "class models: pass\n__version__ = '0.9.1'\n"
    _, error = run(IMPORT + "import_torchvision()", tmp_path, stub)
    assert error[-1].startswith("ImportError: torchvision 0.9.1 is too old, 0.14 or newer")


@pytest.mark.parametrize(("stub", "last"), [
    ("raise RuntimeError('operator torchvision::roi_align does not exist')",
     "RuntimeError: operator torchvision::roi_align does not exist"),
    ("import a_thing_that_is_not_there",
     "ModuleNotFoundError: No module named 'a_thing_that_is_not_there'"),
    ("raise OSError('broken')", "OSError: broken"),
])  # fmt: skip
def test_other_errors_come_through(tmp_path, stub, last):
    _, error = run(IMPORT + "import_torchvision()", tmp_path, stub)
    assert error[-1] == last


def test_the_package_does_not_import_its_tools():
    code = """
        import sys, resnet_edu, resnet_edu.anatomy, resnet_edu.proof
        tools = ("torchvision", "matplotlib", "torchinfo", "hypothesis", "safetensors", "numpy.ma")
        print([name for name in tools if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True,
                          text=True)  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
