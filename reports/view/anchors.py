"""Where a verdict stands in the page: the same place for the same rule and subject on every night."""

from __future__ import annotations

import re
import zlib

_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+")
_MOST_CHARACTERS = 80


def anchor(rule: str, subject: str) -> str:
    """Return an id for a link: ``MQ005-PUT-users-userId-8a1f``.

    Args:
        rule: The rule's code.
        subject: The verdict's subject. Only its letters and digits stand in the id; the end tells apart what is alike.
    """
    words = _BETWEEN_WORDS.sub("-", f"{rule} {subject}").strip("-")[:_MOST_CHARACTERS]
    return f"{words}-{zlib.crc32(subject.encode('utf-8', 'surrogatepass')) & 0xFFFF:04x}"
