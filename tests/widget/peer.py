"""A small real server that speaks the web channel, and can be told to misbehave."""

import json
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.widget.script import FOLDER, script

CHANNEL = "/channels/web/demo"
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop</title></head>
<body><main><h1>A shop</h1><p>Goods</p></main>{before}
<script src="/widget.js" data-shop="demo" async></script></body></html>"""
# Storage that throws, as in a private window or where a browser blocks it.
BLOCKED = '<script src="/blocked.js"></script>'
BLOCKED_SCRIPT = 'Object.defineProperty(window, "localStorage", { get() { throw new Error("blocked"); } });'


@dataclass
class Fault:
    """What happens to the next request that fits: a status, or a line cut before or after the work."""

    method: str
    path: str
    status: int = 0
    cut: str = ""
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)


class Peer:
    """The server's whole state: one conversation a token, and what was asked of it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.conversations: dict[str, list[dict[str, Any]]] = {}
        self.bodies: dict[str, bytes] = {}
        self.mode = "bot"
        self.faults: deque[Fault] = deque()
        self.asked: list[tuple[str, str]] = []
        self.posted: list[str] = []
        self.sessions: list[dict[str, Any]] = []
        self.streams = 0
        self.pushed: list[tuple[str, str, dict[str, Any]]] = []
        self.generation = 0
        self.closing = False

    @property
    def token(self) -> str:
        return next(reversed(self.conversations))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.conversations[self.token]

    def open_session(self, body: dict[str, Any]) -> str:
        with self.changed:
            self.sessions.append(body)
            token = f"token-{len(self.sessions)}"
            self.conversations[token] = []
            return token

    def store(self, token: str, **message: Any) -> None:
        with self.changed:
            conversation = self.conversations[token]
            known = message.get("message_id")
            if known and any(known == old.get("message_id") for old in conversation):
                return
            whole = {
                "text": "",
                "buttons": [],
                "image": None,
                "language": "zh",
                "title": None,
                "message_id": None,
            }
            whole |= {"seq": len(conversation) + 1, "at": datetime.now(UTC).isoformat()} | message
            conversation.append(whole)
            self.changed.notify_all()

    def say(self, text: str, sender: str = "bot", **more: Any) -> None:
        self.store(self.token, **{"from": sender, "text": text, **more})

    def push(self, event: str, **data: Any) -> None:
        with self.changed:
            if event == "mode":
                self.mode = data["mode"]
            self.pushed.append((self.token, event, data))
            self.changed.notify_all()

    def cut_streams(self) -> None:
        with self.changed:
            self.generation += 1
            self.changed.notify_all()

    def fault(self, method: str, path: str) -> Fault | None:
        with self.changed:
            for fault in self.faults:
                if fault.method == method and path.endswith(fault.path):
                    self.faults.remove(fault)
                    return fault
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.answer("GET")

    def do_POST(self) -> None:
        self.answer("POST")

    def answer(self, method: str) -> None:
        peer = self.server.peer
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        peer.asked.append((method, self.path))
        fault = peer.fault(method, address.path)
        if fault:
            time.sleep(fault.delay)
            if fault.cut == "before":
                return self.cut()
            if fault.status:
                error = {"error": {"code": "told", "message": "as told", "field": None}}
                return self.reply(fault.status, error, fault.headers)
        if not address.path.startswith(CHANNEL):
            return self.page(address.path, parse_qs(address.query))
        work = getattr(self, f"{method.lower()}_{address.path.removeprefix(CHANNEL).split('/')[1]}")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if address.path != f"{CHANNEL}/sessions" and token not in peer.conversations:
            return self.reply(401, {"error": {"code": "token", "message": "unknown token", "field": None}})
        self.close_connection = bool(fault and fault.cut)
        return work(token, body, parse_qs(address.query), fault)

    def cut(self) -> None:
        self.close_connection = True

    def reply(self, status: int, data: Any = None, headers: dict[str, str] | None = None) -> None:
        self.send(status, "application/json", json.dumps(data).encode(), headers)

    def send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src blob: data:"
        )
        sent = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in (sent | {"Content-Security-Policy": policy} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def page(self, path: str, query: dict[str, list[str]]) -> None:
        files = {
            "/widget.js": ("text/javascript", lambda: script().encode()),
            "/axe.js": ("text/javascript", AXE.read_bytes),
            "/blocked.js": ("text/javascript", BLOCKED_SCRIPT.encode),
        }
        language = query.get("lang", ["zh"])[0]
        if path in files:
            kind, read = files[path]
            self.send(200, f"{kind}; charset=utf-8", read())
        elif path in ("/", "/blocked"):
            page = PAGE.format(language=language, before=BLOCKED if path == "/blocked" else "")
            self.send(200, "text/html; charset=utf-8", page.encode())
        elif path == "/demo":
            open_policy = {"Content-Security-Policy": "default-src 'self' 'unsafe-inline' blob: data:"}
            self.send(200, "text/html; charset=utf-8", (FOLDER / "demo.html").read_bytes(), open_policy)
        else:
            self.send(404, "text/plain", b"")

    def post_sessions(self, _: str, body: bytes, *__: Any) -> None:
        token = self.server.peer.open_session(json.loads(body))
        self.reply(201, {"token": token, "conversation": token})

    def post_messages(self, token: str, body: bytes, _: Any, fault: Fault | None) -> None:
        message = json.loads(body)
        self.server.peer.posted.append(message["message_id"])
        self.server.peer.store(token, **{"from": "shopper"}, **message)
        self.accepted(fault)

    def post_images(self, token: str, body: bytes, _: Any, fault: Fault | None) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True)
            for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
        }
        message_id = parts["message_id"].decode()
        self.server.peer.posted.append(message_id)
        self.server.peer.bodies[message_id] = parts["file"]
        image = f"{CHANNEL}/images/{message_id}"
        self.server.peer.store(token, **{"from": "shopper", "message_id": message_id, "image": image})
        self.accepted(fault)

    def accepted(self, fault: Fault | None) -> None:
        if fault and fault.cut == "after":
            return self.cut()
        return self.reply(202, {})

    def get_images(self, *_: Any) -> None:
        name = re.sub(r".*/", "", self.path)
        self.send(200, "image/png", self.server.peer.bodies[name])

    def get_messages(self, token: str, _: bytes, query: dict[str, list[str]], __: Any) -> None:
        after = int(query["after"][0])
        messages = [message for message in self.server.peer.conversations[token] if message["seq"] > after]
        self.reply(200, {"messages": messages, "mode": self.server.peer.mode, "language": "zh"})

    def get_events(self, token: str, _: bytes, query: dict[str, list[str]], __: Any) -> None:
        peer = self.server.peer
        after, told = int(query["after"][0]), len(peer.pushed)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        with peer.changed:
            generation = peer.generation
            peer.streams += 1
        try:
            self.wfile.write(b": here\n\n")
            while peer.generation == generation and not peer.closing:
                with peer.changed:
                    fresh = [m for m in peer.conversations[token] if m["seq"] > after]
                    pushed = [(event, data) for whose, event, data in peer.pushed[told:] if whose == token]
                    told = len(peer.pushed)
                    if not fresh and not pushed:
                        peer.changed.wait(0.5)
                        continue
                for message in fresh:
                    after = message["seq"]
                    self.event("message", message, f"id: {after}\n")
                for event, data in pushed:
                    self.event(event, data)
        except OSError:
            pass  # the page has gone
        finally:
            with peer.changed:
                peer.streams -= 1

    def event(self, event: str, data: dict[str, Any], number: str = "") -> None:
        self.wfile.write(f"{number}event: {event}\ndata: {json.dumps(data)}\n\n".encode())


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 32

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.peer = Peer()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that has gone is no error; anything else is told by the failing test."""
