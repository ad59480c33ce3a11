# %% [markdown]
# # 04 · What is a residual block?
#
# Two convolutions compute some function $F(x)$. A residual block computes $\mathrm{relu}(F(x) + x)$.
# One `+`, and networks of a hundred layers could be trained. **What must hold for that sum to exist,
# and which line of `BasicBlock` sees to it?**
#
# *Needs:* [02](02_convolutions.ipynb) and [03](03_batchnorm_and_relu.ipynb): what a convolution and a BatchNorm do to a shape. *Takes:* 30 minutes to read, a few seconds to run.
# *Afterwards* you can explain every line of torchvision's `BasicBlock` and count its parameters by hand.
#
# In this book three voices speak, and it is always said which: **paper** (He, Zhang, Ren and Sun, [He15]), **torchvision**
# (its file `resnet.py`), and **here** (us).

# %%
import torch
from torch import nn

from resnet_edu import draw
from resnet_edu.anatomy import basic_params, bn_params, conv_params, table, trace

draw.strip(trace("resnet18"), highlight=["layer1", "layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here.* ResNet-18 from the image (left) to 1000 scores (right). The seven lit boxes are eight basic blocks (× 2: two equal ones):
# two 3×3 convolutions each (/2: with stride 2), and an arc, the **shortcut**. A solid arc hands its input on as it is, a dotted one
# changes its shape on the way. Drawn by `draw.strip` from a trace of the network; no label is typed by hand.

# %% [markdown]
# ## 1 · The parts on the table
#
# What arrives at the first block of ResNet-18 when the photograph was 224 × 224? The trace knows. The shape is written
# `(N, C, H, W)`: images, channels, height, width.

# %%
_ = torch.manual_seed(0)
print("first block, image 224 × 224:", trace("resnet18", 224)["layer1.0.conv1"].input_shapes[0])
x = torch.rand(1, 64, 56, 56)
conv = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
print(tuple(x.shape), "->", tuple(conv(x).shape))

# %% [markdown]
# The shape survives: a 3×3 window that is centred on every position, one row and column of zeros around the image so
# that the border has a centre too (`padding=1`), as many filters as channels.
#
# **Predict:** how many weights has this one layer? And why has it no bias?
#
# <details><summary>Answer</summary>
#
# Each of the 64 filters looks at 3×3 positions of all 64 channels: 64 · 64 · 3 · 3 = 36,864. A BatchNorm follows
# every convolution; it subtracts the mean of each channel, so any constant that a bias had added would vanish again.
# </details>

# %%
by_hand = 64 * 64 * 3 * 3
by_code = sum(p.numel() for p in conv.parameters())
assert by_hand == by_code == conv_params(64, 64, 3)
print(f"{by_hand:,}")

# %% [markdown]
# ## 2 · The branch, line by line
#
# The skeleton first: plain calls, no class. After every line we look at the shape, and at the smallest value.

# %%
conv1, bn1 = nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
conv2, bn2 = nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
relu = nn.ReLU()


def look(name, value):
    print(f"{name:<8}{tuple(value.shape)}   smallest {'below' if value.min() < 0 else 'is'} 0")


out = conv1(x)
look("conv1", out)
out = bn1(out)
look("bn1", out)
out = relu(out)
look("relu", out)
out = conv2(out)
look("conv2", out)
out = bn2(out)
look("bn2", out)

# %% [markdown]
# Conv, norm, ReLU, conv, norm. And then? A second ReLU seems due. **Predict** what would be wrong with `relu(bn2(…)) + x`.
#
# <details><summary>Answer</summary>
#
# The branch could only *add*. $F(x)$ would never be negative, and since `x` comes out of a ReLU too, values could
# only grow from block to block. **paper**, [He15] Fig. 2: the second ReLU stands *behind* the addition, so the branch may
# subtract. (What happens otherwise was measured by the same authors in their next paper: "ReLU before addition", 7.84 % error
# instead of 6.61 % with 110 layers on CIFAR-10. They also tried sum, norm, ReLU, with the last norm moved behind the addition: 8.17 %. Both in [He16] Table 2.)
# </details>

# %%
total = out + x
look("sum", total)
look("relu", relu(total))

# %% [markdown]
# That is the whole idea: **out = relu(F(x) + x)**. If the branch puts out zeros, the block hands `x` on unchanged, since `x` is
# not negative. Let us see it happen: the last norm has a weight and a bias for each channel. The bias starts at 0; with weight 0 as well, its output is 0.

# %%
_ = nn.init.zeros_(bn2.weight)
branch = bn2(conv2(relu(bn1(conv1(x)))))
print("branch all zero:", bool((branch == 0).all()))
print("block is the identity:", torch.equal(relu(branch + x), x))

# %% [markdown]
# `zero_init_residual=True`, an argument of torchvision's `ResNet`, sets this weight to 0 in every block before training ([08](08_initialization.ipynb)).
#
# ## 3 · As a class
#
# The same lines, the layers in `__init__`, the calls in `forward`. `super().__init__()` comes first: it makes the lists in which a module
# keeps its layers and weights, and without it the next line raises an `AttributeError`. It runs.


# %%
class FirstBlock(nn.Module):
    def __init__(self, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(planes, planes, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + x)


print(tuple(FirstBlock(64)(x).shape))

# %% [markdown]
# ## 4 · Run into the wall
#
# `layer2` must halve the grid: its first block gets `stride=2`. **Predict** which line fails, and with which two sizes in the message.


# %%
def attempt(call):
    """Run, and print an error as its name and message."""
    try:
        print("fine:", tuple(call().shape))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


attempt(lambda: FirstBlock(64, stride=2)(x))

# %% [markdown]
# <details><summary>Which two tensors are these?</summary>
#
# `conv1` has stepped by two, so the branch is 28 × 28. The shortcut still carries `x`, 56 × 56. The addition in the last
# line of `forward` cannot pair them. "Non-singleton dimension 3" is the width, the last of `(N, C, H, W)`.
# </details>
#
# `layer2` also doubles the channels. That is a wall of its own:

# %%
attempt(lambda: nn.Conv2d(64, 128, 3, padding=1)(x) + x)

# %% [markdown]
# Dimension 1 this time, the channels: 128 against 64.
#
# <details><summary><b>Stuck?</b> "The size of tensor a (28) must match the size of tensor b (56)"</summary>
#
# Print both shapes just before the `+`. If height and width differ, the branch has a stride that the shortcut has not.
# If the channels differ, the block widens and the shortcut does not. In both cases the cure is the same, and comes next.
# </details>
#
# ## 5 · Repair it by hand
#
# The shortcut has to do to the shape whatever the branch does, and do it cheaply: a 1×1 convolution with the same stride
# and the new number of channels, and a norm. **paper**: a *projection shortcut*; elsewhere the *identity shortcut*. The two together are its option B. (Its option A pads with zeros and has no weights at all: [06](06_downsample_paths.ipynb), section 7.)
# **torchvision**: `downsample`.

# %%
projection = nn.Sequential(
    nn.Conv2d(64, 128, kernel_size=1, stride=2, bias=False), nn.BatchNorm2d(128)
)
branch = nn.Conv2d(64, 128, 3, stride=2, padding=1, bias=False)(x)
print("branch    ", tuple(branch.shape))
print("projection", tuple(projection(x).shape))
attempt(lambda: branch + projection(x))

# %% [markdown]
# Stride and channels in one layer. And when only the channels change? **Predict** which argument of the projection is then different.

# %%
widening = nn.Sequential(
    nn.Conv2d(64, 128, kernel_size=1, stride=1, bias=False), nn.BatchNorm2d(128)
)
print("projection", tuple(widening(x).shape))

# %% [markdown]
# Only `stride`. The block does not care what is on its shortcut, as long as the shapes agree: it is handed over as a module, or `None`.

# %%
draw.block(trace("resnet18"), "layer1.0", "layer2.0")

# %% [markdown]
# The first blocks of two stages of ResNet-18; beside a convolution stands the shape that it puts out. Left nothing changes the shape, and the shortcut (solid) is `x` itself; right the first
# convolution halves the grid and doubles the channels, and the projection (dotted) does the same. (`draw.block`)
#
# ## 6 · Two habits of torchvision
#
# **One ReLU, called twice.** A ReLU holds no weights, so one module can serve both places. The trace numbers its calls:

# %%
for record in trace("resnet18"):
    if record.path == "layer1.0.relu":
        print(record.name, "is call", record.call + 1, "of module", record.path)

# %% [markdown]
# **In place.** `nn.ReLU(inplace=True)` and `out += identity` write over their input instead of taking new memory. Is `x` still
# safe? It must be: the shortcut needs it *after* the branch has run. The ReLU is harmless: it writes over what `bn1` put out, never over `x`.
# **Predict:** which of the two additions below destroys `x`?

# %%
kept = x.clone()
out = conv1(x)
out += x
print("out += x   leaves x as it was:", torch.equal(x, kept))
identity = x
identity += conv1(kept)
print("identity += out   leaves x as it was:", torch.equal(x, kept))
x = kept
print("nn.Identity returns the very tensor:", nn.Identity()(x) is x)

# %% [markdown]
# `identity = x` copies nothing: both are names of the same tensor. So torchvision adds *into* `out`, which belongs to the block, never
# into `identity`, which belongs to the caller.
#
# (`+=` would be wrong where `out` *is* the caller's tensor. `nn.Identity` returns the very tensor that it gets, says the last line. Put one in place of both convolutions and both norms, and the block writes into its input.)
#
# ## 7 · The gradient through the sum
#
# Backwards, a sum is even simpler than forwards: it hands the gradient that it gets to *both* of its inputs, unchanged. Where the two ways meet again, at `x`, what they bring is added:
#
# gradient of x = gradient of the sum + what comes back through the branch
#
# **Predict:** in a block whose last norm has weight 0, what comes back through the branch?

# %%
from resnet_edu import BasicBlock as Packaged

start = torch.rand(1, 64, 4, 4, requires_grad=True)
arriving = torch.randn(1, 64, 4, 4)  # the gradient that later layers send
block = Packaged(64, 64).eval()
_ = nn.init.zeros_(block.bn2.weight)
(gradient,) = torch.autograd.grad(block(start), start, arriving)
print("zero branch, the gradient is handed on, every bit:", torch.equal(gradient, arriving))

# %% [markdown]
# Nothing: all that passes the branch is multiplied by that weight. The gradient arrives at the input untouched, whatever the two convolutions are. (The last ReLU lets it pass wherever the sum is positive; here that is everywhere.)
# Now an ordinary block, and the two parts one by one:

# %%
block = Packaged(64, 64).eval()
branch = nn.Sequential(block.conv1, block.bn1, nn.ReLU(), block.conv2, block.bn2)
total = branch(start) + start
through_relu = arriving * (total > 0)
(through_branch,) = torch.autograd.grad(branch(start), start, through_relu)
(whole,) = torch.autograd.grad(block(start), start, arriving)
print("sum of the two ways:", torch.allclose(whole, through_relu + through_branch, atol=1e-5))

# %% [markdown]
# In a chain of blocks the first term goes through every sum on the way: a road back from the last block to the first on which nothing is multiplied by a weight, except in the few blocks with a projection. (The ReLUs stand on that road too: where a sum is negative, nothing passes.) Does this explain why residual networks train better?
# It is part of the story; [08](08_initialization.ipynb) measures it, and [01](01_why_residual.ipynb) says what is not settled.
#
# The road ends at a tensor whose history autograd does not know. `.detach()` hands on the values without it, and what is written through `.data` or under `torch.no_grad()` leaves no trace in it. No value of the forward pass tells: only the gradients do.
#
# Why are there two convolutions under one shortcut, and not one? **paper**, [He15] sec. 3.2: with one, the block is close to a linear layer, and no advantage was seen. At 110 layers, shortcuts over one layer gave 9.90 % error on CIFAR-10 instead of 6.61 ([He16] Table 3).
#
# ## 8 · All of it together
#
# With torchvision's names for the arguments. `conv3x3` is that of [02](02_convolutions.ipynb) again, with what this block needs of it. What is new against section 3 is marked.


# %%
def conv3x3(in_planes, out_planes, stride=1):  # new: for both convolutions
    return nn.Conv2d(in_planes, out_planes, 3, stride, padding=1, bias=False)


class Together(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):  # new: channels in and out
        super().__init__()
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)  # new: in place, and one for both
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample  # new: what the shortcut does, or None

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)  # new: of x, not of out
        out += identity  # new: into out
        return self.relu(out)


# %% [markdown]
# Now the shapes after every operation, from a trace of *your* block. **Predict:** how many of its nine rows have another shape than the last?

# %%
mine = Together(64, 128, 2, projection).eval()
table(trace(mine, 56), depth=3, columns=["name", "kind", "output"])

# %% [markdown]
# None. The first operation of each way, `conv1` and `downsample.0`, changes the shape at once, and all others keep it. The sum is an operation too: `add`.
#
# ## 9 · Count it twice
#
# **Predict** the number of parameters of this block, term by term, before you open the fold: two 3×3 convolutions, one 1×1, three norms.
#
# <details><summary>By hand</summary>
#
# | part | | |
# |---|---|---:|
# | `conv1` | 64 · 128 · 9 | 73,728 |
# | `bn1` | 2 · 128 | 256 |
# | `conv2` | 128 · 128 · 9 | 147,456 |
# | `bn2` | 2 · 128 | 256 |
# | `downsample.0` | 64 · 128 | 8,192 |
# | `downsample.1` | 2 · 128 | 256 |
# | **sum** | | **230,144** |
# </details>

# %%
terms = [64 * 128 * 9, 2 * 128, 128 * 128 * 9, 2 * 128, 64 * 128, 2 * 128]
by_code = sum(p.numel() for p in mine.parameters())
assert sum(terms) == by_code == basic_params(64, 128, projection=True)
assert bn_params(128) == 2 * 128
print(" + ".join(f"{term:,}" for term in terms), "=", f"{sum(terms):,}")

# %% [markdown]
# ## 10 · What it refuses, and your file so far
#
# `BasicBlock` of **torchvision** has four more arguments. `norm_layer` chooses another norm; `groups`, `base_width` and `dilation` are there only to be
# refused: a stage builds either block by the same call, and the basic block has no such variants. **here** refuses with the same exception types, in
# other words. With them the block is complete:


# %%
class BasicBlock(nn.Module):
    expansion = 1  # new: channels out = planes * expansion; a stage asks for it

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):  # new: four more
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
        self.stride = stride  # new: a note for readers, never used

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


