# %% [markdown]
# # 00 · What am I looking at?
#
# `torchvision.models.resnet50()` is one line. Behind it are about 250 lines of Python ([torchvision] resnet.py).
# **These notebooks take them apart**: every block is built from nothing, every shape and count is computed before your eyes,
# and at the end a machine, not an author, says that what you built is torchvision's network, to the bit.
#
# *Needs:* Python, and to have seen a neural network once. *Takes:* 10 minutes to read, a few seconds to run.

# %%
from resnet_edu import draw
from resnet_edu.anatomy import compare, describe, table, trace

network = trace("resnet18")
draw.strip(network)

# %% [markdown]
# The whole of ResNet-18. An image comes in at the left, 1000 scores leave at the right. On every arrow goes a *grid* of positions that holds several numbers at each position, one for each
# *channel*: an image has three, its red, green and blue. A *convolution* such as `3×3, 64` makes a new grid of 64 channels, each number from a 3×3 window of the grid before it ([02](02_convolutions.ipynb)).
# With *stride* 2, written `/2`, it does so at every second position only, and the grid halves.
#
# Before the blocks stands the *stem*, behind them the *head* (both grey). Between them are eight **blocks** in four *stages* (× 2 stands for two equal ones). Each is two 3×3 convolutions with an arc over them, the
# **shortcut**: solid where the block's input is added as it is to what the block computes, dotted where it must change its
# shape first. Under each box stands the size of the grid it puts out; under the last two, where no grid is left, how many numbers.
# Stages have two names: `layer2` in torchvision's code, `conv3_x` in the paper ([He15] Table 1). (`draw.strip`)
#
# ## 1 · The same network as a table
#
# `trace("resnet18")` in the cell above went through the network once and wrote down every operation: its shapes, its parameters (the numbers that are learned), its cost. All tables and pictures here are made from that record, the **trace**.
#
# **Predict** before you look at the table: the last layer, `fc`, is *fully connected*. Each of its 1000 scores is a weighted sum of all 512 numbers that come in, plus one number of its own, the *bias*. How many parameters has it?
#
# <details><summary>Answer</summary>
#
# 512 · 1000 weights and 1000 biases: 513,000. Compare with the row `fc` below.
# </details>

# %%
table(network)

# %% [markdown]
# A row is a layer or a block; the BatchNorm behind a convolution is counted with it ([03](03_batchnorm_and_relu.ipynb)). *output* is channels × height × width. *multiply-adds* count one product added to a sum; the papers of this family call them
# FLOPs ([10](10_shapes_parameters_cost.ipynb)). *sees* is the receptive field: how many pixels of the photograph, along one side, can change one number of this output. More than 224 means that it reaches beyond the edge of the photograph; *all*: every pixel.

# %%
assert network["fc"].parameters == 512 * 1000 + 1000
print(f"{network['fc'].parameters:,} of {network.totals.parameters:,} parameters")

# %% [markdown]
# ## 2 · What happens to the shape

# %%
draw.pyramid(network)

# %% [markdown]
# From the image to the vector of 512 averages. Each stage after the first halves the grid and doubles the channels, and so a block costs about the same everywhere: compare the multiply-adds in the table.
# The boxes are not to scale, the labels have the numbers. (`draw.pyramid`)
#
# ## 3 · Ask about any operation
#
# The trace knows every operation by its name. This is all that is known about one of them, its formulas worked out. You need not follow them yet: [02](02_convolutions.ipynb) derives the first three, [10](10_shapes_parameters_cost.ipynb) the last.

# %%
print(describe(network, "layer2.0.conv1"))

# %% [markdown]
# The same in a terminal, with `.venv` activated: `python -m resnet_edu at resnet18 layer2.0.conv1`.
#
# Three strided layers lie on the way to this one's output: 224 → 112 → 56 → 28. **Predict:** what is its side if the image is 225 wide? There are halves now; are they rounded up or down?
#
# <details><summary>Answer</summary>
#
# 225 → 113 → 57 → 29: every strided layer rounds up. One pixel more makes the last stage 8 × 8 instead of 7 × 7.
# </details>

# %%
for side in (224, 225):
    wider = trace("resnet18", side)
    names = ["conv1", "maxpool", *(f"layer{i}.0.conv1" for i in (2, 3, 4))]
    sides = [wider[name].output_shape[2] for name in names]
    print(side, sides, f"{wider.totals.multiply_adds:,} multiply-adds")

# %% [markdown]
# ## 4 · What is deeper about a deeper network?
#
# **Predict:** ResNet-34 beside ResNet-18. Which columns of the table will differ: the grid, the channels, the number of blocks?

# %%
compare("resnet18", "resnet34")

