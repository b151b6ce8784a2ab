"""The one thread that lints: what is typed meanwhile makes it begin anew, and what is asked of it waits its turn."""

from __future__ import annotations

import gc
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")

WAIT = 0.01
"""Seconds after a change until a run begins: a paste or a formatter sends several changes at once."""
MOST_WAIT = 0.3
"""A run that takes long begins after as long a pause, but after no longer one."""
MOST_DELAY = 0.5
"""Whoever never stops typing gets a run so many seconds after the first change all the same."""
SLOW = 0.25
QUIET = 2.0
"""Seconds without a change after which all garbage is looked for: that takes longer than a letter's pause."""
OFTEN = 10
"""After so many runs older garbage is looked for too."""
STACK = 64 * 2**20
"""Bytes: as much as a parser written in C takes for what nests as deep as it is allowed to, and to spare."""


class Worker(threading.Thread):
    """Runs ``check`` a moment after ``changed``, and the jobs of ``ask`` between two runs."""

    def __init__(self, check: Callable[[], None], wait: float = WAIT) -> None:
        super().__init__(name="recursion-lint", daemon=True)
        self.wait = wait
        self._check = check
        self._ready = threading.Condition()
        self._due: float | None = None
        self._first = 0.0
        self._took = 0.0
        self._jobs: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._stopped = False

    def begin(self) -> None:
        """Start the thread."""
        before = threading.stack_size(STACK)
        try:
            self.start()
        finally:
            threading.stack_size(before)

    def changed(self) -> None:
        """Something is other than it was: a run is due."""
        with self._ready:
            now = time.monotonic()
            if self._due is None:
                self._first = now
            pause = self.wait if self._took < SLOW else max(self.wait, min(self._took, MOST_WAIT))
            self._due = min(now + pause, self._first + max(MOST_DELAY, self.wait))
            self._ready.notify()

    @property
    def superseded(self) -> bool:
        """Has something changed since the run that is under way began?"""
        return self._due is not None

    def ask(self, job: Callable[[], _Answer]) -> Future[_Answer]:
        """What ``job`` gives, once all that was typed before is linted."""
        answer: Future[_Answer] = Future()
        with self._ready:
            self._jobs.append((job, answer))
            self._ready.notify()
        return answer

    def stop(self) -> None:
        """Begin nothing more."""
        with self._ready:
            self._stopped = True
            self._ready.notify()

    def run(self) -> None:
        """The thread's loop. Garbage is looked for between two runs: within one it would take a sixth of the time."""
        gc.disable()
        runs = 0
        while True:
            with self._ready:
                job = self._next(runs > 0)
            if self._stopped:
                return
            if job is None:
                gc.collect()
                runs = 0
            else:
                job()
                runs += 1
                gc.collect(1 if runs % OFTEN == 0 else 0)

    def _next(self, littered: bool) -> Callable[[], None] | None:
        """What is to be done; ``None`` once nobody has typed for a while, for a thorough look for garbage."""
        while not self._stopped:
            if self._jobs:
                return lambda: self._answer(*self._jobs.popleft())
            left = None if self._due is None else self._due - time.monotonic()
            if left is not None and left <= 0:
                return self._run_check
            pause = QUIET if left is None and littered else left
            if not self._ready.wait(pause) and left is None and littered:
                return None
        return None

    def _run_check(self) -> None:
        self._due = None
        began = time.monotonic()
        self._check()
        self._took = time.monotonic() - began

    def _answer(self, job: Callable[[], Any], answer: Future[Any]) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            if self._due is not None:
                self._run_check()
            answer.set_result(job())
        except Exception as error:
            answer.set_exception(error)
