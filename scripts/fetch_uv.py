"""Fetch one version of uv from the Python package index, with nothing but the standard library.

A fresh Debian has Python but neither pip nor venv, so uv's wheel is downloaded and its one binary taken out.
Usage: fetch_uv.py VERSION TARGET. PIP_INDEX_URL is honoured, so that a mirror can be used.
"""

import hashlib
import io
import os
import platform
import re
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path


def main(version: str, target: Path) -> None:
    index = os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/uv/"
    links = re.findall(r'href="([^"]+)"', get(page).decode())
    machine = platform.machine().replace("arm64", "aarch64")
    wheel = re.compile(rf"/uv-{re.escape(version)}-py3-none-manylinux[^/]*{machine}[^/]*\.whl")
    link = next((urllib.parse.urljoin(page, link) for link in links if wheel.search(link)), None)
    if link is None:
        sys.exit(f"the package index has no uv {version} for {machine}; install uv yourself as {target}")
    url, _, digest = link.partition("#sha256=")
    content = get(url)
    if digest and hashlib.sha256(content).hexdigest() != digest:
        sys.exit("the download of uv is damaged; try again")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        partial.write_bytes(archive.read(name))
    partial.chmod(0o755)
    partial.replace(target)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=120) as response:  # noqa: S310 - the index the user chose
        return response.read()


main(sys.argv[1], Path(sys.argv[2]))
