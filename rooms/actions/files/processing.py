"""Make of an upload that is complete what is served: scanned for viruses, without metadata, with a
thumbnail. Before that nobody is served it, not even its sender."""

from typing import ClassVar

from rooms.queries.jobs import Work


class Process(Work, frozen=True):
    """Process an upload whose bytes are all here. Queued in the transaction that takes the last
    ones."""

    kind: ClassVar[str] = "files.process"

    upload: str
