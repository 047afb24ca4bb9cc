"""The full files: where they are looked for, and a download that never leaves half a file to be trusted."""

import errno
import gzip
import http.server
import socket
import threading

import numpy as np
import pytest

from gencourse.assets import idx
from gencourse.data import download, fashion, fashion_mnist

IMAGES, LABELS = fashion.FILES["test"]
WAY_OUT = "fashion_mnist\\(split\\) needs no file"  # every error names the embedded images as the way out


def small_set() -> dict[str, bytes]:
    """Decompressed content of a tiny test split."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    return {IMAGES: idx.encode(images), LABELS: idx.encode(np.arange(20, dtype=np.uint8) % 10)}


class Mirror:
    """A local HTTP server of `files`; `requests` lists what was asked, `overstate` promises more bytes than come."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.overstate = 0
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                mirror.requests.append(name)
                if (body := mirror.files.get(name)) is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + mirror.overstate))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """A mirror of the tiny set, an empty cache, and a machine on which no full files lie."""
    server, content = Mirror(), small_set()
    server.files = {name: gzip.compress(c) for name, c in content.items()}
    monkeypatch.setattr(fashion, "FULL", {name: idx.digest(c) for name, c in content.items()})
    monkeypatch.setattr(fashion, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(download, "MIRROR", server.url)
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache" / "fashion-mnist")
    monkeypatch.delenv("GENCOURSE_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.server.shutdown()
    server.server.server_close()


def cache_names() -> list[str]:
    folder = download.cache_folder()
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


def assert_is_small_set(data) -> None:
    content = small_set()
    assert data.images.numpy().tobytes() == content[IMAGES][16:]
    assert data.labels.tolist() == list(content[LABELS][8:])


# --- a download that works


def test_download_is_read_cached_and_not_repeated(mirror):
    assert_is_small_set(fashion_mnist("test", full=True))
    assert mirror.requests == [IMAGES, LABELS] and cache_names() == sorted([IMAGES, LABELS])
    assert_is_small_set(fashion_mnist("test", full=True))
    assert len(mirror.requests) == 2


def test_only_the_split_that_is_asked_for_is_downloaded(mirror):
    fashion_mnist("test", full=True)
    assert not any(name.startswith("train") for name in mirror.requests)


def test_progress_is_shown(mirror, capsys):
    fashion_mnist("test", full=True)
    assert "100%" in capsys.readouterr().err


def test_the_same_content_gzipped_otherwise_is_accepted(mirror):
    mirror.files[IMAGES] = gzip.compress(small_set()[IMAGES], compresslevel=1, mtime=12345)
    assert_is_small_set(fashion_mnist("test", full=True))


@pytest.mark.parametrize("damage", [b"", b"half", "truncate"])
def test_a_damaged_cached_file_is_fetched_again(mirror, damage):
    fashion_mnist("test", full=True)
    file = download.cache_folder() / IMAGES
    file.write_bytes(file.read_bytes()[:-9] if damage == "truncate" else damage)
    assert_is_small_set(fashion_mnist("test", full=True))
    assert mirror.requests == [IMAGES, LABELS, IMAGES]


def test_the_real_cache_is_the_users_and_the_mirror_the_publishers():
    assert "gencourse" in str(download.cache_folder())
    assert download.MIRROR == "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"


# --- a download that does not


def corrupt(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


@pytest.mark.parametrize("damage", [
    lambda body: body[: len(body) // 2],
    lambda body: body[:-1],
    lambda body: b"",
    corrupt,
    lambda body: b"<html>a captive portal</html>",
    lambda body: gzip.compress(b"something else"),
    lambda body: gzip.compress(small_set()[LABELS]),
], ids=["half", "one byte less", "empty", "corrupted", "html", "not idx", "the other file"])  # fmt: skip
def test_wrong_bytes_are_refused_and_not_kept(mirror, damage):
    mirror.files[IMAGES] = damage(mirror.files[IMAGES])
    with pytest.raises(ValueError, match=f"{IMAGES}.*{WAY_OUT}"):
        fashion_mnist("test", full=True)
    assert cache_names() == []


def test_a_connection_that_breaks_is_an_error_and_leaves_nothing(mirror):
    mirror.overstate = 100
    with pytest.raises(ConnectionError, match=f"{IMAGES}.*{WAY_OUT}"):
        fashion_mnist("test", full=True)
    assert cache_names() == []


def test_http_error_is_named(mirror):
    del mirror.files[LABELS]
    with pytest.raises(ConnectionError, match=f"{LABELS}.*404.*{WAY_OUT}"):
        fashion_mnist("test", full=True)
    assert cache_names() == [IMAGES]  # the whole, checked file stays for the next try


def test_no_network_is_named(mirror, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(download, "MIRROR", f"http://127.0.0.1:{free.getsockname()[1]}/")
        with pytest.raises(ConnectionError, match=f"cannot download .*{IMAGES}.*{WAY_OUT}"):
            fashion_mnist("test", full=True)
    assert cache_names() == []


def test_full_disk_is_named_and_leaves_nothing(mirror, monkeypatch):
    import pooch

    def half_then_full(self, url, output_file, pooch):
        with open(output_file, "wb") as stream:
            stream.write(mirror.files[IMAGES][:100])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", half_then_full)
    with pytest.raises(OSError, match=f"{IMAGES}.*No space left on device.*{WAY_OUT}") as caught:
        fashion_mnist("test", full=True)
    assert caught.value.errno == errno.ENOSPC and cache_names() == []


def test_the_file_gets_its_name_in_one_step_or_not_at_all(mirror, monkeypatch):
    def fail(*args):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(download.os, "replace", fail)
    with pytest.raises(OSError, match=f"{IMAGES}.*{WAY_OUT}"):
        fashion_mnist("test", full=True)
    assert cache_names() == []


def test_a_cache_that_cannot_be_made_is_named(mirror, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(OSError, match=f"cannot store .*{IMAGES}.*{WAY_OUT}"):
        fashion_mnist("test", full=True)


def test_a_cache_that_may_not_be_written_is_a_permission_error(mirror, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(download.tempfile, "mkstemp", refuse)
    with pytest.raises(PermissionError, match=f"cannot store .*{IMAGES}.*Permission denied.*{WAY_OUT}"):
        fashion_mnist("test", full=True)


def test_a_download_that_is_interrupted_leaves_nothing(mirror, monkeypatch):
    import pooch

    def interrupted(self, url, output_file, pooch):
        open(output_file, "wb").write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fashion_mnist("test", full=True)
    assert cache_names() == []


# --- files that are on the machine already


def put(folder) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in small_set().items():
        (folder / name).write_bytes(gzip.compress(content))


@pytest.mark.parametrize("place", ["root", "environment", "debian"])
def test_files_on_the_machine_are_read_without_the_network(mirror, monkeypatch, tmp_path, place):
    put(tmp_path / place)
    if place == "environment":
        monkeypatch.setenv("GENCOURSE_DATA", str(tmp_path / place))
    root = str(tmp_path / place) if place == "root" else None
    assert_is_small_set(fashion_mnist("test", full=True, root=root))
    assert mirror.requests == []


def test_root_comes_before_the_environment_and_that_before_debian(mirror, monkeypatch, tmp_path):
    for place in ("root", "environment", "debian"):
        put(tmp_path / place)
    monkeypatch.setenv("GENCOURSE_DATA", str(tmp_path / "environment"))
    assert fashion.find(IMAGES, tmp_path / "root").parent == tmp_path / "root"
    assert fashion.find(IMAGES, None).parent == tmp_path / "environment"
    monkeypatch.delenv("GENCOURSE_DATA")
    assert fashion.find(IMAGES, None).parent == tmp_path / "debian"


def test_an_environment_folder_without_the_files_is_passed_over(mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("GENCOURSE_DATA", str(tmp_path / "nowhere"))
    assert_is_small_set(fashion_mnist("test", full=True))


def test_an_explicit_root_without_the_files_is_an_error_not_a_download(mirror, tmp_path):
    put(tmp_path / "debian")
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=f"{root}.*{IMAGES}.*{WAY_OUT}"):
            fashion_mnist("test", full=True, root=root)
    assert mirror.requests == []


@pytest.mark.parametrize("place", ["root", "environment"])
@pytest.mark.parametrize("damage", [
    lambda body: body[:-20], corrupt, lambda body: b"", lambda body: gzip.compress(b"x"),
], ids=["truncated", "corrupted", "empty", "wrong"])  # fmt: skip
def test_a_damaged_file_is_named_and_not_replaced_behind_the_back(mirror, monkeypatch, tmp_path, place, damage):
    put(tmp_path / place)
    file = tmp_path / place / LABELS
    file.write_bytes(damaged := damage(file.read_bytes()))
    if place == "environment":
        monkeypatch.setenv("GENCOURSE_DATA", str(tmp_path / place))
    with pytest.raises(ValueError, match=f"{file}.*{WAY_OUT}"):
        fashion_mnist("test", full=True, root=tmp_path / place if place == "root" else None)
    assert mirror.requests == [] and file.read_bytes() == damaged


def test_a_file_that_cannot_be_read_is_named(mirror, monkeypatch, tmp_path):
    put(tmp_path)

    def refuse(self):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(fashion.Path, "read_bytes", refuse)
    with pytest.raises(PermissionError, match=f"cannot read .*{IMAGES}.*{WAY_OUT}"):
        fashion_mnist("test", full=True, root=tmp_path)
