"""npm packages without npm, from a registry of the test's own."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "fetch_npm.py"


def tarball(**files: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    return out.getvalue()


class Registry(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.tarballs: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.tarballs.get(self.path)
        self.send_response(200 if content else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry = Registry()
    thread = threading.Thread(target=registry.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield registry
    registry.shutdown()
    thread.join()
    registry.server_close()


def lock(folder: Path, **packages: dict[str, object]) -> Path:
    file = folder / "package-lock.json"
    named = {f"node_modules/{name}": package for name, package in packages.items()}
    file.write_text(json.dumps({"packages": {"": {"name": "x"}, **named}}))
    return file


def package(content: bytes, **more: object) -> dict[str, object]:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return {"version": "1.2.3", "integrity": f"sha512-{digest}", **more}


def fetch(
    registry: Registry, file: Path, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    home = {"HOME": str(file.parent), "npm_config_registry": registry.url, **environment}
    return subprocess.run(
        [sys.executable, SCRIPT, file, file.parent / "out", *options],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=False,
    )


def test_packages_are_unpacked(registry: Registry, tmp_path: Path) -> None:
    content = tarball(**{"package/dist/a.js": "1", "package/package.json": "{}"})
    registry.tarballs["/@scope/name/-/name-1.2.3.tgz"] = content
    file = lock(tmp_path, **{"@scope/name": package(content)})
    assert fetch(registry, file).returncode == 0
    assert (tmp_path / "out/@scope/name/dist/a.js").read_text() == "1"
    assert fetch(registry, file).returncode == 0
    assert len(registry.asked) == 1  # the second time it is there


def test_only_tests_need_what_is_for_development(registry: Registry, tmp_path: Path) -> None:
    content = tarball(**{"package/a.js": "1"})
    registry.tarballs["/axe/-/axe-1.2.3.tgz"] = content
    file = lock(tmp_path, axe=package(content, dev=True))
    fetch(registry, file)
    assert not (tmp_path / "out/axe").exists()
    fetch(registry, file, "--dev")
    assert (tmp_path / "out/axe/a.js").exists()


def test_another_content_than_the_locks_is_refused(registry: Registry, tmp_path: Path) -> None:
    registry.tarballs["/a/-/a-1.2.3.tgz"] = tarball(**{"package/a.js": "evil"})
    done = fetch(registry, lock(tmp_path, a=package(tarball(**{"package/a.js": "good"}))))
    assert done.returncode == 1
    assert "package-lock.json" in done.stderr
    assert not (tmp_path / "out/a").exists()


@pytest.mark.parametrize("integrity", ["sha1-abc", "sha512-!!", ""])
def test_a_weak_or_broken_integrity_is_refused(registry: Registry, tmp_path: Path, integrity: str) -> None:
    content = tarball(**{"package/a.js": "1"})
    registry.tarballs["/a/-/a-1.2.3.tgz"] = content
    assert fetch(registry, lock(tmp_path, a={**package(content), "integrity": integrity})).returncode == 1


def test_nothing_is_written_outside(registry: Registry, tmp_path: Path) -> None:
    content = tarball(**{"package/../../../../evil.js": "1"})
    registry.tarballs["/a/-/a-1.2.3.tgz"] = content
    assert fetch(registry, lock(tmp_path, a=package(content))).returncode != 0
    assert not list(tmp_path.parent.glob("evil.js"))


def test_the_registry_of_npmrc_is_used(registry: Registry, tmp_path: Path) -> None:
    content = tarball(**{"package/a.js": "1"})
    registry.tarballs["/a/-/a-1.2.3.tgz"] = content
    (tmp_path / ".npmrc").write_text(f"fund=false\nregistry={registry.url}/\n")
    file = lock(tmp_path, a=package(content))
    assert fetch(registry, file, npm_config_registry="").returncode == 0


def test_a_registry_that_does_not_answer(registry: Registry, tmp_path: Path) -> None:
    done = fetch(registry, lock(tmp_path, a=package(b"")))
    assert done.returncode == 1
    assert "npm_config_registry" in done.stderr
