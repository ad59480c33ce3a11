"""Submissions that hang, fork, fill, kill, lie or look around: each costs only itself."""

import json
import os
import subprocess
import sys
import textwrap
import time

import pytest

from resnet_edu.classroom import cage as cages
from resnet_edu.classroom.cage import Cage, Limits, fences
from resnet_edu.exercises import EXERCISES, checking

BLOCK = EXERCISES["BasicBlock"]
PLAIN = BLOCK.styles["plain"]
SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F"
PLANS = [{"name": "BasicBlock", "plan": BLOCK.drawn(5), "given": []}]
LIMITS = Limits(seconds=2, step=4, total=30, memory=1 << 30, scratch=32 << 20, file=8 << 20)
POSIX = pytest.mark.skipif(os.name != "posix", reason="limits of the system are POSIX's")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module", params=["bubblewrap", "process"])
def cage(request):
    if request.param not in fences():
        pytest.skip("bubblewrap is not installed here: this fence is made of it")
    try:
        with Cage(request.param, LIMITS) as made:
            yield made
    except cages.CageError as error:
        pytest.skip(f"this system lets nobody build the cage: {error}")


def run(cage, *cells):
    return cage.run([SETUP, *(textwrap.dedent(cell) for cell in cells)], PLANS)


def verdict(outcome):
    seen = outcome.exercises["BasicBlock"]
    return checking.judge(BLOCK, 5, seen["rows"] | {k: seen[k] for k in ("stopped",) if k in seen})


def is_still_good(cage):
    """Whether the next submission is graded as if nothing had been."""
    outcome = run(cage, PLAIN)
    return verdict(outcome).passed and not outcome.killed and not outcome.cells


def test_right_and_wrong_answers_are_told_apart(cage):
    assert verdict(run(cage, PLAIN)).passed
    report = verdict(run(cage, PLAIN.replace("        out += identity\n", "")))
    assert report.mistake == "no-sum"


def test_the_same_submission_gives_the_same_rows(cage):
    first, second = run(cage, PLAIN), run(cage, PLAIN)
    assert first.exercises == second.exercises


def test_a_plan_of_other_seeds_gives_the_same_verdict(cage):
    wrong = PLAIN.replace("self.downsample(x)", "self.downsample(out)")
    names = set()
    for seed in (1, 2, 3):
        plans = [{"name": "BasicBlock", "plan": BLOCK.drawn(seed), "given": []}]
        rows = cage.run([SETUP, wrong], plans).exercises["BasicBlock"]["rows"]
        names.add(checking.judge(BLOCK, seed, rows).mistake)
    assert names == {"downsample-of-the-branch"}


HARMLESS = {
    "an endless loop in a cell": "while True: pass",
    "one that swallows every exception": """
        while True:
            try:
                pass
            except:
                pass
        """,
    "a loop inside the library": "import re; re.match(r'(a+)+b', 'a' * 60)",
    "the end of the process": "import os; os._exit(0)",
    "the end by sys.exit": "import sys; sys.exit()",
    "memory": "kept = []\nwhile True: kept.append(bytearray(10**8))",
    "a large tensor": "torch.zeros(10**10)",
    "a large file": "open('large', 'wb').write(b'x' * 10**9)",
    "megabytes of text": "print('x' * 10**8)",
    "text behind Python's back": "import os; os.write(1, b'x' * 10**7); os.write(2, b'x' * 10**7)",
    "closed files": "import os; os.closerange(0, 3)",
    "a segmentation fault": "import ctypes; ctypes.string_at(0)",
    "a patched torch": "torch.equal = lambda *a: True; torch.allclose = torch.equal",
    "a checker of its own": """
        import sys, types
        mine = types.ModuleType("resnet_edu.exercises")
        mine.check = lambda *a: True
        sys.modules["resnet_edu.exercises"] = mine
        """,
    "magic of IPython": "%matplotlib inline\n!ls\nimport matplotlib.pyplot as plt; plt.plot([1])",
}


@POSIX
@pytest.mark.parametrize("what", sorted(HARMLESS))
def test_a_cell_costs_only_itself(cage, what):
    outcome = run(cage, HARMLESS[what], PLAIN)
    assert verdict(outcome).passed, (outcome.cells, outcome.killed)
    assert is_still_good(cage)


