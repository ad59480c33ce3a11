# %% [markdown]
# # 12 · How do we know that this is right?
#
# You have built a block, or read our network, and it runs. Shapes fit, parameters add up, a picture goes in and scores come out.
# **Is it torchvision's ResNet?** This chapter builds the check that can say so, from nothing, and then lets it find a bug in a single setting.
#
# *Needs:* [04](04_basic_block.ipynb) to [08](08_initialization.ipynb). *Takes:* 45 minutes to read, about 30 seconds to run.
# *Afterwards* you can say what "the same network" means, when equal bits may be asked for, and put a network of your own on trial.

# %%
import copy

import torch
from torch import nn

import resnet_edu
from resnet_edu import draw
from resnet_edu.anatomy import trace
from resnet_edu.peer import import_torchvision
from resnet_edu.proof import Config, verify

torchvision = import_torchvision()
draw.strip(trace("resnet18"))

# %% [markdown]
# *You are here*: everywhere. All of the network is on trial. The judge is torchvision itself, in the same process: not a stored number,
# which would hold on one machine only. (`import_torchvision` is a plain `import torchvision` that also works where a CPU build of torch stands
# beside a CUDA build of torchvision.)
#
# ## 1 · A wrong network that passes
#
# A well-known course checks a residual block by its parameter count and its output shape ([ARENA] chapter 0.2). Here is ResNet-18 with one line of its blocks changed:
# the ReLU behind the addition is gone.


# %%
class NoLastReLU(resnet_edu.BasicBlock):
    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out)) + identity  # and no ReLU


def wrong():
    return resnet_edu.ResNet(NoLastReLU, [2, 2, 2, 2])


images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
right = torchvision.models.resnet18()
count = [sum(p.numel() for p in model.parameters()) for model in (wrong(), right)]
print("the same number of parameters:", count[0] == count[1])
print("the same output shape:", wrong()(images).shape == right(images).shape)

# %% [markdown]
# Both agree, and the network is wrong. A check is worth what it refuses.
#
# ## 2 · The same weights from the same seed
#
# To compare values, both networks need the same weights. We could copy them; but a network that *draws* the same weights also has the same
# layers, in the same order, initialised by the same law. So: one seed, two networks.

# %%
pair = []
for build in (resnet_edu.resnet18, torchvision.models.resnet18):
    _ = torch.manual_seed(0)
    pair.append(build())
ours, judge = pair
state = ours.state_dict()
same = [torch.equal(state[key], value) for key, value in judge.state_dict().items()]
print(sum(same), "of", len(same), "tensors are equal, every bit")
print("same names in the same order:", list(state) == list(judge.state_dict()))

# %% [markdown]
# A name such as `layer1.0.downsample.0.weight` is the path of attributes to a tensor; the children of a `Sequential` have numbers for names. Class names do not appear, so any class with these attributes can load the file.
#
# **Predict:** we ask for 10 classes instead of a thousand. Only `fc` gets smaller. Does `conv1`, the very *first* layer, keep its bits?
#
# <details><summary>Answer</summary>
#
# No. Every convolution is drawn twice: once when it is made, and once more in a loop at the end of `ResNet.__init__`, after `fc` has
# been made. A smaller `fc` draws fewer numbers before that loop, so the loop finds the generator in another state.
# </details>

# %%
_ = torch.manual_seed(0)
ten = torchvision.models.resnet18(num_classes=10)
print("conv1 has the same bits:", torch.equal(ten.conv1.weight, judge.conv1.weight))

# %% [markdown]
# ## 3 · The same values
#
# At inference first. `torch.equal` is stricter than `allclose`: one bit in one of all these numbers, and it says no.

# %%
with torch.no_grad():
    a, b = ours.eval()(images), judge.eval()(images)
print("inference, every bit of", a.numel(), "numbers:", torch.equal(a, b))

# %% [markdown]
# Is that not too much to ask? A computer keeps only so many digits and rounds after every step, so a sum depends on the order of its terms:

# %%
print((0.1 + 0.2) + 0.3 == 0.1 + (0.2 + 0.3))

