# %% [markdown]
# # 11 · What is `replace_stride_with_dilation` for?
#
# To say *what* is in a picture, a 7 × 7 grid at the end is enough. To say *where*, pixel by pixel, it is too coarse. torchvision's `ResNet` has an argument that keeps the grid finer, **without touching one weight**.
# How can a network do without its stride and still use the weights that were trained with it?
#
# *Needs:* [07 · How do blocks become a network?](07_stages_and_network.ipynb), and dilation from [02](02_convolutions.ipynb). *Takes:* 25 minutes to read, about 10 seconds to run.
# *Afterwards* you can say size, cost and receptive field for each of the eight settings, and why one block of a dilated stage is different.

# %%
import itertools

import torch

import resnet_edu
from resnet_edu import draw
from resnet_edu.anatomy import output_stride, trace

draw.strip(trace("resnet50"), highlight=["layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here.* The argument has three flags, one for each of the lit stages: those that stride. True means: this stage keeps its grid.
#
# ## 1 · Keep the grid
#
# The default, None, means three times False; a list as default would be one object that all networks share.
#
# `layer4` strides once, in its first block: 14 × 14 becomes 7 × 7. With `[False, False, True]` it does not. **Predict:** the grid that `layer4` then puts out, and what happens to the multiply-adds of that stage.

# %%
strided = trace("resnet50")
dilated = trace("resnet50", replace_stride_with_dilation=[False, False, True])
for network in (strided, dilated):
    stage = network.by_stage()["layer4"]
    last = network["layer4.2.conv3"]
    print(f"{last.output_shape}: {stage.parameters:,} parameters, "
          f"{stage.multiply_adds:,} multiply-adds, output stride {last.jump}")

# %% [markdown]
# Four times the positions, and nearly four times the work. Two convolutions of the stage's first block had stride 2, the 3×3 of the branch and the 1×1 of the shortcut; now both have stride 1, since the addition needs two equal grids. The parameters are the same, and so are their names and shapes. The **output stride**, pixels of the image from one position to the next, is 16 instead of 32.
#
# Why only nearly? One convolution of the stage has always run on the fine grid: the first 1×1 stands before the stride. Without it, exactly four times:

# %%
first = strided["layer4.0.conv1"].multiply_adds
before, after = (net.by_stage()["layer4"].multiply_adds for net in (strided, dilated))
print(f"4 · ({before:,} - {first:,}) + {first:,} = {4 * (before - first) + first:,}")
assert 4 * (before - first) + first == after
with torch.device("meta"):  # shapes only
    flags = (None, [False, False, True])
    states = [resnet_edu.resnet50(replace_stride_with_dilation=f).state_dict() for f in flags]
shapes = [{name: value.shape for name, value in state.items()} for state in states]
print("the same names and shapes:", shapes[0] == shapes[1])

# %% [markdown]
#
# But a finer grid alone would break the network. A 3×3 of the next block was trained on positions that lie 32 pixels apart; now its nine *taps*, the places that it reads, would lie 16 apart and see another, smaller piece of the image. So its taps are spread: **dilation** 2 on the fine grid is the same distance as 1 on the coarse one. First the network as it is, three 3×3 layers on the way through the stride:

# %%
names = ["layer3.1.conv2", "layer4.0.conv2", "layer4.1.conv2"]
draw.taps(strided, names)

# %% [markdown]
# A square is 16 pixels of the image wide. Pale squares have the hue of the stage whose grid it is. In the third grid, behind the stride, only every second one is left. **Predict** the third grid of the dilated network: where is it pale, where dark?

# %%
draw.taps(dilated, names)

# %% [markdown]
# The dark squares lie at the same places as before; only there are more positions between them. (`draw.taps`)
#
# ## 2 · Why the first block keeps the old dilation
#
# Look at the grids in the middle of both pictures: `layer4.0.conv2`, the convolution that used to stride. It has dilation **1** in both. **Predict** why it must not get 2 like the others.
#
# <details><summary>Answer</summary>
#
# Its *input* comes from `layer3`, on the same grid as before. There its taps must lie where they always lay. Only what comes after the missing stride works on a grid that is finer than it used to be.
# </details>
#
# In `_make_layer` this is `previous_dilation` in torchvision's words, `first_dilation` in ours: the value found on entry is given to the first block, the new one to all others. The dilations of `conv2`, block by block, for `layer2`, `layer3`, `layer4`:

# %%
for flags in ([False, False, True], [False, True, True], [True, True, True]):
    model = resnet_edu.resnet50(replace_stride_with_dilation=flags)
    stages = [model.layer2, model.layer3, model.layer4]
    print(flags, [[block.conv2.dilation[0] for block in stage] for stage in stages])

# %% [markdown]
# Dilations multiply. With the last two flags `layer4` puts out a grid four times as fine as it was trained on, so its taps lie 4 apart. Its first block reads what `layer3` puts out, twice as fine, and keeps the old dilation, which here is 2.
#
# ## 3 · Shown by values
#
# If all this is right, then the dilated stage computes *the same numbers* as the strided one, and more in between. So take its output at every second position, and compare. Same weights, same input:

# %%
_ = torch.manual_seed(0)
plain = resnet_edu.resnet50().double().eval()
spread = resnet_edu.resnet50(replace_stride_with_dilation=[False, False, True]).double().eval()
print(spread.load_state_dict(plain.state_dict()))
x = torch.rand(1, 1024, 14, 14, dtype=torch.float64)
with torch.no_grad():
    coarse, fine = plain.layer4(x), spread.layer4(x)
print("strided", tuple(coarse.shape), "  dilated", tuple(fine.shape))
scale = coarse.abs().max().item()
close = torch.allclose(fine[..., ::2, ::2], coarse, rtol=1e-9, atol=1e-9 * scale)
print("every second position of the dilated stage is the strided stage:", close)

# %% [markdown]
# To the precision of the numbers. (We compare in 64 bits to see that nothing but rounding is left.) Even at the border: padding is spread like the taps.
#
# Now give the first block the new dilation too, as one would write it at first. **Predict:** does it still run? Is it still the same?

# %%
spread.layer4[0].conv2.dilation = spread.layer4[0].conv2.padding = (2, 2)
with torch.no_grad():
    wrong = spread.layer4(x)
print("runs:", tuple(wrong.shape))
print("the same:", torch.allclose(wrong[..., ::2, ::2], coarse, rtol=1e-3))
for name, stage in (("right", fine), ("wrong", wrong)):
    off = (stage[..., ::2, ::2] - coarse).abs().mean() / coarse.abs().mean()
    print(f"{name}: off by {100 * off:.0f} % of a mean value")

# %% [markdown]
# It runs, its shapes are right, its parameters are right, and its numbers are others. No count and no shape would have told. (Another library dilates the whole stage, by its own convention, [detectron2] issue 2598: weights must be used with the convention that they were trained with.)
#
# ## 4 · All eight
#
# Three flags, each on or off: eight settings. **Predict** before you look: which of them costs most, and does the receptive field change?

# %%
print("layer2 layer3 layer4   output   side of     G multiply-adds       field")
print("                       stride   layer2/3/4                      (pixels)")
base, settings = strided.totals.multiply_adds, []
for flags in itertools.product([False, True], repeat=3):
    network = trace("resnet50", replace_stride_with_dilation=list(flags))
    settings.append(network)
    assert network.totals.parameters == strided.totals.parameters
    sides = [network[f"layer{i}.1.conv3"].output_shape[2] for i in (2, 3, 4)]
    last = network["layer4.2.conv2"]
    assert last.jump == output_stride(flags)
    words = "".join(f"{'dilate' if flag else 'stride':<7}" for flag in flags)
    work = network.totals.multiply_adds
    print(f"{words}{last.jump:>9}   {'/'.join(map(str, sides)):<14}"
          f"{work / 1e9:>10.3f} ({work / base:4.1f} ×){last.receptive_field:>10}")
ends = [network["layer4.1.conv3"].output_shape[2] for network in settings]
print("positions of layer4, times those of the first row:", [(side // 7) ** 2 for side in ends])

# %% [markdown]
# All with the same parameters. The output stride starts at 4 behind the stem, and each stage that strides doubles it. `[True, True, True]` costs eighteen times as much, since a stage with one True among the flags up to its own works on 4 times the positions, with two on 16, and with three on 64 times.
#
# The receptive field is the same in all eight. That is the point of the dilation: same view, finer steps. All eight on one grid, drawn from the same records:


# %%
def taps_of(record, cells=19):
    """Black: the taps of a 3×3. Grey: the positions of its input. 19 cells of 4 pixels: 76."""
    step, middle, three = record.jump // 4, cells // 2, torch.tensor([-1, 0, 1])
    grid = torch.ones(2 * cells + 1, 2 * cells + 1)  # with a white line between two cells
    there = 1 + 2 * torch.arange(middle % step, cells, step)
    grid[there[:, None], there] = 0.6
    read = 1 + 2 * (middle + step * record.dilation[0] * three)
    read = (read[:, None] + three).flatten()  # drawn larger
    grid[read[:, None], read] = 0
    return grid


rows = [f"layer{i}.1.conv2" for i in (2, 3, 4)]
draw.maps(
    {row: torch.stack([taps_of(network[row]) for network in settings]) for row in rows},
    "Eight settings: the nine taps stay where they are, the positions get denser",
    labels=["".join(flags) for flags in itertools.product("FT", repeat=3)],
    sizes=False,
    finding="Along a row the nine taps stay where they are; the grey positions get denser.",
)

# %% [markdown]
# From left to right the eight rows of the table; from top to bottom one 3×3 of each stage. Each square is a piece of the image, 76 pixels wide: black what the 3×3 reads, grey the positions of its grid. Along a row the black dots never move. (`draw.maps`)
#
# And the growth of the field, for `[False, True, True]`. **Predict** how its curve differs from the one of the usual network in [10](10_shapes_parameters_cost.ipynb), section 6.

# %%
draw.receptive_field_growth(trace("resnet50", replace_stride_with_dilation=[False, True, True]))

# %% [markdown]
# It does not differ, not at one layer. A picture proves little, so compare the numbers:

# %%
def side_of_field(network):
    return [r.receptive_field for r in network if r.kind == "Conv2d" and r.branch != "shortcut"]


other = trace("resnet50", replace_stride_with_dilation=[False, True, True])
print("the same field at every convolution:", side_of_field(strided) == side_of_field(other))

# %% [markdown]
# Who uses it? torchvision's own DeepLabV3 and FCN, two networks that label every pixel (*segmentation*), take a ResNet with `[False, True, True]`, output stride 8. Their source says so:

# %%
import inspect

from resnet_edu.peer import import_torchvision

models = import_torchvision().models
wanted = "replace_stride_with_dilation=[False, True, True]"
for module in (models.segmentation.deeplabv3, models.segmentation.fcn):
    print(f"{wanted} in {module.__name__}:", wanted in inspect.getsource(module))

# %% [markdown]
# ## 5 · What refuses
#
# A basic block with dilation, in our words and in torchvision's; and flags that are not three.


# %%
def attempt(call):
    """Run, and print an error as its name and message."""
    try:
        print("fine:", type(call()).__name__)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


attempt(lambda: resnet_edu.resnet18(replace_stride_with_dilation=[False, False, True]))
attempt(lambda: models.resnet18(replace_stride_with_dilation=[False, False, True]))
attempt(lambda: resnet_edu.resnet50(replace_stride_with_dilation=[True]))

# %% [markdown]
# A basic block takes no dilation, in torchvision as here. There is no deep reason; exercise 5 does it by hand. **Predict:** what if every stage has only *one* basic block?
#
# <details><summary>Answer</summary>
#
# It slips through: the only block of the stage is the first, and that keeps the old dilation, 1. With two flags in a row the second stage's first block would get 2, and is refused.
# </details>

# %%
ones = [1, 1, 1, 1]
for flags in ([False, False, True], [False, True, True]):
    attempt(lambda flags=flags: resnet_edu.ResNet(
        resnet_edu.BasicBlock, ones, replace_stride_with_dilation=flags))

# %% [markdown]
# <details><summary><b>Stuck?</b> CUDA out of memory, or minutes per picture, after turning it on</summary>
#
# Look at the table of section 4. `[False, True, True]` makes ResNet-50 nearly five times as dear, and the maps of its last two stages four and sixteen times as large. Segmentation networks pay that on purpose; for classification leave it off.
# </details>
#
# ## 6 · Your file so far, and the same bits
#
# The three lines of `_make_layer` that this chapter is about, as a function of what comes in and goes out:


# %%
def plan(dilation, stride, dilate):
    """Stride of the stage, dilation of its first block and of the others."""
    first = dilation
    if dilate:
        dilation, stride = dilation * stride, 1
    return stride, first, dilation


checked = 0
for flags in itertools.product([False, True], repeat=3):
    with torch.device("meta"):
        theirs = models.resnet50(replace_stride_with_dilation=list(flags))
    dilation = 1
    for flag, stage in zip(flags, (theirs.layer2, theirs.layer3, theirs.layer4), strict=True):
        stride, first, dilation = plan(dilation, 2, flag)
        assert stage[0].conv2.stride == (stride, stride)
        assert [b.conv2.dilation[0] for b in stage] == [first] + [dilation] * (len(stage) - 1)
        checked += len(stage)
print(checked, "blocks of torchvision's eight networks: the same stride and dilation")

# %% [markdown]
# And the bits: a small dilated network of the package, given to the judge of [12](12_verify_against_torchvision.ipynb). (`Config` is a network by its arguments; `quick` leaves out the slowest checks.)

# %%
from resnet_edu.proof import Config, verify

small = Config("Bottleneck", layers=(1, 2, 2, 2), num_classes=10,
               replace_stride_with_dilation=(False, True, True))
report = verify(small, quick=True)
assert report.passed
print(report)

# %% [markdown]
# ## Now you can …
#
# - say what the three flags do to grid, dilation, cost and field;
# - explain, and show by values, why the first block of a stage keeps the old dilation;
# - choose a setting for a task that needs places.
#
# ## Exercises
#
# 1. The smallest image for which `[False, True, True]` gives a 56 × 56 grid: how large is it? Check with `trace`.
# 2. Section 3 for `layer3` *and* `layer4` together, `[False, True, True]`: at which positions must the fine output be read?
# 3. In ResNet-152 with `[False, False, True]`: by how much does the cost grow, and why by so much less than in ResNet-50?
# 4. What would the receptive field be if the first block got the new dilation as well? Build it by setting `dilation` and `padding`, and trace it.
# 5. Dilate `layer4` of a ResNet-18 by hand (`stride`, `dilation` and `padding` of its convolutions, and the stride of its `downsample`), and show by values, as in section 3, that it is right. Which convolution of the *first* block must be spread, and why is one `dilation` per block not enough to say so?

# %% [markdown]
# ### What the checker says
#
# Somebody takes any dilation for a halved output stride:

# %%
from resnet_edu.exercises import EXERCISES, check


def at_once(replace_stride_with_dilation=(False, False, False)):
    return 16 if any(replace_stride_with_dilation) else 32


check("output_stride", at_once)

# %% [markdown]
# A right answer looks like this (its text stays hidden):

# %%
check("output_stride", EXERCISES["output_stride"].reference())

# %% [markdown]
# ### Your turn: `spot_dilation`
#
# This is `_first_block` of somebody's `ResNet`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def _first_block(self, block, planes, stride, dilate, dilation):
#  2      step = 1 if dilate else stride
#  3      outplanes = planes * block.expansion
#  4      downsample = None
#  5      if step != 1 or self.inplanes != outplanes:
#  6          downsample = nn.Sequential(
#  7              nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=stride, bias=False),
#  8              self._norm_layer(outplanes),
#  9          )
# 10      first = block(self.inplanes, planes, step, downsample, self.groups,
# 11                    self.base_width, dilation, self._norm_layer)
# 12      self.inplanes = outplanes
# 13      return first
# ```
#
# - a: branch and shortcut stride twice, so the grid of every stage is a quarter of what it was
# - b: in a dilated stage the shortcut still shrinks the grid that the branch now keeps
# - c: a 1×1 convolution cannot stride at all, since it sees none of the neighbours
# - d: a projection is now built in every stage, also in one that keeps its shape
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_dilation = None  # (line, "letter")
check("spot_dilation", spot_dilation)

# %% [markdown]
# ### Your turn: `spot_flags`
#
# This is `_make_layer` of somebody's `ResNet`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
#  2      before = self.dilation
#  3      if dilate:
#  4          self.dilation *= stride
#  5      layers = [self._first_block(block, planes, stride, dilate, before)]
#  6      for _ in range(1, blocks):
#  7          layers.append(block(self.inplanes, planes, groups=self.groups,
#  8                              base_width=self.base_width, dilation=before,
#  9                              norm_layer=self._norm_layer))
# 10      return nn.Sequential(*layers)
# ```
#
# - a: the first block gets no dilation, and it is the only one that needs it
# - b: the later blocks stride once more, so the grid shrinks from block to block
# - c: the later blocks get the dilation of the stage after theirs: their taps reach too far
# - d: the later blocks keep the old dilation on the finer grid: their taps reach half as far
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_flags = None  # (line, "letter")
check("spot_flags", spot_flags)

# %% [markdown]
# ### Your turn: `output_stride`
#
# Return the output stride of a ResNet: by how many pixels of the image one position in
# the grid of layer4 lies beside the next. The argument holds three flags, for layer2, layer3 and
# layer4, as a list or a tuple.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.
#
# (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def output_stride(replace_stride_with_dilation=(False, False, False)):
    return None  # your count


check("output_stride", output_stride)

# %% [markdown]
# ## Summary
#
# 1. The flags keep the grid of `layer2`, `layer3`, `layer4`: stride 1 instead of 2.
# 2. What comes after spreads its taps, so that they lie where they lay.
# 3. No parameter changes, so trained weights fit.
# 4. Output stride: 32, halved by each flag.
# 5. The first block of a dilated stage keeps the old dilation: its input is on the old grid.
# 6. Read at every second position, one dilated stage gives the strided stage's values.
# 7. The receptive field stays; the cost of ResNet-50 grows up to eighteenfold.
# 8. Dilations multiply: 1, 2, 4 over two dilated stages.
# 9. A basic block refuses any dilation but 1.
# 10. Segmentation networks, which label every pixel, use it.
#
# Back: [10 · Where do parameters and compute go?](10_shapes_parameters_cost.ipynb) · On: [12 · How do we know that this is right?](12_verify_against_torchvision.ipynb)
