"""A network with a round-trip time, between a client and a server on this machine.

    python3 benches/network.py URL MILLISECONDS

Prints the URL of a relay, and relays until its standard input ends. Each byte arrives half a round trip later than it was sent, in both directions, and a
connection begins with one round trip, as TCP does. Neither the bandwidth nor the number of connections is limited.
"""

import asyncio
import contextlib
import socket
import sys
from urllib.parse import urlsplit

# What the relay has read and not yet passed on, in each direction: enough for any bandwidth that there is on one machine.
MOST_ON_THE_WAY = 4096
PIECE = 64 << 10


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """One direction of one connection."""
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_ON_THE_WAY)
    clock = asyncio.get_running_loop().time

    async def take() -> None:
        piece = b"begin"
        while piece:
            piece = await reader.read(PIECE)
            await on_the_way.put((clock() + delay, piece))

    taking = asyncio.create_task(take())
    try:
        while True:
            due, piece = await on_the_way.get()
            if (early := due - clock()) > 0:
                await asyncio.sleep(early)
            if not piece:
                return writer.write_eof()
            writer.write(piece)
            await writer.drain()
    except OSError:
        writer.close()
    finally:
        taking.cancel()


async def main(url: str, round_trip: float) -> None:
    server = urlsplit(url)

    async def connected(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip)
        with contextlib.suppress(OSError):
            answers, to_server = await asyncio.open_connection(server.hostname, server.port)
            for writer in (to_client, to_server):
                writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.gather(pass_on(client, to_server, round_trip / 2), pass_on(answers, to_client, round_trip / 2))
            to_server.close()
        to_client.close()

    relay = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(f"{server.scheme}://127.0.0.1:{relay.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    relay.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]) / 1000))