attempt(lambda: BasicBlock(64, 64, groups=2))
attempt(lambda: BasicBlock(64, 64, dilation=2))

# %% [markdown]
# <details><summary><b>Stuck?</b> "expected input[1, 3, 224, 224] to have 64 channels"</summary>
#
# A block does not take a photograph of three channels. The stem (`conv1`, `bn1`, `relu`, `maxpool`) turns 3 channels into 64 first.
# </details>
#
# ## 11 · The same bits
#
# Is your block the package's block, and torchvision's? Not "about the same": the same bits, forward and backward, in all four
# cases: shape kept, channels changed, stride, both. All three start from the same seed. (On one thread: on several, a backward pass may
# add its numbers in another order from run to run, and then not even torchvision repeats its own bits.)

# %%
import resnet_edu
from resnet_edu.peer import import_torchvision
from resnet_edu.proof import verify

judge = import_torchvision().models.resnet
torch.set_num_threads(1)


def run(block, planes, stride):
    """Output of a block, and gradients of its input and weights, from one seed."""
    _ = torch.manual_seed(0)
    projection = None
    if stride != 1 or planes != 64:
        conv = nn.Conv2d(64, planes, 1, stride, bias=False)
        projection = nn.Sequential(conv, nn.BatchNorm2d(planes))
    made = block(64, planes, stride, projection)
    images = torch.rand(2, 64, 14, 14, requires_grad=True)
    out = made(images)
    out.square().sum().backward()
    return [out, images.grad, *(p.grad for p in made.parameters())]