@POSIX
def test_a_fork_bomb_is_ended(cage):
    outcome = run(cage, """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """, PLAIN)  # fmt: skip
    assert ("cell 1", "processes") in outcome.killed or ("cell 1", "time") in outcome.killed
    assert verdict(outcome).passed
    assert is_still_good(cage)


TOGETHER = {
    "processes": """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                kept = bytearray(os.urandom(1 << 20) * 400)
                time.sleep(60)
        time.sleep(60)
        """,
    "shared pages": """
        import mmap, os, time
        for _ in range(4):
            if os.fork() == 0:
                kept = mmap.mmap(-1, 400 << 20)
                for place in range(0, 400 << 20, 4096):
                    kept[place] = 1
                time.sleep(60)
        time.sleep(60)
        """,
    "segments": """
        import ctypes, time
        libc = ctypes.CDLL(None)
        for key in range(4):
            assert libc.shmget(ctypes.c_int(key), ctypes.c_size_t(400 << 20), 0o1600) >= 0
        time.sleep(60)
        """,
}


@POSIX
@pytest.mark.parametrize("what", TOGETHER)
def test_memory_is_limited_for_all_processes_together(cage, what):
    if sys.platform != "linux":
        pytest.skip("what processes take is read from Linux's /proc")
    if what == "segments" and cage.fence == "process":
        pytest.skip("without bubblewrap segments are the whole system's; docs/teaching.md says so")
    segments = "raise OSError(str(sum(1 for _ in open('/proc/sysvipc/shm')) - 1))"
    longer = Limits(seconds=15, step=20, total=40, memory=1 << 30)
    with Cage(cage.fence, longer) as made:
        outcome = run(made, TOGETHER[what], PLAIN)
        assert outcome.killed == [("cell 1", "memory")]
        assert verdict(outcome).passed
        if what == "segments":
            assert run(made, segments).cells[1] == "OSError: 0"
        assert is_still_good(made)


@POSIX
def test_what_a_cell_leaves_behind_is_not_blamed_on_the_next_step(cage):
    if sys.platform != "linux":
        pytest.skip("who takes what is read from Linux's /proc")
    leave = """
        import os, time
        for _ in range(2):
            if os.fork() == 0:
                time.sleep(0.5)
                kept = bytearray(os.urandom(1 << 20) * 440)
                time.sleep(60)
        """
    outcome = run(cage, leave, leave, "import time; time.sleep(1.5)", PLAIN)
    assert outcome.killed == []
    assert not outcome.cells
    assert verdict(outcome).passed
    assert is_still_good(cage)


def test_inside_bubblewrap_no_namespace_can_be_made(cage):
    if cage.fence != "bubblewrap":
        pytest.skip("the process fence has no namespaces; docs/teaching.md says so")
    if not cages._no_further_namespaces():
        pytest.skip("this bubblewrap is older than 0.8, or the system gives no user namespace")
    cell = "import ctypes; raise OSError(str(ctypes.CDLL(None).unshare(0x10000000)))"
    assert run(cage, cell).cells[1] == "OSError: -1"  # CLONE_NEWUSER


@POSIX
def test_a_process_that_hides_does_not_outlive_its_submission(cage):
    run(cage, """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    time.sleep(0.1)
            os._exit(0)
        """, PLAIN)  # fmt: skip
    count = "import os\nraise OSError(str(sum(d.isdigit() for d in os.listdir('/proc'))))"
    if cage.fence == "bubblewrap":
        assert run(cage, count).cells[1] == "OSError: 3"  # the keeper, its deputy, the submission
    assert is_still_good(cage)


def test_whether_all_processes_are_gone_is_told():
    """The keeper waits for what dies slowly, and a cage in which something stays is given up."""
    if not hasattr(os, "fork") or not os.path.isdir("/proc/self"):
        pytest.skip("processes are counted in /proc")
    program = textwrap.dedent("""
        import os, sys, time
        from resnet_edu.classroom import runner
        for _ in range(2):
            os.fork() or time.sleep(60)
        kill, runner.os.kill = os.kill, lambda *late: None
        assert not runner._kill_all(0.1)
        begin = time.monotonic()
        runner.os.kill = lambda *late: time.monotonic() - begin > 1.5 and kill(*late)
        assert runner._kill_all()
        """)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@POSIX
