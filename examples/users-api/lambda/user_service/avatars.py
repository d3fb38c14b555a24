"""The picture of a user who has uploaded none: one grey pixel, built here as a PNG."""

from __future__ import annotations

import struct
import zlib

AVATAR_LIMIT_BYTES = 131_072


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _grey_pixel() -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    image = zlib.compress(b"\x00\x80")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", image) + _chunk(b"IEND", b"")


DEFAULT_AVATAR = _grey_pixel()