for planes, stride in [(64, 1), (128, 1), (64, 2), (128, 2)]:
    yours = run(BasicBlock, planes, stride)
    for other in (resnet_edu.BasicBlock, judge.BasicBlock):
        theirs = run(other, planes, stride)
        assert all(torch.equal(a, b) for a, b in zip(yours, theirs, strict=True))
    print(f"64 -> {planes:>3} channels, stride {stride}: the same bits", tuple(yours[0].shape))

# %% [markdown]
# And a network made of *your* block? `verify` compares it with torchvision's, from the names of the weights to single operations (how, and what each line means, is [chapter 12](12_verify_against_torchvision.ipynb)):


# %%
def my_resnet18():
    return resnet_edu.ResNet(BasicBlock, [2, 2, 2, 2])


print(verify("resnet18", my_resnet18, quick=True))

# %% [markdown]
# ## Now you can …
#
# - write `BasicBlock` from memory and say what each line is for;
# - read "The size of tensor a must match the size of tensor b" and know which of two causes it has;
# - count the parameters of any basic block without running it.
#
# ## Exercises
#
# 1. Give `FirstBlock` the ReLU *before* the addition. What is the smallest value that ten such blocks in a row can put out, if their
#    input is not negative? Check it.
# 2. Replace `self.downsample(x)` by `self.downsample(out)`. Which of the four cases above still runs? The others fail with two different messages: why two?
# 3. Count the parameters of all eight blocks of ResNet-18 by hand, and compare with `trace("resnet18").by_block()`.
# 4. Swap `out += identity` for `out = out + identity`. The values are the same. What is not? Run the last cell of section 11 again: `verify` knows.

