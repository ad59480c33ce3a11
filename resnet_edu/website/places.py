"""Where a chapter's section stands: from ``"04 · 6"`` to a link that lands."""

from __future__ import annotations

import functools
import re

from ..chapters import chapters


@functools.cache
def headings() -> dict[str, tuple[str, list[str]]]:
    """Chapter number to file stem and the texts of its sections, in order."""
    found = {}
    for path in chapters():
        text = path.read_text(encoding="utf-8")
        sections = re.findall(r"^# ## (.+)$", text, re.MULTILINE)
        found[path.stem[:2]] = (path.stem, sections)
    return found


def slug(heading: str) -> str:
    """The anchor that MyST gives a heading."""
    from mdit_py_plugins.anchors.index import slugify

    return str(slugify(re.sub(r"`", "", heading)))


def section(place: str) -> tuple[str, str]:
    """File stem and heading of a place such as ``"04 · 6"`` or ``"00 · The map"``.

    Raises ``KeyError`` when the chapter has no such section.
    """
    number, _, wanted = place.partition(" · ")
    stem, sections = headings()[number]
    for text in sections:
        if text == wanted or text.startswith(f"{wanted} · "):
            return stem, text
    raise KeyError(f"chapter {number} has no section {wanted!r}: {', '.join(sections)}")


def link(place: str, root: str = "../") -> str:
    """The place as a Markdown link, its title the section's heading; ``root`` leads to the top."""
    stem, heading = section(place)
    title = heading.replace('"', "'").replace("`", "")
    return f'[{place}]({root}notebooks/{stem}.ipynb#{slug(heading)} "{title}")'
