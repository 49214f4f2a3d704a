"""What can go wrong, as callers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from .messages import Message

_RETRYABLE = {"SerializationFailure", "LockTimeout", "DatabaseUnavailable"}


class RequestFailed(Exception):
    """The server refused a call. `code` is one of docs/reference/errors.md."""

    def __init__(self, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.details = details

    @classmethod
    def of(cls, message: Message) -> Self:
        """What an `error` or a `stalled` says."""
        return cls(message["code"], message["message"], message.get("details", {}))

    @property
    def is_retryable(self) -> bool:
        """Whether the same call, made again unchanged, may succeed."""
        return self.code in _RETRYABLE


class ConnectionEnded(Exception):
    """There is no connection, and there will be none: `code` is that of the close frame, if any.

    A mutation that was sent and not answered fails with `outcome` 'unknown': it may have been done.
    """

    def __init__(self, message: str, code: int | None = None, outcome: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.outcome = outcome


class BadFrame(Exception):
    """A frame of the server that this client cannot read."""