def test_killing_the_parent_costs_only_oneself(cage):
    outcome = run(cage, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)", PLAIN)
    assert outcome.killed == [("cell 1", "death")]
    assert verdict(outcome).passed  # its other cells count
    assert is_still_good(cage)


def test_an_answer_that_hangs_is_stopped_and_said_so(cage):
    wrong = PLAIN.replace("        identity = x\n", "        while True: pass\n")
    report = verdict(run(cage, wrong))
    assert (report.passed, report.mistake) == (False, "stopped")
    assert is_still_good(cage)


@POSIX
def test_a_forged_report_is_no_report(cage):
    outcome = run(cage, """
        import json, os
        rows = {f"{case}/inference/values": True for case in range(9)}
        lies = [{"exercise": "BasicBlock", "rows": rows, "passed": True, "score": 1.0},
                {"over": True}, {"killed": ""}, {"ready": True}, {"end": "done"}]
        for fd in range(3, 64):
            for lie in lies:
                for start in (b"", b"k"):
                    try:
                        os.write(fd, start + json.dumps(lie).encode() + b"\\n")
                    except OSError:
                        pass
        """, PLAIN.replace("        out += identity\n", ""))  # fmt: skip
    if "BasicBlock" in outcome.exercises:
        assert not checking.judge(BLOCK, 5, outcome.exercises["BasicBlock"]["rows"]).passed
    assert is_still_good(cage)


@POSIX
def test_deep_and_endless_answers_are_refused(cage):
    run(cage, """
        import os
        for fd in range(3, 64):
            try:
                os.write(fd, b"[" * 60000 + b"\\n" + b'{"a":' * 20000 + b"\\n")
            except OSError:
                pass
        """, PLAIN)  # fmt: skip
    outcome = run(cage, """
        import os
        while True:
            for fd in range(3, 64):
                try:
                    os.write(fd, b"x" * 60000)
                except OSError:
                    pass
        """, PLAIN)  # fmt: skip
    assert outcome.killed or outcome.cells == {1: "TooLong: stopped after 2 s"}
    assert is_still_good(cage)


def test_solutions_cannot_be_imported(cage):
    block = "torchvision.models.resnet.BasicBlock"
    for cell, used in {
        "from torchvision.models.resnet import BasicBlock": block,
        "import torchvision.models.resnet as r\nBasicBlock = r.BasicBlock": block,
        f"import torchvision\nclass BasicBlock({block}): pass": block,
        "from resnet_edu.blocks import BasicBlock": "resnet_edu.blocks.BasicBlock",
        "from resnet_edu import BasicBlock": "resnet_edu.BasicBlock",
        "import importlib\nBasicBlock = importlib.import_module('timm').BasicBlock":
            "timm.BasicBlock",
        "from torchvision.models.resnet import *": "torchvision.models.resnet.*",
    }.items():  # fmt: skip
        seen = cage.run([SETUP, cell], [{**PLANS[0], "after": 1}]).exercises["BasicBlock"]
        assert (seen.get("absent"), seen["imports"]) == (True, [used]), cell
    used = "import torchvision\ndef BasicBlock(*a, **k):\n    return " + block + "(*a, **k)"
    seen = run(cage, used).exercises["BasicBlock"]
    assert seen["imports"] == [block]
    assert "not there when an answer is graded" in str(seen["rows"])


IMPORTS = ("import torchvision", "import torchvision.transforms as T", "import cv2, einops",
           "from torchvision import transforms", "from resnet_edu import trace",
           "from torchvision.models.resnet import BasicBlock", "from google.colab import drive",
           "import torchsummary as s; from scipy.stats import norm", "import resnet_edu.anatomy")


@pytest.mark.parametrize("line", IMPORTS)
def test_an_import_that_is_not_used_costs_nothing(cage, line):
    outcome = run(cage, f"{line}\n\n{PLAIN}")
    assert (outcome.cells, outcome.exercises["BasicBlock"]["imports"]) == ({}, [])
    assert verdict(outcome).passed


