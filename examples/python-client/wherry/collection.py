"""The methods of one collection. Queries are those of docs/reference/queries.md, as dicts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from .changes import Change, Changes
from .ids import new_id
from .live import LiveAggregate, LiveEvent, LiveQuery, LiveValue
from .values import Fields, Row, decode_group, decode_row, encode, encode_patch, encode_query
from .values import encode_row

if TYPE_CHECKING:
    from .client import Client

Query = dict[str, Any]


class Collection:
    """Writes are mutations: each has a name of its own, or the one that `mutation_id` gives it, under
    which it is done once, however often it is sent."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    async def find(self, query: Query | None = None) -> list[Row]:
        return self._rows(await self._read("find", query or {}))

    async def find_one(self, query: Query | None = None) -> Row | None:
        return self._row(await self._read("findOne", query or {}))

    async def get(self, key: Any, query: Query | None = None) -> Row:
        """The row with this key. `query` may have `select` and `include`."""
        await self._client.connected()
        return self._row(await self._request("get", self._key(key), self._query(query or {})))

    async def page(self, query: Query | None = None) -> tuple[list[Row], str | None]:
        """Rows, and what the query of the next page has as `after`; None where there is none."""
        page = await self._read("page", query or {})
        return self._rows(page["rows"]), page["next"]

    async def count(self, where: Query | None = None) -> int:
        return await self._read("count", {"where": where or {}})

    async def aggregate(self, query: Query) -> list[Row]:
        groups = await self._read("aggregate", query)
        return [decode_group(self._fields, query, group) for group in groups]

    def live(self, query: Query | None = None) -> AsyncIterator[LiveEvent]:
        """The rows of a query (`where`, `include`, `orderBy`, `limit`), now and after every change."""
        return LiveQuery(self._client, self._name, query or {}).events()

    def live_count(self, where: Query | None = None) -> AsyncIterator[LiveValue]:
        """The number of rows, now and whenever it has changed."""
        query = {"where": where or {}, "measures": {"count": "count"}}
        counting = LiveAggregate(self._client, self._name, query, lambda it: it[0]["count"])
        return counting.events()

    def live_aggregate(self, query: Query) -> AsyncIterator[LiveValue]:
        """The groups, now and whenever one has changed."""
        return LiveAggregate(self._client, self._name, query, list).events()

    def changes(
        self, query: Query | None = None, *, after: str | None = None
    ) -> AsyncIterator[Change]:
        """What is committed from now on, or behind an offset: each change once, in order. `query` may
        have `where` and `types`, a list of 'created', 'updated' and 'deleted'."""
        return Changes(self._client, self._name, query or {}, after).events()

    async def insert(self, row: Row, *, mutation_id: str | None = None) -> Row:
        await self._client.connected()
        return self._row(await self._mutate(mutation_id, "insert", encode_row(self._fields, row)))

    async def insert_many(self, rows: list[Row], *, mutation_id: str | None = None) -> list[Row]:
        await self._client.connected()
        encoded = [encode_row(self._fields, row) for row in rows]
        return self._rows(await self._mutate(mutation_id, "insertMany", encoded))

    async def update(
        self,
        key: Any,
        patch: Row,
        *,
        if_version: int | None = None,
        mutation_id: str | None = None,
    ) -> Row:
        await self._client.connected()
        args = [self._key(key), encode_patch(self._fields, patch)]
        if if_version is not None:
            args.append({"ifVersion": if_version})
        return self._row(await self._mutate(mutation_id, "update", *args))

    async def update_many(self, query: Query, *, mutation_id: str | None = None) -> int:
        await self._client.connected()
        return await self._mutate(mutation_id, "updateMany", self._query(query))

    async def upsert(self, query: Query, *, mutation_id: str | None = None) -> Row:
        await self._client.connected()
        return self._row(await self._mutate(mutation_id, "upsert", self._query(query)))

    async def delete(self, key: Any, *, mutation_id: str | None = None) -> None:
        await self._client.connected()
        await self._mutate(mutation_id, "delete", self._key(key))

    async def delete_many(self, where: Query, *, mutation_id: str | None = None) -> int:
        await self._client.connected()
        return await self._mutate(mutation_id, "deleteMany", self._query({"where": where}))

    async def _read(self, method: str, query: Query) -> Any:
        await self._client.connected()
        return await self._request(method, self._query(query))

    async def _request(self, method: str, *args: Any) -> Any:
        call = {"type": "request", "collection": self._name, "method": method, "args": list(args)}
        return await self._client.call(call)

    async def _mutate(self, mutation_id: str | None, method: str, *args: Any) -> Any:
        call = {"type": "mutate", "collection": self._name, "method": method, "args": list(args)}
        return await self._client.call({**call, "mutationId": mutation_id or new_id()})

    def _key(self, key: Any) -> Any:
        if isinstance(key, dict):
            return encode_row(self._fields, key)
        [name] = self._client.described(self._name)["key"]
        return encode(self._fields[name], key)

    def _query(self, query: Query) -> Query:
        self._client.described(self._name)
        return encode_query(self._client.collections, self._name, query)

    def _row(self, row: Any) -> Any:
        return decode_row(self._client.collections, self._name, row)

    def _rows(self, rows: list[Row]) -> list[Row]:
        return [self._row(row) for row in rows]

    @property
    def _fields(self) -> Fields:
        return self._client.described(self._name)["fields"]
