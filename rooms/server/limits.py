"""How much one peer, and all of them together, may cost the process."""

import resource
from dataclasses import dataclass

from rooms.server.allowance import Rate

KIB = 1024
MIB = 1024 * KIB
DESCRIPTORS = 65_536  # more than one process can serve

# Frames of any kind: a ping that nobody asked for costs as much as a command. Above what an
# application that counts its commands still answers with a refusal.
SOCKET_FRAMES = Rate(240, 40)
PERSON_FRAMES = Rate(600, 80)  # of all their sockets, once the application has said whose they are
ADDRESS_FRAMES = Rate(1200, 160)  # 30 of each of 40 connections that open at once


def connections_allowed() -> int:
    """80 % of the descriptors the process may open; the database and uploads need the rest."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (DESCRIPTORS if soft == resource.RLIM_INFINITY else soft) * 8 // 10


def raise_descriptor_limit() -> None:
    """Take what the system allows anyhow; the usual soft limit is 1024, or 800 visitors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds are of the monotonic clock; a clock that is set never closes a socket."""

    # Sending: beyond so much unsent, `await send(…)` waits. A room's busiest second is 100 KiB.
    unsent_bytes: int = 256 * KIB
    backlog_bytes: int = MIB  # unsent frames of the extension, unless the application bounds them
    stall_seconds: float = 15  # a peer that takes nothing for so long is gone

    # WebSockets. The bound on frames holds for messages in fragments too.
    frame_bytes: int = 64 * KIB
    waiting_frames: int = 64  # read but not yet taken by the application; then reading stops
    socket_frames: Rate | None = SOCKET_FRAMES  # None: no bound
    person_frames: Rate | None = PERSON_FRAMES
    address_frames: Rate | None = ADDRESS_FRAMES
    ping_seconds: float = 20
    pong_seconds: float = 20  # for the answer to a ping; nothing else proves that the peer reads
    close_seconds: float = 2  # from our goodbye to the abort
    handshakes: int = 64  # at once; in a storm the others are told to come back later
    handshake_seconds: float = 10  # for the application to accept

    # HTTP
    body_bytes: int = 64 * KIB  # as much as a form holds
    upload_bytes: int = 12 * MIB  # where files are taken: 8 MiB, in base64 or with a form around
    header_seconds: float = 15
    body_seconds: float = 120  # 12 MiB in this time is 0.8 Mbit/s
    idle_seconds: float = 60  # between two requests on one connection
    requests: int = 32  # in the application at once: each costs a thread and a database connection
    waiting_requests: int = 64
    retry_seconds: int = 5  # what a refused client is told to wait

    # Connections
    connections: int | None = None  # None: as `connections_allowed()` says at the start
    per_address: int | None = 40  # None: no bound

    # The end. Together under the 10 s after which an operator's patience, or systemd's, ends.
    hook_seconds: float = 2
    drain_seconds: float = 7  # for the hook, goodbyes and responses together
    cancel_seconds: float = 1  # for the `finally` of applications that had to be cancelled
    thread_seconds: float = 1  # for threads that are still at work after that
    farewell_seconds: float = 10  # for an application whose peer has gone

    @classmethod
    def without_rates(cls) -> "Limits":
        """For measuring: nobody comes too often or says too much."""
        return cls(per_address=None, socket_frames=None, person_frames=None, address_frames=None)
