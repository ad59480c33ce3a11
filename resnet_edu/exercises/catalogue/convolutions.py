"""The exercises ``conv3x3`` and ``conv1x1``: correct answers and the mistakes made in them."""

from __future__ import annotations

import random

from ..tasks import Exercise, Mistake, Plan

THREE_PLAIN = '''
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride,
                     padding=dilation, groups=groups, bias=False, dilation=dilation)
'''

THREE_POSITIONS = '''
def conv3x3(in_planes: int, out_planes: int, stride: int = 1, groups: int = 1,
            dilation: int = 1) -> nn.Module:
    layer = nn.Conv2d(in_planes, out_planes, (3, 3), stride, dilation, dilation, groups, False)
    return layer
'''

THREE_PARAMETER = '''
class Three(nn.Module):
    def __init__(self, cin, cout, step, bands, spread):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(cout, cin // bands, 3, 3))
        self.bias = None
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")
        self.step, self.around, self.spread, self.bands = step, spread, spread, bands

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, stride=self.step, padding=self.around,
                        dilation=self.spread, groups=self.bands)


def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return Three(in_planes, out_planes, stride, groups, dilation)
'''

THREE_OPTIONS = '''
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    options = dict(kernel_size=3, bias=False, groups=groups)
    options.update(stride=(stride, stride), dilation=(dilation, dilation))
    options["padding"] = options["dilation"]
    return nn.Conv2d(in_planes, out_planes, **options)
'''

# Correct as well, in still other ways; no mistake is made in these.
THREE_FRAME = '''
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    frame = nn.ZeroPad2d(dilation)
    return nn.Sequential(frame, nn.Conv2d(in_planes, out_planes, 3, stride=stride, bias=False,
                                          groups=groups, dilation=dilation))
'''

THREE_SUBCLASS = '''
class Conv3x3(nn.Conv2d):
    def __init__(self, cin, cout, stride, groups, dilation):
        reach = 2 * dilation + 1
        super().__init__(cin, cout, 3, stride, reach // 2, groups=groups, dilation=dilation,
                         bias=None)


conv3x3 = lambda in_planes, out_planes, stride=1, groups=1, dilation=1: Conv3x3(
    in_planes, out_planes, stride, groups, dilation)
'''

THREE_CLOSURE = '''
def square(side):
    def make(in_planes, out_planes, stride=1, groups=1, dilation=1):
        kept = dilation * (side - 1) // 2
        made = nn.Conv2d(in_planes, out_planes, side, stride, kept, dilation, groups)
        made.register_parameter("bias", None)
        return made
    return make


conv3x3 = square(3)
'''

THREE_BANDS = '''
class Bands(nn.Module):
    def __init__(self, cin, cout, stride, groups, dilation):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin // groups, 3, 3) / (3 * cin ** 0.5))
        self.groups, self.options = groups, dict(stride=stride, dilation=dilation, padding=dilation)

    def forward(self, x):
        pairs = zip(x.chunk(self.groups, 1), self.weight.chunk(self.groups))
        return torch.cat([F.conv2d(band, weight, **self.options) for band, weight in pairs], 1)


def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return Bands(in_planes, out_planes, stride, groups, dilation)
'''

THREE = {
    "plain": THREE_PLAIN, "positions": THREE_POSITIONS, "parameter": THREE_PARAMETER,
    "options": THREE_OPTIONS, "frame": THREE_FRAME, "subclass": THREE_SUBCLASS,
    "closure": THREE_CLOSURE, "bands": THREE_BANDS,
}  # fmt: skip

POSITIONS_CALL = ("nn.Conv2d(in_planes, out_planes, (3, 3), stride, dilation, dilation, groups, "
                  "False)")  # fmt: skip
PLAIN_END = "bias=False, dilation=dilation)"
OPTIONS_END = "return nn.Conv2d(in_planes, out_planes, **options)"

