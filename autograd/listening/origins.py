"""Which line of the user's code made a node: known where `record_sources` is on.

The state that a node keeps anyway says so (`Recording.line`), one state for all nodes
of a line. So it takes no room in a node, and no time where nobody listens.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from autograd.listening.sources import user_line
from autograd.recording import Recorder, listening
from autograd.value import Value


class _Sources(Recorder):
    """Notes the line that makes a node."""

    def made(self, node: Value) -> None:
        """Note it, on the node."""
        line = user_line()
        node.recording = node.recording.variant(("line", line.where), line=line)


def record_sources() -> AbstractContextManager[object]:
    """Let every node that is made in the block know the line that made it.

    The line is that of the caller, never one of this project: of the function or the
    layer that was called, or of the leaf that was made. Outside it costs nothing.

    ::

        with autograd.record_sources():
            loss = ...
        file, number, text = loss.source
    """
    return listening(_Sources())
