"""Values of fields, as Python has them and as they travel: the row codec.

| kind      | Python                    |
| --------- | ------------------------- |
| bigint    | int                       |
| decimal   | decimal.Decimal           |
| timestamp | datetime, with a timezone |
| date      | datetime.date             |
| bytes     | bytes                     |

All others are what `json` makes of them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Field = dict[str, Any]
Fields = dict[str, Field]
Row = dict[str, Any]

# What a descriptor says of a collection: its `fields`, its `key` and its `relations`.
Description = dict[str, Any]
Collections = dict[str, Description]

_LISTS = {"in", "notIn"}
_ELEMENTS = {"has"}
_LISTS_OF_ELEMENTS = {"hasAny", "hasAll"}


def decode(field: Field, value: Any) -> Any:
    if value is None:
        return None
    match field["kind"]:
        case "bigint":
            return int(value)
        case "decimal":
            return Decimal(value)
        case "timestamp":
            return datetime.fromisoformat(value)
        case "date":
            return date.fromisoformat(value)
        case "bytes":
            return bytes.fromhex(value)
        case "array":
            return [decode(field["element"], item) for item in value]
        case _:
            return value


def encode(field: Field, value: Any) -> Any:
    """The opposite of `decode`. What is no value of the field is left for the server to refuse."""
    if value is None:
        return None
    match field["kind"]:
        case "bigint" if isinstance(value, int):
            return str(value)
        case "decimal" if isinstance(value, Decimal):
            return format(value, "f")
        case "timestamp" if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("a timestamp needs a timezone, such as UTC")
            utc = value.astimezone(UTC)
            return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z".rjust(24, "0")
        case "date" if isinstance(value, date):
            return value.isoformat()
        case "bytes" if isinstance(value, (bytes, bytearray)):
            return value.hex()
        case "array" if isinstance(value, (list, tuple)):
            return [encode(field["element"], item) for item in value]
        case _:
            return value


def decode_row(collections: Collections, name: str, row: Any) -> Any:
    """A row, or None, with the rows that it includes, at whatever depth."""
    if row is None:
        return None
    fields, relations = collections[name]["fields"], collections[name].get("relations", {})

    def part(name: str, value: Any) -> Any:
        if name in fields:
            return decode(fields[name], value)
        to = relations[name]["to"]
        if isinstance(value, list):
            return [decode_row(collections, to, each) for each in value]
        return decode_row(collections, to, value)

    return {name: part(name, value) for name, value in row.items()}


def decode_group(fields: Fields, query: Row, group: Row) -> Row:
    """A group of an aggregate: fields that it goes by, and measures."""
    parts = _fields_of_groups(fields, query)
    return {name: decode(parts[name], value) for name, value in group.items()}


def _fields_of_groups(fields: Fields, query: Row) -> Fields:
    kinds = {"count": "int", "avg": "float"}

    def of(measure: Any) -> Field:
        [[operation, name]] = measure.items() if isinstance(measure, dict) else [(measure, None)]
        return {"kind": kinds[operation]} if operation in kinds else fields[name]

    by = {name: fields[name] for name in query.get("groupBy", [])}
    return by | {name: of(measure) for name, measure in query["measures"].items()}


def encode_row(fields: Fields, row: Row) -> Row:
    return {
        name: encode(fields[name], value) if name in fields else value
        for name, value in row.items()
    }


def encode_patch(fields: Fields, patch: Row) -> Row:
    def of(name: str, value: Any) -> Any:
        field = fields.get(name)
        if field is None:
            return value
        if field["kind"] != "json" and isinstance(value, dict):
            return {key: encode(field, operand) for key, operand in value.items()}
        return encode(field, value)

    return {name: of(name, value) for name, value in patch.items()}


def encode_query(collections: Collections, name: str, query: Row) -> Row:
    """A query of any method: the parts of it that hold values of fields are encoded."""
    fields, relations = collections[name]["fields"], collections[name].get("relations", {})

    def included(relation: str, part: Any) -> Any:
        # `true` asks for whole rows. A relation that is not there is for the server to refuse.
        if not isinstance(part, dict) or relation not in relations:
            return part
        return encode_query(collections, relations[relation]["to"], part)

    encoders = {
        "where": lambda part: _encode_filter(fields, part),
        "include": lambda part: {name: included(name, asked) for name, asked in part.items()},
        "having": lambda part: _encode_filter(_fields_of_groups(fields, query), part),
        "insert": lambda part: encode_row(fields, part),
        "update": lambda part: encode_patch(fields, part),
        "set": lambda part: encode_patch(fields, part),
    }
    return {
        name: encoders[name](part) if name in encoders and isinstance(part, dict) else part
        for name, part in query.items()
    }


def _encode_filter(fields: Fields, where: Row) -> Row:
    def of(name: str, value: Any) -> Any:
        if name == "NOT":
            return _encode_filter(fields, value)
        if name in ("AND", "OR"):
            return [_encode_filter(fields, term) for term in value]
        field = fields.get(name)
        if field is None:
            return value
        if not isinstance(value, dict):
            return encode(field, value)
        # Beside a path stands plain JSON.
        if "path" in value:
            return value
        return {operator: _encode_operand(field, operator, it) for operator, it in value.items()}

    return {name: of(name, value) for name, value in where.items()}


def _encode_operand(field: Field, operator: str, operand: Any) -> Any:
    if operator == "isNull":
        return operand
    if operator in _LISTS:
        return [encode(field, item) for item in operand]
    element = field.get("element", field)
    if operator in _ELEMENTS:
        return encode(element, operand)
    if operator in _LISTS_OF_ELEMENTS:
        return [encode(element, item) for item in operand]
    return encode(field, operand)


def sort_key(field: Field, value: Any) -> tuple[Any, ...]:
    """Compares as the server does; null is the smallest, and text compares by code points."""
    if value is None:
        return (0,)
    if field["kind"] == "array" or field["kind"] == "json":
        raise ValueError("rows have no order by arrays or JSON")
    return (1, value)
