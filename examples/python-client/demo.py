"""Follows the newest check-ins of the quickstart, adds one and changes it: `python3 demo.py [URL]`."""

from __future__ import annotations

import asyncio
import sys

from wherry import Client


async def main(url: str) -> None:
    async with Client(url) as db:
        check_ins = db.collection("checkIns")
        newest = check_ins.live({"orderBy": {"createdAt": "desc"}, "limit": 3})
        changes = check_ins.changes({"where": {"userId": "Py"}})
        await anext(newest)
        added = await check_ins.insert({"userId": "Py", "emotion": "calm", "intensity": 2})
        await check_ins.update(added["id"], {"intensity": 4}, if_version=added["version"])
        async for event in newest:
            print(event.status, [(row["userId"], row["intensity"]) for row in event.rows])
            if any(row["id"] == added["id"] and row["intensity"] == 4 for row in event.rows):
                break
        async for change in changes:
            if change.row is not None:
                print(change.type, change.row["id"], change.row["intensity"])
            if change.type == "updated":
                break
        count = await anext(check_ins.live_count({"userId": "Py"}))
        print(count.value, "check-ins of Py")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:3001/wherry"))
