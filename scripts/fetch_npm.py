"""Fetch the packages a package-lock.json names, without npm: a fresh Debian has Python but no node.

Usage: fetch_npm.py LOCK TARGET [--dev]. Each tarball comes from the configured registry, must have the lock's
SHA-512, and is unpacked as `npm ci` would. Nothing of a package is run. The registry is npm's own setting:
npm_config_registry, or `registry=` in ~/.npmrc, or registry.npmjs.org.
"""

import base64
import binascii
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def main(lock: Path, target: Path, dev: bool) -> None:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    for place, package in packages.items():
        if place and (dev or not package.get("dev")):
            install(place.removeprefix("node_modules/"), package, target)


def install(name: str, package: dict[str, Any], target: Path) -> None:
    folder = target / name
    mark = folder / ".integrity"
    if mark.exists() and mark.read_text("utf-8") == package["integrity"]:
        return
    content = get(f"{registry()}/{name}/-/{name.rpartition('/')[2]}-{package['version']}.tgz")
    check(name, content, package["integrity"])
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    unpack(content, partial)
    (partial / ".integrity").write_text(package["integrity"], "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def registry() -> str:
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    settings = Path.home() / ".npmrc"
    for line in settings.read_text("utf-8").splitlines() if settings.exists() else ():
        key, _, value = line.partition("=")
        if key.strip() == "registry":
            return value.strip().strip("\"'").rstrip("/")
    return "https://registry.npmjs.org"


def get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=120) as response:  # noqa: S310 - the registry the user chose
            return bytes(response.read())
    except (urllib.error.URLError, OSError) as error:
        sys.exit(f"cannot fetch {url}: {error}; set npm_config_registry to a registry that answers")


def check(name: str, content: bytes, integrity: str) -> None:
    kind, _, wanted = integrity.partition("-")
    try:
        same = kind == "sha512" and hashlib.sha512(content).digest() == base64.b64decode(
            wanted, validate=True
        )
    except binascii.Error:
        same = False
    if not same:
        sys.exit(f"the download of {name} is not what package-lock.json names; try again")


def unpack(content: bytes, folder: Path) -> None:
    """A package lies in one folder of the tarball; the data filter refuses ways out."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive.getmembers():
            inside = member.name.partition("/")[2]
            if inside and member.isfile():
                archive.extract(member.replace(name=inside), folder, filter="data")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--dev" in sys.argv[3:])
