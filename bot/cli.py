"""`karwan …`: every command. An error is one line that says what is wrong and what to do, with exit status 2."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from bot.database import add_demo, migrate, server
from bot.settings import ROOT, Failed, Settings, settings

app = typer.Typer(
    name="karwan",
    help="A customer-service bot in Chinese and Uyghur for small online shops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run() -> None:
    """Start everything: database, engine, app and worker. Ctrl-C stops it all."""
    from bot.supervisor import supervise

    supervise(settings())


@app.command()
def serve() -> None:
    """Start the web application alone (DATABASE_URL must be set)."""
    import uvicorn

    from bot.app import create
    from bot.logs import configure

    configure()
    ours = _with_database()
    uvicorn.run(
        create(ours), host=ours.host, port=ours.port, log_config=None, access_log=False, proxy_headers=True,
        timeout_graceful_shutdown=5, loop="uvloop", http="httptools",
    )  # fmt: skip


@app.command()
def worker() -> None:
    """Start a worker alone (DATABASE_URL must be set)."""
    import uvloop

    from bot.logs import configure
    from bot.worker import work

    configure()
    uvloop.run(work(_with_database()))


@app.command()
def chat(
    shop: Annotated[str, typer.Option(help="the shop to talk to")] = "demo",
    language: Annotated[str, typer.Option(help="zh or ug, to begin with")] = "zh",
) -> None:
    """A conversation in the terminal, over the running app's web channel."""
    from bot.terminal import talk

    ours = settings()
    talk(f"http://{ours.host}:{ours.port}", shop, language)


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema up to date, and load the demo shop if it is not there."""
    with server(settings()) as url:
        migrate(url)
        add_demo(url)


@app.command()
def train() -> None:
    """Train the model if none fits the data."""
    engine_python = ROOT / "nlu" / ".venv" / "bin" / "python"
    if not engine_python.exists():
        raise Failed("the engine's environment is not there: run `make setup`")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([engine_python, "-m", "nlu.engine.train"], cwd=ROOT, env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise Failed("training failed; the lines above say where")


def _with_database() -> Settings:
    ours = settings()
    if not ours.database_url:
        raise Failed("DATABASE_URL is not set; `karwan run` starts everything with the embedded database")
    return ours


def main() -> None:
    """The console script."""
    try:
        app(standalone_mode=True)
    except Failed as error:
        print(f"karwan: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
