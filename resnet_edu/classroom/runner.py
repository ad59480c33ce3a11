"""The keeper of one cage: imports torch once, then forks a child for every submission.

It is handed to Python as text, so that inside the cage there is one file only, the probe. Standard
library, torch and the probe; nothing of the package. Jobs come in as lines of JSON, what was seen
goes out as lines of JSON. The keeper itself runs no operation of torch: a process forked after one
would hang in its first convolution.
"""

import __future__

import ast
import contextlib
import dis
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import linecache
import os
import re
import select
import shutil
import signal
import sys
import time
import types
from typing import Any

TAKEN = ("torchvision", "timm", "segmentation_models_pytorch", "resnet_edu")
IGNORED = ("matplotlib", "IPython", "torchinfo", "tqdm", "jupytext", "ipywidgets", "pandas",
           "seaborn", "PIL", "sklearn", "pytest", "nbgrader")  # fmt: skip
BARS = ("tqdm",)
NOT_THERE = "{} is not there when an answer is graded"
FORKS = hasattr(os, "fork")
CHUNK = 1 << 16
CHILD, KEEPER = b"c", b"k"  # who speaks: the first letter of a line; a child cannot write the other


# The child: one submission.


class Nothing:
    """Stands for whatever a library of pictures or tables would give; does nothing."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return Nothing()

    def __getattr__(self, name: Any) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __getitem__(self, key: Any) -> Any:
        return Nothing()

    def __setitem__(self, key: Any, value: Any) -> Any:
        return None

    def __iter__(self) -> Any:
        """Nothing to walk through; but as many as stand before the ``=`` where it is unpacked."""
        return iter([Nothing() for _ in range(_unpacked(sys._getframe(1)))])

    def __enter__(self) -> Any:
        return Nothing()

    def __exit__(self, *problem: Any) -> Any:
        return None


def _unpacked(frame: Any) -> Any:
    """How many values the instruction that a frame is at unpacks; 0 where it is another one."""
    code, place = frame.f_code.co_code, frame.f_lasti
    kind, count = dis.opname[code[place]], code[place + 1]
    return count if kind in ("UNPACK_SEQUENCE", "UNPACK_EX") else 0


class Progress(Nothing):
    """What a library of progress bars gives: it walks through what it was handed."""

    def __init__(self, steps: Any = ()) -> None:
        self.steps = steps

    def __iter__(self) -> Any:
        return iter(self.steps)

    def __len__(self) -> Any:
        return len(self.steps)


class Bars(Nothing):
    """What makes a progress bar: around what it gets, or around numbers that it counts."""

    def __init__(self, counts: Any) -> None:
        self.counts = counts

    def __call__(self, iterable: Any = (), *rest: Any, **words: Any) -> Any:
        return Progress(range(iterable, *rest) if self.counts else iterable)


class Missing:
    """Stands for what is not there when an answer is graded. To use it is noted, and an error."""

    def __init__(self, path: Any, used: Any) -> None:
        self.__dict__.update(_path=path, _used=used)

    def __getattr__(self, name: Any) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._path}.{name}", self._used)

    def _use(self, *args: Any, **kwargs: Any) -> Any:
        self._used.append(self._path)
        raise ImportError(NOT_THERE.format(self._path.partition(".")[0]))

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = _use
    __mro_entries__ = __instancecheck__ = __subclasscheck__ = _use

    def __or__(self, other: Any) -> Any:  # in an annotation, which uses nothing
        return self

    __ror__ = __or__

    def __exit__(self, *problem: Any) -> Any:
        return None


class Imports(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers for what is not in the cage: pictures do nothing, all else may not be used."""

    def __init__(self, probe: Any, given: Any, used: Any) -> None:
        self.probe, self.given, self.used = probe, given, used

    def find_spec(self, name: Any, path: Any = None, target: Any = None) -> Any:
        """A spec of ours for solutions and pictures."""
        if name.split(".")[0] in (*TAKEN, *IGNORED):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> Any:
        """The usual kind of module."""
        return None

    def exec_module(self, module: Any) -> Any:
        """Fill a module that stands for another."""
        root = module.__name__.split(".")[0]
        if root in BARS:
            module.__getattr__ = lambda name: Bars(counts=name == "trange")
        elif root in IGNORED:
            module.__getattr__ = lambda name: Nothing()
        else:
            module.__getattr__ = lambda name: self.piece(module.__name__, name)

    def piece(self, module: Any, name: Any) -> Any:
        """What stands for ``module.name``. ``check`` does nothing; what is handed out is there."""
        if name == "__all__":  # all of it is asked for: ``from module import *``
            Missing(f"{module}.*", self.used)()
        if name.startswith("__"):
            raise AttributeError(name)
        if module.split(".")[0] == "resnet_edu" and name == "check":
            return lambda *args, **kwargs: Nothing()
        if module.split(".")[0] == "resnet_edu" and name in self.given:
            return self.probe.STAND_INS[name]
        return Missing(f"{module}.{name}", self.used)


