"""What ends a client, and what does not: whoever waits for it does not wait in vain. `endings.py` runs
against servers of its own, and prints { <name of a function>: <what it returned> } as JSON."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import websockets
from websockets.exceptions import ConnectionClosed

sys.path.insert(0, str(Path(__file__).parent.parent))

from wherry import Client, ConnectionEnded, RequestFailed
from wherry.messages import SUBPROTOCOL

# What one of them may take. It is a fault to wait for that long.
SECONDS = 20

Message = dict[str, Any]


class Server:
    """Welcomes everybody, and answers every request with 0 and nothing else."""

    def __init__(self) -> None:
        notes = {"fields": {"id": {"kind": "id"}}, "key": ["id"]}
        self.descriptor: Message = {"collections": {"notes": notes}}
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._peers: list[Any] = []

    @asynccontextmanager
    async def listening(self, **where: Any) -> AsyncIterator[str]:
        where = where or {"host": "127.0.0.1", "port": 0}
        async with websockets.serve(self._serve, subprotocols=[SUBPROTOCOL], **where) as server:
            yield url_of(next(iter(server.sockets)))

    async def _serve(self, peer: Any) -> None:
        self._peers.append(peer)
        try:
            while True:
                await self.take(peer, json.loads(await peer.recv()))
        except ConnectionClosed:
            pass

    async def take(self, peer: Any, messages: list[Message]) -> None:
        for message in messages:
            self._heard.put_nowait(message["type"])
            if message["type"] == "hello":
                welcome = {"type": "welcome", "version": 1, "source": "a", "schema": "a"}
                await say(peer, {**welcome, "descriptor": self.descriptor})
            elif message["type"] == "request":
                await say(peer, {"type": "answer", "id": message["id"], "value": 0})

    async def hear(self, kind: str) -> None:
        while await self._heard.get() != kind:
            pass

    async def cut(self) -> None:
        for peer in self._peers:
            await peer.close(1012)


def url_of(listener: Any) -> str:
    return f"ws://127.0.0.1:{listener.getsockname()[1]}/"


async def say(peer: Any, message: Message) -> None:
    await peer.send(json.dumps([message]))


async def enter(url: str) -> None:
    async with Client(url):
        pass


async def follow(db: Client, collection: str, query: Message | None = None) -> None:
    async for _ in db.collection(collection).live(query):
        pass


async def ended(waiting: Awaitable[Any]) -> Any:
    """What the error says that it ends with."""
    try:
        await waiting
    except ConnectionEnded as error:
        return error.outcome or str(error)
    except RequestFailed as error:
        return error.code
    return "was not ended"


class MadeAnyway(websockets.connect):
    """A connection that is made as its maker is told to stop, which then does not hear of it: so does
    asyncio.wait_for before Python 3.12, where both fall into one turn of the event loop."""

    is_waiting: asyncio.Event

    async def __aenter__(self) -> Any:
        self.is_waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return await super().__aenter__()


async def closed_as_it_connects() -> None:
    server = Server()
    MadeAnyway.is_waiting = asyncio.Event()
    async with server.listening() as url, Client(url):
        with patch("websockets.connect", MadeAnyway):
            await server.cut()
            await MadeAnyway.is_waiting.wait()


async def given_up_before_it_connects() -> int:
    """Leaves nothing that goes on. Returns how many tasks do."""
    tasks = asyncio.all_tasks()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        entering = asyncio.create_task(enter(url_of(nobody)))
        await asyncio.sleep(0)
        entering.cancel()
        await asyncio.wait([entering])
    return len(asyncio.all_tasks() - tasks)


async def no_url() -> Any:
    return await ended(enter("http://127.0.0.1/"))


async def unreadable_welcome() -> list[Any]:
    """Nobody expects it, so it ends all that is under way, and all that comes later."""
    server = Server()
    async with server.listening() as url, Client(url) as db:
        notes = db.collection("notes")
        under_way = asyncio.gather(ended(notes.insert({})), ended(follow(db, "notes")))
        await server.hear("mutate")
        server.descriptor = {}
        await server.cut()
        return [*await under_way, await ended(notes.count()), await ended(follow(db, "notes"))]


async def wrong_queries() -> list[Any]:
    """End alone, and are not what ends the client with its next connection."""
    server = Server()
    async with server.listening() as url, Client(url) as db:
        unknown = db.collection("names").live()
        outcome = await ended(anext(unknown))
        unsorted = asyncio.create_task(follow(db, "notes", {"orderBy": {"mood": "asc"}}))
        await server.hear("subscribe")
        await server.cut()
        await server.hear("subscribe")
        unsorted.cancel()
        return [outcome, await db.collection("notes").count()]


class Scripted(Server):
    """Says to subscriptions and mutations what it is given, to each the next, and nothing afterwards."""

    def __init__(self, *replies: list[Message]) -> None:
        super().__init__()
        self._replies = list(replies)
        self.said: list[Message] = []

    async def take(self, peer: Any, messages: list[Message]) -> None:
        await super().take(peer, messages)
        for message in messages:
            if message["type"] not in ("subscribe", "mutate"):
                continue
            self.said.append(message)
            for reply in self._replies.pop(0) if self._replies else []:
                named = {"id": message["id"]} if reply["type"] not in ("push", "stalled") else {}
                await say(peer, {**reply, **named})


def refusal(code: str) -> Message:
    return {"type": "error", "code": code, "message": "not now"}


BEGUN: list[Message] = [
    {"type": "subscribed", "channel": "c1"},
    {"type": "snapshot", "rows": [], "offset": "g:1"},
]


def push(changes: list[Any], prev: str, offset: str) -> Message:
    return {"type": "push", "channel": "c1", "prev": prev, "offset": offset, "changes": changes}


async def unreadable_change() -> list[Any]:
    """Ends the client, since nobody knows what to make of it: whoever waits is told."""
    unknown = push([["created", {"id": "n1", "mood": "calm"}]], "g:1", "g:2")
    async with Scripted([*BEGUN, unknown]).listening() as url, Client(url) as db:
        changes = db.collection("notes").changes()
        waiting = db.collection("notes").live_count()
        return [await ended(anext(changes)), await ended(anext(waiting))]


async def changes_that_cannot_be_had_yet() -> list[Any]:
    """Are asked for again behind the same offset, and what is wrong for good ends them alone."""
    missed = {"type": "missed", "changes": [["created", {"id": "n1"}]], "offset": "g:5"}
    server = Scripted(
        [refusal("DatabaseUnavailable")],
        [BEGUN[0], missed, push([["deleted", {"id": "n1"}]], "g:5", "g:6")],
        [refusal("Unheard")],
    )
    async with server.listening() as url, Client(url) as db:
        with patch("wherry.subscription._RETRY_SECONDS", 0):
            notes = db.collection("notes")
            changes = notes.changes(after="g:4")
            told = [(await anext(changes)).type for _ in range(3)]
            outcome = await ended(anext(notes.changes()))
        return [told, [each.get("after") for each in server.said], outcome, await notes.count()]


async def changes_that_never_began() -> list[str]:
    """Something may have been committed since they were asked for, and nobody will tell."""
    server = Scripted([BEGUN[0]], BEGUN)
    async with server.listening() as url, Client(url) as db:
        changes = db.collection("notes").changes()
        await server.hear("subscribe")
        await server.cut()
        return [(await anext(changes)).type for _ in range(2)]


async def forgotten_iterators() -> list[Any]:
    """End with their subscriptions, were they never asked for anything."""
    server = Scripted(BEGUN)
    async with server.listening() as url, Client(url) as db:
        async for _ in db.collection("notes").live():
            break
        await server.hear("unsubscribe")
        db.collection("notes").live()
        await server.hear("unsubscribe")
        return [each["type"] for each in server.said]


def present(name: str) -> list[Message]:
    return [{"type": "answer", "value": {"id": name}}]


async def presence_that_breaks() -> list[Any]:
    """Each connection begins with one insert, be that of the one before answered or not."""
    refused, retried = [refusal("NotFound")], [refusal("DatabaseUnavailable")]
    server = Scripted([], retried, present("m1"), present("m1"), [], present("m2"), refused)
    async with server.listening() as url, Client(url) as db:
        with patch("wherry.presence._RETRY_SECONDS", 0):
            entering = asyncio.create_task(db.channel("room").enter({"n": 1}))
            await server.hear("mutate")
            await server.cut()
            entry = await entering
        await entry.update({"n": 2})
        await server.cut()
        for _ in range(4):
            await server.hear("mutate")
        await server.cut()
        await server.hear("mutate")
        await server.cut()
        # It may not come again, so that there is nothing to leave.
        await server.hear("mutate")
        outcome = await ended(entry.leave())
        metas = [each["args"][-1].get("meta", each["args"][-1]) for each in server.said]
        return [[each["method"] for each in server.said], metas, outcome]


async def presence_given_up() -> list[Any]:
    """Whoever else waits for it is told, and it may be entered anew."""
    server = Scripted([], present("m1"))
    async with server.listening() as url, Client(url) as db:
        room = db.channel("room")
        entering = [asyncio.create_task(room.enter(n)) for n in range(2)]
        await server.hear("mutate")
        entering[0].cancel()
        given_up = await ended(entering[1])
        await room.enter()
        return [given_up, [each["method"] for each in server.said]]


class Strict(Server):
    """Answers no request before it has a thousand, and hangs up on who has more under way."""

    def __init__(self) -> None:
        super().__init__()
        self._under_way: list[Message] = []
        self._is_answering = False

    async def take(self, peer: Any, messages: list[Message]) -> None:
        calls = [message for message in messages if message["type"] == "request"]
        await super().take(peer, [message for message in messages if message not in calls])
        self._under_way += calls
        if len(self._under_way) > 1_000:
            return await peer.close(4429)
        self._is_answering |= len(self._under_way) == 1_000
        if self._is_answering:
            calls, self._under_way = self._under_way, []
            await super().take(peer, calls)


async def many_calls() -> int:
    """Wait for each other where a server would not take them all at once."""
    async with Strict().listening() as url, Client(url) as db:
        counts = (db.collection("notes").count() for _ in range(1_200))
        return len(await asyncio.gather(*counts))


async def long_without_a_server() -> float:
    """Ends no client. Returns the longest wait between its attempts."""
    limits: list[float] = []
    is_long = asyncio.Event()

    def no_wait(_: float, limit: float) -> float:
        limits.append(limit)
        if len(limits) == 1_100:
            is_long.set()
        return 0

    with socket.socket() as listener, patch("random.uniform", no_wait):
        listener.bind(("127.0.0.1", 0))
        entering = asyncio.create_task(enter(url_of(listener)))
        await is_long.wait()
        async with Server().listening(sock=listener):
            await entering
    return max(limits)


async def main() -> None:
    results: dict[str, Any] = {}
    for scenario in (
        closed_as_it_connects,
        given_up_before_it_connects,
        no_url,
        unreadable_welcome,
        wrong_queries,
        unreadable_change,
        changes_that_cannot_be_had_yet,
        changes_that_never_began,
        forgotten_iterators,
        presence_that_breaks,
        presence_given_up,
        many_calls,
        long_without_a_server,
    ):
        async with asyncio.timeout(SECONDS) as limit:
            results[scenario.__name__] = await scenario()
        # What it waits for may take the limit's cancellation for its own.
        assert not limit.expired(), scenario.__name__
    print(json.dumps(results))


if __name__ == "__main__":
    asyncio.run(main())
