"""Settings from the environment or `.env`, typed, read once. A secret missing in production is refused."""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

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
    public_url: str = ""  # the address shoppers reach, for links
    web_messages_per_second: float = Field(5, gt=0)  # of one shopper, after a burst of 60
    web_sessions_per_second: float = Field(20, gt=0)  # of one address, after a burst of 600

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
        if self.database_url.startswith(("postgresql://", "postgres://")):
            self.database_url = "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        if self.database_url and not self.database_url.startswith("postgresql+psycopg://"):
            raise ValueError("DATABASE_URL must be a postgresql:// address")
        return self

    @property
    def secret_is_made_up(self) -> bool:
        """Whether no other process knows the engine's secret unless it is told."""
        return self._secret_is_made_up

    @property
    def local_url(self) -> str:
        """The app's address for this machine's own processes."""
        anywhere = self.host in ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if anywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


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
