"""How much disk each install takes, by package: fresh environments made of the lock files."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import PackagePath, distributions
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Finding

HOME = Path(__file__).parent.parent
MEGABYTE = 10**6
TARGETS = {"minimal": 1200.0, "run": 2300.0}


def install_minimal() -> Finding:
    """The install that the system needs to run at all."""
    return _install("minimal")


def install_default() -> Finding:
    """The default install, all engines included."""
    return _install("run")


def _install(profile: str) -> Finding:
    with TemporaryDirectory(prefix="ait-install-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        lock = HOME / "requirements" / f"{profile}.txt"
        wanted = ("install", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", str(lock))
        subprocess.run([python, "-m", "pip", *wanted], check=True)
        site = Path(sysconfig.get_path("purelib", vars={"base": folder}))
        sizes = {found.name: _size(site, found.files or ()) for found in distributions(path=[str(site)])}
        total = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file() and not f.is_symlink())
    largest = dict(sorted(sizes.items(), key=lambda pair: -pair[1]))
    return Finding(
        f"install_{'default' if profile == 'run' else profile}",
        f"the whole environment of requirements/{profile}.txt on disk, byte-code included, MB",
        total / MEGABYTE,
        "MB",
        TARGETS[profile],
        details={
            "packages": len(sizes),
            "by_package": {name: round(size / MEGABYTE, 1) for name, size in largest.items()},
        },
    )


def _size(site: Path, files: Iterable[PackagePath]) -> int:
    """The bytes of a distribution's files, with the byte-code beside them."""
    total = 0
    for file in files:
        place = site / str(file)
        total += place.stat().st_size if place.is_file() else 0
    return total