# %% [markdown]
# Of these three only the number of blocks; there is one column *output* for both. The mark ≠ stands in the rows that differ. Parameters, multiply-adds and the receptive field grow with the number of blocks.
#
# ## 5 · Is this the paper's network?
#
# Nearly. Depth, widths and block counts are those of [He15] Table 1. You will meet three differences. From 50 layers on, torchvision strides in the 3×3, the paper's model in the 1×1 before it ([05](05_bottleneck.ipynb), section 4). Where a shortcut must change its shape, torchvision always projects, in the shallow networks too (option B of [He15] sec. 3.3; [06](06_downsample_paths.ipynb), section 7).
# And torchvision's BatchNorm keeps moving averages, while the authors' released model has true averages over training pictures ([MSRA] README). The training recipe is another matter again ([09](09_variants.ipynb), section 5).
#
# ## 6 · The map
#
# The network itself is five small files, down to `variants.py` in this table; the rest of it is tools. torchvision has the same things in one file, `torchvision/models/resnet.py`. (The web pages have that file statement by statement, each with its chapter and section: `source/torchvision.html`, built as said below.)
#
# | file | holds | in torchvision's `resnet.py` | explained in |
# |---|---|---|---|
# | `convolutions.py` | `conv3x3`, `conv1x1` | the two functions at its top | [02](02_convolutions.ipynb) |
# | `blocks.py` | `BasicBlock` | the first class | [04](04_basic_block.ipynb), norms and ReLU in [03](03_batchnorm_and_relu.ipynb) |
# | `blocks.py` | `Bottleneck` | the second class, with its comment on the stride | [05](05_bottleneck.ipynb) |
# | `network.py` | `ResNet.__init__`, `forward` | the third class | [07](07_stages_and_network.ipynb) |
# | `network.py` | `_make_layer` | the method of that name | [06](06_downsample_paths.ipynb) its `downsample`, [07](07_stages_and_network.ipynb) its state, [11](11_dilation_and_output_stride.ipynb) its dilation |
# | `network.py` | the first weights | the two loops at the end of `__init__` | [08](08_initialization.ipynb) |
# | `weights.py` | the published sets of weights | the ten enums of weights | [09](09_variants.ipynb), used in [13](13_use_it.ipynb) |
# | `variants.py` | ten networks, `resnet18` to `wide_resnet101_2` | the ten functions at its end | [09](09_variants.ipynb) |
# | `anatomy/` | the trace, the formulas, the tables | | [10](10_shapes_parameters_cost.ipynb) |
# | `proof/` | ours against torchvision | | [12](12_verify_against_torchvision.ipynb) |
# | `labs/` | small experiments | | [01](01_why_residual.ipynb) |
# | `draw/` | the pictures | | named under each picture |
# | `checkpoints.py` | a file of weights, read safely and whole | | [13](13_use_it.ipynb) |
#
# ## 7 · The way
#
# | | the question |
# |---|---|
# | [01](01_why_residual.ipynb) | Why not just stack layers? |
# | [02](02_convolutions.ipynb) | What does `conv3x3` do to a shape? |
# | [03](03_batchnorm_and_relu.ipynb) | What are all those `bn` and the one `relu`? |
# | [04](04_basic_block.ipynb) | What is a residual block? |
# | [05](05_bottleneck.ipynb) | Why 1×1–3×3–1×1? |
# | [06](06_downsample_paths.ipynb) | When is there a `downsample`, and what is in it? |
# | [07](07_stages_and_network.ipynb) | How do blocks become a network? |
# | [08](08_initialization.ipynb) | What are the weights before training? |
# | [09](09_variants.ipynb) | What differs between the ten networks? |
# | [10](10_shapes_parameters_cost.ipynb) | Where do parameters and compute go? |
# | [11](11_dilation_and_output_stride.ipynb) | What is `replace_stride_with_dilation` for? |
# | [12](12_verify_against_torchvision.ipynb) | How do we know that this is right? |
# | [13](13_use_it.ipynb) | Now what? |
#
# In order they are a course: a piece a chapter, and in [12](12_verify_against_torchvision.ipynb) all your pieces together are put on trial. In a hurry? [04](04_basic_block.ipynb), [06](06_downsample_paths.ipynb), [07](07_stages_and_network.ipynb). Only here to use it? [13](13_use_it.ipynb). Here for numbers? [10](10_shapes_parameters_cost.ipynb), and `python -m resnet_edu --help`.
#
# All of it on one page of A4, to print: [ResNet on a page](../docs/resnet_on_a_page.pdf) (also as [SVG](../docs/resnet_on_a_page.svg); drawn by `python -m resnet_edu sheet`).
#
# Words are explained where they first appear, and in the [glossary](../docs/glossary.md), with the Chinese term beside the English. A question that you have may be among the [ninety that learners ask](../docs/questions.md). Sources are written as [He15]: title and place of each stand in [facts.toml](../docs/facts.toml).
#
# ## 8 · How to read
#
# - Run a cell with Shift + Enter, from the top. What you see was run by us; run it yourself, and change things.
# - *Predict* means: say a number before you read on or open the fold. It is what makes you remember.
# - **Stuck?** folds are named by what you see, mostly an error message. If none fits, run the chapter again from the top (the next line says how), then look among the [questions](../docs/questions.md).
# - To start a chapter again: menu *Kernel*, *Restart Kernel and Run All Cells*. To throw your changes away:
#   `git checkout notebooks/04_basic_block.ipynb` in a terminal.
# - Without installing anything: every notebook in the repository holds its pictures and outputs, and can be read as it is.
# - As web pages, with the source of the network explained line beside line: `python start.py docs` builds them into `build/site`.
#
# <details><summary><b>Stuck?</b> "No module named 'resnet_edu'"</summary>
#
# The notebook runs in another Python than the one that `start.py` has set up. Close Jupyter and open it with `python start.py`.
# </details>
#
# ## 9 · Is everything here?
#
# The last cell looks at what is installed. Version numbers may differ from ours; the word `ready` counts.

