# %% [markdown]
# # 01 · Why not just stack layers?
#
# A network of 20 layers learns. One of 56 layers can do everything that the one of 20 can, and more. So it should be at least as good. **It is worse, even on the pictures it was trained on** ([He15] Fig. 1).
# Why, and what does one `+` change?
#
# *Needs:* Python, and to have seen a network train once. *Takes:* 30 minutes to read, half a minute to run.
# *Afterwards* you can say what the degradation problem is, show it, and say what is not settled about it.

# %%
import math
import statistics

import torch
import torch.nn.functional as F
from torch import nn

from resnet_edu import draw, labs
from resnet_edu.anatomy import trace

draw.strip(trace("resnet34"), highlight=["layer1", "layer2", "layer3", "layer4"])

# %% [markdown]
# *You are here*: at the arcs over the lit boxes. This is ResNet-34. Without the arcs it is the *plain* network that the paper compares it with. In the chapters to come you build this network piece by piece; here we ask why anybody wanted it.
#
# Three words for the layers, enough for this chapter. A *convolution* makes each number from the window of numbers around it: it multiplies them with a small grid of weights, the *kernel*, and adds up ([02](02_convolutions.ipynb)).
# A *BatchNorm*, or norm, shifts and scales each channel to a sensible size, and a *ReLU* puts 0 for every negative number ([03](03_batchnorm_and_relu.ipynb)).
#
# ## 1 · It should not be worse
#
# Take a network that works. Make a deeper one of it: copy its layers, and add some that do *nothing*. Can a convolution do nothing? **Predict** the 3×3 kernel that hands a channel on unchanged.

# %%
nothing = nn.Conv2d(4, 4, 3, padding=1, bias=False)
_ = nn.init.dirac_(nothing.weight)
print(nothing.weight[0, 0].detach())
x = torch.rand(1, 4, 6, 6)  # nothing below 0, as behind a ReLU
print("does nothing, every bit:", torch.equal(nothing(x), x))
norm = nn.BatchNorm2d(4).eval()
_ = nn.init.constant_(norm.weight, (1 + norm.eps) ** 0.5)  # undoes the one thing it does
print("nothing, with norm and ReLU:   ", torch.allclose(F.relu(norm(nothing(x))), x))

# %% [markdown]
# A 1 in the middle, for its own channel; zeros elsewhere. The norm behind it can be set to undo itself, and the ReLU changes nothing that has come out of a ReLU before. So there **is** a deeper network that is as good. If training finds a worse one, then not because none better exists, but because it was not *found*.
#
# ## 2 · One `+`
#
# Two convolutions in a row, and the same two with their input added to what they compute. That is all the difference between the two networks of this chapter.


# %%
class Pair(nn.Module):
    def __init__(self, planes, residual):  # planes: torchvision's word for channels
        super().__init__()
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.residual = residual

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + x) if self.residual else F.relu(out)


for residual in (False, True):
    count = sum(p.numel() for p in Pair(8, residual).parameters())
    print("residual" if residual else "plain   ", count, "parameters")

# %% [markdown]
# The addition has no parameters. What is computed beside the shortcut, here the two convolutions and norms, is called the **branch**. **Predict:** what must the two convolutions learn in order to do nothing, in the plain pair, and in the residual one?
#
# <details><summary>Answer</summary>
#
# The plain pair must learn the kernel of section 1, twice, to the last digit. The residual pair must learn zeros: a last norm with weight 0 (and bias 0, as it starts) is enough, whatever the kernels are.
# </details>

# %%
pair = Pair(8, residual=True).eval()
_ = nn.init.zeros_(pair.bn2.weight)
x = torch.rand(1, 8, 6, 6)
print("residual pair with a silent branch, every bit:", torch.equal(pair(x), x))

# %% [markdown]
# ## 3 · The experiment
#
# The pictures are 8 × 8 pixels, handwritten digits that come with scikit-learn. The networks are those of [He15] sec. 4.2 made small: a convolution, three stages of equal pairs with 8, 16 and 32 channels, an average, a fully connected layer. (The smallest has a pair in each stage: 1 + 3 · 2 + 1 = 8 layers.) Where a stage changes the shape, the shortcut skips pixels and pads with zeros, so it has no weights there either.
# A plain and a residual network of the same depth have the **same parameters and start from the same weights**. (`labs.StackNet`; the recipe is in its file.)

