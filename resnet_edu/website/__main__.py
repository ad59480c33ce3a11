"""``python -m resnet_edu.website``: build the site, warnings as errors, and check it."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
from collections.abc import Sequence

from .checking import problems
from .staging import ROOT, stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and check; the exit status is 0 only when nothing was found."""
    command = argparse.ArgumentParser(prog="python -m resnet_edu.website", description=__doc__)
    command.add_argument("-o", "--output", default=str(ROOT / "build" / "site"), metavar="FOLDER",
                         help="where the site goes; build/site when nothing is said")  # fmt: skip
    target = pathlib.Path(command.parse_args(arguments).output).resolve()
    if target.exists() and any(target.iterdir()) and not (target / "objects.inv").exists():
        print(f"{target} is not empty and is no site: nothing was changed", file=sys.stderr)
        return 2
    if build(target):
        return 1
    found = problems(target)
    print("\n".join(found) or f"{len(list(target.rglob('*.html')))} pages, every link lands")
    print(f"open {target / 'index.html'}")
    return 1 if found else 0


def build(target: pathlib.Path) -> int:
    """Sphinx, from a source tree gathered for the occasion; its exit status."""
    from sphinx.cmd.build import build_main

    with tempfile.TemporaryDirectory() as folder:
        source = stage(pathlib.Path(folder) / "source")
        trees = str(pathlib.Path(folder) / "doctrees")
        options = ["-b", "html", "-W", "--keep-going", "-q", "-E", "-d", trees]
        return int(build_main([*options, str(source), str(target)]))


if __name__ == "__main__":
    sys.exit(main())
