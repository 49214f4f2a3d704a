"""Channels: messages under a name, and who is there. They are made of collections of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .changes import Change, Changes
from .presence import Entry, PresenceEvent, presence_events
from .values import Collections, Row

if TYPE_CHECKING:
    from .client import Client


# They are in no descriptor, and the same on every server.
CHANNEL_COLLECTIONS: Collections = {
    "$messages": {
        "key": ["id"],
        "fields": {
            "id": {"kind": "id"},
            "channel": {"kind": "text"},
            "event": {"kind": "text"},
            "payload": {"kind": "json"},
            "sender": {"kind": "text"},
            "createdAt": {"kind": "timestamp"},
        },
    },
    "$presence": {
        "key": ["id"],
        "fields": {
            "id": {"kind": "id"},
            "channel": {"kind": "text"},
            "meta": {"kind": "json"},
            "lease": {"kind": "text"},
            "enteredAt": {"kind": "timestamp"},
        },
    },
    "$marks": {
        "key": ["channel", "subscriber"],
        "fields": {
            "channel": {"kind": "text"},
            "subscriber": {"kind": "text"},
            "position": {"kind": "text"},
            "updatedAt": {"kind": "timestamp"},
        },
    },
}


class Channel:
    """Messages are rows that have an `event`, a `payload`, `sender` and `createdAt`, members are rows
    that have an `id`, `meta` and `enteredAt`. What the server does not allow is NotFound."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._messages = client.collection("$messages")
        self._marks = client.collection("$marks")
        self._presence = client.collection("$presence")

    async def publish(
        self, event: str, payload: Any = None, *, mutation_id: str | None = None
    ) -> Row:
        message = {"channel": self._name, "event": event, "payload": payload}
        return await self._messages.insert(message, mutation_id=mutation_id)

    async def history(self, limit: int = 100, since: datetime | None = None) -> list[Row]:
        """The latest messages, the last one last."""
        where: Row = {"channel": self._name}
        if since is not None:
            where["createdAt"] = {"gte": since}
        order = [{"createdAt": "desc"}, {"id": "desc"}]
        rows = await self._messages.find({"where": where, "orderBy": order, "limit": limit})
        return rows[::-1]

    def listen(self, after: str | None = None) -> AsyncIterator[Change]:
        """Messages, as `row`s of changes of type 'created', from now on, or behind an offset; and 'gap'
        and 'error', see Change."""
        return self._listening(after).events()

    async def listen_as(self, subscriber: str) -> AsyncIterator[Change]:
        """Goes on behind what was acknowledged last under this name; the first time, begins now."""
        mark = await self._marks.find_one(
            {"where": {"channel": self._name, "subscriber": subscriber}}
        )
        listening = self._listening(None if mark is None else mark["position"])
        messages = listening.events()
        if mark is None:
            await self.acknowledge(subscriber, await listening.begun)
        return messages

    async def acknowledge(self, subscriber: str, offset: str) -> None:
        """A subscriber has had all up to the offset of a message, or has dealt with a gap."""
        await self._marks.upsert(
            {
                "on": ["channel", "subscriber"],
                "insert": {"channel": self._name, "subscriber": subscriber, "position": offset},
                "update": {"position": offset},
            }
        )

    async def enter(self, meta: Any = None) -> Entry:
        """Is there until it leaves or the client ends, as another member after each broken connection. A
        client is there once: to enter again changes `meta`. Where this is cancelled, the server may have
        it there until the connection ends."""
        entry = self._client.entries.get(self._name)
        if entry is not None:
            await entry.update(meta)
        else:
            entry = self._client.entries[self._name] = Entry(self._client, self._name, meta)
            await entry.enter()
        return entry

    async def members(self) -> list[Row]:
        return await self._presence.find(self._members_query())

    def presence(self) -> AsyncIterator[PresenceEvent]:
        """Who is there, now and after every change."""
        return presence_events(self._presence.live(self._members_query()))

    def _listening(self, after: str | None) -> Changes:
        query = {"where": {"channel": self._name}, "types": ["created"]}
        return Changes(self._client, "$messages", query, after)

    def _members_query(self) -> Row:
        return {"where": {"channel": self._name}, "orderBy": {"enteredAt": "asc"}}
