"""How the command line finds the running platform: by the same environment as `chengce up`."""

from __future__ import annotations

import orjson
import typer

from shared.calendar import ClockFace
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


def platform_settings(*, bus: bool = True) -> Settings:
    """The settings with the addresses of the embedded servers where none are given; `bus`: whether NATS is needed."""
    settings = Settings()
    path = settings.data_dir / ADDRESSES
    kept = orjson.loads(path.read_bytes()) if path.exists() else {}
    database_url = settings.database_url or kept.get("database_url")
    nats_url = settings.nats_url or kept.get("nats_url")
    if not database_url or (bus and not nats_url):
        typer.echo(
            f"数据目录 {settings.data_dir} 中没有平台，请先用 make run 启动，或指明 CHENGCE_DATA_DIR。", err=True
        )
        raise typer.Exit(1)
    return settings.model_copy(update={"database_url": database_url, "nats_url": nats_url})


def operating_settings() -> Settings:
    """The settings under which the platform itself runs: with its secret, and its clock where there is one of its own.

    For commands that do a service's work beside it: what they write carries the platform's time.
    """
    settings = platform_settings().model_copy(update={"secret": platform_secret()})
    kept = settings.data_dir / "clock.json"
    if settings.clock_at is not None or not kept.exists():
        return settings
    face = ClockFace.from_json(kept.read_text())
    return settings.model_copy(update={"clock_at": face.at, "clock_origin": face.origin, "clock_speed": face.speed})


def keep_addresses(settings: Settings) -> None:
    """Leaves word in the data directory where the platform and its servers are."""
    kept = {"database_url": settings.database_url, "nats_url": settings.nats_url, "port": settings.port}
    replace_text(settings.data_dir / ADDRESSES, orjson.dumps(kept).decode())