# %% [markdown]
# ### What the checker says
#
# Your block of section 10, tried on small inputs: what it builds, its shapes, values in both modes, gradients, buffers, what it refuses, what becomes of the input.

# %%
from resnet_edu.exercises import check

check("BasicBlock", BasicBlock)


# %% [markdown]
# One ReLU is moved. The shapes and the parameter count are as before, so a check of these two would let it through:


# %%
class ReLUFirst(BasicBlock):
    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        return out + identity


check("BasicBlock", ReLUFirst)

# %% [markdown]
# ### Your turn: `spot_input`
#
# This is `branch` of somebody's `BasicBlock`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def branch(self, x):
#  2      """What the block adds to its shortcut."""
#  3      out = self.conv1(x)
#  4      out = self.bn1(out)
#  5      out = self.relu(out)
#  6      out = self.conv2(x)
#  7      out = self.bn2(out)
#  8      return out
# ```
#
# - a: the shortcut has been added already, and the last norm takes it away again
# - b: the norms have changed places: each stands behind the other's convolution
# - c: what the first convolution has made is thrown away, and the branch begins anew
# - d: the input is used twice, which autograd forbids, so nothing can learn
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_input = None  # (line, "letter")
check("spot_input", spot_input)

# %% [markdown]
# ### Your turn: `spot_overwritten`
#
# This is `branch` of somebody's `BasicBlock`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def branch(self, x):
#  2      """What the block adds to its shortcut."""
#  3      out = F.relu(x, inplace=True)
#  4      out = self.bn1(self.conv1(out))
#  5      out = F.relu(out, inplace=True)
#  6      out = self.bn2(self.conv2(out))
#  7      return out
# ```
#
# - a: a ReLU before a convolution has no effect, since the convolution takes it back
# - b: a ReLU in place hands back a gradient of 0, so the first convolution cannot learn
# - c: the ReLU writes over the input itself: the shortcut and the caller lose what is negative
# - d: the ReLU shrinks the grid, so the branch does not fit the shortcut
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_overwritten = None  # (line, "letter")
check("spot_overwritten", spot_overwritten)

