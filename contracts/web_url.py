"""Whether a text is the URL of something that is called by HTTP."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def is_web_url(text: str) -> bool:
    """Say whether a text begins with ``http://`` or ``https://``, and names a host and a port that can be."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # read, for it is not looked at before: ValueError where it is no number up to 65535
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)
