# %% [markdown]
# # 07 · How do blocks become a network?
#
# You have the blocks, and you know what is on their shortcuts. What is left is the class `ResNet`: a stem, four calls of `_make_layer`, a head. `_make_layer` has the hardest lines of the whole file, because it
# changes two numbers behind your back. **Which numbers, and what does each stage find and leave?**
#
# *Needs:* [06 · When is there a `downsample`?](06_downsample_paths.ipynb). *Takes:* 40 minutes to read, a few seconds to run.
# *Afterwards* you can write `ResNet` from memory, and it is torchvision's to the bit.

# %%
import torch
import torch.nn.functional as F
from torch import nn

import resnet_edu
from resnet_edu import BasicBlock, Bottleneck, draw
from resnet_edu.anatomy import stage_sizes, table, trace

draw.strip(trace("resnet18"), highlight=["conv1", "maxpool", "avgpool", "fc"])

# %% [markdown]
# *You are here.* Lit are the stem and the head, the parts that are not blocks; and the four groups of blocks between them are the **stages**, `layer1` to `layer4`. A "layer" of torchvision is a whole stage.

# %%
draw.pyramid(trace("resnet50"))

# %% [markdown]
# What the stages do to the shape: each from the second on halves the grid and doubles the channels. (`draw.pyramid`)
#
# ## 1 · The skeleton
#
# The whole network with stand-ins: each stage is one convolution. It runs. Sections 2, 3 and 5 replace them.


# %%
class Skeleton(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 1, stride=4)  # stand-in, section 2
        self.layer1 = nn.Conv2d(64, 64, 1)  # stand-ins, section 3
        self.layer2 = nn.Conv2d(64, 128, 1, stride=2)
        self.layer3 = nn.Conv2d(128, 256, 1, stride=2)
        self.layer4 = nn.Conv2d(256, 512, 1, stride=2)
        self.head = nn.Linear(512, 1000)  # stand-in, section 5

    def forward(self, x):
        x = self.stem(x)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.head(x.mean((2, 3)))


images = torch.rand(2, 3, 224, 224)
print(tuple(images.shape), "->", tuple(Skeleton()(images).shape))

# %% [markdown]
# ## 2 · The stem
#
# A 7×7 convolution with stride 2, a norm, a ReLU, and a max pool with stride 2. **Predict** the two sides: 224 → ? → ?

# %%
stem = nn.Sequential(
    nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False),
    nn.BatchNorm2d(64),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
)
x = images
print(f"{'image':<12}{tuple(x.shape)}")
for module in stem:
    x = module(x)
    print(f"{type(module).__name__:<12}{tuple(x.shape)}")

# %% [markdown]
# 224 → 112 → 56: after two layers a sixteenth of the positions is left, and all blocks together can be afforded. This is also why `layer1` does not stride: the pool has just done so. (The paper counts the pool to conv2_x, [He15] Table 1.)
#
# The pool's padding is not made of zeros. **Predict** the largest value of a pool over an image that is −1 everywhere:

# %%
print(F.max_pool2d(-torch.ones(1, 1, 4, 4), 3, 2, 1).max().item())
positive = torch.rand(1, 2, 8, 8)
zeros = F.max_pool2d(F.pad(positive, (1, 1, 1, 1)), 3, 2)
print("zeros would do here, behind a ReLU:", torch.equal(F.max_pool2d(positive, 3, 2, 1), zeros))

# %% [markdown]
# It pads with −∞, so a border pixel competes with its neighbours only. In this network zeros would do as well: the pool stands behind a ReLU, where nothing is below 0.
#
# ## 3 · A stage
#
# A stage is a row of blocks in an `nn.Sequential`. The first may change the shape, the others keep it. As a function of its own, with everything handed in and handed out (`conv1x1` is yours, from [02](02_convolutions.ipynb)):


# %%
def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)


def make_stage(block, inplanes, planes, blocks, stride):
    outplanes = planes * block.expansion
    downsample = None
    if stride != 1 or inplanes != outplanes:
        downsample = nn.Sequential(conv1x1(inplanes, outplanes, stride), nn.BatchNorm2d(outplanes))
    stage = [block(inplanes, planes, stride, downsample)]  # the first may change the shape
    for _ in range(1, blocks):
        stage.append(block(outplanes, planes))  # the others keep it
    return nn.Sequential(*stage), outplanes


