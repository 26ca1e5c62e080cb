"""Stock Rasa beside the running product: the same model, the same actions, none of our code around it."""

import contextlib
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.systems import quiet_environment
from bot.settings import ENGINE_PYTHON
from tests.instance import ROOT, Karwan, free_ports, until


@contextlib.contextmanager
def stock_rasa(karwan: Karwan, folder: Path) -> Iterator[str]:
    """The address of its `rest` channel's webhook; conversations are kept in its memory."""
    port = free_ports()
    (folder / "credentials.yml").write_text("rest:\n")
    endpoint = {
        "url": f"{karwan.base}/actions",
        "headers": {"Authorization": f"Bearer {karwan.engine_secret}"},
        "enable_selective_domain": True,
    }
    (folder / "endpoints.yml").write_text(json.dumps({"action_endpoint": endpoint}))
    command = [ENGINE_PYTHON, "-m", "rasa", "run", "--quiet", "-i", "127.0.0.1", "-p", str(port)]
    command += ["-m", _model_of(karwan), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=quiet_environment({}), stdout=output, stderr=output
        )
    base = f"http://127.0.0.1:{port}"
    try:
        until(lambda: process.poll() is not None or _answers(base), 90, "stock Rasa")
        assert process.poll() is None, log.read_text()
        yield f"{base}/webhooks/rest/webhook"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/webhooks/rest/", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _model_of(karwan: Karwan) -> Path:
    """The file of the model the running engine holds: the newest may be another by now."""
    wanted = httpx.get(f"{karwan.engine_url}/ready", trust_env=False).json()["model"]
    folder = Path(os.environ.get("KARWAN_MODELS") or ROOT / "var" / "models")
    for path in sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True):
        with tarfile.open(path) as archive:
            metadata = archive.extractfile("metadata.json")
            assert metadata is not None
            if json.load(metadata)["model_id"] == wanted:
                return path
    raise AssertionError(f"no file of model {wanted} in {folder}")