# %% [markdown]
# We may ask for equal bits because both networks ask the *same* operations of the same
# library, in the same order. What breaks the bits is another order of sums, not another name. **Predict:** does torchvision give the same bits
# for two images in one batch as for the same two, one after the other?

# %% tags=["varies"]
with torch.no_grad():
    one_by_one = torch.cat([judge(image[None]) for image in images])
print("every bit:", torch.equal(a, one_by_one))
print("close:", torch.allclose(a, one_by_one, rtol=1e-3, atol=1e-3))

# %% [markdown]
# Close is all that can be promised: the library may pick another routine, with its sums in another order, for another batch size. It is **not** BatchNorm, though one reads that: at inference a norm is a fixed scale and shift for each channel. Ask one norm alone, and then see how large the difference of the whole network is, in 32 bits and in 64:

# %% tags=["varies"]
with torch.no_grad():
    maps = judge.conv1(images)
    norm_alone = torch.cat([judge.bn1(map[None]) for map in maps])
    print("a norm alone, every bit:", torch.equal(judge.bn1(maps), norm_alone))
double = torchvision.models.resnet18().double().eval()
wide = images.double()
with torch.no_grad():
    whole, single = double(wide), torch.cat([double(image[None]) for image in wide])
gap = [(x - y).abs().max() / x.abs().max() for x, y in ((a, one_by_one), (whole, single))]
print(f"32 bits: differ by {gap[0]:.0e} of the largest score;   64 bits: by {gap[1]:.0e}")

# %% [markdown]
# It is of the size of rounding, whatever the precision. So it is made of rounding, and no input was mixed with another.
#
# What else keeps the bits, and what does not? Seven ways to ask the same network about the same images. **Predict** each: once more; with gradients recorded; taken apart by `torch.fx`, which writes the forward pass down as a list of operations, a *graph*; exported by `torch.export`, which does so for use outside of Python;
# with another ReLU, `maximum(x, 0)`; with a ReLU that is not in place; with a BatchNorm written by hand.


# %%
class MaximumReLU(nn.Module):
    def forward(self, x):
        return torch.maximum(x, torch.zeros_like(x))


