"""Live queries: the rows of a query, or the value of an aggregate, as they are and as they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .subscription import Subscription
from .values import Row, decode, decode_group, sort_key

if TYPE_CHECKING:
    from .client import Client


@dataclass(frozen=True)
class LiveEvent:
    """`status` is 'live', or 'stalled' while the server or its database is away: then the rows are
    as they were, and `error` says why."""

    rows: list[Row]
    status: str
    offset: str | None
    error: Exception | None = None


@dataclass(frozen=True)
class LiveValue:
    """The number of a count, or the groups of an aggregate, in order; else as a LiveEvent. None
    before there is one."""

    value: Any
    status: str
    offset: str | None
    error: Exception | None = None


class LiveQuery(Subscription[LiveEvent]):
    def __init__(self, client: Client, collection: str, query: Row) -> None:
        super().__init__(client, collection, query)
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._schema: str | None = None
        # The name and field of each term of the order, and whether it descends.
        self._order: list[tuple[str, Any, bool]] = []

    def _begin(self) -> None:
        if self._schema != self._client.schema:
            # Another schema: whatever was there is there no more.
            self._rows, self._offset, self._schema = {}, None, self._client.schema
        self._order = self._terms()

    def _take(self, changes: list[Any], offset: str, *, is_all: bool) -> None:
        if is_all:
            self._rows = {}
        fields, key = self._described["fields"], self._described["key"]
        for operation, value in changes:
            if operation == "put":
                row = self._row(value)
                self._rows[tuple(row[name] for name in key)] = row
            else:
                self._rows.pop(tuple(map(decode, (fields[name] for name in key), value)), None)
        self._events.put_nowait(LiveEvent(self._in_order(), "live", offset))

    def _stall(self, error: Exception) -> None:
        self._events.put_nowait(LiveEvent(self._in_order(), "stalled", self._offset, error))

    def _terms(self) -> list[tuple[str, Any, bool]]:
        """`orderBy` and then the key. A field that is not there is for the server to refuse."""
        given = self._query.get("orderBy", [])
        terms = [
            term
            for each in (given if isinstance(given, list) else [given])
            for term in each.items()
        ]
        named = {name for name, _ in terms}
        terms += [(name, "asc") for name in self._described["key"] if name not in named]
        fields = self._described["fields"]
        return [(name, fields[name], way == "desc") for name, way in terms if name in fields]

    def _in_order(self) -> list[Row]:
        """A stable sort by the last term first."""
        rows = list(self._rows.values())
        for name, field, is_descending in reversed(self._order):
            rows.sort(key=lambda row: sort_key(field, row[name]), reverse=is_descending)
        return rows

    @property
    def _described(self) -> dict[str, Any]:
        return self._client.described(self._collection)


class LiveAggregate(Subscription[LiveValue]):
    """`value_of` makes the value of the groups."""

    _method = "aggregate"

    def __init__(
        self, client: Client, collection: str, query: Row, value_of: Callable[[list[Row]], Any]
    ) -> None:
        super().__init__(client, collection, query)
        self._value_of = value_of
        self._value: Any = None

    def _take(self, changes: list[Any], offset: str, *, is_all: bool) -> None:
        if is_all:
            self._replace([group for _, group in changes])
        elif changes:
            self._replace(changes[-1][1])
        self._events.put_nowait(LiveValue(self._value, "live", offset))

    def _stall(self, error: Exception) -> None:
        self._events.put_nowait(LiveValue(self._value, "stalled", self._offset, error))

    def _replace(self, groups: list[Any]) -> None:
        fields = self._client.described(self._collection)["fields"]
        self._value = self._value_of([decode_group(fields, self._query, each) for each in groups])
