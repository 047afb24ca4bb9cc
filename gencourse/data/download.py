"""Fetch a file into pooch's cache: what stands there under its final name is the whole, right file."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

MIRROR = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"


def cache_folder() -> Path:
    """The folder for downloads, in the user's cache."""
    import pooch

    return Path(pooch.os_cache("gencourse")) / "fashion-mnist"


def cached(name: str, check: Callable[[Path], object], way_out: str) -> Path:
    """The file `name` in the cache, downloaded where it is missing or where `check` refuses what is there.

    Args:
        name: of the file, on the mirror and in the cache.
        check: called with a path, gives the content, or raises a `ValueError` when it is wrong.
        way_out: what to do instead, the end of every error message.

    Raises:
        ConnectionError: no network, or the server's answer is an error.
        ValueError: what was downloaded is truncated or not the right file.
        OSError: the cache cannot be written.
    """
    target = cache_folder() / name
    try:
        return target if intact(target, check) else fetch(MIRROR + name, target, check)
    except ValueError as error:
        raise ValueError(f"the download of {MIRROR + name} failed: {error}. {way_out}") from error
    except ConnectionError as error:
        raise ConnectionError(f"cannot download {MIRROR + name}: {error}. {way_out}") from error
    except OSError as error:
        raise OSError(error.errno, f"cannot store {target}: {error.strerror}. {way_out}") from error


def intact(file: Path, check: Callable[[Path], object]) -> bool:
    """Whether the file is there and right; one that was damaged since it was stored will be fetched again."""
    try:
        return file.is_file() and check(file) is not None
    except ValueError:
        return False


def fetch(url: str, target: Path, check: Callable[[Path], object]) -> Path:
    """Download to a temporary name, check, and rename: whatever happens, `target` is never half a file."""
    import pooch
    import requests

    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
    os.close(handle)
    try:
        pooch.HTTPDownloader(progressbar=True)(url, partial, None)
        check(Path(partial))
        os.replace(partial, target)
    except requests.RequestException as error:
        raise ConnectionError(str(error)) from error
    finally:
        Path(partial).unlink(missing_ok=True)
    return target
