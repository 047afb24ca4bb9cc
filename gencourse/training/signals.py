"""Being asked to stop: Ctrl-C and a scheduler's SIGTERM become a request that the training loop reads between steps."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Training was stopped by a signal, after a finished step, with everything saved.

    A `KeyboardInterrupt`, because that is what it is to the reader's program, and no `except Exception` swallows it.
    `code` is what a program that ends for this reason returns: 128 + the signal's number, 130 or 143.
    """

    def __init__(self, signum: int, message: str):
        super().__init__(message)
        self.signum, self.code = signum, 128 + signum


class Request:
    """`signum` is 0 until somebody asks to stop, and then the number of the signal."""

    signum = 0

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if self.signum and signum == signal.SIGINT:  # the second Ctrl-C: the reader will not wait for the step
            raise KeyboardInterrupt
        self.signum = signum


@contextmanager
def stop_request() -> Iterator[Request]:
    """Within, SIGINT and SIGTERM are noted and nothing else happens; afterwards they do what they did before."""
    request = Request()
    # Python delivers signals to the main thread alone, and refuses handlers from any other.
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM) if main}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
