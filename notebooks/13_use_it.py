# %% [markdown]
# # 13 · Now what?
#
# The network is understood and proved. **How does one use it: trained weights, a picture in, a class name out, and then a task of one's own?** On the way stand traps that print no error; each of them is shown.
#
# *Needs:* [03](03_batchnorm_and_relu.ipynb), [09](09_variants.ipynb). *Takes:* 40 minutes to read, under a minute to run.
# *Afterwards* you can load weights safely, prepare a picture, replace a head, freeze a *backbone* (all that stands before the head), take out features, and adapt the stem.

# %%
import copy
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

import resnet_edu
from resnet_edu import draw, labs
from resnet_edu.anatomy import trace
from resnet_edu.peer import import_torchvision
from resnet_edu.weights import published

models = import_torchvision().models
draw.strip(trace("resnet18"), highlight=["conv1", "maxpool", "layer4", "fc"])

# %% [markdown]
# *You are here.* Lit are the places that people touch: the stem for small or grey pictures, the last stage for features, the head for other classes.
#
# ## 1 · Trained weights
#
# `weights=` takes a published name or the path of a file; `None` is an untrained network. **Predict** what `num_classes=10` together with trained weights does.


# %%
def attempt(call):
    """Run, and print an error as its name and message."""
    try:
        print("fine:", type(call()).__name__)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


row = published("resnet18", "DEFAULT")
print(row.url)
attempt(lambda: resnet_edu.resnet18(weights="DEFAULT", num_classes=10))
attempt(lambda: resnet_edu.resnet18(weights="IMAGENET1K_V3"))
attempt(lambda: resnet_edu.resnet18(pretrained=True))

# %% [markdown]
# The file holds an `fc` for a thousand classes, so any other number is refused; section 5 replaces the head afterwards. A name that is not published is refused too, with those that are. `pretrained=True` is the old way: **torchvision** still takes it, warns, and gives V1, of two sets the *older* one. **here** it is refused. Write `weights=`, by keyword.
#
# **This page was made without a network.** Set `FETCH` to True to download the file (some tens of megabytes, once; torch keeps it and checks its hash). Without it we go on with a small network that is trained here, on the digits of chapter 01.

# %%
FETCH = False

if FETCH:
    trained = resnet_edu.resnet18(weights="DEFAULT").eval()
else:
    print("no weights fetched: section 2 prepares a picture, section 3 trains a network of our own")

# %% [markdown]
# A file of your own works the same way, and is read safely: nothing in it is ever executed. What training scripts wrap around the weights is taken off: a dictionary with an entry `state_dict`, a prefix `module.` before each name (from `nn.DataParallel`). The cell writes such a file and reads it. **Predict** what happens with the file of another network:

# %%
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "mine.pth"
source = resnet_edu.resnet18()
torch.save({"state_dict": {f"module.{key}": v for key, v in source.state_dict().items()}}, path)
loaded = resnet_edu.resnet18(weights=path)
print("same bits:", torch.equal(loaded.fc.weight, source.fc.weight))
try:
    resnet_edu.resnet34(weights=path)
except RuntimeError as error:
    print(str(error).replace(f"{folder.name}/", ""))

# %% [markdown]
# It says which network the file belongs to. Plain `load_state_dict(…, strict=False)` is not so kind. It forgives missing and unknown *names*, and tells them in what it returns; if all names carry a prefix, it loads **nothing**, without an error:

# %%
fresh = resnet_edu.resnet18()
before = fresh.conv1.weight.clone()
wrapped = torch.load(path, weights_only=True)["state_dict"]
told = fresh.load_state_dict(wrapped, strict=False)
print("unknown:", len(told.unexpected_keys), " missing:", len(told.missing_keys),
      " anything loaded:", not torch.equal(before, fresh.conv1.weight))
counters = sum(name.endswith("num_batches_tracked") for name in source.state_dict())
print("counters of batches:", counters)
small = resnet_edu.resnet18(num_classes=10)
attempt(lambda: small.load_state_dict(source.state_dict(), strict=False))

