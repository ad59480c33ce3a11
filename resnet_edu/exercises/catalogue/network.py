"""The exercise ``ResNet``: correct answers in several styles, and the mistakes made in them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from ..tasks import Change, Exercise, Mistake, Plan

PLAIN = '''
class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        self._norm_layer = norm_layer
        self.inplanes = 64
        self.dilation = 1
        if replace_stride_with_dilation is None:
            replace_stride_with_dilation = [False, False, False]
        if len(replace_stride_with_dilation) != 3:
            raise ValueError("three flags are needed")
        self.groups = groups
        self.base_width = width_per_group
        self.conv1 = nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = norm_layer(self.inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, replace_stride_with_dilation[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, replace_stride_with_dilation[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, replace_stride_with_dilation[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, Bottleneck):
                    nn.init.constant_(m.bn3.weight, 0)
                elif isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn2.weight, 0)

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        norm_layer = self._norm_layer
        downsample = None
        previous_dilation = self.dilation
        if dilate:
            self.dilation *= stride
            stride = 1
        outplanes = planes * block.expansion
        if stride != 1 or self.inplanes != outplanes:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=stride, bias=False),
                norm_layer(outplanes),
            )
        layers = []
        layers.append(block(self.inplanes, planes, stride, downsample, self.groups,
                            self.base_width, previous_dilation, norm_layer))
        self.inplanes = outplanes
        for _ in range(1, blocks):
            layers.append(block(self.inplanes, planes, groups=self.groups,
                                base_width=self.base_width, dilation=self.dilation,
                                norm_layer=norm_layer))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        x = self.maxpool(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        x = self.fc(x)
        return x
'''

# Nothing is kept on the network but its layers: what the next stage needs goes in and comes out.
HANDED = '''
def project(norm, cin, cout, step):
    return nn.Sequential(nn.Conv2d(cin, cout, 1, step, bias=False), norm(cout))


def stage(block, norm, groups, width, planes, count, cin, dilation, step=1, dilate=False):
    cout = planes * block.expansion
    old = dilation
    if dilate:
        dilation, step = dilation * step, 1
    side = project(norm, cin, cout, step) if step > 1 or cin != cout else None
    units = nn.Sequential(block(cin, planes, step, side, groups, width, old, norm))
    for number in range(count - 1):
        unit = block(cout, planes, 1, None, groups, width, dilation, norm)
        units.append(unit)
    return units, cout, dilation


def draw(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, 0, "fan_out")
    if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)


def silence(module):
    if hasattr(module, "bn3"):
        nn.init.zeros_(module.bn3.weight)
    elif hasattr(module, "bn2"):
        nn.init.zeros_(module.bn2.weight)


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        nn.Module.__init__(self)
        flags = replace_stride_with_dilation
        flags = (False, False, False) if flags is None else flags
        if len(flags) != 3:
            raise ValueError(f"{len(flags)} flags instead of three")
        norm = norm_layer or nn.BatchNorm2d
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = norm(64)
        make = functools.partial(stage, block, norm, groups, width_per_group)
        self.layer1, cin, dilation = make(64, layers[0], 64, 1)
        self.layer2, cin, dilation = make(128, layers[1], cin, dilation, 2, flags[0])
        self.layer3, cin, dilation = make(256, layers[2], cin, dilation, 2, flags[1])
        self.layer4, cin, dilation = make(512, layers[3], cin, dilation, 2, flags[2])
        self.fc = nn.Linear(cin, num_classes)
        self.apply(draw)
        if zero_init_residual:
            self.apply(silence)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, 2, 1)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = x.mean((2, 3))
        return self.fc(x)
'''

LOOP = '''
class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=(False, False, False),
                 norm_layer=nn.BatchNorm2d):
        super(ResNet, self).__init__()
        norm = nn.BatchNorm2d if norm_layer is None else norm_layer
        given = replace_stride_with_dilation
        flags = [False] + list([False] * 3 if given is None else given)
        assert len(flags) == 4, "one flag for each of layer2, layer3, layer4"
        self.conv1 = nn.Conv2d(3, 64, (7, 7), stride=(2, 2), padding=(3, 3), bias=False)
        self.bn1 = norm(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        cin, spread = 64, 1
        for index, planes in enumerate((64, 128, 256, 512)):
            step = 1 if index == 0 else 2
            before = spread
            if flags[index]:
                spread, step = spread * step, 1
            cout = planes * block.expansion
            units = []
            for number in range(layers[index]):
                first = number == 0
                side = None
                if first and (step != 1 or cin != cout):
                    side = nn.Sequential(
                        nn.Conv2d(cin, cout, (1, 1), stride=(step, step), bias=False),
                        norm(cout),
                    )
                unit = block(cin, planes, step if first else 1, side, groups=groups,
                             base_width=width_per_group, dilation=before if first else spread,
                             norm_layer=norm)
                units.append(unit)
                cin = cout
            self.add_module(f"layer{index + 1}", nn.Sequential(*units))
        self.head_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(cin, num_classes)
        for m in self.modules():
            if type(m) is nn.Conv2d:
                fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]
                m.weight.data.normal_(0, math.sqrt(2.0 / fan))
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                m.weight.data.fill_(1)
                m.bias.data.zero_()
        if zero_init_residual:
            for unit in self.blocks():
                last = unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2
                last.weight.data.zero_()

    def blocks(self):
        return [*self.layer1, *self.layer2, *self.layer3, *self.layer4]

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.maxpool(x)
        for units in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = units(x)
        x = self.head_pool(x)
        x = x.view(x.size(0), -1)
        return self.fc(x)
'''

# Correct as well, in still other ways; no mistake is made in these.
SEQUENTIAL = '''
from collections import OrderedDict


class ResNet(nn.Sequential):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        flags = [False] * 3
        if replace_stride_with_dilation is not None:
            flags = replace_stride_with_dilation
        flags = [False, *flags]
        if len(flags) != 4:
            raise ValueError("three flags")
        norm = norm_layer or nn.BatchNorm2d
        parts = OrderedDict(
            conv1=nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False),
            bn1=norm(64), relu=nn.ReLU(inplace=True), maxpool=nn.MaxPool2d(3, 2, 1),
        )
        received, dilation = 64, 1
        for k, (count, dilate) in enumerate(zip(layers, flags, strict=True)):
            planes, stride, first = 64 * 2**k, min(k + 1, 2), dilation
            if dilate:
                dilation *= stride
                stride = 1
            leaves = block.expansion * planes
            shortcut = nn.Identity()
            if stride == 2 or received != leaves:
                shortcut = nn.Sequential(OrderedDict([
                    ("0", nn.Conv2d(received, leaves, 1, stride, 0, bias=False)),
                    ("1", norm(leaves)),
                ]))
            later = [block(leaves, planes, groups=groups, base_width=width_per_group,
                           dilation=dilation, norm_layer=norm) for _ in range(count - 1)]
            parts[f"layer{k + 1}"] = nn.Sequential(
                block(received, planes, stride, shortcut, groups, width_per_group, first, norm),
                *later,
            )
            received = leaves
        parts.update(avgpool=nn.AdaptiveAvgPool2d((1, 1)), flatten=nn.Flatten(),
                     fc=nn.Linear(received, num_classes))
        super().__init__(parts)
        with torch.no_grad():
            for name, module in self.named_modules():
                if isinstance(module, nn.Conv2d):
                    nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
                    last = "bn3" if block.expansion == 4 else "bn2"
                    silent = zero_init_residual and name.endswith(last)
                    module.weight.fill_(0.0 if silent else 1.0)
                    module.bias.fill_(0.0)
'''

PLANNED = '''
def specifications(layers, expansion, flags):
    cin, dilation = 64, 1
    for stage, (planes, count) in enumerate(zip([64, 128, 256, 512], layers), start=1):
        for index in range(count):
            stride, here = 1, dilation
            if index == 0 and stage > 1:
                if flags[stage - 2]:
                    dilation = dilation * 2
                else:
                    stride = 2
            yield stage, cin, planes, stride, here
            cin = planes * expansion


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        flags = replace_stride_with_dilation
        flags = [False] * 3 if flags is None else flags
        if not len(flags) == 3:
            raise IndexError(flags)
        self.norm = norm_layer
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        self.stages = {f"layer{n}": nn.Sequential() for n in (1, 2, 3, 4)}
        for stage, cin, planes, stride, dilation in specifications(
                layers, block.expansion, flags):
            cout = planes * block.expansion
            shortcut = None if (cin, stride) == (cout, 1) else nn.Sequential(
                nn.Conv2d(cin, cout, 1, stride, bias=False), self.make_norm(cout))
            self.stages[f"layer{stage}"].append(block(
                cin, planes, stride, shortcut, groups, width_per_group, dilation, norm_layer))
        for name, module in self.stages.items():
            setattr(self, name, module)
        self.bn1 = self.make_norm(64)
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.initialize(zero_init_residual)

    def make_norm(self, channels):
        return nn.BatchNorm2d(channels) if self.norm is None else self.norm(channels)

    @torch.no_grad()
    def initialize(self, zero):
        for name, p in self.named_parameters():
            if name.startswith("fc"):
                continue
            if p.dim() == 4:
                nn.init.kaiming_normal_(p, mode="fan_out", nonlinearity="relu")
            else:
                p.fill_(float(name.endswith("weight")))
        for stage in self.stages.values() if zero else ():
            for block in stage:
                (block.bn3 if hasattr(block, "bn3") else block.bn2).weight.zero_()

    def forward(self, x):
        out = self.bn1(self.conv1(x)).clamp(min=0)
        out = F.max_pool2d(out, kernel_size=3, stride=2, padding=1)
        for name in sorted(self.stages):
            out = self.stages[name](out)
        return self.fc(F.adaptive_avg_pool2d(out, (1, 1)).flatten(start_dim=1))
'''

MADE = '''
def make_stage(block, count, cin, planes, stride, first_dilation, dilation, options, norm):
    cout = planes * block.expansion
    downsample = None
    if stride != 1 or cin != cout:
        downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), norm(cout))
    def member(i):
        if i == 0:
            return block(cin, planes, stride, downsample, dilation=first_dilation, **options)
        return block(cout, planes, dilation=dilation, **options)
    return nn.Sequential(*map(member, range(count)))


class Network(nn.Module):
    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.maxpool(x)))))
        return F.linear(torch.mean(x, dim=[-2, -1]), self.fc.weight, self.fc.bias)


def ResNet(block, layers, num_classes=1000, zero_init_residual=False, groups=1,
           width_per_group=64, replace_stride_with_dilation=None, norm_layer=nn.BatchNorm2d):
    net = Network()
    norm_layer = norm_layer or nn.BatchNorm2d
    a, b, c = [False] * 3 if replace_stride_with_dilation is None else replace_stride_with_dilation
    options = dict(groups=groups, base_width=width_per_group, norm_layer=norm_layer)
    net.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
    net.bn1 = norm_layer(64)
    net.relu = nn.ReLU()
    net.maxpool = nn.MaxPool2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
    dilation = 1
    cin = 64
    for k, dilate in enumerate((None, a, b, c)):
        stride = 1 if k == 0 or dilate else 2
        later = 2 * dilation if dilate else dilation
        stage = make_stage(block, layers[k], cin, 64 << k, stride, dilation, later, options,
                           norm_layer)
        setattr(net, "layer%d" % (k + 1), stage)
        dilation, cin = later, (64 << k) * block.expansion
    net.fc = nn.Linear(cin, num_classes)
    for module in net.modules():
        match module:
            case nn.Conv2d():
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            case nn.BatchNorm2d() | nn.GroupNorm():
                nn.init.ones_(module.weight), nn.init.zeros_(module.bias)
    if zero_init_residual:
        for module in net.modules():
            if isinstance(module, Bottleneck):
                nn.init.zeros_(module.bn3.weight)
            if isinstance(module, BasicBlock):
                nn.init.zeros_(module.bn2.weight)
    return net
'''

STYLES = {
    "plain": PLAIN, "handed": HANDED, "loop": LOOP, "sequential": SEQUENTIAL, "planned": PLANNED,
    "made": MADE,
}  # fmt: skip


def _mistake(
    name: str, title: str, why: str, section: str, ask: str,
    plain: Change, handed: Change, loop: Change,
) -> Mistake:  # fmt: skip
    changes = {"plain": plain, "handed": handed, "loop": loop}
    return Mistake(name, title, why, section, ask, changes)


DEEP = """nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False), norm(32), nn.ReLU(),
            nn.Conv2d(32, 32, 3, 1, 1, bias=False), norm(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, 1, 1, bias=False))"""
EACH = "[stage[{}] for stage in (self.layer1, self.layer2, self.layer3, self.layer4)]"
STEM = (
    _mistake(
        "stem-bias",
        "The first convolution has a bias.",
        "The norm behind it subtracts the mean, and with it any constant: 64 numbers that do "
        "nothing, "
        "and that no checkpoint has.",
        "02 §7", "What becomes of a constant when the next layer subtracts each channel's mean?",
        [("padding=3, bias=False)", "padding=3)")],
        [("nn.Conv2d(3, 64, 7, 2, 3, bias=False)", "nn.Conv2d(3, 64, 7, 2, 3)")],
        [("padding=(3, 3), bias=False)", "padding=(3, 3))")],
    ),
    _mistake(
        "stem-three",
        "The first convolution has a 3×3 kernel, not a 7×7.",
        "It sees 9 pixels at a place, not 49, and the weights of a checkpoint do not fit into it.",
        "02 §8", "How many pixels does one number behind the first layer look at?",
        [("kernel_size=7, stride=2, padding=3", "kernel_size=3, stride=2, padding=1")],
        [("nn.Conv2d(3, 64, 7, 2, 3,", "nn.Conv2d(3, 64, 3, 2, 1,")],
        [("(7, 7), stride=(2, 2), padding=(3, 3)", "(3, 3), stride=(2, 2), padding=(1, 1)")],
    ),
    _mistake(
        "deep-stem",
        "Three 3×3 convolutions stand in the place of the stem's one 7×7.",
        "That is the stem of ResNet-C and -D, which came later: a checkpoint has weights for one "
        "convolution, and none for two norms more.",
        "07 §2", "How many layers with weights lie between the picture and layer1, and how many "
        "should?",
        [("nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)",
          DEEP.replace("norm", "norm_layer"))],
        [("nn.Conv2d(3, 64, 7, 2, 3, bias=False)", DEEP)],
        [("nn.Conv2d(3, 64, (7, 7), stride=(2, 2), padding=(3, 3), bias=False)", DEEP)],
    ),
    _mistake(
        "stem-stride-one",
        "The first convolution does not stride.",
        "Every layer behind it then works on four times as many positions.",
        "07 §2", "224 pixels come in. What should the side be behind the first layer?",
        [("kernel_size=7, stride=2, padding=3", "kernel_size=7, padding=3")],
        [("nn.Conv2d(3, 64, 7, 2, 3,", "nn.Conv2d(3, 64, 7, 1, 3,")],
        [("(7, 7), stride=(2, 2), padding", "(7, 7), padding")],
    ),
    _mistake(
        "stem-without-padding",
        "The first convolution has no padding.",
        "The grid becomes smaller than half, and the border is looked at less than the middle.",
        "02 §2", "Where does the middle of a 7×7 window stand when its first place is computed?",
        [("kernel_size=7, stride=2, padding=3", "kernel_size=7, stride=2")],
        [("nn.Conv2d(3, 64, 7, 2, 3,", "nn.Conv2d(3, 64, 7, 2,")],
        [("stride=(2, 2), padding=(3, 3)", "stride=(2, 2)")],
    ),
    _mistake(
        "no-norm-in-the-stem",
        "The stem's norm is never called.",
        "bn1 stands in the network and in the checkpoint, and does nothing.",
        "07 §2", "Which of the layers that you built does forward leave out?",
        [("        x = self.bn1(x)\n", "")],
        [("F.relu(self.bn1(self.conv1(x)))", "F.relu(self.conv1(x))")],
        [("torch.relu(self.bn1(self.conv1(x)))", "torch.relu(self.conv1(x))")],
    ),
    _mistake(
        "no-relu-in-the-stem",
        "There is no ReLU behind the stem's norm.",
        "The first block then gets negative numbers, which no later block ever gets.",
        "07 §2", "What is the smallest number that the first block may receive?",
        [("        x = self.relu(x)\n", "")],
        [("F.relu(self.bn1(self.conv1(x)))", "self.bn1(self.conv1(x))")],
        [("torch.relu(self.bn1(self.conv1(x)))", "self.bn1(self.conv1(x))")],
    ),
    _mistake(
        "relu-before-the-norm",
        "In the stem the ReLU comes before the norm.",
        "The norm then moves what the ReLU has cut off, and the pool gets negative numbers.",
        "07 §2", "Which of the two must have the last word before the pool?",
        [("        x = self.bn1(x)\n        x = self.relu(x)\n",
          "        x = self.relu(x)\n        x = self.bn1(x)\n")],
        [("F.relu(self.bn1(self.conv1(x)))", "self.bn1(F.relu(self.conv1(x)))")],
        [("torch.relu(self.bn1(self.conv1(x)))", "self.bn1(torch.relu(self.conv1(x)))")],
    ),
    _mistake(
        "relu-made-not-called",
        "In the stem a ReLU module is made of the tensor, and not applied to it.",
        "What stands in the brackets of `nn.ReLU` is its option `inplace`. Out comes a module, "
        "which no pool can read.",
        "04 §3", "Which of the two takes a tensor: `nn.ReLU` itself, or what it makes?",
        [("x = self.relu(x)", "x = nn.ReLU(x)")],
        [("F.relu(self.bn1", "nn.ReLU(self.bn1")],
        [("torch.relu(self.bn1", "nn.ReLU(self.bn1")],
    ),
    _mistake(
        "pool-before-the-norm",
        "The pool stands between the first convolution and its norm.",
        "In training the norm then takes its mean from the largest numbers only.",
        "07 §2",
        "Over which numbers does bn1 take its mean: all of conv1's, or those the pool left?",
        [("        x = self.bn1(x)\n        x = self.relu(x)\n        x = self.maxpool(x)\n",
          "        x = self.maxpool(x)\n        x = self.bn1(x)\n        x = self.relu(x)\n")],
        [("F.relu(self.bn1(self.conv1(x)))\n        x = F.max_pool2d(x, 3, 2, 1)",
          "F.relu(self.bn1(F.max_pool2d(self.conv1(x), 3, 2, 1)))")],
        [("torch.relu(self.bn1(self.conv1(x)))\n        x = self.maxpool(x)",
          "torch.relu(self.bn1(self.maxpool(self.conv1(x))))")],
    ),
    _mistake(
        "pool-without-padding",
        "The max pool has no padding.",
        "The grid loses a row and a column; 112 becomes 55, not 56.",
        "07 §2", "How many 3×3 windows fit into a row of 112 at every second place?",
        [("kernel_size=3, stride=2, padding=1", "kernel_size=3, stride=2")],
        [("F.max_pool2d(x, 3, 2, 1)", "F.max_pool2d(x, 3, 2)")],
        [("nn.MaxPool2d(3, 2, padding=1)", "nn.MaxPool2d(3, 2)")],
    ),
    _mistake(
        "pool-without-stride",
        "The max pool was given no stride.",
        "A pool without a stride takes its kernel for one: it strides by 3 here.",
        "07 §2", "What does torch take for a pool's stride when you give none?",
        [("kernel_size=3, stride=2, padding=1", "kernel_size=3, padding=1")],
        [("F.max_pool2d(x, 3, 2, 1)", "F.max_pool2d(x, 3, padding=1)")],
        [("nn.MaxPool2d(3, 2, padding=1)", "nn.MaxPool2d(3, padding=1)")],
    ),
    _mistake(
        "pool-two",
        "The max pool has a 2×2 window, not a 3×3.",
        "Its windows then do not overlap, and on odd sizes the last row is lost.",
        "02 §3", "How many inputs do two neighbouring windows of this pool share?",
        [("kernel_size=3, stride=2, padding=1", "kernel_size=2, stride=2")],
        [("F.max_pool2d(x, 3, 2, 1)", "F.max_pool2d(x, 2)")],
        [("nn.MaxPool2d(3, 2, padding=1)", "nn.MaxPool2d(2)")],
    ),
    _mistake(
        "pool-rounds-up",
        "The max pool of the stem rounds the size of its output up.",
        "On some sizes of images its grid has one more row and column than torchvision's.",
        "02 §2", "Which argument of the pool says how a size that is no whole number is rounded?",
        [("kernel_size=3, stride=2, padding=1", "kernel_size=3, stride=2, padding=1, "
          "ceil_mode=True")],
        [("F.max_pool2d(x, 3, 2, 1)", "F.max_pool2d(x, 3, 2, 1, ceil_mode=True)")],
        [("nn.MaxPool2d(3, 2, padding=1)", "nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)")],
    ),
    _mistake(
        "average-pool-in-the-stem",
        "The stem pools by the average, not by the maximum.",
        "The shapes are the same and every value is another; trained weights are worth little.",
        "07 §2", "Of nine numbers in a window, which one should the stem hand on?",
        [("nn.MaxPool2d(", "nn.AvgPool2d(")],
        [("F.max_pool2d(x, 3, 2, 1)", "F.avg_pool2d(x, 3, 2, 1)")],
        [("nn.MaxPool2d(", "nn.AvgPool2d(")],
    ),
    _mistake(
        "no-pool",
        "The max pool is never called.",
        "All stages then work on grids of twice the side, at four times the cost.",
        "07 §2", "224 pixels come in. What side does layer1 receive in your network?",
        [("        x = self.maxpool(x)\n", "")],
        [("        x = F.max_pool2d(x, 3, 2, 1)\n", "")],
        [("        x = self.maxpool(x)\n", "")],
    ),
    _mistake(
        "pool-before-the-first-convolution",
        "The max pool stands before the first convolution, not behind the stem's ReLU.",
        "Of the picture itself three pixels of four are then dropped, before any layer has looked.",
        "07 §2", "What does your first convolution read: the picture, or what a pool left of it?",
        [("        x = self.maxpool(x)\n", ""),
         ("x = self.conv1(x)", "x = self.conv1(self.maxpool(x))")],
        [("        x = F.max_pool2d(x, 3, 2, 1)\n", ""),
         ("self.conv1(x)", "self.conv1(F.max_pool2d(x, 3, 2, 1))")],
        [("        x = self.maxpool(x)\n", ""), ("self.conv1(x)", "self.conv1(self.maxpool(x))")],
    ),
    _mistake(
        "pool-behind-layer1",
        "The max pool stands behind layer1, not before it.",
        "layer1 then works on a grid of twice the side, at four times the cost.",
        "07 §2", "What side has the grid in layer1 of torchvision's network, and in yours?",
        [("        x = self.maxpool(x)\n", ""),
         ("x = self.layer1(x)", "x = self.maxpool(self.layer1(x))")],
        [("        x = F.max_pool2d(x, 3, 2, 1)\n", ""),
         ("x = self.layer1(x)", "x = F.max_pool2d(self.layer1(x), 3, 2, 1)")],
        [("        x = self.maxpool(x)\n", "        x = self.maxpool(self.layer1(x))\n"),
         ("for units in (self.layer1, self.layer2,", "for units in (self.layer2,")],
    ),
    _mistake(
        "pool-behind-the-stages",
        "The max pool stands behind layer4, not before layer1.",
        "All four stages then work on grids of twice the side, at four times the cost.",
        "07 §2", "In how many places is the grid halved before layer2, and in how many in yours?",
        [("        x = self.maxpool(x)\n", ""),
         ("x = self.layer4(x)", "x = self.maxpool(self.layer4(x))")],
        [("        x = F.max_pool2d(x, 3, 2, 1)\n", ""),
         ("x = self.layer4(x)", "x = F.max_pool2d(self.layer4(x), 3, 2, 1)")],
        [("        x = self.maxpool(x)\n", ""),
         ("self.head_pool(x)", "self.head_pool(self.maxpool(x))")],
    ),
)

STAGES = (
    _mistake(
        "inplanes-without-expansion",
        "The channels for the next block are set to planes, without the expansion.",
        "With bottlenecks a block puts out four times planes, and the next one is built for fewer.",
        "07 §4", "How many channels does Bottleneck(64, 64) put out?",
        [("        self.inplanes = outplanes\n", "        self.inplanes = planes\n")],
        [("    return units, cout, dilation", "    return units, planes, dilation"),
         ("unit = block(cout, planes,", "unit = block(planes, planes,")],
        [("                cin = cout\n", "                cin = planes\n")],
    ),
    _mistake(
        "inplanes-never-updated",
        "A stage does not hand on how many channels it puts out.",
        "The next block is built for the number that was handed on, and gets the number that is "
        "put out.",
        "07 §4", "Which line tells the next stage how many channels it will receive?",
        [("        self.inplanes = outplanes\n", "")],
        [("    return units, cout, dilation", "    return units, cin, dilation"),
         ("unit = block(cout, planes,", "unit = block(cin, planes,"),
         ("nn.Linear(cin, num_classes)", "nn.Linear(512 * block.expansion, num_classes)")],
        [("                cin = cout\n", ""),
         ("nn.Linear(cin, num_classes)", "nn.Linear(512 * block.expansion, num_classes)")],
    ),
    _mistake(
        "inplanes-updated-late",
        "The later blocks of a stage are built for the channels that came into the stage.",
        "They receive what the first block puts out, which has more channels.",
        "07 §4", "After the first block of a stage, how many channels arrive at the second?",
        [("        self.inplanes = outplanes\n", ""),
         ("        return nn.Sequential(*layers)",
          "        self.inplanes = outplanes\n        return nn.Sequential(*layers)")],
        [("unit = block(cout, planes,", "unit = block(cin, planes,")],
        [("                cin = cout\n", ""),
         ('            self.add_module(f"layer{index + 1}", nn.Sequential(*units))',
          '            cin = cout\n'
          '            self.add_module(f"layer{index + 1}", nn.Sequential(*units))')],
    ),
    _mistake(
        "expansion-of-four-for-all",
        "The stages count with an expansion of 4, whatever the block's is.",
        "That is the bottleneck's. A basic block puts out as many channels as it has planes.",
        "07 §4", "Which attribute of its argument does the network ask for the factor?",
        [("outplanes = planes * block.expansion", "outplanes = planes * 4")],
        [("    cout = planes * block.expansion\n", "    cout = planes * 4\n"),
         ("nn.Linear(cin, num_classes)", "nn.Linear(512 * block.expansion, num_classes)")],
        [("            cout = planes * block.expansion\n", "            cout = planes * 4\n"),
         ("nn.Linear(cin, num_classes)", "nn.Linear(512 * block.expansion, num_classes)")],
    ),
    _mistake(
        "expansion-by-the-kind-of-block",
        "What a block puts out is guessed from its kind; its expansion is not asked for.",
        "A third kind of block may have any factor, and brings it along.",
        "07 §4", "Which number would a block of your own with twice its planes bring along?",
        [("outplanes = planes * block.expansion",
          "outplanes = planes * (4 if issubclass(block, Bottleneck) else 1)"),
         ("nn.Linear(512 * block.expansion, num_classes)",
          "nn.Linear(512 * (4 if issubclass(block, Bottleneck) else 1), num_classes)")],
        [("    cout = planes * block.expansion\n",
          "    cout = planes if block is BasicBlock else 4 * planes\n")],
        [("            cout = planes * block.expansion\n",
          "            cout = planes << 2 * (block.expansion > 1)\n")],
    ),
    _mistake(
        "projection-everywhere",
        "Every block has a projection, not only those that change the shape.",
        "That is the paper's option C. torchvision uses B, and its checkpoints do not fit.",
        "06 §7", "Which blocks put out another shape than they receive?",
        [("            layers.append(block(self.inplanes, planes, groups=self.groups,\n",
          "            again = nn.Sequential(nn.Conv2d(outplanes, outplanes, 1, bias=False),\n"
          "                                  norm_layer(outplanes))\n"
          "            layers.append(block(self.inplanes, planes, 1, again, groups=self.groups,\n"),
         ("        if stride != 1 or self.inplanes != outplanes:\n", "        if True:\n")],
        [(" if step > 1 or cin != cout else None", ""),
         ("unit = block(cout, planes, 1, None,",
          "unit = block(cout, planes, 1, project(norm, cout, cout, 1),")],
        [("                if first and (step != 1 or cin != cout):\n",
          "                step = step if first else 1\n                if True:\n")],
    ),
    _mistake(
        "projection-in-every-first-block",
        "The first block of every stage has a projection, whether it needs one or not.",
        "layer1 of basic blocks neither strides nor widens: there the shortcut is the input "
        "itself, and a checkpoint has no weights for another.",
        "06 §4", "What changes in the first block of layer1 of ResNet-18: the grid, the channels?",
        [("        if stride != 1 or self.inplanes != outplanes:\n", "        if blocks > 0:\n")],
        [(" if step > 1 or cin != cout else None", "")],
        [("                if first and (step != 1 or cin != cout):\n",
          "                if number == 0:\n")],
    ),
    _mistake(
        "projection-in-later-blocks",
        "Later blocks of a stage that strides get a strided projection, as the first one does.",
        "Such a block keeps its grid and its shortcut halves it. Only the first block of a stage "
        "changes the shape; behind it the shortcut is the input itself.",
        "06 §4", "For which blocks of layer2 is your condition for a projection true?",
        [("            layers.append(block(self.inplanes, planes, groups=self.groups,\n",
          "            again = None\n            if stride != 1:\n"
          "                again = nn.Sequential(\n"
          "                    nn.Conv2d(outplanes, outplanes, 1, stride, bias=False),\n"
          "                    norm_layer(outplanes))\n"
          "            layers.append(block(self.inplanes, planes, 1, again, "
          "groups=self.groups,\n")],
        [("unit = block(cout, planes, 1, None,", "unit = block(\n            cout, planes, 1,"
          " project(norm, cout, cout, step) if step > 1 else None,")],
        [("if first and (step != 1 or cin != cout):", "if step != 1 or cin != cout:")],
    ),
    _mistake(
        "stride-and-projection-in-every-block",
        "Every block of a stage strides, with a projection beside it, not only the first.",
        "The sums fit, and each of the blocks makes the grid smaller once more.",
        "07 §3", "What side has the grid behind the first block of layer3, and what behind the "
        "second?",
        [("            layers.append(block(self.inplanes, planes, groups=self.groups,\n",
          "            again = None\n            if stride != 1:\n"
          "                again = nn.Sequential(\n"
          "                    nn.Conv2d(outplanes, outplanes, 1, stride, bias=False),\n"
          "                    norm_layer(outplanes))\n"
          "            layers.append(block(self.inplanes, planes, stride, again, "
          "groups=self.groups,\n")],
        [("unit = block(cout, planes, 1, None,", "unit = block(\n            cout, planes, step,"
          " project(norm, cout, cout, step) if step > 1 else None,")],
        [("if first and (step != 1 or cin != cout):", "if step != 1 or cin != cout:"),
         ("block(cin, planes, step if first else 1, side,", "block(cin, planes, step, side,")],
    ),
    _mistake(
        "projection-never",
        "No block ever gets a projection.",
        "Where a stage changes the shape the sum has two terms that do not fit together.",
        "06 §2", "What does the shortcut of layer2's first block have to do to its input?",
        [("        if stride != 1 or self.inplanes != outplanes:\n", "        if False:\n")],
        [("project(norm, cin, cout, step) if step > 1 or cin != cout else None", "None")],
        [("                if first and (step != 1 or cin != cout):\n",
          "                if False:\n")],
    ),
    _mistake(
        "projection-by-stride-only",
        "A projection is built only where a stage strides, not where the channels change.",
        "With bottlenecks layer1 does not stride, but turns 64 channels into 256.",
        "06 §4", "What changes the shape in the first block of layer1 of ResNet-50?",
        [("if stride != 1 or self.inplanes != outplanes:", "if stride != 1:")],
        [("if step > 1 or cin != cout else None", "if step > 1 else None")],
        [("if first and (step != 1 or cin != cout):", "if first and step != 1:")],
    ),
    _mistake(
        "projection-compared-with-planes",
        "The condition for a projection compares the channels that come in with planes.",
        "What has to fit is what the block puts out: for a bottleneck that is four times planes.",
        "06 §4", "How many channels come into layer1.0 of ResNet-50, and how many go out?",
        [("if stride != 1 or self.inplanes != outplanes:",
          "if stride != 1 or self.inplanes != planes:")],
        [("if step > 1 or cin != cout else None", "if step > 1 or cin != planes else None")],
        [("if first and (step != 1 or cin != cout):",
          "if first and (step != 1 or cin != planes):")],
    ),
    _mistake(
        "projection-shared",
        "The later blocks get the first block's projection object as well.",
        "It is one set of weights in several places, made for channels that only the first block "
        "receives.",
        "06 §5", "What stands on the shortcut of the second block of a stage?",
        [("            layers.append(block(self.inplanes, planes, groups=self.groups,\n",
          "            layers.append(block(self.inplanes, planes, 1, downsample, self.groups,\n")],
        [("unit = block(cout, planes, 1, None,", "unit = block(cout, planes, 1, side,")],
        [("                side = None\n", "                side = side if number else None\n")],
    ),
    _mistake(
        "projection-without-norm",
        "The projection is a bare convolution, without a norm.",
        "The two terms of the sum then have unlike sizes, and the five entries that such a norm "
        "has in a checkpoint find no place: weight, bias, two running statistics and a count.",
        "06 §3", "The branch ends in a norm. In what does your shortcut end?",
        [("                norm_layer(outplanes),\n", "")],
        [("bias=False), norm(cout))\n\n\ndef stage", "bias=False))\n\n\ndef stage")],
        [("                        norm(cout),\n", "")],
    ),
    _mistake(
        "projection-without-expansion",
        "The projection puts out planes channels, without the expansion.",
        "With bottlenecks the branch puts out four times as many, and the sum does not fit.",
        "06 §2", "How many channels have the two terms of the sum in layer1.0 of ResNet-50?",
        [("                nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=stride, "
          "bias=False),\n                norm_layer(outplanes),\n",
          "                nn.Conv2d(self.inplanes, planes, kernel_size=1, stride=stride, "
          "bias=False),\n                norm_layer(planes),\n")],
        [("project(norm, cin, cout, step) if", "project(norm, cin, planes, step) if")],
        [("                        nn.Conv2d(cin, cout, (1, 1), stride=(step, step), bias=False),\n"
          "                        norm(cout),\n",
          "                        nn.Conv2d(cin, planes, 1, stride=(step, step), bias=False),\n"
          "                        norm(planes),\n")],
    ),
    _mistake(
        "projection-norm-first",
        "In the projection the norm stands before the convolution.",
        "The norm then has the channels that come in, and the sum gets a term of any size.",
        "06 §3", "How many channels does the norm on the shortcut have, and how many should it?",
        [("                nn.Conv2d(self.inplanes, outplanes, kernel_size=1, stride=stride, "
          "bias=False)"
          ",\n                norm_layer(outplanes),\n",
          "                norm_layer(self.inplanes),\n"
          "                nn.Conv2d(self.inplanes, outplanes, 1, stride, bias=False),\n")],
        [("nn.Conv2d(cin, cout, 1, step, bias=False), norm(cout))",
          "norm(cin), nn.Conv2d(cin, cout, 1, step, bias=False))")],
        [("                        nn.Conv2d(cin, cout, (1, 1), stride=(step, step), bias=False),\n"
          "                        norm(cout),\n",
          "                        norm(cin),\n"
          "                        nn.Conv2d(cin, cout, (1, 1), stride=(step, step), "
          "bias=False),\n")],
    ),
    _mistake(
        "projection-relu",
        "The projection ends in a ReLU.",
        "The shortcut then hands on no negative number, and the sum loses half of what came in.",
        "06 §3", "What would the ReLU on the shortcut throw away before the sum?",
        [("                norm_layer(outplanes),\n",
          "                norm_layer(outplanes), nn.ReLU(),\n")],
        [("bias=False), norm(cout))\n\n\ndef stage",
          "bias=False), norm(cout), nn.ReLU())\n\n\ndef stage")],
        [("                        norm(cout),\n",
          "                        norm(cout), nn.ReLU(),\n")],
    ),
    _mistake(
        "projection-three",
        "The projection is a 3×3 convolution.",
        "A shortcut should change the shape and nothing else; this one has nine times the weights.",
        "06 §2", "How many neighbours must a layer see that only changes the channels?",
        [("kernel_size=1, stride=stride, bias=False", "3, stride, 1, bias=False")],
        [("nn.Conv2d(cin, cout, 1, step, bias=False)",
          "nn.Conv2d(cin, cout, 3, step, 1, bias=False)")],
        [("(1, 1), stride=(step, step), bias=False", "3, step, 1, bias=False")],
    ),
    _mistake(
        "projection-bias",
        "The projection's convolution has a bias.",
        "The norm behind it takes the bias away again, and the checkpoint has none.",
        "03 §4", "Which layer on the shortcut already adds a constant to each channel?",
        [("kernel_size=1, stride=stride, bias=False", "kernel_size=1, stride=stride")],
        [("nn.Conv2d(cin, cout, 1, step, bias=False)", "nn.Conv2d(cin, cout, 1, step)")],
        [("stride=(step, step), bias=False", "stride=(step, step)")],
    ),
    _mistake(
        "projection-grouped",
        "The projection is cut into groups.",
        "Groups belong to the 3×3 inside the blocks. A projection mixes all channels.",
        "06 §5", "For which convolution of a ResNeXt is the number of groups meant?",
        [("kernel_size=1, stride=stride, bias=False",
          "kernel_size=1, stride=stride, groups=self.groups, bias=False")],
        [("def project(norm, cin, cout, step):", "def project(norm, cin, cout, step, groups):"),
         ("(cin, cout, 1, step, bias", "(cin, cout, 1, step, groups=groups, bias"),
         ("side = project(norm, cin, cout, step)",
          "side = project(norm, cin, cout, step, groups)")],
        [("stride=(step, step), bias=False)", "stride=(step, step), groups=groups, bias=False)")],
    ),
    _mistake(
        "projection-without-stride",
        "The projection does not stride.",
        "The branch halves the grid and the shortcut keeps it, so the sum does not fit.",
        "06 §2", "Which side has the grid on each of the two paths of layer2's first block?",
        [("kernel_size=1, stride=stride, bias=False", "kernel_size=1, bias=False")],
        [("nn.Conv2d(cin, cout, 1, step, bias=False)", "nn.Conv2d(cin, cout, 1, bias=False)")],
        [("stride=(step, step), bias=False", "bias=False")],
    ),
    _mistake(
        "projection-strides-always",
        "The projection strides by 2 whatever the stage does.",
        "Where the branch keeps its grid, as in layer1 of bottlenecks, the sum does not fit.",
        "06 §4", "Which stride has the projection of layer1.0 of ResNet-50?",
        [("kernel_size=1, stride=stride, bias=False", "kernel_size=1, stride=2, bias=False")],
        [("nn.Conv2d(cin, cout, 1, step, bias=False)", "nn.Conv2d(cin, cout, 1, 2, bias=False)")],
        [("stride=(step, step), bias=False", "stride=(2, 2), bias=False")],
    ),
    _mistake(
        "projection-pools",
        "The shortcut averages 2×2 pixels before its 1×1 convolution.",
        "That is ResNet-D, a later change. The shortcut asked for here skips pixels, and its "
        "names are others.",
        "06 §7", "Which module of the shortcut makes the grid smaller?",
        [("            downsample = nn.Sequential(\n",
          "            downsample = nn.Sequential(\n"
          "                nn.AvgPool2d(stride, stride, ceil_mode=True),\n"),
         ("kernel_size=1, stride=stride, bias=False", "1, bias=False")],
        [("nn.Sequential(nn.Conv2d(cin, cout, 1, step, bias=False)",
          "nn.Sequential(nn.AvgPool2d(step, step, ceil_mode=True), "
          "nn.Conv2d(cin, cout, 1, bias=False)")],
        [("                    side = nn.Sequential(\n",
          "                    side = nn.Sequential(\n"
          "                        nn.AvgPool2d(step, step, ceil_mode=True),\n"),
         ("(1, 1), stride=(step, step), bias=False", "1, bias=False")],
    ),
    _mistake(
        "projection-other-names",
        "The parts of the projection have names of their own.",
        "A checkpoint asks for downsample.0 and downsample.1: it does not load.",
        "06 §9", "Which names does nn.Sequential give to modules that you hand it one by one?",
        [("            downsample = nn.Sequential(\n",
          "            downsample = nn.Sequential()\n"
          "            for name, part in zip(('conv', 'bn'), (\n"),
         ("                norm_layer(outplanes),\n            )\n",
          "                norm_layer(outplanes),\n"
          "            )):\n                downsample.add_module(name, part)\n")],
        [("    return nn.Sequential(nn.Conv2d(cin, cout, 1, step, bias=False), norm(cout))",
          "    made = nn.Sequential()\n"
          "    made.conv = nn.Conv2d(cin, cout, 1, step, bias=False)\n"
          "    made.bn = norm(cout)\n    return made")],
        [("side = nn.Sequential(\n",
          "side = nn.Sequential(__import__('collections').OrderedDict(\n"),
         ("                        nn.Conv2d(cin", "                        conv=nn.Conv2d(cin"),
         ("                        norm(cout),\n                    )",
          "                        bn=norm(cout),\n                    ))")],
    ),
    _mistake(
        "projection-ignores-norm-layer",
        "The projection has a BatchNorm2d whatever norm_layer says.",
        "A network that asks for another norm gets a mixture of two.",
        "03 §5", "Which of your norms are not made by norm_layer?",
        [("                norm_layer(outplanes),\n",
          "                nn.BatchNorm2d(outplanes),\n")],
        [("bias=False), norm(cout))\n\n\ndef stage",
          "bias=False), nn.BatchNorm2d(cout))\n\n\ndef stage")],
        [("                        norm(cout),\n",
          "                        nn.BatchNorm2d(cout),\n")],
    ),
    _mistake(
        "stride-in-every-block",
        "Every block of a stage strides, not only the first.",
        "A stage halves its grid once; here each block halves it again.",
        "07 §3", "How often does layer3 of ResNet-50, with its six blocks, halve the grid?",
        [("block(self.inplanes, planes, groups=self.groups,\n",
          "block(self.inplanes, planes, stride, groups=self.groups,\n")],
        [("unit = block(cout, planes, 1, None,", "unit = block(cout, planes, step, None,")],
        [("block(cin, planes, step if first else 1, side,", "block(cin, planes, step, side,")],
    ),
    _mistake(
        "stride-in-no-block",
        "No block is given a stride: only the projections have one.",
        "The shortcut then halves the grid and the branch keeps it, so the sums do not fit.",
        "07 §3", "What is the third argument of the block that begins layer2 in your network?",
        [("block(self.inplanes, planes, stride, down", "block(self.inplanes, planes, 1, down")],
        [("block(cin, planes, step, side,", "block(cin, planes, 1, side,")],
        [("block(cin, planes, step if first else 1, side,", "block(cin, planes, 1, side,")],
    ),
    _mistake(
        "stride-in-the-last-block",
        "The last block of a stage strides, not the first.",
        "The projection stands in the first block and halves the grid alone, so the sums do not "
        "fit.",
        "07 §3", "Which block of a stage has the projection, and which has the stride?",
        [("block(self.inplanes, planes, stride, downsample, self",
          "block(self.inplanes, planes, stride if blocks == 1 else 1, downsample, self"),
         ("        for _ in range(1, blocks):\n", "        for number in range(1, blocks):\n"),
         ("block(self.inplanes, planes, groups=self.groups,\n",
          "block(self.inplanes, planes, stride if number == blocks - 1 else 1,\n"
          "                                groups=self.groups,\n")],
        [("block(cin, planes, step, side,", "block(cin, planes, step if count == 1 else 1, side,"),
         ("unit = block(cout, planes, 1, None,",
          "unit = block(cout, planes, step if number == count - 2 else 1, None,")],
        [("planes, step if first else 1, side,",
          "planes, step if number == layers[index] - 1 else 1, side,")],
    ),
    _mistake(
        "first-stage-strides",
        "layer1 strides as well.",
        "The pool has just halved the grid; one more halving leaves every later stage half as "
        "large.",
        "07 §2", "What has just happened to the grid when layer1 begins?",
        [("self._make_layer(block, 64, layers[0])", "self._make_layer(block, 64, layers[0], 2)")],
        [("make(64, layers[0], 64, 1)", "make(64, layers[0], 64, 1, 2)")],
        [("step = 1 if index == 0 else 2", "step = 2")],
    ),
    _mistake(
        "only-first-stage-strides",
        "layer1 strides and the later stages do not: the condition is the wrong way round.",
        "From layer1 on the grid keeps its size, and the network costs many times as much.",
        "06 §8", "Print the side of the grid behind each stage. Where does it become smaller?",
        [("self._make_layer(block, 64, layers[0])", "self._make_layer(block, 64, layers[0], 2)"),
         ("layers[1], 2, replace", "layers[1], 1, replace"),
         ("layers[2], 2, replace", "layers[2], 1, replace"),
         ("layers[3], 2, replace", "layers[3], 1, replace")],
        [("make(64, layers[0], 64, 1)", "make(64, layers[0], 64, 1, 2)"),
         ("dilation, 2, flags[0]", "dilation, 1, flags[0]"),
         ("dilation, 2, flags[1]", "dilation, 1, flags[1]"),
         ("dilation, 2, flags[2]", "dilation, 1, flags[2]")],
        [("step = 1 if index == 0 else 2", "step = 2 if index == 0 else 1")],
    ),
    _mistake(
        "layer2-without-stride",
        "layer2 does not stride.",
        "It takes over layer1's grid, so this stage and the two behind it have four times as "
        "many positions.",
        "07 §3", "How large is layer2's grid, when layer1's has a side of 56?",
        [("layers[1], 2, replace", "layers[1], 1, replace")],
        [("dilation, 2, flags[0]", "dilation, 1, flags[0]")],
        [("step = 1 if index == 0 else 2", "step = 2 if index not in (0, 1) else 1")],
    ),
    _mistake(
        "layer3-without-stride",
        "layer3 does not stride.",
        "Its planes double, and the grid does not shrink in exchange: the later stages cost "
        "four times as much.",
        "07 §3", "What happens to the grid where the planes go from 128 to 256?",
        [("layers[2], 2, replace", "layers[2], 1, replace")],
        [("dilation, 2, flags[1]", "dilation, 1, flags[1]")],
        [("step = 1 if index == 0 else 2", "step = 2 if index not in (0, 2) else 1")],
    ),
    _mistake(
        "layer4-without-stride",
        "layer4 does not stride.",
        "The last grid then has a side of 14 for 224 pixels, where 7 is usual.",
        "07 §3", "Over how many positions does the head average for an image of 224 pixels?",
        [("layers[3], 2, replace", "layers[3], 1, replace")],
        [("dilation, 2, flags[2]", "dilation, 1, flags[2]")],
        [("step = 1 if index == 0 else 2", "step = 2 if index not in (0, 3) else 1")],
    ),
    _mistake(
        "module-list",
        "A stage is an nn.ModuleList, which cannot be called.",
        "It holds the blocks and registers them, but does not say in which order they are applied.",
        "07 §3", "Which container both holds modules and calls them one after the other?",
        [("return nn.Sequential(*layers)", "return nn.ModuleList(layers)")],
        [("    return units, cout, dilation", "    return nn.ModuleList(units), cout, dilation")],
        [("nn.Sequential(*units))", "nn.ModuleList(units))")],
    ),
    _mistake(
        "star-missing",
        "A list stands where a module belongs, as when the star is missing.",
        "nn.Sequential takes modules one by one. A list is one thing, and no module.",
        "07 §3", "What does a function get from `f(*[1, 2])`, and what from `f([1, 2])`?",
        [("nn.Sequential(*layers)", "nn.Sequential(layers)")],
        [("nn.Sequential(block(cin, planes, step, side, groups, width, old, norm))",
          "nn.Sequential([block(cin, planes, step, side, groups, width, old, norm)])")],
        [("nn.Sequential(*units)", "nn.Sequential(units)")],
    ),
    _mistake(
        "stages-are-none",
        "All four stages are None: what builds a stage does not hand it back.",
        "A function without `return` gives None, and the blocks that it made are lost.",
        "07 §3", "What does your network hold under the name layer1?",
        [("        return nn.Sequential(*layers)\n", "")],
        [("    return units, cout, dilation", "    return None, cout, dilation")],
        [('self.add_module(f"layer{index + 1}", nn.Sequential(*units))',
          'setattr(self, f"layer{index + 1}", None)'),
         ("[*self.layer1, *self.layer2, *self.layer3, *self.layer4]", "[]")],
    ),
    _mistake(
        "stages-in-lists",
        "Blocks or stages are kept in a plain list or dict, so the network does not know them.",
        "PyTorch does not look into lists and dicts: no parameters, no training, nothing in the "
        "state_dict.",
        "07 §3", "How many parameters does your network say it has?",
        [("return nn.Sequential(*layers)", "return layers"),
         ("        x = self.layer1(x)\n        x = self.layer2(x)\n        x = self.layer3(x)\n"
          "        x = self.layer4(x)\n",
          "        for layer in self.layer1 + self.layer2 + self.layer3 + self.layer4:\n"
          "            x = layer(x)\n")],
        [("    return units, cout, dilation", "    return list(units), cout, dilation"),
         ("        x = self.layer1(x)\n        x = self.layer2(x)\n        x = self.layer3(x)\n"
          "        x = self.layer4(x)\n",
          "        for units in (self.layer1, self.layer2, self.layer3, self.layer4):\n"
          "            for unit in units:\n                x = unit(x)\n")],
        [('self.add_module(f"layer{index + 1}", nn.Sequential(*units))',
          'setattr(self, f"layer{index + 1}", units)'),
         ("            x = units(x)\n",
          "            for unit in units:\n                x = unit(x)\n")],
    ),
    _mistake(
        "one-block-many-times",
        "The later blocks of a stage are one object, repeated.",
        "A list times a number repeats the object: all these blocks share one set of weights.",
        "07 §3", "How many different blocks are in a list of one block, multiplied by three?",
        [("        for _ in range(1, blocks):\n            layers.append(block(",
          "        if blocks > 1:\n            layers += (blocks - 1) * [(block("),
         ("                                norm_layer=norm_layer))\n",
          "                                norm_layer=norm_layer))]\n")],
        [("    for number in range(count - 1):\n", "    if count > 1:\n"),
         ("        units.append(unit)", "        units.extend([unit] * (count - 1))")],
        [("                unit = block(cin",
          "                unit = units[1] if number > 1 else block(cin")],
    ),
    _mistake(
        "later-block-built-once",
        "The later blocks of a stage are one object: the call that builds them is made once.",
        "Every call of the class makes one block. To keep a block in several places of a stage "
        "makes them share their weights.",
        "07 §3", "How often is the class called for a stage of three blocks, and how often should "
        "it be?",
        [("        for _ in range(1, blocks):\n            layers.append(block(",
          "        layers += (blocks - 1) * [(block("),
         ("                                norm_layer=norm_layer))\n",
          "                                norm_layer=norm_layer))]\n")],
        [("    for number in range(count - 1):\n"
          "        unit = block(cout, planes, 1, None, groups, width, dilation, norm)\n",
          "    unit = block(cout, planes, 1, None, groups, width, dilation, norm)\n"
          "    for number in range(count - 1):\n")],
        [("            units = []\n            for number in range(layers[index]):\n",
          "            units = []\n            for number in range(2):\n"),
         ("                units.append(unit)\n                cin = cout\n",
          "                units.append(unit)\n                cin = cout\n"
          "            units = units[:1] + units[1:] * (layers[index] - 1)\n")],
    ),
    _mistake(
        "first-block-many-times",
        "All blocks of a stage are one object: the first block, repeated.",
        "It is built for the channels that come into the stage, and it has the stride and the "
        "projection, which the later blocks must not have.",
        "07 §3", "In what do the first and the second block of layer2 differ?",
        [("        for _ in range(1, blocks):\n            layers.append(block(",
          "        layers *= blocks\n        for _ in ():\n            layers.append(block(")],
        [("    for number in range(count - 1):\n"
          "        unit = block(cout, planes, 1, None, groups, width, dilation, norm)\n",
          "    (unit,) = units\n    for number in range(count - 1):\n")],
        [("            for number in range(layers[index]):\n",
          "            for number in range(1):\n"),
         ("                units.append(unit)\n",
          "                units += [unit] * layers[index]\n")],
    ),
    _mistake(
        "one-block-too-many",
        "Every stage has one block more than layers says.",
        "The first block of a stage is one of them, and the loop does not count it.",
        "07 §3", "How many blocks are there already when your loop begins?",
        [("for _ in range(1, blocks):", "for _ in range(blocks):")],
        [("for number in range(count - 1):", "for number in range(count):")],
        [("for number in range(layers[index]):", "for number in range(layers[index] + 1):")],
    ),
    _mistake(
        "one-block-too-few",
        "A stage of two blocks or more has one block less than layers says.",
        "The counting starts one too late, so the last block is never built.",
        "07 §3", "Which numbers does range(1, 3) go through, and how many blocks are that?",
        [("for _ in range(1, blocks):", "for _ in range(1, blocks - 1):")],
        [("for number in range(count - 1):", "for number in range(count - 2):")],
        [("for number in range(layers[index]):",
          "for number in range(max(layers[index] - 1, 1)):")],
    ),
    _mistake(
        "stages-of-one-block",
        "Every stage has one block only, whatever layers says.",
        "The loop over the blocks ends after its first round, or never begins. A `return` inside "
        "it ends it at once.",
        "07 §3", "How many rounds does your loop go for a stage of three blocks?",
        [("for _ in range(1, blocks):", "for _ in range(1, 1):")],
        [("for number in range(count - 1):", "for number in range(0):")],
        [("                cin = cout\n", "                cin = cout\n                break\n")],
    ),
    _mistake(
        "returns-inside-the-loop-over-blocks",
        "The stage is handed back from inside the loop that adds its later blocks.",
        "A stage of one block never enters the loop, so it comes back as None; a longer one is cut "
        "off after its second block.",
        "07 §3", "What does your function return for a stage of one block?",
        [("        return nn.Sequential(*layers)", "            return nn.Sequential(*layers)")],
        [("    units = nn.Sequential(block(", "    units, old_cin = None, cin\n    made = [block("),
         ("groups, width, old, norm))", "groups, width, old, norm)]"),
         ("        units.append(unit)\n",
          "        units = nn.Sequential(*made, unit)\n        break\n")],
        [("                units.append(unit)\n",
          "                units.append(unit)\n                if number == 1:\n"
          "                    break\n"),
         ("nn.Sequential(*units))", "nn.Sequential(*units) if len(units) > 1 else None)")],
    ),
    _mistake(
        "first-count-for-all",
        "All four stages have as many blocks as layers says of the first.",
        "The depth is then another one, and most of layers is never read.",
        "07 §8", "Which entry of layers does layer3 need?",
        [("128, layers[1]", "128, layers[0]"), ("256, layers[2]", "256, layers[0]"),
         ("512, layers[3]", "512, layers[0]")],
        [("128, layers[1]", "128, layers[0]"), ("256, layers[2]", "256, layers[0]"),
         ("512, layers[3]", "512, layers[0]")],
        [("range(layers[index])", "range(layers[0])")],
    ),
    _mistake(
        "widths-shifted",
        "The stages are one step too wide: layer1 already has 128 planes.",
        "The stem puts out 64 channels and layer1 keeps that width; doubling begins with layer2.",
        "07 §3", "With how many planes does the stage begin that does not stride?",
        [("block, 64, layers", "block, 128, layers"),
         ("block, 128, layers[1]", "block, 256, layers[1]"),
         ("block, 256, layers[2]", "block, 512, layers[2]"),
         ("block, 512, layers[3]", "block, 1024, layers[3]"), ("512 * block", "1024 * block")],
        [("make(64, ", "make(128, "), ("make(128, layers[1]", "make(256, layers[1]"),
         ("make(256, layers[2]", "make(512, layers[2]"),
         ("make(512, layers[3]", "make(1024, layers[3]")],
        [("(64, 128, 256, 512)", "(128, 256, 512, 1024)")],
    ),
    _mistake(
        "last-width-not-doubled",
        "layer4 has 256 planes, as layer3 has.",
        "Every stage that halves the grid doubles the width; this one halves without doubling.",
        "02 §4", "Write down the planes of the four stages. Which step breaks the pattern?",
        [("block, 512, layers", "block, 256, layers"), ("512 * block", "256 * block")],
        [("make(512, ", "make(256, ")],
        [("(64, 128, 256, 512)", "(64, 128, 256, 256)")],
    ),
    _mistake(
        "planes-times-expansion",
        "The blocks are given their output channels in the place of planes.",
        "A block multiplies planes by the expansion itself; with bottlenecks it happens twice.",
        "05 §3", "Who multiplies by the expansion, the stage or the block?",
        [("block(self.inplanes, planes, stride, down",
          "block(self.inplanes, outplanes, stride, down"),
         ("block(self.inplanes, planes, groups", "block(self.inplanes, outplanes, groups")],
        [("block(cin, planes, step, side", "block(cin, cout, step, side"),
         ("block(cout, planes, 1,", "block(cout, cout, 1,")],
        [("block(cin, planes, step", "block(cin, cout, step")],
    ),
    _mistake(
        "stride-and-downsample-swapped",
        "Stride and downsample are swapped in the call that builds the first block.",
        "Arguments without a name count by their place, and nothing complains until forward runs.",
        "06 §2", "In which order does the block's constructor take its third and fourth argument?",
        [("planes, stride, downsample, self.groups,", "planes, downsample, stride, self.groups,")],
        [("block(cin, planes, step, side,", "block(cin, planes, side, step,")],
        [("block(cin, planes, step if first else 1, side,",
          "block(cin, planes, *([side, step] if first else [1, side]),")],
    ),
    _mistake(
        "groups-missing-in-first-block",
        "The first block of a stage is not given groups and base_width.",
        "A ResNeXt then has one ordinary block in every stage.",
        "07 §7", "Which of the two calls that build blocks hands on the number of groups?",
        [("stride, downsample, self.groups,\n                            self.base_width, previous",
          "stride, downsample, 1, 64, previous")],
        [("block(cin, planes, step, side, groups, width,",
          "block(cin, planes, step, side, 1, 64,")],
        [("groups=groups,\n                             base_width=width_per_group,",
          "groups=1 if first else groups,\n"
          "                             base_width=64 if first else width_per_group,")],
    ),
    _mistake(
        "groups-missing-in-later-blocks",
        "Only the first block of a stage is given groups and base_width.",
        "All later blocks fall back to one group, so most of a ResNeXt is an ordinary network.",
        "07 §7", "What does a block assume of the arguments that it is not given?",
        [("planes, groups=self.groups,\n                                "
          "base_width=self.base_width, ",
          "planes, ")],
        [("block(cout, planes, 1, None, groups, width, dilation, norm)",
          "block(cout, planes, dilation=dilation, norm_layer=norm)")],
        [("groups=groups,\n                             base_width=width_per_group,",
          "groups=groups if first else 1,\n"
          "                             base_width=width_per_group if first else 64,")],
    ),
    _mistake(
        "groups-nowhere",
        "No block is given groups and base_width.",
        "The constructor takes both and forgets them: a ResNeXt comes out as an ordinary ResNet.",
        "07 §7", "Follow groups from the constructor: where is it used?",
        [("stride, downsample, self.groups,\n                            self.base_width, previous",
          "stride, downsample, 1, 64, previous"),
         ("planes, groups=self.groups,\n                                "
          "base_width=self.base_width, ",
          "planes, ")],
        [("block, norm, groups, width_per_group)", "block, norm, 1, 64)")],
        [("groups=groups,\n                             base_width=width_per_group,", "")],
    ),
    _mistake(
        "width-not-passed",
        "The blocks get the groups that are asked for, but not the width: base_width is 64.",
        "The 3×3 of every block is then as wide as for groups of 64, whatever a caller asks for.",
        "05 §3", "Which argument of a block says how wide one group is?",
        [("self.groups,\n                            self.base_width, prev",
          "self.groups,\n                            64, prev"),
         ("                                base_width=self.base_width, ",
          "                                ")],
        [("block, norm, groups, width_per_group)", "block, norm, groups, 64)")],
        [("                             base_width=width_per_group,",
          "                             ")],
    ),
    _mistake(
        "width-missing-in-later-blocks",
        "The later blocks of a stage get the groups, but not width_per_group: base_width is 64.",
        "The first block of each stage has the width that is asked for, all others another one.",
        "07 §7", "Which arguments do your two calls of the block's class hand on, and which only "
        "one of them?",
        [("                                base_width=self.base_width, ",
          "                                ")],
        [("block(cout, planes, 1, None, groups, width, dilation, norm)",
          "block(cout, planes, 1, None, groups, 64, dilation, norm)")],
        [("base_width=width_per_group,", "base_width=width_per_group if first else 64,")],
    ),
    _mistake(
        "width-missing-in-first-blocks",
        "The first block of a stage gets the groups, but not width_per_group: base_width is 64.",
        "Each stage then begins with a block of another width than the blocks behind it.",
        "07 §7", "How wide is the 3×3 of layer1.0 in your network, and how wide that of layer1.1?",
        [("self.groups,\n                            self.base_width, prev",
          "self.groups,\n                            64, prev")],
        [("block(cin, planes, step, side, groups, width,",
          "block(cin, planes, step, side, groups, 64,")],
        [("base_width=width_per_group,", "base_width=64 if first else width_per_group,")],
    ),
    _mistake(
        "only-groups-missing-in-later-blocks",
        "The later blocks of a stage get base_width, but not groups: they have one.",
        "Their 3×3 is as narrow as one group and is not cut: of a ResNeXt little is left.",
        "07 §7", "How many groups has the 3×3 of layer1.1 in your network, built with groups=2?",
        [("planes, groups=self.groups,\n", "planes,\n")],
        [("block(cout, planes, 1, None, groups, width, dilation, norm)",
          "block(cout, planes, 1, None, 1, width, dilation, norm)")],
        [("groups=groups,", "groups=groups if first else 1,")],
    ),
    _mistake(
        "groups-not-passed",
        "The blocks are given base_width, but not groups.",
        "A block that is not told of groups has one, and its 3×3 is not cut at all.",
        "07 §7", "How many groups has the 3×3 of a block in your network built with groups=2?",
        [("        self.groups = groups\n", "        self.groups = 1\n")],
        [("block, norm, groups, width_per_group)", "block, norm, 1, width_per_group)")],
        [("groups=groups,\n                             base_width", "base_width")],
    ),
    _mistake(
        "groups-and-width-swapped",
        "Groups and base_width are swapped on their way to the blocks.",
        "32 groups of width 4 become 4 groups of width 32.",
        "05 §3", "In a name such as 32x4d, which number is the groups?",
        [("        self.groups = groups\n        self.base_width = width_per_group\n",
          "        self.groups = width_per_group\n        self.base_width = groups\n")],
        [("block, norm, groups, width_per_group)", "block, norm, width_per_group, groups)")],
        [("groups=groups,", "groups=width_per_group,"),
         ("base_width=width_per_group,", "base_width=groups,")],
    ),
    _mistake(
        "norm-layer-not-for-blocks",
        "The blocks are not given norm_layer.",
        "They fall back to BatchNorm2d, while stem and projections use the other norm.",
        "03 §5", "How does a block find out which norm it is to use?",
        [("self.base_width, previous_dilation, norm_layer))",
          "self.base_width, previous_dilation))"),
         ("dilation=self.dilation,\n                                norm_layer=norm_layer))",
          "dilation=self.dilation))")],
        [("width, old, norm))", "width, old))"), ("width, dilation, norm)", "width, dilation)")],
        [("if first else spread,\n                             norm_layer=norm)",
          "if first else spread)")],
    ),
    _mistake(
        "norm-layer-not-for-the-first-blocks",
        "The first block of a stage is not given norm_layer.",
        "It falls back to BatchNorm2d, in the middle of a network of other norms.",
        "03 §5", "Which arguments do your two calls of the block's class have in common?",
        [("self.base_width, previous_dilation, norm_layer))",
          "self.base_width, previous_dilation))")],
        [("width, old, norm))", "width, old))")],
        [("norm_layer=norm)\n                units", "norm_layer=None if first else norm)\n"
          "                units")],
    ),
    _mistake(
        "norm-layer-not-for-the-later-blocks",
        "Only the first block of a stage is given norm_layer.",
        "All the blocks behind it fall back to BatchNorm2d.",
        "03 §5", "Which norm has the second block of a stage, when norm_layer makes a GroupNorm?",
        [("dilation=self.dilation,\n                                norm_layer=norm_layer))",
          "dilation=self.dilation))")],
        [("width, dilation, norm)", "width, dilation)")],
        [("norm_layer=norm)\n                units", "norm_layer=norm if first else None)\n"
          "                units")],
    ),
    _mistake(
        "norm-layer-not-for-the-stem",
        "The stem has a BatchNorm2d whatever norm_layer says.",
        "The argument is for every norm of the network, and the stem has one.",
        "07 §2", "Which norm does bn1 of your network become when norm_layer makes a GroupNorm?",
        [("self.bn1 = norm_layer(self.inplanes)", "self.bn1 = nn.BatchNorm2d(self.inplanes)")],
        [("self.bn1 = norm(64)", "self.bn1 = nn.BatchNorm2d(64)")],
        [("self.bn1 = norm(64)", "self.bn1 = nn.BatchNorm2d(64)")],
    ),
    _mistake(
        "norm-layer-ignored",
        "norm_layer is accepted and never used.",
        "Whatever is asked for, every norm is a BatchNorm2d.",
        "03 §5", "Search for norm_layer in your class: what reads it?",
        [("        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n",
          "        norm_layer = nn.BatchNorm2d\n")],
        [("norm = norm_layer or nn.BatchNorm2d", "norm = nn.BatchNorm2d")],
        [("nn.BatchNorm2d if norm_layer is None else norm_layer", "nn.BatchNorm2d")],
    ),
    _mistake(
        "norm-layer-with-a-setting",
        "norm_layer is called with a setting of one kind of norm besides the number of channels.",
        "Whoever hands in a norm has made its settings; it need not take any more.",
        "03 §5", "With what alone does torchvision call norm_layer?",
        [("                norm_layer(outplanes),\n",
          "                norm_layer(outplanes, eps=1e-5),\n")],
        [("        self.bn1 = norm(64)\n", "        self.bn1 = norm(64, eps=1e-5)\n")],
        [("                        norm(cout),\n",
          "                        norm(cout, eps=1e-5),\n")],
    ),
    _mistake(
        "norm-layer-none-refused",
        "norm_layer=None ends in an error.",
        "None is the value by which a caller asks for the usual norm, and may be handed in.",
        "07 §8", "What happens in your constructor when a caller writes norm_layer=None?",
        [("        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n", ""),
         ("replace_stride_with_dilation=None, norm_layer=None):",
          "replace_stride_with_dilation=None, norm_layer=nn.BatchNorm2d):")],
        [("norm = norm_layer or nn.BatchNorm2d", "norm = norm_layer"),
         ("replace_stride_with_dilation=None, norm_layer=None):",
          "replace_stride_with_dilation=None, norm_layer=nn.BatchNorm2d):")],
        [("norm = nn.BatchNorm2d if norm_layer is None else norm_layer", "norm = norm_layer")],
    ),
)

DILATION = (
    _mistake(
        "dilation-too-early",
        "The first block of a dilated stage already has the new dilation.",
        "Its input still comes on the old grid, so its taps must lie as far apart as before.",
        "11 §2", "On which grid does the input of a stage's first block lie?",
        [("self.base_width, previous_dilation,", "self.base_width, self.dilation,")],
        [("groups, width, old, norm)", "groups, width, dilation, norm)")],
        [("dilation=before if first else spread", "dilation=spread")],
    ),
    _mistake(
        "layer4-dilated-with-layer3",
        "The flag of layer3 dilates layer4 as well.",
        "Each of the three flags belongs to one stage, whatever the others say.",
        "11 §1", "Which of the three flags say whether layer4 strides?",
        [("replace_stride_with_dilation[2])",
          "replace_stride_with_dilation[1] or replace_stride_with_dilation[2])")],
        [("2, flags[2])", "2, flags[1] or flags[2])")],
        [("if flags[index]:", "if flags[index] or index == 3 and flags[2]:")],
    ),
    _mistake(
        "dilation-not-for-later-blocks",
        "The dilation of a stage never reaches its later blocks.",
        "The grid is finer than it used to be and the taps are not spread: they see too little.",
        "11 §1", "Which dilation do the blocks behind the first one get?",
        [("dilation=self.dilation,", "dilation=previous_dilation,")],
        [("groups, width, dilation, norm)", "groups, width, old, norm)")],
        [("dilation=before if first else spread", "dilation=before")],
    ),
    _mistake(
        "dilation-one-in-later-blocks",
        "The later blocks of a stage have the dilation 1, whatever that of the stage is.",
        "What a call does not name falls back to its default, and the finer grid needs more.",
        "11 §1", "How far apart must the taps of layer4.1 lie when layer3 and layer4 keep their "
        "grid?",
        [("dilation=self.dilation,", "dilation=1,")],
        [("groups, width, dilation, norm)", "groups, width, 1, norm)")],
        [("dilation=before if first else spread", "dilation=before if first else 1")],
    ),
    _mistake(
        "dilation-one-in-first-blocks",
        "The first block of a stage has the dilation 1, whatever the stages before it have left.",
        "Behind a stage that kept its grid the input lies finer, and the first taps must follow.",
        "11 §2", "layer3 keeps its grid. How far apart do the taps of layer4.0 lie in yours?",
        [("self.base_width, previous_dilation,", "self.base_width, 1,")],
        [("groups, width, old, norm)", "groups, width, 1, norm)")],
        [("dilation=before if first else spread", "dilation=1 if first else spread")],
    ),
    _mistake(
        "dilation-nowhere",
        "No block is given a dilation: the stride is taken away, and nothing takes its place.",
        "The finer grid alone makes every 3×3 see a smaller piece of the image.",
        "11 §1", "What must make up for the missing stride?",
        [("self.base_width, previous_dilation, norm_layer))", "self.base_width, 1, norm_layer))"),
         ("dilation=self.dilation,", "dilation=1,")],
        [("groups, width, old, norm)", "groups, width, 1, norm)"),
         ("groups, width, dilation, norm)", "groups, width, 1, norm)")],
        [("dilation=before if first else spread", "dilation=1")],
    ),
    _mistake(
        "dilation-forgotten-between-stages",
        "The dilation starts at 1 again in every stage.",
        "A stage behind a dilated one still works on a finer grid and needs the dilation it left.",
        "07 §4", "What does layer3 leave for layer4, and where do you keep it?",
        [("        previous_dilation = self.dilation\n",
          "        self.dilation = 1\n        previous_dilation = self.dilation\n")],
        [("    old = dilation\n", "    old = dilation = 1\n")],
        [("            before = spread\n", "            before = spread = 1\n")],
    ),
    _mistake(
        "dilation-not-multiplied",
        "The dilation is set to the stride, not multiplied by it.",
        "Two strides taken away in a row need a dilation of 4; here it stays at 2.",
        "07 §4", "layer3 and layer4 both keep the grid. How far apart must layer4's taps lie?",
        [("self.dilation *= stride", "self.dilation = stride")],
        [("dilation, step = dilation * step, 1", "dilation, step = step, 1")],
        [("spread, step = spread * step, 1", "spread, step = step, 1")],
    ),
    _mistake(
        "dilation-added",
        "The stride is added to the dilation, not multiplied with it.",
        "The dilations become 3 and 5, where 2 and 4 make up for the missing strides.",
        "07 §4", "One step on the coarse grid is how many steps on the fine one?",
        [("self.dilation *= stride", "self.dilation += stride")],
        [("dilation, step = dilation * step, 1", "dilation, step = dilation + step, 1")],
        [("spread, step = spread * step, 1", "spread, step = spread + step, 1")],
    ),
    _mistake(
        "dilation-capped",
        "The dilation does not grow beyond 4.",
        "Each True flag doubles it, and there are three flags.",
        "11 §3", "By how much does a layer4 spread its taps that is dilated as both before it are?",
        [("            self.dilation *= stride\n",
          "            self.dilation = min(4, self.dilation * stride)\n")],
        [("        dilation, step = dilation * step, 1\n",
          "        dilation, step = min(dilation * step, 4), 1\n")],
        [("                spread, step = spread * step, 1\n",
          "                spread, step = sorted((4, spread * step))[0], 1\n")],
    ),
    _mistake(
        "dilated-and-strided",
        "A stage that is to keep its grid is dilated, and strides nevertheless.",
        "The flag asks for dilation in the place of the stride, and here both happen.",
        "07 §4", "What side has the output of a stage whose flag is True?",
        [("            self.dilation *= stride\n            stride = 1\n",
          "            self.dilation *= stride\n")],
        [("dilation, step = dilation * step, 1", "dilation = dilation * step")],
        [("spread, step = spread * step, 1", "spread = spread * step")],
    ),
    _mistake(
        "stride-dropped-before-use",
        "The stride is set to 1 before the dilation is multiplied by it.",
        "The dilation then stays at 1, and the taps do not follow the finer grid.",
        "07 §4", "What is the value of the stride in the line that computes the dilation?",
        [("            self.dilation *= stride\n            stride = 1\n",
          "            stride = 1\n            self.dilation *= stride\n")],
        [("        dilation, step = dilation * step, 1\n",
          "        step = 1\n        dilation = dilation * step\n")],
        [("                spread, step = spread * step, 1\n",
          "                step = 1\n                spread = spread * step\n")],
    ),
    _mistake(
        "dilated-projection-strides",
        "In a dilated stage the projection keeps the stride that the block gave up.",
        "The branch keeps the grid and the shortcut halves it, so the sum does not fit.",
        "07 §8", "Which stride has the shortcut of a stage that keeps its grid?",
        [("        if dilate:\n", "        step = stride\n        if dilate:\n"),
         ("stride=stride, bias=False", "stride=step, bias=False")],
        [("    old = dilation\n", "    old, given = dilation, step\n"),
         ("project(norm, cin, cout, step) if", "project(norm, cin, cout, given) if")],
        [("            before = spread\n", "            before, given = spread, step\n"),
         ("stride=(step, step)", "stride=(given, given)")],
    ),
    _mistake(
        "flags-one-stage-early",
        "layer2 follows another flag than the first of the three.",
        "layer1 has no stride that could be replaced; the three flags are for layer2 to layer4.",
        "07 §4", "Which stage does each of the three flags belong to?",
        [("layers[0])", "layers[0], 1, replace_stride_with_dilation[0])"),
         ("layers[1], 2, replace_stride_with_dilation[0]",
          "layers[1], 2, replace_stride_with_dilation[1]"),
         ("layers[2], 2, replace_stride_with_dilation[1]",
          "layers[2], 2, replace_stride_with_dilation[2]"),
         ("layers[3], 2, replace_stride_with_dilation[2])", "layers[3], 2)")],
        [("layers[0], 64, 1)", "layers[0], 64, 1, 1, flags[0])"),
         ("layers[1], cin, dilation, 2, flags[0]", "layers[1], cin, dilation, 2, flags[1]"),
         ("layers[2], cin, dilation, 2, flags[1]", "layers[2], cin, dilation, 2, flags[2]"),
         ("layers[3], cin, dilation, 2, flags[2])", "layers[3], cin, dilation, 2)")],
        [("if flags[index]:", "if (flags[1:] + [False])[index]:")],
    ),
    _mistake(
        "flags-backwards",
        "The flags are used from the last stage to the first.",
        "The first flag is for layer2 and the last for layer4.",
        "07 §4", "Which stage keeps its grid in your network when only the last flag is True?",
        [("layers[1], 2, replace_stride_with_dilation[0]",
          "layers[1], 2, replace_stride_with_dilation[-1]"),
         ("layers[3], 2, replace_stride_with_dilation[2]",
          "layers[3], 2, replace_stride_with_dilation[0]")],
        [("2, flags[0]", "2, flags[-1]"), ("2, flags[2]", "2, flags[0]")],
        [("if flags[index]:", "if index and flags[4 - index]:")],
    ),
    _mistake(
        "flag-of-layer2-unused",
        "layer2 does not follow its own flag, the first of the three.",
        "With the first flag alone it is to keep its grid, and it strides.",
        "07 §4", "Which argument tells layer2 whether its grid is to be kept?",
        [("layers[1], 2, replace_stride_with_dilation[0])", "layers[1], 2)")],
        [("dilation, 2, flags[0])", "dilation, 2)")],
        [("if flags[index]:", "if flags[index] and index != 1:")],
    ),
    _mistake(
        "flag-of-layer3-unused",
        "layer3 does not follow its own flag, the second of the three.",
        "Whoever asks for a grid that layer3 keeps gets one that it halves.",
        "07 §4", "What does the call that builds layer3 hand on, and what does that of layer2?",
        [("layers[2], 2, replace_stride_with_dilation[1])", "layers[2], 2)")],
        [("dilation, 2, flags[1])", "dilation, 2)")],
        [("if flags[index]:", "if flags[index] and index != 2:")],
    ),
    _mistake(
        "flag-of-layer4-unused",
        "layer4 does not follow its own flag, the last of the three.",
        "With the last flag alone the last stage strides all the same, and segmentation needs its "
        "grid most.",
        "07 §4", "How do the calls that build layer3 and layer4 differ?",
        [("layers[3], 2, replace_stride_with_dilation[2])", "layers[3], 2)")],
        [("dilation, 2, flags[2])", "dilation, 2)")],
        [("if flags[index]:", "if flags[index] and index != 3:")],
    ),
    _mistake(
        "first-flag-for-all",
        "The first flag is used for all three stages.",
        "The second and the third are never read, so layer3 and layer4 do what layer2 does.",
        "07 §4", "Which stages keep their grid in your network for the flags True, False, False?",
        [("layers[2], 2, replace_stride_with_dilation[1]",
          "layers[2], 2, replace_stride_with_dilation[0]"),
         ("layers[3], 2, replace_stride_with_dilation[2]",
          "layers[3], 2, replace_stride_with_dilation[0]")],
        [("2, flags[1]", "2, flags[0]"), ("2, flags[2]", "2, flags[0]")],
        [("if flags[index]:", "if index and flags[1]:")],
    ),
    _mistake(
        "flags-ignored",
        "replace_stride_with_dilation is accepted and never used.",
        "Every stage strides, whatever is asked for: the grid is not kept.",
        "07 §4", "Follow the three flags through your class: which line reads them?",
        [("layers[1], 2, replace_stride_with_dilation[0])", "layers[1], 2)"),
         ("layers[2], 2, replace_stride_with_dilation[1])", "layers[2], 2)"),
         ("layers[3], 2, replace_stride_with_dilation[2])", "layers[3], 2)")],
        [("    if dilate:\n", "    if False:\n")],
        [("if flags[index]:", "if False:")],
    ),
    _mistake(
        "flags-unchecked",
        "The constructor accepts more than three flags.",
        "Who hands over a fourth flag by mistake should learn it when the network is built.",
        "07 §8", "Which line of your constructor counts the flags?",
        [("        if len(replace_stride_with_dilation) != 3:\n"
          "            raise ValueError(\"three flags are needed\")\n", "")],
        [("        if len(flags) != 3:\n"
          "            raise ValueError(f\"{len(flags)} flags instead of three\")\n", "")],
        [("        assert len(flags) == 4, \"one flag for each of layer2, layer3, layer4\"\n", "")],
    ),
)

OLD_SIGNATURE = (
    "num_classes=1000, zero_init_residual=False, groups=1,\n"
    "                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):",
    "num_classes=1000):",
)
USUAL = """        zero_init_residual, groups, width_per_group = False, 1, 64
        replace_stride_with_dilation = norm_layer = None
