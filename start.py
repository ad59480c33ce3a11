"""Set resnet_edu up and open it: ``python start.py``.

Makes ``.venv``, installs requirements.txt and the package into it, and opens JupyterLab on the
first chapter. A second call installs nothing. ``--no-browser`` is for a remote machine.
``python start.py test`` runs the tests; what follows goes to pytest. ``python start.py docs``
builds the site into build/site. Standard library only.
"""
# Old Pythons must be able to read this file in order to say that they are too old: no f-strings.

from __future__ import print_function

import hashlib
import io
import json
import os
import platform
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ENV = os.path.join(HERE, ".venv")
FIRST = "notebooks/00_start_here.ipynb"
OLDEST = (3, 11)
WINDOWS = os.name == "nt"
PYTHON = os.path.join(ENV, "Scripts" if WINDOWS else "bin", "python.exe" if WINDOWS else "python")
STAMP = os.path.join(ENV, "resnet_edu_installed")
INPUTS = ("requirements.txt", "pyproject.toml")
NO_NETWORK = (
    "from versions: none", "Temporary failure in name resolution", "Failed to establish a new",
    "NewConnectionError", "getaddrinfo failed", "nodename nor servname", "Network is unreachable",
    "ConnectTimeoutError", "Read timed out", "ProxyError",
)
SIZES = {
    "Linux": "about 2.8 GB, CUDA libraries included (the README says how to get by with less)",
    "Darwin": "about 0.3 GB",
    "Windows": "about 0.3 GB",
}


class Stop(Exception):
    """What is wrong, in one line."""


def main(arguments):
    """Run one command; the exit status."""
    try:
        check_machine()
        if arguments[:1] in (["-h"], ["--help"]):
            print(__doc__.strip())
            return 0
        testing = arguments[:1] == ["test"]
        if not testing and arguments not in ([], ["--no-browser"], ["docs"]):
            known = "--no-browser, test, docs and --help"
            raise Stop("unknown: %s. Known are %s" % (" ".join(arguments), known))
        set_up()
        if testing:
            return test(arguments[1:])
        if arguments == ["docs"]:
            return run([PYTHON, "-m", "resnet_edu.website"])
        return open_lab(arguments == [])
    except Stop as problem:
        print("start.py: %s" % problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("start.py: stopped; call it again to go on", file=sys.stderr)
        return 130


def test(wanted):
    """pytest with what is wanted; without that every test, two at a time where nothing is timed."""
    pytest = [PYTHON, "-m", "pytest"]
    if wanted:
        return run(pytest + wanted)
    together = run(pytest + ["-n", "2", "--dist", "worksteal", "-m", "not alone"])
    if together == 2:  # interrupted
        return together
    return run(pytest + ["-m", "alone"]) or together


def check_machine():
    """Refuse what cannot work before anything is made."""
    if sys.version_info < OLDEST:
        raise Stop(
            "Python %d.%d is too old, %d.%d or newer is needed: call this file with a newer one"
            % (sys.version_info[:2] + OLDEST)
        )
    system, machine = platform.system(), platform.machine().lower()
    reason = None
    if struct.calcsize("P") < 8:
        reason = "this is a 32-bit Python"
    elif system == "Darwin" and machine == "x86_64":
        reason = "this is macOS on Intel (or an Intel Python on Apple silicon)"
    elif system == "Windows" and machine in ("arm64", "aarch64"):
        reason = "this is Windows on ARM"
    if reason:
        raise Stop(
            "no torch 2.13 is made for this machine: %s. Linux on x86-64 or ARM, macOS on Apple"
            " silicon and Windows on x86-64 run it; the notebooks can be read without" % reason
        )


def set_up():
    """Make ``.venv`` and install into it, unless that has been done for these very files."""
    wanted = fingerprint()
    if read(STAMP) == wanted and works():
        return
    marked = os.path.exists(os.path.join(ENV, "pyvenv.cfg"))
    if os.path.isdir(ENV) and os.listdir(ENV) and not marked:
        raise Stop("%s is no virtual environment: move it away, nothing was changed" % ENV)
    if not works():
        make_environment()
    size = SIZES.get(platform.system(), "some hundred MB")
    print("Installing into .venv. What is not there yet is downloaded, %s." % size)
    install()
    settle_lab()
    with io.open(STAMP, "w", encoding="utf-8") as file:
        file.write(wanted)


def fingerprint():
    """A hash of all that decides what is installed."""
    digest = hashlib.sha256(repr((sys.version_info[:3], HERE)).encode("utf-8"))
    for name in INPUTS:
        with io.open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def read(path):
    """The text of a file; empty when there is none."""
    if not os.path.exists(path):
        return ""
    with io.open(path, encoding="utf-8") as file:
        return file.read()


def works():
    """Whether the environment's Python runs, is this version, and has pip."""
    ask = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.check_output([PYTHON, "-c", ask], stderr=subprocess.STDOUT, env=clean())
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.decode().strip() == "%d.%d" % sys.version_info[:2]


def make_environment():
    """A new virtual environment; a half-made one is replaced."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise Stop(
            "this Python lacks its venv module: on Debian and Ubuntu 'apt install python%d.%d-venv'"
            % sys.version_info[:2]
        )
    print("Making the virtual environment .venv")
    try:
        venv.create(ENV, with_pip=True, clear=os.path.isdir(ENV))
    except (OSError, subprocess.CalledProcessError) as error:
        raise Stop("the virtual environment %s could not be made: %s" % (ENV, error))


def install():
    """pip, with its output shown and read for what went wrong."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check",
               "-r", "requirements.txt", "-e", "."]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=HERE, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = []
    try:
        for line in io.TextIOWrapper(process.stdout, encoding="utf-8", errors="replace"):
            said.append(line)
            if line.strip().startswith("Downloading"):
                print("  " + line.strip())
            elif line.startswith("Installing collected"):
                print("  Unpacking all of it (a minute or two)")
            sys.stdout.flush()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.wait():
        explain_pip("".join(said))


