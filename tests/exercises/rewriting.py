"""Correct answers rewritten: other names, other ReLUs, `Sequential`, independent lines swapped.

None of it changes what an answer does, so the checker may refuse none of what comes out.
"""

import ast
import re

REQUIRED = {"ResNet": {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"}}
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def renamed(source, exercise):
    """All local names and all attributes of modules have other names; parameters keep theirs."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    kept = {arg.arg for node in ast.walk(tree) if isinstance(node, ast.arguments)
            for arg in [*node.args, *node.kwonlyargs, node.vararg, node.kwarg] if arg}  # fmt: skip
    kept |= {node.name for node in ast.walk(tree) if isinstance(node, DEFINITIONS)}
    kept |= {alias.asname or alias.name for node in ast.walk(tree)
             if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}  # fmt: skip
    kept |= {name for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal))
             for name in node.names}  # fmt: skip
    stored = {node.id for function in functions for node in ast.walk(function)
              if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    attributes = _attributes(tree) - REQUIRED.get(exercise, set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in stored - kept:
            node.id = f"my_{node.id}"
        if isinstance(node, ast.Attribute) and node.attr in attributes and _of_self(node):
            node.attr = f"my_{node.attr}"
    return ast.unparse(tree)


def _attributes(tree):
    """What classes that are plain modules keep in themselves and use through ``self`` only."""
    mine = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
            and [ast.unparse(base) for base in node.bases] == ["nn.Module"]]  # fmt: skip
    used = [node for kind in mine for node in ast.walk(kind) if isinstance(node, ast.Attribute)]
    stored = {node.attr for node in used if isinstance(node.ctx, ast.Store) and _of_self(node)}
    elsewhere = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and not _of_self(n)}
    methods = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    return stored - elsewhere - methods - texts - {"training"}


def _of_self(node):
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def other_relu(source, exercise):
    """A function for the module, a module for the function, another function for a third."""
    source = re.sub(r"torch\.relu\(", "F.relu(", source) if "F.relu(" not in source else re.sub(
        r"F\.relu\(((?:[^()]|\([^()]*\))*)\)",
        lambda m: m[0] if "inplace" in m[1] else f"torch.relu({m[1]})", source)  # fmt: skip
    return re.sub(r"self\.relu\(", "F.relu(", source)


def sequential(source, exercise):
    """A convolution and its norm, called one after the other, become one ``nn.Sequential``."""
    for k in (1, 2, 3):
        made = re.search(rf"( +)self\.conv{k} = (.+)\n +self\.bn{k} = (.+)\n", source)
        called = re.search(rf"self\.conv{k}\((\w+)\)\n +(\w+) = self\.bn{k}\(\2\)\n", source)
        if made and called and exercise not in REQUIRED:
            pair = f"{made[1]}self.step{k} = nn.Sequential({made[2]}, {made[3]})\n"
            source = source.replace(made[0], pair)
            source = source.replace(called[0], f"self.step{k}({called[1]})\n")
    return source


def reordered(source, exercise):
    """Of two assignments in a row that do not need each other the second comes first."""
    tree = ast.parse(source)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        methods = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        body, i = function.body, 0
        while i + 1 < len(body):
            if _independent(body[i], body[i + 1], methods):
                body[i], body[i + 1] = body[i + 1], body[i]
                i += 1
            i += 1
    return ast.unparse(tree)


def _independent(one, other, methods):
    if not (isinstance(one, ast.Assign) and isinstance(other, ast.Assign)):
        return False
    calls = {n.func.attr for line in (one, other) for n in ast.walk(line)
             if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)}  # fmt: skip
    if calls & methods or any(name.endswith("_") for name in calls) or calls & {"pop", "exp"}:
        return False
    (read_one, wrote_one), (read_other, wrote_other) = map(_touched, (one, other))
    return not (wrote_one & (read_other | wrote_other) or wrote_other & read_one)


def _touched(line):
    """Names that a line reads and writes; an attribute of ``self`` counts as a name."""
    read, wrote = set(), set()
    for node in ast.walk(line):
        if isinstance(node, ast.Attribute) and _of_self(node):
            (wrote if isinstance(node.ctx, ast.Store) else read).add(f"self.{node.attr}")
        elif isinstance(node, ast.Name) and node.id != "self":
            (wrote if isinstance(node.ctx, ast.Store) else read).add(node.id)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            wrote |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return read, wrote


WAYS = (renamed, other_relu, sequential, reordered)
