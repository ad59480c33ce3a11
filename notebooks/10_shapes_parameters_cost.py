# %% [markdown]
# # 10 · Where do parameters and compute go?
#
# "ResNet-50 has 25.6 million parameters and 3.8 billion FLOPs." Both numbers are everywhere; the second ([He15] Table 1) is wrong for the network that you use.
# **Where are the parameters, where is the work, what fills the memory, and why do two tools never print the same number?**
#
# *Needs:* [02](02_convolutions.ipynb) for how to count, [05](05_bottleneck.ipynb) for v1.5. *Takes:* 35 minutes to read, about 10 seconds to run.
# *Afterwards* you can reconcile any two tables of a ResNet, to the last digit.

# %%
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import resnet_edu
from resnet_edu import draw
from resnet_edu.anatomy import shape_table, stage_sizes, table, trace
from resnet_edu.peer import import_torchvision

network = trace("resnet50")
print(f"{network.totals.parameters / 1e6:.1f} M parameters, "
      f"{network.totals.multiply_adds / 1e9:.2f} G multiply-adds")
draw.strip(network, highlight=["conv1", "layer1", "layer2", "layer3", "layer4", "fc"])

# %% [markdown]
# *You are here*: all over. Lit is what has weights. Before you read on, **predict:** which stage has the most parameters, and which does the most work?

# %%
draw.stage_shares(network)

# %% [markdown]
# Parameters sit at the end, work is spread out. Channels double from stage to stage and the area of the grid falls to a quarter: a layer's weights grow fourfold, its work stays the same. So `layer4`, with the widest layers, has most of the parameters; and `layer3`, with the most blocks, six, does most of the work. (`draw.stage_shares`)
#
# ## 1 · torchinfo's table, column by column
#
# torchinfo is the tool that most people use for this. Here is its table for ResNet-18, two levels deep, made without computing anything (on torch's *meta* device, where tensors have shapes and no values):

# %%
shape_table("resnet18", depth=2)

# %% [markdown]
# - **Layer (type (var_name))**: the class and, in brackets, the name that it has in its parent; nested layers are set in.
# - **Input / Output Shape**: `(N, C, H, W)`, the batch first.
# - **Param #**: the parameters of the layer. A row whose parts are listed below it says `--`, and the numbers stand at the parts (`layer1`); a row that is not taken apart any further has all that is in it (a `BasicBlock`, at this depth). A ReLU says `--` since it has none.
# - **Mult-Adds**: its multiply-adds, by the same rule.
# - **Total params**, **Total mult-adds**: each counted once. Trainable are those with `requires_grad`.
# - **Input size**, **Params size**: 4 bytes a number, in MB, millions of bytes. (Below we use MiB and GiB, of 2²⁰ and 2³⁰ bytes.)
# - **Forward/backward pass size**: a rule of thumb, section 5. **Estimated Total Size**: the three sizes added up.
#
# It lists what *modules* are called. The addition of a block is no module: the very heart of ResNet has no row. And the order is that of the calls, not of `print(model)`. **Predict:** how many rows has `relu` in the first block of ResNet-50, and where does `downsample` stand?

# %%
from torchinfo import summary

on_meta = resnet_edu.resnet50().to("meta")
info = summary(on_meta, (1, 3, 224, 224), device="meta", verbose=0, depth=3)
called = [layer.var_name for layer in info.summary_list if layer.depth == 3][:10]
registered = [name for name, _ in resnet_edu.resnet50().layer1[0].named_children()]
traced = [r.name.removeprefix("layer1.0.") for r in network if r.block == "layer1.0"]
print("called:    ", *called)
print("registered:", *registered)
print("our trace: ", *traced)

# %% [markdown]
# One `relu` is registered and called three times, hence three rows; `downsample` is called last but one, just before the sum. Our trace has the addition, too, and looks inside `downsample`.
#
# ## 2 · Two tools, two totals
#
# **Predict:** torchinfo's total of multiply-adds is a little higher than ours. What could it count that we do not?

# %%
ours, theirs = network.totals.multiply_adds, info.total_mult_adds
print(f"torchinfo {theirs:,}\nours      {ours:,}\ndifference {theirs - ours:,}")

# %% [markdown]
# <details><summary>Answer</summary>
#
# It adds one for each parameter of a norm (once per image, not once per pixel), and one for each bias of `fc`.
# </details>
#
# Check it, to the last digit. The parameters themselves agree at once:

