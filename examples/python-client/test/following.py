"""What is told of what others do, over connections that break: `following.py SCENARIO URL DIRECT COUNT`
runs the function of that name over URL, which breaks connections, while another client writes COUNT
times over DIRECT, which does not. Prints what it returns as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from wherry import Change, Client, LiveValue, RequestFailed

# What one of them may take. It is a fault to wait for that long.
SECONDS = 40

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


async def write_books(writer: Client, author: str, count: int) -> None:
    books = writer.collection("books")
    for n in range(count):
        await books.insert({"authorId": author, "n": n, "price": Decimal("0.50"), "at": AT})


async def code_of(refused: Awaitable[Any]) -> str:
    try:
        await refused
    except RequestFailed as error:
        return error.code
    return "was not refused"


async def up_to_date(values: AsyncIterator[LiveValue]) -> LiveValue:
    while (value := await anext(values)).status != "live":
        pass
    return value


async def until(count: int, changes: AsyncIterator[Change]) -> list[Change]:
    """So many changes; that a connection broke is none."""
    told: list[Change] = []
    while len(told) < count:
        change = await anext(changes)
        if change.type != "error":
            told.append(change)
    return told


def what(changes: list[Change]) -> list[Any]:
    return [(change.type, change.row, change.old) for change in changes]


def behind(index: int, told: list[Change]) -> tuple[str, list[Any]]:
    """The offset of one of the changes, and what comes to who asks for what lies behind it: changes
    that came together with it, and before it, share it with the last one that came before them."""
    offset = told[index].offset
    first = next(at for at, change in enumerate(told) if change.offset == offset)
    return offset, what(told[first + 1 :])


async def includes(db: Client, writer: Client, count: int) -> Any:
    """Rows have the rows that they include, in the types of Python, however deep and asked for."""
    ada = await writer.collection("authors").insert({"name": "ada", "born": AT})
    await writer.collection("authors").insert({"name": "bob"})
    await write_books(writer, ada["id"], count)
    authors, books = db.collection("authors"), db.collection("books")
    asked = {"where": {"at": AT, "price": {"lt": Decimal(1)}, "n": {"lt": 2}}, "select": ["n", "at"]}
    deep = {"books": {**asked, "include": {"author": True}}}
    author = {**ada, "books": [{"n": n, "at": AT, "author": ada} for n in range(2)]}
    query = {"include": deep, "orderBy": {"name": "asc"}}
    rows, after = await authors.page({**query, "limit": 1})
    rest, end = await authors.page({**query, "limit": 1, "after": after})
    return [
        await authors.get(ada["id"], {"include": deep}) == author,
        await authors.find_one(query) == author,
        rows == [author] and rest[0]["books"] == [] and end is None,
        (await books.find({"include": {"author": {"where": {"name": "bob"}}}}))[0]["author"],
        await code_of(authors.find({"include": {"pages": True}})),
    ]


async def live_includes(db: Client, writer: Client, count: int) -> Any:
    ada = await writer.collection("authors").insert({"name": "ada", "born": AT})
    query = {"include": {"books": {"where": {"at": AT}, "orderBy": {"n": "asc"}}}}
    writing = asyncio.create_task(write_books(writer, ada["id"], count))
    shown = 0
    async for event in db.collection("authors").live(query):
        # Before the first rows, and none once the connection has broken.
        books = event.rows[0]["books"] if event.rows else []
        assert len(books) >= shown, "a row was there and is there no more"
        shown = len(books)
        if event.status == "live" and shown == count:
            break
    await writing
    return [[book["n"] for book in books], books[0]["at"] == AT, books[0]["price"] == Decimal("0.5")]


async def values(db: Client, writer: Client, count: int) -> Any:
    """A live count and a live aggregate, which come to what is asked for once."""
    ada = await writer.collection("authors").insert({"name": "ada"})
    books = db.collection("books")
    query = {
        "groupBy": ["authorId"],
        "measures": {"total": {"sum": "price"}, "last": {"max": "at"}},
        "having": {"total": {"gt": Decimal("0.2")}},
    }
    counted, measured = books.live_count({"n": {"gte": 2}}), books.live_aggregate(query)
    begun = [(await up_to_date(counted)).value, (await up_to_date(measured)).value]
    writing = asyncio.create_task(write_books(writer, ada["id"], count))
    wanted = [{"authorId": ada["id"], "total": Decimal("0.5") * count, "last": AT}]
    while (await up_to_date(counted)).value != count - 2:
        pass
    while (await up_to_date(measured)).value != wanted:
        pass
    await writing
    return [*begun, await books.aggregate(query) == wanted]


async def changes(db: Client, writer: Client, count: int) -> Any:
    """Each change is told once and in order, and again to who comes back with an offset."""
    ada = await writer.collection("authors").insert({"name": "ada"})
    books = db.collection("books")
    query = {"where": {"at": {"gte": AT}}, "types": ["updated", "deleted"]}
    of_all, of_some = books.changes(), books.changes(query)
    # What this client writes from now on it is told; others begin when it has been.
    own = await books.insert({"authorId": ada["id"], "n": -1, "at": AT})
    await books.delete(own["id"])
    begun = await until(2, of_all) + await until(1, of_some)
    assert [change.type for change in begun] == ["created", "deleted", "deleted"]
    assert begun[0].row == own, "a row was told otherwise"

    async def write() -> None:
        rows = writer.collection("books")
        for n in range(count):
            row = await rows.insert({"authorId": ada["id"], "n": n, "at": AT})
            await rows.update(row["id"], {"price": Decimal(n)})

    writing = asyncio.create_task(write())
    told = await until(2 * count, of_all)
    some = await until(count, of_some)
    await writing
    offset, missed = behind(count, begun[:2] + told)
    again = await until(len(missed), books.changes(after=offset))
    elsewhere = books.changes(after="elsewhere:1")
    gap = await until(1, elsewhere)
    await books.delete(told[-1].row["id"])
    was = [(change.old["price"], change.old["n"]) for change in told if change.old is not None]
    return {
        "all": [[change.type, change.row["n"]] for change in told],
        "some": [[change.type, change.row["n"]] for change in some],
        "old": was == [(None, n) for n in range(count)],
        "again": what(again) == missed,
        "elsewhere": [change.type for change in gap + await until(1, elsewhere)],
        "refused": await code_of(anext(books.changes({"limit": 1}))),
    }


async def messages(db: Client, writer: Client, count: int) -> Any:
    room, other = db.channel("room"), writer.channel("room")
    told = room.listen()
    await room.publish("opened")
    begun = await until(1, told)

    async def publish() -> None:
        for n in range(count):
            await other.publish("said", {"n": n})

    publishing = asyncio.create_task(publish())
    heard = await until(count, told)
    await publishing
    offset, missed = behind(count - 3, begun + heard)
    return {
        "begun": [begun[0].row["event"], begun[0].row["payload"]],
        "heard": [change.row["payload"]["n"] for change in heard],
        "again": what(await until(len(missed), room.listen(offset))) == missed,
        "history": [row["payload"]["n"] for row in await room.history(3)],
        "later": await room.history(since=datetime.now(UTC).replace(year=2999)),
        "refused": [
            await code_of(db.channel("closed").publish("said")),
            await code_of(anext(db.channel("closed").listen())),
            await code_of(db.channel("closed").enter()),
            await code_of(db.channel("closed").members()),
        ],
    }


async def subscribers(db: Client, writer: Client, count: int) -> Any:
    """Go on behind what they have acknowledged, whatever client they come back with."""
    await writer.channel("room").publish("said", -1)
    # Who is new begins here, even if it goes without a word.
    await db.channel("room").listen_as("phone")
    heard = []
    for client, part in ((db, range(count // 2)), (writer, range(count // 2, count))):
        for n in part:
            await writer.channel("room").publish("said", n)
        # What nobody has acknowledged comes again.
        for _ in range(2):
            told = await until(len(part), await client.channel("room").listen_as("phone"))
        heard += [change.row["payload"] for change in told]
        await client.channel("room").acknowledge("phone", told[-1].offset)
    return heard


async def presence(db: Client, writer: Client, _: int) -> Any:
    """Who has entered is there again after its connection broke, as it was then, until it leaves."""
    there = writer.channel("room").presence()
    begun = await anext(there)
    entry = await db.channel("room").enter({"name": "ann"})
    entered = await anext(there)
    assert await db.channel("room").enter({"name": "anna"}) is entry, "it is there twice"
    updated = await anext(there)

    async def keep_busy() -> None:
        # Until what it has heard breaks the connection.
        while True:
            await db.channel("room").members()

    busy = asyncio.create_task(keep_busy())
    come, gone = [], []
    while not (come and gone):
        event = await anext(there)
        come += event.joined
        gone += event.left
    busy.cancel()
    await entry.leave()
    while (event := await anext(there)).members:
        pass

    def names(rows: list[Any]) -> list[str]:
        return [row["meta"]["name"] for row in rows]

    return {
        "begun": begun.members,
        "entered": [names(entered.members), names(entered.joined)],
        "updated": [names(updated.members), updated.joined, updated.left],
        "broken": [names(gone[:1]), names(come[:1]), gone[0]["id"] != come[0]["id"]],
        "left": await writer.channel("room").members(),
    }


async def main(scenario: str, url: str, direct: str, count: str) -> None:
    async with asyncio.timeout(SECONDS), Client(url) as db, Client(direct) as writer:
        print(json.dumps(await globals()[scenario](db, writer, int(count))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
