"""How the command line finds the running platform: by the same environment as `chengce up`."""

from __future__ import annotations

import orjson
import typer

from shared.embedded.address import replace_text
from shared.runtime.settings import Settings

ADDRESSES = "addresses.json"  # in the data directory, readable by its owner only


def base_url(url: str | None = None) -> str:
    """The platform's HTTP address."""
    if url:
        return url.rstrip("/")
    settings = Settings()
    path = settings.data_dir / ADDRESSES
    kept = orjson.loads(path.read_bytes()) if path.exists() and "port" not in settings.model_fields_set else {}
    return f"http://127.0.0.1:{kept.get('port', settings.port)}"


def platform_secret() -> str:
    """The secret that signs tokens: from the environment, or from the data directory of the embedded platform."""
    settings = Settings()
    if settings.secret:
        return settings.secret
    path = settings.data_dir / "secret"
    if not path.exists():
        typer.echo(
            f"没有找到平台的密钥：请设置 CHENGCE_SECRET，或用 CHENGCE_DATA_DIR 指明数据目录（现为 {settings.data_dir}）。",
            err=True,
        )
        raise typer.Exit(1)
    return path.read_text().strip()


def platform_settings() -> Settings:
    """The settings with the addresses of the embedded servers where none are given."""
    settings = Settings()
    path = settings.data_dir / ADDRESSES
    kept = orjson.loads(path.read_bytes()) if path.exists() else {}
    database_url = settings.database_url or kept.get("database_url")
    nats_url = settings.nats_url or kept.get("nats_url")
    if not database_url or not nats_url:
        typer.echo(
            f"数据目录 {settings.data_dir} 中没有平台，请先用 make run 启动，或指明 CHENGCE_DATA_DIR。", err=True
        )
        raise typer.Exit(1)
    return settings.model_copy(update={"database_url": database_url, "nats_url": nats_url})


def keep_addresses(settings: Settings) -> None:
    """Leaves word in the data directory where the platform and its servers are."""
    kept = {"database_url": settings.database_url, "nats_url": settings.nats_url, "port": settings.port}
    replace_text(settings.data_dir / ADDRESSES, orjson.dumps(kept).decode())