"""
CONSTRUCTION = (
    _mistake(
        "flags-none-refused",
        "replace_stride_with_dilation=None ends in an error.",
        "None is the default in the signature and stands for no flags; other code hands it on.",
        "07 §8", "What does your constructor do with the flags before it counts them?",
        [("        if replace_stride_with_dilation is None:\n"
          "            replace_stride_with_dilation = [False, False, False]\n", ""),
         ("replace_stride_with_dilation=None", "replace_stride_with_dilation=(False,) * 3")],
        [("        flags = (False, False, False) if flags is None else flags\n", ""),
         ("replace_stride_with_dilation=None", "replace_stride_with_dilation=(False,) * 3")],
        [("        given = replace_stride_with_dilation\n",
          "        given = replace_stride_with_dilation\n        assert len(given) == 3\n")],
    ),
    _mistake(
        "flags-none-not-replaced",
        "Without flags nothing can be built: None is used as if it were a list of them.",
        "None is what the argument holds when a caller says nothing.",
        "07 §8", "What is the value of the flags when a caller hands over three arguments only?",
        [("        if replace_stride_with_dilation is None:\n"
          "            replace_stride_with_dilation = [False, False, False]\n", "")],
        [("        flags = (False, False, False) if flags is None else flags\n", "")],
        [("replace_stride_with_dilation=(False, False, False)",
          "replace_stride_with_dilation=None"),
         ("list([False] * 3 if given is None else given)", "list(given)")],
    ),
    _mistake(
        "norm-layer-none-not-replaced",
        "Without norm_layer nothing can be built: None is called in its place.",
        "None stands for the usual norm, and somebody has to put that there.",
        "07 §8", "Which value has norm_layer when a caller leaves it out, and can that be called?",
        [("        if norm_layer is None:\n            norm_layer = nn.BatchNorm2d\n", "")],
        [("norm = norm_layer or nn.BatchNorm2d", "norm = norm_layer")],
        [("norm_layer=nn.BatchNorm2d)", "norm_layer=None)"),
         ("norm = nn.BatchNorm2d if norm_layer is None else norm_layer", "norm = norm_layer")],
    ),
    _mistake(
        "arguments-missing",
        "The constructor does not take all the arguments of the signature.",
        "Whoever builds a ResNeXt, or a network for segmentation, needs the later ones.",
        "07 §8", "Compare the brackets behind your `__init__` with the signature: what is missing?",
        [OLD_SIGNATURE,
         ("        super().__init__()\n", "        super().__init__()\n" + USUAL)],
        [OLD_SIGNATURE, ("        nn.Module.__init__(self)\n",
                         "        nn.Module.__init__(self)\n" + USUAL)],
        [("num_classes=1000, zero_init_residual=False, groups=1,\n"
          "                 width_per_group=64, "
          "replace_stride_with_dilation=(False, False, False),\n"
          "                 norm_layer=nn.BatchNorm2d):", "num_classes=1000):"),
         ("        super(ResNet, self).__init__()\n",
          "        super(ResNet, self).__init__()\n" + USUAL)],
    ),
    _mistake(
        "flags-as-a-tuple-refused",
        "Three flags are refused when they stand in a tuple.",
        "A tuple holds three flags as well as a list does.",
        "07 §8", "Which types of flags does your condition let pass?",
        [("        if len(replace_stride_with_dilation) != 3:\n",
          "        if not isinstance(replace_stride_with_dilation, list):\n"
          "            raise ValueError(replace_stride_with_dilation)\n"
          "        if len(replace_stride_with_dilation) != 3:\n")],
        [("        flags = (False, False, False) if flags is None else flags\n",
          "        flags = [False, False, False] if flags is None else flags\n"
          "        if type(flags) is not list:\n"
          "            raise TypeError(f\"{flags} is no list\")\n")],
        [("replace_stride_with_dilation=(False, False, False)",
          "replace_stride_with_dilation=None"),
         ("        given = replace_stride_with_dilation\n",
          "        given = replace_stride_with_dilation\n"
          "        assert given is None or isinstance(given, list), \"a list of flags\"\n")],
    ),
    _mistake(
        "empty-flags-accepted",
        "An empty list of flags is accepted, as if none had been given.",
        "Only None stands for no flags. `or`, and `if not`, cannot tell it from an empty list.",
        "07 §8", "What do `not None` and `not []` give?",
        [("if replace_stride_with_dilation is None:", "if not replace_stride_with_dilation:")],
        [("(False, False, False) if flags is None else flags", "flags or (False, False, False)")],
        [("[False] * 3 if given is None else given", "given or [False] * 3")],
    ),
    _mistake(
        "no-super",
        "A layer is assigned before the constructor of nn.Module has run.",
        "It makes the tables into which layers are entered; until it has run, none can be "
        "assigned.",
        "04 §3", "What has to be there before the first layer can be assigned to self?",
        [("        super().__init__()\n", "")],
        [("        nn.Module.__init__(self)\n", "")],
        [("        super(ResNet, self).__init__()\n", "")],
    ),
    _mistake(
        "flags-popped-from-default",
        "The flags are popped from the list that is the argument's default.",
        "A default is one object for all calls: the second network finds an empty list.",
        "07 §4", "What is in the default list after the first network has been built?",
        [("replace_stride_with_dilation=None",
          "replace_stride_with_dilation=[False, False, False]"),
         ("replace_stride_with_dilation[0])", "replace_stride_with_dilation.pop(0))"),
         ("replace_stride_with_dilation[1])", "replace_stride_with_dilation.pop(0))"),
         ("replace_stride_with_dilation[2])", "replace_stride_with_dilation.pop(0))")],
        [("replace_stride_with_dilation=None",
          "replace_stride_with_dilation=[False, False, False]"),
         ("        flags = (False, False, False) if flags is None else flags\n", ""),
         ("flags[0]", "flags.pop(0)"), ("flags[1]", "flags.pop(0)"), ("flags[2]", "flags.pop(0)")],
        [("replace_stride_with_dilation=(False, False, False)",
          "replace_stride_with_dilation=[False, False, False]"),
         ("flags = [False] + list([False] * 3 if given is None else given)", "flags = given"),
         ("len(flags) == 4", "len(flags) == 3"),
         ("if flags[index]:", "if index and flags.pop(0):")],
    ),
    _mistake(
        "flags-popped",
        "The flags are popped from the list that the caller has handed in.",
        "That list is empty afterwards, and a tuple of flags cannot be popped from at all.",
        "07 §4", "Whose list is it that becomes shorter when your constructor reads the flags?",
        [("replace_stride_with_dilation[0])", "replace_stride_with_dilation.pop(0))"),
         ("replace_stride_with_dilation[1])", "replace_stride_with_dilation.pop(0))"),
         ("replace_stride_with_dilation[2])", "replace_stride_with_dilation.pop(0))")],
        [("(False, False, False) if flags is None else flags",
          "[False, False, False] if flags is None else flags"),
         ("flags[0]", "flags.pop(0)"), ("flags[1]", "flags.pop(0)"), ("flags[2]", "flags.pop(0)")],
        [("replace_stride_with_dilation=(False, False, False)",
          "replace_stride_with_dilation=None"),
         ("flags = [False] + list([False] * 3 if given is None else given)",
          "flags = [False] * 3 if given is None else given"),
         ("len(flags) == 4", "len(flags) == 3"),
         ("if flags[index]:", "if index and flags.pop(0):")],
    ),
    _mistake(
        "layers-popped",
        "The numbers of blocks are popped from the caller's list.",
        "The list is empty afterwards, and whoever builds a second network from it fails.",
        "07 §4", "What does the caller's list hold after your constructor has run?",
        [("64, layers[0]", "64, layers.pop(0)"), ("128, layers[1]", "128, layers.pop(0)"),
         ("256, layers[2]", "256, layers.pop(0)"), ("512, layers[3]", "512, layers.pop(0)")],
        [("64, layers[0]", "64, layers.pop(0)"), ("128, layers[1]", "128, layers.pop(0)"),
         ("256, layers[2]", "256, layers.pop(0)"), ("512, layers[3]", "512, layers.pop(0)")],
        [("range(layers[index])", "range(layers.pop(0))")],
    ),
    _mistake(
        "inplanes-on-the-class",
        "The running number of channels is kept on the class, not on the object.",
        "All networks share it: the second one begins with what the first has left.",
        "07 §4", "Build two networks. With how many channels does layer1 of the second begin?",
        [("class ResNet(nn.Module):\n", "class ResNet(nn.Module):\n    inplanes = 64\n\n"),
         ("        self.inplanes = 64\n", ""),
         ("        self.inplanes = outplanes\n", "        ResNet.inplanes = outplanes\n")],
        [("class ResNet(nn.Module):\n", "class ResNet(nn.Module):\n    cin = 64\n\n"),
         ("nn.Conv2d(3, 64,", "nn.Conv2d(3, ResNet.cin,"), ("norm(64)", "norm(ResNet.cin)"),
         ("layers[0], 64, 1)", "layers[0], ResNet.cin, 1)"),
         ("        self.fc = nn.Linear(cin,",
          "        ResNet.cin = cin\n        self.fc = nn.Linear(cin,")],
        [("class ResNet(nn.Module):\n", "class ResNet(nn.Module):\n    cin = 64\n\n"),
         ("nn.Conv2d(3, 64,", "nn.Conv2d(3, ResNet.cin,"), ("norm(64)", "norm(ResNet.cin)"),
         ("        cin, spread = 64, 1\n", "        cin, spread = ResNet.cin, 1\n"),
         ("        self.fc = nn.Linear(cin,",
          "        ResNet.cin = cin\n        self.fc = nn.Linear(cin,")],
    ),
    _mistake(
        "norm-momentum",
        "The usual norms have another momentum than nn.BatchNorm2d gives them.",
        "The running statistics then follow the batches faster or slower than those of a "
        "checkpoint's network. torch's momentum is the share of the new batch.",
        "03 §2", "How large a share of the running mean does one batch make up in your network?",
        [("            norm_layer = nn.BatchNorm2d\n",
          "            norm_layer = functools.partial(nn.BatchNorm2d, momentum=0.9)\n")],
        [("norm = norm_layer or nn.BatchNorm2d",
          "norm = norm_layer or functools.partial(nn.BatchNorm2d, momentum=0.9)")],
        [("norm_layer=nn.BatchNorm2d)", "norm_layer=None)"),
         ("norm = nn.BatchNorm2d if norm_layer is None else norm_layer",
          "norm = norm_layer or functools.partial(nn.BatchNorm2d, momentum=0.9)")],
    ),
    _mistake(
        "norm-eps",
        "The usual norms have another eps than nn.BatchNorm2d gives them.",
        "It is added to the variance before the root, so every number comes out a little other; "
        "a checkpoint was trained with torch's.",
        "03 §1", "What is added to the variance in your norms, and what in those of torchvision?",
        [("            norm_layer = nn.BatchNorm2d\n",
          "            norm_layer = functools.partial(nn.BatchNorm2d, eps=1e-3)\n")],
        [("norm = norm_layer or nn.BatchNorm2d",
          "norm = norm_layer or functools.partial(nn.BatchNorm2d, eps=1e-3)")],
        [("norm_layer=nn.BatchNorm2d)", "norm_layer=None)"),
         ("norm = nn.BatchNorm2d if norm_layer is None else norm_layer",
          "norm = norm_layer or functools.partial(nn.BatchNorm2d, eps=1e-3)")],
    ),
    _mistake(
        "fc-without-bias",
        "The last layer has no bias.",
        "No norm stands behind fc that could move the scores, and the checkpoint has a bias for "
        "it.",
        "07 §5", "Which layer behind fc could add a constant to each score?",
        [("expansion, num_classes)", "expansion, num_classes, bias=False)")],
        [("nn.Linear(cin, num_classes)", "nn.Linear(cin, num_classes, bias=False)")],
        [("nn.Linear(cin, num_classes)", "nn.Linear(cin, num_classes, bias=False)")],
    ),
    _mistake(
        "fc-without-expansion",
        "The last layer is built for 512 channels, whatever the block's expansion.",
        "That fits basic blocks; with bottlenecks layer4 puts out 2048.",
        "07 §5", "How many channels does layer4 put out when it is made of bottlenecks?",
        [("nn.Linear(512 * block.expansion,", "nn.Linear(512,")],
        [("nn.Linear(cin,", "nn.Linear(512,")],
        [("nn.Linear(cin,", "nn.Linear(512,")],
    ),
    _mistake(
        "fc-for-bottlenecks-only",
        "The last layer is built for 2048 channels, whatever the block's expansion.",
        "That fits bottlenecks; with basic blocks layer4 puts out 512.",
        "07 §4", "How many channels does layer4 of ResNet-18 hand to fc?",
        [("nn.Linear(512 * block.expansion,", "nn.Linear(2048,")],
        [("nn.Linear(cin,", "nn.Linear(2048,")],
        [("nn.Linear(cin,", "nn.Linear(2048,")],
    ),
    _mistake(
        "classes-ignored",
        "The last layer always has 1000 classes.",
        "num_classes is accepted and never used.",
        "07 §5", "How many scores does your network give for num_classes=7?",
        [("expansion, num_classes)", "expansion, 1000)")],
        [("nn.Linear(cin, num_classes)", "nn.Linear(cin, 1000)")],
        [("nn.Linear(cin, num_classes)", "nn.Linear(cin, 1000)")],
    ),
    _mistake(
        "classes-default",
        "Without num_classes the network has ten classes, not 1000.",
        "Who calls it as torchvision's is called gets a head that no checkpoint fits.",
        "07 §5", "How many classes has a network that is built without saying how many?",
        [("num_classes=1000", "num_classes=10")],
        [("num_classes=1000", "num_classes=10")],
        [("num_classes=1000", "num_classes=10")],
    ),
    _mistake(
        "head-kept-aside",
        "forward calls a head that was kept when the network was made: a new fc is never used.",
        "For another task one puts another layer in the place of fc, and torch knows no other.",
        "07 §5", "Through which name does forward find the last layer, and when does it look?",
        [("        self.fc = nn.Linear(512 * block.expansion, num_classes)\n",
          "        self.fc = nn.Linear(512 * block.expansion, num_classes)\n"
          "        self.head = [self.avgpool, nn.Flatten(), self.fc]\n"),
         ("        x = self.avgpool(x)\n        x = torch.flatten(x, 1)\n        x = self.fc(x)\n",
          "        for step in self.head:\n            x = step(x)\n")],
        [("        self.fc = nn.Linear(cin, num_classes)\n",
          "        self.fc = nn.Linear(cin, num_classes)\n"
          "        self.scores = self.fc.forward\n"),
         ("return self.fc(x)", "return self.scores(x)")],
        [("        self.fc = nn.Linear(cin, num_classes)\n",
          "        self.fc = nn.Linear(cin, num_classes)\n"
          "        self.parts = {'pool': self.head_pool, 'scores': self.fc}\n"),
         ("        x = self.head_pool(x)\n", "        x = self.parts['pool'](x)\n"),
         ("return self.fc(x)", "return self.parts['scores'](x)")],
    ),
    _mistake(
        "head-renamed",
        "The last layer is not called fc.",
        "A checkpoint names its weights fc.weight and fc.bias: they find no place.",
        "07 §9", "Compare the last two names in your state_dict with those of a checkpoint.",
        [("self.fc = nn.Linear", "self.linear = nn.Linear"),
         ("x = self.fc(x)", "x = self.linear(x)")],
        [("self.fc = nn.Linear", "self.linear = nn.Linear"),
         ("return self.fc(x)", "return self.linear(x)")],
        [("self.fc = nn.Linear", "self.linear = nn.Linear"),
         ("return self.fc(x)", "return self.linear(x)")],
    ),
    _mistake(
        "stem-renamed",
        "The stem's layers stand in a module of their own, so they have other names.",
        "A checkpoint asks for conv1.weight and bn1.weight at the top of the network.",
        "07 §9", "What is the first name in your state_dict?",
        [("        self.conv1 = nn.Conv2d(3, self.inplanes, kernel",
          "        self.stem = nn.Sequential()\n"
          "        self.stem.conv1 = nn.Conv2d(3, self.inplanes, kernel"),
         ("self.bn1 = norm", "self.stem.bn1 = norm"),
         ("        x = self.conv1(x)\n        x = self.bn1(x)\n", "        x = self.stem(x)\n")],
        [("        self.conv1 = nn.Conv2d",
          "        self.stem = nn.Sequential()\n        self.stem.conv1 = nn.Conv2d"),
         ("self.bn1 = norm", "self.stem.bn1 = norm"),
         ("F.relu(self.bn1(self.conv1(x)))", "F.relu(self.stem(x))")],
        [("        self.conv1 = nn.Conv2d",
          "        self.stem = nn.Sequential()\n        self.stem.conv1 = nn.Conv2d"),
         ("self.bn1 = norm", "self.stem.bn1 = norm"),
         ("torch.relu(self.bn1(self.conv1(x)))", "torch.relu(self.stem(x))")],
    ),
    _mistake(
        "stages-renamed",
        "The stages are not called layer1 to layer4.",
        "A checkpoint asks for layer1.0.conv1.weight and so on: nothing of the stages finds its "
        "place.",
        "07 §4", "Under which attribute does your network keep its first stage?",
        [(f"self.layer{n} = self", f"self.stage{n} = self") for n in (1, 2, 3, 4)]
        + [(f"x = self.layer{n}(x)", f"x = self.stage{n}(x)") for n in (1, 2, 3, 4)],
        [(f"self.layer{n}, cin", f"self.stage{n}, cin") for n in (1, 2, 3, 4)]
        + [(f"x = self.layer{n}(x)", f"x = self.stage{n}(x)") for n in (1, 2, 3, 4)],
        [("layer{index + 1}", "stage{index + 1}"),
         ("[*self.layer1, *self.layer2, *self.layer3, *self.layer4]",
          "[*self.stage1, *self.stage2, *self.stage3, *self.stage4]"),
         ("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.stage1, self.stage2, self.stage3, self.stage4)")],
    ),
    _mistake(
        "stages-in-one-module",
        "All stages stand inside one module of their own.",
        "Their weights then have its name in front, and a checkpoint asks for layer1 at the top of "
        "the network.",
        "07 §9", "Print the names in your state_dict: what stands before the first dot?",
        [("        self.avgpool =", "        self.stages = nn.Sequential(\n"
          "            self.layer1, self.layer2, self.layer3, self.layer4)\n"
          "        del self.layer1, self.layer2, self.layer3, self.layer4\n"
          "        self.avgpool ="),
         ("        x = self.layer1(x)\n        x = self.layer2(x)\n        x = self.layer3(x)\n"
          "        x = self.layer4(x)\n", "        x = self.stages(x)\n")],
        [*((f"self.layer{n}, cin", f"s{n}, cin") for n in (1, 2, 3, 4)),
         ("        self.fc = ", "        self.stages = nn.Sequential(s1, s2, s3, s4)\n"
          "        self.fc = "),
         ("        x = self.layer1(x)\n        x = self.layer2(x)\n        x = self.layer3(x)\n"
          "        x = self.layer4(x)\n", "        x = self.stages(x)\n")],
        [("        cin, spread = 64, 1\n",
          "        cin, spread = 64, 1\n        self.stages = nn.Sequential()\n"),
         ('self.add_module(f"layer{index + 1}", nn.Sequential(*units))',
          "self.stages.append(nn.Sequential(*units))"),
         ("[*self.layer1, *self.layer2, *self.layer3, *self.layer4]",
          "[unit for stage in self.stages for unit in stage]"),
         ("        for units in (self.layer1, self.layer2, self.layer3, self.layer4):\n"
          "            x = units(x)\n", "        x = self.stages(x)\n")],
    ),
    _mistake(
        "floats-for-whole-numbers",
        "A number of channels, or of blocks, is a float.",
        "A division with one slash gives a float in Python, and a layer cannot have 64.0 channels.",
        "05 §3", "In which of your lines stands a division, or a number with a point?",
        [("outplanes = planes * block.expansion", "outplanes = planes * block.expansion / 1")],
        [("    cout = planes * block.expansion\n", "    cout = planes * block.expansion / 1\n")],
        [("            cout = planes * block.expansion\n",
          "            cout = planes / 1 * block.expansion\n")],
    ),
    _mistake(
        "stages-counted-from-zero",
        "The stages are called layer0 to layer3.",
        "A checkpoint calls them layer1 to layer4: what it has for layer4 finds no place, and the "
        "others do not fit.",
        "07 §4", "What is the number of the stage that follows the stem in torchvision's names?",
        [(f"self.layer{n} = self", f"self.layer{n - 1} = self") for n in (1, 2, 3, 4)]
        + [(f"x = self.layer{n}(x)", f"x = self.layer{n - 1}(x)") for n in (1, 2, 3, 4)],
        [(f"self.layer{n}, cin", f"self.layer{n - 1}, cin") for n in (1, 2, 3, 4)]
        + [(f"x = self.layer{n}(x)", f"x = self.layer{n - 1}(x)") for n in (1, 2, 3, 4)],
        [("layer{index + 1}", "layer{index}"),
         ("[*self.layer1, *self.layer2, *self.layer3, *self.layer4]",
          "[*self.layer0, *self.layer1, *self.layer2, *self.layer3]"),
         ("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer0, self.layer1, self.layer2, self.layer3)")],
    ),
)

FORWARD = (
    _mistake(
        "log-softmax",
        "The network ends in a log_softmax.",
        "The loss contains one already; users of the network expect the scores.",
        "07 §5", "What does nn.CrossEntropyLoss do with what it is given?",
        [("x = self.fc(x)", "x = F.log_softmax(self.fc(x), dim=1)")],
        [("return self.fc(x)", "return F.log_softmax(self.fc(x), dim=1)")],
        [("return self.fc(x)", "return self.fc(x).log_softmax(1)")],
    ),
    _mistake(
        "softmax",
        "The network ends in a softmax.",
        "It returns probabilities where scores are asked for; the loss would apply the softmax "
        "twice.",
        "07 §5", "To which number do the outputs of your network add up, and should they?",
        [("x = self.fc(x)", "x = torch.softmax(self.fc(x), 1)")],
        [("return self.fc(x)", "return F.softmax(self.fc(x), dim=1)")],
        [("return self.fc(x)", "return self.fc(x).softmax(1)")],
    ),
    _mistake(
        "relu-on-scores",
        "There is a ReLU on the scores.",
        "Every class with a negative score gets 0 and no gradient.",
        "07 §5", "May a score be negative?",
        [("x = self.fc(x)", "x = self.relu(self.fc(x))")],
        [("return self.fc(x)", "return F.relu(self.fc(x))")],
        [("return self.fc(x)", "return torch.relu(self.fc(x))")],
    ),
    _mistake(
        "dropout",
        "Random numbers are drawn in training mode, as for a dropout.",
        "In evaluation mode one sees nothing of it; in training two calls need not give the same.",
        "03 §5", "Call the network twice in training mode: do both calls agree?",
        [("x = self.fc(x)", "x = self.fc(F.dropout(x, 0.5, self.training))")],
        [("return self.fc(x)", "return self.fc(F.dropout(x, 0.5, self.training))")],
        [("        x = x.view(x.size(0), -1)\n",
          "        x = F.dropout(x.view(x.size(0), -1), 0.5, self.training)\n")],
    ),
    _mistake(
        "no-fc",
        "The last layer is never called: the network returns features.",
        "Out come 512 or 2048 numbers for an image, not one score for each class.",
        "07 §5", "What is the shape of the output, and what should it be?",
        [("        x = self.fc(x)\n", "")],
        [("return self.fc(x)", "return x")],
        [("return self.fc(x)", "return x")],
    ),
    _mistake(
        "no-pooling-in-the-head",
        "The grid of the last stage is flattened without being averaged.",
        "fc is built for one number per channel, and gets one per channel and position.",
        "07 §5", "How many numbers does one image have behind layer4, and how many does fc read?",
        [("        x = self.avgpool(x)\n", "")],
        [("x = x.mean((2, 3))", "x = x.flatten(1)")],
        [("        x = self.head_pool(x)\n", "")],
    ),
    _mistake(
        "max-pool-in-the-head",
        "The head takes the maximum over the grid, not the average.",
        "The shapes agree, and every score is another one.",
        "07 §5", "What does the head hand to fc of the 49 numbers of a channel?",
        [("nn.AdaptiveAvgPool2d((1, 1))", "nn.AdaptiveMaxPool2d((1, 1))")],
        [("x.mean((2, 3))", "x.amax((2, 3))")],
        [("nn.AdaptiveAvgPool2d(1)", "nn.AdaptiveMaxPool2d(1)")],
    ),
    _mistake(
        "pool-of-seven",
        "The head averages over windows of 7×7.",
        "That fits where the last grid is 7×7, as for 224 pixels; that of others may be smaller.",
        "07 §6", "What is the side of layer4's grid for an image of 64 pixels?",
        [("nn.AdaptiveAvgPool2d((1, 1))", "nn.AvgPool2d(7)")],
        [("x = x.mean((2, 3))", "x = F.avg_pool2d(x, 7).flatten(1)")],
        [("nn.AdaptiveAvgPool2d(1)", "nn.AvgPool2d(7)")],
    ),
    _mistake(
        "squeeze",
        "The empty axes are removed by squeeze, which takes the batch axis too.",
        "A batch of one image comes out without its first axis.",
        "07 §5", "What is left of the shape (1, 2048, 1, 1) when all axes of length 1 go?",
        [("torch.flatten(x, 1)", "x.squeeze()")],
        [("x.mean((2, 3))", "x.mean((2, 3), keepdim=True).squeeze()")],
        [("x.view(x.size(0), -1)", "torch.squeeze(x)")],
    ),
    _mistake(
        "flattened-with-the-batch",
        "The batch axis is flattened along with the others.",
        "All images of a batch become one long row, which fc cannot read.",
        "07 §5", "From which axis on may the tensor be flattened?",
        [("torch.flatten(x, 1)", "torch.flatten(x)")],
        [("x.mean((2, 3))", "x.mean((2, 3)).flatten()")],
        [("x.view(x.size(0), -1)", "x.view(-1)")],
    ),
    _mistake(
        "not-flattened",
        "The averaged grid goes into fc with its two axes of length 1.",
        "fc reads the last axis, and that has length 1: the channels stand two axes before it.",
        "07 §5", "Which shape goes into fc, and which of its axes has the channels?",
        [("        x = torch.flatten(x, 1)\n", "")],
        [("x.mean((2, 3))", "x.mean((2, 3), keepdim=True)")],
        [("x.view(x.size(0), -1)", "x")],
    ),
    _mistake(
        "stages-swapped",
        "layer2 is not called before layer3.",
        "layer3 is built for the channels that layer2 puts out, and gets others.",
        "07 §4", "How many channels come out of layer1, and which stage is built for them?",
        [("        x = self.layer2(x)\n        x = self.layer3(x)\n",
          "        x = self.layer3(x)\n        x = self.layer2(x)\n")],
        [("        x = self.layer2(x)\n        x = self.layer3(x)\n",
          "        x = self.layer3(x)\n        x = self.layer2(x)\n")],
        [("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer1, self.layer3, self.layer2, self.layer4)")],
    ),
    _mistake(
        "layer1-skipped",
        "layer1 is built and never called.",
        "With basic blocks the channels fit all the same; with bottlenecks layer2 gets 64 where "
        "it was built for 256.",
        "07 §3", "Which stage reads what the pool puts out?",
        [("        x = self.layer1(x)\n", "")],
        [("        x = self.layer1(x)\n", "")],
        [("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer2, self.layer3, self.layer4)")],
    ),
    _mistake(
        "layer3-skipped",
        "layer3 is not called before layer4.",
        "layer4 is built for the channels that layer3 puts out, and gets half as many.",
        "07 §1", "What does layer4 of your network read?",
        [("        x = self.layer3(x)\n", "")],
        [("        x = self.layer3(x)\n", "")],
        [("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer1, self.layer2, self.layer4)")],
    ),
    _mistake(
        "layer4-skipped",
        "layer4 is built and never called.",
        "fc is built for the channels of layer4, and gets half as many.",
        "07 §3", "Which stage hands its output to the head in your forward?",
        [("        x = self.layer4(x)\n", "")],
        [("        x = self.layer4(x)\n", "")],
        [("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer1, self.layer2, self.layer3)")],
    ),
    _mistake(
        "returns-behind-layer1",
        "forward returns what layer1 puts out: no later stage and no head has run.",
        "A `return` ends a function wherever it stands, also in the first round of a loop over the "
        "stages.",
        "07 §1", "Which lines of your forward are never reached?",
        [("        x = self.layer1(x)\n", "        x = self.layer1(x)\n        return x\n")],
        [("        x = self.layer1(x)\n", "        return self.layer1(x)\n")],
        [("            x = units(x)\n", "            x = units(x)\n            return x\n")],
    ),
    _mistake(
        "returns-behind-layer2",
        "forward returns what layer2 puts out: two stages and the head are never called.",
        "All four stages and the head make the scores; what is not called learns nothing.",
        "07 §1", "What does layer3 read in your network?",
        [("        x = self.layer2(x)\n", "        x = self.layer2(x)\n        return x\n")],
        [("        x = self.layer2(x)\n", "        return self.layer2(x)\n")],
        [("        for units in (self.layer1, self.layer2, self.layer3, self.layer4):\n"
          "            x = units(x)\n", "        return self.layer2(self.layer1(x))\n")],
    ),
    _mistake(
        "returns-behind-layer3",
        "forward returns what layer3 puts out: layer4 and the head are never called.",
        "fc reads the average of layer4's map; neither of them takes part here.",
        "07 §1", "What does layer4 read in your network?",
        [("        x = self.layer3(x)\n", "        x = self.layer3(x)\n        return x\n")],
        [("        x = self.layer3(x)\n", "        return self.layer3(x)\n")],
        [("        for units in (self.layer1, self.layer2, self.layer3, self.layer4):\n"
          "            x = units(x)\n",
          "        return self.layer3(self.layer2(self.layer1(x)))\n")],
    ),
    _mistake(
        "head-behind-layer1",
        "The head is called when only layer1 has run.",
        "Head and `return` stand inside the loop over the stages, so its first round is the last. "
        "fc is built for the channels of layer4.",
        "07 §1", "Which of your lines belong behind the loop over the stages?",
        [("        x = self.layer2(x)\n        x = self.layer3(x)\n        x = self.layer4(x)\n",
          "")],
        [("        x = self.layer2(x)\n        x = self.layer3(x)\n        x = self.layer4(x)\n",
          "")],
        [("            x = units(x)\n", "            x = units(x)\n            break\n")],
    ),
    _mistake(
        "returns-behind-layer4",
        "forward returns the map of layer4: the head is built and never called.",
        "Behind the last stage come the average over the grid and fc; without them there are no "
        "scores.",
        "07 §5", "How many axes has the output of your network?",
        [("        x = self.avgpool(x)\n        x = torch.flatten(x, 1)\n        x = self.fc(x)\n",
          "")],
        [("        x = x.mean((2, 3))\n        return self.fc(x)", "        return x")],
        [("        x = self.head_pool(x)\n        x = x.view(x.size(0), -1)\n"
          "        return self.fc(x)", "        return x")],
    ),
    _mistake(
        "layer1-twice",
        "layer1 is called twice.",
        "With basic blocks the shapes still fit, so nothing complains.",
        "07 §1", "Count the calls of each stage in your forward.",
        [("        x = self.layer1(x)\n",
          "        x = self.layer1(x)\n        x = self.layer1(x)\n")],
        [("        x = self.layer1(x)\n",
          "        x = self.layer1(x)\n        x = self.layer1(x)\n")],
        [("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer1, self.layer1, self.layer2, self.layer3, self.layer4)")],
    ),
    *(_mistake(
        f"layer{stage}-twice",
        f"layer{stage} is called twice.",
        f"It is built for the channels of layer{stage - 1}, and the second time it gets its own.",
        "07 §4", f"How often does x pass layer{stage} in your forward?",
        [(f"        x = self.layer{stage}(x)\n", f"        x = self.layer{stage}(x)\n" * 2)],
        [(f"        x = self.layer{stage}(x)\n", f"        x = self.layer{stage}(x)\n" * 2)],
        [("(self.layer1, self.layer2, self.layer3, self.layer4)",
          "(self.layer1, self.layer2, self.layer3, self.layer4)".replace(
              f"self.layer{stage}", f"self.layer{stage}, self.layer{stage}"))],
    ) for stage in (2, 3, 4)),
    _mistake(
        "returns-features-too",
        "forward returns a tuple: scores and features.",
        "A loss, and every tool that takes a network, expects one tensor of scores.",
        "07 §5", "Of which type is what your network returns?",
        [("        x = self.fc(x)\n        return x\n", "        return self.fc(x), x\n")],
        [("return self.fc(x)", "return self.fc(x), x")],
        [("return self.fc(x)", "return self.fc(x), x")],
    ),
    _mistake(
        "forward-without-gradients",
        "forward runs without gradients.",
        "The values are right and nothing can be trained: switching gradients off is the caller's "
        "affair.",
        "03 §2", "Who decides whether gradients are kept, the network or the one who calls it?",
        [("    def forward", "    @torch.no_grad()\n    def forward")],
        [("    def forward", "    @torch.no_grad()\n    def forward")],
        [("    def forward", "    @torch.no_grad()\n    def forward")],
    ),
    _mistake(
        "stem-outside-the-gradient",
        "No gradient reaches the stem: the way back is cut behind it.",
        "The values are right, and the stem and the input never get a gradient.",
        "04 §7", "How does the loss reach conv1 in your network?",
        [("x = self.maxpool(x)", "x = self.maxpool(x).detach()")],
        [("x = F.max_pool2d(x, 3, 2, 1)", "x = F.max_pool2d(x.detach(), 3, 2, 1)")],
        [("x = self.maxpool(x)", "x = self.maxpool(x.data)")],
    ),
)

INITIALIZATION = (
    _mistake(
        "never-drawn",
        "The weights are not drawn: nothing goes through the layers and sets them.",
        "Every layer keeps what its own constructor gave it, and the norms in the blocks what the "
        "blocks gave them.",
        "08 §3", "Which line of your constructor changes the weights of a convolution?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n"
          "                nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", "
          "nonlinearity=\"relu\")\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                nn.init.constant_(m.weight, 1)\n                "
          "nn.init.constant_(m.bias, 0)\n", "")],
        [("        self.apply(draw)\n", "")],
        [("        for m in self.modules():\n            if type(m) is nn.Conv2d:\n"
          "                fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]\n"
          "                m.weight.data.normal_(0, math.sqrt(2.0 / fan))\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                m.weight.data.fill_(1)\n                m.bias.data.zero_()\n", "")],
    ),
    _mistake(
        "nothing-set-at-all",
        "No weight is set: neither are the convolutions drawn nor does zero_init_residual count.",
        "What the prompt says of the weights is still to be done, or what does it is not called.",
        "08 §6", "What happens in your constructor when all the layers are there?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n"
          "                nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", "
          "nonlinearity=\"relu\")\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                nn.init.constant_(m.weight, 1)\n                "
          "nn.init.constant_(m.bias, 0)\n", ""),
         ("        if zero_init_residual:\n", "        if False:\n")],
        [("        self.apply(draw)\n", ""),
         ("        if zero_init_residual:\n", "        if False:\n")],
        [("        for m in self.modules():\n            if type(m) is nn.Conv2d:\n"
          "                fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]\n"
          "                m.weight.data.normal_(0, math.sqrt(2.0 / fan))\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                m.weight.data.fill_(1)\n                m.bias.data.zero_()\n", ""),
         ("        if zero_init_residual:\n", "        if False:\n")],
    ),
    _mistake(
        "initialized-before-the-stages",
        "The weights are drawn before the stages exist.",
        "The loop only sees what has been built by then: the stem.",
        "08 §3", "Which layers are there when your loop over the modules runs?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n"
          "                nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", "
          "nonlinearity=\"relu\")\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                nn.init.constant_(m.weight, 1)\n                "
          "nn.init.constant_(m.bias, 0)\n",
          ""),
         ("        self.relu = nn.ReLU(inplace=True)\n",
          "        self.relu = nn.ReLU(inplace=True)\n"
          "        for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n"
          "                nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", "
          "nonlinearity=\"relu\")\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                nn.init.constant_(m.weight, 1)\n"
          "                nn.init.constant_(m.bias, 0)\n")],
        [("        self.apply(draw)\n", ""),
         ("        self.bn1 = norm(64)\n",
          "        self.bn1 = norm(64)\n        self.apply(draw)\n")],
        [("        for m in self.modules():\n            if type(m) is nn.Conv2d:\n"
          "                fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]\n"
          "                m.weight.data.normal_(0, math.sqrt(2.0 / fan))\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                m.weight.data.fill_(1)\n                m.bias.data.zero_()\n", ""),
         ("        cin, spread = 64, 1\n",
          "        for m in self.modules():\n            if type(m) is nn.Conv2d:\n"
          "                fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]\n"
          "                m.weight.data.normal_(0, math.sqrt(2.0 / fan))\n"
          "            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                m.weight.data.fill_(1)\n                m.bias.data.zero_()\n"
          "        cin, spread = 64, 1\n")],
    ),
    _mistake(
        "initialized-children-only",
        "The weights are drawn in the network's direct children only.",
        "The blocks lie deeper, inside the stages, and keep what they had.",
        "08 §3", "Is the first convolution of layer1.0 a child of the network?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d)",
          "        for m in self.children():\n            if isinstance(m, nn.Conv2d)")],
        [("        self.apply(draw)\n", "        for child in self.children():\n"
          "            draw(child)\n")],
        [("for m in self.modules():", "for m in self.children():")],
    ),
    _mistake(
        "children-in-both-loops",
        "Both loops over the layers go through the network's direct children only.",
        "Neither the drawing nor zero_init_residual reaches a block: those lie inside the stages.",
        "08 §3", "What is the difference between children() and modules()?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d)",
          "        for m in self.children():\n            if isinstance(m, nn.Conv2d)"),
         ("            for m in self.modules():\n                if isinstance(m, Bottleneck)",
          "            for m in self.children():\n                if isinstance(m, Bottleneck)")],
        [("        self.apply(draw)\n", "        for child in self.children():\n"
          "            draw(child)\n"),
         ("            self.apply(silence)\n", "            for child in self.children():\n"
          "                silence(child)\n")],
        [("for m in self.modules():", "for m in self.children():"),
         ("            for unit in self.blocks():\n",
          "            for unit in self.children():\n"
          "                if not hasattr(unit, 'bn2'):\n                    continue\n")],
    ),
    _mistake(
        "initialized-a-copy",
        "The weights are drawn in a copy of the network.",
        "The copy is thrown away, and the network keeps the weights it was made with.",
        "08 §6", "Does your loop change the tensors of self, or others with the same values?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d)",
          "        import copy\n        for m in copy.deepcopy(self).modules():\n"
          "            if isinstance(m, nn.Conv2d)")],
        [("        self.apply(draw)\n",
          "        import copy\n        copy.deepcopy(self).apply(draw)\n")],
        [("for m in self.modules():", "for m in __import__('copy').deepcopy(self).modules():")],
    ),
    _mistake(
        "fan-in",
        "The weights are drawn for the fan-in, not for the fan-out.",
        "Where a layer widens, its weights come out too large by the root of that factor.",
        "08 §2", "Which fan does your rule divide by when a layer goes from 64 to 256 channels?",
        [("mode=\"fan_out\"", "mode=\"fan_in\"")],
        [("(module.weight, 0, \"fan_out\")", "(module.weight)")],
        [("m.weight.shape[0] * m", "m.weight.shape[1] * m")],
    ),
    _mistake(
        "fan-in-of-all-groups",
        "The weights are drawn for all channels that come in, not for those that go out.",
        "Where a layer has more outputs than inputs its weights come out too large. `in_channels` "
        "counts what comes into all groups together.",
        "08 §2", "A layer goes from 64 to 256 channels. By which of the two does your rule divide?",
        [('nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")',
          "n = m.kernel_size[0] * m.kernel_size[1] * m.in_channels\n"
          "                m.weight.data.normal_(0, math.sqrt(2. / n))")],
        [('nn.init.kaiming_normal_(module.weight, 0, "fan_out")',
          "height, width = module.kernel_size\n"
          "        nn.init.normal_(module.weight, std=(2 / (module.in_channels * height * width)) "
          "** 0.5)")],
        [("m.weight.shape[0] * m.weight.shape[2]",
          "m.groups * m.weight.shape[1] * m.weight.shape[2]")],
    ),
    _mistake(
        "fan-out-of-one-group",
        "The spread of a grouped convolution's weights is computed from the outputs of one group.",
        "torch's rule takes all outputs of the weight's tensor, in groups or not.",
        "08 §3", "For 32 groups, by what factor do your weights differ from torch's?",
        [('nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")',
          "fan = len(m.weight) // m.groups * m.weight[0, 0].numel()\n"
          "                m.weight.data.normal_(0, math.sqrt(2 / fan))")],
        [('nn.init.kaiming_normal_(module.weight, 0, "fan_out")',
          "height, width = module.kernel_size\n"
          "        outputs = module.weight.shape[0] // module.groups\n"
          "        nn.init.normal_(module.weight, std=(2 / (outputs * height * width)) ** 0.5)")],
        [("m.weight.shape[0] * m.weight.shape[2]",
          "m.weight.shape[0] // m.groups * m.weight.shape[2]")],
    ),
    _mistake(
        "uniform",
        "The weights are drawn from a uniform distribution, not from a normal one.",
        "The spread is right, and the tails are missing.",
        "08 §1", "What does a histogram of conv1's weights look like: a bell or a box?",
        [("nn.init.kaiming_normal_(", "nn.init.kaiming_uniform_(")],
        [("nn.init.kaiming_normal_(", "nn.init.kaiming_uniform_(")],
        [("m.weight.data.normal_(0, math.sqrt(2.0 / fan))",
          "m.weight.data.uniform_(-math.sqrt(6.0 / fan), math.sqrt(6.0 / fan))")],
    ),
    _mistake(
        "xavier",
        "The weights are drawn by Xavier's rule.",
        "It takes the mean of both fans and does not make up for the half that a ReLU cuts off.",
        "08 §1", "Which factor makes up for the ReLU in He's rule?",
        [("kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "xavier_normal_(m.weight)")],
        [("kaiming_normal_(module.weight, 0, \"fan_out\")", "xavier_normal_(module.weight)")],
        [("fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]",
          "fan = (m.weight.shape[0] + m.weight.shape[1]) * m.weight[0, 0].numel()")],
    ),
    _mistake(
        "xavier-uniform",
        "The weights are drawn by Xavier's rule, and from a uniform distribution.",
        "Neither is asked for: the rule leaves out what a ReLU cuts off, and the tails of a normal "
        "distribution are missing.",
        "08 §1", "In which two things do `xavier_uniform_` and `kaiming_normal_` differ?",
        [("kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "xavier_uniform_(m.weight)")],
        [("kaiming_normal_(module.weight, 0, \"fan_out\")", "xavier_uniform_(module.weight)")],
        [("fan = m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]",
          "fan = (m.weight.shape[0] + m.weight.shape[1]) * m.weight[0, 0].numel()"),
         ("m.weight.data.normal_(0, math.sqrt(2.0 / fan))",
          "m.weight.data.uniform_(-math.sqrt(6.0 / fan), math.sqrt(6.0 / fan))")],
    ),
    _mistake(
        "uniform-fan-in",
        "The weights are drawn from a uniform distribution, and for the fan-in.",
        "Asked for is a normal distribution, and the fan-out. What a function of `nn.init` is not "
        "told, it takes from its defaults.",
        "08 §2", "Which distribution and which fan does your call of `nn.init` choose by itself?",
        [("kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "kaiming_uniform_(m.weight)")],
        [("kaiming_normal_(module.weight, 0, \"fan_out\")",
          "kaiming_uniform_(module.weight, nonlinearity=\"relu\")")],
        [("m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]",
          "m.weight[0].numel()"),
         ("m.weight.data.normal_(0, math.sqrt(2.0 / fan))",
          "m.weight.data.uniform_(-math.sqrt(6.0 / fan), math.sqrt(6.0 / fan))")],
    ),
    _mistake(
        "orthogonal",
        "The weights begin orthogonal to each other, as `orthogonal_` makes them.",
        "Their spread then follows from the larger side of the weight, and nothing makes up for "
        "the half that a ReLU cuts off.",
        "08 §1", "Which function of `nn.init` do you call, and which one does the exercise name?",
        [("kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "orthogonal_(m.weight)")],
        [("kaiming_normal_(module.weight, 0, \"fan_out\")", "orthogonal_(module.weight)")],
        [("m.weight.data.normal_(0, math.sqrt(2.0 / fan))",
          "rows, fan = len(m.weight), m.weight[0].numel()\n"
          "                square = torch.randn(max(rows, fan), min(rows, fan))\n"
          "                square = torch.linalg.qr(square)[0]\n"
          "                square = square if rows >= fan else square.T\n"
          "                m.weight.data.copy_(square.reshape(m.weight.shape))")],
    ),
    _mistake(
        "variance-for-deviation",
        "The variance is used where the deviation is asked for: the root is missing.",
        "The weights come out much too small, most of all in wide layers.",
        "08 §3", "Is the number that `normal_` takes for its spread a variance?",
        [("nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "nn.init.normal_(m.weight, 0, 2 / (m.out_channels * m.weight[0, 0].numel()))")],
        [("nn.init.kaiming_normal_(module.weight, 0, \"fan_out\")",
          "nn.init.normal_(module.weight, 0, 2 / (len(module.weight) * module.weight[0, "
          "0].numel()))")],
        [("math.sqrt(2.0 / fan)", "2.0 / fan")],
    ),
    _mistake(
        "gain-missing",
        "The weights are drawn with the variance 1 / fan-out: the factor for the ReLU is missing.",
        "A ReLU takes away half of the mean square, and nothing makes up for it.",
        "08 §1", "By which factor does a ReLU make the mean square of a symmetric signal smaller?",
        [("nonlinearity=\"relu\"", "nonlinearity=\"linear\"")],
        [("(module.weight, 0, \"fan_out\")", "(module.weight, 0, \"fan_out\", \"linear\")")],
        [("math.sqrt(2.0 / fan)", "math.sqrt(1.0 / fan)")],
    ),
    _mistake(
        "small-normal",
        "All convolutions are drawn with one and the same deviation, whatever their size.",
        "How large a weight should be depends on the size and the channels of its layer.",
        "08 §1", "Should the weights of a 1×1 and of a 7×7 convolution be of one size?",
        [("kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "normal_(m.weight, 0, 0.01)")],
        [("kaiming_normal_(module.weight, 0, \"fan_out\")", "normal_(module.weight, std=0.01)")],
        [("math.sqrt(2.0 / fan)", "0.01")],
    ),
    _mistake(
        "constant-weights",
        "All weights of a convolution begin at one constant.",
        "All its channels compute the same, get the same gradient and stay the same.",
        "08 §1", "What makes two channels of one layer learn different things?",
        [("kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")",
          "constant_(m.weight, 0.01)")],
        [("kaiming_normal_(module.weight, 0, \"fan_out\")", "constant_(module.weight, 0.01)")],
        [("normal_(0, math.sqrt(2.0 / fan))", "fill_(0.01)")],
    ),
    _mistake(
        "convolutions-not-drawn",
        "The convolutions in the stages keep the weights that nn.Conv2d draws by itself.",
        "Those are uniform, and of another spread than He's rule asks for.",
        "08 §3", "What is the deviation of layer4.0.conv1's weights, and what does the rule say?",
        [("nn.init.kaiming_normal_(m.weight, mode=\"fan_out\", nonlinearity=\"relu\")", "pass")],
        [("nn.init.kaiming_normal_(module.weight, 0, \"fan_out\")", "pass")],
        [("                m.weight.data.normal_(0, math.sqrt(2.0 / fan))\n", "")],
    ),
    _mistake(
        "norms-not-reset",
        "Norms keep whatever they held before.",
        "What a block has put into its norms stays there; the network begins with weight 1 and "
        "bias 0.",
        "08 §3", "Which kinds of modules does your loop treat, besides the convolutions?",
        [("            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                nn.init.constant_(m.weight, 1)\n                "
          "nn.init.constant_(m.bias, 0)\n",
          "")],
        [("    if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "        nn.init.ones_(module.weight)\n        nn.init.zeros_(module.bias)\n", "")],
        [("            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                m.weight.data.fill_(1)\n                m.bias.data.zero_()\n", "")],
    ),
    _mistake(
        "norm-bias-not-reset",
        "The weight of each norm is set, its bias is not.",
        "What a block has put into the bias of its norms stays there; it is to begin at 0.",
        "08 §3", "How many tensors that learn has a norm, and which of them does your loop set?",
        [("                nn.init.constant_(m.weight, 1)\n                "
          "nn.init.constant_(m.bias, 0)\n", "                nn.init.constant_(m.weight, 1)\n")],
        [("        nn.init.zeros_(module.bias)\n", "")],
        [("                m.bias.data.zero_()\n", "")],
    ),
    _mistake(
        "seed-in-the-constructor",
        "The constructor sets the seed of the random numbers.",
        "Every network then begins with the same weights, and all that draws later is changed too.",
        "08 §6", "Build two networks, one after the other. Are their weights alike?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d)",
          "        torch.manual_seed(0)\n"
          "        for m in self.modules():\n            if isinstance(m, nn.Conv2d)")],
        [("        self.apply(draw)\n",
          "        torch.manual_seed(0)\n        self.apply(draw)\n")],
        [("        for m in self.modules():\n            if type(m)",
          "        torch.manual_seed(0)\n"
          "        for m in self.modules():\n            if type(m)")],
    ),
    _mistake(
        "group-norm-not-reset",
        "Only BatchNorm2d is set to weight 1 and bias 0, GroupNorm is not.",
        "With another norm_layer the norms keep what they held before.",
        "03 §5", "Which class has the norms of a network built with GroupNorm?",
        [("(nn.BatchNorm2d, nn.GroupNorm)", "nn.BatchNorm2d")],
        [("(nn.BatchNorm2d, nn.GroupNorm)", "nn.BatchNorm2d")],
        [("(nn.BatchNorm2d, nn.GroupNorm)", "nn.BatchNorm2d")],
    ),
    _mistake(
        "norms-found-by-norm-layer",
        "isinstance is asked about norm_layer, which may be a function that makes norms.",
        "It compares with classes only. A caller may hand in whatever makes a norm when it is "
        "called with a number of channels.",
        "03 §5", "Of which classes are the norms that the exercise names, whoever makes them?",
        [("isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))", "isinstance(m, norm_layer)")],
        [("        self.apply(draw)\n",
          "        self.apply(draw)\n        for m in self.modules():\n"
          "            if isinstance(m, norm):\n                nn.init.ones_(m.weight)\n")],
        [("isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))", "isinstance(m, (norm, nn.GroupNorm))")],
    ),
    _mistake(
        "norms-at-zero",
        "The weight of every norm is set to 0, and no signal gets through.",
        "Weight 1 and bias 0 leave a normalised signal as it is; two zeros leave nothing.",
        "08 §4", "What does a norm with weight 0 and bias 0 put out?",
        [("nn.init.constant_(m.weight, 1)", "nn.init.zeros_(m.weight)")],
        [("nn.init.ones_(module.weight)", "nn.init.constant_(module.weight, 0)")],
        [("m.weight.data.fill_(1)", "m.weight.data.fill_(0)")],
    ),
    _mistake(
        "fc-drawn-too",
        "The last layer is not left as nn.Linear makes it.",
        "torchvision leaves fc as nn.Linear makes it: uniform, within one over the root of its "
        "inputs.",
        "08 §3", "Which layers does torchvision's loop leave alone?",
        [("        if zero_init_residual:\n", "        nn.init.normal_(self.fc.weight, 0, 0.01)\n"
          "        nn.init.zeros_(self.fc.bias)\n        if zero_init_residual:\n")],
        [("        self.apply(draw)\n", "        self.apply(draw)\n"
          "        nn.init.normal_(self.fc.weight, std=0.01)\n"
          "        nn.init.zeros_(self.fc.bias)\n")],
        [("        if zero_init_residual:\n", "        self.fc.weight.data.normal_(0, 0.01)\n"
          "        self.fc.bias.data.zero_()\n        if zero_init_residual:\n")],
    ),
    _mistake(
        "fc-drawn-by-the-same-rule",
        "The last layer is drawn by the convolutions' rule too.",
        "No ReLU stands behind the scores; torchvision leaves fc as nn.Linear makes it.",
        "08 §3", "Which kinds of layers does your condition name, and which should it?",
        [("            if isinstance(m, nn.Conv2d):\n                nn.init",
          "            if isinstance(m, (nn.Conv2d, nn.Linear)):\n                nn.init")],
        [("    if isinstance(module, nn.Conv2d):\n",
          "    if isinstance(module, (nn.Conv2d, nn.Linear)):\n")],
        [("if type(m) is nn.Conv2d:", "if type(m) in (nn.Conv2d, nn.Linear):"),
         ("m.weight.shape[0] * m.weight.shape[2] * m.weight.shape[3]",
          "len(m.weight) * m.weight[0, 0].numel()")],
    ),
    _mistake(
        "zero-init-never",
        "With zero_init_residual no block's last norm begins at 0.",
        "The blocks should begin as the identity, and begin as any other block.",
        "08 §4", "What is the weight of a block's last norm in a network built with the flag?",
        [("        if zero_init_residual:\n", "        if False:\n")],
        [("        if zero_init_residual:\n", "        if False:\n")],
        [("        if zero_init_residual:\n", "        if False:\n")],
    ),
    _mistake(
        "zero-init-of-the-bias",
        "zero_init_residual sets the bias of the last norm to 0, not its weight.",
        "The bias is 0 anyway; it is the weight that lets the branch through.",
        "08 §4", "Which of a norm's two tensors is multiplied with the signal?",
        [("m.bn3.weight, 0", "m.bn3.bias, 0"), ("m.bn2.weight, 0", "m.bn2.bias, 0")],
        [("module.bn3.weight", "module.bn3.bias"), ("module.bn2.weight", "module.bn2.bias")],
        [("last.weight", "last.bias")],
    ),
    _mistake(
        "zero-init-overwritten",
        "The zeros of zero_init_residual are set before all norms are set to 1.",
        "The second loop undoes the first.",
        "08 §4", "Which of your two loops over the modules has the last word?",
        [("        for m in self.modules():\n            if isinstance(m, nn.Conv2d)",
          "        if zero_init_residual:\n            for m in self.modules():\n"
          "                if hasattr(m, 'bn2'):\n"
          "                    nn.init.zeros_(getattr(m, 'bn3', m.bn2).weight)\n"
          "        for m in self.modules():\n            if isinstance(m, nn.Conv2d)"),
         ("                nn.init.constant_(m.bias, 0)\n        if zero_init_residual:\n",
          "                nn.init.constant_(m.bias, 0)\n        if False:\n")],
        [("        self.apply(draw)\n        if zero_init_residual:\n"
          "            self.apply(silence)\n",
          "        if zero_init_residual:\n            self.apply(silence)\n"
          "        self.apply(draw)\n")],
        [("        for m in self.modules():\n",
          "        if zero_init_residual:\n            for unit in self.blocks():\n"
          "                getattr(unit, 'bn3', unit.bn2).weight.data.zero_()\n"
          "        for m in self.modules():\n"),
         ("                m.bias.data.zero_()\n        if zero_init_residual:\n",
          "                m.bias.data.zero_()\n        if False:\n")],
    ),
    _mistake(
        "zero-init-always",
        "The last norms are set to 0 whether zero_init_residual asks for it or not.",
        "By default the blocks begin with weight 1, as existing code expects.",
        "08 §4", "What is the default of zero_init_residual?",
        [("        if zero_init_residual:\n", "        if True:\n")],
        [("        if zero_init_residual:\n", "        if True:\n")],
        [("        if zero_init_residual:\n", "        if True:\n")],
    ),
    _mistake(
        "zero-init-the-wrong-way-round",
        "The last norms are set to 0 where zero_init_residual is False, and not where it is True.",
        "The flag asks for the zeros. Whoever leaves it out wants blocks that begin with weight 1.",
        "08 §4", "For which value of the flag does your condition hold?",
        [("        if zero_init_residual:\n", "        if not zero_init_residual:\n")],
        [("        if zero_init_residual:\n", "        if not zero_init_residual:\n")],
        [("        if zero_init_residual:\n", "        if zero_init_residual is False:\n")],
    ),
    _mistake(
        "zero-init-of-bn2-everywhere",
        "zero_init_residual sets bn2 to 0 in every block that has one.",
        "A Bottleneck has a bn2 too, but it is not its last norm.",
        "08 §4", "Which is the last norm of a Bottleneck's branch?",
        [("                if isinstance(m, Bottleneck):\n"
          "                    nn.init.constant_(m.bn3.weight, 0)\n"
          "                elif isinstance(m, BasicBlock):\n",
          "                if hasattr(m, 'bn2'):\n")],
        [("    if hasattr(module, \"bn3\"):\n        nn.init.zeros_(module.bn3.weight)\n"
          "    elif hasattr", "    if hasattr")],
        [("unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2", "unit.bn2")],
    ),
    _mistake(
        "zero-init-of-the-first-norm",
        "zero_init_residual sets the first norm of each block to 0, not the last.",
        "bn1 then puts out zeros and the ReLU behind it hands no gradient back at 0; the next "
        "convolution reads zeros only. Of the branch nothing learns but the last norm's bias.",
        "08 §4", "Through which layers must a gradient go to reach the norm that you set to 0?",
        [("m.bn3.weight, 0", "m.bn1.weight, 0"), ("m.bn2.weight, 0", "m.bn1.weight, 0")],
        [("module.bn3.weight", "module.bn1.weight"), ("module.bn2.weight", "module.bn1.weight")],
        [("last.weight.data.zero_()", "unit.bn1.weight.data.zero_()")],
    ),
    _mistake(
        "zero-init-of-every-norm",
        "zero_init_residual sets every norm of the network to 0, not only the last of each block.",
        "Then nothing at all gets through, neither a signal nor a gradient.",
        "08 §4", "Which norms may be silent so that a block still hands on its input?",
        [("                if isinstance(m, Bottleneck):\n"
          "                    nn.init.constant_(m.bn3.weight, 0)\n"
          "                elif isinstance(m, BasicBlock):\n"
          "                    nn.init.constant_(m.bn2.weight, 0)\n",
          "                if isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):\n"
          "                    nn.init.zeros_(m.weight)\n")],
        [("    if hasattr(module, \"bn3\"):\n        nn.init.zeros_(module.bn3.weight)\n"
          "    elif hasattr(module, \"bn2\"):\n        nn.init.zeros_(module.bn2.weight)\n",
          "    if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):\n"
          "        nn.init.zeros_(module.weight)\n")],
        [("            for unit in self.blocks():\n"
          "                last = unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2\n",
          "            for last in self.modules():\n"
          "                if not isinstance(last, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):\n"
          "                    continue\n")],
    ),
    _mistake(
        "zero-init-of-bottlenecks-only",
        "zero_init_residual leaves the last norm of basic blocks as it is.",
        "A BasicBlock ends in bn2, and asks for its zero as well.",
        "08 §4", "Which norm is the last one of a BasicBlock?",
        [("                elif isinstance(m, BasicBlock):\n"
          "                    nn.init.constant_(m.bn2.weight, 0)\n", "")],
        [("    elif hasattr(module, \"bn2\"):\n        nn.init.zeros_(module.bn2.weight)\n", "")],
        [("            for unit in self.blocks():\n"
          "                last = unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2\n",
          "            for last in [u.bn3 for u in self.blocks() if hasattr(u, 'bn3')]:\n")],
    ),
    _mistake(
        "zero-init-of-basic-blocks-only",
        "zero_init_residual leaves the last norm of bottlenecks as it is.",
        "A Bottleneck ends in bn3, behind its last 1×1: that norm is to begin at 0, too.",
        "08 §4", "What holds layer1.0.bn3.weight in a network of bottlenecks with the flag?",
        [("                if isinstance(m, Bottleneck):\n"
          "                    nn.init.constant_(m.bn3.weight, 0)\n"
          "                elif isinstance", "                if isinstance")],
        [("    if hasattr(module, \"bn3\"):\n        nn.init.zeros_(module.bn3.weight)\n"
          "    elif hasattr(module, \"bn2\"):",
          "    if hasattr(module, \"bn2\") and not hasattr(module, \"bn3\"):")],
        [("            for unit in self.blocks():\n"
          "                last = unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2\n",
          "            for last in [u.bn2 for u in self.blocks() if not hasattr(u, 'bn3')]:\n")],
    ),
    _mistake(
        "zero-init-of-bn3-everywhere",
        "zero_init_residual asks a BasicBlock for a bn3, and it has none.",
        "A BasicBlock has two convolutions and two norms.",
        "08 §4", "By what name does each of the two kinds of blocks call its last norm?",
        [("                if isinstance(m, Bottleneck):\n"
          "                    nn.init.constant_(m.bn3.weight, 0)\n"
          "                elif isinstance(m, BasicBlock):\n"
          "                    nn.init.constant_(m.bn2.weight, 0)\n",
          "                if isinstance(m, (BasicBlock, Bottleneck)):\n"
          "                    nn.init.constant_(m.bn3.weight, 0)\n")],
        [("    if hasattr(module, \"bn3\"):\n        nn.init.zeros_(module.bn3.weight)\n"
          "    elif hasattr(module, \"bn2\"):\n        nn.init.zeros_(module.bn2.weight)\n",
          "    if hasattr(module, \"bn2\"):\n        nn.init.zeros_(module.bn3.weight)\n")],
        [("unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2", "unit.bn3")],
    ),
    *(_mistake(
        f"zero-init-of-{which}-blocks",
        f"zero_init_residual reaches only the {which} block of each stage.",
        f"Every block begins as the identity, {others} ones too: each has a last norm.",
        "08 §4", f"Does your loop come to {missed}?",
        [("            for m in self.modules():\n                if isinstance(m, Bottleneck)",
          f"            for m in {EACH.format(place)}:\n"
          "                if isinstance(m, Bottleneck)")],
        [("            self.apply(silence)\n",
          f"            for m in {EACH.format(place)}:\n                silence(m)\n")],
        [("return [*self.layer1, *self.layer2, *self.layer3, *self.layer4]",
          f"return {EACH.format(place)}")],
    ) for which, place, others, missed in (
        ("first", 0, "the later", "the second block of layer2"),
        ("last", -1, "the earlier", "the first block of a stage of two"),
    )),
    _mistake(
        "zero-init-by-assignment",
        "With zero_init_residual a number is put where a norm keeps its weight.",
        "The weight of a norm is a parameter of many numbers; to set it, its values are changed.",
        "08 §4", "Which function of `nn.init` writes one number into all places of a tensor?",
        [("nn.init.constant_(m.bn3.weight, 0)", "m.bn3.weight = 0"),
         ("nn.init.constant_(m.bn2.weight, 0)", "m.bn2.weight = 0")],
        [("nn.init.zeros_(module.bn3.weight)", "module.bn3.weight = 0.0"),
         ("nn.init.zeros_(module.bn2.weight)", "module.bn2.weight = 0.0")],
        [("last.weight.data.zero_()", "last.weight = 0")],
    ),
    _mistake(
        "zero-init-of-the-convolution",
        "zero_init_residual sets the last convolution of each block to 0, not the last norm.",
        "A norm divides by the spread of what it gets: of zeros it makes zeros, and a large "
        "gradient.",
        "08 §4", "Which layer of the branch has one number per channel that scales it?",
        [("m.bn3.weight, 0", "m.conv3.weight, 0"), ("m.bn2.weight, 0", "m.conv2.weight, 0")],
        [("module.bn3.weight", "module.conv3.weight"),
         ("module.bn2.weight", "module.conv2.weight")],
        [("unit.bn3 if isinstance(unit, Bottleneck) else unit.bn2",
          "unit.conv3 if isinstance(unit, Bottleneck) else unit.conv2")],
    ),
)
# The first case of the plan that shows a mistake, where that is not the first of all.
LATER_FLAGS = ("flags-unchecked", "flag-of-layer2-unused", "layer4-dilated-with-layer3",
               "dilation-capped")  # fmt: skip
SHOWN = {
    0: ("seed-in-the-constructor",),
    1: ("inplanes-without-expansion", "projection-by-stride-only",
        "projection-compared-with-planes", "one-block-many-times",
        "projection-strides-always", "projection-without-expansion", "planes-times-expansion",
        "fc-without-expansion", "classes-default"),
    2: ("width-missing-in-later-blocks", "width-missing-in-first-blocks", "flags-popped",
        "only-groups-missing-in-later-blocks", "arguments-missing", "norms-found-by-norm-layer",
        "projection-ignores-norm-layer", "groups-missing-in-first-block",
        "groups-missing-in-later-blocks", "groups-nowhere", "width-not-passed",
        "norm-layer-not-for-blocks", "norm-layer-not-for-the-stem", "norm-layer-ignored",
        "norm-layer-not-for-the-first-blocks", "norm-layer-not-for-the-later-blocks",
        "groups-not-passed", "projection-grouped", "norm-layer-with-a-setting",
        *(m.id for m in DILATION if m.id not in LATER_FLAGS)),
    3: ("flag-of-layer2-unused", "flags-as-a-tuple-refused"),
    4: ("flags-unchecked",),
    6: ("empty-flags-accepted",),
    10: ("norm-layer-none-refused", "flags-none-refused",
        "zero-init-never", "zero-init-of-the-bias", "zero-init-overwritten",
        "zero-init-of-the-first-norm", "zero-init-of-every-norm", "zero-init-of-bottlenecks-only",
        "zero-init-of-the-convolution", "zero-init-of-bn3-everywhere", "zero-init-by-assignment"),
    11: ("zero-init-of-first-blocks", "zero-init-of-last-blocks", "group-norm-not-reset",
         "zero-init-of-basic-blocks-only",
         "zero-init-of-bn2-everywhere"),
    12: ("layer4-dilated-with-layer3",),
    14: ("expansion-by-the-kind-of-block", "dilation-capped"),
}  # fmt: skip
FIRST = {name: case for case, names in SHOWN.items() for name in names}
MISTAKES = tuple(
    replace(m, case=FIRST.get(m.id, 9 if m in INITIALIZATION else 0))
    for m in (*STEM, *STAGES, *DILATION, *CONSTRUCTION, *FORWARD, *INITIALIZATION)
)


def plan(rng: random.Random) -> Plan:
    """Both kinds of blocks, all options, what must be refused, and the weights before training."""
    h, w, classes = rng.choice([34, 37, 40]), rng.choice([33, 35, 39]), rng.choice([5, 6, 7])
    basic, bottleneck, third = ({"$": "block", "expansion": factor} for factor in (1, 4, 2))
    few, more = rng.choice([  # no two stages have the same numbers in both
        ([1, 2, 1, 2], [2, 3, 1, 1]), ([1, 2, 1, 2], [1, 1, 2, 3]), ([1, 1, 2, 2], [2, 1, 3, 1]),
        ([1, 2, 2, 1], [2, 3, 1, 1]), ([1, 2, 2, 1], [1, 3, 1, 2]),
    ])  # fmt: skip
    group = {"$": "norm", "kind": "group"}
    two = [False, True, True]
    bare = {"$": "norm", "kind": "bare"}
    options: dict[str, Any] = {"num_classes": 1, "groups": 2, "width_per_group": 32}
    named = {"block": basic, "layers": [1, 1, 1, 1], "num_classes": 10, "zero_init_residual": True,
             "groups": 1, "width_per_group": 64, "replace_stride_with_dilation": None,
             "norm_layer": None}  # fmt: skip
    base: dict[str, Any] = {"thin": True}
    b, c, own = "BasicBlock", "Bottleneck", "with blocks of the checker's"
    thin = "with a sixteenth of all channels (4 stand for 64) and blocks of the checker's"
    return {
        "kind": "module",
        "cases": [
            {**base, "args": [basic, few, classes], "names": True, "input": [2, 3, h, w],
             "single": True, "exchange": True,
             "words": f"ResNet({b}, {few}, {classes}) {thin}, on (2, 3, {h}, {w})"},
            {**base, "args": [bottleneck, more], "names": True, "input": [2, 3, w, h], "scale": 10,
             "words": f"ResNet({c}, {more}) {thin}, on (2, 3, {w}, {h})"},
            {**base, "args": [bottleneck, [1, 2, 2, 2]], "input": [2, 3, h, h],
             "kwargs": {**options, "norm_layer": bare, "replace_stride_with_dilation": two},
             "words": f"ResNet({c}, [1, 2, 2, 2], 1, groups=2, width_per_group=32, "
             f"replace_stride_with_dilation={two}, norm_layer=GroupNorm) {thin}, "
             f"on (2, 3, {h}, {h})"},
            {**base, "args": [bottleneck, [1, 2, 2, 2]],
             "kwargs": {"replace_stride_with_dilation": {"$": "tuple", "of": [True, False, True]}},
             "words": f"ResNet({c}, [1, 2, 2, 2], "
             "replace_stride_with_dilation=(True, False, True))"},
            *({**base, "args": [bottleneck, [1, 1, 1, 1]], "refuses": True,
               "kwargs": {"replace_stride_with_dilation": flags},
               "words": f"ResNet({c}, [1, 1, 1, 1], replace_stride_with_dilation={flags})"}
              for flags in ([False] * 4, [False, True], [], [True, False, True, False],
                            [False] * 5)),
            {"args": [basic, [1, 1, 1, 1], 10], "initialization": True,
             "words": f"ResNet({b}, [1, 1, 1, 1], 10) {own}"},
            {"kwargs": named, "initialization": True,
             "words": f"ResNet(block={b}, layers=[1, 1, 1, 1], num_classes=10, "
             "zero_init_residual=True, groups=1, width_per_group=64, "
             f"replace_stride_with_dilation=None, norm_layer=None) {own}"},
            {**base, "args": [bottleneck, [1, 2, 1, 1], 10, True, 4, 16, None, group],
             "initialization": True,
             "words": f"ResNet({c}, [1, 2, 1, 1], 10, True, 4, 16, None, GroupNorm) {own}"},
            *({**base, "args": [bottleneck, [1, 1, 2, 2]], "glance": True,
               "kwargs": {"replace_stride_with_dilation": flags},
               "words": f"ResNet({c}, [1, 1, 2, 2], replace_stride_with_dilation={flags})"}
              for flags in ([False, True, False], [True, False, False])),
            {**base, "args": [third, [1, 1, 1, 2]], "glance": True,
             "kwargs": {"replace_stride_with_dilation": [True] * 3},
             "words": "ResNet(Twofold, [1, 1, 1, 2], replace_stride_with_dilation="
             f"{[True] * 3}), where Twofold is a block with the expansion 2"},
        ],
    }  # fmt: skip


EXERCISE = Exercise(
    name="ResNet",
    part="network",
    section="07 §8",
    points=5,
    signature="ResNet(block, layers, num_classes=1000, zero_init_residual=False, groups=1, "
    "width_per_group=64, replace_stride_with_dilation=None, norm_layer=None)",
    prompt="""Write the network: the stem, four stages of blocks, the head. `block` is a class with
