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
# The whole of ResNet-18. An image comes in at the left, 1000 scores leave at the right. Before the blocks stands the *stem*, behind them the *head* (grey).
# Eight blocks in four stages (× 2 stands for two equal ones), each of them two 3×3 convolutions (/2: with stride 2) with an arc over them, the **shortcut**: solid where the block's input is added as it is, dotted where it must change its
# shape first. Under each box stands the size of the grid it puts out. Stages have two names: `layer2` in torchvision's code, `conv3_x` in
# the paper ([He15] Table 1). (`draw.strip`)
#
# ## The same network as a table

# %%
table(network)

# %% [markdown]
# A row is a layer or a block. *output* is channels × height × width. *multiply-adds* count one product added to a sum; papers call them
# FLOPs. *sees* is the receptive field: how many pixels of the photograph, along one side, can change one number of this output (*all*: every pixel).
#
# **Predict** before you open the fold: the last row before the total is a fully connected layer from 512 numbers to 1000. How many parameters has it?
#
# <details><summary>Answer</summary>
#
# 512 · 1000 weights and 1000 biases: 513,000. Compare with the row `fc` above.
# </details>

# %%
assert network["fc"].parameters == 512 * 1000 + 1000
print(f"{network['fc'].parameters:,} of {network.totals.parameters:,} parameters")

# %% [markdown]
# ## What happens to the shape

# %%
draw.pyramid(network)

# %% [markdown]
# From the image to the pooled vector: a stage halves the grid and doubles the channels, so that a block costs about the same everywhere.
# The labels have the numbers. (`draw.pyramid`)
#
# ## Ask about any operation
#
# The trace knows every operation by its name. This is all that is known about one of them, its formulas worked out:

# %%
print(describe(network, "layer2.0.conv1"))

# %% [markdown]
# The same in a terminal, with `.venv` activated: `python -m resnet_edu at resnet18 layer2.0.conv1`. **Predict:** `layer2.0.conv1` has stride 2. What is its side if
# the image is 225 wide instead of 224?
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
# ## What is deeper about a deeper network?

# %%
compare("resnet18", "resnet34")

# %% [markdown]
# Only the number of blocks. The mark ≠ stands where the two differ; the grid and the channels are the same everywhere.
#
# ## The map
#
# The network itself is five small files. torchvision has the same things in one file, `torchvision/models/resnet.py`.
#
# | file | holds | in torchvision's `resnet.py` | chapter |
# |---|---|---|---|
# | `convolutions.py` | `conv3x3`, `conv1x1` | the two functions at its top | [04](04_basic_block.ipynb), sections 1 and 5 |
# | `blocks.py` | `BasicBlock`, `Bottleneck` | the two classes behind them | [04](04_basic_block.ipynb) |
# | `network.py` | `ResNet` | the class `ResNet` | |
# | `weights.py` | the published sets of weights | the ten enums of weights | |
# | `variants.py` | ten networks, `resnet18` to `wide_resnet101_2` | the ten functions at its end | |
# | `proof/` | ours against torchvision | | [12](12_verify_against_torchvision.ipynb) |
#
# Chapters written so far: this one, [04 · What is a residual block?](04_basic_block.ipynb) and
# [12 · How do we know that this is right?](12_verify_against_torchvision.ipynb). Their numbers leave room for those between; a row without a chapter waits
# for its own.
#
# ## How to read
#
# - Run a cell with Shift + Enter, from the top. What you see was run by us; run it yourself, and change things.
# - *Predict* means: say a number before you open the fold. It is what makes you remember.
# - **Stuck?** folds are named by what you see, mostly an error message.
# - To start a chapter again: menu *Kernel*, *Restart Kernel and Run All Cells*. To throw your changes away:
#   `git checkout notebooks/04_basic_block.ipynb` in a terminal.
# - Without installing anything: every notebook in the repository holds its pictures and outputs, and can be read as it is.
#
# <details><summary><b>Stuck?</b> "No module named 'resnet_edu'"</summary>
#
# The notebook runs in another Python than the one that `start.py` has set up. Close Jupyter and open it with `python start.py`.
# </details>
#
# ## Is everything here?
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
# ## Three lines of proof
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
#
# ## Summary
#
# 1. A ResNet is a stem, four stages of blocks, and a head.
# 2. The stem (7×7 convolution, max pool) makes 56 × 56 of 224 × 224.
# 3. A stage's first block changes the shape, the others keep it.
# 4. Each stage from the second on halves the grid and doubles the channels.
# 5. A block adds its input to what it computes: the shortcut.
# 6. The head averages over the grid and applies one fully connected layer.
# 7. Depth is the number of blocks; nothing else differs between ResNet-18 and ResNet-34.
# 8. A multiply-add is one product added to a sum.
# 9. Every strided layer rounds its size up.
# 10. Numbers here are computed beside the text that states them.
#
# On: [04 · What is a residual block?](04_basic_block.ipynb)
