"""A disk that a test can fill and empty again: a small tmpfs of our own, else a limit on the size of the server's files."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.process import Process

DISK_BYTES = 6 * 2**20
_STEP = 4096


class SmallDisk:
    """A tmpfs. Full means that no page is left on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, process: Process) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(_STEP))
            except OSError:
                pass

    def free(self, process: Process) -> None:
        self._ballast.unlink()


class SmallFiles:
    """Without the right to mount: the server's files cannot grow beyond what they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, process: Process) -> None:
        largest = max(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def free(self, process: Process) -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | SmallFiles]:
    """A disk in this new folder, unmounted at the end."""
    folder.mkdir()
    if os.geteuid() == 0 and shutil.which("mount"):
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", str(folder)], capture_output=True
        )
        if made.returncode == 0:
            try:
                yield SmallDisk(folder)
            finally:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
            return
    yield SmallFiles(folder)


def break_every_sync(process: Process) -> None:
    """See `harmed.py`."""
    os.kill(process.pid, signal.SIGUSR1)
