"""The decoding child: a process of its own that is asked for one picture after another.

A line of JSON asks for a task of `pixels.py`, a line of JSON answers. The limits are those of the
kernel, so a picture that decoders take too much for ends this process and nothing else.
"""

import json
import os
import resource
import select
import sys
from pathlib import Path
from typing import Any

from rooms.files import pixels

MEMORY = 1024 * 1024 * 1024  # bytes of address space: 50 million pixels, turned, take half of it
CPU_SECONDS = 15  # of one task
FILE_BYTES = 4 * 1024 * 1024 * 1024
IDLE_SECONDS = 60.0
IDLE = 3  # exit status
TASKS = 200  # of one child: decoders may leak


def main() -> int:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # decoders that print must not answer
    _limit()
    questions = sys.stdin.buffer
    for _task in range(TASKS):
        if not select.select([questions], [], [], IDLE_SECONDS)[0]:
            return IDLE
        line = questions.readline()
        if not line:
            return 0
        _limit_time()
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()
    return IDLE


def _answer(asked: dict[str, Any]) -> dict[str, object]:
    task, source, folder = (str(asked.pop(name)) for name in ("task", "source", "folder"))
    try:
        return {"made": pixels.TASKS[task](Path(source), Path(folder), **asked)}
    except pixels.Refused as refused:
        return {"reason": refused.reason, "count": refused.count}
    except OSError as error:
        # Pillow raises OSError for broken pictures, without a number.
        return {"reason": "disk" if error.errno else "unreadable"}
    # Pillow's decoders raise anything, depending on how the file is broken.
    except Exception:
        return {"reason": "unreadable"}


def _limit() -> None:
    os.nice(5)  # the chat comes first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


if __name__ == "__main__":
    sys.exit(main())