# %% [markdown]
# (Why 102 missing and not 122? The 20 counters of the norms may be absent, as they are in old files: [03](03_batchnorm_and_relu.ipynb), section 1.) It does not forgive shapes: a head of a thousand classes does not go into one of ten.
#
# ## 2 · A picture, prepared
#
# A network expects what it was trained on: pictures made small, cropped, scaled and shifted in one particular way. torchvision's weights know how: `weights.transforms()`. By hand it is four steps. The picture, an orange before a sky, is drawn by the code below (public domain, CC0), three channels of bytes, height 300 and width 400. **Predict:** what of it does the network not get to see?

# %%
rows, columns = torch.meshgrid(torch.arange(300.0), torch.arange(400.0), indexing="ij")
sky = torch.stack([0.4 + rows / 900, 0.6 + rows / 900, 0.95 - rows / 900])
ball = ((rows - 170) ** 2 + (columns - 210) ** 2) < 90**2
orange = torch.tensor([0.95, 0.55, 0.1]).view(3, 1, 1)
shade = 1 - ((rows - 130) ** 2 + (columns - 180) ** 2).sqrt() / 400
picture = torch.where(ball, orange * shade, sky)
picture = (255 * picture.clamp(0, 1)).to(torch.uint8)


def prepare(picture, resize=256, crop=224):
    """Bytes (3, H, W) to the network's input (1, 3, 224, 224)."""
    height, width = picture.shape[1:]
    short = min(height, width)
    size = [int(resize * height / short), int(resize * width / short)]
    x = F.interpolate(picture[None].float(), size, mode="bilinear", antialias=True)
    x = x.round().clamp(0, 255) / 255  # back to bytes in between, as torchvision does
    top, left = round((size[0] - crop) / 2), round((size[1] - crop) / 2)
    x = x[:, :, top : top + crop, left : left + crop]
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (x - mean.view(3, 1, 1)) / std.view(3, 1, 1)


x = prepare(picture)
theirs = models.ResNet18_Weights.DEFAULT.transforms()(picture)[None]
print(tuple(x.shape), "  as torchvision prepares it:", torch.allclose(x, theirs, atol=0.02))
mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
seen = (x[0] * std.view(3, 1, 1) + mean.view(3, 1, 1)).clamp(0, 1)  # back to colours, to look at
draw.colours(
    {"the picture": picture, "what the network gets": seen},
    "An orange: the network gets the middle of it",
    finding="The sky at the left and right is cut off.",
)

# %% [markdown]
# The sky at the left and right is cut off. (`draw.colours`. A difference of one step of a byte is let pass when it is compared with torchvision's, since resizing rounds.)
#
# The four steps: shorter side to 256 (V1; V2's are in the table of [09](09_variants.ipynb), section 5), the middle 224 × 224, scaled to 0 … 1, then per channel minus the mean and divided by the deviation of ImageNet. The order of the channels is red, green, blue; OpenCV reads them the other way round. And there must be a batch axis. **Predict** the errors for a picture without it, for bytes, and for a picture with its channels last, as OpenCV and matplotlib have them.

# %%
network = resnet_edu.resnet18().eval()
for bad in (x[0], picture[None], x.permute(0, 2, 3, 1)):
    try:
        network(bad)
    except Exception as error:
        print(type(error).__name__, "·", getattr(error, "__notes__", [""])[0])

# %% [markdown]
# The exceptions are torch's, and so are their messages; printed is the *note* that our network adds to them.
#
# And the names of the classes? They come with the weights' metadata, no network needed:

# %%
names = models.ResNet18_Weights.DEFAULT.meta["categories"]
print(len(names), "classes; number 950 is", names[950])
if FETCH:
    with torch.no_grad():
        best = trained(x).softmax(1)[0].topk(3)
    for share, index in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        print(f"{100 * share:5.1f} %  {names[index]}")
else:
    print("no trained weights here, so no prediction: set FETCH in section 1")

# %% [markdown]
# ## 3 · Small pictures: another stem
#
# Our digits are 8 × 8, the pictures of CIFAR, a well-known small data set, 32 × 32. As it stands the stem alone makes a quarter of the side. **Predict** the grid that `layer4` puts out for 32 × 32. The usual change is a stem that keeps the grid: 3×3, stride 1, and no pool. And the grid then?

