"""The migrations bring an empty database to what the models say."""

import uuid

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config

from bot.database import migrate
from bot.settings import ROOT


def test_they_make_what_the_models_say(postgres: str) -> None:
    name = f"migrated_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = sqlalchemy.make_url(postgres).set(database=name).render_as_string(hide_password=False)
    migrate(url)
    migrate(url)  # a second time changes nothing
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    command.check(config)  # raises when a migration is missing