class Others(Imports):
    """Asked last: answers for all else that a cell imports and that is not there."""

    def find_spec(self, name: Any, path: Any = None, target: Any = None) -> Any:
        """A spec of ours where a cell asks; torch's own attempts fail as they would anywhere."""
        root = name.split(".")[0]
        ours = isinstance(getattr(sys.modules.get(root), "__loader__", None), Others)
        if (name == root or ours) and _asked_by_a_cell(sys._getframe(1)):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None


def _asked_by_a_cell(frame: Any) -> Any:
    """Whether an import stands in a cell, and not in a library that a cell uses."""
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None and re.fullmatch(r"cell \d+", frame.f_code.co_filename) is not None


class TooLong(BaseException):
    """The time for one step is over."""


def within(seconds: Any, function: Any) -> Any:
    """Call ``function``; raise ``TooLong`` in it when the time is over, again until it stops."""
    if not hasattr(signal, "setitimer"):
        return function()

    def stop(number: Any, frame: Any) -> Any:
        while frame is not None:  # only under _inside: elsewhere nobody would put things right
            if frame.f_code is _inside.__code__:
                raise TooLong
            frame = frame.f_back

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.02)
    try:
        return _inside(function)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _inside(function: Any) -> Any:
    return function()


IMPORTING = (ast.Import, ast.ImportFrom)
IPYTHON = (  # what Jupyter runs and Python cannot read; and what stands for it, as it does nothing
    (r"%time\s+(?=[^\W\d])(.+)", r"\1"),
    (r"([\w., ]+?)\s*=\s*[%!].*", r"\1 = get_ipython()"),
    (r"[%!?].*|[\w.\[\]*]+\?{1,2}", "pass"),
    (r"(?:pip3?|conda|mamba|ls|cd|cat|mkdir|cp|mv|rm|time|timeit)\s.*", "pass"),
)


def plain(line: Any) -> Any:
    """A line without what only IPython reads; itself where that is nothing."""
    begin = line.strip()
    pad = line[: len(line) - len(line.lstrip())]
    for form, instead in IPYTHON:
        if re.fullmatch(form, begin):
            return pad + re.sub(form, instead, begin, count=1)
    return line


def read_cell(source: Any, name: Any) -> Any:
    """The code of a cell and its statements; lines of IPython's own count as nothing.

    Only where Python stumbles is such a line looked for: elsewhere it may be part of a text.
    """
    lines = source.split("\n")
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    while True:
        text = "\n".join(lines)
        try:
            cell = compile(text, name, "exec", flags, True), ast.parse(text, name).body
            # as Jupyter does: what asks for the text of a function, such as torch.jit, finds it
            linecache.cache[name] = len(text), None, text.splitlines(True), name
            return cell
        except SyntaxError as error:
            place = (error.lineno or 0) - 1
            line = lines[place] if 0 <= place < len(lines) else ""
            if plain(line) == line:
                raise
            lines[place] = plain(line)
            while line.endswith("\\") and place + 1 < len(lines):  # it goes on
                place += 1
                line, lines[place] = lines[place], ""


