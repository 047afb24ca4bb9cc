"""Execute a notebook again when the package changes, not only when its own cells do.

jupyter-cache looks at the code cells alone, and would show outputs of a `gencourse` that is no more. So its folder
is named after a hash of the package and of the pinned versions. The folder is also part of the Sphinx environment:
when it changes, every page is read again.
"""

import hashlib
import shutil
from pathlib import Path


def fingerprint(paths: list[Path]) -> str:
    """A hash of the names and contents of all files at `paths`, folders included with what they hold."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                digest.update(f"{file.relative_to(path.parent).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def choose_cache(app, config) -> None:
    """Set jupyter-cache's folder, and remove those of other versions of the package."""
    folder = Path(app.outdir).parent / ".jupyter_cache"
    current = folder / fingerprint([Path(app.srcdir) / name for name in config.package_cache_inputs])
    for old in set(folder.glob("*")) - {current}:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(current)


def setup(app):
    app.add_config_value("package_cache_inputs", ["gencourse", "constraints.txt"], "env", list)
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