# %% tags=["varies"]
import platform

import torch

from resnet_edu.peer import import_torchvision

torchvision = import_torchvision()
print("Python", platform.python_version())
print("torch", torch.__version__, "and torchvision", torchvision.__version__)
print("ready" if len(trace("resnet18")) == 70 else "something is wrong: please tell us")

# %% [markdown]
# ## 10 · Three lines of proof
#
# Two networks, ours and torchvision's, made from the same seed, asked about the same picture. `torch.equal` accepts no difference at all.

# %%
import resnet_edu

x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
answers = []
for package in (resnet_edu, torchvision.models):
    _ = torch.manual_seed(0)
    answers.append(package.resnet18().eval()(x))
print("the same 1000 scores, every bit:", torch.equal(*answers))

# %% [markdown]
# ## Now you can …
#
# - find any layer of a ResNet by its two names, and say what shape it puts out;
# - ask for a table, a comparison, a picture of any of the ten networks;
# - open the chapter for what you want to understand.
#
# ## Exercises
#
# 1. `table("resnet50", fold=False)` has a row for every block. Which block has the most parameters? Which three share the most multiply-adds?
# 2. Where does the receptive field of ResNet-18 become wider than the image? `draw.receptive_field_growth(network)` shows it.
# 3. `compare("resnet50", "wide_resnet50_2")`: what does "wide" change, and what not?

# %% [markdown]
# ### What the checker says
#
# From here on every chapter ends with exercises that are checked. You write an answer into the cell, run it, and read what comes back: what was done, what was seen, where to read, a question to try. Nothing leaves this computer, and you can ask as often as you like.
# The exercise below shows a few lines and asks which is wrong. Somebody thought it was line 7:

# %%
from resnet_edu.exercises import EXERCISES, check

check("spot_sizes", (7, "d"))

# %% [markdown]
# And this is what a right answer looks like (every exercise knows one, which this cell does not show):

# %%
check("spot_sizes", EXERCISES["spot_sizes"].reference())

# %% [markdown]
# ### Your turn: `spot_sizes`
#
# This is somebody's `stage_sizes`.
# One line is wrong, or stands in the wrong place. Which, and why?
#
# ```
#  1  def stage_sizes(n):
#  2      conv1 = (n + 1) // 2
#  3      maxpool = (conv1 + 1) // 2
#  4      layer1 = (maxpool + 1) // 2
#  5      layer2 = (layer1 + 1) // 2
#  6      layer3 = (layer2 + 1) // 2
#  7      layer4 = (layer3 + 1) // 2
#  8      return conv1, maxpool, layer1, layer2, layer3, layer4
# ```
#
# `(n + 1) // 2` is half of `n`, rounded up where `n` is odd. Put 224 in for `n`, and compare with
# the table of section 1.
#
# - a: the grid that reaches the stages has been halved twice, and the first stage keeps it
# - b: the stages halve the channels, and the grid stays as it is
# - c: the pool does not halve the grid, so the stages begin one halving late
# - d: an odd side is rounded the wrong way, and an even one is right
#
# Answer with the number of the line and the letter of the reason, as in `(3, "b")`.

# %%
spot_sizes = None  # (line, "letter")
check("spot_sizes", spot_sizes)

# %% [markdown]
# ## Summary
#
# 1. A ResNet is a stem, four stages of blocks, and a head.
# 2. The stem (7×7 convolution, max pool) makes 56 × 56 of 224 × 224.
# 3. A stage's first block changes the shape, the others keep it.
# 4. Each stage from the second on halves the grid and doubles the channels.
# 5. A block adds its input to what it computes: the shortcut.
# 6. The head averages over the grid and applies one fully connected layer.
# 7. Depth is the number of blocks; nothing else differs between ResNet-18 and ResNet-34.
# 8. The table counts learned numbers as parameters and work as multiply-adds, one product added to a sum each.
# 9. Every strided layer rounds its size up.
# 10. Numbers here are computed beside the text that states them.
#
# On: [01 · Why not just stack layers?](01_why_residual.ipynb)
