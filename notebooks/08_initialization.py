# %% [markdown]
# # 08 · What are the weights before training?
#
# The last lines of torchvision's `ResNet.__init__` are two loops. The first draws every convolution anew, with `kaiming_normal_` and `mode="fan_out"`. The second, if one asks for it, sets one norm of each block to zero.
# This is the network's *initialization*. **How large should a weight be before anybody has learned anything, and what does a zero do in its place?**
#
# *Needs:* [07 · How do blocks become a network?](07_stages_and_network.ipynb), and what a variance is (its root is the *deviation*, a size in the units of the thing itself). *Takes:* 35 minutes to read, about 20 seconds to run.
# *Afterwards* you can derive the deviation of any convolution's weights, and say how signals and gradients travel through an untrained network.

# %%
import math

import torch
import torch.nn.functional as F
from torch import nn

import resnet_edu
from resnet_edu import draw
from resnet_edu.anatomy import trace

draw.strip(trace("resnet50"), highlight=["conv1", "layer1", "layer2", "layer3", "layer4", "fc"])

# %% [markdown]
# *You are here.* Every lit box has weights, and each kind of layer has its own rule for their first values:

# %%
_ = torch.manual_seed(0)
model = resnet_edu.resnet50()
weights = {
    "conv1": model.conv1.weight,
    "layer2.0.downsample": model.layer2[0].downsample[0].weight,
    "layer4.2.conv3": model.layer4[2].conv3.weight,
    "fc": model.fc.weight,
}
samples = {name: w.detach().flatten()[:4000].tolist() for name, w in weights.items()}
draw.distributions(samples, "Before training: bells of different width, and one box (fc)", "weight")

# %% [markdown]
# Three normal distributions around 0, of quite different width, and a uniform one. The widths are no accident. (`draw.distributions`, 4000 weights of each layer)
#
# ## 1 · How large should a weight be?
#
# One number of a convolution's output is a sum of n products of a weight and an input, $w \cdot x$. Let the weights be independent, with mean 0 and variance $v$. Then each product has mean 0 and variance $v \cdot E[x^2]$, where $E[x^2]$ is the mean of the squared inputs; and the variances of independent terms add up:
#
# $$\text{Var}(\text{out}) = n \cdot v \cdot E[x^2]$$
#
# n is the number of weights that *come in* to one output: in · k · k, the **fan-in**. The output has mean 0, so its variance is its own mean square. With $v = 1/n$, then, the output is as large as the input. If $v$ is larger, each layer makes the signal larger; fifty layers make it enormous. If it is smaller, the signal dies.
#
# One thing is missing, the ReLU. It sets half of a symmetric signal to 0, and so takes away half of $E[x^2]$. To make up for it, $v = 2/n$. **Predict:** ten 3×3 convolutions, one behind the other, a ReLU before each. What has become of the deviation 1 at the end, for three values of $v$: 1/n, 2/n, 4/n?


# %%
def after_ten(factor, channels=256):
    _ = torch.manual_seed(0)
    x = torch.randn(4, channels, 16, 16)
    for _ in range(10):
        x = F.pad(F.relu(x), (1, 1, 1, 1), mode="circular")  # zeros would weaken the border
        deviation = math.sqrt(factor / (channels * 9))
        x = F.conv2d(x, torch.randn(channels, channels, 3, 3) * deviation)
    return x.std().item()


for factor in (1, 2, 4):
    formula = math.sqrt((factor / 2) ** 10)
    print(f"{factor}/n: by the formula {formula:.2g}, measured {after_ten(factor):.2g}")

# %% [markdown]
# Each layer multiplies the variance by half the factor, ten times. Only with 2/n does the signal keep its size. This is the rule of Kaiming He and his co-authors, hence `kaiming_normal_`; [He15] sec. 3.4 takes it from their earlier paper.
#
# (Two things were kept out of the way. Padding with zeros costs a little at the border. And with few channels the luck of one draw shows: try `after_ten(2, channels=64)`.)
#
# ## 2 · Fan-in or fan-out?
#
# The same argument, backwards. The gradient of one *input* number is a sum over all outputs that it has a part in: out · k · k weights, the **fan-out**. The ReLU takes half here, too: where it put out 0, it hands no gradient back. With $v = 2/\text{fan-out}$ *gradients* keep their size, with $v = 2/\text{fan-in}$ signals do. Where in equals out both are the same. A bottleneck's last 1×1, from 64 to 256 channels, has them four to one. **Predict:** with fan-out, what happens to the signal's variance in this layer? And with fan-in, to the gradient's?

