"""What the tests need of the machine beside Python: a browser, the fonts of the bulletin, Java for Spark, and a C compiler
for the sweep.

    ./run python -m tests.machine

installs what is missing, as root on Debian; elsewhere it says what to install. The tests install nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMAND = "./run python -m tests.machine"
CHROMIUM = Path("/usr/bin/chromium")
FONTS = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
JAVA = Path("/usr/bin/java")
COMPILER = Path("/usr/bin/gcc")
HEADERS = Path("/usr/include/stdio.h")
_PACKAGES = {
    "chromium": CHROMIUM,
    "fonts-noto-cjk": FONTS,
    "default-jre-headless": JAVA,
    "gcc": COMPILER,
    "libc6-dev": HEADERS,
}


def missing() -> list[str]:
    """The names of Debian's packages that are not there."""
    return [package for package, path in _PACKAGES.items() if not path.exists()]


def lacking() -> str:
    """A sentence on what is missing and how to get it; empty where nothing is."""
    packages = missing()
    return f"This machine lacks {' and '.join(packages)}, which tests need. Install with: {COMMAND}" if packages else ""


def prepare() -> int:
    """Installs what is missing; returns the exit status."""
    packages = missing()
    if not packages:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Only root on Debian can install here. Install yourself: {' '.join(packages)}", file=sys.stderr)
        return 1
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=600", *command], check=True, stdout=subprocess.DEVNULL)
    if missing():
        print(
            f"Installed, but not where the tests look: {', '.join(str(_PACKAGES[one]) for one in missing())}", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(prepare())