def test_what_torch_itself_looks_for_stays_away(cage):
    """A stand-in for an optional package of torch's would lead it astray."""
    said = run(cage, "import tensorboard", "import torch.nn.nowhere").cells
    assert said == {2: "ModuleNotFoundError: No module named 'torch.nn.nowhere'"}
    said = run(cage, "import torch.utils.tensorboard").cells[1]
    assert said == "ModuleNotFoundError: No module named 'tensorboard'"


JUPYTER = {
    "a question": "nn.Conv2d?\n?nn.Conv2d\nnn.Conv2d??",
    "two axes": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(1, 2)\n"
                "fig, (a, *b) = plt.subplots(1, 3)\nax[0] = a",
    "what Jupyter has": "display('hello'); get_ipython().run_line_magic('x', 'y'); help(nn)",
    "a shell": "files = !ls *.png\nhere, = %pwd\n!echo it's \\\n  (so",
    "a program": "pip install torchinfo\n!pip install 'torchinfo'",
    "waiting": "import asyncio\nawait asyncio.sleep(0)\nasync with asyncio.Lock(): pass",
    "an indented line": "for i in range(2):\n    %time x = i\n    !ls\nassert x == 1",
    "a text with such lines": "text = '''\n%a\n!b'''\nassert text == '\\n%a\\n!b'\nnn?",
    "its score": "from resnet_edu.exercises import check\nprint(check('conv3x3', 5).score)",
    "bars": "from tqdm.auto import tqdm, trange\nassert [*tqdm([1, 2])] == [*trange(1, 3)]",
}


@pytest.mark.parametrize("what", JUPYTER)
def test_what_jupyter_runs_costs_nothing(cage, what):
    outcome = run(cage, f"{JUPYTER[what]}\n\n{PLAIN}")
    assert outcome.cells == {}
    assert verdict(outcome).passed


def test_what_a_cell_defines_is_there_though_it_breaks_off_before(cage):
    for line, said in (("1 / 0", "ZeroDivisionError"), ("import cv2; cv2.imread('x')", "ImportErr"),
                       ("import sys; sys.exit(3)", "SystemExit")):  # fmt: skip
        outcome = run(cage, f"{line}\nwidth = 8\n\n{PLAIN}\nassert width")
        assert outcome.cells[1].startswith(said)
        assert verdict(outcome).passed
    assert verdict(run(cage, f"{PLAIN}\n1 / 0\nBasicBlock = 5")).passed  # it was there already
    assert not verdict(run(cage, f"1 / 0\nBasicBlock = 5\nx = {PLAIN[:0]}5")).passed


def test_the_line_of_a_mistake_is_still_told_behind_lines_of_ipython(cage):
    assert "line 3" in run(cage, "%matplotlib inline\nnn?\ndef f()\n    pass").cells[1]


def look(cage, expression):
    """The value of an expression inside the cage."""
    cell = f"import json, os, sys\nraise OSError(json.dumps({expression}))"
    return json.loads(run(cage, cell).cells[1].removeprefix("OSError: "))


def test_the_environment_of_the_teacher_is_not_there(cage, monkeypatch):
    names = look(cage, "sorted(os.environ)")
    assert set(names) <= {
        "HOME", "LANG", "LC_CTYPE", "OMP_NUM_THREADS", "PATH", "PWD", "RESNET_EDU_SCRATCH", "TEMP",
        "TMPDIR", *cages.PROCESSOR,
    }  # fmt: skip


