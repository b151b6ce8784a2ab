#!/usr/bin/env python3
"""Build the wheel and the sdist into dist/, the same bytes wherever and whenever a commit is built.

    pip install --require-hashes -r requirements/release.txt
    python scripts/build_release.py            # into dist/
    python scripts/build_release.py --check    # built twice, in two folders: fails if a byte differs

What is built is what git tracks, or all of an unpacked sdist. Its time is that of the commit, or ``SOURCE_DATE_EPOCH``
(seconds since 1970; https://reproducible-builds.org/specs/source-date-epoch/). The bytes depend on the versions of the
tools, which requirements/release.txt pins.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_EARLIEST = 315532800
"""1980-01-01, before which a zip archive knows no time."""


def build(root: Path, output: Path) -> list[Path]:
    """Build the sources below ``root`` into ``output``; the sdist and the wheel. Raises ``CalledProcessError``."""
    time = _time(root)
    with tempfile.TemporaryDirectory() as folder:
        sources, made = Path(folder) / "sources", Path(folder) / "made"
        _copied(root, sources)
        env = {**os.environ, "SOURCE_DATE_EPOCH": str(time), "PYTHONHASHSEED": "0", "TZ": "UTC"}
        # The wheel is made of the sdist, so whoever has only that makes the same one.
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(made), str(sources)]
        before = os.umask(0o022)
        try:
            subprocess.run(command, env=env, cwd=folder, check=True, capture_output=True)  # noqa: S603
        except subprocess.CalledProcessError as error:
            sys.stderr.write(error.stderr.decode(errors="replace"))
            raise
        finally:
            os.umask(before)
        (sdist,) = made.glob("*.tar.gz")
        _repack(sdist, time)
        output.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy(file, output)) for file in sorted(made.iterdir())]


def _time(root: Path) -> int:
    """The time that everything in the archives has."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return max(int(given), _EARLIEST)
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
        return max(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout), _EARLIEST)  # noqa: S603
    return max(int((root / "PKG-INFO").stat().st_mtime), _EARLIEST)


def _copied(root: Path, target: Path) -> None:
    """Copy what is to be built: neither what earlier builds left nor what lies about, with one mode for all."""
    for name in _files(root):
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, file)
        file.chmod(0o755 if os.access(root / name, os.X_OK) else 0o644)


def _files(root: Path) -> list[str]:
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        return sorted(name for name in listed.split("\0") if name and (root / name).is_file())
    found = (file.relative_to(root) for file in root.rglob("*") if file.is_file())
    return sorted(file.as_posix() for file in found if not _is_made(file))


def _is_made(file: Path) -> bool:
    """Is it something that a build writes? Of an sdist that too, and it would be counted among the sources."""
    if file.parts[0].endswith(".egg-info") or file.as_posix() in {"PKG-INFO", "setup.cfg"}:
        return True
    return bool({"build", "dist", "__pycache__", ".venv"} & set(file.parts))


def _repack(sdist: Path, time: int) -> None:
    """Write the archive anew: names in order, one time, no owner. setuptools keeps what the disk says of each file."""
    packed = io.BytesIO()
    with (
        tarfile.open(sdist) as before,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for member in sorted(before.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = time, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            after.addfile(member, before.extractfile(member) if member.isfile() else None)
    with open(sdist, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, time) as stream:
        stream.write(packed.getvalue())


def check() -> int:
    """Build twice, in folders of different names and at different times; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        first = build(ROOT, Path(folder) / "first")
        # The second is built of the first one's sdist, elsewhere.
        with tarfile.open(first[-1] if first[-1].suffix == ".gz" else first[0]) as archive:
            if sys.version_info >= (3, 11, 4):
                archive.extractall(Path(folder) / "unpacked", filter="data")
            else:
                archive.extractall(Path(folder) / "unpacked")  # noqa: S202 - our own archive
        (unpacked,) = (Path(folder) / "unpacked").iterdir()
        second = build(unpacked, Path(folder) / "second")
        differ = [
            one.name
            for one, other in zip(first, second, strict=True)
            if one.read_bytes() != other.read_bytes()
        ]
    print(f"not reproducible: {', '.join(differ)}" if differ else "built twice: the same bytes")
    return 1 if differ else 0


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Build the wheel and the sdist, reproducibly.")
    parser.add_argument("--check", action="store_true", help="build twice and compare; nothing is written")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder (default: dist)")
    given = parser.parse_args(words)
    if given.check:
        return check()
    for file in build(ROOT, given.output):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
