"""The client: one connection that is made again whenever it breaks, and the calls over it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import Any, Protocol, Self

import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from .channel import CHANNEL_COLLECTIONS, Channel
from .collection import Collection
from .errors import BadFrame, ConnectionEnded, RequestFailed
from .messages import SUBPROTOCOL, VERSION, Message, read_frame, write_frames, write_message
from .presence import Entry
from .values import Description

# Close codes after which the same client would fare no better.
_FINAL_CODES = {1000, 1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403, 4404, 4405}

_SILENCE_SECONDS = 25
_RETRY_BASE_SECONDS = 0.1
_RETRY_CAP_SECONDS = 10
# A server hangs up on who has more calls without an answer.
_MOST_CALLS = 1_000


@dataclass
class _Call:
    text: str
    is_mutation: bool
    answer: asyncio.Future[Any]
    was_sent: bool = False


class Follower(Protocol):
    """Who has something to say on every connection, and is told all that is no answer to a call."""

    def start(self) -> None: ...

    def receive(self, message: Message) -> None: ...

    def lost(self, error: Exception, *, is_end: bool) -> None:
        """The connection is gone, and with `is_end` there will be no other."""


class Client:
    """Connects on `async with`, which raises ConnectionEnded where a server refuses for good.

    Calls wait for a connection, and are sent again over the next one when it breaks: a mutation
    under its `mutationId`, by which the server knows what it has done before. Where there will be
    no other connection, all that is waited for raises ConnectionEnded: nothing waits in vain.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._last_id = 0
        self._retry_limit_seconds = _RETRY_BASE_SECONDS
        # What is to be said on the connection that there is.
        self._outgoing: asyncio.Queue[str] | None = None
        self.free_calls = asyncio.Semaphore(_MOST_CALLS)
        self._calls: dict[int, _Call] = {}
        self._followers: list[Follower] = []
        # Where this client is present, by the names of channels.
        self.entries: dict[str, Entry] = {}
        self.collections = CHANNEL_COLLECTIONS
        self._welcomed = asyncio.Event()
        self._end: ConnectionEnded | None = None
        self._task: asyncio.Task[None] | None = None
        self.schema: str | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        try:
            await self.connected()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        # A cancellation can be lost: asyncio.wait_for, before Python 3.12, goes on when what it waits
        # for, here a connection, comes at the same moment. So the end is written down as well.
        self._finish(ConnectionEnded("the client has been closed"))
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def collection(self, name: str) -> Collection:
        return Collection(self, name)

    def channel(self, name: str) -> Channel:
        return Channel(self, name)

    def described(self, name: str) -> Description:
        """What the descriptor says of a collection."""
        if name not in self.collections:
            raise RequestFailed("UnknownCollection", f"the server has no collection {name!r}", {})
        return self.collections[name]

    async def call(self, message: Message) -> Any:
        """Sends a request or mutation until it is answered. Raises what it is refused with."""
        async with self.free_calls:
            await self.connected()
            message = {**message, "id": self.next_id()}
            answer = asyncio.get_running_loop().create_future()
            call = _Call(write_message(message), message["type"] == "mutate", answer)
            self._calls[message["id"]] = call
            try:
                self._send_call(call)
                return await answer
            finally:
                del self._calls[message["id"]]

    async def connected(self) -> None:
        """Returns while there is a connection. Raises ConnectionEnded when there will be none."""
        await self._welcomed.wait()
        if self._end is not None:
            raise self._end

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def send(self, message: Message) -> None:
        """Puts a message into the frame of this turn of the event loop."""
        self._send_text(write_message(message))

    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)
        if self._end is not None:
            follower.lost(self._end, is_end=True)
        elif self._welcomed.is_set():
            follower.start()

    def leave(self, follower: Follower) -> None:
        if follower in self._followers:
            self._followers.remove(follower)

    def _send_call(self, call: _Call) -> None:
        if self._welcomed.is_set():
            self._send_text(call.text)
            call.was_sent = True

    def _send_text(self, text: str) -> None:
        if self._outgoing is not None:
            self._outgoing.put_nowait(text)

    async def _run(self) -> None:
        try:
            await self._stay_connected()
        except Exception as failure:
            error = ConnectionEnded(f"the client has failed: {failure!r}")
            error.__cause__ = failure
            self._finish(error)
        finally:
            # Whatever ended it, such as a cancellation from elsewhere: others wait for it.
            self._finish(ConnectionEnded("the client has been stopped"))

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._connection()
            except ConnectionEnded as ended:
                error = ended
            except (OSError, TimeoutError, InvalidHandshake) as failure:
                error = ConnectionEnded(f"no connection: {failure}")
            if error.code in _FINAL_CODES:
                self._finish(error)
            if self._end is not None:
                return
            self._lost(error)
            await asyncio.sleep(random.uniform(0, self._retry_limit_seconds))
            self._retry_limit_seconds = min(_RETRY_CAP_SECONDS, self._retry_limit_seconds * 2)

    async def _connection(self) -> None:
        """One connection, from hello to its end, which it raises as ConnectionEnded."""
        connecting = websockets.connect(
            self._url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, max_size=None
        )
        async with connecting as socket:
            if self._end is not None:
                raise self._end
            outgoing = self._outgoing = asyncio.Queue()
            hello: Message = {"type": "hello", "version": VERSION}
            if self.schema is not None:
                hello["schema"] = self.schema
            self.send(hello)
            works = (self._read(socket), self._write(socket, outgoing), self._ping())
            tasks = [asyncio.create_task(work) for work in works]
            try:
                await asyncio.gather(*tasks)
            finally:
                self._outgoing = None
                for task in tasks:
                    task.cancel()

    async def _read(self, socket: Any) -> None:
        try:
            while True:
                for message in read_frame(await socket.recv()):
                    self._receive(message)
        except BadFrame as error:
            raise ConnectionEnded(f"the server sent {error}") from error
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else None
            raise ConnectionEnded(f"the connection was closed: {closed}", code) from closed

    async def _write(self, socket: Any, outgoing: asyncio.Queue[str]) -> None:
        # That the connection is closed is for the reader to say, behind what has come before.
        with contextlib.suppress(ConnectionClosed):
            while True:
                texts = [await outgoing.get()]
                # All that this turn of the event loop still wants to say goes along.
                await asyncio.sleep(0)
                while not outgoing.empty():
                    texts.append(outgoing.get_nowait())
                for frame in write_frames(texts):
                    await socket.send(frame)

    async def _ping(self) -> None:
        """Keeps the connection alive: a server hangs up on who says nothing for long."""
        while True:
            await asyncio.sleep(_SILENCE_SECONDS)
            self.send({"type": "ping"})

    def _receive(self, message: Message) -> None:
        if message["type"] == "welcome":
            return self._greeted(message)
        call = self._calls.get(message.get("id", -1))
        if call is not None and message["type"] == "answer":
            return _settle(call, message["value"])
        if call is not None and message["type"] == "error":
            return _settle(call, RequestFailed.of(message))
        for follower in list(self._followers):
            follower.receive(message)

    def _greeted(self, welcome: Message) -> None:
        if "descriptor" in welcome:
            self.collections = welcome["descriptor"]["collections"] | CHANNEL_COLLECTIONS
        self.schema = welcome["schema"]
        self._retry_limit_seconds = _RETRY_BASE_SECONDS
        self._welcomed.set()
        for call in self._calls.values():
            self._send_call(call)
        for follower in list(self._followers):
            follower.start()

    def _lost(self, error: ConnectionEnded) -> None:
        self._welcomed.clear()
        for follower in list(self._followers):
            follower.lost(error, is_end=False)

    def _finish(self, error: ConnectionEnded) -> None:
        if self._end is not None:
            return
        self._end = error
        self._welcomed.set()
        for call in self._calls.values():
            outcome = ("unknown" if call.was_sent else "not-applied") if call.is_mutation else None
            ended = ConnectionEnded(str(error), error.code, outcome)
            ended.__cause__ = error.__cause__
            _settle(call, ended)
        for follower in list(self._followers):
            follower.lost(error, is_end=True)


def _settle(call: _Call, result: Any) -> None:
    if call.answer.done():
        return
    if isinstance(result, Exception):
        call.answer.set_exception(result)
    else:
        call.answer.set_result(result)