def test_inside_bubblewrap_only_torch_numpy_and_the_probe_can_be_read(cage):
    if cage.fence != "bubblewrap":
        pytest.skip("the process fence hides no files; docs/teaching.md says so")
    assert look(cage, "'torch' in os.listdir('/packages')")
    there = "[p for p in os.listdir('/packages') if 'torchvision' in p or 'resnet' in p]"
    assert look(cage, there) == []
    places = "('/root', '/home', '/opt', '/mnt', '/usr/lib/python3', '/usr/local/lib', '/box')"
    walk = ("sum(('resnet' in f or 'torchvision' in f) for r in " + places +
            " for b, d, fs in os.walk(r) for f in fs + d)")  # fmt: skip
    assert look(cage, walk) == 0
    for place in ("/etc/passwd", "/home", "/var", "/sys"):
        assert look(cage, f"os.path.exists({place!r})") is False
    assert look(cage, f"os.path.exists({os.getcwd()!r})") is False
    assert look(cage, "os.listdir('/box')") == []
    for place in ("/usr/x", "/probe.py", "/packages/torch/x", sys.base_prefix + "/x",
                  "/packages/planted.py", "/x", "/dev/x"):  # fmt: skip
        said = run(cage, f"open({place!r}, 'w')").cells[1]
        assert said.startswith(("OSError", "PermissionError"))


def test_inside_bubblewrap_there_is_no_network(cage):
    if cage.fence != "bubblewrap":
        pytest.skip("the process fence does not close the network; docs/teaching.md says so")
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        cell = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert "Connection refused" in run(cage, cell).cells[1]


@POSIX
def test_nothing_is_left_for_the_next(cage):
    run(cage, "open('note', 'w').write('the answer'); torch.relu = None; nn.Conv2d = None", PLAIN)
    assert look(cage, "os.listdir('.')") == []
    assert is_still_good(cage)


AGAINST_THE_NEXT = {
    "limits": "import resource; resource.prlimit(keeper, resource.RLIMIT_FSIZE, (0, 0))",
    "memory": "import resource; resource.prlimit(keeper, resource.RLIMIT_AS, (1 << 32, 1 << 32))",
    "patience": "os.setpriority(os.PRIO_PROCESS, keeper, 19)",
    "processor": "os.sched_setaffinity(keeper, {max(os.sched_getaffinity(0))})",
    "idle": "os.sched_setscheduler(keeper, os.SCHED_IDLE, os.sched_param(0))",
    "folders": "os.makedirs('a/b'); open('a/b/note', 'w').write('x'); os.chmod('a/b', 0o555)",
    "deep": "for _ in range(3000): os.mkdir('d'); os.chdir('d')",
    "closed": "os.chmod('.', 0)",
    "link": "os.symlink('/', 'root')",
}


@POSIX
@pytest.mark.parametrize("what", AGAINST_THE_NEXT)
def test_what_is_done_to_the_keeper_and_its_folder_does_not_reach_the_next(cage, what):
    if sys.platform != "linux":
        pytest.skip("these calls are Linux's: elsewhere nobody can do this to the keeper")
    find = "import os; stat = open(f'/proc/{os.getppid()}/stat').read()\n" \
           "keeper = int(stat.rpartition(')')[2].split()[1])"
    action = AGAINST_THE_NEXT[what].replace(": os.mkdir", ":\n    os.mkdir")
    assert not run(cage, find, action).cells, "the cell did what it was to do"
    look_back = """
        import os, resource
        mine = resource.getrlimit(resource.RLIMIT_FSIZE), os.getpriority(os.PRIO_PROCESS, 0)
        mine += len(os.sched_getaffinity(0)), os.sched_getscheduler(0), os.listdir('.')
        raise OSError(str(mine))
        """
    found = run(cage, look_back).cells[1]
    with Cage(cage.fence, LIMITS) as other:
        assert found == run(other, look_back).cells[1]
    assert is_still_good(cage)


@POSIX
def test_stopping_the_deputy_gains_no_time(cage):
    start = time.monotonic()
    outcome = run(cage, "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)", "while 1: pass")
    assert outcome.killed
    assert time.monotonic() - start < LIMITS.total
    assert is_still_good(cage)


def test_inside_bubblewrap_shared_memory_does_not_stay(cage):
    if cage.fence != "bubblewrap":
        pytest.skip("the process fence shares it with the system; docs/teaching.md says so")
    get = "import ctypes; raise OSError(str(ctypes.CDLL(None).shmget(4711, 64, {})))"
    assert int(run(cage, get.format("0o1666")).cells[1].split()[-1]) >= 0  # IPC_CREAT
    assert int(run(cage, get.format("0o666")).cells[1].split()[-1]) == -1