# %%
data = labs.digits()
print(len(data.train_images), "pictures to train on,", len(data.test_images), "to test")
for depth in (8, 20, 56):
    counts, starts = [], []
    for residual in (False, True):
        _ = torch.manual_seed(0)
        model = labs.StackNet(depth, residual)
        counts.append(sum(p.numel() for p in model.parameters()))
        starts.append(model.state_dict())
    assert counts[0] == counts[1]
    assert all(torch.equal(value, starts[1][name]) for name, value in starts[0].items())
    print(f"{depth:>2} layers: {counts[0]:,} parameters, plain and residual with the same start")

# %% [markdown]
# Six trainings of six *epochs*: six times through the training pictures. The *loss* is the number that training makes smaller, the *seed* fixes the random start. **Predict** an order before you run: which network has the lowest training loss at the end, which the highest?

# %% tags=["varies"]
runs = labs.experiment([8, 20, 56], seeds=[0], epochs=6)
print("            layers   train error   test error   (percent)")
for run in runs:
    print(f"{run.kind:<10}{run.depth:>8}{run.train_error:>14.1f}{run.test_error:>13.1f}")

# %%
losses = {f"{run.kind}, {run.depth} layers": run.losses for run in runs}
print(f"a network that guesses among ten digits has a loss of {math.log(10):.1f}")
draw.lines(
    losses, "Depth makes plain networks hard to train, residual ones far less",
    xlabel="epoch", ylabel="training loss", log=True,
)

# %% [markdown]
# The axis is logarithmic: from one mark to the next the loss is ten times higher. The lowest is the residual network of 8 layers, the highest the plain one of 56: after six epochs it is still nearer to the 2.3 of guessing than to any other curve. With the `+` the same 56 layers follow the shallow networks; they too pay for their depth, but little. (`draw.lines`)
#
# **Is that overfitting?** No. Overfitting is a *low* error in training and a high one in the test. Here the error on the training pictures themselves is high. The paper calls it **degradation**.
#
# <details><summary><b>Stuck?</b> My numbers differ from those printed here</summary>
#
# Another processor adds in another order, and small differences grow in training. Curves that lie close together may change places; the plain network of 56 layers should stay far above all others. On one machine it repeats, bit for bit.
# </details>
#
# ## 4 · Three seeds, six depths
#
# One run is an anecdote. The same with three seeds, more depths and ten epochs takes a few minutes; its table is kept with the package. (You can make it anew: `python -m resnet_edu lab degradation -o my_runs.csv`.)

# %%
table = {}
for run in labs.committed():
    table.setdefault((run.depth, run.kind), []).append(run)
print("layers   train error, 3 seeds: plain        residual")
depths = sorted({depth for depth, _ in table})
for depth in depths:
    said = {}
    for kind in ("plain", "residual"):
        said[kind] = " ".join(f"{run.train_error:5.1f}" for run in table[depth, kind])
    print(f"{depth:>6}{'':<14}{said['plain']:>20}    {said['residual']:>20}")

# %%
middle = {
    kind: [statistics.median(run.losses[-1] for run in table[depth, kind]) for depth in depths]
    for kind in ("plain", "residual")
}
draw.lines(
    middle, "After ten epochs: the loss of plain networks rises with depth", x=depths,
    xlabel="layers", ylabel="training loss, median of 3 seeds",
)

