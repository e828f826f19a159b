"""Files are written as a whole, or left as they were."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path


def write_whole(target: Path, content: bytes) -> None:
    """Replaces a file as a whole, or leaves it as it was.

    Raises:
        OSError: If it can't be written; it names the file, and nothing is left behind.
    """
    if target.exists() and not target.is_file():
        # A device or a pipe is written to, not replaced; a folder is an error here.
        target.write_bytes(content)
        return
    whole = target.resolve()  # a link stays a link, its target is replaced
    part = whole.with_name(f".{uuid.uuid4().hex}.part")  # one for each writer
    try:
        part.write_bytes(content)
        part.replace(whole)
    except OSError as error:
        # Who reads the message has never heard of the part.
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        with suppress(OSError):  # gone already where all went well
            part.unlink()