def said(error: Any) -> Any:
    """An exception as plain data."""
    text = (str(error).strip().splitlines() or [""])[0]
    says = text if len(text) <= 200 else text[:200].rpartition(" ")[0] + " …"
    return {"raises": type(error).__name__, "says": says[:202]}


def run_submission(job: Any, probe: Any, tell: Any) -> Any:
    """Run the cells, then probe every exercise; ``tell`` hands out what is seen, step by step."""
    import torch

    torch.set_num_threads(1)
    used: list[str] = []  # of what is not there, in one step
    given = {name for exercise in job["exercises"] for name in exercise["given"]}
    sys.meta_path.insert(0, Imports(probe, given, used))
    sys.meta_path.append(Others(probe, given, used))
    main = types.ModuleType("__main__")
    stand = {name: Nothing() for name in ("display", "get_ipython", "help")}
    main.__dict__.update({"__name__": "__main__", "__builtins__": __builtins__, **stand})
    sys.modules["__main__"] = main
    names = {exercise["name"] for exercise in job["exercises"]}
    then: dict[str, Any] = {}
    made: dict[str, int] = {}  # the cell that gave an exercise's name what it stands for
    uses: dict[int, list[str]] = {}  # what a cell used of what is not there
    whole: list[str] = []  # of which a cell wanted everything
    right = _defined_by(job.get("right", {}))
    for number, source in enumerate(job["cells"]):
        before = dict(main.__dict__)
        if number not in job["skip"]:
            tell({"at": f"cell {number}"})
            used.clear()
            _run_cell(number, source, main.__dict__, names, job["seconds"], tell)
            uses[number] = [*used]
            whole += [path for path in used if path.endswith(".*")]
        main.__dict__.update(right)
        for exercise in job["exercises"]:
            name = exercise["name"]
            if name not in main.__dict__ or name in then:
                continue
            if main.__dict__[name] is not before.get(name, before):
                made[name] = number
            if exercise.get("after") == number:
                then[name] = dict(main.__dict__)
    end = dict(main.__dict__)
    for exercise in job["exercises"]:
        if exercise["name"] not in job["skip"]:
            tell({"at": exercise["name"]})
            # as it stood below its cell; what it needs may stand further down
            main.__dict__.update({**end, **then.get(exercise["name"], {})})
            where = {"made": made.get(exercise["name"], 0)}
            used[:] = uses.get(exercise.get("after", 0), []) + whole
            _probe(exercise, main.__dict__, probe, used, job["seconds"],
                   lambda row, where=where: tell({**row, **where}))


def _defined_by(sources: Any) -> Any:
    """What texts of the grader's define, by name: it takes the place of the student's own."""
    import torch

    space: dict[str, Any] = {"__name__": "__main__", "nn": torch.nn}
    for source in sources.values():
        exec(source, space)
    return {name: space[name] for name in sources}


def _run_cell(
    number: Any, source: Any, space: Any, names: Any, seconds: Any, tell: Any
) -> Any:  # fmt: skip
    """Run a cell. Where it breaks off, what it goes on to define is there all the same."""
    begin: list[Any] = []
    try:
        within(seconds, lambda: _run(read_cell(source, f"cell {number}"), space, begin))
    except TooLong:
        tell({"cell": number, "raises": "TooLong", "says": f"stopped after {seconds} s"})
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: it is a submission's
        tell({"cell": number, **said(error)})
        broken = error
        with contextlib.suppress(BaseException):
            within(seconds, lambda: begin and _run_rest(broken, begin, names, space))


def _run(cell: Any, space: Any, begin: Any) -> Any:
    code, _ = cell
    begin += cell
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, space)
        return
    import asyncio

    asyncio.run(eval(code, space))


def _run_rest(error: Any, cell: Any, names: Any, space: Any) -> Any:
    """Run what a cell defines and imports below the line at which it broke off."""
    code, statements = cell
    trace, line = error.__traceback__, None
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code is code else line
        trace = trace.tb_next
    if line is None:
        return
    done = {name for s in statements if s.end_lineno < line for name in _defined(s)}
    rest = [s for s in statements if s.lineno > line and _is_wanted(s, names, done & names)]
    flags = code.co_flags & __future__.annotations.compiler_flag
    exec(compile(ast.Module(rest, []), code.co_filename, "exec", flags, True), space)


