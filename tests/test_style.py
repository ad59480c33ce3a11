"""The tools that read the code: ruff, mypy, and a look for words that do not belong here."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent


def tool(*words):
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)


def test_ruff_has_nothing_to_say():
    done = tool("ruff", "check", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_mypy_has_nothing_to_say():
    done = tool("mypy")
    assert done.returncode == 0, done.stdout


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True)  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout, so its files cannot be listed")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry():
    words = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "pypi" + ".org", "pytho" + "nhosted"]
    pattern = re.compile("|".join(map(re.escape, words)))
    found = [
        (path.name, match[0])
        for path in files()
        if path.suffix in (".py", ".md", ".toml", ".txt", ".ipynb", "", ".sh")
        for match in [pattern.search(path.read_text(encoding="utf-8"))]
        if match
    ]
    assert not found


def test_no_module_is_named_as_one_of_the_standard_library():
    names = {path.stem for path in files() if path.suffix == ".py"} - {"__init__", "__main__"}
    folders = {path.parent.name for path in files() if path.name == "__init__.py"}
    assert not (names | folders) & set(sys.stdlib_module_names)


def test_no_exported_function_has_the_name_of_its_package():
    import resnet_edu
    from resnet_edu import anatomy, draw, proof

    for package in (resnet_edu, anatomy, draw, proof):
        exported = set(package.__all__)
        assert package.__name__.rpartition(".")[2] not in exported


def undocumented(body, prefix):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield f"{prefix}.{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node.body, f"{prefix}.{node.name}")


def test_everything_public_has_a_docstring():
    missing = []
    for path in sorted((ROOT / "resnet_edu").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        missing += [] if ast.get_docstring(tree) else [path.name]
        missing += undocumented(tree.body, path.stem)
    assert not missing


def test_chapters_that_the_code_names_exist():
    named = set()
    for path in (ROOT / "resnet_edu").rglob("*.py"):
        named |= set(re.findall(r"[Cc]hapter (\d\d)", path.read_text(encoding="utf-8")))
    assert named
    assert all(list((ROOT / "notebooks").glob(f"{number}_*.py")) for number in named)