SCAN = """
    import ctypes
    mark = ("mar" + "ker-of-").encode() + b"another"
    count = 0
    try:
        lines = open("/proc/self/maps").read().splitlines()
    except OSError:
        lines = []
    for line in lines:
        span, mode = line.split()[:2]
        low, high = (int(end, 16) for end in span.split("-"))
        if mode.startswith("rw") and "[v" not in line and high - low < 1 << 28:
            count += ctypes.string_at(low, high - low).count(mark)
    raise OSError(str(count))
    """


@POSIX
def test_the_next_one_cannot_read_what_the_one_before_has_written(cage):
    marker = "marker-of-" + "another"
    for _ in range(3):
        run(cage, f"text = {marker!r}\ntexts = [text + str(i) for i in range(1000)]", PLAIN)
    found = int(run(cage, SCAN).cells[1].removeprefix("OSError: "))
    assert found <= 3  # what the scan itself holds


@POSIX
def test_the_keeper_cannot_be_read(cage):
    for what in ("/proc/{}/mem", "/proc/{}/environ", "/proc/{}/fd/0"):
        cell = f"import os; open({what!r}.format(os.getppid()), 'rb').read(1)"
        root = cage.fence == "process" and os.geteuid() == 0
        if not root:  # root may read everything; grade as an ordinary user
            assert "PermissionError" in run(cage, cell).cells[1]


def test_it_works_after_the_calling_process_has_trained_a_network():
    import torch
    from torch import nn

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))
    for _ in range(3):
        net(torch.rand(8, 3, 32, 32)).square().sum().backward()
    torch.set_num_threads(before)
    start = time.monotonic()
    with Cage(fences()[-1], LIMITS) as made:
        assert verdict(run(made, PLAIN)).passed
    assert time.monotonic() - start < 60


def test_a_cage_for_each_submission():
    with Cage(fences()[0], LIMITS, fresh=True) as made:
        for _ in range(2):
            assert verdict(run(made, PLAIN)).passed


@POSIX
def test_an_answer_is_tried_as_it_stood_below_its_cell(cage):
    cells = [SETUP, PLAIN, "BasicBlock = 5", "def conv3x3(*wrong): raise RuntimeError"]
    plans = [{**PLANS[0], "after": 1}]
    outcome = cage.run(cells, plans)
    assert verdict(outcome).passed
    late = PLAIN.replace("class BasicBlock", "class Later")
    needs = "class BasicBlock(nn.Module):\n    expansion = 1\n" \
            "    def __new__(cls, *args, **kwargs): return Later(*args, **kwargs)"
    assert cage.run([SETUP, needs, late], plans).exercises["BasicBlock"]["rows"]


def test_the_cell_of_the_answer_that_was_tried_is_told(cage):
    broken = PLAIN.replace("def forward(self, x):", "def forward(self, x)")
    for after, cells, made in ((1, [PLAIN, "x = 1"], 1), (2, [PLAIN, broken], 1),
                               (1, [broken, "x = 1", PLAIN], 3), (1, [PLAIN, PLAIN], 1),
                               (2, [PLAIN, PLAIN + "\n1 / 0"], 2)):  # fmt: skip
        plans = [{**PLANS[0], "after": after}]
        assert cage.run([SETUP, *cells], plans).exercises["BasicBlock"]["made"] == made


WRONG = "class {}(nn.Module):\n    def __init__(self, *a, **k): raise RuntimeError('{}')"
FORMS = {  # ways of a builder to keep ResNet and the blocks other than by their names
    "resnet18": """
        import functools
        resnet18 = functools.partial(ResNet, BasicBlock, [2, 2, 2, 2])
        """,
    "resnet34": """
        def resnet34(net=ResNet, block=BasicBlock, **kwargs):
            return net(block, [3, 4, 6, 3], **kwargs)
        """,
    "resnet50": """
        def make(net, block, layers):
            return lambda **kwargs: net(block, layers, **kwargs)

        resnet50 = make(ResNet, Bottleneck, [3, 4, 6, 3])
        """,
    "resnet101": """
        TABLE = {"101": (ResNet, Bottleneck, [3, 4, 23, 3])}

        def resnet101(**kwargs):
            net, *rest = TABLE["101"]
            return net(*rest, **kwargs)
        """,
    "resnet152": """
        Net = ResNet
        def resnet152(**kwargs):
            return Net(Bottleneck, [3, 8, 36, 3], **kwargs)
        """,
    "wide_resnet50_2": """
        class Wide(ResNet):
            def __init__(self, **kwargs):
                super().__init__(Bottleneck, [3, 4, 6, 3], **{"width_per_group": 128, **kwargs})

        wide_resnet50_2 = Wide
        """,
}