# %%
norms = sum(r.parameters for r in network if r.kind == "BatchNorm2d")
biases = 1000
print(f"{norms:,} + {biases:,} = {norms + biases:,}")
assert info.total_params == network.totals.parameters
assert theirs - ours == norms + biases

# %% [markdown]
# And row by row: every convolution must agree exactly.

# %%
deep = summary(on_meta, (1, 3, 224, 224), device="meta", verbose=0, depth=9)
convs = [layer for layer in deep.summary_list if layer.class_name == "Conv2d"]
mine = [r for r in network if r.kind == "Conv2d"]
for layer, record in zip(convs, mine, strict=True):
    assert layer.num_params == record.parameters
    assert layer.macs == record.multiply_adds
    assert tuple(layer.output_size) == record.output_shape
print(len(mine), "convolutions: parameters, multiply-adds and output shape are equal")

# %% [markdown]
# torch has a counter of its own. It knows no modules but the operations themselves, and counts *FLOPs*, floating-point operations: a multiplication and an addition are two. **Predict** its total.

# %%
with torch.device("meta"):
    model, image = resnet_edu.resnet50().eval(), torch.empty(1, 3, 224, 224)
with FlopCounterMode(display=False) as counter:
    _ = model(image)
print(f"FlopCounterMode {counter.get_total_flops():,} = 2 · {counter.get_total_flops() // 2:,}")
assert counter.get_total_flops() == 2 * ours

# %% [markdown]
# <details><summary><b>Stuck?</b> "Cannot copy out of meta tensor; no data!"</summary>
#
# torchinfo moves the model to where it thinks the data are. For a model on *meta* say so: `device="meta"`. And never say it for a model whose weights you need: it is moved there, and its values are lost. `shape_table` works on a copy.
# </details>
#
# ## 3 · 3.8 or 4.1? MAC or FLOP?
#
# **paper**: [He15] Table 1 says 3.8 billion FLOPs for ResNet-50, and means multiply-adds ([He15] sec. 3.3). torchvision says 4.09, as do we. **Predict** the reason. ([05](05_bottleneck.ipynb), section 4, has it.)


# %%
class V1(resnet_edu.Bottleneck):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride


models = import_torchvision().models
print("   G multiply-adds: v1, paper   v1.5, torchvision   G FLOPs: v1.5")
for name, layers in (("50", [3, 4, 6, 3]), ("101", [3, 4, 23, 3]), ("152", [3, 8, 36, 3])):
    v1 = trace(resnet_edu.ResNet(V1, layers)).totals.multiply_adds
    v15 = trace(f"resnet{name}").totals.multiply_adds
    print(f"ResNet-{name:<4}{v1 / 1e9:>18.3f}{v15 / 1e9:>20.3f}{2 * v15 / 1e9:>16.2f}")
print(f"torchvision's own figure: {models.ResNet50_Weights.DEFAULT.meta['_ops']:.2f}")

# %% [markdown]
# The paper's 3.8, 7.6 and 11.3 ([He15] Table 1) are of the network with the stride in the first 1×1. (The first is cut off rather than rounded: 3.858.) So: **ResNet-50 as in torchvision takes 4.09 G multiply-adds, or 8.18 G FLOPs if one counts two for each.** Who writes "FLOPs" should say which; the papers of this family mean multiply-adds. A figure a little above comes from tools that count norms and pools, too.
#
# And the depth? **Predict:** which costs more, ResNet-152 or VGG-19, the network of 19 layers that the paper compares with?

# %%
with torch.device("meta"):
    vgg = trace(models.vgg19().eval())
for name, other in (("VGG-19", vgg), ("ResNet-152", trace("resnet152"))):
    work, size = other.totals.multiply_adds / 1e9, other.totals.parameters / 1e6
    print(f"{name:<10} {work:6.2f} G multiply-adds, {size:6.1f} M parameters")
wide = [r for r in vgg if r.kind == "Linear"]
print(f"VGG-19's fully connected layers: {sum(r.parameters for r in wide) / 1e6:.1f} M parameters")
early = sum(r.multiply_adds for r in vgg if r.kind == "Conv2d" and r.output_shape[2] >= 112)
print(f"VGG-19 on grids of 112 and larger: {early / 1e9:.2f} G; ResNet-152 there: "
      f"{trace('resnet152')['conv1'].multiply_adds / 1e9:.2f} G")