def _is_wanted(statement: Any, names: Any, done: Any) -> Any:
    """Whether it imports or defines something, or gives a name that is asked for its value.

    What is asked for and ``done`` above stays as it is: there the cell broke off.
    """
    defined = set(_defined(statement))
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return bool(defined & names - done)
    definition = isinstance(statement, (ast.FunctionDef, ast.ClassDef))
    return not defined & done and (definition or isinstance(statement, IMPORTING))


def _defined(statement: Any) -> Any:
    """The names that a statement gives a meaning."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _probe(exercise: Any, space: Any, probe: Any, used: Any, seconds: Any, tell: Any) -> Any:
    name = exercise["name"]
    rows: dict[str, Any] = {}
    answer = space.get(name)
    if name not in space or isinstance(answer, (Missing, Nothing)):
        taken = [answer._path] if isinstance(answer, Missing) else used
        tell({"exercise": name, "absent": True, "imports": sorted(set(map(str, taken)))})
        return
    used.clear()
    note: dict[str, Any] = {}
    try:
        with _handed_out(exercise["given"], space, answer, probe):
            within(seconds, lambda: probe.observe(answer, exercise["plan"], rows))
    except TooLong:
        note = {"stopped": seconds}
    except BaseException as error:
        note = {"broken": f"{type(error).__name__}: {said(error)['says']}"}
    tell({"exercise": name, "rows": rows, "imports": sorted(set(map(str, used))), **note})


@contextlib.contextmanager
def _handed_out(names: Any, space: Any, answer: Any, probe: Any) -> Any:
    """Meanwhile what an exercise hands out is there, also where the notebook does not import it."""
    pieces = {name: probe.STAND_INS[name] for name in names}
    added = [name for name in names if name not in space]
    space.update({name: pieces[name] for name in added})
    try:
        with probe.handed_out(pieces, [space, *probe.namespaces(answer)]):
            yield
    finally:
        for name in added:
            space.pop(name, None)


def child(job: Any, probe: Any, out: Any, limits: Any, heard: Any = None) -> Any:
    """Fence the process in, run the submission, write what is seen to the pipe ``out``.

    A step is not begun before the deputy has passed on which one it is: ``heard`` says so.
    """
    fence(limits)
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)

    def tell(row: Any) -> Any:
        data = json.dumps(row).encode() + b"\n"
        data = b"\n" + data if FORKS else CHILD + data  # behind whatever the submission has written
        while data:
            data = data[os.write(out, data) :]
        if "at" in row and heard is not None:
            os.read(heard, 1)

    run_submission(job, probe, tell)
    tell({"end": "done"})


def fence(limits: Any) -> Any:
    """Limits that the system enforces on this process and all that it starts."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)  # who watches it comes first, however many it starts
    try:
        import resource
    except ImportError:  # Windows has none of this
        return
    wanted = {"RLIMIT_AS": _memory_now() + limits["memory"], "RLIMIT_FSIZE": limits["file"],
              "RLIMIT_NOFILE": 64, "RLIMIT_CORE": 0, "RLIMIT_CPU": limits["total"],
              "RLIMIT_NPROC": limits["processes"] if limits["count"] else None}  # fmt: skip
    for name, value in wanted.items():
        if value is not None and hasattr(resource, name):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (int(value), int(value)))


def _memory_now() -> Any:
    with contextlib.suppress(OSError, IndexError, ValueError), open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0


# The keeper: one child after another.


def keep(probe: Any, limits: Any) -> Any:
    """Serve jobs from standard input until it closes.

    A deputy, forked for each, reads the job and passes on what is seen. So nothing of a submission
    is ever in the memory of the keeper, from which the next one is forked.
    """
    _protect()
    _open_scratch()
    before = _allowances()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    send(answers, {"ready": True})
    while _job_waits():
        if not FORKS:
            child(json.loads(_line(0)), probe, answers.fileno(), limits)  # then a new keeper
            send(answers, {"over": True})
            return
        deputy = os.fork()
        if deputy == 0:
            status = 1
            try:
                _serve(probe, answers, limits)
                status = 0
            finally:
                os._exit(status)
        whole = _wait(deputy, limits["total"] + 15)
        gone = _kill_all()
        clean = gone and _sweep() and _allowances() == before  # else this cage is given up
        if not whole:
            send(answers, {"killed": "death"})
        send(answers, {"over": True, "spent": not clean})


