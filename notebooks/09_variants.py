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
# The ten, cheapest first. The same network, trained by a newer recipe, gains three to five points; from one network to the next it is often less than one. (`draw.family`, from the trace and from torchvision's own figures)
#
# ## 1 · Ten rows
#
# **Predict** what the number in the name is, for blocks `[3, 4, 6, 3]`, once with basic blocks and once with bottlenecks.

# %%
for name, (block, layers, fixed) in ARCHITECTURES.items():
    per_block = 2 if block is BasicBlock else 3
    options = ", ".join(f"{key}={value}" for key, value in fixed.items())
    layers_with_weights = depth(per_block, layers)
    print(f"{name:<17}{block.__name__:<11}{layers!s:<15}{layers_with_weights:>3} layers  {options}")

# %% [markdown]
# That is all. The numbers count *blocks*, and the name counts layers with weights: stem, convolutions of the blocks, `fc`. Projections are not counted.
#
# Is there a rule behind 3, 4, 6, 3? **paper**: none is given, only [He15] Table 1. One sees that from 50 to 101 only `layer3` grows, from 101 to 152 `layer3` and `layer2`. To the compute it makes no difference where a block is added, to the parameters a large one:

# %%
network = trace("resnet50")
for block in ("layer1.1", "layer2.1", "layer3.1", "layer4.1"):
    total = network.by_block()[block]
    work, count = total.multiply_adds, total.parameters
    print(f"one more block like {block}: {work:,} multiply-adds, {count:,} parameters")

# %% [markdown]
# ## 2 · Deeper: 18, 34 · 50, 101, 152

# %%
compare("resnet50", "resnet101")

# %% [markdown]
# Only one row differs in its number of blocks. Nearly twice the parameters, nearly twice the work, all of it in `layer3`.
#
# ## 3 · Grouped: ResNeXt
#
# `32x4d`: **32 groups of 4 channels** in the 3×3 of the first stage. `width_per_group=4` and `groups=32` give the width 4 · 32 = 128, twice that of ResNet-50; and the groups divide the weights of the 3×3 by 32. From stage to stage the channels per group double and the number of groups stays. **Predict** the weight's shape in `layer3`.

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
    "resnet50": [conv_params(256, 64, 1), conv_params(64, 64, 3), conv_params(64, 256, 1)],
    "resnext50_32x4d": [
        conv_params(256, 128, 1), conv_params(128, 128, 3, groups=32), conv_params(128, 256, 1)
    ],
}  # fmt: skip
for name, terms in rows.items():
    parts = [trace(name)[f"layer1.1.conv{i}"].parameters for i in (1, 2, 3)]
    assert terms == parts
    print(f"{name:<17}", " + ".join(f"{n:,}" for n in terms), "=", f"{sum(terms):,}")

# %% [markdown]
# The 1×1 layers are twice as large, the 3×3 is an eighth: together about the same. That was the paper's aim, *more paths at equal cost*. It reports, for one centre crop, 22.2 % error for 32×4d where ResNet-50 has 23.9 ([Xie17] Table 3). `32x8d` is torchvision's own; the paper's networks of 101 layers are 32×4d and 64×4d.
#
# ## 4 · Wide: `_2`
#
# `wide_resnet50_2` has `width_per_group=128`: the 3×3 in the middle is twice as wide. **Predict:** is anything else? What goes from block to block?

# %%
compare("resnet50", "wide_resnet50_2", depth=1)

# %%
for part in ("conv1", "conv2", "conv3"):
    a, b = (trace(name)[f"layer1.1.{part}"] for name in ("resnet50", "wide_resnet50_2"))
    usual, wide = (f"{r.input_shapes[0][1]} → {r.output_shape[1]}" for r in (a, b))
    times = b.parameters // a.parameters
    print(f"layer1.1.{part}: {usual}   wide: {wide}, {times} times the parameters")

