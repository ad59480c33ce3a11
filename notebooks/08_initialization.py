# %% [markdown]
# # 08 · What are the weights before training?
#
# The last lines of torchvision's `ResNet.__init__` are two loops. The first draws every convolution anew, with `kaiming_normal_` and `mode="fan_out"`. The second, if one asks for it, sets one norm of each block to zero.
# This is the network's *initialization*. **How large should a weight be before anybody has learned anything, and what does a zero do in its place?**
#
# *Needs:* [07 · How do blocks become a network?](07_stages_and_network.ipynb), and what a variance is. *Takes:* 35 minutes to read, about 10 seconds to run.
# *Afterwards* you can derive the deviation of any convolution's weights, and say how signals and gradients travel through an untrained network.

# %%
import math
import statistics

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
# One number of a convolution's output is a sum of n products of a weight and an input. Let the weights be independent, with mean 0 and variance $v$. Then the sum's variance is
#
# $$\text{Var}(\text{out}) = n \cdot v \cdot E[x^2]$$
#
# n is the number of weights that *come in* to one output: in · k · k, the **fan-in**. If $v = 1/n$, the output is as large as the input. If $v$ is larger, each layer makes the signal larger; fifty layers make it enormous. If it is smaller, the signal dies.
#
# One thing is missing, the ReLU. It sets half of a symmetric signal to 0, and so takes away half of $E[x^2]$. To make up for it, $v = 2/n$. **Predict:** the deviation of the output of 3×3 convolutions with 64 channels, one behind the other with ReLUs, for three values of $v$: 1/n, 2/n, 4/n, after ten layers.


# %%
def after_ten(factor):
    _ = torch.manual_seed(0)
    x = torch.randn(4, 64, 16, 16)
    for _ in range(10):
        deviation = math.sqrt(factor / (64 * 9))
        x = F.conv2d(F.relu(x), torch.randn(64, 64, 3, 3) * deviation, padding=1)
    return x.std().item()


for factor in (1, 2, 4):
    print(f"{factor}/n: deviation 1 has become {after_ten(factor):.2g}")

# %% [markdown]
# Only with 2/n does the signal keep its order of size; what is lost, is lost to the zeros of the padding. This is the rule of Kaiming He and his co-authors, hence `kaiming_normal_`.
#
# ## 2 · Fan-in or fan-out?
#
# The same argument, backwards. The gradient of one *input* number is a sum over all outputs that it has a part in: out · k · k weights, the **fan-out**. With $v = 2/\text{fan-out}$ *gradients* keep their size, with $v = 2/\text{fan-in}$ signals do. Where in equals out both are the same. A bottleneck's last 1×1, from 64 to 256 channels, has them four to one. **Predict:** with fan-out, what happens to the signal in a layer from 64 to 256?

# %%
z = torch.randn(8, 64, 20, 20, requires_grad=True)
for mode in ("fan_in", "fan_out"):
    _ = torch.manual_seed(0)
    weight = nn.init.kaiming_normal_(torch.empty(256, 64, 3, 3), mode=mode, nonlinearity="relu")
    out = F.conv2d(F.relu(z), weight)
    arriving = torch.randn_like(out)
    (gradient,) = torch.autograd.grad(out, z, arriving)
    inner = gradient[:, :, 2:-2, 2:-2]  # pixels that nine windows see
    print(f"{mode:<8} variance of the signal {out.var():.2f}, of the gradient {inner.var():.2f}")

# %% [markdown]
# Each keeps one of the two. With fan-out the signal shrinks here to a quarter of its variance. In ResNet that does no harm, since a BatchNorm behind every convolution restores the size at once. So which is better?
#
# **Not settled.** For fan-out: it is what the older Torch code did, on which torchvision is built. For fan-in: one who tried saw a slight gain in deep networks ([torchvision] issue 183). Neither derivation knows of shortcuts or norms.
#
# ## 3 · Measured, layer by layer
#
# So the deviation of a convolution's weights is $\sqrt{2 / (\text{out} \cdot k \cdot k)}$. Against what is in the network:

# %%
for name in ("conv1", "layer1.0.conv1", "layer1.0.conv2",
             "layer2.0.downsample.0", "layer4.2.conv3"):  # fmt: skip
    weight = model.get_submodule(name).weight
    out, k = weight.shape[0], weight.shape[2]
    wanted = math.sqrt(2 / (out * k * k))
    print(f"{name:<22} √(2 / ({out} · {k}·{k})) = {wanted:.5f}, measured {weight.std():.5f}")
ratios = []
for module in model.modules():
    if isinstance(module, nn.Conv2d):
        out, k = module.weight.shape[0], module.weight.shape[2]
        ratios.append(module.weight.std().item() / math.sqrt(2 / (out * k * k)))
print(f"all {len(ratios)} convolutions: measured / wanted "
      f"between {min(ratios):.2f} and {max(ratios):.2f}")

# %% [markdown]
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
# And the others? Norms start at weight 1 and bias 0. `fc` is not touched by the loop: it keeps what `nn.Linear` does by itself, uniform in $\pm 1/\sqrt{\text{in}}$, weights and bias.