channels = 64
for planes, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
    stage, channels = make_stage(Bottleneck, channels, planes, blocks, stride)
    x = stage(x)
    print(f"{len(stage)} blocks, planes {planes:>3}: {tuple(x.shape)}")

# %% [markdown]
# Read `block` again: it is the *class*, `Bottleneck`, not a block. The stage asks the class for its `expansion` before one block exists, and calls it to build them. (In torchvision's file the annotation says `type[...]`. Python does not enforce it: any class with an `expansion` and the same constructor does.)
#
# `nn.Sequential(*stage)` has a star, as it takes modules one by one. And why not keep the list? **Predict** what a module says of parameters in a plain list:

# %%
module = nn.Module()
module.blocks = [nn.Linear(2, 2)]
print("parameters seen in a plain list:", len(list(module.parameters())))
module.blocks = nn.Sequential(*module.blocks)
print("and in a Sequential:", len(list(module.parameters())))
try:
    nn.Sequential([nn.ReLU()])
except TypeError as error:
    print(f"TypeError: {error}")

# %% [markdown]
# <details><summary><b>Stuck?</b> "list is not a Module subclass"</summary>
#
# The star is missing: `nn.Sequential(*layers)`.
# </details>
#
# ## 4 · The same with two running values
#
# In our function `channels` went in and out by hand. **torchvision**'s `_make_layer` is a method and keeps it in `self.inplanes` instead: each call *reads* it and *leaves* what the next one needs. So the four calls must come in order. A second value, `self.dilation`, travels in the same way.
# Let us watch both. This subclass only prints:


# %%
class Watched(resnet_edu.ResNet):
    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        found = f"finds inplanes {self.inplanes:>4}, dilation {self.dilation}"
        stage = super()._make_layer(block, planes, blocks, stride, dilate)
        print(f"planes {planes:>3}, stride {stride}, dilate {dilate!s:<5}: {found}; "
              f"leaves inplanes {self.inplanes:>4}, dilation {self.dilation}")
        return stage


print("ResNet-50")
_ = Watched(Bottleneck, [3, 4, 6, 3])
print("ResNet-18")
_ = Watched(BasicBlock, [2, 2, 2, 2])

# %% [markdown]
# `inplanes` starts at 64, what the stem puts out, and ends at 2048 or 512, what `fc` reads.
#
# `dilation` stays at 1, unless a stage is told to keep its grid: `replace_stride_with_dilation` has three flags, for `layer2` to `layer4`. Where one is True, the stage takes the stride away from the first block and multiplies the dilation instead. **Predict** the four values of `dilation` that the calls *leave* for `[False, True, True]`:

# %%
_ = Watched(Bottleneck, [3, 4, 6, 3], replace_stride_with_dilation=[False, True, True])

# %% [markdown]
# 1, 1, 2, 4. (What this is for, and why the first block of such a stage still uses the *old* value, is [chapter 11](11_dilation_and_output_stride.ipynb).)
#
# <details><summary><b>Stuck?</b> A network built twice from the same object has wrong channels</summary>
#
# `_make_layer` is not meant to be called again: it goes on from where the last call left `self.inplanes`. Build a new `ResNet`.
# </details>
#
# ## 5 · The head
#
# The last stage puts out 2048 channels on 7 × 7. The head averages each channel over the grid, and applies one fully connected layer to what is left.

# %%
print("layer4 ", tuple(x.shape))
pooled = nn.AdaptiveAvgPool2d((1, 1))(x)
mean = x.mean((2, 3), keepdim=True)
print("avgpool", tuple(pooled.shape), "  a mean:", torch.allclose(pooled, mean, atol=1e-6))
flat = torch.flatten(pooled, 1)
print("flatten", tuple(flat.shape))
print("fc     ", tuple(nn.Linear(2048, 1000)(flat).shape))

# %% [markdown]
# *Adaptive pooling* means that the **output** size is fixed and the window adapts to whatever comes in. Early versions of **torchvision** had `AvgPool2d(7)`. It fits 7 × 7 only: of an 8 × 8 map it silently leaves out the last row and column:

# %%
map8 = torch.rand(1, 4, 8, 8)
fixed = F.avg_pool2d(map8, 7)
print("AvgPool2d(7) of 8 × 8 ignores the last row and column:",
      torch.equal(fixed, F.avg_pool2d(map8[..., :7, :7], 7)))

