# %% [markdown]
# # 05 · Why 1×1–3×3–1×1?
#
# ResNet-34 and ResNet-50 have the same sixteen blocks in the same four stages. One has two 3×3 convolutions in a block, the other a **bottleneck**: a 1×1 that narrows, a 3×3 that
# looks, a 1×1 that widens. **Why three layers, what are `planes`, `width` and `expansion`, and where does the stride sit?**
#
# *Needs:* [04 · What is a residual block?](04_basic_block.ipynb). *Takes:* 35 minutes to read, a few seconds to run.
# *Afterwards* you can explain every line of torchvision's `Bottleneck`, count it by hand, and say what "v1.5" means.

# %%
import torch
from torch import nn

import resnet_edu
from resnet_edu import draw
from resnet_edu.anatomy import bottleneck_params, bottleneck_width, conv_params, trace

draw.strip(trace("resnet50"), highlight=["layer1", "layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here.* ResNet-50: each lit box is a bottleneck, or several equal ones. Here is the second block of its first stage, and beside it the same block of ResNet-34:

# %%
draw.block((trace("resnet50"), "layer1.1"), (trace("resnet34"), "layer1.1"))

# %% [markdown]
# 256 channels come into the bottleneck and go out of it, but its 3×3 works on 64. The basic block has 64 all the way. (`draw.block`)
#
# ## 1 · The dear layer
#
# Suppose that more channels are to travel from block to block, 256 instead of 64. **Predict:** how many weights have two 3×3 convolutions with 256 channels, compared with two with 64?

# %%
wide = 2 * conv_params(256, 256, 3)
thin = 2 * conv_params(64, 64, 3)
print(f"{wide:,} against {thin:,}: {wide // thin} times as many")

# %% [markdown]
# Four times the channels in and four times the channels out: sixteen times. That is too expensive for fifty layers. (**paper**: the authors changed the block for the sake of training time, [He15] sec. 4.1.)
#
# The expensive part is the 3×3: 9 weights for every pair of channels. So let it work on fewer channels. A 1×1 brings 256 down to 64 before it, and another one brings 64 back to 256 behind it. A 1×1 has one weight for every pair. **Predict:** what do the three layers have together? (`conv3x3` and `conv1x1` are yours, from [02](02_convolutions.ipynb).)


# %%
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return nn.Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)


by_hand = 256 * 64 + 64 * 64 * 9 + 64 * 256
narrow, look, widen = conv1x1(256, 64), conv3x3(64, 64), conv1x1(64, 256)
by_code = sum(layer.weight.numel() for layer in (narrow, look, widen))
assert by_hand == by_code
print(f"{256 * 64:,} + {64 * 64 * 9:,} + {64 * 256:,} = {by_hand:,}")

# %% [markdown]
# Fewer than the basic block's 73,728, which stands in the output above, and yet 256 channels are carried from block to block. Three layers for the price of two, on four times the channels: that is the whole bargain.
#
# Both blocks stand on the same grid, so their work compares as their weights do. **Predict:** what is *not* cheaper?

# %%
for name in ("resnet34", "resnet50"):
    block = trace(name).by_block()["layer1.1"]
    convs = [r for r in trace(name) if r.block == "layer1.1" and r.kind == "Conv2d"]
    maps = sum(r.output_shape[1] for r in convs)
    print(f"{name}: {block.parameters:,} parameters with the norms, "
          f"{block.multiply_adds:,} multiply-adds, {maps} maps put out by the convolutions")

# %% [markdown]
# Memory: three times as many maps (one per channel) have to be written, and in training kept. [10](10_shapes_parameters_cost.ipynb) counts it for the whole network.
#
# ## 2 · The branch, line by line

# %%
x = torch.rand(1, 256, 56, 56)
bn1, bn2, bn3 = nn.BatchNorm2d(64), nn.BatchNorm2d(64), nn.BatchNorm2d(256)
relu = nn.ReLU(inplace=True)

print("in    ", tuple(x.shape))
out = relu(bn1(narrow(x)))
print("narrow", tuple(out.shape))
out = relu(bn2(look(out)))
print("look  ", tuple(out.shape))
out = bn3(widen(out))
print("widen ", tuple(out.shape))
out += x
print("out   ", tuple(relu(out).shape))

# %% [markdown]
# As in the basic block, the last norm has no ReLU behind it: that one stands behind the sum. Two of the three layers see no neighbour at all. **Predict** which of them makes the receptive field grow.

# %%
for part in ("conv1", "conv2", "conv3"):
    record = trace("resnet50")[f"layer1.1.{part}"]
    side, field = record.kernel_size[0], record.receptive_field
    print(f"{part} {side}×{side} sees {field} pixels")

# %% [markdown]
# Only the 3×3. So ResNet-50, with one 3×3 in a block, sees *less* than ResNet-34, which has two, and even than ResNet-18, which has half the blocks:

# %%
for name in ("resnet18", "resnet34", "resnet50"):
    field = max(r.receptive_field for r in trace(name) if r.stage == "layer4")
    print(f"{name}: {field} pixels after layer4")

# %% [markdown]
# ## 3 · Four words for channels
#
# torchvision's names have cost many readers an evening. There are four of them, and only the first and the last can be seen from outside:
#
# | name | meaning | second block of `layer1` of ResNet-50 |
# |---|---|---:|
# | `inplanes` | channels that come in | 256 |
# | `planes` | the stage's nominal width, a *name* for its size | 64 |
# | `width` | channels of the 3×3 in the middle | 64 |
# | `planes * expansion` | channels that go out | 256 |
#
# `expansion` is 4 for a bottleneck and 1 for a basic block: the ratio of what goes out to `planes`. It is an attribute of the *class*, because a network asks for it before it builds the first block.

# %%
print("expansion:", resnet_edu.Bottleneck.expansion, "and", resnet_edu.BasicBlock.expansion)
for i, planes in enumerate((64, 128, 256, 512), start=1):
    middle, last = (trace("resnet50")[f"layer{i}.1.{part}"] for part in ("conv2", "conv3"))
    assert last.output_shape[1] == planes * resnet_edu.Bottleneck.expansion
    print(f"layer{i}: planes {planes}, width {middle.output_shape[1]}, out {last.output_shape[1]}")

# %% [markdown]
# In ResNet-50 `width` equals `planes`, and one wonders why there are two names. In five of the ten networks they differ:

# %%
for name in ("resnet50", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d",
             "wide_resnet50_2", "wide_resnet101_2"):
    conv2 = trace(name)["layer2.1.conv2"]
    print(f"{name:<18} layer2: planes 128, width {conv2.output_shape[1]}, groups {conv2.groups}")

# %% [markdown]
# Two arguments make the difference, and one line:
#
# ```python
# width = int(planes * (base_width / 64.0)) * groups
# ```
#
# Read `base_width` as "channels per group when `planes` is 64". With one group and `base_width=64` it says `width = planes`. A wide network has `base_width=128`: twice as wide in the middle. A ResNeXt has 32 groups with 4 channels each: 4 · 32 = 128. **Predict** the width for `planes=512` in that ResNeXt.


# %%
def width(planes, base_width=64, groups=1):
    return int(planes * (base_width / 64.0)) * groups


for planes in (64, 128, 256, 512):
    row = [width(planes), width(planes, 128), width(planes, 4, 32), width(planes, 8, 32)]
    assert row[2] == bottleneck_width(planes, 4, 32)
    names = ("plain", "wide", "32x4d", "32x8d")
    said = [f"{name} {value:>4}" for name, value in zip(names, row, strict=True)]
    print(f"planes {planes:>3}:", ", ".join(said))

# %% [markdown]
# Does the `int` ever cut something off? Not in the ten networks: their `planes` are multiples of 64, so the product is whole. With smaller ones it does. And the division must be the true one, `/`: **predict** what `base_width // 64` would make of every ResNeXt.

# %%
whole = all((p * (w / 64.0)).is_integer() for p in (64, 128, 256, 512) for w in range(1, 513))
print("whole for every base_width up to 512:", whole)
print("planes 16, base_width 6:", 16 * (6 / 64.0), "becomes", width(16, 6))
print("4 // 64 =", 4 // 64, ", so the width would be", 64 * (4 // 64) * 32)

# %% [markdown]
# <details><summary><b>Stuck?</b> "expected input[1, 64, 56, 56] to have 256 channels"</summary>
#
# The block was built for another number of channels than it gets. `inplanes` must be what the block *before* puts out, `planes * expansion`, and not that block's `planes`. The first block of `layer1`
# gets 64 from the stem, the second 256.
# </details>
#
# ## 4 · Where the stride sits
#
# The first block of `layer2`, `layer3` and `layer4` must halve the grid. Any of its three convolutions could take the stride of 2. **paper**: the authors' released model has it on the first 1×1 ([MSRA] ResNet-50-deploy.prototxt).
# **torchvision**: on the 3×3. People call the paper's form *v1* and torchvision's *v1.5*.
#
# What is the difference? A 1×1 with stride 2 reads one pixel in four and drops the rest before anything has looked at it. A 3×3 with stride 2 reads them all.

# %%
seen = {}
for name, layer in (("1×1, stride 2", conv1x1(1, 1, 2)), ("3×3, stride 2", conv3x3(1, 1, 2))):
    pixels = torch.zeros(1, 1, 8, 8, requires_grad=True)
    layer(pixels).sum().backward()
    seen[name] = (pixels.grad != 0).sum().item()
    print(f"{name}: {seen[name]} of {pixels.numel()} pixels have an influence")

# %% [markdown]
# Now the whole network in both forms. The parameters cannot differ: a stride has none. **Predict:** which form costs more, and by about how much?


# %%
class V1Bottleneck(resnet_edu.Bottleneck):
    """The paper's form: the stride on the first 1×1."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride


v1 = trace(resnet_edu.ResNet(V1Bottleneck, [3, 4, 6, 3]))
v15 = trace("resnet50")
for name, network in (("v1", v1), ("v1.5", v15)):
    work, field = network.totals.multiply_adds, network["layer4.2.conv2"].receptive_field
    count = network.totals.parameters
    print(f"{name:<5}{count:,} parameters, {work:,} multiply-adds, sees {field}")
more = v15.totals.multiply_adds - v1.totals.multiply_adds
print(f"v1.5: {more:,} multiply-adds more, {100 * more / v1.totals.multiply_adds:.1f} %")

# %% [markdown]
# Where does it come from? In v1 the 3×3 of a strided block runs on the small grid; in v1.5 only *it* makes the grid small, and the 1×1 before it runs on the large one. The first block of `layer2`:

# %%
for part in ("conv1", "conv2", "conv3"):
    name = f"layer2.0.{part}"
    print(f"{name}: v1 {v1[name].multiply_adds:>11,}   v1.5 {v15[name].multiply_adds:>11,}")

# %% [markdown]
# `conv1` costs four times as much, the others the same. And the receptive field is smaller by 56 pixels: a 3×3 widens the view by two steps of the grid it stands on. (A *step*, `jump` in the trace, is how many pixels of the image lie from one position of the grid to the next.) In v1 that is the coarse grid behind the stride, in v1.5 the finer one before it. Three times: 8 + 16 + 32 pixels.

# %%
steps = [v15[f"layer{i}.0.conv1"].jump for i in (2, 3, 4)]
lost = [2 * (2 * jump - jump) for jump in steps]
print("steps of the grid before the stride:", steps, "  lost:", lost, "=", sum(lost))
assert sum(lost) == v1["layer4.2.conv2"].receptive_field - v15["layer4.2.conv2"].receptive_field

# %% [markdown]
# And does it help? The reports, each with its own recipe:
#
# - **fb.resnet.torch**, where it comes from: 24.5 % error with the stride in the 1×1, 24.2 in the 3×3 ([fb16] the table of strides);
# - **NVIDIA**: about 0.5 points better, and about 5 % slower ([NVIDIA] Model overview);
# - one who measured the speed: the paper's form about 10 % faster, accuracy "basically the same" ([MXNet8740] thread).
#
# At best half a point, for five to ten percent of the time. So "ResNet-50" is two networks: never compare a number of one with a number of the other.
#
# The trap is quiet. Weights of one form load into the other without a word, since names and shapes agree. **Predict:** are the scores the same?

# %%
_ = torch.manual_seed(0)
theirs = resnet_edu.ResNet(V1Bottleneck, [1, 1, 1, 1], num_classes=10).eval()
ours = resnet_edu.ResNet(resnet_edu.Bottleneck, [1, 1, 1, 1], num_classes=10).eval()
print(ours.load_state_dict(theirs.state_dict()))
image = torch.rand(1, 3, 64, 64)
print("same scores:", torch.allclose(ours(image), theirs(image), rtol=0.01))

# %% [markdown]
# A file of weights holds no strides. If a converted checkpoint gives scores that are plausible but too low, look here first.
#
# ## 5 · Your file so far
#
# The class, line against line with `BasicBlock`. What is new against [04](04_basic_block.ipynb) is marked.


# %%
class Bottleneck(nn.Module):
    expansion = 4  # new: channels out = planes * 4

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups  # new: channels in the middle
        self.conv1 = conv1x1(inplanes, width)  # new: narrow
        self.bn1 = norm_layer(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)  # new: look; v1.5: the stride
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)  # new: widen
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))  # new: a ReLU here too
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


print(tuple(Bottleneck(256, 64)(x).shape))

# %% [markdown]
# `groups`, `base_width` and `dilation`, which a basic block refuses, all end in one line, the 3×3.
#
# ## 6 · Count it twice
#
# The first block of `layer1` of ResNet-50: 64 channels come in, so it has a projection to 256 on its shortcut. **Predict** its number of parameters, term by term: three convolutions, three norms, and the projection with its norm.
#
# <details><summary>By hand</summary>
#
# | part | | |
# |---|---|---:|
# | `conv1`, `bn1` | 64 · 64 + 2 · 64 | 4,224 |
# | `conv2`, `bn2` | 64 · 64 · 9 + 2 · 64 | 36,992 |
# | `conv3`, `bn3` | 64 · 256 + 2 · 256 | 16,896 |
# | `downsample` | 64 · 256 + 2 · 256 | 16,896 |
# | **sum** | | **75,008** |
# </details>

# %%
terms = [
    64 * 64 + 2 * 64,
    64 * 64 * 9 + 2 * 64,
    64 * 256 + 2 * 256,
    64 * 256 + 2 * 256,
]
projection = nn.Sequential(conv1x1(64, 256), nn.BatchNorm2d(256))
by_code = sum(p.numel() for p in Bottleneck(64, 64, 1, projection).parameters())
assert sum(terms) == by_code == bottleneck_params(64, 64, projection=True)
assert by_code == trace("resnet50").by_block()["layer1.0"].parameters
print(" + ".join(f"{term:,}" for term in terms), "=", f"{by_code:,}")

# %% [markdown]
# ## 7 · The same bits
#
# Your class, the package's and torchvision's, from one seed, forward and backward: with and without stride, with groups, wide, dilated.

# %%
from resnet_edu.peer import import_torchvision
from resnet_edu.proof import verify

judge = import_torchvision().models.resnet
threads = torch.get_num_threads()
torch.set_num_threads(1)


def run(block, planes, stride, *rest):
    """Output of a block, and gradients of its input and weights, from one seed."""
    _ = torch.manual_seed(0)
    shortcut = nn.Sequential(conv1x1(64, planes * 4, stride), nn.BatchNorm2d(planes * 4))
    made = block(64, planes, stride, shortcut, *rest)
    images = torch.rand(2, 64, 14, 14, requires_grad=True)
    out = made(images)
    out.square().sum().backward()
    return [out, images.grad, *(p.grad for p in made.parameters())]


cases = {
    "stride 1": (64, 1), "stride 2": (64, 2), "32 groups of 4": (64, 2, 32, 4),
    "wide": (64, 1, 1, 128), "dilation 2": (64, 1, 1, 64, 2),
}
for name, case in cases.items():
    yours = run(Bottleneck, *case)
    for other in (resnet_edu.Bottleneck, judge.Bottleneck):
        assert all(torch.equal(a, b) for a, b in zip(yours, run(other, *case), strict=True))
    print(f"{name:<15} the same bits {tuple(yours[0].shape)}")
torch.set_num_threads(threads)

# %% [markdown]
# And a network of your blocks, against torchvision's ResNet-50:


# %%
def my_resnet50():
    return resnet_edu.ResNet(Bottleneck, [3, 4, 6, 3])


print(verify("resnet50", my_resnet50, quick=True))

# %% [markdown]
# ## Now you can …
#
# - say why a bottleneck has three layers, and what it saves;
# - tell `inplanes`, `planes`, `width` and `planes * expansion` apart;
# - say what v1.5 is, and what it costs.
#
# ## Exercises
#
# 1. Count the parameters of `layer2.0` of `resnext50_32x4d` by hand. `trace("resnext50_32x4d").by_block()` tells whether you are right.
# 2. Put the stride on the *last* 1×1. What does that do to the multiply-adds of ResNet-50, and to its receptive field?
# 3. Which `base_width` gives a bottleneck (one group, 256 channels in and out, `planes=64`) about the parameters of two 3×3 convolutions with 64 channels? And which those of two with 256?
# 4. A "bottleneck" with `expansion = 1`: what would be left of the bargain of section 1?

# %% [markdown]
# ### What the checker says
#
# Your block of section 5, with your two convolutions:

# %%
from resnet_edu.exercises import check

check("Bottleneck", Bottleneck)


# %% [markdown]
# The stride where the authors' released model has it: counts and shapes do not tell.


# %%
class StrideFirst(Bottleneck):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride


check("Bottleneck", StrideFirst)

# %% [markdown]
# ### Your turn: `spot_hidden_sum`
#
# This is `forward` of somebody's `Bottleneck`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def forward(self, x):
#  2      identity = x if self.downsample is None else self.downsample(x)
#  3      out = self.relu(self.bn1(self.conv1(x)))
#  4      out = self.relu(self.bn2(self.conv2(out)))
#  5      out = self.bn3(self.conv3(out) + identity)
#  6      return self.relu(out)
# ```
#
# - a: the last norm comes after the sum, so the shortcut is scaled and shifted as well
# - b: the projection is called in every block, also where the shape stays as it is
# - c: the sum comes before the third convolution, which mixes the shortcut's channels
# - d: one ReLU stands in three places, and keeps the numbers of the place before
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_hidden_sum = None  # (line, "letter")
check("spot_hidden_sum", spot_hidden_sum)

# %% [markdown]
# ### Your turn: `spot_width`
#
# This is `__init__` of somebody's `Bottleneck`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def __init__(self, inplanes, planes, stride=1, downsample=None,
#  2               groups=1, base_width=64, dilation=1, norm_layer=None):
#  3      super().__init__()
#  4      if norm_layer is None:
#  5          norm_layer = nn.BatchNorm2d
#  6      width = planes * (base_width // 64) * groups
#  7      self.conv1 = conv1x1(inplanes, width)
#  8      self.bn1 = norm_layer(width)
#  9      self.conv2 = conv3x3(width, width, stride, groups, dilation)
# 10      self.bn2 = norm_layer(width)
# 11      self.conv3 = conv1x1(width, planes * self.expansion)
# 12      self.bn3 = norm_layer(planes * self.expansion)
# 13      self.relu = nn.ReLU(inplace=True)
# 14      self.downsample = downsample
# 15      self.stride = stride
# ```
#
# - a: with a base width below 64, as in every ResNeXt, the middle has no channels at all
# - b: the width is no whole number in some networks, and a convolution refuses it
# - c: with 32 groups the middle becomes too wide, since groups must not multiply the width
# - d: the width is rounded behind the groups, so one group gets part of a channel
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_width = None  # (line, "letter")
check("spot_width", spot_width)

# %% [markdown]
# ### Your turn: `Bottleneck`
#
# Write the residual block of ResNet-50 and deeper: a 1×1 convolution that narrows, a
# 3×3 that looks, a 1×1 that widens, all without bias, each followed by a norm, and the
# shortcut. The middle has `planes` channels, scaled by `base_width` against 64, rounded
# down, and multiplied by `groups`; `expansion`, an attribute of the class, times
# `planes` go out. `stride`, `groups` and `dilation` act on the 3×3, as in torchvision.
# `downsample`, where it is given, is applied to the input on the shortcut. `norm_layer`
# makes a norm from a channel count; None means `nn.BatchNorm2d`. Call the layers as you
# like. Write it with torch alone; helpers, `conv3x3` for one, are yours to write, too.
#
# Without looking back. (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        # your layers

    def forward(self, x):
        return None  # your calls


check("Bottleneck", Bottleneck)

# %% [markdown]
# ### Your turn: `bottleneck_params`
#
# Return the number of parameters of a bottleneck: 1×1, 3×3, 1×1, each with its
# BatchNorm, and with `projection=True` a 1×1 and a BatchNorm on the shortcut. The 3×3 has `groups`
# groups; each of them is `planes` times `base_width` over 64 channels wide, rounded down. The
# block puts out four times `planes` channels. No convolution has a bias.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.
#
# (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def bottleneck_params(inplanes, planes, groups=1, base_width=64, projection=False):
    return None  # your count


check("bottleneck_params", bottleneck_params)

# %% [markdown]
# ## Summary
#
# 1. A bottleneck narrows with a 1×1, looks with a 3×3, widens with a 1×1.
# 2. The expensive 3×3 works on a quarter of the channels.
# 3. It costs no more than a basic block and carries four times the channels.
# 4. `planes` is the stage's nominal width; `planes * expansion` goes out.
# 5. `width` is the middle: `int(planes * (base_width / 64)) * groups`.
# 6. Groups and width act on the 3×3 and on what its neighbours must match, nowhere else.
# 7. torchvision strides in the 3×3 (v1.5), the paper's model in the first 1×1 (v1).
# 8. v1.5 has the same parameters, a little more work, a smaller receptive field and, in most reports, slightly better scores.
# 9. Weights of one form load into the other and give wrong scores.
# 10. Only the 3×3 widens the view, so ResNet-50 sees less than ResNet-18.
#
# Back: [04 · What is a residual block?](04_basic_block.ipynb) · On: [06 · When is there a `downsample`?](06_downsample_paths.ipynb)