# %% [markdown]
# Nothing else. Between the blocks go the same 256 to 2048 channels, and `fc` is the same. The 3×3 has four times the weights, each 1×1 twice. (In the paper's own notation *WRN-50-2-bottleneck*; its authors report 21.9 % error, one crop, with 68.9 M parameters, [WRN] pretrained/README.)
#
# ## 5 · Accuracy, without being fooled
#
# torchvision publishes 17 sets of weights. A network may have two, `IMAGENET1K_V1` and `IMAGENET1K_V2`: **the same network**, trained by two recipes. (V2 is *not* "ResNet v2", [01](01_why_residual.ipynb), section 7.) `DEFAULT` is the best of a network.

# %%
print(len(ROWS), "sets of weights")
for row in ROWS:
    print(f"{row.network:<17}{row.name}  top-1 {row.acc1:.3f}  shorter side {row.resize}, crop 224"
          f"{'   DEFAULT' if row.default else ''}")

# %% [markdown]
# These are torchvision's figures: percent of ImageNet's validation pictures, **one** centre crop of 224. Is our table the same as torchvision's metadata? Compare, field by field:

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
print(f"gain of V2, {len(both)} networks: {min(both):.1f} to {max(both):.1f} points")

# %% [markdown]
# So three questions, before you compare two accuracies:
#
# 1. **Which recipe?** The newer one trains 600 epochs instead of 90 and with much more augmentation ([TVblog] the recipe); it is worth more than a hundred layers.
# 2. **Which crop?** The 22.85 % error of ResNet-50 in [He15] Table 3 are of ten crops averaged. The authors' one-crop figure is 24.7 ([MSRA] README); only that may be held against torchvision's.
# 3. **Best of how many runs?** Published weights are the best of several; who trains once will mostly be a little below.
#
# Are the V2 weights the better choice for *your* task? **Not settled.** For ImageNet's labels, yes. Users report that V2's probabilities are lower for the right class and its features less stable under small changes; the maintainers measured the accuracy again and found it right ([torchvision] issue 7570). Measure on your own data.
#
# ## 6 · Your file so far, and the same bits
#
# A builder is a row of a table:


# %%
def build(name, **options):
    block, layers, fixed = {
        "resnet50": (Bottleneck, [3, 4, 6, 3], {}),
        "resnext50_32x4d": (Bottleneck, [3, 4, 6, 3], {"groups": 32, "width_per_group": 4}),
        "wide_resnet50_2": (Bottleneck, [3, 4, 6, 3], {"width_per_group": 64 * 2}),
    }[name]
    return resnet_edu.ResNet(block, layers, **fixed, **options)


for name in ("resnet50", "resnext50_32x4d", "wide_resnet50_2"):
    states = []
    for builder in (build, lambda name: getattr(models, name)()):
        _ = torch.manual_seed(0)
        states.append(builder(name).state_dict())
    mine, theirs = states
    assert list(mine) == list(theirs)
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
# 4. Draw `draw.family` for the five networks of 50 and 101 layers without groups. What does width bring, what depth, per multiply-add?
#
# ## Summary
#
# 1. Ten networks are ten rows: block, blocks per stage, groups, width per group.
# 2. The number in a name counts the layers with weights.
# 3. From 50 to 101 layers only `layer3` grows.
# 4. `32x4d`: 32 groups of 4 channels in the first stage; channels per group double by stage.
# 5. Groups pay for the width: ResNeXt-50 costs what ResNet-50 costs.
# 6. `_2`: only the 3×3 is twice as wide; what goes between blocks is the same.
# 7. V1 and V2 are two recipes for one network.
# 8. The recipe is worth three to five points.
# 9. Compare accuracies of the same crop only.
# 10. Published weights are the best of several runs.
#
# Back: [08 · What are the weights before training?](08_initialization.ipynb) · On: [10 · Where do parameters and compute go?](10_shapes_parameters_cost.ipynb)
