"""What the tests need of the machine beside Python: a browser, the fonts of the bulletin, and Java for Spark. Installed where we may."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
FONTS = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
JAVA = Path("/usr/bin/java")
_PACKAGES = {"chromium": CHROMIUM, "fonts-noto-cjk": FONTS, "default-jre-headless": JAVA}


def prepare() -> None:
    """Installs what is missing, before any test runs: what a document looks like must not change in the middle."""
    wanted = list(missing())
    if not wanted or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
        subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=600", *command], check=True, stdout=subprocess.DEVNULL)


def missing() -> Iterator[str]:
    """The names of Debian's packages that are not there."""
    return (package for package, path in _PACKAGES.items() if not path.exists())