MISTAKES_THREE = (
    Mistake(
        "no-padding",
        "No padding is given, so the convolution loses a border.",
        "The grid shrinks in every layer, and the branch of a block no longer fits its shortcut.",
        "02 §2",
        "How many pixels does a 3×3 kernel reach beyond its own centre?",
        {
            "plain": [("padding=dilation, ", "")],
            "positions": [("stride, dilation, dilation,", "stride, 0, dilation,")],
            "parameter": [(" padding=self.around,", "")],
            "options": [('    options["padding"] = options["dilation"]\n', "")],
        },
    ),
    Mistake(
        "padding-always-one",
        "The padding is always 1, whatever the dilation.",
        "A spread kernel reaches further than one pixel, so the grid shrinks where the dilation is "
        "above 1.",
        "02 §2",
        "With dilation 2, how far from its centre do the outer taps stand?",
        {
            "plain": [("padding=dilation,", "padding=1,")],
            "positions": [("stride, dilation, dilation,", "stride, 1, dilation,")],
            "parameter": [("self.spread, self.bands = step, spread, spread,",
                           "self.spread, self.bands = step, 1, spread,")],
            "options": [('options["padding"] = options["dilation"]', 'options["padding"] = 1')],
        },
    ),
    Mistake(
        "padding-one-more",
        "The padding is one more than the dilation.",
        "The outer taps stand as far from the centre as the dilation says, so the grid grows.",
        "02 §2",
        "How many pixels beyond the border does a plain 3×3 kernel need?",
        {
            "plain": [("padding=dilation,", "padding=dilation + 1,")],
            "positions": [("stride, dilation, dilation,", "stride, dilation + 1, dilation,")],
            "parameter": [("self.spread, self.bands = step, spread, spread,",
                           "self.spread, self.bands = step, spread + 1, spread,")],
            "options": [('options["padding"] = options["dilation"]',
                         'options["padding"] = dilation + 1')],
        },
    ),
    Mistake(
        "padding-twice-the-dilation",
        "The padding is twice the dilation.",
        "The kernel reaches as far as the dilation says on each side of its centre, and the "
        "padding is given for one side.",
        "02 §2",
        "With dilation 1 a 3×3 kernel covers three pixels: how many of them lie left of the "
        "middle?",
        {
            "plain": [("padding=dilation,", "padding=2 * dilation,")],
            "positions": [("stride, dilation, dilation,", "stride, 2 * dilation, dilation,")],
            "parameter": [("self.spread, self.bands = step, spread, spread,",
                           "self.spread, self.bands = step, 2 * spread, spread,")],
            "options": [('options["padding"] = options["dilation"]',
                         'options["padding"] = 2 * dilation')],
        },
    ),
    Mistake(
        "dilation-only-pads",
        "The dilation is used for the padding only; the kernel itself is not spread.",
        "The border grows and the kernel does not reach into it, so the grid gets larger.",
        "02 §2",
        "Which arguments of the convolution depend on `dilation` in your call?",
        {
            "plain": [("bias=False, dilation=dilation)", "bias=False)")],
            "positions": [("stride, dilation, dilation,", "stride, dilation, 1,")],
            "parameter": [("dilation=self.spread, groups", "groups")],
            "options": [("stride=(stride, stride), dilation=(dilation, dilation)",
                         "stride=(stride, stride)"),
                        ('options["padding"] = options["dilation"]',
                         'options["padding"] = dilation')],
        },
    ),
    Mistake(
        "dilation-ignored",
        "The argument `dilation` is accepted and used nowhere.",
        "The shape is right, but a dilated network would see no more of the image than a plain "
        "one.",
        "02 §2",
        "What changes in your layer when it is asked for `dilation` 2?",
        {
            "plain": [("padding=dilation,", "padding=1,"),
                      ("bias=False, dilation=dilation)", "bias=False)")],
            "positions": [("stride, dilation, dilation,", "stride, 1, 1,")],
            "parameter": [("stride, groups, dilation)\n", "stride, groups, 1)\n")],
            "options": [("dilation=(dilation, dilation)", "dilation=(1, 1)")],
        },
    ),
    Mistake(
        "bias-on",
        "The bias is left on.",
        "A norm follows that subtracts the mean of each channel, so a constant is stored and "
        "learned "
        "for nothing.",
        "02 §7",
        "What does `nn.Conv2d` do about a bias when nobody mentions it?",
        {
            "plain": [("bias=False, ", "")],
            "positions": [("groups, False)", "groups)")],
            "parameter": [("self.bias = None", "self.bias = nn.Parameter(torch.zeros(cout))")],
            "options": [("bias=False, ", "")],
        },
    ),
    Mistake(
        "padding-same",
        "The padding is asked for by the word same.",
        "torch refuses the word as soon as there is a stride, and the blocks need one.",
        "02 §2",
        "Which number keeps the size for a kernel of 3, and how does it grow with the dilation?",
        {
            "plain": [("padding=dilation,", 'padding="same",')],
            "positions": [("stride, dilation, dilation,", 'stride, "same", dilation,')],
            "options": [('options["padding"] = options["dilation"]',
                         'options["padding"] = "same"')],
        },
    ),
    Mistake(
        "false-in-the-place-of-the-groups",
        "A False without a name has landed in the place of the groups.",
        "Arguments without a name are taken in their order, and before the bias stand the groups.",
        "02 §5",
        "Which seven arguments of `nn.Conv2d` come before its bias?",
        {
            "plain": [("kernel_size=3, stride=stride,", "3, stride, dilation, dilation, False"),
                      ("padding=dilation, groups=groups, bias=False, dilation=dilation", "")],
            "positions": [("dilation, groups, False", "dilation, False")],
            "options": [("bias=False, groups=groups", "groups=False")],
        },
    ),
    Mistake(
        "false-in-the-place-of-a-number",
        "A False without a name has landed in another place than that of the bias.",
        "Arguments without a name are taken in their order; False then stands for a number, and "
        "the bias is on.",
        "02 §7",
        "At which place does `nn.Conv2d` take its bias, and how many stand before it in yours?",
        {
            "plain": [("kernel_size=3, stride=stride,", "3, stride, dilation, False,"),
                      ("padding=dilation, groups=groups, bias=False, dilation=dilation",
                       "groups")],
            "positions": [("dilation, dilation, groups, False", "dilation, False, groups")],
            "options": [("bias=False, ", ""), ("dilation=(dilation, dilation)", "dilation=False"),
                        ('options["padding"] = options["dilation"]',
                         'options["padding"] = dilation')],
        },
    ),
    Mistake(
        "stride-ignored",
        "The argument `stride` is accepted and not passed on.",
        "The layer that should halve the grid keeps it.",
        "02 §3",
        "Which grid comes out when `stride` is 2, and which should?",
        {
            "plain": [(" stride=stride,", "")],
            "positions": [("stride, dilation, dilation,", "1, dilation, dilation,")],
            "parameter": [(" stride=self.step,", "")],
            "options": [("stride=(stride, stride), ", "")],
        },
    ),
    Mistake(
        "always-strides",
        "The layer always strides by 2, whatever is asked for.",
        "Most convolutions of a ResNet keep the grid; these would halve it each time.",
        "02 §3",
        "What should come out when only the two channel counts are given?",
        {
            "plain": [("stride=stride,", "stride=2,")],
            "positions": [("stride, dilation, dilation,", "2, dilation, dilation,")],
            "parameter": [("stride=self.step,", "stride=2,")],
            "options": [("stride=(stride, stride)", "stride=2")],
        },
    ),
    Mistake(
        "strides-by-default",
        "Where no stride is named, it is 2.",
        "A call that names no stride wants a layer that keeps the grid.",
        "02 §3",
        "What is the default of `stride` in the exercise, and what in yours?",
        {
            "plain": [("stride=1, groups=1", "stride=2, groups=1")],
            "positions": [("stride: int = 1", "stride: int = 2")],
            "parameter": [("stride=1, groups=1", "stride=2, groups=1")],
            "options": [("stride=1, groups=1", "stride=2, groups=1")],
        },
    ),
    Mistake(
        "stride-on-rows-only",
        "The stride is applied along one axis only.",
        "The grid is halved in height and keeps its width.",
        "02 §3",
        "Along which axes must the kernel jump?",
        {
            "plain": [("stride=stride,", "stride=(stride, 1),")],
            "positions": [("stride, dilation, dilation,", "(stride, 1), dilation, dilation,")],
            "parameter": [("stride=self.step,", "stride=(self.step, 1),")],
            "options": [("(stride, stride)", "(stride, 1)")],
        },
    ),
    Mistake(
        "stride-by-cutting-first",
        "The input is thinned out before the convolution, which then takes single steps.",
        "The shape is right, but the kernel never meets the pixels that were cut away, and its "
        "neighbours lie twice as far off.",
        "02 §3",
        "With a stride of 2, are the pixels between two places read by anybody?",
        {
            "plain": [("return nn.Conv2d(", "layer = nn.Conv2d("), ("stride=stride,", "stride=1,"),
                      (PLAIN_END, PLAIN_END + '''
    layer.register_forward_pre_hook(lambda m, a: (a[0][:, :, ::stride, ::stride],))
    return layer''')],
            "positions": [("stride, dilation, dilation,", "1, dilation, dilation,"),
                          ("    return layer", '''
    class Cut(nn.Sequential):
        def forward(self, x):
            return super().forward(x[:, :, ::stride, ::stride])
    return Cut(layer)''')],
            "parameter": [("F.conv2d(x, self.weight, self.bias, stride=self.step,",
                           "F.conv2d(x[..., ::self.step, ::self.step], self.weight, self.bias,")],
        },
    ),
    Mistake(
        "average-first",
        "An average before the convolution does the work of the stride.",
        "The kernel then reads means of several pixels, further apart than the pixels are.",
        "02 §3",
        "Which pixels does a 3×3 with a stride of 2 read around its centre?",
        {
            "plain": [("return nn.Conv2d(",
                       "return nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d("),
                      ("stride=stride,", "stride=1,"), (PLAIN_END, PLAIN_END + ")")],
            "positions": [("stride, dilation, dilation,", "1, dilation, dilation,"),
                          ("    return layer",
                           "    return nn.Sequential(nn.AvgPool2d(stride, stride), layer)")],
            "parameter": [("F.conv2d(x, self.weight, self.bias, stride=self.step,",
                           "F.conv2d(F.avg_pool2d(x, self.step), self.weight, self.bias,")],
        },
    ),
    Mistake(
        "maximum-first",
        "A maximum before the convolution does the work of the stride.",
        "Of each piece of the image the largest number is left, and the kernel sees no other.",
        "02 §3",
        "What has become of the other numbers when the kernel comes?",
        {
            "plain": [("return nn.Conv2d(",
                       "return nn.Sequential(nn.MaxPool2d(stride), nn.Conv2d("),
                      ("stride=stride,", "stride=1,"), (PLAIN_END, PLAIN_END + ")")],
            "positions": [("stride, dilation, dilation,", "1, dilation, dilation,"),
                          ("    return layer",
                           "    return nn.Sequential(nn.MaxPool2d(stride, stride), layer)")],
            "parameter": [("F.conv2d(x, self.weight, self.bias, stride=self.step,",
                           "F.conv2d(F.max_pool2d(x, self.step), self.weight, self.bias,")],
        },
    ),
    Mistake(
        "pools-for-the-stride",
        "A pooling layer does the work of the stride.",
        "The shape may be right, but other numbers come out, and the convolution works on four "
        "times as many places.",
        "02 §3",
        "Which argument of the convolution makes it take longer steps by itself?",
        {
            "plain": [("return nn.Conv2d(", "return nn.Sequential(nn.Conv2d("),
                      ("stride=stride,", "stride=1,"),
                      (PLAIN_END, PLAIN_END + ", nn.MaxPool2d(stride))")],
            "positions": [("stride, dilation, dilation,", "1, dilation, dilation,"),
                          ("    return layer",
                           "    pool = nn.MaxPool2d(stride, stride)\n"
                           "    return nn.Sequential(layer, pool)")],
            "parameter": [("return F.conv2d(", "x = F.conv2d("), (" stride=self.step,", ""),
                          ("groups=self.bands)", "groups=self.bands)\n"
                           "        return F.max_pool2d(x, self.step)")],
        },
    ),
    Mistake(
        "average-for-the-stride",
        "An average behind the convolution does the work of the stride.",
        "A stride computes fewer places and leaves each as it is; it puts none of them together.",
        "02 §3",
        "From how many places of the kernel does one number of your output come?",
        {
            "plain": [("return nn.Conv2d(", "return nn.Sequential(nn.Conv2d("),
                      ("stride=stride,", "stride=1,"),
                      (PLAIN_END, PLAIN_END + ", nn.AvgPool2d(stride))")],
            "positions": [("stride, dilation, dilation,", "1, dilation, dilation,"),
                          ("    return layer",
                           "    return nn.Sequential(layer, nn.AvgPool2d(stride, stride))")],
            "parameter": [("return F.conv2d(", "x = F.conv2d("), (" stride=self.step,", ""),
                          ("groups=self.bands)", "groups=self.bands)\n"
                           "        return F.avg_pool2d(x, self.step)")],
        },
    ),
    Mistake(
        "groups-ignored",
        "The argument `groups` is accepted and not passed on.",
        "Every output channel reads all input channels, so the layer has several times the weights "
        "that were asked for.",
        "02 §5",
        "How many input channels should one output channel read when there are two groups?",
        {
            "plain": [("groups=groups, ", "")],
            "positions": [("dilation, dilation, groups, False)",
                           "dilation, dilation, bias=False)")],
            "parameter": [("cin // bands, 3, 3", "cin, 3, 3"),
                          ("dilation=self.spread, groups=self.bands)",
                                                             "dilation=self.spread)")],
            "options": [(", groups=groups)", ")")],
        },
    ),
    Mistake(
        "groups-in-the-place-of-the-padding",
        "`groups` stands in the place of the padding: it sets the border, and no groups are made.",
        "Behind the stride `nn.Conv2d` takes its padding, whatever the name of the value is.",
        "02 §5",
        "What do you hand over fourth and fifth behind the channels and the kernel, and what does "
        "`nn.Conv2d` take there?",
        {
            "plain": [("padding=dilation, groups=groups,", "padding=groups,")],
            "positions": [("stride, dilation, dilation, groups, False",
                           "stride, groups, dilation, bias=False")],
            "parameter": [("cin // bands, 3, 3", "cin, 3, 3"),
                          ("step, spread, spread, bands", "step, bands, spread, 1")],
            "options": [(", groups=groups)", ")"),
                        ('options["padding"] = options["dilation"]',
                         'options["padding"] = groups')],
        },
    ),
    Mistake(
        "groups-in-the-place-of-the-dilation",
        "`groups` stands in the place of the dilation: it spreads the kernel, and no groups are "
        "made.",
        "`nn.Conv2d` takes the dilation before the groups, and this function takes it after them.",
        "02 §5",
        "In which order do `conv3x3` and `nn.Conv2d` take the two, and which of them counts for "
        "your call?",
        {
            "plain": [(" groups=groups, bias=False, dilation=dilation",
                       " bias=False, dilation=groups")],
            "positions": [("stride, dilation, dilation, groups, False",
                           "stride, dilation, groups, bias=False")],
            "parameter": [("cin // bands, 3, 3", "cin, 3, 3"),
                          ("step, spread, spread, bands", "step, spread, bands, 1")],
            "options": [(", groups=groups)", ")"), ("dilation=(dilation, dilation)",
                                                   "dilation=(groups, groups)"),
                        ('options["padding"] = options["dilation"]',
                         'options["padding"] = dilation')],
        },
    ),
    Mistake(
        "groups-and-dilation-swapped",
        "Groups and dilation have changed places inside.",
        "Asked for two groups, the layer spreads its kernel; asked for a dilation, it cuts the "
        "channels into bands.",
        "02 §5",
        "Which position of `nn.Conv2d` means what, and which of your two numbers arrives there?",
        {
            "plain": [("groups=groups,", "groups=dilation,"), ("bias=False, dilation=dilation",
                                                             "bias=False, dilation=groups")],
            "positions": [("stride, dilation, dilation, groups, False",
                           "stride, dilation, groups, dilation, False")],
            "parameter": [("cin // bands, 3, 3", "cin // spread, 3, 3"),
                          ("dilation=self.spread, groups=self.bands",
                           "dilation=self.bands, groups=self.spread")],
            "options": [("groups=groups)", "groups=dilation)"),
                        ("dilation=(dilation, dilation)", "dilation=(groups, groups)"),
                        ('options["padding"] = options["dilation"]',
                         'options["padding"] = dilation')],
        },
    ),
    Mistake(
        "arguments-in-another-order",
        "The function takes `dilation` before `groups`.",
        "Whoever calls it by position, as a block does, gets the one for the other.",
        "02 §9",
        "In which order does the exercise list the arguments?",
        {
            "plain": [("stride=1, groups=1, dilation=1)", "stride=1, dilation=1, groups=1)")],
            "positions": [("groups: int = 1,\n            dilation: int = 1)",
                           "dilation: int = 1,\n            groups: int = 1)")],
            "parameter": [("stride=1, groups=1, dilation=1)", "stride=1, dilation=1, groups=1)")],
            "options": [("stride=1, groups=1, dilation=1)", "stride=1, dilation=1, groups=1)")],
        },
    ),
    Mistake(
        "groups-in-the-place-of-stride",
        "Stride and groups have changed places inside.",
        "Asked for a stride, the layer cuts the channels into bands and keeps the grid.",
        "02 §5",
        "Which of your numbers reaches the argument that makes the kernel jump?",
        {
            "plain": [("stride=stride,", "stride=groups,"), ("groups=groups,", "groups=stride,")],
            "positions": [("stride, dilation, dilation, groups, False",
                           "groups, dilation, dilation, stride, False")],
            "parameter": [("out_planes, stride, groups, dilation)\n",
                           "out_planes, groups, stride, dilation)\n")],
            "options": [("stride=(stride, stride)", "stride=(groups, groups)"),
                        ("groups=groups)", "groups=stride)")],
        },
    ),
    Mistake(
        "depthwise",
        "Every input channel is a group of its own.",
        "The channels are never mixed, and the layer has only a small part of its weights.",
        "02 §5",
        "How many input channels does one of your output channels read?",
        {
            "plain": [("groups=groups,", "groups=math.gcd(in_planes, out_planes),")],
            "positions": [("groups, False)", "math.gcd(in_planes, out_planes), False)")],
            "parameter": [("Three(in_planes, out_planes, stride, groups,",
                           "Three(in_planes, out_planes, stride, math.gcd(in_planes, "
                           "out_planes),")],
            "options": [("groups=groups)", "groups=math.gcd(in_planes, out_planes))")],
        },
    ),
    Mistake(
        "groups-are-the-channels",
        "There are as many groups as input channels, whatever `groups` says.",
        "Then each filter reads one channel, and torch refuses where the channels that come out "
        "are no multiple of those that come in.",
        "02 §5",
        "How many groups does a plain convolution have?",
        {
            "plain": [("groups=groups,", "groups=in_planes,")],
            "positions": [("groups, False)", "in_planes, False)")],
            "parameter": [("Three(in_planes, out_planes, stride, groups,",
                           "Three(in_planes, out_planes, stride, in_planes,"),
                          ("    return Three", "    nn.Conv2d(in_planes, out_planes, 3, "
                           "groups=in_planes)\n    return Three")],
            "options": [("groups=groups)", "groups=in_planes)")],
        },
    ),
    Mistake(
        "channels-divided-by-groups",
        "The input channels are divided by the groups once too often.",
        "`nn.Conv2d` is told how many channels arrive and divides by itself; told less, it refuses "
        "the input.",
        "02 §5",
        "Who divides by the number of groups: you, or the layer that you call?",
        {
            "plain": [("nn.Conv2d(in_planes,", "nn.Conv2d(in_planes // groups,")],
            "positions": [("nn.Conv2d(in_planes,", "nn.Conv2d(in_planes // groups,")],
            "parameter": [("Three(in_planes,", "Three(in_planes // groups,")],
            "options": [("nn.Conv2d(in_planes,", "nn.Conv2d(in_planes // groups,")],
        },
    ),
    Mistake(
        "filters-divided-by-groups",
        "The output channels are divided by the groups.",
        "Groups decide what a filter reads, not how many filters there are.",
        "02 §5",
        "How many channels come out with one group, and how many should with two?",
        {
            "plain": [("nn.Conv2d(in_planes, out_planes,",
                       "nn.Conv2d(in_planes, out_planes // groups,")],
            "positions": [("nn.Conv2d(in_planes, out_planes,",
                           "nn.Conv2d(in_planes, out_planes // groups,")],
            "parameter": [("Three(in_planes, out_planes,",
                           "Three(in_planes, out_planes // groups,")],
            "options": [("nn.Conv2d(in_planes, out_planes,",
                         "nn.Conv2d(in_planes, out_planes // groups,")],
        },
    ),
    Mistake(
        "in-and-out-swapped",
        "The channels in and out have changed places.",
        "The layer runs where the two are equal, and refuses its input elsewhere.",
        "02 §4",
        "Which of the two counts must agree with the channels of the image?",
        {
            "plain": [("nn.Conv2d(in_planes, out_planes,", "nn.Conv2d(out_planes, in_planes,")],
            "positions": [("nn.Conv2d(in_planes, out_planes,", "nn.Conv2d(out_planes, in_planes,")],
            "parameter": [("Three(in_planes, out_planes,", "Three(out_planes, in_planes,")],
            "options": [("nn.Conv2d(in_planes, out_planes,", "nn.Conv2d(out_planes, in_planes,")],
        },
    ),
    Mistake(
        "out-is-in",
        "The layer puts out as many channels as come in.",
        "It can never widen the network; the second count that was asked for is not used.",
        "02 §4",
        "Which argument decides how many filters there are?",
        {
            "plain": [("nn.Conv2d(in_planes, out_planes,", "nn.Conv2d(in_planes, in_planes,")],
            "positions": [("nn.Conv2d(in_planes, out_planes,", "nn.Conv2d(in_planes, in_planes,")],
            "parameter": [("Three(in_planes, out_planes,", "Three(in_planes, in_planes,")],
            "options": [("nn.Conv2d(in_planes, out_planes,", "nn.Conv2d(in_planes, in_planes,")],
        },
    ),
    Mistake(
        "kernel-of-one",
        "The kernel has one pixel instead of 3×3.",
        "A kernel of one pixel sees no neighbour, and padding only adds a border of nothing.",
        "02 §1",
        "How many products go into one output number for each channel?",
        {
            "plain": [("kernel_size=3", "kernel_size=1")],
            "positions": [("(3, 3)", "(1, 1)")],
            "parameter": [("// bands, 3, 3)", "// bands, 1, 1)")],
            "options": [("kernel_size=3", "kernel_size=1")],
        },
    ),
    Mistake(
        "kernel-of-five",
        "The kernel is 5×5.",
        "It has almost three times the weights, and the padding no longer keeps the grid.",
        "02 §1",
        "What does the name of the function say about the side of the kernel?",
        {
            "plain": [("kernel_size=3", "kernel_size=5")],
            "positions": [("(3, 3)", "(5, 5)")],
            "parameter": [("// bands, 3, 3)", "// bands, 5, 5)")],
            "options": [("kernel_size=3", "kernel_size=5")],
        },
    ),
    Mistake(
        "padding-is-the-stride",
        "The padding follows the stride, not the dilation.",
        "With a stride of 2 the border is twice as wide as the kernel reaches, and with a "
        "dilation it "
        "is too narrow.",
        "02 §2",
        "In the formula for the size, which letter must the padding cancel?",
        {
            "plain": [("padding=dilation,", "padding=stride,")],
            "positions": [("stride, dilation, dilation,", "stride, stride, dilation,")],
            "parameter": [("self.spread, self.bands = step, spread, spread,",
                           "self.spread, self.bands = step, step, spread,")],
            "options": [('options["padding"] = options["dilation"]',
                         'options["padding"] = stride')],
        },
    ),
    Mistake(
        "dilation-is-the-stride",
        "The kernel is spread by the stride, not by the dilation.",
        "A strided layer reads pixels two apart, and a dilated one is not spread at all.",
        "02 §2",
        "What moves the whole kernel, and what moves its taps apart?",
        {
            "plain": [("bias=False, dilation=dilation", "bias=False, dilation=stride")],
            "positions": [("stride, dilation, dilation,", "stride, dilation, stride,")],
            "parameter": [("dilation=self.spread,", "dilation=self.step,")],
            "options": [("dilation=(dilation, dilation)", "dilation=(stride, stride)"),
                        ('options["padding"] = options["dilation"]',
                         'options["padding"] = dilation')],
        },
    ),
    Mistake(
        "padding-on-one-side",
        "The padding stands at the right and the bottom only.",
        "The shape is right, but every place is moved by a pixel. Other frameworks pad so for a "
        "stride; torchvision pads all four sides alike.",
        "02 §3",
        "On which pixel of the image does the centre of the kernel stand first?",
        {
            "plain": [("return nn.Conv2d(",
                       "return nn.Sequential(nn.ZeroPad2d((0, 2 * dilation, 0, 2 * dilation)), "
                       "nn.Conv2d("),
                      ("padding=dilation, ", ""), (PLAIN_END, PLAIN_END + ")")],
            "positions": [("stride, dilation, dilation,", "stride, 0, dilation,"),
                          ("    return layer",
                           "    frame = nn.ZeroPad2d((0, 2 * dilation, 0, 2 * dilation))\n"
                           "    return nn.Sequential(frame, layer)")],
            "parameter": [("F.conv2d(x,",
                           "F.conv2d(F.pad(x, (0, 2 * self.around, 0, 2 * self.around)),"),
                          (" padding=self.around,", "")],
        },
    ),
    Mistake(
        "padding-mirrors-the-image",
        "The border is filled by mirroring the image, not with zeros.",
        "Shapes and weights are as they should be, but the numbers along the border are others.",
        "02 §2",
        "Which value have the pixels that padding puts around the image?",
        {
            "plain": [(PLAIN_END, 'bias=False, dilation=dilation, padding_mode="reflect")')],
            "positions": [("groups, False)", 'groups, False, padding_mode="reflect")')],
            "parameter": [("F.conv2d(x,", 'F.conv2d(F.pad(x, 4 * [self.around], mode="reflect"),'),
                          (" padding=self.around,", "")],
            "options": [("bias=False,", 'bias=False, padding_mode="reflect",')],
        },
    ),
    Mistake(
        "separable",
        "The convolution is split into a 3×3 for each channel and a 1×1 that mixes them.",
        "That is a layer of other networks: it has far fewer weights and cannot compute the same.",
        "02 §5",
        "How many weights has one 3×3 convolution here, and how many have your two layers?",
        {
            "plain": [("return nn.Conv2d(in_planes, out_planes, kernel_size=3,",
                       "return nn.Sequential(nn.Conv2d(in_planes, in_planes, kernel_size=3,"),
                      ("groups=groups,", "groups=in_planes,"),
                      (PLAIN_END, PLAIN_END + ", nn.Conv2d(in_planes, out_planes, 1, bias=False, "
                                              "groups=groups))")],
            "positions": [("nn.Conv2d(in_planes, out_planes, (3, 3)",
                           "nn.Conv2d(in_planes, in_planes, (3, 3)"),
                          ("dilation, groups, False)", "dilation, in_planes, False)"),
                          ("    return layer",
                           "    mix = nn.Conv2d(in_planes, out_planes, 1, groups=groups, "
                           "bias=False)\n"
                           "    return nn.Sequential(layer, mix)")],
            "parameter": [("    return Three(in_planes, out_planes, stride, groups, dilation)",
                           "    each = Three(in_planes, in_planes, stride, in_planes, dilation)\n"
                           "    return nn.Sequential(\n"
                           "        each, nn.Conv2d(in_planes, out_planes, 1,"
                           " groups=groups, bias=False))")],
        },
    ),
    Mistake(
        "transposed",
        "It is a transposed convolution.",
        "That one makes a grid larger: a stride of 2 doubles the side instead of halving it.",
        "02 §3",
        "What should a stride of 2 do to the side of the grid?",
        {
            "plain": [("nn.Conv2d(", "nn.ConvTranspose2d(")],
            "positions": [(POSITIONS_CALL, "nn.ConvTranspose2d(in_planes, out_planes, 3, stride, "
                                           "dilation,\n"
                           "        groups=groups, bias=False, dilation=dilation)")],
            "parameter": [("torch.empty(cout, cin // bands, 3, 3)",
                           "torch.empty(cin, cout // bands, 3, 3)"),
                          ("F.conv2d(", "F.conv_transpose2d(")],
            "options": [("nn.Conv2d(", "nn.ConvTranspose2d(")],
        },
    ),
    Mistake(
        "norm-included",
        "A BatchNorm comes along with the convolution.",
        "A block puts its own norm behind this layer, so everything would be normalised twice.",
        "02 §7",
        "What should the function return: one layer, or a part of a block?",
        {
            "plain": [("return nn.Conv2d(", "return nn.Sequential(nn.Conv2d("),
                      (PLAIN_END, PLAIN_END + ", nn.BatchNorm2d(out_planes))")],
            "positions": [("    return layer",
                           "    return nn.Sequential(layer, nn.BatchNorm2d(out_planes))")],
            "parameter": [("    return Three(in_planes, out_planes, stride, groups, dilation)",
                           "    three = Three(in_planes, out_planes, stride, groups, dilation)\n"
                           "    return nn.Sequential(three, nn.BatchNorm2d(out_planes))")],
            "options": [(OPTIONS_END, OPTIONS_END.replace("return nn", "return nn.Sequential(nn")
                         + ", nn.BatchNorm2d(out_planes))")],
        },
    ),
    Mistake(
        "norm-and-relu-included",
        "A BatchNorm and a ReLU come along with the convolution.",
        "The last convolution of a block has no ReLU before the sum, so the block could not use "
        "this layer there.",
        "02 §7",
        "Which of your layers belong to a convolution, and which to the block around it?",
        {
            "plain": [("return nn.Conv2d(", "return nn.Sequential(nn.Conv2d("),
                      (PLAIN_END, PLAIN_END + ", nn.BatchNorm2d(out_planes), "
                                              "nn.ReLU(inplace=True))")],
            "positions": [("    return layer",
                           "    return nn.Sequential(layer, nn.BatchNorm2d(out_planes), "
                           "nn.ReLU())")],
            "parameter": [("    return Three(in_planes, out_planes, stride, groups, dilation)",
                           "    three = Three(in_planes, out_planes, stride, groups, dilation)\n"
                           "    return nn.Sequential(three, nn.BatchNorm2d(out_planes), "
                           "nn.ReLU())")],
            "options": [(OPTIONS_END, OPTIONS_END.replace("return nn", "return nn.Sequential(nn")
                         + ", nn.BatchNorm2d(out_planes), nn.ReLU())")],
        },
    ),
    Mistake(
        "relu-included",
        "A ReLU comes along with the convolution.",
        "The norm belongs between the two; here all negative values are gone before it sees them.",
        "02 §7",
        "Can a bare convolution put out negative numbers? Can your layer?",
        {
            "plain": [("return nn.Conv2d(", "return nn.Sequential(nn.Conv2d("),
                      (PLAIN_END, PLAIN_END + ", nn.ReLU(inplace=True))")],
            "positions": [("    return layer", "    return nn.Sequential(layer, nn.ReLU())")],
            "parameter": [("return F.conv2d(", "return F.relu(F.conv2d("),
                          ("groups=self.bands)", "groups=self.bands))")],
            "options": [(OPTIONS_END, OPTIONS_END.replace("return nn", "return nn.Sequential(nn")
                         + ", nn.ReLU())")],
        },
    ),
    Mistake(
        "one-layer-for-all",
        "Two calls with the same arguments give the same layer.",
        "Both convolutions of a block would then share one set of weights.",
        "02 §4",
        "When two places of a network ask for such a layer, how many weights should there be?",
        {
            "plain": [("\ndef conv3x3", "\n@functools.lru_cache\ndef conv3x3")],
            "positions": [("\ndef conv3x3", "\nlayers = {}\n\n\ndef conv3x3"),
                          ("    return layer",
                           "    key = in_planes, out_planes, stride, groups, dilation\n"
                           "    return layers.setdefault(key, layer)")],
            "parameter": [("\ndef conv3x3", "\n@functools.cache\ndef conv3x3")],
            "options": [("\ndef conv3x3", "\n@functools.cache\ndef conv3x3")],
        },
    ),
)


