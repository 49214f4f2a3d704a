"""What a server tells of one query, over however many connections it takes, and never past a gap."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .errors import RequestFailed
from .values import Row, decode_row, encode_query

if TYPE_CHECKING:
    from .client import Client
    from .messages import Message

Event = TypeVar("Event")

# After which a subscription is asked for again that could not be had just then.
_RETRY_SECONDS = 1


class Subscription(Generic[Event]):
    """Those that follow say what is made of what the server tells."""

    _method = "find"

    def __init__(
        self, client: Client, collection: str, query: Row, after: str | None = None
    ) -> None:
        self._client = client
        self._collection = collection
        self._query = query
        self._events: asyncio.Queue[Event | Exception] = asyncio.Queue()
        # What the events up to now have told is of this offset.
        self._offset = after
        self._id: int | None = None
        self._channel: str | None = None
        self._is_current = False
        self._coming: list[Any] = []

    def events(self) -> AsyncIterator[Event]:
        """Begins now, and ends with its iterator. Raises RequestFailed where the query is refused."""
        told = self._told()
        # An iterator that is never asked for anything does not come to its own end.
        weakref.finalize(told, self._leave).atexit = False
        self._client.follow(self)
        return told

    async def _told(self) -> AsyncIterator[Event]:
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self._leave()

    def start(self) -> None:
        """Asks the server: for what was missed, where something was told already. What is wrong with
        the query ends it alone."""
        try:
            self._subscribe()
        except Exception as error:
            self.lost(error, is_end=True)

    def lost(self, error: Exception, *, is_end: bool) -> None:
        self._id = self._channel = None
        self._is_current = False
        if is_end:
            self._end(error)
        else:
            self._stall(error)

    def receive(self, message: Message) -> None:
        match message["type"]:
            case "push" if message["channel"] == self._channel and self._is_current:
                self._push(message)
            case "stalled" if message["channel"] == self._channel:
                self._stall(RequestFailed.of(message))
            case "subscribed" if message["id"] == self._id:
                self._channel = message["channel"]
            case "reset" if message["id"] == self._id:
                self._is_current, self._coming = False, []
            case "snapshot" if message["id"] == self._id:
                rows = [["put", row] for row in message["rows"]]
                self._collect(rows, message.get("offset"), is_all=True)
            case "missed" if message["id"] == self._id:
                self._collect(message["changes"], message.get("offset"), is_all=False)
            case "error" if message["id"] == self._id:
                self._refused(RequestFailed.of(message))

    def _begin(self) -> None:
        """Another connection, and perhaps another schema."""

    def _take(self, changes: list[Any], offset: str, *, is_all: bool) -> None:
        """All there is at an offset, or what has changed from `self._offset` to it."""
        raise NotImplementedError

    def _stall(self, error: Exception) -> None:
        """What was told is not up to date."""
        raise NotImplementedError

    def _end(self, error: Exception) -> None:
        self._events.put_nowait(error)

    def _subscribe(self) -> None:
        # Raises where the schema has no such collection.
        self._client.described(self._collection)
        self._begin()
        self._channel, self._is_current, self._coming = None, False, []
        message = {
            "type": "subscribe",
            "id": self._client.next_id(),
            "collection": self._collection,
            "method": self._method,
            "query": encode_query(self._client.collections, self._collection, self._query),
        }
        if self._offset is not None:
            message["after"] = self._offset
        self._client.send(message)
        self._id = message["id"]

    def _leave(self) -> None:
        self._client.leave(self)
        if self._id is not None:
            self._client.send({"type": "unsubscribe", "id": self._id})
            self._id = self._channel = None

    def _refused(self, error: RequestFailed) -> None:
        if not error.is_retryable:
            return self.lost(error, is_end=True)
        self._stall(error)
        asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry, self._id)

    def _retry(self, refused: int) -> None:
        # Unless it was left, or has begun on another connection.
        if self._id == refused:
            self.start()

    def _push(self, message: Message) -> None:
        if message["offset"] == self._offset:
            return self._tell([], message["offset"], is_all=False)
        if message["prev"] == self._offset:
            return self._tell(message["changes"], message["offset"], is_all=False)
        # A gap: what is missing is asked for, behind the offset that is here.
        self._client.send({"type": "unsubscribe", "id": self._id})
        self.start()

    def _collect(self, part: list[Any], offset: str | None, *, is_all: bool) -> None:
        self._coming += part
        if offset is None:
            return
        changes, self._coming, self._is_current = self._coming, [], True
        self._tell(changes, offset, is_all=is_all)

    def _tell(self, changes: list[Any], offset: str, *, is_all: bool) -> None:
        self._take(changes, offset, is_all=is_all)
        self._offset = offset

    def _row(self, row: Any) -> Any:
        return decode_row(self._client.collections, self._collection, row)