# %%
for name in ("as it is", "new stem"):
    model = resnet_edu.resnet18(num_classes=10)
    if name == "new stem":
        model.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        model.maxpool = nn.Identity()
    network = trace(model.eval(), 32)
    grid = network["layer4.1.conv2"].output_shape[2]
    work = network.totals.multiply_adds / 1e9
    print(f"{name}: layer4 on {grid} × {grid}, {work:.3f} G multiply-adds")

# %% [markdown]
# One number is left of a channel, or sixteen; and they have their price. (This is not the network of the paper's CIFAR table: that one has 16, 32 and 64 channels, [He15] sec. 4.2.)
#
# Now train one on the digits: one grey channel in, ten classes out, one block a stage. `train` does not call `model.train()`: who calls it decides on the mode, and section 6 needs that. Of each epoch the last, smaller batch is left out. The last of the three epochs has a tenth of the rate.


# %%
def digits_network():
    model = resnet_edu.ResNet(resnet_edu.BasicBlock, [1, 1, 1, 1], num_classes=10)
    model.conv1 = nn.Conv2d(1, 64, kernel_size=3, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


def train(model, images, labels, epochs, rate=0.05):
    chosen = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.SGD(chosen, lr=rate, momentum=0.9, weight_decay=1e-4)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64)[:-1]:
            optimiser.zero_grad()
            F.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimiser.step()


@torch.no_grad()
def errors(model, images, labels):
    return int((model.eval()(images).argmax(1) != labels).sum())


torch.set_num_threads(1)  # for pictures this small more threads only get in each other's way
_ = torch.manual_seed(0)
data = labs.digits()
net = digits_network()
train(net, data.train_images, data.train_labels, epochs=2)
train(net, data.train_images, data.train_labels, epochs=1, rate=0.005)
wrong = errors(net, data.test_images, data.test_labels)
print("under 5 % wrong on pictures it has not seen:", wrong < 0.05 * len(data.test_labels))

# %% [markdown]
# Eight of those pictures, and the classes that the network gives them:

# %%
chosen = data.test_images[:8, 0]
with torch.no_grad():
    said = net(data.test_images[:8]).argmax(1).tolist()
right = [a == b for a, b in zip(said, data.test_labels[:8].tolist(), strict=True)]
print("first eight:", said, " at least seven right:", sum(right) >= 7)
draw.maps(
    {"test pictures": chosen}, f"The network reads {', '.join(map(str, said))}",
    labels=list(map(str, said)), sizes=False,
)

# %% [markdown]
# This is a prediction with its class on a picture, by weights of our own; with `FETCH` the end of section 2 gives the same for the orange. (The digits come with scikit-learn; they are by E. Alpaydin and C. Kaynak, licence CC BY.)
#
# **Predict:** the same picture alone and among others. Does it get the same scores, in `train()` and in `eval()`?

# %%
for mode in (True, False):
    probe = copy.deepcopy(net).train(mode)
    with torch.no_grad():
        among, few = probe(data.test_images[:64])[:2], probe(data.test_images[:2])
    same = torch.allclose(among, few, rtol=1e-3, atol=1e-3)
    print(f"{'train' if mode else 'eval':<6} same scores: {same}")

# %% [markdown]
# To forget `eval()` is a bug without an error: scores that depend on the neighbours, and notes of BatchNorm that move with every picture ([03](03_batchnorm_and_relu.ipynb), section 2). `torch.no_grad()` alone does not help.
#
# ## 4 · Features
#
# What stands before the classifier is a description of the picture, 512 numbers, useful for other tasks. Three ways to get it, one of them a trap: an `nn.Identity()` in place of `fc`; all children but the last, in an `nn.Sequential`; torchvision's feature extractor, asked for places by name. **Predict** the three shapes:

# %%
from torchvision.models.feature_extraction import create_feature_extractor

picture8 = data.test_images[:1]
headless = copy.deepcopy(net).eval()
headless.fc = nn.Identity()
chain = nn.Sequential(*list(net.children())[:-1]).eval()
inner = create_feature_extractor(net.eval(), {"layer2": "two", "flatten": "vector"})
with torch.no_grad():
    a, b, c = headless(picture8), chain(picture8), inner(picture8)
