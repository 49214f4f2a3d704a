"""A client of Wherry's protocol, written from docs/reference/protocol.md and its test vectors alone."""

from .changes import Change
from .channel import Channel
from .client import Client
from .collection import Collection
from .errors import ConnectionEnded, RequestFailed
from .live import LiveEvent, LiveValue
from .presence import Entry, PresenceEvent

__all__ = [
    "Change",
    "Channel",
    "Client",
    "Collection",
    "ConnectionEnded",
    "Entry",
    "LiveEvent",
    "LiveValue",
    "PresenceEvent",
    "RequestFailed",
]