def test_a_builder_finds_what_it_is_handed_however_it_refers_to_it():
    """Its own pieces are wrong. A right block that is tried later is what it was."""
    wrong = [WRONG.format(name, name) for name in ("ResNet", "Bottleneck")]
    cells = [SETUP, *wrong, PLAIN, *(textwrap.dedent(text) for text in FORMS.values())]
    asked = [EXERCISES[name] for name in (*FORMS, "BasicBlock")]
    plans = [{"name": e.name, "plan": e.drawn(5), "given": list(e.given)} for e in asked]
    with Cage(fences()[0]) as made:
        outcome = made.run(cells, plans)
    assert (outcome.cells, outcome.killed) == ({}, [])
    for exercise in asked:
        handed = "stand-ins" if exercise.given else "package"
        rows = outcome.exercises[exercise.name]["rows"]
        report = checking.judge(exercise, 5, rows, handed)
        assert report.passed, (exercise.name, report.title, report.seen)


def test_a_class_that_cannot_be_changed_gives_its_name_to_another():
    """A class without a base, which may get none, and a function."""
    builder = EXERCISES["resnet18"]
    plans = [{"name": "resnet18", "plan": builder.drawn(5), "given": list(builder.given)}]
    pieces = "class BasicBlock: pass\nclass Bottleneck: pass\ndef ResNet(*a, **k): pass"
    call = "def resnet18(**kwargs): return ResNet(BasicBlock, [2, 2, 2, 2], **kwargs)"
    with Cage(fences()[0]) as made:
        rows = made.run([SETUP, pieces, call], plans).exercises["resnet18"]["rows"]
    assert checking.judge(builder, 5, rows, "stand-ins").passed


def test_what_is_right_takes_the_place_of_a_cell_s_own(cage):
    """Where it is wrong, does not run or is missing; and where an answer keeps it by value."""
    by_name = PLAIN.replace("nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)",
                            "conv3x3(inplanes, planes, stride)")  # fmt: skip
    by_value = by_name.replace("norm_layer=None)", "norm_layer=None, conv3x3=conv3x3)", 1)
    wrong = EXERCISES["conv3x3"].styles["plain"].replace("bias=False", "bias=True")
    right = {"conv3x3": EXERCISES["conv3x3"].styles["plain"]}
    for cells in ([wrong, by_name], [wrong, by_value], ["def conv3x3(a", by_name], [by_value]):
        outcome = cage.run([SETUP, *cells], PLANS, right)
        assert verdict(outcome).passed, cells
        seen = cage.run([SETUP, *cells], PLANS).exercises["BasicBlock"]
        assert "rows" not in seen or not checking.judge(BLOCK, 5, seen["rows"]).passed


@POSIX
def test_the_text_of_a_function_is_there(cage):
    """As in Jupyter, which torch.jit needs; also behind a line of IPython's own."""
    cell = """
        import inspect
        !ls
        @torch.jit.script
        def both(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return torch.relu(a + b)

        def read(): return 1
        told = inspect.getsource(read)
        """
    outcome = run(cage, cell, "assert told.startswith('def read')", PLAIN)
    assert outcome.cells == {}
    assert verdict(outcome).passed


@POSIX
def test_a_step_that_nobody_asked_for_is_none(cage):
    forge = """
        import os
        for number in range(3, 60):
            try:
                os.write(number, b'\\n{"at": "' + b"\\\\u001b[2K" * 1000 + b'"}\\n')
            except OSError:
                pass
        os._exit(3)
        """
    killed = run(cage, forge, PLAIN).killed
    assert killed
    assert {step for step, _ in killed} <= {"", "cell 1"}