class WrittenNorm(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        shape = (1, -1, 1, 1)
        mean, var = self.norm.running_mean.view(shape), self.norm.running_var.view(shape)
        scaled = (x - mean) / torch.sqrt(var + self.norm.eps)
        return scaled * self.norm.weight.view(shape) + self.norm.bias.view(shape)


def exchanged(model, kind, make):
    """A copy of the model with every layer of a kind exchanged."""
    made = copy.deepcopy(model)
    for name, module in list(made.named_modules()):
        if isinstance(module, kind):
            parent, _, own = name.rpartition(".")
            setattr(made.get_submodule(parent), own, make(module))
    return made.eval()


@torch.no_grad()
def answers(model):
    return model(images)


reference = answers(judge)
others = {
    "the same once more": lambda: answers(judge),
    "with gradients": lambda: judge(images).detach(),
    "taken apart by torch.fx": lambda: answers(torch.fx.symbolic_trace(judge)),
    "exported": lambda: answers(torch.export.export(judge, (images,)).module()),
    "ReLU as maximum(x, 0)": lambda: answers(
        exchanged(judge, nn.ReLU, lambda relu: MaximumReLU())),
    "ReLU not in place": lambda: answers(exchanged(judge, nn.ReLU, lambda relu: nn.ReLU())),
    "BatchNorm written by hand": lambda: answers(
        exchanged(judge, nn.BatchNorm2d, WrittenNorm)),
}
for name, run in others.items():
    found = run()
    close = torch.allclose(found, reference, rtol=1e-3, atol=1e-3)
    print(f"{name:<27} every bit: {torch.equal(found, reference)!s:<6} close: {close}")

# %% [markdown]
# A ReLU by `maximum` picks the same number, and nothing is rounded: the same bits (not the same *gradient* where x is exactly 0, exercise 2). A norm written by hand comes to the same formula by other steps, each of them rounded, and bits differ. That is the whole rule: **equal bits are promised for equal operations in equal order.** Only what does not round may be exchanged.
#
# Memory order counts, too. `channels_last` changes it, and only it: the shape stays `(N, C, H, W)`, and nothing must be permuted.

# %%
other = images.to(memory_format=torch.channels_last)
print("shape", tuple(other.shape), " strides", images.stride(), "->", other.stride())
print("the same numbers:", torch.equal(images, other))

# %% [markdown]
# The numbers are the same, but the library takes other routines for them:

# %% tags=["varies"]
found = answers(copy.deepcopy(judge).to(memory_format=torch.channels_last))
print("every bit:", torch.equal(found, reference))
print("close:", torch.allclose(found, reference, rtol=1e-3, atol=1e-3))

# %% [markdown]
# So a proof compares like with like: the same batch, the same layout, the same machine. (`torch.compile`, too, is close only: it *fuses* operations, makes one of several, and so rounds elsewhere. It needs a C++ compiler and is not run here.)
#
# ## 4 · The same learning
#
# Inference does not see everything: BatchNorm's momentum, for one, works in training only. Three steps of an optimiser, and then
# every weight and every running statistic is compared. (One thread: on several, the sums of the backward pass may be split differently from run to run.)

# %%
threads = torch.get_num_threads()
torch.set_num_threads(1)


def train(model, steps=3):
    optimiser = torch.optim.SGD(model.train().parameters(), lr=0.1, momentum=0.9)
    for _ in range(steps):
        optimiser.zero_grad()
        model(images).square().mean().backward()
        optimiser.step()
    return model.state_dict()


after = [train(model) for model in pair]
equal = [torch.equal(after[0][key], after[1][key]) for key in after[0]]
torch.set_num_threads(threads)
print(sum(equal), "of", len(equal), "weights and buffers are equal after three steps")

# %% [markdown]
# <details><summary><b>Stuck?</b> "Expected more than 1 value per channel when training"</summary>
#
# In training mode BatchNorm needs at least two values per channel. A batch of one very small image leaves 1 × 1 in the last stage. Use two images, or a larger one.
# </details>
#
# ## 5 · The same work
#
# Two functions can give the same values at different cost. So the last comparison is of the *operations* themselves: everything
# that torch is asked to do, with all shapes and settings, forward and backward. Equal sequences are the proof of equal cost.
#
# torch's basic operations are called *aten*. A `TorchDispatchMode` is told of each before it is run; ours writes it down and lets it run. **Predict** the first three layers that you will find in the list.

# %%
from torch.utils._python_dispatch import TorchDispatchMode


class Listen(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.heard = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        told = [tuple(a.shape) if isinstance(a, torch.Tensor) else a for a in args]
        self.heard.append((str(func), told))
        return func(*args, **(kwargs or {}))


heard = []
for model in pair:
    with Listen() as listen:
        model(images).sum().backward()
    heard.append(listen.heard)
print(len(heard[0]), "operations, the same sequence:", heard[0] == heard[1])
print([name for name, _ in heard[0][:5]])

# %% [markdown]
# The stem's convolution, its norm, its ReLU (`relu_`: in place). The norm is three entries: it counts the batch (`add_`), gets some memory, and normalises.
#
# ## 6 · All of it in one call
#
# `verify` does this and more: the names of the graph's nodes, the exceptions on bad arguments, and two ways to take a network out of Python,
# TorchScript and `torch.export`. (Its aten operations, forward and backward together, are one fewer than ours: it does not count the `sum`.)

# %%
report = verify("resnet18")
assert report.passed
report

# %% [markdown]
# In a terminal, with `.venv` activated: `python -m resnet_edu verify resnet18`, or `--all` for the ten networks.
#
# And the network of section 1?

# %%
print(verify("resnet18", wrong, quick=True))

# %% [markdown]
# The weights are right, the counts are right, and the report names the module where the values part. It reads: the second call of
# that ReLU, the one behind the addition, never came. (`quick=True` leaves out the exceptions and the two ways out of Python.)
#
# ## 7 · A bug in one setting
#
# Back to [05](05_bottleneck.ipynb). Where a stage strides, **the authors' released model** has the stride on the first 1×1; **torchvision** has it on the 3×3, a choice nicknamed "v1.5".
# Say that you follow the authors. (`Config` below is a network by its arguments: here one with a single block in each stage.) Which of the checks see it? **Predict:** the parameter count? The output shape? The initial weights? The output?


# %%
class AuthorsBottleneck(resnet_edu.Bottleneck):
    def __init__(self, inplanes, planes, stride=1, *rest):
        super().__init__(inplanes, planes, stride, *rest)
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride


small = Config("Bottleneck", layers=(1, 1, 1, 1), num_classes=10)
found = verify(small, resnet_edu.ResNet, block=AuthorsBottleneck, quick=True)
assert not found.passed
for line in found.lines:
    print(f"{line.name:<24}{line.result}")
print("it starts at", found.first_difference)
for block in (AuthorsBottleneck, resnet_edu.Bottleneck):
    network = resnet_edu.ResNet(block, [1, 1, 1, 1], num_classes=10)
    print("output shape", tuple(network(images).shape), "of", block.__name__)

# %% [markdown]
# Names, weights, counts and the output's shape are equal: a stride has no parameters, and both strides come to the same size. Only values and operations tell, and the report says where: it is
# `layer2.0.conv1`, in the first block that strides at all.
#
# ## 8 · One character
#
# The next bug is smaller still: in `forward`, a 2 has become a 1. Can you see it?


# %%
class OneCharacter(resnet_edu.BasicBlock):
    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn1(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


def one_character():
    return resnet_edu.ResNet(OneCharacter, [2, 2, 2, 2])


# %% [markdown]
# `bn1` is called twice, `bn2` never. Both have the same channels, so it runs; `bn2` is still there, so names, counts and initial weights are right. **Predict:** is the output right, before any training, at inference? And in training mode?
#
# <details><summary>Answer</summary>
#
# Both, to the bit. At inference an untrained BatchNorm has mean 0, variance 1, weight 1, bias 0: all of them are the same. In training mode each call normalises by its own batch, and weight and bias are still 1 and 0. Who compares the outputs of a fresh network tests nothing here.
# </details>

# %%
found = verify("resnet18", one_character, quick=True)
for line in found.lines:
    print(f"{line.name:<24}{line.result}")
print("it starts at", found.first_difference)

# %% [markdown]
# Names, counts, weights and *both* outputs are equal. The gradients are not, nor anything that is learned from them: `bn1` collects those of both places, and `bn2` gets none. And the report says where it starts: `layer1.0.bn2`, the second norm of the first block, was never called. Values alone would not have said that.
#
# ## 9 · Your own network
#
# All pieces of this book in one cell: two functions from [02](02_convolutions.ipynb), two blocks from [04](04_basic_block.ipynb) and [05](05_bottleneck.ipynb), the network from [07](07_stages_and_network.ipynb) with the first weights of [08](08_initialization.ipynb). If you have written your own, put *it* here. This is what torchvision's file says, in about a hundred lines.


# %%
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=dilation,
                     groups=groups, bias=False, dilation=dilation)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        if groups != 1 or base_width != 64:
            raise ValueError("a basic block has groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("a basic block has dilation=1")
        norm_layer = norm_layer or nn.BatchNorm2d
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm_layer(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        if replace_stride_with_dilation is None:
            replace_stride_with_dilation = [False, False, False]
        if len(replace_stride_with_dilation) != 3:
            raise ValueError(f"three flags are needed, not {replace_stride_with_dilation}")
        second, third, fourth = replace_stride_with_dilation
        self._norm_layer = norm_layer or nn.BatchNorm2d
        self.groups, self.base_width = groups, width_per_group
        self.inplanes, self.dilation = 64, 1
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, second)
        self.layer3 = self._make_layer(block, 256, layers[2], 2, third)
        self.layer4 = self._make_layer(block, 512, layers[3], 2, fourth)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
        for m in self.modules() if zero_init_residual else []:
            if isinstance(m, Bottleneck) and m.bn3.weight is not None:
                nn.init.constant_(m.bn3.weight, 0)
            elif isinstance(m, BasicBlock) and m.bn2.weight is not None:
                nn.init.constant_(m.bn2.weight, 0)

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


# %% [markdown]
# Now the judge. With all comparisons: exceptions on bad arguments, TorchScript and export, too. (TorchScript compiles the source of your class; that works in a notebook, too.) **Predict:** how many of the thirteen fail?

# %%
mine = verify("resnet18", ResNet, block=BasicBlock)
assert mine.passed
mine

# %% [markdown]
# None. And the arguments that ResNet-18 does not use: bottlenecks, groups, dilation, the zeroed last norm.

# %%
for name, options in {
    "Bottleneck": {},
    "grouped": {"groups": 32, "width_per_group": 4},
    "dilated": {"replace_stride_with_dilation": (False, True, True)},
    "zero-init": {"zero_init_residual": True},
}.items():
    config = Config("Bottleneck", layers=(1, 2, 2, 1), num_classes=10, **options)
    result = verify(config, ResNet, block=Bottleneck, quick=True)
    assert result.passed
    print(f"{name:<11} {len(result.lines)} comparisons, all equal")

# %% [markdown]
# **It is torchvision's ResNet.** Not like it: it. You can explain every line, because you have written every line.
#
# ## Now you can …
#
# - say what "the same network" means: the same weights, values, learning and work;
# - tell when equal bits can be asked for, and when only closeness;
# - put your own network on trial: `verify("resnet18", my_builder)`.
#
# ## Exercises
#
# 1. Add the line `ours.bn1.momentum = 0.2` at the end of section 2's first cell and run on from there. Which of the sections 2 to 5 sees it?
# 2. Write a `BasicBlock` with `torch.maximum(out, torch.zeros_like(out))` for both ReLUs and give it to `verify`, first as `resnet18`, then with `Config("BasicBlock", layers=(2, 2, 2, 2), zero_init_residual=True)`. Same values? Same operations? Same gradients? Why do the gradients differ only in the second network? (What is the slope of each at exactly 0?)
# 3. `verify` tries some images, not all. Write a block that differs only for a batch of one, and see it pass. What would you add to `verify`?

# %% [markdown]
# ### What the checker says
#
# `verify` asks whether a network is torchvision's. The checker asks what was done instead. Your own pieces, those of section 9, pass it as well:

# %%
from resnet_edu.exercises import check

mine = {"conv3x3": conv3x3, "conv1x1": conv1x1,
        "BasicBlock": BasicBlock, "Bottleneck": Bottleneck, "ResNet": ResNet}
for name, piece in mine.items():
    print(check(name, piece))


# %% [markdown]
# And your own block with the fault of section 1:


# %%
class Unfinished(BasicBlock):
    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + identity


check("BasicBlock", Unfinished)

# %% [markdown]
# ### Your turn: `spot_setting`
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
#  6          self.dilation = stride
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
# 17      self.inplanes = outplanes
# 18      for _ in range(1, blocks):
# 19          layers.append(block(self.inplanes, planes, groups=self.groups,
# 20                              base_width=self.base_width, dilation=self.dilation,
# 21                              norm_layer=norm_layer))
# 22      return nn.Sequential(*layers)
# ```
#
# - a: the weights get other names, and a checkpoint does not load any more
# - b: one dilated stage comes out right; where two are dilated the second has half its distance
# - c: the first block of a dilated stage loses the dilation of the stage before it
# - d: all that strides is dilated now, so the default networks change their values
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_setting = None  # (line, "letter")
check("spot_setting", spot_setting)

# %% [markdown]
# ## Summary
#
# 1. Counts and shapes let wrong networks through.
# 2. The judge is torchvision itself, in the same process.
# 3. Same seed, same weights: this also checks the order in which layers are made.
# 4. Convolutions are drawn again after `fc`, so the number of classes changes `conv1`.
# 5. Same operations in the same order, on the same machine, give the same bits.
# 6. For another batch size only close values are promised, not equal ones.
# 7. Training sees what inference does not: momentum, statistics, gradients.
# 8. The bits of a training step are compared on one thread.
# 9. Equal sequences of operations are equal cost.
# 10. Equal outputs of a fresh network can hide a bug; a report is useful when it says where a difference starts.
#
# Back: [11 · What is `replace_stride_with_dilation` for?](11_dilation_and_output_stride.ipynb) · On: [13 · Now what?](13_use_it.ipynb)
