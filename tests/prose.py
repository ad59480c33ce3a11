"""Which numbers of a chapter's prose are neither computed beside it nor sourced.

A number is looked at when it is 11 or more, has a decimal point, or has a unit. It holds when the
code or an output of the same section has it, or when its paragraph names a source and a place of
``docs/facts.toml`` (``[He15] Table 2``) that has it. A section without code of its own (a summary)
and the exercises are read against the code of the whole chapter.
"""

import re
from collections.abc import Iterator
from typing import Any

UNITS = r"(?:%|GiB|MiB|KiB|GB|MB|kB|GMAC|G|M|ms)(?![A-Za-z])"
NUMBER = re.compile(rf"(?<![\w.])(\d+(?:,\d{{3}})+|\d+(?:\.\d+)?)(?![\w]|\.\d)(\s?{UNITS})?")
NAMES = (
    r"\[\d\d(?: · [^\]]*)?\]\([^)]*\)", r"<summary>.*?</summary>", r"```.*?```", r"`[^`]*`",
    r"\]\([^)]*\)", r"<[^>]+>", r"\[\w+\] (?:Table|Fig\.|sec\.) \w+(?:\.\d+)?",
    r"(?:Tables?|Figs?\.|sec\.|issues?) \d+(?:\.\d+)?(?:(?:, | and )\d+(?:\.\d+)?)*",
    r"(?:Wide ?ResNet|ResNeXt|ResNet|VGG|CIFAR|ImageNet|WRN|[Pp]lain)-\d+(?:-\d+)?",
    r"chapters? \d\d", r"v1\.5", r"\*Takes:\*[^*]*", r"#\d+",
)  # fmt: skip


def plain(text: str) -> set[str]:
    """All numbers in a text, without thousands separators."""
    found = set()
    for number in re.findall(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+", text):
        found.add(_normal(number))
        found |= {_normal(part) for part in number.split(",")} if "," in number else set()
    return found


def _normal(number: str) -> str:
    number = number.replace(",", "")
    return number.rstrip("0").rstrip(".") if "." in number else number


def sections(notebook: Any) -> Iterator[tuple[str, list[str], str]]:
    """Heading, paragraphs of prose, and all code with its outputs, of each section."""
    heading, paragraphs, code = "the beginning", [], ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            code += cell.source + "\n" + _outputs(cell)
            continue
        for part in re.split(r"^(##? .*)$", cell.source, flags=re.MULTILINE):
            if part.startswith(("# ", "## ")):
                yield heading, paragraphs, code
                heading, paragraphs, code = part, [], ""
            else:
                paragraphs += re.split(r"\n\s*\n", part)
    yield heading, paragraphs, code


def _outputs(cell: Any) -> str:
    found = ""
    for output in cell.outputs:
        data = output.get("data", {})
        texts = [text for kind, text in data.items() if kind in ("text/plain", "text/html")]
        found += "\n".join([output.get("text", ""), *texts]) + "\n"
    return re.sub(r"style='[^']*'|style=\"[^\"]*\"|<style.*?</style>", " ", found, flags=re.DOTALL)


def numbers(paragraph: str) -> list[str]:
    """The numbers of a paragraph that need an origin."""
    for name in NAMES:
        paragraph = re.sub(name, " ; ", paragraph, flags=re.DOTALL)
    found = []
    for match in NUMBER.finditer(paragraph):
        number = match[1].replace(",", "")
        if float(number) >= 11 or "." in number or match[2]:
            found.append(_normal(number))
    return found


def sourced(paragraph: str, facts: dict[str, Any]) -> set[str]:
    """The values of ``facts`` whose source and place the paragraph names."""
    found: set[str] = set()
    for tag, places in facts.items():
        if f"[{tag}]" not in paragraph:
            continue
        for place, values in places.items():
            if isinstance(values, dict) and place in paragraph:
                found |= plain(str(values)) | plain(place)
    return found


def unaccounted(notebook: Any, facts: dict[str, Any]) -> list[str]:
    """Numbers without origin, each with its section and paragraph."""
    found = []
    whole = plain("".join(code for _, _, code in sections(notebook)))
    for heading, paragraphs, code in sections(notebook):
        known = plain(code) if code and heading != "## Exercises" else whole
        for paragraph in paragraphs:
            allowed = known | sourced(paragraph, facts)
            for number in numbers(paragraph):
                if number not in allowed:
                    found.append(f"{heading}: {number} in {' '.join(paragraph.split())[:90]!r}")
    return found


def unknown_sources(notebook: Any, facts: dict[str, Any]) -> list[str]:
    """Tags such as ``[He15]`` that ``facts.toml`` has not."""
    found = []
    for _, paragraphs, _ in sections(notebook):
        for paragraph in paragraphs:
            text = re.sub(r"`[^`]*`|\$[^$]*\$", " ", paragraph)
            tags = re.findall(r"(?<!!)\[([A-Za-z]+\d*|torchvision)\](?!\()", text)
            unknown = [tag for tag in tags if tag not in facts]
            found += [f"[{tag}] in {' '.join(text.split())[:90]!r}" for tag in unknown]
    return found