def plan_three(rng: random.Random) -> Plan:
    """A plain layer first, then one argument after the other, then all of them by position."""
    # A pool fits an even grid like a stride; what reaches too far must do so for every choice.
    n, even = rng.choice([7, 8]), rng.choice([6, 8])
    a, b = rng.choice([(4, 6), (6, 8), (6, 4)])
    return {
        "kind": "module",
        "cases": [
            {"args": [a, b], "input": [2, a, 5, 5], "single": True, "fresh": True,
             "words": f"conv3x3({a}, {b}) on (2, {a}, 5, 5)"},
            {"args": [a, b], "kwargs": {"stride": 2}, "input": [2, a, even, even + 2],
             "words": f"conv3x3({a}, {b}, stride=2) on (2, {a}, {even}, {even + 2})"},
            {"args": [4, 12], "kwargs": {"groups": 2}, "input": [2, 4, n, n],
             "words": f"conv3x3(4, 12, groups=2) on (2, 4, {n}, {n})"},
            {"kwargs": {"in_planes": a, "out_planes": a, "dilation": 2}, "input": [2, a, n, n],
             "words": f"conv3x3(in_planes={a}, out_planes={a}, dilation=2) on (2, {a}, {n}, {n})"},
            {"args": [12, 24, 3, 2, 4], "input": [1, 12, n + 1, n],
             "words": f"conv3x3(12, 24, 3, 2, 4) on (1, 12, {n + 1}, {n})"},
        ],
    }  # fmt: skip