def _job_waits() -> Any:
    """Wait until there is something to read; False when standard input has closed instead."""
    if not hasattr(select, "poll"):
        return True
    waiting = select.poll()
    waiting.register(0, select.POLLIN | select.POLLHUP)
    return bool(waiting.poll()[0][1] & select.POLLIN)


def _line(stream: Any) -> Any:
    """One line, and not a byte more, from a file descriptor."""
    parts: list[bytes] = []
    while not parts or not parts[-1].endswith(b"\n"):
        parts.append(os.read(stream, CHUNK))
        if not parts[-1]:
            raise SystemExit
    return b"".join(parts)


def _wait(deputy: Any, seconds: Any) -> Any:
    """Whether the deputy came to its end by itself, in time. One that was stopped will not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pid, status = os.waitpid(deputy, os.WNOHANG | os.WUNTRACED)
        if pid:
            return status == 0
        time.sleep(0.002)
    return False


def send(answers: Any, row: Any) -> Any:
    """One line of JSON."""
    answers.write(KEEPER + json.dumps(row).encode() + b"\n")
    answers.flush()


def _protect() -> Any:
    """No process of a submission may look into or trace the keeper; orphans come to it."""
    if sys.platform != "linux":
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER on


def _serve(probe: Any, answers: Any, limits: Any) -> Any:
    """The deputy: one submission in a child of its own, watched until it ends."""
    job = json.loads(_line(0))
    inward, outward = os.pipe()
    heard, say = os.pipe()
    os.set_blocking(say, False)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(inward)
            os.close(say)
            os.setsid()
            answers.close()
            child(job, probe, outward, limits, heard)
            status = 0
        finally:
            os._exit(status)
    os.close(outward)
    os.close(heard)
    reason = _watch(pid, inward, say, limits, answers)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if reason:
        send(answers, {"killed": reason})


def _watch(pid: Any, inward: Any, say: Any, limits: Any, answers: Any) -> Any:
    """Pass on what the child says until it ends; the reason when it had to be ended."""
    begin = step = time.monotonic()
    size, rest, usual = 0, b"", _own_memory("self")
    while True:
        now = time.monotonic()
        if now - begin > limits["total"]:
            return "total time"
        if now - step > limits["step"]:
            return "time"
        there = _processes()
        if len(there) > limits["processes"]:
            return "processes"
        if _memory(there, usual) > limits["memory"]:
            return "memory"
        if not select.select([inward], [], [], 0.05)[0]:
            if _ended(pid):
                return "death"
            continue
        data = os.read(inward, CHUNK)
        if not data:
            return "death"
        size += len(data)
        if size > limits["answer"]:
            return "size"
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > limits["answer"]:
            return "size"
        for line in filter(None, lines):
            answers.write(CHILD + line + b"\n")
            answers.flush()
            if line.startswith(b'{"at": '):
                _clear(pid)
                step = time.monotonic()
                with contextlib.suppress(OSError):  # it says more steps than it waits for
                    os.write(say, b".")
            if line == b'{"end": "done"}':
                return ""


def _clear(pid: Any) -> Any:
    """End what a step has left behind, so that the next one is not blamed for it."""
    left = [other for other in _processes() if other != pid]
    for other in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(other, signal.SIGKILL)
    end = time.monotonic() + 1
    while any(map(_own_memory, left)) and time.monotonic() < end:
        time.sleep(0.002)


def _ended(pid: Any) -> Any:
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    return True


def _processes() -> Any:
    """The processes that there are besides the keeper and this deputy."""
    if os.getppid() == 1:
        there = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    else:
        there = descendants(os.getppid())
    return [pid for pid in there if pid not in (os.getpid(), os.getppid())]


def _memory(processes: Any, usual: Any) -> Any:
    """What processes take beyond the usual for each, and shared memory of System V, in bytes."""
    beyond = sum(max(0, _own_memory(pid) - usual) for pid in processes)
    if os.getppid() == 1:  # then what is there is this cage's own
        beyond += sum(int(row[3]) for row in _shared("shm"))
    return beyond


def _shared(kind: Any) -> Any:
    """What there is of System V's "shm", "sem" or "msg" in this namespace, as rows of fields."""
    with contextlib.suppress(OSError), open(f"/proc/sysvipc/{kind}") as file:
        return [row.split() for row in file.read().splitlines()[1:]]
    return []


