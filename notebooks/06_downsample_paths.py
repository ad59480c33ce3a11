# %% [markdown]
# # 06 · When is there a `downsample`, and what is in it?
#
# Each of the sixteen blocks of ResNet-50 should add its input to what its branch computes. Four of them cannot: there the branch puts out another shape than came in.
# **Which four, what do they do about it, and who decides?**
#
# *Needs:* [04 · What is a residual block?](04_basic_block.ipynb), [05 · Why 1×1–3×3–1×1?](05_bottleneck.ipynb). *Takes:* 30 minutes to read, a few seconds to run.
# *Afterwards* you can say for every block of the ten networks what is on its shortcut, and find the bug that sits there in a well-known implementation.

# %%
import torch
import torch.nn.functional as F
from torch import nn

import resnet_edu
from resnet_edu import conv1x1, draw
from resnet_edu.anatomy import bn_params, compare, table, trace
from resnet_edu.variants import ARCHITECTURES

firsts = [f"layer{i}.0.downsample" for i in (1, 2, 3, 4)]
draw.strip(trace("resnet50"), highlight=firsts)

# %% [markdown]
# *You are here.* The four dotted arcs. A solid arc hands its input on; a dotted one has a module on it, called `downsample` by **torchvision** and *projection shortcut* by the **paper**.
#
# ## 1 · Predict
#
# Here are the sixteen blocks, with what comes in and what goes out. The first block of each stage is left open. **Predict** the four missing rows. Which of them have equal shapes?

# %%
shapes = {}
for record in trace("resnet50"):
    if record.block is not None:
        came, goes = record.input_shapes[0][1:], record.output_shape[1:]
        shapes.setdefault(record.block, [came, None])[1] = goes
for block, (came, goes) in shapes.items():
    if block.endswith(".0"):
        print(f"{block}  …")
    else:
        print(f"{block}  {came} -> {goes}  {'equal' if came == goes else 'not equal'}")

# %% [markdown]
# <details><summary>Answer</summary>
#
# None of the four. Run the next cell: `layer1.0` changes the channels only, the other three change channels and grid.
# </details>

# %%
for block, (came, goes) in shapes.items():
    if block.endswith(".0"):
        print(f"{block}  {came} -> {goes}  {'equal' if came == goes else 'not equal'}")

# %% [markdown]
# ## 2 · Run into the wall
#
# Build the first block of `layer1` without anything on its shortcut, and call it with what the stem puts out.


# %%
def attempt(call):
    """Run, and print an error as its name and message."""
    try:
        print("fine:", tuple(call().shape))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


stem = torch.rand(1, 64, 56, 56)
attempt(lambda: resnet_edu.Bottleneck(64, 64)(stem))

# %% [markdown]
# The branch has 256 channels, `identity` is still the input with 64, and `out += identity` cannot pair them.
#
# <details><summary><b>Stuck?</b> "The size of tensor a (256) must match the size of tensor b (64) at non-singleton dimension 1"</summary>
#
# The sizes do not match at the addition. Of `(N, C, H, W)`, dimension 1 is channels, 2 and 3 are height and width. Tensor a is the branch, b is the shortcut. A projection is missing, or has the wrong channels or stride.
# </details>
#
# Repair it by hand, in three lines: a 1×1 convolution to the new number of channels, a norm, and the call.

# %%
projection = nn.Sequential(conv1x1(64, 256), nn.BatchNorm2d(256))
print("projection:", tuple(projection(stem).shape))
attempt(lambda: resnet_edu.Bottleneck(64, 64, downsample=projection)(stem))

# %% [markdown]
# Now `layer2.0`: 256 channels on 56 × 56 come in, 512 on 28 × 28 go out. **Predict** which argument of the 1×1 is new.

# %%
from_layer1 = torch.rand(1, 256, 56, 56)
strided = nn.Sequential(conv1x1(256, 512, stride=2), nn.BatchNorm2d(512))
print("projection:", tuple(strided(from_layer1).shape))
attempt(lambda: resnet_edu.Bottleneck(256, 128, 2, strided)(from_layer1))

# %% [markdown]
# ## 3 · The two, side by side

# %%
draw.block(trace("resnet50"), "layer1.0", "layer2.0")