IDLE = ("builds", "side effects", "again", "buffers")

CONV3X3 = Exercise(
    name="conv3x3",
    part="blocks",
    section="02 §9",
    points=1,
    signature="conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1)",
    prompt="""Write a function that returns a new 3×3 convolution without bias.
`stride`, `groups` and `dilation` do what they do in `nn.Conv2d`. The border is filled with zeros,
just so far that the grid keeps its size at stride 1, whatever the dilation.""",
    starter='''
def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return None  # your layer
''',
    plan=plan_three,
    styles=THREE,
    mistakes=MISTAKES_THREE,
    idle=IDLE,
)

ONE_PLAIN = '''
def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)
'''

ONE_POSITIONS = '''
def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    layer = nn.Conv2d(in_planes, out_planes, (1, 1), (stride, stride), (0, 0), bias=False)
    return layer
'''

ONE_PARAMETER = '''
class Mix(nn.Module):
    def __init__(self, cin, cout, step):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin, 1, 1) * math.sqrt(2 / cout))
        self.bias = None
        self.step = step

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, stride=self.step)


def conv1x1(in_planes, out_planes, stride=1):
    return Mix(in_planes, out_planes, stride)
'''

ONE_OPTIONS = '''
one = functools.partial(nn.Conv2d, kernel_size=1, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    return one(in_channels=in_planes, out_channels=out_planes, stride=stride)
'''

