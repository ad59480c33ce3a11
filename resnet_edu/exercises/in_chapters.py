"""The exercises at the end of a chapter: cells with the prompt, the starter code and ``check``.

They are written into the text form of a chapter, between its own exercises and its summary, so that
``EXERCISES`` stays their one source. ``python -m resnet_edu.chapters exercises`` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .catalogue import EXERCISES
from .tasks import Exercise

BEGIN = "# %% [markdown]\n# ### Your turn: "
AGAIN = ("Without looking back. (The name stands for the new one from here on: to have that of the "
         "chapter again, run its cell.)")  # fmt: skip
END = "# %% [markdown]\n# ## Summary\n"


def exercises_of_chapter(number: str) -> list[Exercise]:
    """The exercises of a chapter such as ``"04"``, in the order of its sections."""
    found = [e for e in EXERCISES.values() if e.chapter == number]
    return sorted(found, key=lambda e: (int(e.section.split("§")[1]), e.part in ("spot", "read")))


def cells(number: str) -> str:
    """The cells of all exercises of a chapter, as text in jupytext's percent form."""
    found = exercises_of_chapter(number)
    builders = [e for e in found if "ResNet" in e.given]
    parts = [_cells(e) for e in found if e not in builders]
    parts += [_together(builders)] if builders else []
    return "\n".join(parts) + "\n"


def written(text: str, number: str) -> str:
    """The text of a chapter with its exercises as they are now.

    Raises ``ValueError`` when the chapter has no summary before which they could stand.
    """
    if text.count(END) != 1:
        raise ValueError(f"chapter {number} needs one cell that begins with '## Summary'")
    before, after = text.split(END)
    return before.split(BEGIN)[0] + cells(number) + END + after


def without(text: str) -> str:
    """The text of a chapter up to its exercises with starter code."""
    return text.split(BEGIN)[0]


def _cells(exercise: Exercise) -> str:
    prompt = exercise.prompt.strip().split("\n")
    starter = exercise.starter.strip("\n")
    gap = "\n\n\n" if starter.startswith(("def ", "class ")) else "\n"
    lines = [f"### Your turn: `{exercise.name}`", "", *prompt]
    if exercise.part in ("blocks", "network"):
        lines += ["", AGAIN]
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
    loop = f"for builder in [{', '.join(e.name for e in builders)}]:"
    body = ["    report = check(builder.__name__, builder)", "    print(report)",
            "    if not report.passed:  # one after the other", "        break"]  # fmt: skip
    call = "\n".join([*_wrapped(loop), *body])
    return f"{_markdown(lines)}\n# %%\n{starters}\n\n\n{call}\n"


def _wrapped(loop: str) -> Iterator[str]:
    """A loop over a list that may be too long for one line."""
    head, names = loop.split("[")
    row = "    "
    yield f"{head}["
    for name in names.removesuffix("]:").split(", "):
        if len(row) + len(name) > 90:
            yield row.rstrip()
            row = "    "
        row += f"{name}, "
    yield row.rstrip()
    yield "]:"


def _markdown(lines: Sequence[str]) -> str:
    return "\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in lines)]) + "\n"
