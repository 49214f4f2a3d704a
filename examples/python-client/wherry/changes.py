"""Row events: what has been committed, change by change, each told once and in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .subscription import Subscription
from .values import Row

if TYPE_CHECKING:
    from .client import Client


@dataclass(frozen=True)
class Change:
    """`type` is 'created', 'updated' or 'deleted': `row` is the row as it is now, or was when it was
    deleted, and `old` as it was before it was updated. Or it is

    - 'gap': what was committed before `offset`, and has not been told, will not be;
    - 'error': what comes will come later, and `error` says why.

    Who asks for changes `after` the `offset` misses none behind this one. Those that were told
    together with it may come again, since only the last of them has an offset of its own.
    """

    type: str
    row: Row | None = None
    old: Row | None = None
    offset: str | None = None
    error: Exception | None = None


class Changes(Subscription[Change]):
    _method = "changes"

    def __init__(
        self, client: Client, collection: str, query: Row, after: str | None = None
    ) -> None:
        super().__init__(client, collection, query, after)
        # The offset of the first that the server said.
        self.begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._times_asked = 0

    def _begin(self) -> None:
        self._times_asked += 1

    def _take(self, changes: list[Any], offset: str, *, is_all: bool) -> None:
        before = self._offset
        if not self.begun.done():
            self.begun.set_result(offset)
        if is_all:
            # It begins here. So nothing was missed, if that is what it was first asked for.
            if before is not None or self._times_asked > 1:
                self._events.put_nowait(Change("gap", offset=offset))
            return
        for index, (kind, row, *old) in enumerate(changes):
            now = self._row(row)
            was = {**now, **self._row(old[0])} if old else None
            is_last = index == len(changes) - 1
            self._events.put_nowait(Change(kind, now, was, offset if is_last else before))

    def _stall(self, error: Exception) -> None:
        self._events.put_nowait(Change("error", offset=self._offset, error=error))

    def _end(self, error: Exception) -> None:
        super()._end(error)
        if not self.begun.done():
            self.begun.set_exception(error)
            # Whoever waits is told; that nobody does is no fault.
            self.begun.exception()
