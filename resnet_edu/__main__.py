"""The command line: ``python -m resnet_edu --help``."""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from .classroom import commands as classroom
from .names import hint, require_network
from .variants import ARCHITECTURES

EXAMPLES = """\
examples
  python -m resnet_edu list                                the ten networks
  python -m resnet_edu table resnet50                      shapes, parameters, multiply-adds
  python -m resnet_edu table resnet18 --depth 3 --format csv
  python -m resnet_edu at resnet50 layer3.0.conv2          one operation, its formulas worked out
  python -m resnet_edu compare resnet50 wide_resnet50_2
  python -m resnet_edu draw resnet18 --figure strip -o strip.svg
  python -m resnet_edu sheet -o resnet.pdf                 one page of A4 to print
  python -m resnet_edu verify resnet18                     against torchvision, bit for bit
  python -m resnet_edu class new DIR                       a course to teach: assignments, grading
  python -m resnet_edu table my_package.my_module:my_builder --input 96

NAME is one of the ten networks, or package.module:callable for a function of yours that returns
a network. Sizes are pixels. The exit status is 0 only when what was asked held.
"""


NETWORK = "one of the ten, or package.module:callable"


class Problem(Exception):
    """What the caller can mend, in one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 when it held, 1 when not, 2 for a wrong call."""
    for stream in (sys.stdout, sys.stderr):  # a console that lacks → or × shows a ? for it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:  # a network of the reader's own can raise anything
        if options.traceback:
            raise
        print(f"resnet_edu: {_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def _closed_pipe() -> int:
    """The reader of our output went away, as ``head`` does; that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _line(error: BaseException) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    notes = " ".join(getattr(error, "__notes__", []))
    line = " ".join(f"{text} {notes}".split())
    ours = (Problem, ValueError, KeyError)
    return line if line and isinstance(error, ours) else f"{type(error).__name__}: {line}"


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m resnet_edu", epilog=EXAMPLES, allow_abbrev=False,
        description="torchvision's ResNets: their shapes and costs, pictures, and the proof.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    top.add_argument("--traceback", action="store_true", help="show where an error comes from")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    listed = _command(commands, "list", list_networks, "the ten networks, what each has and costs")
    _add_format(listed, "text", "md", "csv", "json", "html")

    table = _command(commands, "table", show_table, "a network, layer by layer")
    table.add_argument("name", metavar="NAME", help=NETWORK)
    _add_network_options(table)
    table.add_argument("--depth", type=int, default=2, help="1 stages, 2 blocks, 3 operations")
    table.add_argument("--unfold", action="store_true", help="a row for every block")
    table.add_argument("--columns", help="comma-separated, see --columns help")
    table.add_argument("--torchinfo", action="store_true", help="torchinfo's table instead")
    _add_format(table, "text", "md", "csv", "json", "html")

    at = _command(commands, "at", show_operation, "all that is known about one operation")
    at.add_argument("name", metavar="NAME", help=NETWORK)
    at.add_argument("module", metavar="MODULE", help="such as layer3.0.conv2")
    _add_network_options(at)
    _add_format(at, "text", "json")

    compare = _command(commands, "compare", show_comparison, "two networks side by side")
    compare.add_argument("a", metavar="A", help=NETWORK)
    compare.add_argument("b", metavar="B", help=NETWORK)
    _add_network_options(compare)
    compare.add_argument("--depth", type=int, default=1, help="1 stages, 2 blocks, 3 operations")
    _add_format(compare, "text", "md", "csv", "json", "html")

    draw = _command(commands, "draw", save_figure, "a picture, as SVG, PNG or PDF")
    draw.add_argument("name", metavar="NAME", help=NETWORK)
    draw.add_argument("--figure", required=True, metavar="FIGURE",
                      help="block, strip, pyramid, downsample, stages or field")  # fmt: skip
    draw.add_argument("-o", "--output", required=True, metavar="FILE", help="ends in .svg or .png")
    draw.add_argument("--highlight", action="append", help="strip: the part to light")
    draw.add_argument("--block", action="append", help="block: which one, such as layer2.0")
    _add_network_options(draw)

    sheet = _command(commands, "sheet", save_sheet, "ResNet on a page: A4 to print")
    sheet.add_argument("-o", "--output", required=True, metavar="FILE",
                       help="ends in .pdf, .svg or .png")  # fmt: skip

    verify = _command(commands, "verify", show_proof, "against torchvision, bit for bit")
    verify.add_argument("names", nargs="*", metavar="NAME", help="resnet18 if none is given")
    verify.add_argument("--all", action="store_true", help="all ten; two to three minutes")
    verify.add_argument("--random", type=int, metavar="N", help="N random networks")
    verify.add_argument("--seed", type=int, default=0)
    verify.add_argument("--as", dest="judge", metavar="NAME", default="resnet18",
                        help="what a network of yours is to equal")  # fmt: skip
    verify.add_argument("--quick", action="store_true", help="without exceptions and export")
    _add_format(verify, "text", "json", "html")

    bench = _command(commands, "bench", show_bench, "speed, as medians and ratios; two minutes")
    bench.add_argument("what", nargs="?", choices=["network", "class"], default="network",
                       help="class: grading classes of up to 200; some minutes")  # fmt: skip
    bench.add_argument("--runs", type=int, default=7, help="network: how often each is timed")
    _add_format(bench, "text", "json")

    lab = _command(commands, "lab", run_lab, "an experiment of the chapters, at any length")
    lab.add_argument("experiment", choices=["degradation"], metavar="degradation",
                     help="plain against residual stacks, trained on digits")  # fmt: skip
    lab.add_argument("--depths", type=_numbers, default=[8, 14, 20, 32, 44, 56], metavar="8,20,56",
                     help="layers, each 6n + 2")  # fmt: skip
    lab.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds 0 to N - 1")
    lab.add_argument("--epochs", type=int, default=10)
    lab.add_argument("-o", "--output", metavar="FILE.csv", help="a table there, not on the screen")

    classroom.add(commands, _command)
    return top


def _command(commands: Any, name: str, run: Callable[[Any], int], words: str) -> Any:
    sentence = f"{words[0].upper()}{words[1:]}."
    made = commands.add_parser(name, help=words, description=sentence, allow_abbrev=False)
    made.set_defaults(run=run)
    return made


def _add_format(command: Any, *kinds: str) -> None:
    words = "csv and json for programs" if "csv" in kinds else "json for programs"
    command.add_argument("--format", choices=kinds, default="text", help=words)


def _add_network_options(command: Any) -> None:
    command.add_argument("--input", type=_size, default=(224, 224), metavar="224|224x320",
                         help="side, or height x width, of the images")  # fmt: skip
    command.add_argument("--batch", type=int, default=1, help="images at once")
    command.add_argument("--num-classes", type=int, help="scores that fc puts out")
    command.add_argument("--replace-stride-with-dilation", type=_flags, metavar="0,0,1",
                         help="for layer2, layer3, layer4")  # fmt: skip


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) not in (1, 2) or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write 224 or 224x320")
    return int(parts[0]), int(parts[-1])


def _numbers(text: str) -> list[int]:
    if not all(part.isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers; write 8,20,56")
    return [int(part) for part in text.split(",")]


def _flags(text: str) -> list[bool]:
    parts = text.split(",")
    if len(parts) != 3 or not set(parts) <= {"0", "1"}:
        raise argparse.ArgumentTypeError(f"{text!r} is not three flags; write 0,0,1")
    return [part == "1" for part in parts]


def _network(name: str) -> Any:
    """A name of the ten, or the reader's own callable."""
    if ":" not in name:
        require_network(name)
        return name
    module, _, attribute = name.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise Problem(f"{name}: {error}") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            public = [other for other in dir(found) if not other.startswith("_")]
            raise Problem(f"{name}: {module} has no {part!r}: {hint(part, public)}")
        found = getattr(found, part)
    if not callable(found):
        raise Problem(f"{name} is a {type(found).__name__}, not a function that returns a network")
    return found


def _builder_options(options: Any) -> dict[str, Any]:
    given = {
        "num_classes": options.num_classes,
        "replace_stride_with_dilation": options.replace_stride_with_dilation,
    }
    return {key: value for key, value in given.items() if value is not None}


def _trace(name: str, options: Any) -> Any:
    from .anatomy import trace

    return trace(_network(name), options.input, options.batch, **_builder_options(options))


def _print_table(table: Any, kind: str) -> int:
    if kind == "json":
        print(json.dumps(table.to_dicts(), indent=2))
        return 0
    shown = {"text": table.text, "md": table.markdown, "csv": table.csv, "html": table.html}
    print(shown[kind]().rstrip("\n"))
    return 0


def list_networks(options: Any) -> int:
    """``list``"""
    from .anatomy import trace
    from .anatomy.tables import Column, Table, count, size
    from .weights import ROWS

    rows = []
    for name, (block, layers, fixed) in ARCHITECTURES.items():
        totals = trace(name).totals
        best = next(row for row in ROWS if row.network == name and row.default)
        rows.append({
            "name": name, "block": block.__name__, "layers": tuple(layers),
            "groups": fixed.get("groups", 1), "width": fixed.get("width_per_group", 64),
            "parameters": totals.parameters, "multiply_adds": totals.multiply_adds,
            "weights": best.name, "acc1": best.acc1,
        })  # fmt: skip
    columns = (
        Column("name", "name", str, False), Column("block", "block", str, False),
        Column("layers", "blocks", size, False), Column("groups", "groups", str),
        Column("width", "width", str), Column("parameters", "parameters", count),
        Column("multiply_adds", "multiply-adds", count),
        Column("weights", "best weights", str, False), Column("acc1", "top 1 %", str),
    )  # fmt: skip
    note = "Multiply-adds at 224 x 224. Top 1: ImageNet, one centre crop, as torchvision states it."
    return _print_table(Table("The ten networks", columns, tuple(rows), (note,)), options.format)


def show_table(options: Any) -> int:
    """``table NAME``"""
    from .anatomy import shape_table, table
    from .anatomy.tables import COLUMNS, DEFAULT_COLUMNS

    if options.columns == "help":
        print("\n".join(f"{key:<20}{column.heading}" for key, column in COLUMNS.items()))
        return 0
    if options.torchinfo:
        if options.format != "text" or options.columns or options.unfold:
            raise Problem("--torchinfo prints torchinfo's own text: "
                          "leave out --format, --columns and --unfold")  # fmt: skip
        print(shape_table(_network(options.name), options.input, options.batch,
                          depth=options.depth, **_builder_options(options)))  # fmt: skip
        return 0
    columns = options.columns.split(",") if options.columns else DEFAULT_COLUMNS
    traced = _trace(options.name, options)
    made = table(traced, depth=options.depth, fold=not options.unfold, columns=columns)
    return _print_table(made, options.format)


def show_operation(options: Any) -> int:
    """``at NAME MODULE``"""
    from .anatomy import describe

    traced = _trace(options.name, options)
    if options.format == "json":
        print(json.dumps(traced[options.module].to_dict(), indent=2))
    else:
        print(describe(traced, options.module))
    return 0


def show_comparison(options: Any) -> int:
    """``compare A B``"""
    from .anatomy import compare

    traces = [_trace(name, options) for name in (options.a, options.b)]
    return _print_table(compare(*traces, depth=options.depth), options.format)


def save_figure(options: Any) -> int:
    """``draw NAME --figure … -o FILE``"""
    from . import draw

    if options.figure not in draw.FIGURES:
        figure = options.figure
        raise Problem(f"no figure is named {figure!r}: {hint(figure, draw.FIGURES)}")
    for option, figure in (("highlight", "strip"), ("block", "block")):
        if getattr(options, option) and options.figure != figure:
            raise Problem(f"--{option} belongs to --figure {figure}")
    traced = _trace(options.name, options)
    made: Any = draw.FIGURES[options.figure]
    if options.figure == "block":
        picture = made(traced, *(options.block or []))
    elif options.figure == "strip":
        picture = made(traced, options.highlight)
    else:
        picture = made(traced)
    print(picture.save(options.output))
    return 0


def save_sheet(options: Any) -> int:
    """``sheet -o FILE``"""
    from . import draw

    print(draw.sheet().save(options.output))
    return 0


def show_proof(options: Any) -> int:
    """``verify [NAME… | --all | --random N]``"""
    from .proof import verify, verify_random

    if options.all + bool(options.names) + (options.random is not None) > 1:
        raise Problem("give names, or --all, or --random N: one of the three")
    if options.random is not None and options.random < 1:
        raise Problem(f"--random takes a number from 1, not {options.random}")
    reports = []
    names = list(ARCHITECTURES) if options.all else options.names or ["resnet18"]
    subjects = [_network(name) for name in names]
    _network(options.judge)
    with _Progress() as progress:
        if options.random is not None:
            reports.append(verify_random(options.random, options.seed, progress.show))
            _print_report(reports[-1], options.format, progress)
        for name, subject in zip(names, subjects, strict=True) if options.random is None else ():
            progress.prefix = f"{name}: "
            ours = None if isinstance(subject, str) else subject
            judged = subject if ours is None else _network(options.judge)
            report = verify(judged, ours, seed=options.seed, quick=options.quick,
                            progress=progress.show)  # fmt: skip
            reports.append(report)
            _print_report(report, options.format, progress)
    if options.format == "json":
        print(json.dumps([report.to_dict() for report in reports], indent=2))
    elif len(reports) > 1 and options.format == "text":
        held = sum(report.passed for report in reports)
        print(f"{held} of {len(reports)} networks are torchvision's to the bit")
    return 0 if all(report.passed for report in reports) else 1


def _print_report(report: Any, kind: str, progress: _Progress) -> None:
    progress.clear()
    if kind == "text":
        print(report, flush=True)
    elif kind == "html":
        print(report._repr_html_(), flush=True)


def show_bench(options: Any) -> int:
    """``bench``"""
    if options.what == "class":
        from .classroom import benchmark

        return 0 if benchmark.run() else 1
    from .bench import bench

    if options.runs < 1:
        raise Problem(f"--runs takes a number from 1, not {options.runs}")
    with _Progress() as progress:
        figures = bench(options.runs, progress.show)
    if options.format == "json":
        print(json.dumps([figure.to_dict() for figure in figures], indent=2))
    else:
        print(f"{'':<46} {'ours':>9}     {'theirs':>9}     ratio")
        print("\n".join(map(str, figures)))
    return 0 if all(figure.holds is not False for figure in figures) else 1


def run_lab(options: Any) -> int:
    """``lab``: an experiment at the length that is asked for, as a table."""
    from .labs.degradation import StackNet, experiment, to_csv
    from .saving import write_whole

    for name in ("seeds", "epochs"):
        if getattr(options, name) < 1:
            raise Problem(f"--{name} takes a number from 1, not {getattr(options, name)}")
    for depth in options.depths:  # before the first training, not after the last
        StackNet(depth, residual=True)
    with _Progress() as progress:
        runs = experiment(options.depths, range(options.seeds), options.epochs, progress.show)
    if options.output is None:
        print(to_csv(runs), end="")
    else:
        print(write_whole(options.output, to_csv(runs).encode()))
    return 0


class _Progress:
    """One line on a terminal's stderr that is overwritten, from the third second on."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.prefix = ""
        self.width = 0

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, text: str) -> None:
        if sys.stderr.isatty() and time.monotonic() - self.start > 2:
            line = f"{self.prefix}{text}"[:78]
            print(f"\r{line:<{self.width}}", end="", file=sys.stderr, flush=True)
            self.width = len(line)

    def clear(self) -> None:
        if self.width:
            print(f"\r{'':<{self.width}}\r", end="", file=sys.stderr, flush=True)
            self.width = 0


if __name__ == "__main__":
    sys.exit(main())
