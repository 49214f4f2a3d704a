"""UUIDv7 (RFC 9562, 5.7): the names of mutations."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> str:
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return str(uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62)))