# %% [markdown]
# ### Your turn: `spot_gradient`
#
# This is `forward` of somebody's `BasicBlock`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def forward(self, x):
#  2      out = self.branch(x)
#  3      identity = x
#  4      if self.downsample is not None:
#  5          identity = self.downsample(x)
#  6      out += identity.data
#  7      out = self.relu(out)
#  8      return out
# ```
#
# - a: the output is right, and on the way back nothing comes through the shortcut
# - b: in evaluation mode the shortcut is skipped, and only the branch is left
# - c: the sum is written into the block's input and changes what the caller holds
# - d: the sum adds the weights of the shortcut instead of its values
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_gradient = None  # (line, "letter")
check("spot_gradient", spot_gradient)

# %% [markdown]
# ### Your turn: `BasicBlock`
#
# Write the residual block of ResNet-18 and ResNet-34: two 3×3 convolutions without
# bias, each followed by a norm, and the shortcut. `downsample`, where it is given, is a module that
# is applied to the input on the shortcut; it belongs to the block. `norm_layer` makes a norm from a
# channel count; None means `nn.BatchNorm2d`. The first convolution strides. Refuse `groups` other
# than 1, `base_width` other than 64 and `dilation` above 1 with an exception. The class has an
# attribute `expansion`. Call the layers as you like. Write it with torch alone; helpers, `conv3x3`
# for one, are yours to write, too.
#
# Without looking back. (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None,
                 groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__()
        # your layers

    def forward(self, x):
        return None  # your calls


check("BasicBlock", BasicBlock)

# %% [markdown]
# ## Summary
#
# 1. A residual block puts out `relu(F(x) + shortcut(x))`.
# 2. In a basic block, `F` is conv, norm, ReLU, conv, norm; both convolutions are 3×3.
# 3. The second ReLU stands behind the addition, so the branch can subtract.
# 4. With the last norm's weight and bias at 0, a block without a projection hands on its input, if that is not negative.
# 5. The sum needs equal shapes.
# 6. Where the block strides or widens, the shortcut must do the same: a 1×1 convolution and a norm, `downsample`.
# 7. Elsewhere the shortcut is `x` itself, and costs nothing.
# 8. The stride sits in the first 3×3 (and in the projection).
# 9. The sum is made in place, into `out`, never into `identity`.
# 10. Backwards the sum hands the gradient on unchanged, past the branch.
#
# Back: [03 · What are all those `bn` and the one `relu`?](03_batchnorm_and_relu.ipynb) · On: [05 · Why 1×1–3×3–1×1?](05_bottleneck.ipynb)
