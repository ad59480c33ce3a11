# %% [markdown]
# # 02 · What does `conv3x3` do to a shape?
#
# `resnet.py` opens with two functions of one statement each, `conv3x3` and `conv1x1`, and builds everything from them. They take an image of one shape
# and return one of another. **Which shape comes out, what does each argument do to it, and what does it cost?**
#
# *Needs:* Python, and to have seen a matrix product. *Takes:* 35 minutes to read, a few seconds to run.
# *Afterwards* you can say the output size, the parameters and the multiply-adds of any convolution with pencil and paper.

# %%
import torch
import torch.nn.functional as F
from torch import nn

from resnet_edu import draw
from resnet_edu.anatomy import conv_macs, conv_out, conv_params, trace

draw.strip(trace("resnet18"), highlight=["conv1", "layer1", "layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here.* Every lit box is a convolution, or holds two of them. The label says all that this chapter explains: the size of the kernel, the number
# of channels that come out, and `/2` for a stride of 2. The numbers under the boxes are the sides of the grid.
#
# ## 1 · Nine products and a sum
#
# A convolution lays a small grid of weights, the **kernel**, on the image, multiplies what lies on each other, and adds up. Then it moves
# the kernel by one pixel and does it again. Here is one image of one channel and one kernel, small enough to check by hand.

# %%
image = torch.tensor([[3 * i + 2 * j for j in range(5)] for i in range(5)]) % 5
kernel = torch.tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
draw.convolution(image, kernel, at=(1, 1))

# %% [markdown]
# The nine green pixels are multiplied with the nine weights; the sum is the purple number. Terms with weight 0 are left out below the picture. (`draw.convolution`)
#
# The same in Python, and in torch. `F.conv2d` wants four axes, `(N, C, H, W)`: images, channels, height, width.


# %%
def by_hand(image, kernel):
    k = len(kernel)
    side = len(image) - k + 1  # how many places there are: section 2
    rows = range(side)
    window = [[image[i : i + k, j : j + k] for j in rows] for i in rows]
    return torch.tensor([[(w * kernel).sum() for w in row] for row in window])


ours = by_hand(image, kernel)
theirs = F.conv2d(image[None, None].float(), kernel[None, None].float())
assert torch.equal(ours.float(), theirs[0, 0])
print(ours)

# %% [markdown]
# 5 × 5 became 3 × 3: the kernel never leaves the image, so its centre cannot stand on the border.
#
# (To a mathematician this is a *cross-correlation*; in a convolution the kernel is turned round first. Every deep-learning library says convolution; so do we.)
#
# ## 2 · How many places are there?
#
# One axis is enough, since rows and columns behave alike. Count the places at which a kernel can stand. The first place takes as many pixels as the kernel
# reaches over. Each further place takes one step more.

# %%
draw.windows(n=8, k=3)

# %% [markdown]
# A row is one place; its squares are the pixels that it reads. Three pixels are needed for the first place, and five remain for steps of 1: 1 + 5 places. (`draw.windows`)
#
# With a **stride** of 2 the kernel moves by two pixels. **Predict:** how many places remain of these six? And is any pixel never read?
#
# <details><summary>Answer</summary>
#
# Three: the five pixels behind the first place allow two whole steps of 2. The last pixel is left over, and nothing reads it. The picture shows it.
# </details>

# %%
draw.windows(n=8, k=3, stride=2)

# %% [markdown]
#
# Now the **padding**: pixels of value 0 are put around the image, so that the kernel can stand on the border too. In a 3×3
# convolution one on each side is enough to keep the size.

# %%
draw.windows(n=8, k=3, padding=1)

# %% [markdown]
# And the **dilation**: the single weights of the kernel, its *taps*, are spread, 2 apart instead of 1. Then three taps reach over five pixels.

# %%
draw.windows(n=8, k=3, padding=1, dilation=2)

# %% [markdown]
# The padding of 1 is no longer enough: six places, not eight. On the image of section 1, with a padding of 2, the same kernel reads this:

# %%
draw.convolution(image, kernel, at=(2, 2), padding=2, dilation=2)

# %% [markdown]
# Nine taps as before, but every second pixel between them is skipped, and one kernel spans the whole image. Four of its weights are 0 at the corners; check the sum by hand. (`draw.convolution`)
#
# So everything is in one line. The kernel *reaches* over $d(k-1)+1$ pixels. Of the $n+2p$ pixels that there are with the padding it takes
# those for its first place, and every further $s$ pixels give one place more, rounded down:
#
# $$\text{out} = \left\lfloor \frac{n + 2p - d(k-1) - 1}{s} \right\rfloor + 1$$


# %%
def out_size(n, k, stride=1, padding=0, dilation=1):
    reach = dilation * (k - 1) + 1
    return (n + 2 * padding - reach) // stride + 1


print("k  s  p  d   n=8")
for k, s, p, d in [(3, 1, 0, 1), (3, 2, 0, 1), (3, 1, 1, 1), (3, 1, 1, 2), (3, 1, 2, 2)]:
    real = F.conv1d(torch.zeros(1, 1, 8), torch.zeros(1, 1, k), None, s, p, d).shape[-1]
    assert out_size(8, k, s, p, d) == conv_out(8, k, s, p, d) == real
    print(f"{k}  {s}  {p}  {d}   {real}")

# %% [markdown]
# The last two rows answer a question that everybody has at the words `padding=dilation` in `conv3x3` (its code is in section 9). With dilation 2 and padding 1 the image shrinks from 8 to 6;
# with padding 2 it stays. **Predict** the padding that a dilation of 4 needs.
#
# <details><summary>Answer</summary>
#
# 4. A 3×3 kernel with dilation $d$ reaches $d$ pixels to each side of its centre, so it needs $d$ pixels of padding. In the
# formula: $n + 2d - 2d - 1 + 1 = n$. The size must stay, since the shortcut hands on the size that came in, and the two are added.
# </details>

# %%
for d in (1, 2, 4):
    kept = nn.Conv2d(4, 4, 3, padding=d, dilation=d)(torch.zeros(1, 4, 14, 14))
    print(f"dilation {d}, padding {d}: 14 -> {kept.shape[-1]}")

# %% [markdown]
# <details><summary><b>Stuck?</b> "Kernel size can't be greater than actual input size"</summary>
#
# The kernel reaches over more pixels than the padded image has, so there is not one place for it. Mostly the image has become too small, or the axes are in
# another order than `(N, C, H, W)`. `conv_out` of this package says by how much it does not fit.
# </details>
#
# ## 3 · Stride 2 on odd sizes
#
# ResNet has four kinds of strided layers: the 7×7 of the stem with padding 3, the max pool (which takes the largest number of its 3×3 window, without weights) and the 3×3 with padding 1, the 1×1 on a shortcut with none.
# A shortcut and its branch are added, so a strided 1×1 and a strided 3×3 must agree on *every* size. **Predict** by the formula: what do the four make of 57 pixels, and of 56? (The pool has the numbers of the 3×3, so the cell has three.)

# %%
kinds = {"7x7, padding 3": (7, 3), "3x3, padding 1": (3, 1), "1x1, padding 0": (1, 0)}
for n in (56, 57):
    sizes = {name: conv_out(n, k, stride=2, padding=p) for name, (k, p) in kinds.items()}
    print(n, "->", sizes)
tried = range(1, 1000)
for n in tried:
    assert {conv_out(n, k, stride=2, padding=p) for k, p in kinds.values()} == {-(-n // 2)}
print(len(tried), "sizes: always half, rounded up")

# %% [markdown]
# All of them give half of $n$, **rounded up**, for every size from 1 on (the loop has tried 999). The reason is in the formula: $2p = k - 1$ in all
# three, so $k$ drops out, and $\lfloor (n-1)/2 \rfloor + 1$ remains.
#
# Where does the kernel stand when it strides? On the even rows and columns:

# %%
draw.convolution(image, kernel, at=(1, 1), stride=2, padding=1)

# %% [markdown]
# Grey is padding. The 3 × 3 outputs stand on rows and columns 0, 2, 4 of the image; every pixel is read by at least one of them. In section 1 the same image gave a 3 × 3 output by losing its border; here by skipping. (`draw.convolution`)
#
# ## 4 · Channels
#
# An image has more than one channel. One filter then has a 3×3 kernel *for each channel that comes in*; it adds up
# all products over all channels and returns **one** number for each place. There are as many filters as channels are to come out. So the weight has four axes: `(out, in, 3, 3)`.

# %%
conv = nn.Conv2d(3, 2, kernel_size=3, padding=1, bias=False)
photo = torch.rand(1, 3, 6, 6)
print("weight", tuple(conv.weight.shape), "  output", tuple(conv(photo).shape))
place = photo[0, :, 1:4, 1:4]  # 3 channels, 3 rows, 3 columns: around row 2, column 2
one = (conv.weight[1] * place).sum()
assert torch.allclose(one, conv(photo)[0, 1, 2, 2])
print("products in one output number:", place.numel())

# %% [markdown]
# Parameters: out · in · k · k. And the work? Each weight is used once at each place of the output. One product added to a sum is a **multiply-add**:
#
# multiply-adds = parameters · output height · output width
#
# Take the second convolution of ResNet-18's first block: 64 channels in and out, on 56 × 56. **Predict** both numbers, then run.

# %%
weights = 64 * 64 * 3 * 3
work = weights * 56 * 56
record = trace("resnet18")["layer1.0.conv2"]
assert weights == record.parameters == conv_params(64, 64, 3)
assert work == record.multiply_adds == conv_macs(64, 64, 3, 56, padding=1)
print(f"{weights:,} parameters, {work:,} multiply-adds")

# %% [markdown]
# Now the same kind of layer two stages later: 256 channels on 14 × 14.

# %%
earlier = record
weights = 256 * 256 * 3 * 3
work = weights * 14 * 14
record = trace("resnet18")["layer3.0.conv2"]
assert (weights, work) == (record.parameters, record.multiply_adds)
print(f"{weights:,} parameters, {work:,} multiply-adds")
print(weights // earlier.parameters, "times the parameters of the earlier one")

# %% [markdown]
# Sixteen times the parameters, the same work. Channels doubled twice: 4 · 4 = 16 times the weights. The grid halved twice: a sixteenth of the places. That is the rule by which the paper
# balanced its stages ([He15] sec. 3.3): half the grid, double the channels, equal cost.
#
# ## 5 · Groups
#
# `groups` cuts the channels into bands that do not see each other. Here are four channels of one pixel, in two groups. The weight has a row for each output channel, and a row has two numbers and not four.
# **Predict** the four numbers that come out.

# %%
pixel = torch.tensor([1.0, 2.0, 3.0, 4.0])
weight = torch.tensor([[1.0, 1.0], [2.0, 0.0], [1.0, -1.0], [0.0, 3.0]])
out = F.conv2d(pixel.view(1, 4, 1, 1), weight.view(4, 2, 1, 1), groups=2)
print(out.flatten().tolist())

# %% [markdown]
# <details><summary>How?</summary>
#
# The first two rows read the first two channels, 1 and 2: 1·1 + 1·2 = 3 and 2·1 + 0·2 = 2. The last two rows read 3 and 4: 1·3 − 1·4 = −1 and 0·3 + 3·4 = 12.
# </details>
#
# In a picture, for eight channels: with `groups=4`, the first quarter of the outputs reads the first quarter of the inputs only.

# %%
draw.connections(cin=8, cout=8, groups=4)

# %% [markdown]
# Blue where an output channel reads an input channel. Of the 64 pairs 16 remain, a fourth: parameters and multiply-adds are divided by the number of groups. (`draw.connections`)
#
# **Predict** the shape of the weight of a 3×3 convolution with 128 channels in and out and 32 groups, as ResNeXt has it.

# %%
grouped = nn.Conv2d(128, 128, 3, padding=1, groups=32, bias=False)
dense = nn.Conv2d(128, 128, 3, padding=1, bias=False)
print("weight", tuple(grouped.weight.shape))
print(dense.weight.numel() // grouped.weight.numel(), "times fewer parameters")
assert grouped.weight.numel() == conv_params(128, 128, 3, groups=32)

# %% [markdown]
# The second axis is in / groups: 128 / 32 = 4 channels. Is it the same as 32 small convolutions side by side? Cut, convolve, join:

# %%
features = torch.rand(1, 128, 7, 7)
bands = zip(features.chunk(32, dim=1), grouped.weight.chunk(32), strict=True)
side_by_side = torch.cat([F.conv2d(band, weight, padding=1) for band, weight in bands], dim=1)
print("the same values:", torch.allclose(grouped(features), side_by_side, atol=1e-6))

# %% [markdown]
# ## 6 · 1×1: a matrix for every pixel
#
# A kernel of one pixel sees no neighbour. What is left is the sum over channels: at each pixel its channels are a vector, and it is multiplied with one and the same matrix, out × in.
# It is a fully connected layer, applied pixel by pixel. Here it is written as a matrix product:

# %%
narrow = nn.Conv2d(256, 64, kernel_size=1, bias=False)
features = torch.rand(1, 256, 14, 14)
matrix = narrow.weight[:, :, 0, 0]  # (64, 256)
pixels = features[0].flatten(1)  # (256, 196): a column is a pixel
product = (matrix @ pixels).unflatten(1, (14, 14))
print(tuple(matrix.shape), "@", tuple(pixels.shape), "->", tuple(product.shape))
print("the same values:", torch.allclose(narrow(features)[0], product, atol=1e-5))

# %% [markdown]
# It changes the number of channels at a ninth of the price of a 3×3. **Predict:** which pixels does a 1×1 with stride 2 read? What share of the image does it never see?

# %%
strided = nn.Conv2d(256, 64, kernel_size=1, stride=2, bias=False)
subsampled = F.conv2d(features[:, :, ::2, ::2], strided.weight)
print("rows and columns 0, 2, 4, … only:", torch.allclose(strided(features), subsampled, atol=1e-6))
print("read:", features[:, :, ::2, ::2].numel() / features.numel())

# %% [markdown]
# One pixel in four. Three quarters are never looked at; [BoT] sec. 4 made networks better by avoiding it. On a shortcut, where torchvision has it, the branch beside it still reads everything.
# On the branch itself it would be a loss, and this is why the stride of a bottleneck moved: [05 · Why 1×1–3×3–1×1?](05_bottleneck.ipynb).
#
# ## 7 · Why `bias=False`
#
# `nn.Conv2d` adds a bias to each output channel unless told otherwise. In ResNet a BatchNorm follows, which subtracts the mean of each channel, so a constant that was added is
# taken away at once. Look, with a bias of 5 added:

# %%
_ = torch.manual_seed(0)
biased = nn.Conv2d(3, 8, 3)
photos = torch.randn(4, 3, 9, 9)
norm = nn.BatchNorm2d(8)
before = norm(biased(photos))
biased.bias.data += 5
after = norm(biased(photos))
print("same output with the bias 5 higher:", torch.allclose(after, before, atol=1e-5))
spared = sum(r.output_shape[1] for r in trace("resnet50") if r.kind == "Conv2d")
print(f"biases that ResNet-50 does not have: {spared:,}")

# %% [markdown]
# [03 · What are all those `bn` and the one `relu`?](03_batchnorm_and_relu.ipynb) shows that even its gradient is zero. (For conv → ReLU → BatchNorm a bias would *not* be useless: the
# ReLU bends what the bias has shifted.)
#
# ## 8 · The stem, the one 7×7
#
# The first layer of every ResNet has a 7×7 kernel, stride 2, padding 3. The paper gives no reason. What does it cost? Only three channels come in, which keeps it small in
# parameters. **Predict:** is it small in work, too?

# %%
for name in ("resnet18", "resnet50"):
    network = trace(name)
    conv1 = network["conv1"]
    assert conv1.parameters == 3 * 64 * 7 * 7
    assert conv1.multiply_adds == conv1.parameters * 112 * 112
    few = 100 * conv1.parameters / network.totals.parameters
    work = 100 * conv1.multiply_adds / network.totals.multiply_adds
    print(f"{name}: {conv1.parameters:,} parameters, {few:.2f} % of all; "
          f"{conv1.multiply_adds:,} multiply-adds, {work:.1f} % of all")

# %% [markdown]
# Under a thousandth of the parameters, and yet several percent of the work, as it stands on the largest grid of all. (The table of [00](00_start_here.ipynb) counts the norm behind it with it, hence a few parameters more.)
#
# ## 9 · Your file so far
#
# Two functions. `conv3x3` keeps the size at stride 1 whatever the dilation; `conv1x1` has no padding, because it reaches nowhere. Neither has a bias.


# %%
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=dilation,
                     groups=groups, bias=False, dilation=dilation)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


print(conv3x3(64, 128, stride=2))
print(conv1x1(64, 128, stride=2))

# %% [markdown]
# And the same bits? The same seed must give the same weights, and these the same output, as with the functions of the package and of torchvision.

# %%
import resnet_edu
from resnet_edu.peer import import_torchvision

judge = import_torchvision().models.resnet


def run(function, *arguments):
    _ = torch.manual_seed(0)
    layer = function(8, 16, *arguments)
    x = torch.rand(2, 8, 15, 15)
    return layer.weight, layer(x)


for name, mine in (("conv3x3", conv3x3), ("conv1x1", conv1x1)):
    cases = [(1,), (2,)] + ([(1, 4), (2, 8), (1, 1, 2), (2, 2, 4)] if name == "conv3x3" else [])
    for case in cases:
        yours = run(mine, *case)
        for file in (resnet_edu, judge):
            theirs = run(getattr(file, name), *case)
            assert all(torch.equal(a, b) for a, b in zip(yours, theirs, strict=True))
    print(name, "the same bits in", len(cases), "cases")

# %% [markdown]
# ## Now you can …
#
# - derive the size that any convolution or pool puts out, also for odd sizes;
# - count its parameters and multiply-adds, with groups;
# - say why `padding=dilation`, why `bias=False`, and what a 1×1 does.
#
# ## Exercises
#
# 1. A 5×5 convolution shall keep the size at stride 1 and dilation 3. Which padding? Check with `conv_out`.
# 2. `draw.windows(n=9, k=1, stride=2)`: which pixels are read? Compare with `draw.windows(n=9, k=3, stride=2, padding=1)`. Why do both have equally many outputs?
# 3. Two 3×3 convolutions in a row, 64 channels: how many pixels, along one axis, does one output depend on? How many parameters have they, and how many has a single 5×5?
# 4. Which `groups` gives the fewest parameters? Build that layer for 64 channels and count. (Other networks call it *depthwise*.)
# 5. Write `by_hand` with stride and dilation, and compare with `F.conv2d` on integers: the bits must agree. Why may they differ on `torch.rand`?

# %% [markdown]
# ### What the checker says
#
# Your two functions of section 9, and your formula of section 2, are right:

# %%
from resnet_edu.exercises import check

for name, answer in [("conv3x3", conv3x3), ("conv1x1", conv1x1), ("conv_out", out_size)]:
    print(check(name, answer))


# %% [markdown]
# A version that looks harmless. **Predict:** for which arguments does it go wrong?


# %%
def always_padded_by_one(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return nn.Conv2d(in_planes, out_planes, 3, stride, 1, dilation, groups, bias=False)


check("conv3x3", always_padded_by_one)

# %% [markdown]
# ### Your turn: `conv_out`
#
# Return the side of the output of a convolution: `n` pixels come in along one axis, the
# kernel has `k` taps, `dilation` is the distance from tap to tap, and `padding` pixels are put on
# each of the two sides. The kernel fits into the padded image at least once.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.
#
# (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def conv_out(n, k, stride=1, padding=0, dilation=1):
    return None  # your count


check("conv_out", conv_out)

# %% [markdown]
# ### Your turn: `conv_params`
#
# Return the number of parameters of a `k`×`k` convolution from `cin` to `cout`
# channels. Both counts are multiples of `groups`. With `bias=True` its bias is counted too.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.
#
# (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def conv_params(cin, cout, k, groups=1, bias=False):
    return None  # your count


check("conv_params", conv_params)

# %% [markdown]
# ### Your turn: `conv3x3`
#
# Write a function that returns a new 3×3 convolution without bias.
# `stride`, `groups` and `dilation` do what they do in `nn.Conv2d`. The border is filled with zeros,
# just so far that the grid keeps its size at stride 1, whatever the dilation.
#
# Without looking back. (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return None  # your layer


check("conv3x3", conv3x3)

# %% [markdown]
# ### Your turn: `conv1x1`
#
# Write a function that returns a new 1×1 convolution without bias. At stride 1 it
# changes the number of channels and nothing else; with a larger `stride` it reads every second
# (third, …) pixel only, beginning with the first.
#
# Without looking back. (The name stands for the new one from here on: to have that of the chapter again, run the cell that makes or imports it.)

# %%
def conv1x1(in_planes, out_planes, stride=1):
    return None  # your layer


check("conv1x1", conv1x1)

# %% [markdown]
# ## Summary
#
# 1. A convolution multiplies a small grid of weights with what lies under it, adds up, and moves on.
# 2. Side, kernel, stride, padding and dilation decide how many places there are; what is left over at the border is no place.
# 3. `padding=dilation` keeps the size of a 3×3 at stride 1.
# 4. Each strided layer of ResNet halves and rounds up, so a shortcut and its branch always agree.
# 5. The weight is (out, in / groups, k, k); the product of the four is the number of parameters.
# 6. Multiply-adds are parameters times places of the output.
# 7. Half the grid and double the channels: four times the parameters, the same work.
# 8. Groups divide parameters and work; the bands do not see each other.
# 9. A 1×1 is a matrix product at each pixel; with stride 2 it ignores three pixels of four.
# 10. No bias, because a BatchNorm follows.
#
# Back: [01 · Why not just stack layers?](01_why_residual.ipynb) · On: [03 · What are all those `bn` and the one `relu`?](03_batchnorm_and_relu.ipynb)
