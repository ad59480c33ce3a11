# %% [markdown]
# # 09 · What differs between the ten networks?
#
# `resnet.py` ends with ten functions of thirty lines each, nearly all of them docstring. What is left of each is one line: a block, four numbers, sometimes two arguments.
# **What do `32x4d` and `_2` mean, what do they cost, and what do they bring?**
#
# *Needs:* [05 · Why 1×1–3×3–1×1?](05_bottleneck.ipynb), [07 · How do blocks become a network?](07_stages_and_network.ipynb). *Takes:* 25 minutes to read, a few seconds to run.
# *Afterwards* you can read any name of the family, compute its widths by hand, and compare accuracies without being fooled.

# %%
import torch

import resnet_edu
from resnet_edu import BasicBlock, Bottleneck, draw
from resnet_edu.anatomy import bottleneck_width, compare, conv_params, depth, trace
from resnet_edu.variants import ARCHITECTURES
from resnet_edu.weights import ROWS, published

draw.strip(trace("resnext50_32x4d"), highlight=["layer1", "layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here.* Any of the ten looks like this. What differs is in the lit boxes: which block, how many, and how wide the 3×3 in its middle is. This one is `resnext50_32x4d`.

# %%
draw.family(trace(name) for name in ARCHITECTURES)

# %% [markdown]
# The ten, cheapest first. *Top-1 accuracy* is the share of pictures whose highest score is the right class; a *recipe* is everything about a training but the network: data, augmentation (pictures cut, flipped and changed at random), rates, length. The same network, trained by a newer recipe, gains three to five percentage points; from one network to the next it is often less than one. (`draw.family`, from the trace and from torchvision's own figures)
#
# ## 1 · Ten rows
#
# Here they are as the package has them. **Predict** the number in the name of the network with bottlenecks and blocks `[3, 8, 36, 3]`, before you look for its row.

# %%
for name, (block, layers, fixed) in ARCHITECTURES.items():
    per_block = 2 if block is BasicBlock else 3
    options = ", ".join(f"{key}={value}" for key, value in fixed.items())
    layers_with_weights = depth(per_block, layers)
    print(f"{name:<17}{block.__name__:<11}{layers!s:<15}{layers_with_weights:>3} layers  {options}")

# %% [markdown]
# That is all. The numbers count *blocks*, and the name counts layers with weights: stem, convolutions of the blocks, `fc`. So 1 + 3 · (3 + 8 + 36 + 3) + 1 = 152. Projections are not counted.
#
# Is there a rule behind 3, 4, 6, 3? **paper**: none is given, only [He15] Table 1. One sees that from 50 to 101 only `layer3` grows, from 101 to 152 `layer3` and `layer2`. **Predict:** in which stage is one more block cheapest in multiply-adds, and in which in parameters?

# %%
network = trace("resnet50")
for block in ("layer1.1", "layer2.1", "layer3.1", "layer4.1"):
    total = network.by_block()[block]
    work, count = total.multiply_adds, total.parameters
    print(f"one more block like {block}: {work:,} multiply-adds, {count:,} parameters")

# %% [markdown]
# To the compute it makes no difference where a block is added, to the parameters a large one.
#
# ## 2 · Deeper: 18, 34 · 50, 101, 152
#
# The first step, from ResNet-18 to ResNet-34, stands in [00](00_start_here.ipynb): more blocks, the same shapes. The second, to ResNet-50, exchanges the blocks, basic for bottleneck, and keeps their number ([05](05_bottleneck.ipynb)). And from there on?

# %%
compare("resnet50", "resnet101")

# %% [markdown]
# Only `layer3` differs in its number of blocks, and all the new parameters and work are there. (`layer4` is marked too: it costs the same, but *sees* more, as there are more layers before it.)
#
# ## 3 · Grouped: ResNeXt
#
# `32x4d`: **32 groups of 4 channels** in the 3×3 of the first stage. `width_per_group=4` (a block calls it `base_width`, [05](05_bottleneck.ipynb), section 3) and `groups=32` give the width 4 · 32 = 128, twice that of ResNet-50; and the groups divide the weights of the 3×3 by 32. From stage to stage the channels per group double and the number of groups stays. **Predict** the weight's shape in `layer3`.

# %%
resnext = resnet_edu.resnext50_32x4d()
for i, planes in enumerate((64, 128, 256, 512), start=1):
    width = bottleneck_width(planes, base_width=4, groups=32)
    weight = getattr(resnext, f"layer{i}")[0].conv2.weight
    assert tuple(weight.shape) == (width, width // 32, 3, 3)
    print(f"layer{i}: int({planes} · 4 / 64) · 32 = {width}, weight {tuple(weight.shape)}")

# %% [markdown]
# Twice as wide at the same price? By hand, the second block of `layer1`, for both. **Predict** which of the three layers gets cheaper and which dearer.

# %%
rows = {
    "resnet50": [256 * 64, 64 * 64 * 9, 64 * 256],
    "resnext50_32x4d": [256 * 128, 128 * (128 // 32) * 9, 128 * 256],
}
assert rows["resnext50_32x4d"][1] == conv_params(128, 128, 3, groups=32)
for name, terms in rows.items():
    parts = [trace(name)[f"layer1.1.conv{i}"].parameters for i in (1, 2, 3)]
    assert terms == parts
    print(f"{name:<17}", " + ".join(f"{n:,}" for n in terms), "=", f"{sum(terms):,}")

# %% [markdown]
# The 1×1 layers are twice as large. The 3×3 is an eighth: four times for the double width, a 32nd for the groups. Together it is about the same; and so are the multiply-adds, since both blocks stand on one grid. That was the aim of the ResNeXt paper, *more paths at equal cost*. It reports 22.2 % error for 32×4d where ResNet-50 has 23.9 ([Xie17] Table 3; one crop, section 5 says what that is). `32x8d` is not in that paper: with 101 layers it has 2×40d, 4×24d, 8×14d and 32×4d (Table 3), 2×64d and 64×4d (Table 4).
#
# ## 4 · Wide: `_2`
#
# `wide_resnet50_2` has `width_per_group=128`: the 3×3 in the middle is twice as wide. **Predict:** is anything else? What goes from block to block?

# %%
compare("resnet50", "wide_resnet50_2", depth=1)

# %% [markdown]
# Nothing outside the blocks, and no size between them. By hand, the second block of `layer1` again. **Predict** the three factors.

# %%
usual = [256 * 64, 64 * 64 * 9, 64 * 256]
wide = [256 * 128, 128 * 128 * 9, 128 * 256]
width = bottleneck_width(64, base_width=128)
assert wide == [trace("wide_resnet50_2")[f"layer1.1.conv{i}"].parameters for i in (1, 2, 3)]
print(f"int(64 · 128 / 64) · 1 = {width}")
print("usual:", " + ".join(f"{n:,}" for n in usual), "=", f"{sum(usual):,}")
print("wide: ", " + ".join(f"{n:,}" for n in wide), "=", f"{sum(wide):,}")
print("factors:", [b // a for a, b in zip(usual, wide, strict=True)])

# %% [markdown]
# The 3×3 has four times the weights, each 1×1 twice. Between the blocks go the same 256 to 2048 channels, and `fc` is the same. (Its own paper calls it *WRN-50-2-bottleneck*; its authors report 21.9 % error, one crop, with 68.9 M parameters, [WRN] pretrained/README.)
#
# ## 5 · Accuracy, without being fooled
#
# torchvision publishes 17 sets of weights. A network may have two, `IMAGENET1K_V1` and `IMAGENET1K_V2`: **the same network**, trained by two recipes, V1 by the older and V2 by the newer. One name misleads: `resnext101_64x4d` came late, and its only set, called V1, is of the *newer* recipe (a square in the picture above; the shorter side in its row gives it away). (V2 is *not* "ResNet v2", [01](01_why_residual.ipynb), section 7.) `DEFAULT` is the best of a network.

# %%
print(len(ROWS), "sets of weights")
for row in ROWS:
    print(f"{row.network:<17}{row.name}  top-1 {row.acc1:.3f}  shorter side {row.resize}, crop 224"
          f"{'   DEFAULT' if row.default else ''}")

# %% [markdown]
# These are torchvision's figures: percent of ImageNet's validation pictures, **one** centre crop of 224. That is, a picture is resized until its shorter side has 256 or 232 pixels, and the square of 224 × 224 in its middle is what the network sees. Is our table the same as torchvision's metadata? Compare, field by field:

# %%
from resnet_edu.peer import import_torchvision

models = import_torchvision().models
for row in ROWS:
    enum = models.get_model_weights(row.network)
    member = enum[row.name]
    assert member.meta["_metrics"]["ImageNet-1K"] == {"acc@1": row.acc1, "acc@5": row.acc5}
    assert member.transforms().resize_size == [row.resize]
    assert member.url == row.url
    assert (member == enum.DEFAULT) == row.default
print("accuracy, preprocessing, address, default: all", len(ROWS), "as torchvision has them")

# %% [markdown]
# How much is the recipe? **Predict:** is a ResNet-50 of the newer recipe better or worse than a ResNet-152 of the older one, more than twice as large?

# %%
new50, old152 = published("resnet50", "IMAGENET1K_V2"), published("resnet152", "IMAGENET1K_V1")
print(f"resnet50, V2: {new50.acc1:.2f}   resnet152, V1: {old152.acc1:.2f}")
gains = {}
for row in ROWS:
    gains.setdefault(row.network, []).append(row.acc1)
both = [max(found) - min(found) for found in gains.values() if len(found) == 2]
print(f"gain of V2, {len(both)} networks with both: {min(both):.1f} to {max(both):.1f} points")

# %% [markdown]
# So three questions, before you compare two accuracies:
#
# 1. **Which recipe?** The newer one trains 600 epochs instead of 90 and with much more augmentation ([TVblog] the recipe); here it is worth more than a hundred layers.
# 2. **Which crop?** The 22.85 % error of ResNet-50 in [He15] Table 3 are of ten crops of each picture, their scores averaged. The authors' one-crop figure is 24.7 ([MSRA] README); only that may be held against torchvision's.
# 3. **Best of how many runs?** The V2 weights of ResNet-50 are the best of several runs ([TVblog] the recipe), and often nobody says; who trains once will mostly be a little below.
#
# Are the V2 weights the better choice for *your* task? **Not settled.** For ImageNet's labels, yes. Users report that V2's probabilities are lower for the right class and its features less stable under small changes; the maintainers measured the accuracy again and found it right ([torchvision] issue 7570). Measure on your own data.
#
# ## 6 · Your file so far, and the same bits
#
# A builder is a row of a table. All ten:


# %%
BASIC, NECK = BasicBlock, Bottleneck
rows = {
    "resnet18": (BASIC, [2, 2, 2, 2], {}),
    "resnet34": (BASIC, [3, 4, 6, 3], {}),
    "resnet50": (NECK, [3, 4, 6, 3], {}),
    "resnet101": (NECK, [3, 4, 23, 3], {}),
    "resnet152": (NECK, [3, 8, 36, 3], {}),
    "resnext50_32x4d": (NECK, [3, 4, 6, 3], {"groups": 32, "width_per_group": 4}),
    "resnext101_32x8d": (NECK, [3, 4, 23, 3], {"groups": 32, "width_per_group": 8}),
    "resnext101_64x4d": (NECK, [3, 4, 23, 3], {"groups": 64, "width_per_group": 4}),
    "wide_resnet50_2": (NECK, [3, 4, 6, 3], {"width_per_group": 64 * 2}),
    "wide_resnet101_2": (NECK, [3, 4, 23, 3], {"width_per_group": 64 * 2}),
}


def build(name, rows, **options):
    block, layers, fixed = rows[name]
    return resnet_edu.ResNet(block, layers, **fixed, **options)


for name in rows:
    with torch.device("meta"):  # tensors that have shapes and no values
        assert str(build(name, rows)) == str(getattr(models, name)())
print(len(rows), "networks: every module, channel, stride and group as in torchvision's")

for name in ("resnet50", "resnext50_32x4d", "wide_resnet50_2"):
    _ = torch.manual_seed(0)
    mine = build(name, rows).state_dict()
    _ = torch.manual_seed(0)
    theirs = getattr(models, name)().state_dict()
    same = sum(torch.equal(mine[key], theirs[key]) for key in theirs)
    print(f"{name:<17} {same} of {len(theirs)} tensors, every bit")

# %% [markdown]
# <details><summary><b>Stuck?</b> "resnext50_32x4d: groups is 32 here, and 16 was given"</summary>
#
# The name fixes the groups. Another number of groups is another network: build it as `ResNet(Bottleneck, [3, 4, 6, 3], groups=16, width_per_group=8)`.
# </details>
#
# ## Now you can …
#
# - read `resnext101_64x4d` and `wide_resnet101_2`, and compute their widths;
# - say where a variant spends more, and where not;
# - compare published accuracies by recipe and crop.
#
# ## Exercises
#
# 1. The width of the 3×3 in `layer4` of `resnext101_64x4d`, and the shape of its weight: by hand, then from the trace.
# 2. Which has more parameters, `resnext101_32x8d` or `resnext101_64x4d`? Both have the same widths. Explain with one term of the count.
# 3. A ResNet-50 with `width_per_group=32`: how many parameters and multiply-adds? Guess first: a half, or a quarter?
# 4. Draw `draw.family` for the four networks of 50 and 101 layers without groups. What does width bring, what depth, per multiply-add?

# %% [markdown]
# ### What the checker says
#
# A name that was read too quickly: grouped, and the width left as it is.


# %%
from resnet_edu import ResNet
from resnet_edu.exercises import EXERCISES, check


def only_grouped(**options):
    return ResNet(Bottleneck, [3, 4, 6, 3], groups=32, **options)


check("resnext50_32x4d", only_grouped)

# %% [markdown]
# A right answer looks like this (here to another exercise, and its text stays hidden):

# %%
check("depth", EXERCISES["depth"].reference())

# %% [markdown]
# ### Your turn: `depth`
#
# Return the number in a ResNet's name: the layers with weights on the way from the
# image to the scores. They are the stem's convolution, those in the branches of the blocks, and
# fc; norms and projections are not counted. `layers` says how many blocks each stage has; there
# may be more or fewer stages than four. Leave the list as it is.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.
#
# (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def depth(convs_per_block, layers):
    return None  # your count


check("depth", depth)

# %% [markdown]
# ### Your turn: `resnet18` … `wide_resnet101_2`
#
# Write the functions that build these, without trained weights.
# `ResNet`, `BasicBlock` and `Bottleneck` are there. Keyword arguments go on to `ResNet`, for example
# `num_classes` or `replace_stride_with_dilation`.
#
# - `resnet18`: 18 layers with weights: the stem, eight basic blocks in four stages, and fc.
# - `resnet34`: 34 layers with weights: the stem, sixteen basic blocks in four stages, and fc.
# - `resnet50`: The stages of ResNet-34, but of bottlenecks.
# - `resnet101`: As ResNet-50, with a deeper third stage.
# - `resnet152`: As ResNet-101, with a deeper second and third stage.
# - `resnext50_32x4d`: As ResNet-50, but with a grouped 3×3: read the name.
# - `resnext101_32x8d`: As ResNet-101, but with a grouped 3×3: read the name.
# - `resnext101_64x4d`: As ResNet-101, but with a grouped 3×3: read the name.
# - `wide_resnet50_2`: As ResNet-50, but with a 3×3 that is twice as wide.
# - `wide_resnet101_2`: As ResNet-101, but with a 3×3 that is twice as wide.

# %%
from IPython.display import display

from resnet_edu import BasicBlock, Bottleneck, ResNet
from resnet_edu.exercises import check


def resnet18(**kwargs):
    return None  # your call


def resnet34(**kwargs):
    return None  # your call


def resnet50(**kwargs):
    return None  # your call


def resnet101(**kwargs):
    return None  # your call


def resnet152(**kwargs):
    return None  # your call


def resnext50_32x4d(**kwargs):
    return None  # your call


def resnext101_32x8d(**kwargs):
    return None  # your call


def resnext101_64x4d(**kwargs):
    return None  # your call


def wide_resnet50_2(**kwargs):
    return None  # your call


def wide_resnet101_2(**kwargs):
    return None  # your call


answers = {
    "resnet18": resnet18, "resnet34": resnet34, "resnet50": resnet50,
    "resnet101": resnet101, "resnet152": resnet152, "resnext50_32x4d": resnext50_32x4d,
    "resnext101_32x8d": resnext101_32x8d, "resnext101_64x4d": resnext101_64x4d,
    "wide_resnet50_2": wide_resnet50_2, "wide_resnet101_2": wide_resnet101_2,
}
for name, answer in answers.items():
    report = check(name, answer)
    display(report)
    if not report.passed:  # one after the other
        break

# %% [markdown]
# ## Summary
#
# 1. Ten networks are ten rows: block, blocks per stage, groups, width per group.
# 2. The number in a name counts the layers with weights.
# 3. From 50 to 101 layers only `layer3` grows.
# 4. `32x4d`: 32 groups of 4 channels in the first stage; channels per group double by stage.
# 5. Groups pay for the width: ResNeXt-50 costs about what ResNet-50 costs.
# 6. `_2`: only the 3×3 is twice as wide; what goes between blocks is the same.
# 7. V1 and V2 are two recipes for one network (but the V1 of `resnext101_64x4d` is of the newer).
# 8. The newer recipe is worth three to five points.
# 9. Compare accuracies of the same crop only.
# 10. Published weights may be the best of several runs.
#
# Back: [08 · What are the weights before training?](08_initialization.ipynb) · On: [10 · Where do parameters and compute go?](10_shapes_parameters_cost.ipynb)
