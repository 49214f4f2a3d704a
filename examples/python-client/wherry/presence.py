"""Who is in a channel: a client for as long as it is connected, and again when it is again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import RequestFailed
from .ids import new_id
from .live import LiveEvent
from .values import Row

if TYPE_CHECKING:
    from .client import Client
    from .messages import Message

# After which it enters again where it could not just then.
_RETRY_SECONDS = 1


@dataclass(frozen=True)
class PresenceEvent:
    """Who is there, and who has come and gone since the event before: in the first, nobody has. With
    an `error` it is who was there, until the server or its database is back."""

    members: list[Row]
    joined: list[Row]
    left: list[Row]
    error: Exception | None = None


async def presence_events(live: AsyncIterator[LiveEvent]) -> AsyncIterator[PresenceEvent]:
    before: dict[str, Row] | None = None
    async for event in live:
        now = {row["id"]: row for row in event.rows}
        if event.error is not None:
            yield PresenceEvent(event.rows, [], [], event.error)
            continue
        known = now if before is None else before
        joined = [row for name, row in now.items() if name not in known]
        left = [row for name, row in known.items() if name not in now]
        before = now
        yield PresenceEvent(event.rows, joined, left)


class Entry:
    """Somebody's being in a channel. These mutations are no calls of the client: the server forgets
    them with the connection, so each connection has its own `insert`, and never two."""

    def __init__(self, client: Client, channel: str, meta: Any) -> None:
        self._client = client
        self._channel = channel
        self._meta = meta
        self._id: int | None = None
        self._has_place = False
        # What the server calls it on the connection that there is, once it has said so.
        self._member: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def enter(self) -> None:
        try:
            # Every connection begins with it, so it has the place of a call for as long as it lasts.
            await self._client.free_calls.acquire()
            self._has_place = True
            self._client.follow(self)
            await asyncio.shield(self._member)
        except BaseException:
            self._end(_left())
            raise

    async def update(self, meta: Any) -> None:
        self._meta, before = meta, self._meta
        member = self._member
        rows = self._client.collection("$presence")
        try:
            await rows.update(await asyncio.shield(member), {"meta": meta})
        except Exception as error:
            is_gone = isinstance(error, RequestFailed) and error.code == "NotFound"
            # Or it has come again meanwhile, with this very meta.
            if not is_gone or member is self._member:
                self._meta = before
                raise

    async def leave(self) -> None:
        """Raises why it is not there, where it could not come again."""
        try:
            member = await asyncio.shield(self._member)
        finally:
            self._end(_left())
        try:
            await self._client.collection("$presence").delete(member)
        except RequestFailed as error:
            # It has gone with its connection.
            if error.code != "NotFound":
                raise

    def start(self) -> None:
        self._id = self._client.next_id()
        row = {"channel": self._channel, "meta": self._meta}
        mutation = {"type": "mutate", "id": self._id, "mutationId": new_id()}
        call = {"collection": "$presence", "method": "insert", "args": [row]}
        try:
            self._client.send(mutation | call)
        except Exception as error:
            self._end(error)

    def receive(self, message: Message) -> None:
        if message.get("id") != self._id:
            return
        if message["type"] == "answer":
            self._member.set_result(message["value"]["id"])
        elif message["type"] == "error":
            error = RequestFailed.of(message)
            if error.is_retryable:
                asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry, self._id)
            else:
                self._end(error)

    def lost(self, error: Exception, *, is_end: bool) -> None:
        self._id = None
        if self._member.done():
            self._member = asyncio.get_running_loop().create_future()
        if is_end:
            self._end(error)

    def _retry(self, refused: int) -> None:
        # Unless it has begun on another connection.
        if self._id == refused:
            self.start()

    def _end(self, error: Exception) -> None:
        """It will not be there any more; who waits for that is told why."""
        self._id = None
        self._client.leave(self)
        if self._client.entries.get(self._channel) is self:
            del self._client.entries[self._channel]
        if self._has_place:
            self._client.free_calls.release()
            self._has_place = False
        if not self._member.done():
            self._member.set_exception(error)
            # That nobody waits is no fault.
            self._member.exception()


def _left() -> RequestFailed:
    return RequestFailed("NotFound", "the channel has been left", {})
