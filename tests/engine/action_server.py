"""A small action server on a real socket. What it does is said in the metadata of the message it hears.

`{"act": "fail"}` and the like (a key of WRONG, or what `_act` names) misbehaves; nothing: it answers.
`{"slow": seconds}` waits first. The form `service_form` stays open until a `deny`.
"""

import asyncio
import json
import threading
from typing import Any

from aiohttp import web


class ActionServer:
    """Runs in a thread of its own; `connections` are the callers' addresses, `secrets` what they showed."""

    def __init__(self) -> None:
        self.connections: set[Any] = set()
        self.secrets: set[str | None] = set()
        self.calls: list[dict[str, Any]] = []
        self.products: dict[int, list[dict[str, Any]]] = {}  # of each shop
        self.catalogue_calls = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.url = ""

    def __enter__(self) -> "ActionServer":
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**24)
        app.add_routes([web.post("/actions", self._act), web.get("/catalogue/{shop}", self._catalogue)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/actions"
        self._started.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):  # actions that hang
            task.cancel()
        self._loop.run_until_complete(runner.cleanup())

    async def _catalogue(self, request: web.Request) -> web.StreamResponse:
        self.secrets.add(request.headers.get("Authorization"))
        self.catalogue_calls += 1
        await asyncio.sleep(0.05)  # long enough for others to ask meanwhile
        shop = int(request.match_info["shop"])
        if shop not in self.products:
            return web.Response(status=500)
        return web.json_response({"products": self.products[shop]})

    async def _act(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername"))
        self.secrets.add(request.headers.get("Authorization"))
        call = await request.json()
        self.calls.append(call)
        message = call["tracker"]["latest_message"]
        await asyncio.sleep(message["metadata"].get("slow", 0))
        act = message["metadata"].get("act", "")
        if act == "hang":
            await asyncio.sleep(30)
        if act == "close":
            request.transport.abort()
        if act == "fail" or act == f"fail on clause {message['metadata'].get('clause')}":
            return web.Response(status=500, text="it broke")
        if act == "missing":
            return web.Response(status=404)
        if act == "no json":
            return web.Response(text='{"events": [', content_type="application/json")
        return web.json_response(WRONG[act] if act in WRONG else answer(call))


WRONG: dict[str, Any] = {
    "bad schema": {"events": [{"event": "slot"}], "responses": []},
    "not an object": [],
    "unknown event": {"events": [{"event": "no such event"}], "responses": []},
    "no sentence": {"events": [], "responses": [{"text": "half"}, {"response": "utter_no_such"}]},
    "not filled in": {"events": [], "responses": [{"response": "utter_order_shipped"}]},
    "circles": {"events": [{"event": "followup", "name": "action_answer"}], "responses": []},
}


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """What the message was, and what the tracker says before it; a form that stays open until a `deny`."""
    tracker = call["tracker"]
    message = tracker["latest_message"]
    slots = {name: value for name, value in tracker["slots"].items() if value is not None}
    slots.pop("session_started_metadata", None)
    said = {
        "conversation": tracker["sender_id"],
        "text": message["text"],
        "intent": message["intent"]["name"],
        "loop": tracker["active_loop"].get("name"),
        "slots": slots,
    }
    changes: dict[str, Any] = {"introduced": True}
    if call["next_action"] == "validate_service_form":
        leaves = said["intent"] == "deny"
        task = None if leaves else slots.get("task") or said["intent"]
        answers = None if leaves else {"reason": message["text"], "value": message["text"]}
        changes.update(task=task, answers=answers, requested_slot=None if leaves else "digits")
    return {
        "events": [{"event": "slot", "name": name, "value": value} for name, value in changes.items()],
        "responses": [{"text": json.dumps(said, ensure_ascii=False)}],
    }
