"""A real browser without a window, spoken to over a pipe, as tests look at pages with it.

The protocol is that of Chromium's ``--remote-debugging-pipe``: JSON, each piece ended by a
zero byte, read from file descriptor 3 and answered on 4. Nothing but the standard library
is needed. One browser serves all pages.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

TIMEOUT: Final = 60

SWITCHES: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-startup-window",
    "--remote-debugging-pipe",
)

MOVED: Final = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null'
"""What a shell does to have the pipe where the browser looks for it."""

FAULTS: Final = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
"""What is wrong with how a page is laid out, as a list of sentences."""

TOLD: Final = frozenset(
    {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Audits.issueAdded"}
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of opening a page: what it complained of and asked for, and its faults."""

    told: tuple[str, ...]
    asked: tuple[str, ...]
    faults: tuple[str, ...]
    text: str
    height: int


@dataclass(slots=True)
class Browser:
    """A running browser; ``with`` ends it."""

    profile: Path
    _process: subprocess.Popen[bytes] = field(init=False)
    _pipe: socket.socket = field(init=False)
    _rest: bytes = field(init=False, default=b"")
    _count: int = field(init=False, default=0)
    _events: list[dict[str, Any]] = field(init=False, default_factory=list)

    def __enter__(self) -> Self:
        program = shutil.which("chromium")
        assert program is not None
        self._pipe, theirs = socket.socketpair()
        self._pipe.settimeout(TIMEOUT)
        self._process = subprocess.Popen(
            ["sh", "-c", MOVED, program, *SWITCHES, f"--user-data-dir={self.profile}"],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._send("Browser.close", None, {})
        self._pipe.close()
        try:
            self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def look(
        self,
        page: Path,
        width: int,
        *,
        scheme: str = "light",
        scripts: bool = False,
        picture: Path | None = None,
    ) -> Seen:
        """Open *page* in a window of *width* pixels; keep a *picture* of it where one is named.

        *scheme* is what the reader prefers, ``light`` or ``dark``; *scripts* may run or not.
        """
        target, session = self._open(width, scripts=scripts)
        preferred = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", session, features=preferred)
        self._events.clear()
        self.call("Page.navigate", session, url=page.as_uri())
        self._wait_for("Page.loadEventFired", session)
        found = self._evaluate(session, FAULTS)
        if picture is not None:
            self._draw(session, picture)
        self.call("Target.closeTarget", targetId=target)
        mine = [event for event in self._events if event.get("sessionId") == session]
        return Seen(
            tuple(json.dumps(event) for event in mine if event["method"] in TOLD),
            tuple(
                event["params"]["request"]["url"]
                for event in mine
                if event["method"] == "Network.requestWillBeSent"
            ),
            tuple(found["faults"]),
            found["text"],
            found["height"],
        )

    def printed(self, page: Path) -> bytes:
        """*page* as the PDF that a printer would get."""
        target, session = self._open(800, scripts=False)
        self.call("Page.navigate", session, url=page.as_uri())
        self._wait_for("Page.loadEventFired", session)
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
        answer = self.call("Page.printToPDF", session, **paper)
        self.call("Target.closeTarget", targetId=target)
        return base64.b64decode(answer["data"])

    def call(self, method: str, session: str | None = None, /, **params: object) -> Any:
        """Ask the browser for something; its answer."""
        number = self._send(method, session, params)
        while True:
            heard = self._hear()
            if heard.get("id") == number:
                assert "error" not in heard, (method, heard["error"])
                return heard["result"]
            self._events.append(heard)

    def _open(self, width: int, *, scripts: bool) -> tuple[str, str]:
        """An empty window of *width* pixels: its target and its session."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            self.call(f"{domain}.enable", session)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", session, **size)
        self.call("Emulation.setScriptExecutionDisabled", session, value=not scripts)
        return target, session

    def _evaluate(self, session: str, script: str) -> Any:
        answer = self.call("Runtime.evaluate", session, expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"]["value"]

    def _draw(self, session: str, picture: Path) -> None:
        answer = self.call("Page.captureScreenshot", session, captureBeyondViewport=True)
        picture.write_bytes(base64.b64decode(answer["data"]))

    def _wait_for(self, method: str, session: str) -> None:
        def came(event: dict[str, Any]) -> bool:
            return event.get("method") == method and event.get("sessionId") == session

        while not any(map(came, self._events)):
            self._events.append(self._hear())

    def _send(self, method: str, session: str | None, params: dict[str, object]) -> int:
        self._count += 1
        asked: dict[str, object] = {"id": self._count, "method": method, "params": params}
        if session is not None:
            asked["sessionId"] = session
        self._pipe.sendall(json.dumps(asked).encode() + b"\0")
        return self._count

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = self._pipe.recv(1 << 16)
            assert more, f"the browser is gone: {self._process.poll()}"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        heard: dict[str, Any] = json.loads(line)
        return heard