# %%
z = torch.randn(8, 64, 20, 20, requires_grad=True)
for mode in ("fan_in", "fan_out"):
    _ = torch.manual_seed(0)
    weight = nn.init.kaiming_normal_(torch.empty(256, 64, 1, 1), mode=mode, nonlinearity="relu")
    out = F.conv2d(F.relu(z), weight)
    arriving = torch.randn_like(out)
    (gradient,) = torch.autograd.grad(out, z, arriving)
    print(f"{mode:<8} variance: signal {out.var():.2f}, gradient {gradient.var():.2f}")

# %% [markdown]
# Both came in with variance 1. Each mode keeps one of the two. With fan-out the signal shrinks here to a quarter of its variance. In ResNet that does no harm, since a BatchNorm behind every convolution restores the size at once. So which is better?
#
# **Not settled.** For fan-out: it is what the older Torch code did, on which torchvision is built. For fan-in: one who tried saw a slight gain in deep networks ([fb106] thread). Neither derivation knows of shortcuts or norms.
#
# ## 3 · Measured, layer by layer
#
# torchvision's line is `kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")`. `mode` says which n, and `nonlinearity="relu"` stands for the 2. So the deviation of a convolution's weights is $\sqrt{2 / (\text{out} \cdot k \cdot k)}$. Against what is in the network:

# %%
for name in ("conv1", "layer1.0.conv1", "layer1.0.conv2",
             "layer2.0.downsample.0", "layer4.2.conv3"):
    weight = model.get_submodule(name).weight
    out, k = weight.shape[0], weight.shape[2]
    wanted = math.sqrt(2 / (out * k * k))
    print(f"{name:<22} √(2 / ({out} · {k}·{k})) = {wanted:.5f}, measured {weight.std():.5f}")

# %%
formula, measured = [], []
for module in model.modules():
    if isinstance(module, nn.Conv2d):
        out, k = module.weight.shape[0], module.weight.shape[2]
        formula.append(math.sqrt(2 / (out * k * k)))
        measured.append(module.weight.std().item())
ratios = [found / wanted for found, wanted in zip(measured, formula, strict=True)]
print(f"all {len(ratios)} convolutions: measured / formula "
      f"between {min(ratios):.2f} and {max(ratios):.2f}")
draw.lines(
    {"formula": formula, "measured": measured},
    "Layer by layer: the measured deviation lies on the formula",
    xlabel="convolution, in the order of the code", ylabel="deviation of its weights",
)

# %% [markdown]
# The measured points lie on the line of the formula. The peaks are the 1×1 that narrow, with few channels out; the valleys are the 3×3. Each stage is lower than the one before it: twice the channels.
#
# The loop says `for m in self.modules()`. That walks the whole tree, down into the blocks, not only the direct children.
#
# A trap with groups: torch's fan-out does not know of them. **Predict** the fan-out that it takes for ResNeXt's first 3×3, whose weight is `(128, 4, 3, 3)`, and the one that the argument of section 2 would ask for.

# %%
grouped = resnet_edu.resnext50_32x4d().layer1[0].conv2.weight
by_torch = grouped.shape[0] * 9
by_argument = grouped.shape[0] // 32 * 9  # an input has a part in the outputs of its group only
print(f"taken: {by_torch}, deviation {math.sqrt(2 / by_torch):.4f}, measured {grouped.std():.4f}")
print(f"by the argument: {by_argument}, deviation {math.sqrt(2 / by_argument):.4f}")

# %% [markdown]
# Again the norm behind it makes up for it. torchvision leaves it, and so do we: the judge is what it does.
#
# And the others? The second branch of the loop sets norms to weight 1 and bias 0. `fc` is not touched: it keeps what `nn.Linear` does by itself, uniform in $\pm 1/\sqrt{\text{in}}$, weights and bias.

# %%
bound = 1 / math.sqrt(2048)
weight, bias = model.fc.weight.abs().max(), model.fc.bias.abs().max()
print(f"fc: largest weight {weight:.4f}, largest bias {bias:.4f}, bound {bound:.4f}")
print("norm:", model.bn1.weight.unique().tolist(), model.bn1.bias.unique().tolist())

# %% [markdown]
# One more thing about the loop. `nn.Conv2d` draws weights of its own when it is made, and the loop, which comes after `fc`, draws them again. So every convolution is drawn *twice*, and the second time counts. **Predict:** two networks from one seed, one as it is and one for 10 classes. Do their first convolutions agree?

# %%
firsts = []
for options in ({}, {"num_classes": 10}, {"norm_layer": lambda c: nn.GroupNorm(32, c)}):
    _ = torch.manual_seed(0)
    firsts.append(resnet_edu.resnet18(**options).conv1.weight)
