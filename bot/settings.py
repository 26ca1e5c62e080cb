"""Settings from the environment or `.env`, typed, read once. A secret missing in production is refused."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
ENGINE_PYTHON = ROOT / "nlu" / ".venv" / "bin" / "python"


class Failed(Exception):
    """One line for the person at the terminal: what is wrong, and what to do."""


class SettingsError(Failed):
    """A setting is wrong."""


class Settings(BaseSettings):
    """Names are those of the environment variables, in lower case."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", validate_default=True
    )

    karwan_env: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65534)
    karwan_data: Path = ROOT / "var"
    database_url: str = ""  # empty: the embedded PostgreSQL below karwan_data
    engine_port: int = Field(0, ge=0, le=65535)  # 0: the one after `port`
    engine_url: str = ""  # empty: this machine's engine
    engine_secret: str = ""  # shared by engine and app; made for each start where it is not set
    karwan_key: str = ""  # seals the secrets of channel accounts; an older key may follow after a comma
    public_url: str = ""  # the address shoppers reach, for links
    web_messages_per_second: float = Field(5, gt=0)  # of one shopper, after a burst of 60
    staff_logins_per_second: float = Field(0.5, gt=0)  # of one address, after a burst of 20
    web_sessions_per_second: float = Field(20, gt=0)  # of one address, after a burst of 600
    contact_messages_per_second: float = Field(1, gt=0)  # of one contact of a platform, after a burst of 30

    translator: Literal["", "nllb", "openai"] = ""  # for staff who do not read the shopper's language
    translator_model: str = (
        ""  # nllb: a Hugging Face repository or a folder; openai: the service's name of it
    )
    translator_url: str = ""  # openai: where the service is, as in https://example.com/v1
    translator_key: str = ""

    _secret_is_made_up: bool = PrivateAttr(False)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.karwan_data = self.karwan_data.resolve()
        if not self.engine_port:
            self.engine_port = self.port + 1
        if not self.engine_url:
            self.engine_url = f"http://127.0.0.1:{self.engine_port}"
        if not self.engine_secret:
            if self.karwan_env == "production":
                raise ValueError(
                    "ENGINE_SECRET must be set in production, for example to: openssl rand -hex 32"
                )
            self.engine_secret = secrets.token_hex(16)
            self._secret_is_made_up = True
        if not self.karwan_key and self.karwan_env == "production":
            raise ValueError("KARWAN_KEY must be set in production, for example to: openssl rand -hex 32")
        if self.translator and not self.translator_model:
            raise ValueError("TRANSLATOR_MODEL must name the model")
        if self.translator == "openai" and not self.translator_url.startswith(("https://", "http://")):
            raise ValueError("TRANSLATOR_URL must be the service's address, as in https://example.com/v1")
        if self.database_url.startswith(("postgresql://", "postgres://")):
            self.database_url = "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        if self.database_url and not self.database_url.startswith("postgresql+psycopg://"):
            raise ValueError("DATABASE_URL must be a postgresql:// address")
        return self

    @property
    def secret_is_made_up(self) -> bool:
        """Whether no other process knows the engine's secret unless it is told."""
        return self._secret_is_made_up

    def sealing_keys(self) -> list[str]:
        """The keys for secrets at rest, the newest first. Without KARWAN_KEY one is made and kept in a file
        beside the data, so that every process of this machine has the same."""
        if self.karwan_key:
            return [key.strip() for key in self.karwan_key.split(",") if key.strip()]
        file = self.karwan_data / "secret.key"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError), atomic(file) as new:
                new.write(secrets.token_hex(32))
            return [file.read_text().strip()]
        except OSError as error:
            raise SettingsError(f"KARWAN_DATA: cannot keep a key in {file} ({error.strerror})") from None

    @property
    def local_url(self) -> str:
        """The app's address for this machine's own processes."""
        anywhere = self.host in ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if anywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@contextlib.contextmanager
def atomic(file: Path) -> Iterator[IO[str]]:
    """A new file for its owner's eyes, there at once with all its content. Raises FileExistsError."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as new:
            yield new
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {message}" if name else message) from None