# %% [markdown]
# And why `torch.flatten(x, 1)` rather than `x.squeeze()`? **Predict** the two shapes for a single image:

# %%
single = torch.zeros(1, 2048, 1, 1)
print("flatten(x, 1):", tuple(torch.flatten(single, 1).shape))
print("squeeze():    ", tuple(single.squeeze().shape))

# %% [markdown]
# `squeeze` drops the batch axis too.
#
# The paper's table ends in "softmax"; the code does not. The network returns raw scores: `nn.CrossEntropyLoss` contains the softmax, and putting one before it applies it twice. To find the best class no softmax is needed: it keeps the order of the scores.

# %%
scores, labels = torch.randn(4, 10), torch.arange(4)
loss = F.cross_entropy(scores, labels)
by_parts = F.nll_loss(F.log_softmax(scores, 1), labels)
twice = F.cross_entropy(scores.softmax(1), labels)
print("the loss contains it:", torch.allclose(loss, by_parts))
print("twice gives the same:", torch.allclose(loss, twice))

# %% [markdown]
# ## 6 · Which sizes may come in?
#
# All layers are convolutions and pools, but for `fc`, and that sees one number per channel. So any size will do. Each of the five strided layers rounds up: `layer4` is a 32nd of the input, rounded up. **Predict** the five sides for 225 and for 97.

# %%
print("behind conv1, the pool, layer1 (no stride), layer2, layer3, layer4")
for side in (224, 225, 97, 33, 32, 1):
    print(f"{side:>3} -> {stage_sizes(side)}")
model = resnet_edu.resnet18().eval()
for height, width in ((1, 1), (97, 200)):
    print((height, width), "->", tuple(model(torch.rand(1, 3, height, width)).shape))
more = trace("resnet50", 225).totals.multiply_adds / trace("resnet50", 224).totals.multiply_adds
print(f"225 costs {100 * (more - 1):.0f} % more than 224")

# %% [markdown]
# One pixel more than 224, and every stage has a row and a column more. Nothing breaks at any size, at inference. (Training on a *single* picture needs a side above 32 pixels, so that the norms of the last stage get more than one value: [03](03_batchnorm_and_relu.ipynb), section 3.)
#
# ## 7 · Odds and ends of the file
#
# - `_forward_impl`: the forward pass under a second name. TorchScript (torch's older way of compiling a model into something that runs without Python) knew no `super()`, so a subclass that overrides `forward`, as torchvision's quantized ResNet does, calls this one. (Old copies of the file also have `__constants__ = ['downsample']`: it told TorchScript that `downsample` never changes. Today it finds out by itself.)
# - `_log_api_usage_once(self)` hands the name of the class to a hook in torch, once per process. By default nothing listens, and nothing leaves the machine. **here**: left out.
# - `self.groups`, `self.base_width`, `self._norm_layer`: noted in the constructor, since `_make_layer` passes them to every block. `norm_layer` is None by default and not `nn.BatchNorm2d`, so that a caller can hand on "no wish", as a builder does.
# - Annotations such as `Optional[nn.Module]`, and `# type: ignore` comments, are for the type checker and for TorchScript; the code runs without them. The checker must be told to look away where `bn3.weight` is set to zero: for it the attribute of a module could be anything.
# - **here** only: `__call__` hands a failing call over to `explain.py`. The exception stays what it is, and gets a note with the likely cause in the field's words ([13](13_use_it.ipynb), section 2, shows three).
#
# ## 8 · Your file so far
#
# All of it: `ResNet` in some fifty lines. `__init__` is the list of parts, `_make_layer` the function of section 3 with the two running values of section 4, `forward` the order of the calls. How the weights are drawn, the two loops at the end of `__init__`, is the [next chapter](08_initialization.ipynb).


