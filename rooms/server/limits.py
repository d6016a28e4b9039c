"""What one peer, and all of them together, may cost the process."""

import resource
from dataclasses import dataclass

from rooms.server.allowance import Rate

KIB = 1024
MIB = 1024 * KIB
DESCRIPTORS = 65_536  # more than one process can serve

# Frames of any kind: an unsolicited ping costs as much as a command. More than an application that
# limits commands still answers with a refusal.
SOCKET_FRAMES = Rate(240, 40)
PERSON_FRAMES = Rate(600, 80)  # over all sockets, once the application says whose they are
ADDRESS_FRAMES = Rate(1200, 160)  # 30 from each of 40 connections opened at once


def connections_allowed() -> int:
    """80 % of the descriptors that the process may open; the database and uploads need the
    rest."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (DESCRIPTORS if soft == resource.RLIM_INFINITY else soft) * 8 // 10


def raise_descriptor_limit() -> None:
    """Raise the soft limit as far as the system allows; the usual 1024 means 800 visitors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds are those of the monotonic clock, so setting the clock never closes a socket."""

    # Sending: beyond this, `await send(…)` waits. A room's busiest second is 100 KiB.
    unsent_bytes: int = 256 * KIB
    response_bytes: int = 64 * KIB  # the same for HTTP; of files that are pulled, nothing is kept
    backlog_bytes: int = MIB  # unsent frames of the extension, unless the application sets it
    stall_seconds: float = 15  # a peer that reads nothing for this long is gone

    # WebSockets. The limit on frames holds for fragmented messages too.
    frame_bytes: int = 64 * KIB
    waiting_frames: int = 64  # read, but not received by the application; then reading pauses
    socket_frames: Rate | None = SOCKET_FRAMES  # None: no limit
    person_frames: Rate | None = PERSON_FRAMES
    address_frames: Rate | None = ADDRESS_FRAMES
    ping_seconds: float = 20
    pong_seconds: float = 20  # for the answer to a ping; nothing else proves that the peer reads
    close_seconds: float = 2  # after our close frame, without a byte read, until the abort
    slow_close_seconds: float = 60  # at most, for a slow reader to get to the close frame
    handshakes: int = 64  # at once; in a storm, the others are told to retry later
    handshake_seconds: float = 10  # for the application to accept

    # HTTP
    body_bytes: int = 64 * KIB  # enough for any form
    upload_bytes: int = 12 * MIB  # where files are accepted: 8 MiB, in base64 or in a form
    header_seconds: float = 15
    body_seconds: float = 120  # 12 MiB in this time is 0.8 Mbit/s
    idle_seconds: float = 60  # between two requests on one connection
    requests: int = 32  # in the application at once; each needs a thread and a database connection
    waiting_requests: int = 64
    retry_seconds: int = 5  # that a refused client is told to wait

    # Connections
    connections: int | None = None  # None: `connections_allowed()` at the start
    per_address: int | None = 40  # None: no limit

    # Shutdown. Together less than the 10 s after which an operator loses patience.
    hook_seconds: float = 2
    drain_seconds: float = 7  # for the hook, close frames and responses together
    cancel_seconds: float = 1  # for the `finally` of applications that had to be cancelled
    thread_seconds: float = 1  # for threads that are still running after that
    orphan_seconds: float = 10  # for an application whose peer has gone

    @classmethod
    def without_rates(cls) -> "Limits":
        """No limit on rates and connections, for benchmarks."""
        return cls(per_address=None, socket_frames=None, person_frames=None, address_frames=None)
