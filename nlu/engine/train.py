"""Training, once for each state of what a model is made from.

`KARWAN_CONFIG` names another configuration than config.yml.
A model's file name is the hash of config, domain, data, components and text code: a model that fits is found
again, everything else is trained. `python -m nlu.engine.train` trains if needed and prints the path.
"""

import contextlib
import hashlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE_FROM = (
    "domain.yml",
    "nlu/data",
    "nlu/components",
    "nlu/text",
    "nlu/languages",
    "nlu/uv.lock",
)


def models_folder() -> Path:
    return Path(os.environ.get("KARWAN_MODELS") or ROOT / "var" / "models")


def config_file() -> str:
    """The configuration's path, from the repository's root."""
    return os.environ.get("KARWAN_CONFIG") or "config.yml"


def fingerprint(root: Path = ROOT) -> str:
    """16 hex digits over the names and contents of everything a model is made from."""
    digest = hashlib.sha256()
    for file in _files(root):
        digest.update(os.path.relpath(file, root).encode() + b"\0")
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path() -> Path:
    """The trained model that fits. Raises FileNotFoundError when there is none."""
    path = models_folder() / f"{fingerprint()}.tar.gz"
    if not path.exists():
        raise FileNotFoundError("no trained model fits the data; run `make train`")
    return path


def train() -> Path:
    """The model that fits, trained now if there is none. A half-written one is never seen under its name."""
    name = fingerprint()
    path = models_folder() / f"{name}.tar.gz"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    os.environ["RASA_CACHE_DIRECTORY"] = str(path.parent / "cache")
    from rasa.model_training import train as rasa_train  # slow to import

    with tempfile.TemporaryDirectory(dir=path.parent) as folder, contextlib.redirect_stdout(io.StringIO()):
        result = rasa_train(
            domain=str(ROOT / "domain.yml"),
            config=str(ROOT / config_file()),
            training_files=[str(ROOT / "nlu" / "data")],
            output=folder,
            fixed_model_name=name,
        )
        if result.model is None:
            raise RuntimeError("training gave no model; run `rasa data validate` in the engine environment")
        os.replace(result.model, path)
    return path


def _files(root: Path) -> Iterator[Path]:
    for entry in (config_file(), *MADE_FROM):
        path = root / entry
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts)


if __name__ == "__main__":
    from nlu.engine import quiet

    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))  # thousands of texts to encode at once
    quiet.hush()
    started = time.monotonic()
    known = (models_folder() / f"{fingerprint()}.tar.gz").exists()
    if not known:
        print("training the model (a few minutes, once) …", file=sys.stderr, flush=True)
    print(train())
    if not known:
        print(f"trained in {time.monotonic() - started:.0f} s", file=sys.stderr)
