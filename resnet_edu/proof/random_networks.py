"""Random networks by hypothesis: any that differs from torchvision's is shrunk to a small one."""

from __future__ import annotations

from typing import Any

from .config import NORMS, Config
from .report import DIFFERS, EQUAL, Line, Report
from .verifying import Progress, verify

WIDTHS = ((1, 64), (1, 32), (1, 16), (1, 8), (2, 32), (4, 16), (8, 8), (32, 4), (3, 20), (5, 64))


def configs() -> Any:
    """A hypothesis strategy for small values of ``Config``: both blocks, all options, odd sizes.

    Raises ``ImportError`` without hypothesis.
    """
    try:
        from hypothesis import strategies as st
    except ImportError as error:
        error.add_note("resnet_edu: hypothesis draws random networks: pip install hypothesis")
        raise
    flags = st.none() | st.tuples(st.booleans(), st.booleans(), st.booleans())
    sides = st.integers(1, 70)

    @st.composite
    def draw_config(draw: Any) -> Config:
        block = draw(st.sampled_from(["BasicBlock", "Bottleneck"]))
        plain = block == "BasicBlock" and draw(st.integers(0, 9)) > 0  # else both may refuse
        groups, width = (1, 64) if plain else draw(st.sampled_from(WIDTHS))
        return Config(
            block=block, layers=draw(st.tuples(*[st.integers(1, 2)] * 4)),
            num_classes=draw(st.integers(1, 12)), zero_init_residual=draw(st.booleans()),
            groups=groups, width_per_group=width,
            replace_stride_with_dilation=None if plain else draw(flags),
            norm_layer=draw(st.sampled_from(list(NORMS))),
            input_size=(draw(sides), draw(sides)), batch=draw(st.integers(1, 3)),
        )  # fmt: skip

    return draw_config()


def verify_random(n: int = 200, seed: int = 0, progress: Progress | None = None) -> Report:
    """Compare ``n`` random networks; the report has the smallest that differs, as a call to paste.

    The same ``seed`` draws the same networks with the same version of hypothesis.
    """
    drawn = configs()
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    state: dict[str, Any] = {"tried": 0, "worst": None, "failed": False}

    @seeded(seed)
    @settings(max_examples=n, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=(Phase.generate, Phase.shrink))  # fmt: skip
    @given(drawn)
    def compare(config: Config) -> None:
        if not state["failed"]:
            state["tried"] += 1
            if progress is not None:
                progress(f"network {state['tried']} of {n}")
        report = verify(config, quick=True)
        if not all(line.holds for line in report.lines):
            state["failed"], state["worst"] = True, report
            raise AssertionError(str(report))

    try:
        compare()
    except (AssertionError, ExceptionGroup):  # a group when a failure does not repeat
        if state["worst"] is None:
            raise
        worst = state["worst"]
        detail = f"verify({worst.subject}): {worst.first_difference}"
        return Report(f"{n} random networks", (Line("random networks", DIFFERS, detail),), detail)
    line = Line("random networks", EQUAL, f"{state['tried']} networks drawn, none differs")
    return Report(f"{n} random networks", (line,))
