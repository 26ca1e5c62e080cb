"""`karwan chat`: the web channel in a terminal."""

import uuid
from typing import Any

import httpx
from rich.console import Console

from bot.settings import Failed

console = Console(highlight=False)


def talk(base: str, shop: str, language: str) -> None:
    """Read lines until an empty one or the end of input. A number chooses a button."""
    with httpx.Client(base_url=f"{base}/channels/web/{shop}", timeout=40, trust_env=False) as client:
        try:
            opened = client.post("/sessions", json={"language": language})
        except httpx.HTTPError:
            raise Failed(f"nothing answers at {base}; start it with `make run`") from None
        if opened.status_code != 201:
            raise Failed(opened.json()["error"]["message"])
        client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        _converse(client)


def _converse(client: httpx.Client) -> None:
    buttons: list[dict[str, str]] = []
    console.print("[dim]an empty line ends the conversation; a number presses a button[/dim]")
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            return
        if not line:
            return
        chosen = int(line) if line.isdigit() and len(line) < 3 else 0
        words = buttons[chosen - 1]["payload"] if 0 < chosen <= len(buttons) else line
        answer = _send(client, words)
        buttons = answer.get("messages", [{}])[-1].get("buttons", []) if answer.get("messages") else []
        _show(answer, buttons)


def _send(client: httpx.Client, words: str) -> dict[str, Any]:
    """Sent again with the same id until there is an answer: the app stores it once."""
    message = {"message_id": uuid.uuid4().hex, "text": words}
    for _ in range(5):
        try:
            response = client.post("/messages", params={"wait": 15}, json=message)
        except httpx.TransportError:
            console.print("[dim]no connection, trying again …[/dim]")
            continue
        body: dict[str, Any] = response.json()
        if response.status_code >= 400:
            console.print(f"[red]{body['error']['message']}[/red]")
        return body
    console.print("[red]no connection; the message was not sent[/red]")
    return {}


def _show(answer: dict[str, Any], buttons: list[dict[str, str]]) -> None:
    for message in answer.get("messages", []):
        console.print(message["text"], markup=False)
    for number, button in enumerate(buttons, start=1):
        console.print(f"  [{number}] {button['title']}", markup=False)
    if answer and not answer.get("messages") and "error" not in answer:
        console.print("[dim](no answer yet)[/dim]")
    if answer.get("mode") == "queued":
        console.print("[dim](waiting for a person)[/dim]")
