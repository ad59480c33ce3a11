"""The exercises at the end of a chapter: cells with the prompt, the starter code and ``check``.

They are written into the text form of a chapter, between its own exercises and its summary, so that
``EXERCISES`` stays their one source. ``python -m resnet_edu.chapters exercises`` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .catalogue import EXERCISES
from .tasks import Exercise

BEGIN = "# %% [markdown]\n# ### Your turn: "
BY_HEART = "Without looking back."
AGAIN = ("(The name stands for the new one from here on: to have that of the chapter again, run "
         "the cell that makes or imports it.)")  # fmt: skip
END = "# %% [markdown]\n# ## Summary\n"


def exercises_of_chapter(number: str) -> list[Exercise]:
    """The exercises of a chapter such as ``"04"``, in the order of its sections."""
    found = [e for e in EXERCISES.values() if e.chapter == number]
    return sorted(found, key=lambda e: (int(e.section.split("§")[1]), e.part in ("spot", "read")))


def cells(number: str, chapter: str = "") -> str:
    """The cells of all exercises of a chapter, as text in jupytext's percent form.

    A name that the text of the ``chapter`` uses gets a word on whose it is afterwards.
    """
    found = exercises_of_chapter(number)
    builders = [e for e in found if "ResNet" in e.given]
    parts = [_cells(e, uses(chapter, e.name)) for e in found if e not in builders]
    parts += [_together(builders)] if builders else []
    return "\n".join(parts) + "\n"


def written(text: str, number: str) -> str:
    """The text of a chapter with its exercises as they are now.

    Raises ``ValueError`` when the chapter has no summary before which they could stand.
    """
    if text.count(END) != 1:
        raise ValueError(f"chapter {number} needs one cell that begins with '## Summary'")
    before, after = text.split(END)
    own = without(before)
    return own + cells(number, own) + END + after


def without(text: str) -> str:
    """The text of a chapter up to its exercises with starter code."""
    return text.split(BEGIN)[0]


def uses(chapter: str, name: str) -> bool:
    """Whether the code of a chapter defines, imports or calls something of that name."""
    found = rf"(?m)^(?!#)(?:.*import .*\b{name}\b|(?:.*[^\w.\"'])?{name}\()"
    return re.search(found, chapter) is not None


def _cells(exercise: Exercise, used: bool) -> str:
    prompt = exercise.prompt.strip().split("\n")
    starter = exercise.starter.strip("\n")
    gap = "\n\n\n" if starter.startswith(("def ", "class ")) else "\n"
    lines = [f"### Your turn: `{exercise.name}`", "", *prompt]
    by_heart = exercise.part in ("blocks", "network")
    said = [BY_HEART] * by_heart + [AGAIN] * (by_heart or used)
    lines += ["", " ".join(said)] if said else []
    call = f'check("{exercise.name}", {exercise.name})'
    return f"{_markdown(lines)}\n# %%\n{starter}{gap}{call}\n"


def _together(builders: Sequence[Exercise]) -> str:
    """One cell for exercises that differ in one line of their prompt only."""
    prompts = [e.prompt.strip().replace(e.name, "{}").split("\n") for e in builders]
    shared = [line for line in prompts[0] if all(line in prompt for prompt in prompts)]
    names = [f"`{e.name}`" for e in builders]
    rows = [f"- {name}: {' '.join(line for line in prompt if line not in shared)}"
            for name, prompt in zip(names, prompts, strict=True)]  # fmt: skip
    first = shared[0].replace("function that builds `{}`", "functions that build these")
    lines = [f"### Your turn: {names[0]} … {names[-1]}", "", first, *shared[1:], "", *rows]
    starters = "\n\n\n".join(e.starter.strip("\n") for e in builders)
    imports = ["from IPython.display import display", "",
               f"from resnet_edu import {', '.join(sorted(builders[0].given))}",
               "from resnet_edu.exercises import check"]  # fmt: skip
    loop = ["for name, answer in answers.items():", "    report = check(name, answer)",
            "    display(report)", "    if not report.passed:  # one after the other",
            "        break"]  # fmt: skip
    code = [*imports, "", "", starters, "", "", *_table(e.name for e in builders), *loop]
    return f"{_markdown(lines)}\n# %%\n" + "\n".join(code) + "\n"


def _table(names: Iterable[str]) -> Iterator[str]:
    """A dict of answers by the names of their exercises, as code in lines that are not too long."""
    row = "    "
    yield "answers = {"
    for pair in (f'"{name}": {name}, ' for name in names):
        if len(row + pair) > 90:
            yield row.rstrip()
            row = "    "
        row += pair
    yield row.rstrip()
    yield "}"


def _markdown(lines: Sequence[str]) -> str:
    return "\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in lines)]) + "\n"
