"""All that is known about one operation, in plain words, with its formulas worked out."""

from __future__ import annotations

from .records import Pair, Pixels, Record, Trace
from .tables import count

MINUS = "−"


def describe(traced: Trace, name: str) -> str:
    """The operation ``name`` of a trace: place, shapes, formulas, neighbours, source lines.

    Raises ``KeyError`` for a name that is no operation of it.
    """
    record = traced[name]
    head = f"{record.name}      {', '.join(_title(record))}"
    place = " · ".join([head, *_place(traced, record)])
    lines = [place, _shapes(record), ""]
    formulas = [*_side(record), *_parameters(record), *_multiply_adds(traced, record)]
    formulas = [] if record.kind == "input" else [*formulas, *_field(traced, record)]
    width = max((len(text) for _, text, _ in formulas), default=0)
    for label, text, result in formulas:
        lines.append(f"{label:<17}{text:<{width}}  {result}".rstrip())
    lines += ["", _neighbours(traced, record), _source(record)]
    return "\n".join(lines).rstrip()


def _title(record: Record) -> list[str]:
    kernel = record.kernel_size
    kind = record.kind + (f" {kernel[0]}×{kernel[1]}" if kernel else "")
    parts = [kind]
    if record.call:
        parts.append(f"call {record.call + 1} of the one module {record.path}")
    for label, value in (("stride", record.stride), ("padding", record.padding)):
        if kernel and value is not None and value != (0, 0):
            parts.append(f"{label} {_one(value)}")
    if record.dilation is not None and record.dilation != (1, 1):
        parts.append(f"dilation {_one(record.dilation)}")
    if record.groups is not None and record.groups > 1:
        parts.append(f"groups {record.groups}")
    return parts


def _one(value: Pair) -> str:
    return str(value[0]) if value[0] == value[1] else f"{value[0]}×{value[1]}"


def _place(traced: Trace, record: Record) -> list[str]:
    if record.block is None:
        stage = record.stage and f"{record.stage}"
        paper = record.paper_stage and f"paper: {record.paper_stage}"
        return [part for part in (stage, paper) if part]
    way = {"main": "main path", "shortcut": "shortcut"}.get(record.branch or "", "after both paths")
    if "." not in record.block:
        return [way]
    stage, _, number = record.block.rpartition(".")
    blocks = {r.block for r in traced if r.block and r.block.rpartition(".")[0] == stage}
    parts = [way, f"block {int(number) + 1} of {len(blocks)} of {stage}"]
    if record.paper_stage:
        parts.append(f"paper: {record.paper_stage.replace('_x', f'_{int(number) + 1}')}")
    return parts


def _shapes(record: Record) -> str:
    inputs = " and ".join(map(str, record.input_shapes))
    return f"{inputs} → {record.output_shape}" if inputs else str(record.output_shape)


Line = tuple[str, str, str]