print("10 classes, the same conv1: ", torch.equal(firsts[0], firsts[1]))
print("GroupNorm, the same conv1:  ", torch.equal(firsts[0], firsts[2]))

# %% [markdown]
# No: a smaller `fc` has used up fewer random numbers before the loop begins. A norm draws none.
#
# <details><summary><b>Stuck?</b> The same seed, and yet other weights</summary>
#
# Whatever changes the number of draws before the loop changes all convolutions: another `num_classes`, a layer built with `torch.nn.utils.skip_init`, one more module with weights. The norms and the dilation draw nothing.
# </details>
#
# ## 4 · Zero in the right place
#
# `zero_init_residual=True` sets the weight of the **last** norm of each branch to 0. Then the branch puts out zeros, and each block with an identity shortcut starts as the identity:

# %%
_ = torch.manual_seed(0)
zeroed = resnet_edu.resnet18(zero_init_residual=True)
x = torch.rand(2, 128, 8, 8)
print("layer2.1 hands on its input, every bit:", torch.equal(zeroed.layer2[1].eval()(x), x))

# %% [markdown]
# torchvision's condition reads `isinstance(m, Bottleneck) and m.bn3.weight is not None`, as there are norms without a weight. `nn.InstanceNorm2d` is one, and a network with it is built all the same; only its branches are not silent.
#
# Does a silent branch ever learn? All that reaches its convolutions is multiplied by that 0. **Predict** which of `conv1`, `conv2`, `bn2.weight` have a gradient in the first step, and in the second.

# %%
_ = zeroed.train()
block = zeroed.layer2[1]
optimiser = torch.optim.SGD(zeroed.parameters(), lr=0.1)
for step in (1, 2):
    optimiser.zero_grad()
    images = torch.randn(4, 3, 64, 64)
    F.cross_entropy(zeroed(images), torch.arange(4)).backward()
    parts = {"conv1": block.conv1, "conv2": block.conv2, "bn2": block.bn2}
    said = {name: "gradient" if m.weight.grad.any() else "zero" for name, m in parts.items()}
    print(f"step {step}:", said)
    optimiser.step()

# %% [markdown]
# First the norm's weight moves away from 0, and from the second step on everything learns. What does it bring? For ResNet-50 on ImageNet, with a batch of 256, 23.60 % error instead of 23.84; with 8192, 23.74 instead of 24.11 ([Goyal17] Table 2b). It is off by default because it would change what existing code gets.
#
# The *last* norm, mind. A zero in an earlier one would silence the branch as well, but would not let the gradient through to wake it: exercise 2.
#
# ## 5 · Signals through depth
#
# Now the whole network before training, in training mode (norms use the batch): how large is what each block puts out? Three networks of bottlenecks: as it is, with zeroed norms, and a *plain* one, without the addition. A hook on each block notes the deviation of what the block puts out and, on the way back, of the gradient that arrives there. **Predict** the three curves of the signal: which one grows?


# %%
class Plain(resnet_edu.Bottleneck):
    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        return self.relu(self.bn3(self.conv3(out)))  # no shortcut


def build(kind):
    _ = torch.manual_seed(0)
    block = Plain if kind == "plain" else resnet_edu.Bottleneck
    return resnet_edu.ResNet(block, [3, 4, 6, 3], 10, zero_init_residual=kind == "zeroed")


def measure(kind):
    """Deviation of each block's output, and of the gradient that arrives there."""
    model, sizes, gradients = build(kind), [], []
    for stage in (model.layer1, model.layer2, model.layer3, model.layer4):
        for block in stage:
            _ = block.register_forward_hook(lambda m, a, out: sizes.append(out.std().item()))
            _ = block.register_full_backward_hook(
                lambda m, a, g: gradients.append(g[0].std().item())
            )
    images = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    F.cross_entropy(model(images), torch.arange(8)).backward()
    return sizes, gradients[::-1]


measured = {kind: measure(kind) for kind in ("residual", "zeroed", "plain")}
draw.lines(
    {kind: sizes for kind, (sizes, _) in measured.items()},
    "Before training: in a residual stage the signal grows, and a projection resets it",
    xlabel="block", ylabel="deviation of its output",
)

# %% [markdown]
# In a residual network each block *adds* to the signal, so it grows within a stage; the first block of a stage, whose projection ends in a norm, brings it back. With zeroed norms nothing is added and it stays. The plain network is just as flat (the two lines lie on each other), since its last norm sets the size in every block.
#
# In the signal, then, the plain network looks *best*. And the gradient? It travels from the last block to the first. **Predict** again: which one grows on this way?