print("fc = Identity         ", tuple(a.shape))
print("Sequential of children", tuple(b.shape))
print("feature extractor     ", {name: tuple(value.shape) for name, value in c.items()})
print("the same numbers:", torch.equal(a, c["vector"]) and torch.equal(a, b.flatten(1)))

# %% [markdown]
# The `Sequential` of the children has lost the `flatten`: that is a line in the network's `forward`, not a module. (The additions are safe; they are inside the blocks.) The names that the feature extractor takes are those of our trace, or of a block or stage: then it gives what that puts out.
#
# Here is what the stem and two blocks put out for one digit, their *feature maps*: one channel, seen as a picture. **Predict** how many pixels wide those of `layer2.0` are.

# %% tags=["varies"]
wanted = {"relu": "stem", "layer1.0": "layer1.0", "layer2.0": "layer2.0"}
with torch.no_grad():
    found = create_feature_extractor(net.eval(), wanted)(picture8)
draw.maps(
    {"picture": picture8[0], **{name: value[0] for name, value in found.items()}},
    "One digit, and eight channels of what the stem and two blocks make of it",
    finding="In layer2.0 the grid is 4 by 4 and the digit can no longer be read.",
)

# %% [markdown]
# Above the digit, below the first eight channels of each; bright is a large value. Every channel answers to something else: some to the strokes, some to what lies beside them. In `layer2.0` the grid is 4 × 4, and the digit can no longer be read from it by eye; but what the later layers need to name it is still there. (`draw.maps`)
#
# ## 5 · Another head
#
# Say that we want a network for *even or odd*, and have few labelled pictures. Take the trained network, and give it a head for two classes. **Predict:** does `net.fc.out_features = 2` do it?

# %%
tuned = copy.deepcopy(net)
tuned.fc.out_features = 2
print("after out_features = 2:", tuple(tuned.eval()(picture8).shape))
tuned.fc = nn.Linear(tuned.fc.in_features, 2)
print("after a new Linear:    ", tuple(tuned.eval()(picture8).shape))

# %% [markdown]
# The first line has changed a number in the printout, and nothing else.
#
# ## 6 · Freezing, and what BatchNorm does then
#
# Only the new head shall learn. So switch the gradients of everything else off: the backbone is *frozen*. **Predict:** is it unchanged after training?

# %%
few_images, few_labels = data.train_images[:128], data.train_labels[:128] % 2
frozen = copy.deepcopy(tuned)
for name, parameter in frozen.named_parameters():
    _ = parameter.requires_grad_(name.startswith("fc."))
before = copy.deepcopy(frozen.state_dict())
train(frozen.train(), few_images, few_labels, epochs=2)
moved = [key for key, value in frozen.state_dict().items() if not torch.equal(value, before[key])]
print("moved:", len(moved), "entries, among them", moved[-4:])
print("weights of the backbone that moved:",
      [key for key in moved if key.endswith(("weight", "bias")) and not key.startswith("fc.")])

# %% [markdown]
# The weights stayed. The running statistics of every BatchNorm did not, three entries in each of twelve, and two of `fc` make 38: they are buffers, and in training mode each forward pass moves them, gradient or not. The frozen network is no longer the one that was trained. The cure: put the frozen part into `eval()`, **after** every `model.train()`, which switches everything back.

# %%
frozen = copy.deepcopy(tuned)
for name, parameter in frozen.named_parameters():
    _ = parameter.requires_grad_(name.startswith("fc."))
_ = frozen.eval()
_ = frozen.fc.train()  # a Linear has no modes; a head with dropout has
before = copy.deepcopy(frozen.state_dict())
train(frozen, few_images, few_labels, epochs=5)
moved = [key for key, value in frozen.state_dict().items() if not torch.equal(value, before[key])]
print("moved:", moved)
wrong = errors(frozen, data.test_images, data.test_labels % 2)
print("even or odd, under 10 % wrong:", wrong < 0.1 * len(data.test_labels))

