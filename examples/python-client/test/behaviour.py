"""Writes over connections that break, and follows: `behaviour.py URL ROWS`, against the notes of the
protocol's conversations. Prints { values, conflict, refused, told, rows } as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from wherry import Client, RequestFailed
from wherry.ids import new_id

# One value of each kind that travels in another form than Python has it.
SAMPLE: dict[str, Any] = {
    "author": "ada",
    "mood": "calm",
    "total": 2**63 - 1,
    "price": Decimal("7.50"),
    "at": datetime(2026, 1, 31, 12, 0, 0, 5_000, UTC),
    "photo": b"\x00\xff",
    "tags": ["a", "ü"],
    "data": {"k": [1, None]},
}


async def values(db: Client) -> bool:
    """A row comes back as it was given, and is found by its values."""
    notes = db.collection("notes")
    row = await notes.insert(SAMPLE)
    wheres: list[dict[str, Any]] = [
        {"total": SAMPLE["total"]},
        {"price": {"in": [Decimal("7.5")]}},
        {"at": {"lte": SAMPLE["at"]}, "photo": SAMPLE["photo"]},
        {"OR": [{"tags": {"has": "ü"}}, {"NOT": {"score": 0}}]},
        {"data": {"path": ["k", 0], "eq": 1}},
    ]
    found = [await notes.find({"where": where}) for where in wheres]
    await notes.delete(row["id"])
    return SAMPLE.items() <= row.items() and all(rows == [row] for rows in found)


async def conflict(db: Client) -> Any:
    """Who has read an old version is told the row as it is."""
    notes = db.collection("notes")
    row = await notes.insert({"author": "bob"})
    await notes.update(row["id"], {"score": {"increment": 1}})
    try:
        await notes.update(row["id"], {"score": 9}, if_version=row["version"])
    except RequestFailed as error:
        return [error.code, error.details["current"]["score"], await notes.count()]
    finally:
        await notes.delete(row["id"])


async def refused(db: Client) -> str:
    try:
        async for _ in db.collection("notes").live({"offset": 1}):
            pass
    except RequestFailed as error:
        return error.code
    return "nothing was refused"


async def follow(db: Client, count: int) -> tuple[int, list[Any]]:
    """Writes `count` rows at once, each twice under one name, until a live query shows them all."""
    notes = db.collection("notes")

    async def write(score: int) -> None:
        mutation_id = new_id()
        row = {"author": "py", "score": score}
        twice = [notes.insert(row, mutation_id=mutation_id) for _ in range(2)]
        first, second = await asyncio.gather(*twice)
        assert first == second, "a mutation that was sent twice was done twice"

    writing = asyncio.gather(*(write(score) for score in range(count)))
    told = 0
    rows: list[Any] = []
    async for event in notes.live({"where": {"author": "py"}, "orderBy": {"score": "desc"}}):
        told += 1
        rows = [row["score"] for row in event.rows]
        if event.status == "live" and len(rows) >= count:
            break
    await writing
    return told, rows


async def main(url: str, count: int) -> None:
    async with Client(url) as db:
        result = {
            "values": await values(db),
            "conflict": await conflict(db),
            "refused": await refused(db),
        }
        told, rows = await follow(db, count)
        print(json.dumps({**result, "told": told, "rows": rows}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