# %%
draw.lines(
    {kind: gradients for kind, (_, gradients) in measured.items()},
    "Before training: the plain network's gradient grows on its way to the first block",
    xlabel="block", ylabel="deviation of the gradient", log=True,
)

# %% tags=["varies"]
for kind, (_, gradients) in measured.items():
    print(f"{kind:<9} first block / last block: {gradients[0] / gradients[-1]:.1f}")
behind = measured["residual"][1]
falls = [i + 1 for i in range(15) if behind[i] < behind[i + 1]]
print("residual: smaller than in the block behind it at blocks", falls)

# %% [markdown]
# Read it from right to left. In the plain network it grows from block to block, a thousandfold in all. In the residual network it grows too, since what comes back through the branch is added to what the sum hands on ([04](04_basic_block.ipynb), section 7); but less and less along a stage, and at the end of a stage (the blocks printed last) it falls back. The picture before tells why. The first norm of a branch divides by the size of what comes in, and so does the gradient on its way back. That size grows along a stage; in front of a projection it is largest, and there the shortcut divides by it as well.
#
# With zeroed norms the gradient does not grow at all: the sums hand it on. The last block agrees in all three networks, the first ones do not. With more blocks the plain network's factor gets out of hand, as [01](01_why_residual.ipynb) measured.
#
# A warning for your own experiments. **Predict** what the measurement of the signal gives in `eval()` mode:

# %%
net = build("residual").eval()
outs = []
for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
    _ = stage.register_forward_hook(lambda m, a, out: outs.append(out.std().item()))
with torch.no_grad():
    _ = net(torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(1)))
in_training = [measured["residual"][0][last - 1] for last in (3, 7, 13, 16)]
print("after each stage, train mode:", ", ".join(f"{size:.1f}" for size in in_training))
print("after each stage, eval mode: ", ", ".join(f"{size:.1f}" for size in outs))

# %% [markdown]
# In `eval()` an untrained BatchNorm uses the notes it does not have yet, mean 0 and variance 1: it does nothing, and the signal runs away. Measure untrained networks in training mode.
#
# ## 6 · Your file so far, and the same bits
#
# The two loops, now whole, as a function. The package keeps them in a method `_initialize`, which its constructor calls last; we put ours in its place. (`ones_` and `zeros_` are `constant_` with 1 and 0, as torchvision writes it.)


# %%
def initialize(model, zero_init_residual):
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.ones_(m.weight)
            nn.init.zeros_(m.bias)
    if zero_init_residual:
        for m in model.modules():
            if isinstance(m, resnet_edu.Bottleneck) and m.bn3.weight is not None:
                nn.init.zeros_(m.bn3.weight)
            elif isinstance(m, resnet_edu.BasicBlock) and m.bn2.weight is not None:
                nn.init.zeros_(m.bn2.weight)


class Mine(resnet_edu.ResNet):
    def _initialize(self, zero_init_residual):
        initialize(self, zero_init_residual)


from resnet_edu.peer import import_torchvision

judge = import_torchvision().models
for name, layers in (("resnet18", [2, 2, 2, 2]), ("resnet50", [3, 4, 6, 3])):
    block = resnet_edu.BasicBlock if name == "resnet18" else resnet_edu.Bottleneck
    for zero in (False, True):
        _ = torch.manual_seed(7)
        mine = Mine(block, layers, zero_init_residual=zero).state_dict()
        _ = torch.manual_seed(7)
        theirs = getattr(judge, name)(zero_init_residual=zero).state_dict()
        same = sum(torch.equal(mine[key], theirs[key]) for key in theirs)
        print(f"{name}, zero_init_residual={zero!s:<5}: {same} of {len(theirs)} tensors, every bit")

# %% [markdown]
# What if one takes `fan_in` by mistake? No shape changes, and the network trains. But the ratio of section 3, measured by the formula, would no longer be 1. **Predict** it for `conv1`, from 3 channels to 64.

# %%
_ = torch.manual_seed(0)
other = resnet_edu.resnet50()
for module in other.modules():
    if isinstance(module, nn.Conv2d):
        _ = nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
print("fan_in instead:")
for name in ("conv1", "layer1.1.conv1", "layer1.1.conv2", "layer1.1.conv3"):
    weight = other.get_submodule(name).weight
    out, inputs, k = weight.shape[:3]
    ratio = weight.std().item() / math.sqrt(2 / (out * k * k))
    print(f"{name:<15}{inputs:>4} → {out:<4} measured / formula {ratio:.1f}")

# %% [markdown]
# The root of out / in: $\sqrt{64/3}$ for `conv1`, a half where 256 channels become 64, 1 where their number stays, and 2 where 64 become 256.

