"""`python -m tests.load.push_sink PORT FILE`: a push service that opens nothing and takes
everything. For each push it appends a byte to the file."""

import asyncio
import os
import sys

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


async def main(port: int, path: str) -> None:
    counted = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                await reader.readexactly(int(lines[b"content-length"]))
                writer.write(ANSWER)
                os.write(counted, b".")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", port, backlog=1000)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
