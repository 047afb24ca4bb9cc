"""Each wall of each sandbox by itself: what a student's kernel finds when it looks around."""

import os
from pathlib import Path

import pytest
from sandboxes import LIMITS, SANDBOXES, needs_bubblewrap, seen

from gencourse.assign import bubblewrap, container
from gencourse.assign.kernel import Kernel

ROOT = Path(__file__).parents[2]
GRADERS = ("GRADERS_OWN", "http_proxy", "HTTPS_PROXY")  # variables of the grader's; engines hand on those of proxies
SPACES = ("pid", "net", "ipc", "uts", "mnt", "cgroup")
MACHINES = ("ext4", "xfs", "btrfs", "overlay", "zfs", "9p", "virtiofs")  # file systems that outlive the sandbox

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("walls")]  # one kernel for all tests


@pytest.fixture(scope="module", params=SANDBOXES)
def isolation(request):
    return request.param


@pytest.fixture(scope="module")
def kernel(isolation):
    with pytest.MonkeyPatch.context() as patch:
        for name in GRADERS:
            patch.setenv(name, "http://a.secret")
        with Kernel(isolation, LIMITS) as kernel:
            yield kernel


def status(kernel):
    lines = seen(kernel, "[line.rstrip() for line in open('/proc/self/status')]")
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


@pytest.mark.parametrize("space", SPACES)
def test_it_has_a_namespace_of_its_own(kernel, space):
    assert seen(kernel, f"__import__('os').readlink('/proc/self/ns/{space}')") != os.readlink(f"/proc/self/ns/{space}")