# %% [markdown]
# Up to 20 layers the plain networks can still be trained; from 32 on they cannot, in this time, with any of the three seeds. The residual ones stay near zero. (`draw.lines`)
#
# ## 5 · What this toy shows, and what not
#
# - It shows that plain networks get much *worse* with depth and residual ones hardly do. It does **not** show that deeper residual networks are better: here, eight layers are enough for everything.
# - The effect is larger than in the paper. We train for one or two hundred steps, not for 64,000 ([He15] sec. 4.2), and eight channels are few.
# - Is it only the learning rate, or the time? `labs.train(56, residual=False, epochs=20, rate=0.01)` tries a tenth of the rate; exercise 2 is about it. (The paper gave its own plain network three times the steps, and the degradation stayed: [He15] sec. 4.1.)
#
# For what *depth* is worth we ask the paper. Its *top-1 error* is the share of pictures whose highest score is not that of the right class; ImageNet has photographs of a thousand classes, CIFAR-10 small pictures of ten.
# **Predict** from section 4, before you look at the numbers: where will the shortcut help more, at 18 layers or at 34?
#
# | top-1 error in percent, ImageNet, [He15] Table 2 | plain | residual |
# |---|---:|---:|
# | 18 layers | 27.94 | 27.88 |
# | 34 layers | 28.54 | **25.03** |
#
# At 18 layers it hardly matters, at 34 it is worth three and a half points. The plain network gets worse from 18 to 34 layers, the residual one better. No shortcut in this table has a weight (the paper's option A), so here too a plain and a residual network of one depth have the same parameters.
#
# | test error in percent, CIFAR-10, [He15] Table 6 | parameters | error |
# |---|---:|---:|
# | ResNet-20 | 0.27 M | 8.75 |
# | ResNet-32 | 0.46 M | 7.51 |
# | ResNet-44 | 0.66 M | 7.17 |
# | ResNet-56 | 0.85 M | 6.97 |
# | ResNet-110, best of five | 1.7 M | 6.43 |
# | ResNet-1202 | 19.4 M | 7.93 |
#
# Deeper is better, up to a point: the last line is worse, although its *training* error is below 0.1 % ([He15] Table 6). That is overfitting, says the paper: a great many parameters for small pictures. So deeper is not always better, not with shortcuts either. (ResNet-110 had 6.61 ± 0.16 over five runs, [He15] Table 6; later papers quote the mean.)
#
# And on ImageNet, without any shortcut, a ResNet-50 does train, but to 31.2 % error instead of 23.9 ([Xie17] sec. 5.1).
#
# ## 6 · Gradients, before the first step
#
# What goes wrong in the deep plain network? Look at the *gradient* of the first convolution, before any training: it says how the loss changes with each of its weights, and its *norm* (the root of the sum of squares) is one number for its size. It should be of a sensible size at any depth.
#
# **Predict:** with more layers, does it become smaller, does it stay, or does it grow? In the plain network, and in the residual one?

# %%
norms = {"plain": [], "residual": []}
for kind, found in norms.items():
    for depth in depths:
        _ = torch.manual_seed(0)
        model = labs.StackNet(depth, residual=kind == "residual")
        images, labels = data.train_images[:64], data.train_labels[:64]
        found.append(labs.first_gradient(model, images, labels))
draw.lines(
    norms, "Before training, the gradient explodes with depth in the plain network", x=depths,
    xlabel="layers", ylabel="gradient norm, first convolution", log=True,
)

# %% tags=["varies"]
grows = {kind: round(found[-1] / found[0]) for kind, found in norms.items()}
print("from 8 to 56 layers the norm grows by a factor of", grows)
for kind in norms:
    _ = torch.manual_seed(0)
    model = labs.StackNet(56, residual=kind == "residual")
    F.cross_entropy(model(images), labels).backward()
    sizes = [m.weight.grad.norm().item() for m in model.modules() if isinstance(m, nn.Conv2d)]
    print(f"{kind:<9} 56 layers: first convolution {sizes[0]:.1f}, last {sizes[-1]:.1f}")

# %% [markdown]
# The axis is logarithmic. In this plain network gradients do not vanish, they **explode** on their way from the last layer to the first. A step that suits the last layers is then far too large for the first. In the residual network they grow as well, but far less. (`draw.lines`)
#
# Now to what is often told: "ResNet solves the vanishing-gradient problem".
#
# **Not settled.** The authors themselves say no: with BatchNorm signals do not die, gradients have "healthy norms", and the difficulty is "unlikely to be caused by vanishing gradients" ([He15] sec. 4.1). Theory says that in networks with BatchNorm and without shortcuts gradients grow exponentially with depth at initialization ([Yang19] abstract), which is what you see above. Both sides agree that a residual network of the same depth and size trains better.
#
# ## 7 · What else is said of residual networks
#
# **"It is an ensemble of shallow networks."** *Not settled.* For it: written out, n blocks give $2^n$ paths from input to output; deleting one block of a trained network hurts little; and most of the gradient comes through short paths, of 5 to 17 blocks of 54, only 0.45 % of all ([Veit16] sec. 5). Against it: the paths share their weights and were trained together, so they are no independent voters; and a sum can be written out into paths exactly only where the branches are linear, which a ReLU is not. The share, at least, can be counted:

# %%
share = sum(math.comb(54, k) for k in range(5, 18)) / 2**54
print(f"paths through 5 to 17 of 54 blocks: {100 * share:.2f} % of all")

