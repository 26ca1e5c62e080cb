"""`karwan …`: every command. An error is one line that says what is wrong and what to do, exit status 2."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.channel_cli import app as channel_commands
from bot.database import add_demo, migrate, server
from bot.faq_cli import app as faq_commands
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
    from procrastinate.exceptions import ConnectorException

    from bot.logs import configure
    from bot.worker import work

    configure()
    try:
        uvloop.run(work(_shared()))
    except ConnectorException:
        raise Failed("the database has gone; the worker ends, and is to be started again") from None


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


staff_commands = typer.Typer(help="Staff who log in to inbox and console.", no_args_is_help=True)
app.add_typer(staff_commands, name="staff")


@staff_commands.command("create")
def create_staff_command(
    shop: Annotated[str, typer.Option(help="the shop they work for")],
    email: Annotated[str, typer.Option(help="the address they log in with")],
    name: Annotated[str, typer.Option(help="shown to colleagues and shoppers")],
    role: Annotated[Literal["owner", "agent"], typer.Option(help="owners manage, agents answer")] = "agent",
    password: Annotated[str, typer.Option(help="made up and printed if not given; - reads it")] = "",
) -> None:
    """Make a login; someone who has one already now works for this shop, too."""
    from bot.staff.commands import create

    with server(settings()) as database:
        print(create(database.url, shop, email, name, role, password))


@staff_commands.command("password")
def staff_password_command(email: Annotated[str, typer.Option(help="whose")]) -> None:
    """Set a new password, printed once; also ends their sessions and lifts a lost second factor."""
    from bot.staff.commands import new_password

    with server(settings()) as database:
        print(new_password(database.url, email))


orders_commands = typer.Typer(help="The shop's orders.", no_args_is_help=True)
app.add_typer(orders_commands, name="orders")


@orders_commands.command("import")
def import_orders_command(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030) or XLSX, one line an item")],
    shop: Annotated[str, typer.Option(help="the shop whose orders they are")],
) -> None:
    """Take in a file of orders; the same file again changes nothing. Bad lines are named and left out."""
    from bot.orders.commands import import_file

    with server(settings()) as database:
        migrate(database.url)
        print(import_file(database.url, file, shop))


shop_commands = typer.Typer(help="Shops on this server.", no_args_is_help=True)
app.add_typer(shop_commands, name="shop")


@shop_commands.command("create")
def create_shop_command(
    shop: Annotated[str, typer.Option(help="a short name for addresses: small letters, digits and -")],
    name: Annotated[str, typer.Option(help="what shoppers see, in Chinese")] = "",
    name_ug: Annotated[str, typer.Option(help="the same in Uyghur")] = "",
) -> None:
    """Make an empty shop; then make a login for its owner with `karwan staff create`."""
    from bot.orders.commands import create_shop

    with server(settings()) as database:
        migrate(database.url)
        print(create_shop(database.url, shop, {"zh": name, "ug": name_ug}))


@app.command()
def train() -> None:
    """Train the model if none fits the data."""
    if not ENGINE_PYTHON.exists():
        raise Failed("the engine's environment is not there: run `make setup`")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([ENGINE_PYTHON, "-m", "nlu.engine.train"], cwd=ROOT, env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise Failed("training failed; the lines above say where")


app.add_typer(channel_commands, name="channel")
app.add_typer(faq_commands, name="faq")


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
