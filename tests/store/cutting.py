"""Something between a client and its server that cuts their connection at a chosen moment."""

import os
import select
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

_SOCKET = ".s.PGSQL.5432"

When = Literal["question", "answer", "client"]
"""Drop the next question on its way to the server, the next answer on its way back, or, at once,
the client's side alone: the server goes on, and does not notice until it answers."""


class Cutter:
    """Forwards connections to the server *there*, until it is told to cut one."""

    def __init__(self, folder: Path, there: str) -> None:
        self._there = there
        self._next: When | None = None
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def cut(self, when: When) -> None:
        """Cut the connection that is asked or answered next, or the one there is."""
        if when == "client":
            for client in self._clients:
                client.shutdown(socket.SHUT_RDWR)
        else:
            self._next = when

    def refuse(self) -> None:
        """Take no new connections from now on."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Cut everything, and wait for the threads."""
        self.refuse()
        for end in (*self._clients, *self._servers):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._there)
            self._clients.append(client)
            self._servers.append(server)
            thread = threading.Thread(target=self._forward, args=(client, server))
            self._threads.append(thread)
            thread.start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with closing(client), closing(server):
            open_ends = {client: server, server: client}
            while server in open_ends:
                for end in select.select([*open_ends], [], [])[0]:
                    data = self._read(end)
                    cut = self._next is not None and (self._next == "question") == (end is client)
                    if data and cut:
                        self._next = None
                        return
                    if end is client and not data:
                        # The server is not told: it finds out when it has answered.
                        del open_ends[client]
                    elif not data or client not in open_ends:
                        return
                    else:
                        with suppress(OSError):
                            open_ends[end].sendall(data)

    @staticmethod
    def _read(end: socket.socket) -> bytes:
        try:
            return end.recv(65_536)
        except OSError:
            return b""


@contextmanager
def cutter(url: str) -> Iterator[tuple[Cutter, str]]:
    """A cutter before the server at *url*, and the URL that leads through it."""
    host = conninfo_to_dict(url.partition("&schema=")[0])["host"]
    with tempfile.TemporaryDirectory(prefix="assent-cut-") as folder:
        made = Cutter(Path(folder), os.path.join(str(host), _SOCKET))  # noqa: PTH118 - a socket
        try:
            yield made, url.replace(quote(str(host), safe=""), quote(folder, safe=""))
        finally:
            made.close()