# %% [markdown]
# `layer1.0` widens, `layer2.0` widens and halves; the shortcut does to the shape whatever the block does. Why has it a norm but no ReLU? The norm brings the shortcut to a size like that of the branch, which ends in a norm too, and [He15] sec. 3.4 puts one behind every convolution. A ReLU would throw away the negative half of the shortcut before the sum. (`draw.block`)
#
# And why has `layer1` of a bottleneck network a `downsample` at all, though nothing gets smaller there? Because of the channels: the stem hands over 64, the block returns 64 · 4. The name is misleading; *projection* is the better word.
#
# ## 4 · Four cases
#
# A block may change its channels or not, and its grid or not. `_make_layer`, the method of torchvision's `ResNet` that builds a stage, decides in one line (`self.inplanes` is the number of channels that come in; more in [07](07_stages_and_network.ipynb)):
#
# ```python
# if stride != 1 or self.inplanes != planes * block.expansion:
# ```
#
# Which of the four cases occur in the ten networks? **Predict** which is the most frequent, and whether one is missing.

# %%
cases = {"keeps both": [], "channels only": [], "grid only": [], "both": []}
for name in ARCHITECTURES:
    blocks = {}
    for record in trace(name):
        if record.block is not None:
            blocks.setdefault(record.block, [record.input_shapes[0], None])[1] = record.output_shape
    for block, (came, goes) in blocks.items():
        channels, grid = came[1] != goes[1], came[2] != goes[2]
        if channels:
            case = "both" if grid else "channels only"
        else:
            case = "grid only" if grid else "keeps both"
        cases[case].append(f"{name} {block}")
for case, found in cases.items():
    print(f"{case:<14}{len(found):>4} blocks, {'the first: ' + found[0] if found else 'none'}")

# %% [markdown]
# One case never occurs. **Why?** Think before you open the fold.
#
# <details><summary>Answer</summary>
#
# Every stage that halves the grid also doubles the channels: that is the design rule by which all stages cost about the same (chapter 02, section 4). A network with the same width in two stages would have it, and `_make_layer` would handle it: its condition asks for the stride, too. Section 9 tries it.
# </details>
#
# ## 5 · All ten networks

# %%
draw.projections(trace(name) for name in ARCHITECTURES)

# %% [markdown]
# A row is a network, a square a block; a filled one has a projection, and the number in it is its stride. Only the first block of a stage can change the shape, so depth does not matter: ResNet-152 has as many projections as ResNet-50. The basic nets have none in `layer1`, where 64 channels come in and 64 go out. (`draw.projections`) The same as a table:

# %%
for name in ARCHITECTURES:
    row = []
    for record in trace(name):
        if record.branch == "shortcut" and record.kind == "Conv2d":
            came, goes = record.input_shapes[0][1], record.output_shape[1]
            row.append(f"{came:>4} → {goes:<4} /{record.stride[0]}")
    print(f"{name:<17}", "   ".join(row))

# %% [markdown]
# And where does the stride sit? First ResNet-50, then ResNet-18; a red edge is a stride of 2. **Predict** how many boxes of each get one.

# %%
draw.downsample_map(trace("resnet50"))

# %%
draw.downsample_map(trace("resnet18"))

# %% [markdown]
# Six and six: two in every block that halves the grid, one on each way. In a basic block the stride is on the first 3×3, in a bottleneck on its only one; on the shortcut always on the 1×1. (`draw.downsample_map`)
#
# ## 6 · Count it twice
#
# The four projections of ResNet-50. **Predict:** are they more, or less, than a tenth of its 25.6 M parameters?

# %%
convs = [64 * 256, 256 * 512, 512 * 1024, 1024 * 2048]
norms = [bn_params(c) for c in (256, 512, 1024, 2048)]
by_code = sum(r.parameters for r in trace("resnet50") if r.branch == "shortcut")
assert sum(convs) + sum(norms) == by_code
print(" + ".join(f"{n:,}" for n in convs), "=", f"{sum(convs):,}, norms {sum(norms):,}")
whole = trace("resnet50").totals.parameters
print(f"{100 * by_code / whole:.1f} % of {whole / 1e6:.1f} M")

# %% [markdown]
# A tenth and a little more, three quarters of it in the last one.
#
# ## 7 · The paper's options A, B, C
#
# **paper**: three ways were tried for the shortcuts.
#
# - **A**: no weights at all. Take every second pixel, and fill the new channels with zeros.
# - **B**: a projection where the shape changes, the identity elsewhere. This is torchvision's.
# - **C**: a projection on every shortcut.
#
# Option A in a few lines:


