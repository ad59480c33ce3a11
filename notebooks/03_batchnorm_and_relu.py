# %% [markdown]
# # 03 · What are all those `bn` and the one `relu`?
#
# Every convolution of `resnet.py` is followed by a `bn`, with a number of its own. All of them in a block share **one** `relu`.
# **What does a BatchNorm do, why has each convolution its own while the ReLU is shared, and what does `inplace=True` overwrite?**
#
# *Needs:* [02 · What does `conv3x3` do to a shape?](02_convolutions.ipynb). *Takes:* 35 minutes to read, a few seconds to run.
# *Afterwards* you can say what changes between `train()` and `eval()`, and when writing in place is safe.

# %%
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from resnet_edu import draw, resnet18, resnet50
from resnet_edu.anatomy import trace

draw.strip(trace("resnet50"), highlight=["bn1", "layer1", "layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here*, in every lit box: ResNet-50 this time. A box is drawn by its convolutions, but behind each of them stands a norm, and behind most a ReLU. How many are there?

# %%
kinds = [record.kind for record in trace("resnet50")]
modules = [type(module).__name__ for module in resnet50().modules()]
print("kind          modules   calls")
for kind in ("Conv2d", "BatchNorm2d", "ReLU"):
    print(f"{kind:<14}{modules.count(kind):>7}{kinds.count(kind):>8}")
print("blocks:", modules.count("Bottleneck"))

# %% [markdown]
# As many norms as convolutions, each called once. But 17 ReLU modules are called 49 times: one in the stem, once, and one in each of 16 blocks, three times. By the end of this chapter both are plain.
#
# ## 1 · What BatchNorm does to a channel
#
# A network learns best when the values inside it have a sensible size. BatchNorm takes care of that by force. For each **channel** it
# takes all values of the batch, over all images and all positions, subtracts their mean and divides by their standard deviation.
#
# Four images, three channels, the channels of very different size:

# %%
_ = torch.manual_seed(0)
size = torch.tensor([2.0, 1.0, 0.5]).view(1, 3, 1, 1)
shift = torch.tensor([3.0, 0.0, -1.0]).view(1, 3, 1, 1)
x = torch.randn(4, 3, 8, 8) * size + shift
by_channel = {f"channel {c}": x[:, c].flatten().tolist() for c in range(3)}
draw.distributions(by_channel, "Before: three channels of different size", span=(-4, 12))

# %%
norm = nn.BatchNorm2d(3)
y = norm(x).detach()
by_channel = {f"channel {c}": y[:, c].flatten().tolist() for c in range(3)}
draw.distributions(by_channel, "Behind BatchNorm: mean 0, deviation 1, each", span=(-4, 12))

# %% [markdown]
# The axis is the same in both pictures. Each heap has kept its shape; its own place and width are gone. (`draw.distributions`)
#
# In full, with a small $\epsilon$ against division by zero, and with two numbers per channel that are *learned*: a weight $\gamma$ and a bias $\beta$,
#
# $$y = \gamma\,\frac{x - \text{mean}}{\sqrt{\text{var} + \epsilon}} + \beta$$
#
# They start at 1 and 0. Through them the network can undo the normalisation where that is better.


# %%
def normalise(x, weight, bias, eps=1e-5):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    var = x.var(dim=(0, 2, 3), keepdim=True, unbiased=False)
    shape = (1, -1, 1, 1)
    return (x - mean) / torch.sqrt(var + eps) * weight.view(shape) + bias.view(shape)


mine = normalise(x, norm.weight, norm.bias)
print("the same values:", torch.allclose(mine, norm(x), atol=1e-6))

# %% [markdown]
# Values, not bits: our sums run in another order than the library's. ([12](12_verify_against_torchvision.ipynb) is about that difference.)
#
# **Predict:** how many learned numbers has a BatchNorm of 64 channels?

# %%
bn = nn.BatchNorm2d(64)
print("learned: ", {name: tuple(p.shape) for name, p in bn.named_parameters()})
print("buffers: ", {name: tuple(b.shape) for name, b in bn.named_buffers()})
count = sum(p.numel() for p in bn.parameters())
assert count == 2 * 64
print("learned numbers:", count)

# %% [markdown]
# 2 · 64 = 128. The three *buffers* are not learned: the optimiser does not see them, but they are saved with the weights. They are the next section.
# (`num_batches_tracked` counts batches, and is only used with `momentum=None`, exercise 3. Old files lack it and load all the same.)
#
# ## 2 · Training and inference
#
# At inference you may have one image, and its scores must not depend on who else is in the batch. So in training BatchNorm keeps notes: a running mean and a running variance for each channel. After
# `model.eval()` it uses the notes and no longer the batch.
#
# `momentum=0.1` says how fast the notes move. It is the weight of the **new** batch:
#
# running = 0.9 · running + 0.1 · batch
#
# (Keras writes the other share, and an optimiser's momentum is something else altogether.) Feed a batch of mean 10 again and again. **Predict:** where does the running mean stand after the first
# batch, and is it right after 22?

# %%
bn = nn.BatchNorm2d(1)
batch = torch.randn(8, 1, 4, 4)
batch = 10 + batch - batch.mean()
notes = [bn.running_mean.item()]
for _ in range(22):
    _ = bn(batch)
    notes.append(bn.running_mean.item())
print(f"after 1: {notes[1]:.2f}   after 22: {notes[22]:.2f}   weight of the start: {0.9**22:.2f}")
draw.lines(
    {"running mean": notes, "mean of every batch": [10.0] * 23},
    "The notes follow slowly: after 22 batches a tenth is missing",
    x=range(23), xlabel="batches", ylabel="mean",
)

# %% [markdown]
# After 22 batches the starting value, 0, still has a weight of about 10 %. A short training leaves wrong notes behind; then `eval()` looks much worse than training did.
#
# What exactly changes between the two modes? In this network BatchNorm is the only layer that knows them: there is no *dropout*, which sets random values to 0 in training. **Predict:** in which of the two modes do a picture's scores depend on the other pictures of the batch?

# %%
net = resnet18()
images = torch.rand(4, 3, 64, 64)
alone = {}
for mode in ("train", "eval"):
    _ = net.train(mode == "train")
    with torch.no_grad():
        in_company, two = net(images)[:2], net(images[:2])
    alone[mode] = torch.allclose(in_company, two, rtol=1e-3, atol=1e-4)
    print(f"{mode:<6} a picture's scores do not depend on the others: {alone[mode]}")

# %% [markdown]
# In training they do: the others have a part in the mean. **Predict:** does `torch.no_grad()` keep the running statistics still in training mode?

# %%
_ = net.train()
before = net.bn1.running_mean.clone()
with torch.no_grad():
    _ = net(images)
print("moved under no_grad, train mode:", not torch.equal(before, net.bn1.running_mean))
before = net.bn1.running_mean.clone()
scores = net.eval()(images)
print("moved in eval mode:             ", not torch.equal(before, net.bn1.running_mean))
print("eval mode keeps gradients:      ", scores.requires_grad)

# %% [markdown]
# The two switches have nothing to do with each other. `eval()` changes what BatchNorm does; `no_grad()` changes what *autograd* keeps, torch's record of the operations, from which it works out gradients. For inference you want both.
#
# Each variance is divided by another count, by the way. The batch is normalised with the sum of squares divided by n; into the notes goes the one divided by n − 1. With thousands of values nobody can tell; with four one can:

# %%
few = torch.tensor([1.0, 2.0, 3.0, 6.0]).view(1, 1, 2, 2)
bn = nn.BatchNorm2d(1, momentum=1.0)  # notes = the last batch
_ = bn(few)
print("noted:", f"{bn.running_var.item():.4f}", "  n - 1:", f"{few.var(unbiased=True).item():.4f}",
      "  n:", f"{few.var(unbiased=False).item():.4f}")

# %% [markdown]
# ## 3 · A batch of one
#
# "BatchNorm cannot train on one image" is often said. **Predict:** for which of these sizes does it fail?


# %%
def attempt(call):
    """Run, and print an error as its name and message."""
    try:
        print("fine:", tuple(call().shape))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


_ = net.train()
for side in (224, 33, 32):
    print(f"{side:>3}", trace("resnet18", side)["layer4.1.bn2"].output_shape, end="  ")
    attempt(partial(net, torch.rand(1, 3, side, side)))

# %% [markdown]
# It needs more than one *value* per channel, not more than one image. At 224 the last stage has 7 × 7 values of each channel, at 33 still 2 × 2. At 32 it is one
# single value, whose deviation from its own mean is 0 whatever it was, so nothing could be learned; torch refuses.
#
# <details><summary><b>Stuck?</b> "Expected more than 1 value per channel when training"</summary>
#
# Either the last batch of your data set has one picture left over (`DataLoader(drop_last=True)` helps), or the pictures are very small, or the network should be in `eval()` mode at this place.
# </details>
#
# ## 4 · Why the convolution before it has no bias
#
# A bias adds the same number to a whole channel. The mean rises by the same number and is subtracted. So the output cannot depend on it, and its gradient must be zero. Not almost, but by
# reason; what is left of it below is rounding. (Both numbers are the largest of their kind.)

# %% tags=["varies"]
conv = nn.Conv2d(3, 8, 3, bias=True)
out = nn.BatchNorm2d(8)(conv(x))
loss = (out * torch.randn_like(out)).sum()
loss.backward()
weight, bias = conv.weight.grad.abs().max(), conv.bias.grad.abs().max()
print(f"gradient of the weight {weight:.1f}, of the bias {bias:.6f}")
assert bias < weight / 1000

# %% [markdown]
# $\beta$ of the norm does the work of a bias, and it comes *behind* the subtraction. Hence `bias=False` in [02](02_convolutions.ipynb).
#
# ## 5 · Another norm
#
# `norm_layer` of torchvision's classes is called with one argument, the number of channels. None stands for `nn.BatchNorm2d`. `GroupNorm`, say, takes mean and deviation of a group of channels in one image, so it does not look at the rest of the batch. It wants two arguments and comes wrapped: `partial(nn.GroupNorm, 32)` is `nn.GroupNorm` with its first argument, 32 groups, given in advance.

# %%
grouped = resnet50(norm_layer=partial(nn.GroupNorm, 32))
print(grouped.bn1)
attempt(partial(grouped, images))
attempt(lambda: resnet50(norm_layer=nn.GroupNorm)(images))
attempt(lambda: resnet50(norm_layer=nn.LayerNorm)(images))

# %% [markdown]
# Without the wrapping, `GroupNorm` misses an argument. `LayerNorm` can be built, and fails when it is called: it would normalise over the last axis, the width.
#
# Why is there no dropout? **paper**: [He15] sec. 3.4 uses none, following the BatchNorm paper, and regularises by weight decay. On the shortcut it even made training fail ([He16] Table 1); inside the branch of a very
# wide net it helps a little on CIFAR-10, 3.89 instead of 4.00 % error ([WRN] README).
#
# ## 6 · One ReLU, used three times
#
# `relu(x)` is x where x is positive, else 0. It has nothing to learn and keeps nothing between two calls. So one module can serve several places.

# %%
for record in trace("resnet50"):
    if record.path == "layer1.0.relu":
        channels = record.output_shape[1]
        print(f"{record.name:<16} call {record.call + 1} of one module, {channels} channels")
print(modules.count("ReLU"), "modules,", kinds.count("ReLU"), "calls in the whole network")

# %% [markdown]
# Each call makes its own node in autograd's graph, and the node remembers what it needs. The price is small: whoever walks over `modules()` sees 17 ReLUs and not 49.
#
# **Predict:** may two places of a block share one *BatchNorm* as well? Both have 64 channels, so it would run.

# %%
shared = nn.BatchNorm2d(1)
for _ in range(60):  # two places: one has mean 0, the other mean 10
    _ = shared(torch.randn(8, 1, 4, 4))
    _ = shared(torch.randn(8, 1, 4, 4) + 10)
_ = shared.eval()
print(f"its notes: mean {shared.running_mean.item():.0f}, variance {shared.running_var.item():.0f}")
for mean in (0, 10):
    seen = shared(torch.randn(512, 1, 4, 4) + mean)
    print(f"place with mean {mean:>2}: behind the norm the mean is {seen.mean():+.0f}, not 0")

# %% [markdown]
# In training all looks well, since each batch is normalised by itself. At inference the common notes are wrong for both places. A bug that no shape and, in training, no value shows: each convolution needs its own norm.
#
# ## 7 · In place
#
# `nn.ReLU(inplace=True)` writes its result over its input. It saves memory: a new map of the same size is not needed. What is overwritten is *gone*, and whoever still holds the tensor sees the new values.
#
# Say that you want to look at the output of `bn1` and hang a *hook* on it: a function that torch calls with whatever the module puts out. Behind `bn1` stands the ReLU. **Predict:** what is the smallest value you find?

# %%
block = resnet18().layer1[0].eval()
kept = {}


def look(module, arguments, out):
    kept.update(out=out, copy=out.clone())


_ = block.bn1.register_forward_hook(look)
_ = block.bn2.register_forward_hook(lambda module, arguments, out: kept.update(second=out))
result = block(torch.randn(1, 64, 8, 8))
print("kept:  smallest is", "0" if kept["out"].min() == 0 else "below 0")
print("clone: smallest is", "0" if kept["copy"].min() == 0 else "below 0")
print("kept of bn2: the block's output, every bit:", torch.equal(kept["second"], result))

# %% [markdown]
# The tensor that the hook kept has been overwritten by the ReLU a moment later. Clone in a hook. `bn2`'s output is worse off: the addition and the last ReLU both work in it, so the hook has the *block's* output.
#
# Why does this not ruin the gradients? Since **nobody needs what is overwritten**. BatchNorm keeps its *input* for the backward pass, not its output; ReLU needs only its result (positive or not). With and without:

# %%
x = torch.randn(2, 3, 4, 4)
bn = nn.BatchNorm2d(3)
with_, without = (
    torch.autograd.grad(F.relu(bn(x), inplace=flag).pow(2).sum(), bn.weight)[0]
    for flag in (True, False)
)
print("the same gradient, every bit:", torch.equal(with_, without))

# %% [markdown]
# Now break it on purpose. ReLU has saved its output for the backward pass; add something to that output in place:

# %%
w = torch.randn(3, requires_grad=True)
out = torch.relu(w * 2)
out += 1
attempt(lambda: out.sum().backward())

# %% [markdown]
# Autograd counts how often each tensor was written to. It sees that its saved tensor is no longer the one that it saved, and raises an error rather than return a wrong gradient. (Only a write through `.data` is not counted. Do not do that.) This is what
# happens to a block with the ReLU *before* the addition and `out += identity` after it.
#
# The second way to break it: overwrite the *input* of a convolution, which saved it.

# %%
x = torch.randn(1, 1, 3, 1, requires_grad=True) * 2
x += nn.Conv2d(1, 1, 1)(x)  # into x: the caller's tensor, and the convolution's
attempt(lambda: x.sum().backward())

# %% [markdown]
# `identity += out` instead of `out += identity` would do just that.
#
# <details><summary><b>Stuck?</b> "one of the variables needed for gradient computation has been modified by an inplace operation"</summary>
#
# Look for `+=`, `inplace=True` and functions ending in `_`. Set all ReLUs to `inplace=False` first; if the error goes, one of them wrote over something that a later backward step needed. In ResNet's own order, norm, ReLU, sum into the
# norm's output, it is safe.
# </details>
#
# ## 8 · Your file so far
#
# The three lines that the rest of the book repeats, `conv → bn → relu`, with a norm of your own writing: the formula of section 1 with notes. We use torch's later, for its bits.


# %%
class MyBatchNorm(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.momentum, self.eps = momentum, eps

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * n / (n - 1), self.momentum)
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight / torch.sqrt(var + self.eps)
        return x * scale.view(1, -1, 1, 1) + (self.bias - mean * scale).view(1, -1, 1, 1)


pair = [MyBatchNorm(3), nn.BatchNorm2d(3)]
for _ in range(5):
    photos = torch.randn(4, 3, 8, 8) * 3 + 1
    a, b = (module(photos) for module in pair)
    assert torch.allclose(a, b, atol=1e-5)
assert torch.allclose(pair[0].running_var, pair[1].running_var)
a, b = (module.eval()(photos) for module in pair)
print("training, notes, inference: the same values", torch.allclose(a, b, atol=1e-5))

# %% [markdown]
# Can the whole network be built with it? `norm_layer` takes it. All parameters have their names; only the buffer `num_batches_tracked` is not there. **Predict:** do weights that were saved with torch's norm load?

# %%
own = resnet18(norm_layer=MyBatchNorm)
saved = resnet18().state_dict()
found = own.load_state_dict(saved, strict=False)
unused = {key.rpartition(".")[2] for key in found.unexpected_keys}
print("missing:", found.missing_keys, "  not asked for:", len(found.unexpected_keys), unused)

# %% [markdown]
# With `strict=False` they do, and nothing is missing. Without it torch refuses, because of 20 counters that nobody asked for. The bits of the output differ, as [12](12_verify_against_torchvision.ipynb) shows.
#
# For the same *bits* as the package we take `nn.BatchNorm2d`. Here is `conv → bn → relu` of your own, with the weights of the package's stem, against what its max pool receives:

# %%
net = resnet18()
images = torch.rand(2, 3, 64, 64)
_ = net(images)  # one batch in training mode, so that there are notes
_ = net.eval()
stem = nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
                     nn.BatchNorm2d(64), nn.ReLU(inplace=True)).eval()
_ = stem[0].load_state_dict(net.conv1.state_dict())
_ = stem[1].load_state_dict(net.bn1.state_dict())
_ = net.maxpool.register_forward_pre_hook(lambda module, arguments: kept.update(stem=arguments[0]))
_ = net(images)
print("the same bits:", torch.equal(stem(images), kept["stem"]))

# %% [markdown]
# ## Now you can …
#
# - say what a BatchNorm holds, what moves in `train()` and what is used in `eval()`;
# - explain why the ReLU is shared and a norm must not be;
# - tell a safe in-place operation from one that breaks the backward pass.
#
# ## Exercises
#
# 1. Train mode, batch of two equal images. What does BatchNorm put out for one channel of 1 × 1 values? Think first, then run.
# 2. How many buffers (numbers, not tensors) has ResNet-18? Count by hand from the channels in `trace("resnet18")`, then with `resnet18().buffers()`.
# 3. Set `momentum=None` in the experiment of section 2. Where does the running mean stand after the first batch, and why?
# 4. In `MyBatchNorm`, forget the factor n / (n − 1). Which of the checks of section 8 sees it, and for which shapes of `photos` would none see it?
# 5. Give a block of your own `nn.ReLU(inplace=True)` as its *first* operation. What happens to the caller's tensor?

# %% [markdown]
# ### What the checker says
#
# Somebody counts all that BatchNorm holds per channel, the weight, the bias and both running statistics:

# %%
from resnet_edu.exercises import EXERCISES, check

check("bn_params", lambda c: 4 * c)

# %% [markdown]
# A right answer looks like this (whose text stays hidden):

# %%
check("bn_params", EXERCISES["bn_params"].reference())

# %% [markdown]
# ### Your turn: `bn_params`
#
# Return the number of parameters of a BatchNorm over `c` channels: weights and biases,
# all that an optimiser would change.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.

# %%
def bn_params(c):
    return None  # your count


check("bn_params", bn_params)

# %% [markdown]
# ### Your turn: `spot_norms`
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
#  6      out = self.conv2(out)
#  7      out = self.bn1(out)
#  8      return out
# ```
#
# - a: the norm comes behind the convolution, where it has no effect on what goes on
# - b: in training mode the second norm would need a larger batch than the first
# - c: one norm keeps the statistics of two places, and the other is never called
# - d: a module may be called only once in a forward pass, so torch stops with an error
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_norms = None  # (line, "letter")
check("spot_norms", spot_norms)

# %% [markdown]
# ## Summary
#
# 1. BatchNorm brings each channel to mean 0 and deviation 1, over all images and positions of the batch.
# 2. Then a learned weight and bias for each channel: two parameters per channel.
# 3. In training it uses the batch and takes notes; in `eval()` it uses the notes.
# 4. `momentum` is the weight of the new batch in the notes.
# 5. Notes move in `train()` mode, gradients or not.
# 6. It needs more than one value per channel to train, not more than one image.
# 7. A bias before it has no effect and no gradient.
# 8. A ReLU has no weights and no notes, so one serves a whole block.
# 9. In place is safe where nobody needs the old values: behind a norm.
# 10. Where somebody does, autograd raises an error rather than return a wrong gradient.
#
# Back: [02 · What does `conv3x3` do to a shape?](02_convolutions.ipynb) · On: [04 · What is a residual block?](04_basic_block.ipynb)