def _side(record: Record) -> list[Line]:
    if record.kernel_size is None or len(record.output_shape) != 4:
        return []
    height, width = record.input_shapes[0][2:]
    window = [record.kernel_size, record.stride, record.padding, record.dilation]
    lines = []
    for axis, label in enumerate(["side"] if height == width else ["height", "width"]):
        n, out = (height, width)[axis], record.output_shape[2 + axis]
        k, s, p, d = (pair[axis] if pair else 1 for pair in window)
        text = f"({n} + 2·{p} {MINUS} {d}·({k} {MINUS} 1) {MINUS} 1) / {s}) + 1"
        room = n + 2 * p - d * (k - 1) - 1
        if room // s + 1 == out:
            text = f"floor({text}"
        elif -(-room // s) + 1 == out:
            text = f"ceil({text}"
        else:
            text = "an odd pixel of padding at one end keeps the size"
        lines.append((label, text, f"= {out}"))
    return lines


def _parameters(record: Record) -> list[Line]:
    result = f"= {count(record.parameters)}"
    if record.call and not record.parameters and record.kind in ("Conv2d", "Linear", "BatchNorm2d"):
        return [("parameters", "counted at the first call", result)]
    out = record.output_shape
    if record.kind == "Conv2d" and record.kernel_size and record.groups:
        k, cin = record.kernel_size, record.input_shapes[0][1]
        weights = out[1] * (cin // record.groups) * k[0] * k[1]
        bias = f" + {out[1]}" if record.parameters == weights + out[1] else ""
        text = f"{out[1]} · ({cin} / {record.groups}) · {k[0]} · {k[1]}{bias}"
        return [("parameters", text, result)]
    if record.kind == "Linear":
        cin = record.input_shapes[0][-1]
        bias = f" + {out[-1]}" if record.parameters > cin * out[-1] else ""
        return [("parameters", f"{cin} · {out[-1]}{bias}", result)]
    if record.kind == "BatchNorm2d" and record.parameters:
        return [("parameters", f"2 · {out[1]}, a weight and a bias a channel", result)]
    return [("parameters", "" if record.parameters else "none", result)]


def _multiply_adds(traced: Trace, record: Record) -> list[Line]:
    if not record.multiply_adds:
        return [("multiply-adds", "none counted: no products of weights", "= 0")]
    share = 100 * record.multiply_adds / max(traced.totals.multiply_adds, 1)
    result = f"= {count(record.multiply_adds)}   {share:.1f} % of the network"
    batch = f" · {record.output_shape[0]} images" if record.output_shape[0] > 1 else ""
    if record.kind == "Conv2d" and record.kernel_size and record.groups:
        k, cin, out = record.kernel_size, record.input_shapes[0][1], record.output_shape
        weights = out[1] * (cin // record.groups) * k[0] * k[1]
        return [("multiply-adds", f"{count(weights)} · {out[2]} · {out[3]}{batch}", result)]
    if record.kind == "Linear":
        cin, cout = record.input_shapes[0][-1], record.output_shape[-1]
        return [("multiply-adds", f"{cin} · {cout}{batch}", result)]
    return [("multiply-adds", "by torch's counter", result)]


def _field(traced: Trace, record: Record) -> list[Line]:
    field, jump = record.receptive_field, record.jump
    if field == "all":
        return [("receptive field", "", "= the whole image")]
    if field is None or jump is None or isinstance(field, str):
        return [("receptive field", "", "= not known: no formula here for what came before")]
    step = f"one step is {_counted(jump)}"
    before = [traced[name] for name in record.inputs]
    one_axis = isinstance(field, int) and isinstance(jump, int)
    if not one_axis or len(before) != 1 or record.kernel_size is None:
        text = "the union of both paths" if len(before) > 1 else "as before it"
        text = "" if record.kernel_size else text
        return [("receptive field", text if before else "", f"= {_counted(field)}, {step}")]
    k, dilation = record.kernel_size[0], record.dilation[0] if record.dilation else 1
    spread = f" · {dilation}" if dilation > 1 else ""
    first = before[0]
    text = f"{first.receptive_field} + ({k} {MINUS} 1){spread} · {first.jump}"
    return [("receptive field", text, f"= {_counted(field)}, {step}")]


def _counted(pixels: Pixels) -> str:
    value = pixels if isinstance(pixels, int) else _one(pixels)
    return f"{value} pixel" if value == 1 else f"{value} pixels"


def _neighbours(traced: Trace, record: Record) -> str:
    parts = []
    if record.inputs:
        parts.append(f"before  {' and '.join(record.inputs)}")
    after = traced.after(record.name)
    if after:
        parts.append(f"after  {' and '.join(after)}")
    joins = _join(traced, record)
    if joins:
        parts.append(joins)
    return "      ".join(parts)


def _join(traced: Trace, record: Record) -> str:
    """Where this branch meets the other one of its block."""
    if record.branch is None:
        return ""
    other = "shortcut" if record.branch == "main" else "main"
    own = [r for r in traced if r.block == record.block]
    add = next(r for r in own if r.kind == "add" and r.branch is None and len(r.inputs) == 2)
    ends = [name for name in add.inputs if traced[name].branch == other]
    partner = ends[0] if ends else "the block's input"
    return f"joins  {partner} at {add.name}"


def _source(record: Record) -> str:
    places = []
    if record.source.call is not None:
        places.append(f"called at {record.source.call}")
    if record.source.made is not None:
        places.append(f"made at {record.source.made}")
    return " · ".join(places)
