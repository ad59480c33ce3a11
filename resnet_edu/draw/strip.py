"""The whole network as a strip, left to right; any part of it lit, the rest grey."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from ..anatomy import Record, Trace
from ..anatomy.tables import _signature
from . import words
from .style import (
    INK,
    SMALL,
    UNLIT_EDGE,
    WIDTH,
    Picture,
    arrow,
    box,
    canvas,
    edge_of,
    ink_of,
    label,
    picture,
    way,
)

HEIGHT = 2.4
MIDDLE = 0.92
LOOK = 7.0


@dataclass
class Part:
    """A box of the strip: the text in it, and the records it stands for."""

    text: str
    records: list[Record]
    times: int = 1


def strip(traced: Trace, highlight: str | Sequence[str] | None = None) -> Picture:
    """The network in the paper's manner: repeated blocks folded, arcs for the shortcuts.

    ``highlight`` lights what it names and greys the rest ("you are here"): a stage, a block, an
    operation or a part of a name (``"layer2"``, ``"layer2.0.downsample"``), or several of them.
    Raises ``ValueError`` when it names nothing in the network.
    """
    wanted = [highlight] if isinstance(highlight, str) else list(highlight or [])
    for name in wanted:
        if not any(_named(record, [name]) for record in traced):
            raise ValueError(f"{name!r} is no part of {traced.network}")
    figure = picture(_title(traced, wanted), _alt(traced, wanted), HEIGHT)
    axes = canvas(figure)
    parts = _parts(traced)
    gap = 0.13
    weights = [_need(part) for part in parts]
    unit = (WIDTH - 0.3 - gap * (len(parts) - 1)) / sum(weights)
    x = 0.15
    places = []
    for weight in weights:
        places.append((x, x + unit * weight))
        x += unit * weight + gap
    for part, (left, right) in zip(parts, places, strict=True):
        _draw_part(axes, part, left, right, wanted)
    for (_, right), (left, _) in itertools.pairwise(places):
        arrow(axes, (right, MIDDLE), (left, MIDDLE), color=UNLIT_EDGE if wanted else INK)
    _draw_stages(axes, parts, places, wanted)
    return figure


def _named(record: Record, wanted: Sequence[str]) -> bool:
    return any(record.name == name or record.name.startswith(f"{name}.") or record.path == name
               for name in wanted)  # fmt: skip


def _parts(traced: Trace) -> list[Part]:
    parts: list[Part] = []
    blocks = words.blocks_of(traced)
    done: set[str] = set()
    for record in traced:
        if record.block is None:
            if record.kernel_size or record.kind in ("AdaptiveAvgPool2d", "Linear"):
                parts.append(Part(_lone(record), [record]))
            elif parts and record.kind != "input":
                parts[-1].records.append(record)
        elif record.block not in done:
            done.add(record.block)
            _add_block(parts, blocks[record.block])
    return parts


def _lone(record: Record) -> str:
    lines = {"MaxPool2d": "max\npool", "AdaptiveAvgPool2d": "average\npool", "Linear": "fc"}
    text = lines.get(record.kind) or words.short(record).replace(", ", "\n")
    strided = record.stride and record.stride[0] > 1
    return f"{text}, /{record.stride[0]}" if strided and record.stride else text


def _need(part: Part) -> float:
    """Width that the longest line in or under a box asks for, in inches."""
    lines = [*part.text.split("\n"), _size(part.records[-1])]
    narrow = {" ": 0.32, ",": 0.32, "/": 0.34, "×": 0.84}
    return 0.12 + LOOK / 72 * max(sum(narrow.get(sign, 0.63) for sign in line) for line in lines)


def _size(record: Record) -> str:
    return words.grid(record.output_shape) or str(record.output_shape[-1])


def _add_block(parts: list[Part], records: list[Record]) -> None:
    last = parts[-1] if parts else None
    same = last is not None and last.records[0].block is not None
    if same and last is not None:
        ahead = [r for r in last.records if r.block == last.records[0].block]
        if _signature(ahead) == _signature(records) and words.is_projected(records) is False:
            last.times += 1
            last.records += records
            return
    convs = [r for r in records if r.branch == "main" and r.kernel_size]
    lines = [words.short(r) + (f", /{r.stride[0]}" if r.stride and r.stride[0] > 1 else "")
             for r in convs]  # fmt: skip
    parts.append(Part("\n".join(lines), list(records)))


def _draw_part(axes: Axes, part: Part, left: float, right: float, wanted: list[str]) -> None:
    first, last = part.records[0], part.records[-1]
    inside = [record for record in part.records if _named(record, wanted)]
    lit = not wanted or bool(inside)
    only_side = bool(inside) and all(record.branch == "shortcut" for record in inside)
    centre = (left + right) / 2
    height = 0.98 if first.block is not None else 0.72
    box(axes, (centre, MIDDLE), (right - left, height), part.text, first.stage,
        lit=lit and not only_side, fontsize=LOOK)  # fmt: skip
    label(axes, (centre, MIDDLE - height / 2 - 0.11), _size(last), fontsize=LOOK, color=ink_of(lit))
    if part.times > 1:
        label(axes, (centre, MIDDLE - height / 2 - 0.26), f"× {part.times}", fontsize=SMALL,
              fontweight="bold", color=ink_of(lit))  # fmt: skip
    if first.block is not None:
        top = MIDDLE + height / 2
        color = (edge_of(first.stage) if wanted else INK) if lit else UNLIT_EDGE
        arc = [(left + 0.05, top), (left + 0.1, top + 0.24), (right - 0.1, top + 0.24),
               (right - 0.05, top)]  # fmt: skip
        way(axes, arc, dotted=words.is_projected(part.records), color=color, curved=True,
            line=1.6 if wanted and lit else 1.1)  # fmt: skip


def _draw_stages(
    axes: Axes, parts: list[Part], places: list[tuple[float, float]], wanted: list[str]
) -> None:
    y = MIDDLE + 0.49 + 0.32
    stages = dict.fromkeys(p.records[0].stage for p in parts if p.records[0].block is not None)
    for stage in stages:
        own = [i for i, part in enumerate(parts) if part.records[0].stage == stage]
        left, right = places[own[0]][0], places[own[-1]][1]
        lit = not wanted or any(_named(r, wanted) for i in own for r in parts[i].records)
        if stage is None:
            continue
        color = edge_of(stage, lit)
        axes.plot([left, right], [y - 0.08, y - 0.08], color=color, linewidth=2)
        paper = parts[own[0]].records[0].paper_stage or ""
        narrow = right - left < 1.0
        text = f"{stage}\n{paper}" if narrow else words.stage_name(stage, paper)
        label(axes, ((left + right) / 2, y), text, va="bottom", fontsize=SMALL, color=ink_of(lit))


def _title(traced: Trace, wanted: list[str]) -> str:
    name = words.network(traced)
    if wanted:
        return f"{name}: you are here (lit: {_shortly(wanted)})"
    count = len(words.blocks_of(traced))
    stages = len({record.stage for record in traced if record.block is not None})
    last = traced.records[-1].output_shape
    head = f"{name}: {count} blocks in {stages} stages"
    return f"{head}, from an image to {last[-1]} scores"


def _shortly(wanted: list[str]) -> str:
    """What is lit, in few words: names, or how many there are and of which kind."""
    runs = [list(run) for _, run in itertools.groupby(wanted, lambda n: n in words.STAGES)]
    text = ", ".join(words.ranged(run) for run in runs)
    if len(text) <= 60:
        return text
    kinds = {name.rpartition(".")[2] for name in wanted}
    kind = kinds.pop() if len(kinds) == 1 else "parts"
    kind = {"add": "sums", "downsample": "projections"}.get(kind, kind)
    return f"{len(wanted)} {kind if kind.endswith('s') else f'× {kind}'}"


def _alt(traced: Trace, wanted: list[str]) -> str:
    stages = {record.stage: record for record in traced if record.block is not None}
    counts = [f"{stage} ends at {words.size(r.output_shape)}" for stage, r in stages.items()]
    lit = f" Lit: {', '.join(wanted)}." if wanted else ""
    image = words.grid(traced.records[0].output_shape)
    last = traced.records[-1].output_shape
    counts += [f"{last[1]} scores come out"] if len(last) == 2 else []
    whole = f"{traced.network} from left to right on an image of {image} pixels"
    return f"{whole}; {'; '.join(counts)}.{lit}"
