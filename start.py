"""Set up .venv and run the tests: ``python start.py test``."""

import os
import subprocess
import sys
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
ENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(ENV, "Scripts" if os.name == "nt" else "bin", "python")


def main():
    stamp = os.path.join(ENV, "complete")
    if not os.path.exists(stamp):
        venv.create(ENV, with_pip=True)
        pip = [PYTHON, "-m", "pip", "install", "-q", "-r", "requirements.txt", "-e", "."]
        subprocess.run(pip, cwd=HERE, check=True)
        open(stamp, "w").close()
    if sys.argv[1:2] == ["test"]:
        return subprocess.run([PYTHON, "-m", "pytest", *sys.argv[2:]], cwd=HERE).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