# %% [markdown]
# **"A weight or a gate on the shortcut would be better."** It was tried, and was worse: with 110 layers on CIFAR-10 the plain identity had 6.61 % error, both ways scaled by a half 12.35 %, the best gates 8.70 and 6.91 %, a 1×1 convolution on every shortcut 12.22 % ([He16] Table 1). Whatever multiplies the shortcut multiplies again in every block, and a network of 110 layers has 54 of them:

# %%
print(f"half, 54 times: {0.5**54:.1e}")

# %% [markdown]
# **"ResNet v2"** is another order *inside* the block: norm, ReLU, convolution, and nothing behind the sum. It helps very deep networks (1001 layers: 4.92 instead of 7.61 % error) and matters little at 110 layers (6.37 instead of 6.61, [He16] Table 3). torchvision has only the original. Its `IMAGENET1K_V2` weights are a newer training *recipe* for the same network.
#
# ## 8 · The same bits
#
# Your `Pair` is the piece that the lab's networks are made of:

# %%
for residual in (False, True):
    _ = torch.manual_seed(0)
    theirs = labs.StackNet(14, residual).pairs[1].eval()
    mine = Pair(8, residual).eval()
    _ = mine.load_state_dict(theirs.state_dict())
    x = torch.rand(2, 8, 8, 8)
    print("residual" if residual else "plain   ", "the same bits:", torch.equal(mine(x), theirs(x)))

# %% [markdown]
# ## Now you can …
#
# - say what degradation is, and why it is not overfitting;
# - show it in half a minute on any computer;
# - tell what is known about its cause from what is only often said.
#
# ## Exercises
#
# 1. Give the residual pair a factor of one half before the sum: `out + 0.5 * x`. Guess the gradient norm at depth 56, then measure it with a copy of `labs.StackNet`.
# 2. Give the plain network of 56 layers a tenth of the learning rate, or five times the epochs (`rate=`, `epochs=` of `labs.train`; half a minute each). Does it reach the residual one?
# 3. The committed table has test errors. With which seeds does the residual network of 56 layers do worse than that of 20 (`run.test_error`)? What would you need to claim that this is no accident?
# 4. Make the plain network of 20 layers deeper by pairs that do nothing (section 1). Is its loss before training the same in `eval()` mode? And in `train()` mode, in which the norms use the batch ([03](03_batchnorm_and_relu.ipynb), section 2)? Train both. Which is ahead, and does it surprise you?

# %% [markdown]
# ### What the checker says
#
# Below is a block of two convolutions with a `+` that does not help. A guess, and the right answer, which stays hidden here:

# %%
from resnet_edu.exercises import EXERCISES, check

check("spot_plain", (8, "c"))

# %%
check("spot_plain", EXERCISES["spot_plain"].reference())

# %% [markdown]
# ### Your turn: `spot_plain`
#
# This is `pair` of somebody's `BasicBlock`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def pair(self, x):
#  2      x = self.conv1(x)
#  3      x = self.bn1(x)
#  4      x = F.relu(x)
#  5      x = self.conv2(x)
#  6      x = self.bn2(x)
#  7      before = x
#  8      x = x + before
#  9      return F.relu(x)
# ```
#
# It is to do what the residual `Pair` of section 2 does, one step a line. `BasicBlock` is
# torchvision's name for it.
#
# - a: there are two norms in a row, and the second undoes the first
# - b: the last ReLU stands before the addition, so the sum may be negative
# - c: the second convolution reads the sum instead of the first one's output
# - d: the input is gone before the addition: the branch is added to itself
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_plain = None  # (line, "letter")
check("spot_plain", spot_plain)

# %% [markdown]
# ## Summary
#
# 1. Deeper plain networks have a higher *training* error: degradation.
# 2. It is not overfitting, and not for want of a good solution: adding layers that do nothing gives one.
# 3. A residual block computes a change and adds it to its input.
# 4. To do nothing it needs zeros; a plain block needs an exact identity.
# 5. The sum has no parameters, so plain and residual networks can be compared fairly.
# 6. On digits, plain networks of 56 layers hardly train; residual ones do.
# 7. The toy does not show that depth helps; the paper's tables do.
# 8. Deeper is not always better, with shortcuts either.
# 9. At initialization gradients explode in deep plain networks with BatchNorm.
# 10. Why shortcuts help is contested; that they help is not.
#
# Back: [00 · What am I looking at?](00_start_here.ipynb) · On: [02 · What does `conv3x3` do to a shape?](02_convolutions.ipynb)
