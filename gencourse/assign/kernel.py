"""One student's kernel, driven from outside cell by cell: what it prints is cut, what it costs is watched."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from queue import Empty

from .container import first_process
from .inside import NOBODY, Limits, python
from .outputs import Ran
from .sandbox import Isolation, command, sockets
from .usage import memory, overfull

POLL = 0.1  # seconds between two looks at the kernel's health
GRACE = 3.0  # seconds that a cell has to end after an interrupt
START = 60.0  # seconds for a kernel to start, on a machine that is busy
MESSAGE = 16 * 2**20  # bytes of one message: a larger one would be held in the grader's memory


class Stopped(Exception):
    """The kernel is gone: `status` is timeout or kernel-died, the message says why."""

    def __init__(self, status: str, why: str):
        super().__init__(why)
        self.status = status


class Kernel:
    """A kernel in its sandbox: a context manager, at whose end no process of it is left."""

    def __init__(self, isolation: Isolation, limits: Limits):
        self.isolation, self.limits = isolation, limits
        self.home = Path(tempfile.mkdtemp(prefix="gc-"))  # short: the name of a socket has at most 107 letters
        self.sockets = sockets(self.home)
        self.sockets.mkdir()
        self.first = None  # the first process in a container, once it runs

    def __enter__(self) -> "Kernel":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> "Kernel":
        """Start the process and wait until it answers."""
        import zmq
        from jupyter_client.connect import write_connection_file

        address = {"transport": "ipc", "ip": str(self.sockets / "s"), "key": os.urandom(32).hex().encode()}
        file, self.address = write_connection_file(str(self.sockets / "kernel.json"), **address)
        if self.isolation != "none" and os.geteuid() == 0:
            for path in (self.sockets, file):
                os.chown(path, int(NOBODY), int(NOBODY))
        program = [python(), "-m", "ipykernel_launcher", "-f", file, "--HistoryManager.enabled=False"]
        quiet = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        words = command(self.isolation, self.home, self.limits, program)
        self.deadline = time.monotonic() + START + self.limits.notebook
        # A sandbox ends when its input does: when this process is gone, however it went.
        held = subprocess.DEVNULL if self.isolation == "none" else subprocess.PIPE
        self.process = subprocess.Popen(words, start_new_session=True, cwd=self.sockets, stdin=held, **quiet)
        self.context = zmq.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        self.context.setsockopt(zmq.RCVHWM, 32)
        self.connect()
        self.deadline = time.monotonic() + self.limits.notebook
        return self

    def connect(self) -> None:
        """Open the channels and ask until the kernel answers: what is asked before it listens is lost on iopub."""
        from jupyter_client import BlockingKernelClient

        self.client = BlockingKernelClient(context=self.context)
        self.client.load_connection_info(self.address)  # not from the file, which a student may have changed
        self.client.start_channels(stdin=False, hb=False)
        for _ in range(int(START)):
            self.watch()
            try:
                self.client.wait_for_ready(timeout=1)
                return
            except RuntimeError:  # not yet
                continue
        raise Stopped("kernel-died", "the kernel does not answer")

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Kill every process, close the sockets, remove the folder."""
        import psutil
        import zmq

        if process := getattr(self, "process", None):
            family = self.family()
            for one in [*family, *([process] if self.isolation == "none" else [])]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            if process.stdin:
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)  # it ends when its sandbox has, and leaves no zombie then
            process.kill()
            process.wait()
            psutil.wait_procs(family, timeout=10)
        if client := getattr(self, "client", None):
            with contextlib.suppress(zmq.ZMQError):  # a channel that could not be opened cannot be stopped
                client.stop_channels()
        if context := getattr(self, "context", None):
            context.destroy(linger=0)
        shutil.rmtree(self.home, ignore_errors=True)

    def family(self) -> list:
        """The processes of the sandbox."""
        import psutil

        try:
            if self.isolation != "container":
                return psutil.Process(self.process.pid).children(recursive=True)
            if self.first is None and (number := first_process(self.home)):
                self.first = psutil.Process(number)
            return [self.first, *self.first.children(recursive=True)] if self.first else []
        except psutil.NoSuchProcess:
            return []

    def watch(self) -> None:
        """`Stopped` where the kernel is dead, has had its time, or uses too much."""
        if self.process.poll() is not None:
            raise Stopped("kernel-died", "the kernel ended")
        if time.monotonic() > self.deadline:
            raise Stopped("timeout", f"the notebook took longer than {self.limits.notebook:g} seconds")
        if (used := memory(self.family(), self.limits.memory)) > self.limits.memory:
            raise Stopped("kernel-died", f"all processes together used {used / 2**30:.1f} GiB of memory")
        if overfull(self.sockets, MESSAGE):
            raise Stopped("kernel-died", "it filled the folder of its sockets")

    def run(self, source: str, ask: dict[str, str] | None = None, remember: bool = True) -> Ran:
        """Run a cell. `ask` gives expressions whose values are wanted; `remember` keeps it in the student's history.

        Raises:
            Stopped: the kernel is gone, does not end when interrupted, or sends what is no message of Jupyter's.
        """
        try:
            return self.exchange(source, ask, remember)
        except Stopped:
            raise
        except Exception as error:  # a student's code can send anything, and each part of it fails in its own way
            raise Stopped("kernel-died", f"the kernel sent what cannot be read: {type(error).__name__}") from error

    def exchange(self, source: str, ask: dict[str, str] | None, remember: bool) -> Ran:
        """Send a cell and gather what comes back."""
        wanted = {"user_expressions": ask or {}, "store_history": remember, "allow_stdin": False}
        request = self.client.execute(source, stop_on_error=False, **wanted)
        ran, used, end, looked = Ran(), 0, time.monotonic() + self.limits.cell, 0.0
        idle = reply = False
        while not (idle and reply):
            now = time.monotonic()
            if now - looked > POLL:
                self.watch()
                looked = now
            if now > end:
                if ran.interrupted:
                    raise Stopped("timeout", f"a cell gave no answer in {self.limits.cell:g} s, nor when interrupted")
                ran.interrupted, end = True, now + GRACE
                self.client.control_channel.send(self.client.session.msg("interrupt_request", {}))
            if not reply and (answer := self.next(self.client.get_shell_msg, 0.0, request)):
                reply, end = True, min(end, now + GRACE)  # what it printed last may still be on the way
                ran.answered(answer["content"])
            elif message := self.next(self.client.get_iopub_msg, POLL / 2, request):
                idle = idle or message["content"].get("execution_state") == "idle"
                used += ran.keep(message, self.limits.output - used)
            elif reply and now > end - 0.1:  # a message that is too large has closed iopub for good
                ran.cut = True
                self.client.stop_channels()
                self.connect()
                return ran
        return ran

    def next(self, get, wait: float, request: str) -> dict | None:
        """The next message that belongs to the request."""
        try:
            message = get(timeout=wait)
        except Empty:
            return None
        return message if message["parent_header"].get("msg_id") == request else None
