"""The published weights: where each file lies and what it scores. Seventeen rows, no download.

All were trained on ImageNet-1K (1,000 classes). Where a network has ``V2`` it was trained again, by
a newer recipe than its ``V1``; the best one of a network is its default. Source: the weight enums
of torchvision 0.28.0, read by code; a test compares every field. Accuracy is for one centre crop of
224 pixels.
"""

from dataclasses import dataclass

HOME = "https://download.pytorch.org/models/"


@dataclass(frozen=True)
class Weights:
    """One published file: ``acc1`` and ``acc5`` in percent, ``resize`` (shorter side) in pixels."""

    network: str
    name: str
    file: str
    acc1: float
    acc5: float
    resize: int
    default: bool = True
    num_classes: int = 1000

    @property
    def url(self) -> str:
        """The address; the file name ends in the first eight digits of the file's SHA-256."""
        return f"{HOME}{self.network}-{self.file}.pth"


V1, V2 = "IMAGENET1K_V1", "IMAGENET1K_V2"
ROWS = (
    Weights("resnet18", V1, "f37072fd", 69.758, 89.078, 256),
    Weights("resnet34", V1, "b627a593", 73.314, 91.420, 256),
    Weights("resnet50", V1, "0676ba61", 76.130, 92.862, 256, default=False),
    Weights("resnet50", V2, "11ad3fa6", 80.858, 95.434, 232),
    Weights("resnet101", V1, "63fe2227", 77.374, 93.546, 256, default=False),
    Weights("resnet101", V2, "cd907fc2", 81.886, 95.780, 232),
    Weights("resnet152", V1, "394f9c45", 78.312, 94.046, 256, default=False),
    Weights("resnet152", V2, "f82ba261", 82.284, 96.002, 232),
    Weights("resnext50_32x4d", V1, "7cdf4587", 77.618, 93.698, 256, default=False),
    Weights("resnext50_32x4d", V2, "1a0047aa", 81.198, 95.340, 232),
    Weights("resnext101_32x8d", V1, "8ba56ff5", 79.312, 94.526, 256, default=False),
    Weights("resnext101_32x8d", V2, "110c445d", 82.834, 96.228, 232),
    Weights("resnext101_64x4d", V1, "173b62eb", 83.246, 96.454, 232),
    Weights("wide_resnet50_2", V1, "95faca4d", 78.468, 94.086, 256, default=False),
    Weights("wide_resnet50_2", V2, "9ba9bcbe", 81.602, 95.758, 232),
    Weights("wide_resnet101_2", V1, "32ee1156", 78.848, 94.284, 256, default=False),
    Weights("wide_resnet101_2", V2, "d733dc28", 82.510, 96.020, 232),
)


class UnknownWeightsError(KeyError):
    """A name under which no weights of that network are published."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError alone would print quotes around the sentence


def published(network: str, name: str) -> Weights:
    """``network``'s row: ``"IMAGENET1K_V1"``, ``"IMAGENET1K_V2"`` or ``"DEFAULT"``.

    torchvision's long form, ``"ResNet50_Weights.IMAGENET1K_V1"``, is taken too.
    Raises ``UnknownWeightsError`` (a ``KeyError``) for any other name.
    """
    rows = [row for row in ROWS if row.network == network]
    enum, _, short = name.rpartition(".")
    if enum.lower() in ("", f"{network}_weights"):
        for row in rows:
            if row.name == short or (short == "DEFAULT" and row.default):
                return row
    allowed = ", ".join(repr(row.name) for row in rows)
    raise UnknownWeightsError(
        f"{network} has no weights called {name!r}: use {allowed}, 'DEFAULT', "
        "or the path of a .pth, .pt or .safetensors file"
    )