# %%
class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        dilate = replace_stride_with_dilation
        if dilate is None:
            dilate = [False, False, False]
        if len(dilate) != 3:
            raise ValueError(f"three flags are needed, not {dilate}")
        self._norm_layer = norm_layer or nn.BatchNorm2d
        self.groups, self.base_width = groups, width_per_group
        self.inplanes, self.dilation = 64, 1  # the two running values
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilate[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilate[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilate[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for m in self.modules():  # chapter 08
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
        for m in self.modules() if zero_init_residual else []:
            last = getattr(m, "bn3", None) or getattr(m, "bn2", None)
            if isinstance(m, (BasicBlock, Bottleneck)) and last.weight is not None:
                nn.init.constant_(last.weight, 0)

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        norm, first_dilation = self._norm_layer, self.dilation
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        outplanes = planes * block.expansion
        downsample = None
        if stride != 1 or self.inplanes != outplanes:
            downsample = nn.Sequential(conv1x1(self.inplanes, outplanes, stride), norm(outplanes))
        shared = (self.groups, self.base_width)
        stage = [block(self.inplanes, planes, stride, downsample, *shared, first_dilation, norm)]
        self.inplanes = outplanes
        for _ in range(1, blocks):
            stage.append(block(self.inplanes, planes, 1, None, *shared, self.dilation, norm))
        return nn.Sequential(*stage)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


table(trace(ResNet(BasicBlock, [2, 2, 2, 2]).eval()))

# %% [markdown]
# Row by row the table of chapter 00. `[2, 2, 2, 2]` are *numbers of blocks*. The depth in a name counts layers with weights: stem, convolutions of the blocks, `fc`. **Predict** the names of `[3, 4, 6, 3]` with basic blocks and with bottlenecks.

# %%
for block, per_block, layers in ((BasicBlock, 2, [3, 4, 6, 3]), (Bottleneck, 3, [3, 4, 6, 3]),
                                 (Bottleneck, 3, [3, 4, 23, 3])):
    depth = 1 + per_block * sum(layers) + 1
    print(f"{block.__name__:<11}{layers}: 1 + {per_block} · {sum(layers)} + 1 = {depth}")

# %% [markdown]
# ## 9 · The same bits
#
# Your class against torchvision, for a basic and for a bottleneck network; names, weights from a seed, values, gradients, three steps of training, operations:

# %%
from resnet_edu.proof import Config, verify


def my_resnet18():
    return ResNet(BasicBlock, [2, 2, 2, 2])


print(verify("resnet18", my_resnet18, quick=True))

# %%
unusual = Config("Bottleneck", layers=(1, 2, 1, 2), num_classes=7, zero_init_residual=True,
                 groups=2, width_per_group=32,
                 replace_stride_with_dilation=(False, True, True))
report = verify(unusual, ResNet, block=Bottleneck, quick=True)
assert report.passed
print(report)

# %% [markdown]
# ## Now you can …
#
# - say what each call of `_make_layer` finds and leaves;
# - explain every line of `ResNet` but the drawing of the weights;
# - tell what size comes out of each stage for any image.
#
# ## Exercises
#
# 1. Swap the lines of `layer1` and `layer2` in the constructor (not in `forward`). Which error comes, and where do its two numbers come from?
# 2. Write `[block(...)] * n` instead of the loop in `_make_layer`. Parameters? Output shape? What has happened, and which line of `verify`'s report tells you?
# 3. Make a ResNet with five stages (a `layer5` of 1024 planes). Which lines change? How many pixels of the image lie from one position of its last grid to the next (its *output stride*, [11](11_dilation_and_output_stride.ipynb))?
# 4. `layers=[3, 3, 3, 3]` with basic blocks: which depth is that, and which with bottlenecks?

# %% [markdown]
# ### What the checker says
#
# Your network of section 8. The checker hands the two blocks out, so only the network is judged:

# %%
from resnet_edu.exercises import check

check("ResNet", ResNet)


# %% [markdown]
# A probability should not be negative, somebody thought, and put a ReLU behind the scores:


# %%
class NeverNegative(ResNet):
    def forward(self, x):
        return self.relu(super().forward(x))


check("ResNet", NeverNegative)

# %% [markdown]
# ### Your turn: `spot_stem`
#
# This is `_make_stem` of somebody's `ResNet`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def _make_stem(self, norm_layer):
#  2      self.conv1 = nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
#  3      self.bn1 = norm_layer(self.inplanes)
#  4      self.relu = nn.ReLU(inplace=True)
#  5      self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2)
# ```
#
# - a: an image of 224 gives layer1 a grid that is one row and one column too small
# - b: the norm is built for three channels, and the convolution puts out 64
# - c: an image of 224 gives layer1 a grid of twice the side: the pool no longer halves
# - d: the ReLU writes over the image, and the caller's image is changed by it
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_stem = None  # (line, "letter")
check("spot_stem", spot_stem)

# %% [markdown]
# ### Your turn: `spot_channels`
#
# This is `_make_layer` of somebody's `ResNet`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
#  2      norm_layer = self._norm_layer
#  3      downsample = None
#  4      previous_dilation = self.dilation
#  5      if dilate:
#  6          self.dilation *= stride
#  7          stride = 1
#  8      outplanes = planes * block.expansion
#  9      if stride != 1 or self.inplanes != outplanes:
# 10          downsample = nn.Sequential(
# 11              nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=stride, bias=False),
# 12              norm_layer(outplanes),
# 13          )
# 14      layers = []
# 15      layers.append(block(self.inplanes, planes, stride, downsample, self.groups,
# 16                          self.base_width, previous_dilation, norm_layer))
# 17      self.inplanes = planes
# 18      for _ in range(1, blocks):
# 19          layers.append(block(self.inplanes, planes, groups=self.groups,
# 20                              base_width=self.base_width, dilation=self.dilation,
# 21                              norm_layer=norm_layer))
# 22      return nn.Sequential(*layers)
# ```
#
# - a: the next block expects planes channels, and gets four times as many from a bottleneck
# - b: a block with 32 groups puts out 32 times as many channels, and the groups are missing
# - c: the next stage does not double its channels any more, so all widths stay at 64
# - d: the projection is built too narrow, in a network of basic blocks too
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_channels = None  # (line, "letter")
check("spot_channels", spot_channels)

# %% [markdown]
# ### Your turn: `stage_sizes`
#
# A square image of side `n` goes into a ResNet. Return six sides, as a tuple or a list:
# behind conv1, maxpool, layer1, layer2, layer3 and layer4. All that strides, strides by 2. `n` may
# be odd.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.
#
# (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def stage_sizes(n):
    return None  # your count


check("stage_sizes", stage_sizes)

# %% [markdown]
# ### Your turn: `ResNet`
#
# Write the network: the stem, four stages of blocks, the head. `block` is a class with
# an attribute `expansion`, called as `block(inplanes, planes, stride, downsample, groups, base_width,
# dilation, norm_layer)`; `layers` are the numbers of blocks of the four stages. All arguments mean
# what they mean in torchvision, and a checkpoint of torchvision must load: the names in the
# state_dict are `conv1`, `bn1`, `layer1` to `layer4`, `fc`, and `downsample.0` and `downsample.1` in
# the first block of a stage that needs them. Their order is free, and so are the names of what has no
# weights. `replace_stride_with_dilation` has three flags; refuse any other number of them, an empty
# list too, with an exception. Draw the convolutions' weights by the rule of torch's `kaiming_normal_`
# for fan-out and ReLU (it takes no notice of groups), set every BatchNorm2d and GroupNorm to weight 1
# and bias 0, those in the blocks too, whatever they held before, and leave `fc` as it is made.
# `zero_init_residual` then sets the weight of the last norm of each block to 0 (`bn2` of a
# `BasicBlock`, `bn3` of a `Bottleneck`; both classes are given). Write it with torch and these two
# alone. Two things are explained later: the drawing of the weights in chapter 08, what the flags are
# for in chapter 11.
#
# Without looking back. (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        # your stem, stages and head

    def forward(self, x):
        return None  # your calls


check("ResNet", ResNet)

# %% [markdown]
# ## Summary
#
# 1. A ResNet is a stem, four stages and a head.
# 2. The stem makes a quarter of the side in two layers.
# 3. A stage is a `Sequential` of blocks; only the first may change the shape.
# 4. `self.inplanes` is carried from stage to stage: what the last block put out, the next one receives.
# 5. `self.dilation` is carried in the same way, and is multiplied where a stage keeps its grid.
# 6. `block` is a class; `block.expansion` is asked before a block exists.
# 7. The head averages over whatever grid is left, so every input size fits.
# 8. `flatten(x, 1)` keeps the batch axis, even of one image.
# 9. The network returns scores; the softmax is in the loss.
# 10. Depth = 1 + convolutions of the blocks + 1; projections do not count.
#
# Back: [06 · When is there a `downsample`?](06_downsample_paths.ipynb) · On: [08 · What are the weights before training?](08_initialization.ipynb)