# %% [markdown]
# ## Now you can …
#
# - derive the first deviation of any convolution's weights;
# - say what `zero_init_residual` does in the first and in the second step;
# - measure signals and gradients of an untrained network, in the right mode.
#
# ## Exercises
#
# 1. Which deviation do the weights of `layer3.0.downsample.0` of ResNet-50 have? First by hand, then measured.
# 2. Set `bn1.weight` of every block to 0 instead of `bn2.weight`, in ResNet-18, and take three steps. Which parameters of the branch ever get a gradient, and why?
# 3. Repeat section 5 with `[3, 4, 23, 3]`. By how much does the plain network's gradient grow now?
# 4. `nn.init.kaiming_normal_` with `nonlinearity="linear"` leaves out the factor 2. What becomes of the ten layers of section 1?

# %% [markdown]
# ### What the checker says
#
# The constructor below draws its weights a little differently. Here somebody suspects the loop over the norms, and then comes the right answer, which stays hidden:

# %%
from resnet_edu.exercises import EXERCISES, check

check("spot_spread", (31, "d"))

# %%
check("spot_spread", EXERCISES["spot_spread"].reference())

# %% [markdown]
# ### Your turn: `spot_spread`
#
# This is `__init__` of somebody's `ResNet`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
#  2               width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
#  3      super().__init__()
#  4      if norm_layer is None:
#  5          norm_layer = nn.BatchNorm2d
#  6      self._norm_layer = norm_layer
#  7      self.inplanes = 64
#  8      self.dilation = 1
#  9      if replace_stride_with_dilation is None:
# 10          replace_stride_with_dilation = [False, False, False]
# 11      if len(replace_stride_with_dilation) != 3:
# 12          raise ValueError("three flags are needed")
# 13      self.groups = groups
# 14      self.base_width = width_per_group
# 15      self.conv1 = nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
# 16      self.bn1 = norm_layer(self.inplanes)
# 17      self.relu = nn.ReLU(inplace=True)
# 18      self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
# 19      self.layer1 = self._make_layer(block, 64, layers[0])
# 20      self.layer2 = self._make_layer(block, 128, layers[1], 2, replace_stride_with_dilation[0])
# 21      self.layer3 = self._make_layer(block, 256, layers[2], 2, replace_stride_with_dilation[1])
# 22      self.layer4 = self._make_layer(block, 512, layers[3], 2, replace_stride_with_dilation[2])
# 23      self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
# 24      self.fc = nn.Linear(512 * block.expansion, num_classes)
# 25
# 26      for m in self.modules():
# 27          if isinstance(m, nn.Conv2d):
# 28              nn.init.kaiming_normal_(m.weight, mode="fan_in", nonlinearity="relu")
# 29          elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
# 30              nn.init.constant_(m.weight, 1)
# 31              nn.init.constant_(m.bias, 0)
# 32      if zero_init_residual:
# 33          for m in self.modules():
# 34              if isinstance(m, Bottleneck) and m.bn3.weight is not None:
# 35                  nn.init.constant_(m.bn3.weight, 0)
# 36              elif isinstance(m, BasicBlock) and m.bn2.weight is not None:
# 37                  nn.init.constant_(m.bn2.weight, 0)
# ```
#
# - a: the weights are drawn from a box, all values equally likely, instead of a bell
# - b: the weights are spread by how many inputs a sum has, not by how many sums read an input
# - c: only the stem is drawn anew, since the stages do not exist yet
# - d: the weights of the norms are drawn as well, so they do not begin at one
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_spread = None  # (line, "letter")
check("spot_spread", spot_spread)

# %% [markdown]
# ## Summary
#
# 1. A sum of n products keeps the size of its input if the weights have variance 1/n.
# 2. A ReLU takes half, so 2/n.
# 3. n is the fan-in for signals, the fan-out for gradients; torchvision takes the fan-out.
# 4. Deviation of a convolution's weights: $\sqrt{2/(\text{out} \cdot k \cdot k)}$, groups ignored.
# 5. Norms start at 1 and 0; `fc` keeps its uniform default.
# 6. Every convolution is drawn twice; the second time counts.
# 7. Zero-init acts on the last norm of each branch: blocks start as the identity.
# 8. Such a branch wakes up in the second step.
# 9. Before training a plain network's gradient grows backwards, a residual one's far less.
# 10. Measure untrained networks in training mode.
#
# Back: [07 · How do blocks become a network?](07_stages_and_network.ipynb) · On: [09 · What differs between the ten networks?](09_variants.ipynb)