def explain_pip(text):
    """One line for why pip failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    if "No space left on device" in text:
        raise Stop("the disk is full; make room and call start.py again")
    if any(sign in text for sign in NO_NETWORK):
        raise Stop("pip reached no package index: is there a network? Call start.py again then")
    raise Stop("pip failed: %s" % (errors or lines or ["without a word"])[-1])


def settle_lab():
    """JupyterLab without its question about news and nbgrader's menus, in this environment only."""
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    put(("share", "jupyter", "lab", "settings", "overrides.json"),
        {"@jupyterlab/apputils-extension:notification": quiet})
    menus = ("@jupyter/nbgrader", "@jupyter-notebook/lab-extension")
    put(("etc", "jupyter", "labconfig", "page_config.json"),
        {"disabledExtensions": dict((name, True) for name in menus)})
    parts = ("assignment_list", "course_list", "formgrader", "validate_assignment")
    servers = dict(("nbgrader.server_extensions." + part, False) for part in parts)
    put(("etc", "jupyter", "jupyter_server_config.d", "resnet_edu.json"),
        {"ServerApp": {"jpserver_extensions": servers}})


def put(place, content):
    """Write a settings file of JupyterLab's into the environment."""
    path = os.sep.join((ENV,) + place)
    if not os.path.isdir(os.path.dirname(path)):
        os.makedirs(os.path.dirname(path))
    with io.open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)


def open_lab(browser):
    """Trust the notebooks (a note in the reader's own Jupyter folder) and open the first one."""
    folder = os.path.join(HERE, "notebooks")
    notebooks = sorted(name for name in os.listdir(folder) if name.endswith(".ipynb"))
    trust = [PYTHON, "-m", "jupyter", "trust"] + [os.path.join(folder, n) for n in notebooks]
    run(trust, stdout=subprocess.DEVNULL)
    lab = [PYTHON, "-m", "jupyter", "lab", "--LabApp.default_url=/lab/tree/" + FIRST]
    return run(lab + ([] if browser else ["--no-browser"]))


def run(command, **options):
    """Run and wait; Ctrl-C is the program's own to answer, its exit status is ours."""
    process = subprocess.Popen(command, cwd=HERE, env=clean(), **options)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def clean():
    """The environment variables, without those that point Python elsewhere."""
    kept = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_USER"):
        kept.pop(name, None)
    kept["PATH"] = os.path.dirname(PYTHON) + os.pathsep + kept.get("PATH", "")
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