# %% [markdown]
# <details><summary><b>Stuck?</b> "element 0 of tensors does not require grad and does not have a grad_fn"</summary>
#
# Everything is frozen, the head too: mostly the head was replaced *before* all parameters were frozen. Replace it afterwards, or leave the names that begin with `fc.` alone.
# </details>
#
# ## 7 · One channel
#
# A trained stem wants three channels, and your picture is grey. Either repeat the picture three times, or **sum** the stem's weights over the three input channels, once. **Predict** what is wrong with the mean instead.

# %%
stem = resnet_edu.resnet18().conv1
grey = torch.rand(1, 1, 64, 64)
repeated = stem(grey.repeat(1, 3, 1, 1))
summed = F.conv2d(grey, stem.weight.sum(1, keepdim=True), None, 2, 3)
averaged = F.conv2d(grey, stem.weight.mean(1, keepdim=True), None, 2, 3)
print("sum: the same", torch.allclose(repeated, summed, atol=1e-5))
print("mean: too small by a factor of", round((repeated / averaged).median().item()))

# %% [markdown]
# The norm behind it does not mend that: in `eval()` its notes are of the larger values. (The sum is the same as three copies only if the three are prepared alike, with *one* mean and deviation for the grey picture.)
#
# ## 8 · The same bits, once more
#
# What you have used here is torchvision's network. So stem, head, features and freezing work there unchanged, and weights go both ways. (Only the path of a file in `weights=` and the notes on errors are ours.)

# %%
mine, theirs = resnet_edu.resnet50(), models.resnet50()
print(theirs.load_state_dict(mine.state_dict()))
print(resnet_edu.resnet50().load_state_dict(theirs.state_dict()))
image = torch.rand(2, 3, 64, 64)
print("the same bits:", torch.equal(mine.eval()(image), theirs.eval()(image)))
folder.cleanup()

# %% [markdown]
# ## Now you can …
#
# - load weights by name or file, and say what went wrong when they do not fit;
# - prepare a picture as the weights expect it;
# - adapt stem and head, freeze the rest, and keep BatchNorm still.
#
# ## Exercises
#
# 1. Write `freeze_for_good(model)`: as when you freeze, and `model.train()` called later does not wake the norms. (Override `train` in a subclass.)
# 2. Train the digits network on 128 pictures from scratch, and compare with a frozen backbone and a new head. Which is better on the test pictures, and is the comparison fair?
# 3. `prepare` a picture twice as wide as high. Which part of it does the network never see? Suggest a change, and say what it costs.
# 4. Nearest neighbours in feature space: for five test digits find the closest training digit, by the distance between their 512 numbers (`headless`). How often is the label the same?
# 5. Turn the network's first layer into one for pictures of seven bands (satellites), starting from trained weights. What would you try, and how would you know that it is right?

# %% [markdown]
# ### What the checker says
#
# Somebody computes probabilities in one line:

# %%
from resnet_edu.exercises import EXERCISES, check

check("predict", lambda model, x: model(x).softmax(1))

# %% [markdown]
# A right answer looks like this (its text stays hidden):

# %%
check("predict", EXERCISES["predict"].reference())

# %% [markdown]
# ### Your turn: `strip_prefix`
#
# Return a new dict with the same tensors, in which `prefix` is removed from every name
# that begins with it, once. Other names stay, also those that hold the same letters further on.
# The given dict stays as it is. The order of the entries does not matter.

# %%
def strip_prefix(state_dict, prefix="module."):
    return None  # your lines


check("strip_prefix", strip_prefix)

# %% [markdown]
# ### Your turn: `load_backbone`
#
# Load all but the head: every entry of `state_dict` whose name does not begin with
# `fc.`, buffers included. The file may have a head of another size, or none. The model keeps its
# own head. If anything else is missing, unknown or of another shape, raise an exception; only
# whether a file without `num_batches_tracked`, as very old ones are, is loaded or refused is left to
# you. The mode of the model and of its parts, what can learn in it, and its parts with their settings
# stay as they are, and so does the type of its numbers, whatever that of the file is. Leave the given
# dict as it is; it stays so when the model is trained later. Return the model; you may change the one
# that is given, or a copy.

# %%
def load_backbone(model, state_dict):
    return None  # your lines


