"""`karwan …`: every command. An error is one line that says what is wrong and what to do, exit status 2."""

import os
import subprocess
import sys
from typing import Annotated, Literal

import typer

from bot.database import add_demo, migrate, server
from bot.settings import ENGINE_PYTHON, ROOT, Failed, Settings, settings

INTERRUPTED = 130  # what typer answers after Ctrl-C

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
    """Start the web application alone (DATABASE_URL and ENGINE_SECRET must be set)."""
    from bot.logs import configure
    from bot.server import serve as serve_app

    configure()
    serve_app(_shared())


@app.command()
def worker() -> None:
    """Start a worker alone (DATABASE_URL and ENGINE_SECRET must be set)."""
    import uvloop

    from bot.logs import configure
    from bot.worker import work

    configure()
    uvloop.run(work(_shared()))


@app.command()
def chat(
    shop: Annotated[str, typer.Option(help="the shop to talk to")] = "demo",
    language: Annotated[Literal["zh", "ug"], typer.Option(help="to begin with")] = "zh",
) -> None:
    """A conversation in the terminal, over the running app's web channel."""
    from bot.terminal import talk

    talk(settings().local_url, shop, language)


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema up to date, and load the demo shop if it is not there."""
    with server(settings()) as database:
        migrate(database.url)
        add_demo(database.url)


@app.command()
def train() -> None:
    """Train the model if none fits the data."""
    if not ENGINE_PYTHON.exists():
        raise Failed("the engine's environment is not there: run `make setup`")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([ENGINE_PYTHON, "-m", "nlu.engine.train"], cwd=ROOT, env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise Failed("training failed; the lines above say where")


def _shared() -> Settings:
    """The settings of a part that runs on its own: what it shares with the other parts must be set."""
    ours = settings()
    if not ours.database_url:
        raise Failed("DATABASE_URL is not set; `karwan run` starts everything with the embedded database")
    if ours.secret_is_made_up:
        raise Failed("ENGINE_SECRET is not set; engine, app and worker must have the same")
    return ours


def main() -> None:
    """The console script."""
    try:
        status = app(standalone_mode=False)
    except (Failed, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        print(f"karwan: {message or 'see karwan --help'}", file=sys.stderr)
        sys.exit(2)
    if status == INTERRUPTED:
        print("karwan: interrupted", file=sys.stderr)
        sys.exit(2)
    sys.exit(status)
