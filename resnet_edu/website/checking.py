"""What is wrong with a built site: dead links, outside requests, wordless pictures, headings."""

from __future__ import annotations

import itertools
import pathlib
import re
from typing import Any
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src",
          "video": "src", "audio": "src", "object": "data", "embed": "src"}  # fmt: skip
HARMLESS = {"canonical", "next", "prev", "search", "index"}  # links that a browser does not load


def problems(site: pathlib.Path) -> list[str]:
    """All that is wrong, one line each; empty when the site is sound."""
    from bs4 import BeautifulSoup

    pages = {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
    }
    if not pages:
        return [f"no page in {site.name}"]
    anchors = {path: _ids(soup) for path, soup in pages.items()}
    found = []
    for path, soup in pages.items():
        name = path.relative_to(site).as_posix()
        said = [*_outside(soup), *_dead(path, soup, anchors), *_wordless(soup), *_order(soup)]
        found += [f"{name}: {line}" for line in said]
    for sheet in sorted(site.rglob("*.css")):
        urls = re.findall(r"url\(['\"]?(https?:[^)'\"]+)|@import\s+['\"](https?:[^'\"]+)",
                          sheet.read_text(encoding="utf-8"))  # fmt: skip
        found += [f"{sheet.relative_to(site).as_posix()} loads {' '.join(url)}" for url in urls]
    return found


def _ids(soup: Any) -> set[str]:
    return {str(tag["id"]) for tag in soup.find_all(id=True)}


def _outside(soup: Any) -> list[str]:
    """What a browser would fetch from elsewhere."""
    found = []
    for tag, attribute in LOADED.items():
        for element in soup.find_all(tag):
            address = element.get(attribute, "")
            rel = set(element.get("rel") or [])
            if re.match(r"(https?:)?//", address) and not (tag == "link" and rel & HARMLESS):
                found.append(f"loads {address}")
    return found


def _dead(path: pathlib.Path, soup: Any, anchors: dict[pathlib.Path, set[str]]) -> list[str]:
    """Links inside the site that lead nowhere, or to a place that the page has not."""
    found = []
    addresses = [tag["href"] for tag in soup.find_all(href=True)]
    addresses += [tag["src"] for tag in soup.find_all(src=True)]
    for address in dict.fromkeys(addresses):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
        target = target / "index.html" if target.is_dir() else target
        if not target.exists():
            found.append(f"a link to {address}, which is not there")
        elif parts.fragment:
            known = next((ids for page, ids in anchors.items() if page.resolve() == target), None)
            if known is not None and unquote(parts.fragment) not in known:
                found.append(f"a link to {address}, and no such place on that page")
    return found


def _wordless(soup: Any) -> list[str]:
    """Pictures without a text alternative, or with a file's name for one."""
    found = []
    for image in soup.find_all("img"):
        words = image.get("alt", "")
        if len(words.split()) < 3:
            found.append(f"a picture without words: {image.get('src', '')[-40:]} alt={words!r}")
    return found


def _order(soup: Any) -> list[str]:
    """One first heading, and none that skips a level."""
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile(r"^h[1-6]$"))]
    searching = soup.find(id="search-results")  # its heading is written by the script
    found = [] if levels.count(1) == 1 or searching else [f"{levels.count(1)} first headings"]
    pairs = itertools.pairwise(levels)
    return found + [f"a heading of level {b} under level {a}" for a, b in pairs if b > a + 1]
