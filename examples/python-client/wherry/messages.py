"""Frames: JSON arrays of messages. What the server says is checked before anybody acts on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from .errors import BadFrame

SUBPROTOCOL = "wherry.v1"
VERSION = 1

# The server takes 64 KiB; a client begins another frame at 60.
MOST_BYTES = 65_536
SPLIT_BYTES = 61_440

Message = dict[str, Any]
Check = Callable[[Any], bool]


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_offset(value: Any) -> bool:
    return _is_text(value) and len(value) <= 4_096


def _is_channel(value: Any) -> bool:
    return _is_text(value) and len(value) <= 100


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_array(value: Any) -> bool:
    return isinstance(value, list)


def _is_change(value: Any) -> bool:
    match value:
        case ["put" | "created" | "deleted", _]:
            return True
        case ["remove" | "all", key]:
            return _is_array(key)
        case ["updated", _, before]:
            return _is_object(before)
    return False


def _are(check: Check) -> Check:
    return lambda value: _is_array(value) and all(check(each) for each in value)


def _anything(value: Any) -> bool:
    return True


# The parts of each message besides its type; a question mark says that one may be absent.
_PARTS: dict[str, dict[str, Check]] = {
    "welcome": {
        "version": _is_number,
        "source": _is_text,
        "generation?": _is_text,
        "schema": _is_text,
        "descriptor?": _is_object,
    },
    "answer": {"id": _is_id, "value": _anything, "asOf?": _is_number},
    "error": {"id": _is_id, "code": _is_text, "message": _is_text, "details?": _is_object},
    "settled": {"mutationIds": _are(_is_text)},
    "subscribed": {"id": _is_id, "channel": _is_channel},
    "snapshot": {"id": _is_id, "rows": _is_array, "offset?": _is_offset},
    "missed": {"id": _is_id, "changes": _are(_is_change), "offset?": _is_offset},
    "push": {
        "channel": _is_channel,
        "prev": _is_offset,
        "offset": _is_offset,
        "changes": _are(_is_change),
    },
    "reset": {"id": _is_id, "reason": lambda it: it in ("PositionLost", "Windowed", "Slow")},
    "stalled": {"channel": _is_channel, "code": _is_text, "message": _is_text},
    "pong": {},
}


def read_frame(text: str | bytes) -> list[Message]:
    """The messages of a frame. Raises BadFrame where it has others than the protocol's."""
    if isinstance(text, bytes):
        raise BadFrame("a binary frame")
    try:
        messages = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("a frame that is no JSON") from error
    if not _is_array(messages):
        raise BadFrame("a frame that is no array")
    for message in messages:
        _check(message)
    return messages


def _check(message: Any) -> None:
    kind = message.get("type") if _is_object(message) else None
    if not _is_text(kind):
        raise BadFrame("a message without a type")
    parts = _PARTS.get(kind)
    if parts is None:
        raise BadFrame(f"a message of type {kind!r}, which servers do not send")
    known = {name.rstrip("?") for name in parts}
    unknown = message.keys() - known - {"type"}
    if unknown:
        raise BadFrame(f"{kind} with {', '.join(sorted(unknown))}")
    for name, check in parts.items():
        part = name.rstrip("?")
        if part in message and check(message[part]):
            continue
        if part in message or not name.endswith("?"):
            raise BadFrame(f"{kind} without a proper {part}")


def write_message(message: Message) -> str:
    """A message as JSON. Raises ValueError where JSON or a frame cannot hold it."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text.encode()) > MOST_BYTES - 2:
        raise ValueError(f"the call takes more than the {MOST_BYTES} bytes of a frame")
    return text


def write_frames(messages: list[str]) -> Iterator[str]:
    """Frames of as many messages each as fit."""
    part: list[str] = []
    length = 0
    for text in messages:
        size = len(text.encode()) + 1
        if part and length + size > SPLIT_BYTES:
            yield f"[{','.join(part)}]"
            part, length = [], 0
        part.append(text)
        length += size
    if part:
        yield f"[{','.join(part)}]"