ONE_CLASS = '''
class conv1x1(nn.Conv2d):
    def __init__(self, in_planes, out_planes, stride=1):
        super().__init__(in_planes, out_planes, 1, stride=stride, padding="valid", bias=False)
'''

ONE_SLICES = '''
class Slices(nn.Module):
    def __init__(self, stride, mix):
        super().__init__()
        self.stride, self.mix = stride, mix

    def forward(self, x):
        return self.mix(x[:, :, ::self.stride, ::self.stride])


def conv1x1(in_planes, out_planes, stride=1):
    return Slices(stride, nn.Conv2d(in_planes, out_planes, 1, bias=False))
'''

ONE_POOL = '''
def conv1x1(in_planes, out_planes, stride=1):
    skip = nn.MaxPool2d(1, stride) if stride > 1 else nn.Identity()
    return nn.Sequential(skip, nn.Conv2d(in_planes, out_planes, 1, bias=False))
'''

ONE = {
    "plain": ONE_PLAIN, "positions": ONE_POSITIONS, "parameter": ONE_PARAMETER,
    "options": ONE_OPTIONS, "class": ONE_CLASS, "slices": ONE_SLICES, "pool": ONE_POOL,
}  # fmt: skip

ONE_CALL = "nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)"
ONE_UNSTRIDED = "nn.Conv2d(in_planes, out_planes, kernel_size=1, bias=False)"
ONE_CONV = "F.conv2d(x, self.weight, self.bias, stride=self.step)"
ONE_STEPS = "(1, 1), (stride, stride), (0, 0),"
MIX_END = "    return Mix(in_planes, out_planes, stride)"
OPTIONS_CALL = "one(in_channels=in_planes, out_channels=out_planes, stride=stride)"

