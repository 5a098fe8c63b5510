"""The embedded store's writer: one thread, one transaction for everything that waits.

It decides nothing about what is written.  A future is done only after the commit that made its work durable.
"""

import sqlite3
import threading
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from roomserver.shell.sqlite_schema import connect
from roomserver.shell.store import StoreFailed

Work = Callable[[sqlite3.Connection], Any]
Job = tuple[Work, Future[Any]]
Outcome = tuple[Future[Any], Any, Exception | None]


class Writer:
    """Carries out work in the order in which it is handed over.

    Work that raises is undone by itself and fails its own future; when the disk fails, so does the whole group.
    """

    def __init__(self, path: Path, *, synchronous: str, waiting_max: int, loop: AbstractEventLoop) -> None:
        self._path = path
        self._synchronous = synchronous
        self._waiting_max = waiting_max
        self._loop = loop
        self._db: sqlite3.Connection | None = None  # belongs to the thread
        self._waiting: deque[Job] = deque()
        self._handed_over = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def hand_over(self, work: Work) -> Future[Any]:
        """Queue work; its future has what it returned, or fails with what it raised or with StoreFailed."""
        future: Future[Any] = self._loop.create_future()
        with self._handed_over:
            if self._closing:
                future.set_exception(StoreFailed("the store is closed"))
            elif len(self._waiting) >= self._waiting_max:
                future.set_exception(StoreFailed(f"{self._waiting_max} writes are waiting already"))
            else:
                self._waiting.append((work, future))
                self._handed_over.notify()
        return future

    def close(self) -> None:
        """Take nothing more, finish what was handed over, end the thread.  Blocks."""
        with self._handed_over:
            self._closing = True
            self._handed_over.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            outcomes = self._commit(group)
            with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
                self._loop.call_soon_threadsafe(_resolve, outcomes)
        self._drop_connection()

    def _next_group(self) -> list[Job]:
        """Everything that waits; nothing only when closing."""
        with self._handed_over:
            self._handed_over.wait_for(lambda: self._waiting or self._closing)
            group = list(self._waiting)
            self._waiting.clear()
        return group

    def _commit(self, group: Sequence[Job]) -> list[Outcome]:
        try:
            if self._db is None:
                self._db = connect(self._path, synchronous=self._synchronous)
            self._db.execute("BEGIN IMMEDIATE")
            outcomes = [_attempt(self._db, work, future) for work, future in group]
            self._db.execute("COMMIT")
        except sqlite3.Error as error:  # the disk: nothing of the group is durable
            self._drop_connection()  # the next group begins with a fresh one
            return [(future, None, StoreFailed(str(error))) for _, future in group]
        return outcomes

    def _drop_connection(self) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()  # rolls back what is open
            self._db = None


def _attempt(db: sqlite3.Connection, work: Work, future: Future[Any]) -> Outcome:
    db.execute("SAVEPOINT work")
    result: Any = None
    refusal: Exception | None = None
    try:
        result = work(db)
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError) as error:
        refusal = StoreFailed(str(error))  # what was handed over does not fit the tables
    except sqlite3.Error:
        raise
    except Exception as error:
        refusal = error
    if refusal:  # this work alone is undone, its owner is told
        db.execute("ROLLBACK TO work")
    db.execute("RELEASE work")
    return future, result, refusal


def _resolve(outcomes: Sequence[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # its owner has given up
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
