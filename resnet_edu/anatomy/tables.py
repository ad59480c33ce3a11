"""Our own tables, read from a trace: as text, Markdown, CSV, HTML or plain dicts."""

from __future__ import annotations

import csv
import html
import io
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from ..variants import ARCHITECTURES
from .records import Record, Shape, Totals, Trace, total
from .tracing import trace

COLOURS = "background:none;color:inherit"
FONT = "12px sans-serif"  # said where text stands: pages set sizes of their own
Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """A heading, the key in a row's dict, and how a value is shown."""

    key: str
    heading: str
    show: Callable[[Any], str]
    right: bool = True


@dataclass(frozen=True, repr=False)
class Table:
    """Rows of plain values with the ways to show them. ``str(table)`` is the text form."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html()

    def _shown(self) -> list[list[str]]:
        return [[column.show(row[column.key]) for column in self.columns] for row in self.rows]

    def text(self) -> str:
        """Aligned columns for a terminal."""
        lines = [[column.heading for column in self.columns], *self._shown()]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        rule = "  ".join("-" * width for width in widths)
        body = [
            "  ".join(
                cell.rjust(width) if column.right else cell.ljust(width)
                for cell, width, column in zip(line, widths, self.columns, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, "", body[0], rule, *body[1:], *self.notes])

    def markdown(self) -> str:
        """A Markdown table."""
        heads = " | ".join(column.heading for column in self.columns)
        rule = " | ".join("---:" if column.right else "---" for column in self.columns)
        body = [" | ".join(cell.replace("|", r"\|") for cell in line) for line in self._shown()]
        lines = [f"| {line} |" for line in (heads, rule, *body)]
        return "\n".join([f"**{self.title}**", "", *lines, *(f"\n{note}" for note in self.notes)])

    def csv(self) -> str:
        """Comma-separated values: numbers without separators, shapes as ``64x112x112``."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(column.key for column in self.columns)
        for row in self.rows:
            writer.writerow(_plain(row[column.key]) for column in self.columns)
        return out.getvalue()

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain values, ready for JSON."""
        return [dict(row) for row in self.rows]

    def html(self) -> str:
        """A table element in the colours of the page around it, light or dark."""
        aligns = ["right" if column.right else "left" for column in self.columns]
        head = "".join(
            _cell("th", column.heading, align)
            for column, align in zip(self.columns, aligns, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(_cell("td", cell, align) for cell, align in zip(line, aligns, strict=True))
            + "</tr>"
            for line in self._shown()
        )
        font = f"color:inherit;font:{FONT}"
        notes = "".join(f'<div style="{font}">{html.escape(note)}</div>' for note in self.notes)
        title = html.escape(self.title)
        return (
            '<div style="overflow-x:auto;padding:4px 0">'
            f'<table style="border-collapse:collapse;font:{FONT}">'
            f'<caption style="text-align:left;{font}">{title}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</div>"
        )


def _cell(tag: str, text: str, align: str) -> str:
    style = f"text-align:{align};padding:1px 6px;{COLOURS};white-space:nowrap"
    scope = ' scope="col"' if tag == "th" else ""
    return f'<{tag}{scope} style="{style}">{html.escape(text)}</{tag}>'


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return "" if value is None else value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def count(value: int | None) -> str:
    """``25,557,032``; nothing for None."""
    return "" if value is None else f"{value:,}"


def size(shape: Sequence[int] | None) -> str:
    """``64 × 112 × 112``."""
    return "" if shape is None else " × ".join(map(str, shape))


def _pixels(value: Any) -> str:
    return size(value) if isinstance(value, tuple) else _text(value)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


COLUMNS = {
    column.key: column
    for column in (
        Column("paper", "paper", _text, right=False),
        Column("name", "torchvision", _text, right=False),
        Column("times", "×", _text),
        Column("kind", "kind", _text, right=False),
        Column("output", "output", size),
        Column("parameters", "parameters", count),
        Column("multiply_adds", "multiply-adds", count),
        Column("parameter_share", "% par.", _percent),
        Column("multiply_add_share", "% m.-a.", _percent),
        Column("receptive_field", "sees", _pixels),
        Column("jump", "step", _pixels),
        Column("activation_bytes", "output bytes", count),
    )
}
DEFAULT_COLUMNS = (
    "paper", "name", "times", "output", "parameters", "multiply_adds", "receptive_field",
)  # fmt: skip
DEPTHS = {1: "stages", 2: "blocks", 3: "operations"}
MERGED = {"bn1": "conv1", "relu": "conv1", "flatten": "fc"}


def table(
    network: Trace | str | nn.Module, *, depth: int = 2, fold: bool = True,
    columns: Sequence[str] = DEFAULT_COLUMNS, **trace_options: Any,
) -> Table:
    """The layers of a network, one row per stage (``depth=1``), block (2) or operation (3).

    ``network`` is a trace, or what ``trace`` takes, then with its options (``input_size=…``).
    With ``fold`` equal blocks in a row share a line, whose counts are their sum. ``columns`` are
    keys of ``COLUMNS``. ``output`` is ``C × H × W`` of one image; ``sees`` is the receptive field
    and ``step`` its stride, in pixels of the input; blank where they are not known.

    Raises ``ValueError`` for an unknown column or depth, and what ``trace`` raises.
    """
    if depth not in DEPTHS:
        raise ValueError(f"depth must be 1 (stages), 2 (blocks) or 3 (operations), not {depth!r}")
    unknown = [key for key in columns if key not in COLUMNS]
    if unknown:
        raise ValueError(f"no column {unknown[0]!r}; there are {', '.join(COLUMNS)}")
    traced = as_trace(network, **trace_options)
    rows = [_row(units, traced) for units in _units(traced, depth, fold)]
    rows.append(_total_row(traced))
    folded = any(row["times"] for row in rows)
    shown = [COLUMNS[key] for key in columns if key != "times" or folded]
    if traced.network not in ARCHITECTURES:
        shown = [replace(c, heading="name") if c.key == "name" else c for c in shown]
    notes = ("A row with × n stands for n equal blocks and shows their sum.",) if folded else ()
    return Table(title(traced), tuple(shown), tuple(rows), notes)


def as_trace(network: Trace | str | nn.Module, **options: Any) -> Trace:
    """``network`` itself when it is a trace, else its trace."""
    if not isinstance(network, Trace):
        return trace(network, **options)
    if options:
        raise TypeError(f"a trace is fixed already: {', '.join(options)} cannot change it")
    return network


def title(traced: Trace) -> str:
    """``resnet50 on 1 × 3 × 224 × 224``."""
    shape = traced.records[0].output_shape
    mode = ", training" if traced.training else ""
    return f"{traced.network} on {size(shape)}{mode}"


def _units(traced: Trace, depth: int, fold: bool) -> Iterable[list[list[Record]]]:
    """Groups of records that become a row; a folded row has several, one for each equal block."""
    records = [record for record in traced if record.kind != "input"]
    by = _stage_key if depth == 1 else _block_key
    units = [list(group) for _, group in itertools.groupby(records, by)]
    runs = [[unit] for unit in units]
    if fold and depth > 1:
        runs = [list(run) for _, run in itertools.groupby(units, _signature)]
    if depth < 3:
        return runs
    return [[[record] for record in step] for run in runs for step in zip(*run, strict=True)]


def _stage_key(record: Record) -> str:
    first = record.name.split(".")[0]
    return MERGED.get(first, first) if record.stage else record.path.split(".")[0]


def _block_key(record: Record) -> str:
    return record.block or _stage_key(record)


def _signature(unit: list[Record]) -> Any:
    """Equal for blocks of one stage that do the same; a lone operation equals only itself."""
    if not unit[0].block or not _number(unit[0].block).isdecimal():
        return unit[0].name
    return unit[0].block.rpartition(".")[0], tuple(
        (r.kind, r.output_shape, r.kernel_size, r.stride, r.dilation, r.groups, r.parameters)
        for r in unit
    )


def _row(units: list[list[Record]], traced: Trace) -> dict[str, Any]:
    records = [record for unit in units for record in unit]
    sums = total(records)
    first = records[0]
    lone = len(units[0]) == 1
    name = first.name if lone else _block_key(first) if _one_block(units) else _stage_key(first)
    name = name or f"{first.name} to {records[-1].name}"  # an addition in no module but the whole
    kind = first.kind if lone else f"{len(units[0])} operations"
    return {
        "paper": _paper_name(units), "name": _ranged(name, first.block, len(units)),
        "times": len(units) if len(units) > 1 else None, "kind": kind,
        **_sums(sums, traced.totals),
    }


def _one_block(units: list[list[Record]]) -> bool:
    return len({record.block for record in units[0]}) == 1


def _sums(sums: Totals, whole: Totals) -> dict[str, Any]:
    return {
        "output": _image_shape(sums.output_shape),
        "parameters": sums.parameters, "multiply_adds": sums.multiply_adds,
        "parameter_share": sums.parameters / max(whole.parameters, 1),
        "multiply_add_share": sums.multiply_adds / max(whole.multiply_adds, 1),
        "receptive_field": sums.receptive_field, "jump": sums.jump,
        "activation_bytes": sums.activation_bytes,
    }


def _total_row(traced: Trace) -> dict[str, Any]:
    sums = _sums(traced.totals, traced.totals)
    return {"paper": None, "name": "total", "times": None, "kind": None, **sums}


def _image_shape(shape: Shape) -> Shape:
    return shape[1:]


def _ranged(name: str, block: str | None, times: int) -> str:
    """``layer3.1–5`` for five blocks from ``layer3.1``; ``layer3.1–5.conv2`` for their parts."""
    if times == 1 or block is None:
        return name
    number = int(_number(block))
    return f"{block}–{number + times - 1}{name.removeprefix(block)}"


def _number(block: str) -> str:
    return block.rpartition(".")[2]


def _paper_name(units: list[list[Record]]) -> str | None:
    """``conv4_2–6`` for blocks, ``conv4_x`` for a stage; the paper counts from 1."""
    first = units[0][0]
    if first.paper_stage is None or first.block is None or not _one_block(units):
        return first.paper_stage
    number = int(_number(first.block)) + 1
    last = f"–{number + len(units) - 1}" if len(units) > 1 else ""
    return first.paper_stage.replace("_x", f"_{number}{last}")


def compare(
    a: Trace | str | nn.Module, b: Trace | str | nn.Module, *, depth: int = 1,
    **trace_options: Any,
) -> Table:
    """Two networks side by side, a row for each stage or block; ``≠`` marks what differs.

    Rows of one network that the other does not have show a blank there; a quantity in which no row
    differs has one column.
    """
    left, right = as_trace(a, **trace_options), as_trace(b, **trace_options)
    tables = [table(traced, depth=depth, fold=False) for traced in (left, right)]
    sides = [{row["name"]: row for row in one.rows} for one in tables]
    blocks = [_blocks_per_row(traced) for traced in (left, right)]
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    names.sort(key=lambda name: _order(name, list(sides[0]), list(sides[1])))
    keys = ("output", "parameters", "multiply_adds", "receptive_field")
    rows = []
    for name in names:
        row: dict[str, Any] = {"name": name}
        pair = [side.get(name) for side in sides]
        for key in keys:
            row |= {f"{key}_{i}": side and side[key] for i, side in zip("ab", pair, strict=True)}
        row |= {f"blocks_{i}": count.get(name) for i, count in zip("ab", blocks, strict=True)}
        differing = [k for k in (*keys, "blocks") if row[f"{k}_a"] != row[f"{k}_b"]]
        rows.append({**row, "differs": "≠" if differing or None in pair else ""})
    heading = f"a: {title(left)}   b: {title(right)}"
    return Table(heading, _pair_columns(rows), tuple(rows), (_ratio(left, right),))


def _order(name: str, left: list[str], right: list[str]) -> tuple[float, int]:
    """Keeps both orders: a name that only ``right`` has goes behind its neighbour there."""
    if name in left:
        return left.index(name), 0
    before = [other for other in right[: right.index(name)] if other in left]
    return (left.index(before[-1]) if before else -1), 1 + right.index(name)


def _blocks_per_row(traced: Trace) -> dict[str, int]:
    names = {record.block for record in traced if record.block}
    stages = [name.rpartition(".")[0] for name in names]
    return {stage: stages.count(stage) for stage in stages}


def _pair_columns(rows: Sequence[dict[str, Any]]) -> tuple[Column, ...]:
    """Two columns for each quantity, one for those in which no row differs."""
    shown: list[tuple[str, str, Callable[[Any], str]]] = [
        ("blocks", "blocks", count), ("output", "output", size),
        ("parameters", "parameters", count), ("multiply_adds", "multiply-adds", count),
        ("receptive_field", "sees", _pixels),
    ]
    pairs = []
    for key, heading, show in shown:
        if all(row[f"{key}_a"] == row[f"{key}_b"] for row in rows):
            pairs.append(Column(f"{key}_a", heading, show))
        else:
            pairs += [Column(f"{key}_{side}", f"{heading} {side}", show) for side in "ab"]
    return (Column("name", "", _text, False), Column("differs", "≠", _text, False), *pairs)


def _ratio(left: Trace, right: Trace) -> str:
    a, b = left.totals, right.totals
    parts = [
        f"{b.parameters / max(a.parameters, 1):.2f} × the parameters",
        f"{b.multiply_adds / max(a.multiply_adds, 1):.2f} × the multiply-adds",
    ]
    return f"b has {' and '.join(parts)} of a."