# %% [markdown]
# Eight times as deep, and little more than half the work; the paper has the same 19.6 billion for VGG-19 ([He15] Fig. 3). VGG runs wide 3×3 layers, many of them on large grids, and ends in three large fully connected layers. ResNet is at a quarter of the side after one convolution and a pool, uses bottlenecks, and has one small `fc`.
#
# ## 4 · The whole table
#
# Every number so far is a sum over this. **Predict:** what does the first block of a stage cost, compared with the others?

# %%
table(network, columns=["paper", "name", "times", "output", "parameters", "multiply_adds"])

# %% [markdown]
# More than the others, from `layer2` on: its first 1×1 still runs on the large grid, and it has a projection. All others cost the same in any stage. (`layer1.0` strides nowhere, and costs little more than its neighbours.)
#
# And in which *kind* of layer is it? **Predict:** which has more, the 1×1 or the 3×3 layers?

# %%
kinds = {}
for r in network:
    if r.parameters:
        name = r.kind if r.kind != "Conv2d" else f"{r.kind} {r.kernel_size[0]}×{r.kernel_size[1]}"
        layers, count, work = kinds.get(name, (0, 0, 0))
        kinds[name] = (layers + 1, count + r.parameters, work + r.multiply_adds)
for name, (layers, count, work) in kinds.items():
    print(f"{layers:>2} {name:<12} parameters {100 * count / network.totals.parameters:5.1f} %   "
          f"multiply-adds {100 * work / ours:5.1f} %")

# %% [markdown]
# The 1×1 layers have more of both, although a 3×3 has nine weights for every pair of channels and a 1×1 only one: there are more than twice as many of them, and one side of each is four times as wide.
#
# ## 5 · Memory
#
# Weights first: four bytes each. In training, gradients as large as the weights come on top, and what the optimiser keeps: one more copy for SGD with momentum, two for Adam.

# %%
weights = 4 * network.totals.parameters
print(f"weights {weights / 2**20:.1f} MiB; "
      f"with gradients and momentum {3 * weights / 2**20:.1f} MiB")

# %% [markdown]
# Then the maps. **At inference** a map can be thrown away as soon as nobody needs it any more. How much is alive at once? Go through the trace: a map lives from the operation that makes it to the last one that reads it; ReLU and addition write in place.


# %%
def peak_bytes(network):
    store, first, last, size = {}, {}, {}, {}  # store: which map holds an operation's output
    for i, r in enumerate(network):
        in_place = r.kind in ("ReLU", "add")
        own = store[r.inputs[0]] if in_place else r.name  # no new map: that of the first input
        store[r.name] = own
        first.setdefault(own, i)
        size.setdefault(own, r.activation_bytes)
        for name in r.inputs:
            last[store[name]] = i  # read here: alive until now
        last[own] = max(last.get(own, i), i)
    live = [sum(size[s] for s in size if first[s] <= i <= last[s]) for i in range(len(network))]
    worst = max(range(len(live)), key=live.__getitem__)
    return live[worst], network.records[worst].name


for name in ("resnet18", "resnet50"):
    most, where = peak_bytes(trace(name))
    print(f"{name}: at most {most / 2**20:.2f} MiB of maps alive at once, at {where}")

# %% [markdown]
# In ResNet-50 that is where `layer1.0` has three large maps: what the branch puts out, what comes in to the projection's norm, and what goes out of it. About a tenth of the weights, for one image.
#
# **In training** autograd keeps what it needs for the way back. **Predict:** for one image of 224 × 224, is that more or less than the weights? Count what it really saves, each memory once, parameters left out:


# %%
def saved_bytes(model, images):
    known = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        out = model(images)
    return sum(t.untyped_storage().nbytes() for p, t in kept.items() if p not in known), out.shape


per_image, _ = saved_bytes(resnet_edu.resnet50().train(), torch.rand(1, 3, 224, 224))
print(f"saved for one image: {per_image / 2**20:.1f} MiB; for 32: {32 * per_image / 2**30:.1f} GiB")
print(f"images that outweigh weights, gradients and momentum: {3 * weights / per_image:.1f}")

