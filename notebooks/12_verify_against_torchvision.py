# %% [markdown]
# # 12 · How do we know that this is right?
#
# You have built a block, or read our network, and it runs. Shapes fit, parameters add up, a picture goes in and scores come out.
# **Is it torchvision's ResNet?** This chapter builds the check that can say so, from nothing, and then lets it find a bug in a single setting.
#
# *Needs:* [04](04_basic_block.ipynb). *Takes:* 30 minutes to read, about 20 seconds to run.

# %%
import resnet_edu
import torch

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
# Why may we ask for equal bits, when floating-point sums depend on their order? Because both networks ask the *same* operations of the same
# library, in the same order. What breaks the bits is another order of sums, not another name. **Predict:** does torchvision give the same bits
# for two images in one batch as for the same two, one after the other?

# %% tags=["varies"]
with torch.no_grad():
    one_by_one = torch.cat([judge(image[None]) for image in images])
print("every bit:", torch.equal(a, one_by_one))
print("close:", torch.allclose(a, one_by_one, rtol=1e-3, atol=1e-3))

# %% [markdown]
# Close is all that can be promised: the library may pick another routine for another batch size. So a proof compares like with like: the same batch, the same
# layout, the same machine.
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
# ## 6 · All of it in one call
#
# `verify` does this and more: the names of the graph's nodes, the exceptions on bad arguments, and two ways to take a network out of Python,
# TorchScript and `torch.export`. (Its *aten operations*, torch's basic ones, are one fewer than above: the `sum` was ours.)

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
# that ReLU, the one behind the addition, never came.
#
# ## 7 · A bug in one setting
#
# ResNet-50 and the deeper ones are made of another block, `Bottleneck`: a 1×1 convolution narrows to fewer channels, a 3×3 looks, a 1×1 widens again.
# Where a stage strides, **the authors' released model** has the stride on the first 1×1; **torchvision** has it on the 3×3, a choice nicknamed "v1.5".
# Say that you follow the authors. (`Config` below is a network by its arguments: here one with a single block in each stage.) Which of the checks see it? **Predict:** the parameter count? The output shape? The initial weights?


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

# %% [markdown]
# Names, weights and counts are equal: a stride has no parameters. Only values and operations tell, and the report says where: it is
# `layer2.0.conv1`, the first block that strides at all.
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
# 2. Write a block with `torch.maximum(out, torch.zeros_like(out))` for the ReLU. Same values at inference? Same gradients? Same operations?
# 3. `verify` tries some images, not all. Write a block that differs only for a batch of one, and see it pass. What would you add to `verify`?
#
# ## Summary
#
# 1. Counts and shapes let wrong networks through.
# 2. The judge is torchvision itself, in the same process.
# 3. Same seed, same weights: this also checks the order in which layers are made.
# 4. Convolutions are drawn again after `fc`, so the number of classes changes `conv1`.
# 5. Same operations in the same order give the same bits.
# 6. For another batch size only close values are promised, not equal ones.
# 7. Training sees what inference does not: momentum, statistics, gradients.
# 8. Bits are compared on one thread.
# 9. Equal sequences of operations are equal cost.
# 10. A report is useful when it says where the difference starts.
#
# Back: [04 · What is a residual block?](04_basic_block.ipynb) · [00 · What am I looking at?](00_start_here.ipynb)
