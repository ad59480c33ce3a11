"""What a trace is made of: one record for every operation, and sums over them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
Pair = tuple[int, int]
Pixels = int | Pair  # one number where both axes agree, else (height, width)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of source code; ``file`` is relative to the folder that holds its package."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where an operation is called in a ``forward``, and where its module was made.

    ``made`` is None for what no module does (``add``, ``flatten``), either is None where the
    source cannot be read.
    """

    call: Place | None = None
    made: Place | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One operation, as it ran on one batch.

    Shapes are ``(N, C, H, W)``. ``multiply_adds`` are those of convolutions and matrix products for
    the whole batch; norms, ReLU, pooling and additions count 0. ``parameters`` are counted where a
    tensor is used first. ``receptive_field``, ``jump`` and ``rf_padding`` are in pixels of the
    network's input (position ``i`` sees ``i*jump - rf_padding`` onwards). Behind the global
    pool the field is ``"all"``; it is None where it is not known how an operation mixes positions.
    ``activation_bytes`` is the size of the output, also where it is written over the input.
    """

    name: str
    path: str
    call: int
    kind: str
    stage: str | None
    paper_stage: str | None
    block: str | None
    branch: str | None
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    kernel_size: Pair | None
    stride: Pair | None
    padding: Pair | None
    dilation: Pair | None
    groups: int | None
    parameters: int
    multiply_adds: int
    receptive_field: Pixels | str | None
    jump: Pixels | None
    rf_padding: Pixels | None
    activation_bytes: int
    source: Source
    inputs: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, ready for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some records; ``output_shape`` and the field are those of the last one."""

    parameters: int
    multiply_adds: int
    activation_bytes: int
    operations: int
    output_shape: Shape
    receptive_field: Pixels | str | None
    jump: Pixels | None


@dataclass(frozen=True)
class Trace:
    """The operations of one network on one input size, in the order in which they run.

    ``trace["layer3.0.conv2"]`` is a record, ``len(trace)`` counts them; the input ``x`` is one.
    """

    network: str
    input_size: Pair
    batch_size: int
    training: bool
    records: tuple[Record, ...]
    _index: dict[str, Record] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {record.name: record for record in self.records})

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __getitem__(self, name: str) -> Record:
        try:
            return self._index[name]
        except KeyError:
            raise KeyError(self._unknown(name)) from None

    def __repr__(self) -> str:
        height, width = self.input_size
        size = f"{self.batch_size} x 3 x {height} x {width}"
        return f"<Trace of {self.network} on {size}: {len(self)} operations>"

    def __str__(self) -> str:
        from .tables import table

        return str(table(self))

    def _repr_html_(self) -> str:
        from .tables import table

        return table(self).html()

    @property
    def totals(self) -> Totals:
        """Sums over the whole network."""
        return total(self.records)

    def by_stage(self) -> dict[str, Totals]:
        """Sums per stage: ``stem``, ``layer1`` to ``layer4``, ``head``."""
        return _grouped(self.records, lambda record: record.stage)

    def by_block(self) -> dict[str, Totals]:
        """Sums per residual block: ``layer1.0`` onwards. Stem and head belong to no block."""
        return _grouped(self.records, lambda record: record.block)

    def after(self, name: str) -> tuple[str, ...]:
        """Names of the operations that read the output of ``name``."""
        self[name]
        return tuple(record.name for record in self.records if name in record.inputs)

    def to_dicts(self) -> list[dict[str, Any]]:
        """All records as plain values, ready for JSON."""
        return [record.to_dict() for record in self.records]

    def _unknown(self, name: str) -> str:
        inside = [record.name for record in self.records if record.name.startswith(f"{name}.")]
        if inside:
            return f"{name} is not one operation: it holds {len(inside)}, {inside[0]} the first"
        near = difflib.get_close_matches(str(name), self._index, n=3, cutoff=0.5)
        hint = f"; near it are {', '.join(near)}" if near else ""
        return f"{self.network} has no operation {name!r}{hint}"


def total(records: Iterable[Record]) -> Totals:
    """Sums over ``records``, of which there is at least one."""
    records = list(records)
    last = records[-1]
    return Totals(
        sum(record.parameters for record in records),
        sum(record.multiply_adds for record in records),
        sum(record.activation_bytes for record in records),
        len(records), last.output_shape, last.receptive_field, last.jump,
    )


def _grouped(
    records: Iterable[Record], key: Callable[[Record], str | None]
) -> dict[str, Totals]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        name = key(record)
        if name is not None:
            groups.setdefault(name, []).append(record)
    return {name: total(group) for name, group in groups.items()}