check("load_backbone", load_backbone)

# %% [markdown]
# ### Your turn: `predict`
#
# Return the class probabilities of the images `x`, a tensor N×classes, as at inference:
# the model computes in evaluation mode, all its parts do, and no gradients are recorded meanwhile.
# Scores may be large, 1000 and more, and those of one image far from those of another. The model
# comes in either mode, and its parts may be in different modes; afterwards each is in the mode in
# which it was, and nothing else of the model has changed: no hook of yours is left in it, and what
# was frozen is still. Gradients are on or off as they were.

# %%
def predict(model, x):
    return None  # your lines


check("predict", predict)

# %% [markdown]
# ### Your turn: `feature_extractor`
#
# Return something that can be called with images N×3×H×W and gives N×C features: what
# the classifier `fc` reads. The model is in evaluation mode, and like a ResNet: its children, from
# `conv1` to `fc`, are called one after the other, and a flatten stands between the pool and `fc`.
# Afterwards the model is as it was: it gives its scores, its parameters learn or are frozen as before
# and have the gradients that they had, its methods are those of its class, and no hook of yours is
# left in it. The images stay as they are, too, and gradients are on or off as they were. Whether
# gradients flow through the features is left to you. Import nothing but torch: a ready-made extractor
# of another library does not count.

# %%
def feature_extractor(model):
    return None  # your lines


check("feature_extractor", feature_extractor)

# %% [markdown]
# ### Your turn: `replace_head`
#
# Give the model a new head for `num_classes` classes: its `fc` becomes one linear layer
# with a bias, ready to be trained. It reads as many features as the old one, which is an
# `nn.Linear`. Everything else stays, the modes of all parts, what is frozen and all settings too.
# Return the model; you may change the one that is given, or a copy.

# %%
def replace_head(model, num_classes):
    return None  # your lines


check("replace_head", replace_head)

# %% [markdown]
# ### Your turn: `freeze_backbone`
#
# The model comes in training mode, and all of it can learn; its children, from `conv1` to
# `fc`, have the names of torchvision's ResNet, and layers inside of them may have any name. Return it
# ready to train its head: only the parameters of `model.fc` learn, and BatchNorm uses its running
# statistics and keeps them as they are. Nobody calls `model.train()` afterwards. All weights and
# statistics stay as they are, under their names; those of a norm may be parameters or buffers, and
# who counts no batches need not keep a counter. You may change the model that is given, or a
# copy.

# %%
def freeze_backbone(model):
    return None  # your lines


check("freeze_backbone", freeze_backbone)

# %% [markdown]
# ### Your turn: `to_grayscale`
#
# Give the model a stem for gray images: `conv1` becomes an `nn.Conv2d` with one input
# channel, and the model answers for an image g as it did for (g, g, g). Take all settings from the
# old `conv1`: sizes, stride, padding and its mode, dilation, and a bias where there is one. The new
# stem can be trained: its weight is a parameter of the model. Everything else stays, the modes of
# all parts, what is frozen and all settings too, and no hook is added. Return the model; you may
# change the one that is given, or a copy.

# %%
def to_grayscale(model):
    return None  # your lines


check("to_grayscale", to_grayscale)

# %% [markdown]
# ## Summary
#
# 1. `weights=` takes a published name, or the path of a file; `pretrained=` is history.
# 2. A file is compared before the first weight is copied; nothing in it runs.
# 3. `strict=False` forgives names, not shapes, and may load nothing at all.
# 4. Preparing: shorter side, centre crop, 0 … 1, mean and deviation, red-green-blue, batch axis.
# 5. Small pictures want a stem without stride and pool.
# 6. `eval()` before you look at scores, always.
# 7. Features: `fc = Identity()` or a feature extractor; a `Sequential` of children loses the flatten.
# 8. A new head is a new `Linear`, not a changed attribute.
# 9. Freezing stops weights; only `eval()` stops BatchNorm's statistics.
# 10. For one channel, sum the stem's weights.
#
# Back: [12 · How do we know that this is right?](12_verify_against_torchvision.ipynb) · [00 · What am I looking at?](00_start_here.ipynb)