# %%
bound = 1 / math.sqrt(2048)
print(f"fc: largest weight {model.fc.weight.abs().max():.4f}, bound {bound:.4f}")
print("norm:", model.bn1.weight.unique().tolist(), model.bn1.bias.unique().tolist())

# %% [markdown]
# <details><summary><b>Stuck?</b> The same seed, and yet other weights</summary>
#
# Every convolution is drawn *twice*: when it is made, and again in the loop, which comes after `fc`. So whatever changes the number of draws before the loop changes all convolutions: another `num_classes`, a layer built with `skip_init`, one more module. The norm and the dilation draw nothing.
# </details>
#
# ## 4 · Zero in the right place
#
# `zero_init_residual=True` sets the weight of the **last** norm of each branch to 0. Then each block with an identity shortcut starts as the identity:

# %%
_ = torch.manual_seed(0)
zeroed = resnet_edu.resnet18(zero_init_residual=True)
x = torch.rand(2, 128, 8, 8)
print("layer2.1 hands on its input, every bit:", torch.equal(zeroed.layer2[1].eval()(x), x))

# %% [markdown]
# Does such a branch ever learn? All that reaches its convolutions is multiplied by that 0. **Predict** which of `conv1`, `conv2`, `bn2.weight` have a gradient in the first step, and in the second.

# %%
_ = zeroed.train()
block = zeroed.layer2[1]
optimiser = torch.optim.SGD(zeroed.parameters(), lr=0.1)
for step in (1, 2):
    optimiser.zero_grad()
    images = torch.randn(4, 3, 64, 64)
    F.cross_entropy(zeroed(images), torch.arange(4)).backward()
    parts = {"conv1": block.conv1, "conv2": block.conv2, "bn2": block.bn2}
    said = {name: "moves" if m.weight.grad.any() else "zero" for name, m in parts.items()}
    print(f"step {step}:", said)
    optimiser.step()

# %% [markdown]
# First the norm's weight moves away from 0, and from the second step on everything learns. What does it bring? With a batch of 256, 23.60 % error instead of 23.84; with 8192, 23.74 instead of 24.11 ([Goyal17] Table 2b). It is off by default because it would change what existing code gets.
#
# The *last* norm, mind. A zero in an earlier one would silence the branch as well, but not let the gradient through to wake it: exercise 2.
#
# ## 5 · Signals through depth
#
# Now the whole network before training, in training mode (norms use the batch): how large is what each block puts out? Three networks of bottlenecks: as it is, with zeroed norms, and a *plain* one, without the addition.


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
)  # fmt: skip

# %% [markdown]
# In a residual network each block *adds* to the signal, so it grows within a stage; the first block of a stage, whose projection ends in a norm, brings it back. With zeroed norms nothing is added and it stays. The plain network is flat, since its last norm sets the size in every block.
#
# In the signal, then, the plain network looks *best*. And the gradient? It travels from the last block to the first:

# %%
draw.lines(
    {kind: gradients for kind, (_, gradients) in measured.items()},
    "Before training: the plain network's gradient grows on its way to the first block",
    xlabel="block", ylabel="deviation of the gradient", log=True,
)  # fmt: skip

# %% tags=["varies"]
for kind, (_, gradients) in measured.items():
    print(f"{kind:<9} first block / last block: {gradients[0] / gradients[-1]:.1f}")

# %% [markdown]
# Read it from right to left. In the plain network it grows from block to block, a thousandfold in all. In the residual network it grows, too, where a projection stands and a norm divides, but far less; with zeroed norms it does not grow at all: the sum hands it on ([04](04_basic_block.ipynb), section 7). The last blocks agree in all three, the first ones do not. With more blocks the plain network's factor gets out of hand, as [01](01_why_residual.ipynb) measured.
#
# A warning for your own experiments. **Predict** what the same measurement gives in `eval()` mode:

# %%
net = build("residual").eval()
outs = []
for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
    _ = stage.register_forward_hook(lambda m, a, out: outs.append(out.std().item()))
with torch.no_grad():
    _ = net(torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(1)))
print("eval mode, after each stage:", ", ".join(f"{size:.1f}" for size in outs))

# %% [markdown]
# In `eval()` an untrained BatchNorm uses the notes it does not have yet, mean 0 and variance 1: it does nothing, and the signal runs away. Measure untrained networks in training mode.
#
# ## 6 · Your file so far, and the same bits
#
# The two loops, as a method of the `ResNet` of chapter 07:


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
            if isinstance(m, resnet_edu.Bottleneck):
                nn.init.zeros_(m.bn3.weight)
            elif isinstance(m, resnet_edu.BasicBlock):
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
# What would each other choice have changed? The mean of the ratio measured / wanted over all convolutions would say so at once:

# %%
_ = torch.manual_seed(0)
other = resnet_edu.resnet50()
for module in other.modules():
    if isinstance(module, nn.Conv2d):
        _ = nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
found = [
    m.weight.std().item() / math.sqrt(2 / (m.weight.shape[0] * m.weight.shape[2] ** 2))
    for m in other.modules() if isinstance(m, nn.Conv2d)
]  # fmt: skip
print(f"fan_in instead: smallest ratio {min(found):.1f}, median {statistics.median(found):.1f}, "
      f"largest {max(found):.1f}")

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
#
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