# %% [markdown]
# Less than the weights for one image; but a batch of 32 needs many times more. In training, maps are what fills a GPU; at inference with a few images, weights are. (Halve the image's side and you have a quarter of the maps.)
#
# What are these maps? By hand: each norm needs what the convolution before it put out. Each convolution needs its input, and that is nearly always a norm's output, with ReLU and sum written into it; only the norm of a projection puts out what nobody needs. The max pool adds its output and, in 8 bytes each, the places of its maxima; then there are the image, the vector before `fc`, and two numbers per channel of each norm.

# %%
convolutions = sum(r.activation_bytes for r in network if r.kind == "Conv2d")
norms = [r for r in network if r.kind == "BatchNorm2d"]
inputs = sum(r.activation_bytes for r in norms if r.branch != "shortcut")
pool = network["maxpool"].activation_bytes * (4 + 8) // 4
small = 4 * 3 * 224 * 224 + 4 * 2048 + sum(2 * 4 * r.output_shape[1] for r in norms)
by_hand = convolutions + inputs + pool + small
print(f"{convolutions:,} + {inputs:,} + {pool:,} + {small:,} = {by_hand:,} bytes")
assert by_hand == per_image

# %% [markdown]
# To the byte. Nearly all of it is two maps for every convolution.
#
# And torchinfo's "Forward/backward pass size"? It is neither of the two: twice four bytes for every output of a convolution, norm or fully connected layer, in millions of bytes.

# %%
outputs = sum(
    r.activation_bytes // 4 for r in network if r.kind in ("Conv2d", "BatchNorm2d", "Linear")
)
theirs = info.to_megabytes(info.total_output_bytes)
print(f"2 · 4 · {outputs:,} = {8 * outputs / 1e6:.2f} MB; torchinfo: {theirs:.2f} MB")

# %% [markdown]
# ## 6 · The receptive field
#
# How many pixels of the image can change one number? Every 3×3 adds two steps of the grid it stands on; a stride doubles the step.

# %%
draw.receptive_field_growth(network)

# %% [markdown]
# 427 pixels at the end; more than the image has. In print one also finds 483 ([RF19] table). Both are right: that one is of a network with the stride elsewhere. torchvision's stride in the 3×3 sees 56 pixels less ([05](05_bottleneck.ipynb), section 4).
#
# By hand, from left to right: the 7×7 sees 7; the pool is a 3×3 on a grid of step 2; then the 3×3 of each block, those of `layer1` on step 4. In each later stage the first 3×3 still stands on the finer grid. **Predict** the sum for `layer1` before you run.

# %%
stem, layer1 = 7 + 2 * 2, 3 * 2 * 4
layer2, layer3, layer4 = 2 * 4 + 3 * 2 * 8, 2 * 8 + 5 * 2 * 16, 2 * 16 + 2 * 2 * 32
print(f"{stem} + {layer1} + {layer2} + {layer3} + {layer4} =",
      by_hand := stem + layer1 + layer2 + layer3 + layer4)
field, step = 1, 1
for r in network:
    if r.branch != "shortcut" and r.kernel_size:
        k, s = r.kernel_size[0], r.stride[0]
        field, step = field + (k - 1) * step, step * s
        assert (field, step) == (r.receptive_field, r.jump)
assert by_hand == field
print("field", field, "step", step)
v1 = trace(resnet_edu.ResNet(V1, [3, 4, 6, 3]))["layer4.2.conv3"].receptive_field
print("v1:", v1, "pixels,", v1 - field, "more")

# %% [markdown]
# (A wide field does not mean that all pixels count alike: those in the middle have many more paths to the output than those at the edge.)
#
# ## 7 · Other sizes
#
# **Predict** the last side for 32, 225 and 600 pixels.

# %%
print("image   conv1 layer1 layer2 layer3 layer4   resnet18  resnet50  (G multiply-adds)")
for side in (32, 64, 128, 160, 224, 225, 256, 320, 512, 600):
    conv1, _, *stages = stage_sizes(side)
    sides = "".join(f"{n:>7}" for n in (conv1, *stages))
    work = [trace(name, side).totals.multiply_adds / 1e9 for name in ("resnet18", "resnet50")]
    print(f"{side:>5} {sides}{work[0]:>11.3f}{work[1]:>10.3f}")

# %% [markdown]
# Work grows with the area, and jumps where a side becomes one larger than a multiple of 32: 225 costs more than an eighth more than 224.
#
# ## 8 · Your file so far
#
# The counting itself is your own by now. From nothing but shapes, and against the trace:


