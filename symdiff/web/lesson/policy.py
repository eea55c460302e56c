"""What a page may do: show what is in it, and run the script that is in it. Nothing else."""

from __future__ import annotations

import base64
import hashlib
import re


def policy(page: str) -> str:
    """The Content-Security-Policy that allows the styles and scripts of a page, and nothing else.

    >>> policy("<style>p{margin:0}</style>")[:54]
    "default-src 'none'; style-src 'sha256-QRQPRLGyxt3RJiKp"
    """
    parts = ["default-src 'none'"]
    for element in ("style", "script"):
        inside = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        if inside:
            parts.append(f"{element}-src {' '.join(map(_hash, dict.fromkeys(inside)))}")
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