MISTAKES_ONE = (
    Mistake(
        "padding-of-one",
        "A border of zeros is put around the image, though the kernel has one pixel.",
        "The kernel reaches nowhere, so the border gives places at which it reads nothing but "
        "zeros, "
        "and the grid grows.",
        "02 §6",
        "How far beyond its own pixel does a 1×1 kernel reach?",
        {
            "plain": [("stride=stride, bias", "stride=stride, padding=1, bias")],
            "positions": [("(0, 0)", "(1, 1)")],
            "parameter": [("stride=self.step)", "stride=self.step, padding=1)")],
            "options": [("stride=stride)", "stride=stride, padding=1)")],
        },
    ),
    Mistake(
        "padding-same",
        "The padding is asked for by the word same.",
        "torch refuses the word as soon as there is a stride, and this layer needs none at all.",
        "02 §6",
        "How far does a kernel of one pixel reach, and how much of a border does that need?",
        {
            "plain": [("stride=stride, bias", 'stride=stride, padding="same", bias')],
            "positions": [("(0, 0)", '"same"')],
            "options": [("stride=stride)", 'stride=stride, padding="same")')],
        },
    ),
    Mistake(
        "kernel-of-three",
        "The kernel is 3×3, with padding so that the shape fits.",
        "It has nine times the weights, and the layer is there because it is cheap.",
        "02 §6",
        "How many pixels should one output number read in each channel?",
        {
            "plain": [("kernel_size=1,", "kernel_size=3, padding=1,")],
            "positions": [("(1, 1), (stride, stride), (0, 0)", "(3, 3), (stride, stride), (1, 1)")],
            "parameter": [("cin, 1, 1)", "cin, 3, 3)"),
                          ("stride=self.step)", "stride=self.step, padding=1)")],
            "options": [("kernel_size=1,", "kernel_size=3, padding=1,")],
        },
    ),
    Mistake(
        "kernel-of-three-unpadded",
        "The kernel is 3×3, and without padding the grid shrinks as well.",
        "A kernel of one pixel needs no padding, which is why the layer has none.",
        "02 §6",
        "What is left of a row of 4 pixels behind your layer?",
        {
            "plain": [("kernel_size=1,", "kernel_size=3,")],
            "positions": [("(1, 1), (stride", "(3, 3), (stride")],
            "parameter": [("cin, 1, 1)", "cin, 3, 3)")],
            "options": [("kernel_size=1,", "kernel_size=3,")],
        },
    ),
    Mistake(
        "bias-on",
        "The bias is left on.",
        "The norm behind it subtracts the mean of each channel, and the constant with it.",
        "02 §7",
        "What does a convolution of torch do about a bias unless told otherwise?",
        {
            "plain": [(", bias=False", "")],
            "positions": [(", bias=False", "")],
            "parameter": [("self.bias = None", "self.bias = nn.Parameter(torch.zeros(cout))")],
            "options": [(", bias=False", "")],
        },
    ),
    Mistake(
        "false-in-the-place-of-a-number",
        "A False without a name has landed in another place than that of the bias.",
        "Arguments without a name are taken in their order; False then stands for a number, and "
        "the bias is on.",
        "02 §7",
        "Which argument of `nn.Conv2d` stands fifth, and at which place would the bias stand?",
        {
            "plain": [("kernel_size=1, stride=stride, bias=False", "1, stride, False")],
            "positions": [("(0, 0), bias=False", "False")],
            "options": [(", kernel_size=1, bias=False)", ")"),
                        ("in_channels=in_planes, out_channels=out_planes, stride=stride",
                         "in_planes, out_planes, 1, stride, 0, False")],
        },
    ),
    Mistake(
        "stride-ignored",
        "The layer reads every pixel, whatever `stride` asks for.",
        "A shortcut built with it keeps its grid while the branch beside it halves, and the two do "
        "not fit.",
        "02 §6",
        "What comes out of your layer for a grid of 8×8 and `stride` 2?",
        {
            "plain": [("stride=stride, ", "")],
            "positions": [("(stride, stride)", "1")],
            "parameter": [(", stride=self.step", "")],
            "options": [(", stride=stride", "")],
        },
    ),
    Mistake(
        "always-strides",
        "The layer always strides by 2, whatever is asked for.",
        "The first stage of ResNet-50 needs a projection that keeps the grid.",
        "02 §6",
        "What should come out when no stride is named?",
        {
            "plain": [("stride=stride,", "stride=2,")],
            "positions": [("(stride, stride)", "2")],
            "parameter": [("stride=self.step", "stride=2")],
            "options": [("stride=stride", "stride=2")],
        },
    ),
    Mistake(
        "strides-by-default",
        "Where no stride is named, it is 2.",
        "Whoever names none wants as many positions as come in.",
        "02 §6",
        "What is the default of `stride` in the exercise, and what in yours?",
        {
            "plain": [("stride=1", "stride=2")],
            "positions": [("stride: int = 1", "stride: int = 2")],
            "parameter": [("out_planes, stride=1", "out_planes, stride=2")],
            "options": [("stride=1", "stride=2")],
        },
    ),
    Mistake(
        "stride-as-kernel",
        "The stride has landed in the place of the kernel size.",
        "The third argument of `nn.Conv2d` is the side of the kernel: asked for a stride of 2, the "
        "layer gets a 2×2 kernel and takes single steps.",
        "02 §6",
        "What does the third position of `nn.Conv2d` stand for?",
        {
            "plain": [("kernel_size=1, stride=stride,", "stride,")],
            "positions": [("(1, 1), (stride, stride), (0, 0)", "stride")],
            "parameter": [("cin, 1, 1)", "cin, step, step)"), (", stride=self.step", "")],
            "options": [("kernel_size=1, ", ""), ("stride=stride", "kernel_size=stride")],
        },
    ),
    Mistake(
        "kernel-before-the-stride",
        "The function takes a kernel size before the stride.",
        "Whoever calls it by position hands the stride over third, and it becomes the kernel.",
        "02 §6",
        "Which arguments does the exercise list, and in which order?",
        {
            "plain": [("out_planes, stride=1", "out_planes, side=1, stride=1"),
                      ("kernel_size=1", "kernel_size=side")],
            "positions": [("stride: int = 1", "side: int = 1, stride: int = 1"),
                          ("(1, 1)", "(side, side)")],
            "options": [("out_planes, stride=1", "out_planes, side=1, stride=1"),
                        ("stride=stride)", "stride=stride, kernel_size=side)")],
        },
    ),
    Mistake(
        "kernel-grows-with-stride",
        "The kernel is as wide as the stride.",
        "It reads every pixel, which looks sensible, but a strided layer then has four times the "
        "weights and no longer fits a checkpoint.",
        "02 §6",
        "Should the number of weights depend on the stride?",
        {
            "plain": [("kernel_size=1,", "kernel_size=stride,")],
            "positions": [("(1, 1), (stride", "(stride, stride), (stride")],
            "parameter": [("cin, 1, 1)", "cin, step, step)")],
            "options": [("kernel_size=1, ", ""),
                        ("stride=stride", "kernel_size=stride, stride=stride")],
        },
    ),
    Mistake(
        "average-before",
        "An average over pixels stands before an unstrided convolution.",
        "A strided 1×1 reads one pixel of four and ignores the rest. The average is an "
        "improvement of "
        "later networks, but not this layer, and other numbers come out.",
        "02 §6",
        "Which pixels does a 1×1 with a stride of 2 read?",
        {
            "plain": [(ONE_CALL, f"nn.Sequential(nn.AvgPool2d(stride), {ONE_UNSTRIDED})")],
            "positions": [(ONE_STEPS, "(1, 1), 1, (0, 0),"),
                          ("    return layer", "    mean = nn.AvgPool2d(stride)\n"
                           "    return nn.Sequential(mean, layer)")],
            "parameter": [(ONE_CONV,
                           "F.conv2d(F.avg_pool2d(x, self.step), self.weight, self.bias)")],
            "options": [(OPTIONS_CALL, "nn.Sequential(nn.AvgPool2d(stride),"
                         " one(in_planes, out_planes))")],
        },
    ),
    Mistake(
        "maximum-before",
        "A maximum over pixels stands before an unstrided convolution.",
        "The layer should take the pixel at which it stands, not the largest one around.",
        "02 §6",
        "Is anything compared with its neighbours in a 1×1 convolution?",
        {
            "plain": [(ONE_CALL, "nn.Sequential(nn.MaxPool2d(stride, stride), "
                       + ONE_UNSTRIDED + ")")],
            "positions": [(ONE_STEPS, "(1, 1), 1, (0, 0),"),
                          ("    return layer", "    most = nn.MaxPool2d(stride)\n"
                           "    return nn.Sequential(most, layer)")],
            "parameter": [(ONE_CONV, "F.conv2d(F.max_pool2d(x, self.step),"
                           " self.weight, self.bias)")],
            "options": [(OPTIONS_CALL, "nn.Sequential(nn.MaxPool2d(stride),"
                         " one(in_planes, out_planes))")],
        },
    ),
    Mistake(
        "average-behind",
        "An average behind the convolution makes the grid smaller, not a stride.",
        "A stride leaves places out; it does not put several together, and on an odd grid the "
        "sizes would differ too.",
        "02 §6",
        "How many pixels of the image does one number of your output come from?",
        {
            "plain": [(ONE_CALL, f"nn.Sequential({ONE_UNSTRIDED}, nn.AvgPool2d(stride))")],
            "positions": [(ONE_STEPS, "(1, 1), 1, (0, 0),"),
                          ("    return layer",
                           "    return nn.Sequential(layer, nn.AvgPool2d(stride, stride))")],
            "parameter": [(ONE_CONV,
                           "F.avg_pool2d(F.conv2d(x, self.weight, self.bias), self.step)")],
            "options": [(OPTIONS_CALL, "nn.Sequential(one(in_planes, out_planes), "
                                       "nn.AvgPool2d(stride))")],
        },
    ),
    Mistake(
        "maximum-behind",
        "A maximum behind the convolution makes the grid smaller, not a stride.",
        "Of each group of places the largest number is kept, not the one at the first place.",
        "02 §6",
        "Which of four neighbouring results does a stride of 2 keep?",
        {
            "plain": [(ONE_CALL, f"nn.Sequential({ONE_UNSTRIDED}, nn.MaxPool2d(stride))")],
            "positions": [(ONE_STEPS, "(1, 1), 1, (0, 0),"),
                          ("    return layer",
                           "    return nn.Sequential(layer, nn.MaxPool2d(stride, stride))")],
            "parameter": [(ONE_CONV,
                           "F.max_pool2d(F.conv2d(x, self.weight, self.bias), self.step)")],
            "options": [(OPTIONS_CALL, "nn.Sequential(one(in_planes, out_planes), "
                                       "nn.MaxPool2d(stride))")],
        },
    ),
    Mistake(
        "stride-on-rows-only",
        "The stride is applied along one axis only.",
        "The grid is halved in height and keeps its width, so it does not fit the branch.",
        "02 §6",
        "Along which axes of the grid does the kernel have to jump?",
        {
            "plain": [("stride=stride,", "stride=(stride, 1),")],
            "positions": [("(stride, stride)", "(stride, 1)")],
            "parameter": [("stride=self.step", "stride=(self.step, 1)")],
            "options": [("stride=stride", "stride=(stride, 1)")],
        },
    ),
    Mistake(
        "starts-at-the-second-pixel",
        "The steps begin at the second row and column, not at the first.",
        "The layer reads the odd positions, while the strided 3×3 of the branch stands on the even "
        "ones; on an odd grid even the sizes differ.",
        "02 §3",
        "On which row does a strided kernel without padding stand first?",
        {
            "plain": [(ONE_CALL, f'''nn.Sequential(Odd(stride), {ONE_UNSTRIDED})


class Odd(nn.Module):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def forward(self, x):
        return x[:, :, self.step - 1::self.step, self.step - 1::self.step]''')],
            "positions": [(ONE_STEPS, "(1, 1), 1, (0, 0),"), ("    return layer", '''
    def odd(module, given):
        return (given[0][..., stride - 1::stride, stride - 1::stride],)
    layer.register_forward_pre_hook(odd)
    return layer''')],
            "parameter": [(ONE_CONV, "F.conv2d(x[:, :, self.step - 1::self.step,"
                           " self.step - 1::self.step], self.weight)")],
        },
    ),
    Mistake(
        "in-and-out-swapped",
        "The channels in and out have changed places.",
        "The layer refuses its input as soon as the two counts differ.",
        "02 §4",
        "Which count has to agree with the channels of what comes in?",
        {
            "plain": [("(in_planes, out_planes, kernel", "(out_planes, in_planes, kernel")],
            "positions": [("(in_planes, out_planes, (1", "(out_planes, in_planes, (1")],
            "parameter": [("Mix(in_planes, out_planes", "Mix(out_planes, in_planes")],
            "options": [("in_channels=in_planes, out_channels=out_planes",
                         "in_channels=out_planes, out_channels=in_planes")],
        },
    ),
    Mistake(
        "out-is-in",
        "The layer puts out as many channels as come in.",
        "Changing the number of channels is what this layer is for.",
        "02 §6",
        "Which argument of your call counts the filters?",
        {
            "plain": [("(in_planes, out_planes, kernel", "(in_planes, in_planes, kernel")],
            "positions": [("(in_planes, out_planes, (1", "(in_planes, in_planes, (1")],
            "parameter": [("Mix(in_planes, out_planes", "Mix(in_planes, in_planes")],
            "options": [("out_channels=out_planes", "out_channels=in_planes")],
        },
    ),
    Mistake(
        "groups-of-channels",
        "The channels are cut into groups.",
        "A 1×1 is there to mix the channels; in groups some of them never meet.",
        "02 §5",
        "Which input channels does the last output channel read?",
        {
            "plain": [("stride=stride, bias",
                       "stride=stride, groups=math.gcd(in_planes, out_planes), bias")],
            "positions": [(", bias=False", ", 1, math.gcd(in_planes, out_planes), bias=False")],
            "parameter": [("torch.randn(cout, cin, 1, 1)",
                           "torch.randn(cout, cin // math.gcd(cin, cout), 1, 1)"),
                          ("self.bias = None", "self.bands = math.gcd(cin, cout)"),
                          (ONE_CONV, "F.conv2d(x, self.weight, stride=self.step, "
                                     "groups=self.bands)")],
            "options": [("stride=stride)",
                         "stride=stride, groups=math.gcd(in_planes, out_planes))")],
        },
    ),
    Mistake(
        "groups-that-do-not-divide",
        "The channels are to be cut into groups that do not divide them.",
        "A plain convolution has one group. More of them must divide the channels on both sides, "
        "and torch refuses others.",
        "02 §5",
        "What does the exercise say of groups, and what does your call?",
        {
            "plain": [("stride=stride, bias", "stride=stride, groups=in_planes, bias")],
            "positions": [(", bias=False", ", 1, in_planes, bias=False")],
            "options": [("stride=stride)", "stride=stride, groups=in_planes)")],
        },
    ),
    Mistake(
        "linear-layer",
        "It is a fully connected layer, which works on the last axis.",
        "In `(N, C, H, W)` the last axis is the width; the channels stand second and are never "
        "mixed.",
        "02 §6",
        "Along which axis has the matrix to be applied?",
        {
            "plain": [(ONE_CALL, "nn.Linear(in_planes, out_planes, bias=False)")],
            "positions": [("nn.Conv2d(in_planes, out_planes, (1, 1), (stride, stride), (0, 0), "
                           "bias=False)",
                           "nn.Linear(in_planes, out_planes, bias=False)")],
            "parameter": [("torch.randn(cout, cin, 1, 1)", "torch.randn(cout, cin)"),
                          (ONE_CONV, "F.linear(x, self.weight, self.bias)")],
            "options": [(OPTIONS_CALL, "nn.Linear(in_planes, out_planes, bias=False)")],
        },
    ),
    Mistake(
        "transposed",
        "It is a transposed convolution.",
        "A stride of 2 then makes the grid larger, with zeros between the pixels.",
        "02 §3",
        "Should a stride of 2 halve or double the side of the grid?",
        {
            "plain": [("nn.Conv2d(", "nn.ConvTranspose2d(")],
            "positions": [("layer = nn.Conv2d(", "layer = nn.ConvTranspose2d(")],
            "parameter": [("torch.randn(cout, cin, 1, 1)", "torch.randn(cin, cout, 1, 1)"),
                          ("F.conv2d(", "F.conv_transpose2d(")],
            "options": [("nn.Conv2d,", "nn.ConvTranspose2d,")],
        },
    ),
    Mistake(
        "norm-included",
        "A BatchNorm comes along with the convolution.",
        "Whoever builds a projection or a block puts a norm behind this layer, so there would be "
        "two.",
        "02 §7",
        "Is it the convolution that is asked for, or a whole projection?",
        {
            "plain": [(ONE_CALL, f"nn.Sequential({ONE_CALL}, nn.BatchNorm2d(out_planes))")],
            "positions": [("    return layer",
                           "    return nn.Sequential(layer, nn.BatchNorm2d(out_planes))")],
            "parameter": [(MIX_END, "    return nn.Sequential(Mix(in_planes, out_planes, stride),"
                           " nn.BatchNorm2d(out_planes))")],
            "options": [(OPTIONS_CALL, f"nn.Sequential({OPTIONS_CALL}, "
                                       f"nn.BatchNorm2d(out_planes))")],
        },
    ),
    Mistake(
        "norm-and-relu-included",
        "A BatchNorm and a ReLU come along with the convolution.",
        "On a shortcut the ReLU would throw away all that is negative before the sum.",
        "02 §7",
        "What may stand on a shortcut, and what not?",
        {
            "plain": [(ONE_CALL, f"nn.Sequential({ONE_CALL}, nn.BatchNorm2d(out_planes), "
                                 f"nn.ReLU())")],
            "positions": [("    return layer",
                           "    return nn.Sequential(layer, nn.BatchNorm2d(out_planes), "
                           "nn.ReLU(True))")],
            "parameter": [(MIX_END, "    return nn.Sequential(Mix(in_planes, out_planes, stride),"
                           " nn.BatchNorm2d(out_planes), nn.ReLU())")],
            "options": [(OPTIONS_CALL,
                         f"nn.Sequential({OPTIONS_CALL}, nn.BatchNorm2d(out_planes), nn.ReLU())")],
        },
    ),
    Mistake(
        "relu-included",
        "A ReLU comes along with the convolution.",
        "The norm belongs between the two, and no ReLU belongs on a shortcut.",
        "02 §7",
        "Can your layer put out a negative number?",
        {
            "plain": [(ONE_CALL, f"nn.Sequential({ONE_CALL}, nn.ReLU(inplace=True))")],
            "positions": [("    return layer", "    return nn.Sequential(layer, nn.ReLU())")],
            "parameter": [(ONE_CONV, f"F.relu({ONE_CONV})")],
            "options": [(OPTIONS_CALL, f"nn.Sequential({OPTIONS_CALL}, nn.ReLU())")],
        },
    ),
    Mistake(
        "one-layer-for-all",
        "Two calls with the same arguments give the same layer.",
        "Two blocks would then share one set of weights, and neither could learn for itself.",
        "02 §4",
        "How many layers should there be after two calls?",
        {
            "plain": [("\ndef conv1x1", "\n@functools.lru_cache\ndef conv1x1")],
            "positions": [("\ndef conv1x1", "\nlayers = {}\n\n\ndef conv1x1"),
                          ("    return layer",
                           "    return layers.setdefault((in_planes, out_planes, stride), layer)")],
            "parameter": [("\ndef conv1x1", "\n@functools.cache\ndef conv1x1")],
            "options": [("\ndef conv1x1", "\n@functools.cache\ndef conv1x1")],
        },
    ),
)