def test_it_has_no_rights_and_can_gain_none(kernel):
    found = status(kernel)
    assert {found[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {16 * "0"}
    assert found["NoNewPrivs"] == "1" and "0" not in found["Uid"].split() + found["Gid"].split()
    assert set(found.get("Groups", "").split()) <= {found["Gid"].split()[0]}


@pytest.mark.parametrize("call", ["unshare(0x10000000)", "unshare(0x00020000)", "unshare(0x40000000)"])
def test_it_can_make_no_namespace(kernel, call):
    assert seen(kernel, f"__import__('ctypes').CDLL(None).{call}") == -1


def test_it_can_make_no_namespace_with_a_child_either(kernel):
    """clone and clone3, by their numbers, in a process of one thread: the child of one that works ends at once."""
    code = (
        "import ctypes, os, platform\n"
        "libc, clone = ctypes.CDLL(None, use_errno=True), {'x86_64': 56, 'aarch64': 220}[platform.machine()]\n"
        "def made(number, *words):\n"
        "    pid = libc.syscall(number, *words)\n"
        "    if pid == 0: os._exit(0)\n"
        "    if pid > 0: os.waitpid(pid, 0)\n"
        "    return pid > 0\n"
        "words = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, 17)\n"
        "print([made(clone, 0x10000011, 0, 0, 0, 0), made(435, words, 64), made(clone, 0x11, 0, 0, 0, 0)])"
    )
    kernel.run(f"import subprocess, sys\ndone = subprocess.run([sys.executable, '-c', {code!r}], capture_output=True)")
    assert seen(kernel, "done.stdout.decode().strip()") == "[False, False, True]"


def test_it_sees_its_own_processes_alone(kernel):
    lines = "[open(f'/proc/{p}/cmdline').read() for p in __import__('os').listdir('/proc') if p.isdigit()]"
    found = seen(kernel, lines)
    assert 2 <= len(found) < 10 and not any("pytest" in line for line in found)


def test_its_terminal_and_input_are_nobodys(kernel):
    assert seen(kernel, "__import__('os').getsid(0)") > 0  # a session that began outside has the number 0 here
    assert seen(kernel, "__import__('os').read(0, 1) == b''")


def test_it_knows_nothing_of_the_graders_variables(kernel):
    assert not {*GRADERS} & {*seen(kernel, "dict(__import__('os').environ)")}


def test_it_sees_the_package_without_the_repository(kernel):
    here = seen(kernel, "__import__('gencourse').__file__")
    assert here.startswith("/opt/") and not here.startswith(str(ROOT))
    for path in (ROOT / "tests", ROOT / "chapters", ROOT / "pyproject.toml", "/home", "/var", "/etc/shadow", "/mnt"):
        assert not seen(kernel, f"__import__('os').path.exists({str(path)!r})"), path


def mounts(kernel):
    """Where each mount is, its options and its kind."""
    lines = [line.split() for line in seen(kernel, "open('/proc/self/mountinfo').read().splitlines()")]
    return [(words[4], words[5].split(","), words[words.index("-") + 1]) for words in lines]


def test_what_belongs_to_the_machine_is_there_to_be_read(kernel):
    """By the mount and not by the files' rights, which a folder of the student's own name might give away."""
    of_the_machine = [(path, options) for path, options, kind in mounts(kernel) if kind in MACHINES]
    assert len(of_the_machine) >= 3
    assert [path for path, options in of_the_machine if "ro" not in options] == [str(kernel.sockets)]
    assert "ro" in next(options for path, options, _ in mounts(kernel) if path in ("/", "/newroot"))


def test_it_can_write_in_few_places_and_they_are_small(kernel):
    kernel.run(
        "import os\n"
        "def writable(folder):\n"
        "    try:\n"
        "        open(f'{folder}/try', 'x').close()\n"
        "    except OSError:\n"
        "        return False\n"
        "    os.remove(f'{folder}/try')\n"
        "    return True"
    )
    folders = "{line.split()[4] for line in open('/proc/self/mountinfo')} | {'/', '/etc', '/dev', '/opt', '/root'}"
    places = seen(kernel, f"[one for one in {folders} if os.path.isdir(one) and writable(one)]")
    assert {"/tmp", str(kernel.sockets)} <= set(places) <= {"/tmp", str(kernel.sockets), "/dev/shm", "/dev/mqueue"}
    for place in {"/tmp", "/dev/shm"} & set(places):
        size = "(lambda s: s.f_blocks * s.f_frsize)"
        assert seen(kernel, f"{size}(os.statvfs({place!r}))") == LIMITS.disk


def test_it_has_no_network_but_an_empty_one(kernel):
    assert [name for _, name in seen(kernel, "__import__('socket').if_nameindex()")] == ["lo"]


def test_the_system_keeps_its_limits(kernel, isolation):
    names = {"DATA": LIMITS.memory, "FSIZE": LIMITS.disk, "NOFILE": LIMITS.files, "CORE": 0, "CPU": LIMITS.notebook + 1}
    if isolation == "bwrap":  # a container counts its processes in another way, which the doctor tries
        names["NPROC"] = LIMITS.processes
    kernel.run("import resource")
    for name, most in names.items():
        assert seen(kernel, f"resource.getrlimit(resource.RLIMIT_{name})") == [most, most], name


@pytest.mark.parametrize("isolation", SANDBOXES[1:], indirect=True)
def test_a_container_counts_all_its_memory_and_processes(kernel):
    """Of control groups there are two versions, with files of other names."""
    kernel.run("import os\ndef told(*files): return [int(open(f).read()) for f in files if os.path.exists(f)]")
    here = "/sys/fs/cgroup"
    (most,) = seen(kernel, f"told('{here}/memory/memory.limit_in_bytes', '{here}/memory.max')")
    assert LIMITS.memory < most < 1.5 * LIMITS.memory
    assert seen(kernel, f"told('{here}/pids/pids.max', '{here}/pids.max')") == [LIMITS.processes]


def test_everyone_may_write_to_a_containers_tmp_wherever_python_is_installed(tmp_path, monkeypatch):
    """Below /tmp too, as here: runc mounts a file system there with the mode of the folder that it finds."""
    monkeypatch.setattr(container, "view", lambda: {str(Path("/tmp", "course", ".venv")): str(tmp_path)})
    made = container.root(tmp_path)
    assert (made / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert made.joinpath("tmp", "course", ".venv").stat().st_mode & 0o7777 == 0o755


def test_a_container_needs_podmans_own_rules(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "RULES", (str(tmp_path / "none.json"),))
    with pytest.raises(FileNotFoundError, match="containers-common"):
        container.rules(tmp_path)


@pytest.mark.parametrize(
    ("advice", "complaint", "fix"),
    [
        (bubblewrap.advice, "bwrap: Unknown option --disable-userns", "0.8.0"),
        (bubblewrap.advice, "bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns=0"),
        (bubblewrap.advice, "", "no answer"),
        (container.advice, "Resource limits are not supported and ignored on cgroups V1 rootless systems", "as root"),
        (container.advice, "Error: crun: cgroups in hybrid mode not supported", "containers.conf"),
        (container.advice, 'exec: "newuidmap": executable file not found in $PATH', "uidmap"),
        (container.advice, "", "no answer"),
    ],
)
def test_each_complaint_has_a_way_out(advice, complaint, fix):
    assert fix in advice(complaint)