an attribute `expansion`, called as `block(inplanes, planes, stride, downsample, groups, base_width,
dilation, norm_layer)`; `layers` are the numbers of blocks of the four stages. All arguments mean
what they mean in torchvision, and a checkpoint of torchvision must load: the names in the
state_dict are `conv1`, `bn1`, `layer1` to `layer4`, `fc`, and `downsample.0` and `downsample.1` in
the first block of a stage that needs them. Their order is free, and so are the names of what has no
weights. `replace_stride_with_dilation` has three flags; refuse any other number of them, an empty
list too, with an exception. Draw the convolutions' weights by the rule of torch's `kaiming_normal_`
for fan-out and ReLU (it takes no notice of groups), set every BatchNorm2d and GroupNorm to weight 1
and bias 0, those in the blocks too, whatever they held before, and leave `fc` as it is made.
`zero_init_residual` then sets the weight of the last norm of each block to 0 (`bn2` of a
`BasicBlock`, `bn3` of a `Bottleneck`; both classes are given). Write it with torch and these two
alone. Two things are explained later: the drawing of the weights in chapter 08, what the flags are
for in chapter 11.""",
    starter='''
class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1,
                 width_per_group=64, replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        # your stem, stages and head

    def forward(self, x):
        return None  # your calls
''',
    plan=plan,
    styles=STYLES,
    mistakes=MISTAKES,
    idle=("builds", "side effects", "again", "refuses"),
    given=("BasicBlock", "Bottleneck"),
    alike=(
        ("dilation-nowhere", "stride-dropped-before-use"),
        ("zero-init-never", "zero-init-of-the-bias", "zero-init-overwritten"),
    ),
    why_alike="They differ in what the constructor tries, not in the network that it leaves "
              "behind.",
)