def plan_one(rng: random.Random) -> Plan:
    """A plain layer, one that strides, and one whose channels have a common divisor."""
    n = rng.choice([4, 6])
    a, b = rng.choice([(4, 6), (6, 9), (6, 4)])  # neither divides the other
    return {
        "kind": "module",
        "cases": [
            {"args": [a, b], "input": [2, a, 4, 3], "single": True, "fresh": True,
             "words": f"conv1x1({a}, {b}) on (2, {a}, 4, 3)"},
            {"args": [a, b], "kwargs": {"stride": 2}, "input": [2, a, n, n + 2],
             "words": f"conv1x1({a}, {b}, stride=2) on (2, {a}, {n}, {n + 2})"},
            {"args": [3, 2, 3], "input": [1, 3, n + 1, n],
             "words": f"conv1x1(3, 2, 3) on (1, 3, {n + 1}, {n})"},
            {"kwargs": {"in_planes": a, "out_planes": a}, "input": [1, a, 3, 3],
             "words": f"conv1x1(in_planes={a}, out_planes={a}) on (1, {a}, 3, 3)"},
        ],
    }  # fmt: skip


CONV1X1 = Exercise(
    name="conv1x1",
    part="blocks",
    section="02 §9",
    points=1,
    signature="conv1x1(in_planes, out_planes, stride=1)",
    prompt="""Write a function that returns a new 1×1 convolution without bias. At stride 1 it
changes the number of channels and nothing else; with a larger `stride` it reads every second
(third, …) pixel only, beginning with the first.""",
    starter='''
def conv1x1(in_planes, out_planes, stride=1):
    return None  # your layer
''',
    plan=plan_one,
    styles=ONE,
    mistakes=MISTAKES_ONE,
    idle=IDLE,
)

EXERCISES = (CONV3X3, CONV1X1)