def _own_memory(pid: Any) -> Any:
    """What a process has written to, in memory or swapped out, in bytes; 0 where nothing tells."""
    wanted = ("RssAnon", "RssShmem", "VmSwap")
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/status") as file:
        rows = (row.split() for row in file if row.partition(":")[0] in wanted)
        return sum(int(row[1]) for row in rows) << 10
    return 0


def descendants(root: Any) -> Any:
    """All that a process has started and all that these have, where the system tells."""
    if not os.path.isdir("/proc/self"):
        return []
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError), \
                    open(f"/proc/{name}/stat") as file:  # fmt: skip
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    found: set[int] = set()
    fresh = {root}
    while fresh:
        fresh = {p for p, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return list(found)


def _kill_all(seconds: Any = 10) -> Any:
    """End all that a submission has started, and wait until it is gone; whether it is.

    Thousands of processes, on a computer that is busy, take some seconds to die.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.getpid() == 1:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL)
        else:
            for other in descendants(os.getpid()):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(other, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        time.sleep(0.005)
    return False


def _allowances() -> Any:
    """What this process may use. Another process of the same user may take it away for good."""
    try:
        import resource
    except ImportError:
        return ()
    names = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
    found: list[Any] = [resource.getrlimit(getattr(resource, name)) for name in names]
    found.append(os.getpriority(os.PRIO_PROCESS, 0))
    if hasattr(os, "sched_getaffinity"):
        found += [os.sched_getaffinity(0), os.sched_getscheduler(0)]
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj") as file:
        found.append(file.read())
    return found


def _scratch() -> Any:
    places = os.environ.get("RESNET_EDU_SCRATCH", "").split(os.pathsep)
    return [place for place in places if place]


def _open_scratch() -> Any:
    for folder in _scratch():
        with contextlib.suppress(OSError):
            os.chmod(folder, 0o700)


def _sweep() -> Any:
    """Empty the scratch folders, which are this cage's own; whether nothing is left in them.

    In bubblewrap, shared memory is the cage's own too.
    """
    if os.getpid() == 1:
        _remove_shared()
    _open_scratch()
    try:
        for folder in _scratch():
            for here, folders, _ in os.walk(folder):
                for path in (os.path.join(here, name) for name in folders):
                    if not os.path.islink(path):
                        os.chmod(path, 0o700)
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    os.unlink(path)
        return not any(os.listdir(folder) for folder in _scratch())
    except (OSError, RecursionError):
        return False


def _remove_shared() -> Any:
    """Remove the shared memory, semaphores and message queues of System V in this namespace."""
    import ctypes

    libc = ctypes.CDLL(None)
    removers = {"shm": lambda i: libc.shmctl(i, 0, None), "msg": lambda i: libc.msgctl(i, 0, None),
                "sem": lambda i: libc.semctl(i, 0, 0, None)}  # fmt: skip
    for kind, remove in removers.items():
        for row in _shared(kind):
            remove(int(row[1]))


def load_probe(path: Any) -> Any:
    """The probe file as a module named ``probe``."""
    spec: Any = importlib.util.spec_from_file_location("probe", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["probe"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.path[:0] = [sys.argv[2]]
    gc.disable()  # while torch loads nothing becomes garbage, and looking for it takes time
    probe = load_probe(sys.argv[1])
    gc.enable()
    keep(probe, json.loads(sys.argv[3]))