# %%
class ZeroPadding(nn.Module):
    def __init__(self, stride, more):
        super().__init__()
        self.stride, self.more = stride, more

    def forward(self, x):  # F.pad wants two numbers an axis, from the last: width, height, channels
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))


print(tuple(ZeroPadding(2, 64)(stem).shape))

# %% [markdown]
# With it we make three ResNet-34 and count. (`named_modules` finds every block; only its `downsample` is exchanged.) **Predict:** how many more projections has C than B?


# %%
def with_option(option):
    model = resnet_edu.resnet34()
    for block in model.modules():
        if not isinstance(block, resnet_edu.BasicBlock):
            continue
        cin, cout, stride = block.conv1.in_channels, block.conv1.out_channels, block.stride
        if option == "A" and block.downsample is not None:
            block.downsample = ZeroPadding(stride, cout - cin)
        if option == "C" and block.downsample is None:
            block.downsample = nn.Sequential(conv1x1(cin, cout, stride), nn.BatchNorm2d(cout))
    return model


for option in "ABC":
    network = trace(with_option(option))
    projections = sum(r.branch == "shortcut" and r.kind == "Conv2d" for r in network)
    print(f"{option}: {projections:>2} projections, {network.totals.parameters:,} parameters, "
          f"{network.totals.multiply_adds / 1e9:.3f} G multiply-adds")

# %% [markdown]
# What did the paper find? Errors of ResNet-34 on ImageNet: A 25.03, B 24.52, C 24.19 % ([He15] Table 3). More projections, a little better. What C gains over B the authors put down to its extra parameters, and did not use it further, to save memory and time ([He15] sec. 4.1). In the authors' next paper, with 110 layers on CIFAR-10, a 1×1 convolution on *every*
# shortcut was harmful: 12.22 % error instead of 6.61 ([He16] Table 1). **Not settled:** where help turns into harm nobody has shown. That the shortcut should be free wherever it can be is what everyone took from it.
#
# ## 8 · A bug hunt
#
# Below is a stage function as one finds it in a well-known annotated implementation, rewritten in our names ([labml] issues 83, 136, 205). Its comment says what it should do: the first block of each stage strides, but not that of the very first stage. Shapes fit, it trains, and readers reported it for years. **Find the line**, before you look at the table behind it.


# %%
class Hunted(resnet_edu.ResNet):
    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        # the first block of each stage strides by 2, but for the very first
        stride = 2 if self.inplanes == 64 else 1
        return super()._make_layer(block, planes, blocks, stride, dilate)


hunted = Hunted(resnet_edu.Bottleneck, [3, 4, 6, 3]).eval()
hunted.maxpool = nn.Identity()  # it has no pool behind the stem either
table(trace(hunted))

# %% [markdown]
# Look at the column *output*: 56 × 56 from the first stage to the last. The condition is the wrong way round: only the first stage strides. One line of a table shows what readers needed years to see:

# %%
compare(trace(hunted), trace("resnet50"))

# %%
costs = [trace(model).totals.multiply_adds / 1e9 for model in (hunted, "resnet50")]
times = costs[0] / costs[1]
print(f"{costs[0]:.1f} G multiply-adds instead of {costs[1]:.1f} G: {times:.0f} times as many")

# %% [markdown]
# It has all weights of a ResNet-50, and costs as much as eighteen of them.
#
# Two more ways to forget a projection and not notice. **Predict** whether these fail:

# %%
attempt(lambda: resnet_edu.BasicBlock(1, 8)(torch.rand(2, 1, 6, 6)))
attempt(lambda: resnet_edu.BasicBlock(8, 8, stride=2)(torch.rand(2, 8, 1, 1)))
attempt(lambda: resnet_edu.BasicBlock(8, 8, stride=2)(torch.rand(2, 8, 6, 6)))

# %% [markdown]
# The first has one input channel: the addition stretches it over all eight, silently (*broadcasting*). The second has a map of 1 × 1, which no stride makes smaller. A block that is tested on toy shapes only is not tested.
#
# ## 9 · Your file so far, and the same bits
#
# The decision, as a function: it belongs into `_make_layer`, and goes there in the next chapter.


# %%
def make_downsample(inplanes, outplanes, stride, norm_layer=nn.BatchNorm2d):
    if stride == 1 and inplanes == outplanes:
        return None
    return nn.Sequential(conv1x1(inplanes, outplanes, stride), norm_layer(outplanes))


from resnet_edu.peer import import_torchvision