# %%
def count(model, side):
    """Parameters and multiply-adds of a network, from hooks on its convolutions and fc."""
    work = []

    def look(module, arguments, out):
        positions = out.shape[2] * out.shape[3] if out.ndim == 4 else 1
        work.append(module.weight.numel() * positions)

    model = model.to("meta").eval()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            _ = module.register_forward_hook(look)
    _ = model(torch.empty(1, 3, side, side, device="meta"))
    return sum(p.numel() for p in model.parameters()), sum(work)


for name in ("resnet18", "resnext50_32x4d", "wide_resnet101_2"):
    for side in (224, 97):
        totals = trace(name, side).totals
        assert count(getattr(resnet_edu, name)(), side) == (totals.parameters, totals.multiply_adds)
    print(f"{name:<17} the same counts at 224 and at 97")

# %% [markdown]
# ## Now you can …
#
# - read torchinfo's table and say what it leaves out;
# - state a network's cost with its convention;
# - estimate the memory of inference and of training.
#
# ## Exercises
#
# 1. For which batch size do the maps saved in training for ResNet-50 at 224 weigh ten times as much as its weights? And at half the side?
# 2. `draw.stage_shares(trace("resnet18"))`: why is its `layer1` more expensive than its other stages, and ResNet-50's not?
# 3. Without its `fc`, how many parameters has ResNet-18? What share does the `fc` have in each of the ten networks?
# 4. Change `peak_bytes` so that ReLU and addition make new maps, as if nothing were in place. Does the peak of ResNet-50 grow? Say why, with the maps alive at the operation that it names.

# %% [markdown]
# ### What the checker says
#
# `modules()` walks through the modules within modules, and so does `parameters()`. Somebody used both:

# %%
from resnet_edu.exercises import EXERCISES, check


def walks_twice(model):
    return sum(p.numel() for m in model.modules() for p in m.parameters())


check("count_params", walks_twice)

# %% [markdown]
# A right answer looks like this (its text stays hidden):

# %%
check("count_params", EXERCISES["count_params"].reference())

# %% [markdown]
# ### Your turn: `conv_macs`
#
# Return the multiply-adds of a `k`×`k` convolution without bias, for one square image
# of side `n`. A product that is added to a sum is one multiply-add. Products with the zeros of the
# padding count like all others.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.

# %%
def conv_macs(cin, cout, k, n, stride=1, padding=0, groups=1):
    return None  # your count


check("conv_macs", conv_macs)

# %% [markdown]
# ### Your turn: `receptive_field`
#
# Convolutions and pools follow one another; `ops` is a list of `(kernel, stride,
# dilation)`, from the input to the output. Return how many pixels of the input one number of the
# output can see along one axis, border aside: the distance from the first to the last, both
# included. Without any operation it is 1. Leave the list as it is.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.

# %%
def receptive_field(ops):
    return None  # your count


check("receptive_field", receptive_field)

# %% [markdown]
# ### Your turn: `count_params`
#
# Return how many numbers the parameters of a module hold, together. A tensor that is
# used in several places counts once. Frozen parameters count like all others. Buffers are no
# parameters. The model stays as it is.
# Counts are of the type int. Helpers are yours to write: calls of this package, or of torchvision, are refused.

# %%
def count_params(model):
    return None  # your count


check("count_params", count_params)

# %% [markdown]
# ## Summary
#
# 1. Most parameters sit in `layer4` (`layer3` in deeper networks), work is spread over all stages.
# 2. torchinfo lists module calls: no row for the addition.
# 3. Its total counts norm parameters and biases once: the difference is exact.
# 4. One multiply-add is two FLOPs; the papers write FLOPs for multiply-adds.
# 5. The paper's count is of v1; torchvision's network does a little more.
# 6. ResNet-152 costs less than VGG-19.
# 7. At inference few maps are alive at once.
# 8. In training the saved maps outweigh the weights from two images on.
# 9. The receptive field is a sum: each 3×3 adds two steps of its grid.
# 10. Cost grows with the area, in jumps at multiples of the output stride.
#
# Back: [09 · What differs between the ten networks?](09_variants.ipynb) · On: [11 · What is `replace_stride_with_dilation` for?](11_dilation_and_output_stride.ipynb)
