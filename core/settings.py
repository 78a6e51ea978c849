"""Settings: typed, from the environment (`AIT_…`) or a `.env` file, with sound defaults.

State lies under `data_dir` alone, so that two data directories are two installations.
"""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

HOUSE = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What an installation may be told. Every field is an environment variable `AIT_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="AIT_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default=HOUSE / "var", description="Where all state lies")
    database_url: str | None = Field(
        default=None, description="A PostgreSQL of one's own: URL of a role that may create roles"
    )
    redis_url: str | None = Field(default=None, description="A Valkey or Redis of one's own")
    objects_url: str | None = Field(default=None, description="Object store, such as s3://bucket")
    host: str = Field(default="127.0.0.1", description="Address that the web server listens on")
    port: int = Field(default=3000, ge=1, le=65535)
    public_url: str | None = Field(default=None, description="How people reach the web app")
    imap_url: SecretStr | None = Field(default=None, description="imaps://user:password@host/INBOX, read each minute")
    geo_header: str | None = Field(
        default=None, description="Header in which one's own proxy tells the visitor's country, such as CF-IPCountry"
    )
    smtp_url: str | None = Field(default=None, description="smtp[s]://user:password@host:port")
    mail_from: str = Field(default="correduria@localhost", description="Sender of e-mails")
    webhook_hosts: str = Field(default="", description="Servers that webhooks may call: host or scheme://host:port, …")
    outgoing_dir: Path | None = Field(default=None, description="Where files for banks and insurers are left")
    inside_hosts: str = Field(
        default="", description="Servers of the inside network, or without TLS, that may be read: scheme://host:port, …"
    )

    model: str | None = Field(
        default=None, description="anthropic/NAME, openai/NAME or offline; chosen by the keys if absent"
    )
    fallback_model: str | None = Field(default=None, description="Model tried before the offline one")
    anthropic_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("AIT_ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY")
    )
    anthropic_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("AIT_ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL")
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("AIT_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("AIT_OPENAI_BASE_URL", "OPENAI_BASE_URL")
    )

    engine_workers: int = Field(default=2, ge=1, le=64, description="Worker processes for heavy computations")
    engine_memory_mb: int = Field(default=4096, ge=256, description="Memory that one of them may take")
    engines_warm: str = Field(default="", description="Engines whose libraries a worker loads first: reserving, …")
    dask_scheduler: str | None = Field(default=None, description="Dask cluster for heavy computations: tcp://host:8786")

    chromium: Path | None = Field(default=None, description="Chromium that renders JavaScript pages: its program")

    plugins: Literal["pinned", "none"] = Field(default="pinned", description="Which plug-ins may load")
    zone: str = Field(default="Europe/Madrid", description="Time zone of a new tenant")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def url(self) -> str:
        """How links to the web app begin."""
        return self.public_url or f"http://localhost:{self.port}"
