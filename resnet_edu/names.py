"""What to say of a name that is not known: the one that was probably meant, or all there are."""

import difflib
from collections.abc import Iterable

from .variants import ARCHITECTURES


def hint(given: object, known: Iterable[str]) -> str:
    """``did you mean resnet50?``, or the list of what is known."""
    names = list(known)
    text = str(given).lower()
    begun = [name for name in names if text and name.startswith(text)]
    near = begun or difflib.get_close_matches(text, names, n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"


def require_network(name: object) -> None:
    """Raise ``ValueError`` unless ``name`` is one of the ten networks."""
    if name not in ARCHITECTURES:
        raise ValueError(f"no network is named {name!r}: {hint(name, ARCHITECTURES)}")