judge = import_torchvision().models
checked = 0
for name in ARCHITECTURES:
    with torch.device("meta"):
        theirs = getattr(judge, name)()
    for stage in (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4):
        for block in stage:
            last = block.conv3 if hasattr(block, "conv3") else block.conv2
            mine = make_downsample(block.conv1.in_channels, last.out_channels, block.stride)
            assert str(mine) == str(block.downsample), (name, block)
            checked += 1
print(checked, "blocks of torchvision's ten networks: the same decision, the same modules")

# %% [markdown]
# The same modules. And the same bits? All four cases, "grid only" too, for which torchvision's `_make_layer` is called by hand:

# %%
asked = {"keeps both": (256, 64, 1), "channels only": (64, 64, 1), "grid only": (256, 64, 2),
         "both": (256, 128, 2)}
for case, (inplanes, planes, stride) in asked.items():
    _ = torch.manual_seed(0)
    network = judge.ResNet(judge.resnet.Bottleneck, [1, 1, 1, 1])
    network.inplanes = inplanes
    theirs = network._make_layer(judge.resnet.Bottleneck, planes, 1, stride)[0].eval()
    mine = make_downsample(inplanes, planes * 4, stride)
    block = resnet_edu.Bottleneck(inplanes, planes, stride, mine).eval()
    _ = block.load_state_dict(theirs.state_dict())
    x = torch.rand(1, inplanes, 56, 56)
    shortcut = "identity" if mine is None else "projection"
    print(f"{case:<14}{shortcut:<11}the same bits: {torch.equal(block(x), theirs(x))}")

# %% [markdown]
# ## Now you can …
#
# - name the blocks of any ResNet that have a projection, its channels and its stride;
# - build and count the paper's three options;
# - find a missing or misplaced stride with a table of one line per stage.
#
# ## Exercises
#
# 1. How many projections has a bottleneck network with `layers=[1, 1, 1, 1]`? And a basic one? Check with `draw.projections([trace(...)])`.
# 2. Give `layer1` of ResNet-18 a projection nevertheless. Do torchvision's weights still load? What does the error say?
# 3. Option A with `ZeroPadding` in ResNet-50: does it work for `layer1.0`? What are stride and `more` there?
# 4. In ResNet-D the shortcut averages 2×2 pixels before a 1×1 with stride 1. Build it, and show with a gradient, as in chapter 05, section 4, that it reads every pixel. How many parameters does it add?

# %% [markdown]
# ### What the checker says
#
# A block with a projection in the wrong place, to read. A wrong guess, and the right answer, which stays hidden:

# %%
from resnet_edu.exercises import EXERCISES, check

check("spot_projection", (10, "b"))

# %%
check("spot_projection", EXERCISES["spot_projection"].reference())

# %% [markdown]
# ### Your turn: `spot_projection`
#
# This is `forward` of somebody's `BasicBlock`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def forward(self, x):
#  2      identity = x
#  3      out = self.conv1(x)
#  4      out = self.bn1(out)
#  5      out = self.relu(out)
#  6      out = self.conv2(out)
#  7      out = self.bn2(out)
#  8      if self.downsample is not None:
#  9          identity = self.downsample(out)
# 10      out += identity
# 11      out = self.relu(out)
# 12      return out
# ```
#
# - a: the sum stands before the last norm, and the norm takes the shortcut away again
# - b: the projection comes too late: the convolutions have changed their weights by then
# - c: the projection is called in every block, also where the shape stays
# - d: the shortcut starts behind the convolutions, so nothing carries the input past them
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_projection = None  # (line, "letter")
check("spot_projection", spot_projection)

# %% [markdown]
# ## Summary
#
# 1. A sum needs equal shapes; where a block changes the shape, its shortcut must do the same.
# 2. `downsample` is a 1×1 convolution and a norm, without a ReLU.
# 3. It is built if the stride is not 1 or the channels differ.
# 4. Only the first block of a stage can have one.
# 5. Basic networks have three, bottleneck networks four, at any depth.
# 6. The fourth is in `layer1`, at stride 1, for the channels.
# 7. "Grid only" never occurs: halving and doubling go together.
# 8. Option A pads with zeros, B projects where needed (torchvision), C always.
# 9. On every shortcut, projections helped a little in one network and harmed in a deeper one.
# 10. A table of one line per stage shows a missing stride at once.
#
# Back: [05 · Why 1×1–3×3–1×1?](05_bottleneck.ipynb) · On: [07 · How do blocks become a network?](07_stages_and_network.ipynb)
