"""OpenAI's Node SDK, installed once into a folder that git ignores."""

import fcntl
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent / "node"
MISSING = not (shutil.which("node") and shutil.which("npm"))
"""Whether the machine cannot run it at all."""


def install_node_sdk() -> Path:
    """The folder `node_modules`; filled when the lock file is newer than what is there."""
    wanted, done = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    with wanted.open() as lock:
        # One of the processes that share the tests installs it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.stat().st_mtime < wanted.stat().st_mtime:
            result = subprocess.run(["npm", "ci"], cwd=HERE, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stdout + result.stderr
    return HERE / "node_modules"
