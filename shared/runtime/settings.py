"""Settings by environment, one prefix; `chengce settings` prints them with their meaning."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL


class Settings(BaseSettings):
    """All settings of all services; each has a default that suits the embedded platform."""

    model_config = SettingsConfigDict(
        env_prefix="CHENGCE_", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    host: str = Field("127.0.0.1", description="Address the HTTP door listens on.")
    port: int = Field(8000, validation_alias=AliasChoices("CHENGCE_PORT", "PORT"), description="Port of the HTTP door.")
    data_dir: Path = Field(
        Path(".data"),
        validation_alias=AliasChoices("CHENGCE_DATA_DIR", "DATA"),
        description="Folder of the embedded servers, keys and clock.",
    )
    database_url: str | None = Field(
        None, description="PostgreSQL server that exists already; without it an embedded one is started."
    )
    nats_url: str | None = Field(
        None, description="NATS server that exists already; without it an embedded one is started."
    )
    database_answer_seconds: float = Field(
        10.0, gt=0, description="Seconds after which a question to PostgreSQL that gets no answer is given up."
    )
    takeover_seconds: float = Field(
        10.0, gt=0, description="Seconds of silence after which another replica takes the leader's place."
    )
    database_prefix: str = Field("chengce_", description="Each service has the database <prefix><service>.")
    stream_replicas: int = Field(1, ge=1, le=5, description="Replicas of each stream, set when it is created.")
    reconcile_seconds: int = Field(
        86_400, ge=0, description="Seconds (real time) between comparisons of each stream with its log; 0: none."
    )
    secret: str = Field(
        "", description="Signing and sealing secret, at least 32 characters; embedded: made at first start."
    )
    dev_sign_in: bool = Field(False, description="Allow the development sign-in, which gives any role to anybody.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Form of the log lines.")
    otlp_endpoint: str | None = Field(None, description="OTLP/HTTP endpoint for traces; without it none are exported.")
    clock_at: datetime | None = Field(
        None, description="Demonstration: the instant at which the platform's time began."
    )
    clock_origin: datetime | None = Field(None, description="Demonstration: the real instant at which it began.")
    clock_speed: float = Field(1.0, gt=0, description="Demonstration: platform seconds in a real second.")
    ticket_taxonomy: Path | None = Field(
        None, description="CSV file with the city's own taxonomy of enterprise matters; without it the shipped one."
    )
    rating_follow_up_days: int = Field(
        5, ge=1, le=15, description="Working days within which a department follows up a bad rating."
    )
    rating_tags: list[str] = Field(
        default_factory=lambda: [
            "服务态度好", "办事效率高", "答复清楚", "材料简便", "态度不好", "办理太慢", "答非所问", "材料繁琐",
        ],
        description="Tags a rating may carry, as JSON.",
    )  # fmt: skip
    sms_url: str | None = Field(
        None, description="SMS provider's HTTP address; without it texts stay in the inbox only."
    )
    sms_token: str = Field("", description="Bearer token for the SMS provider.")
    sms_receipt_token: str = Field("", description="Bearer token that the SMS provider's receipts must carry.")
    sms_retry_seconds: int = Field(
        300, gt=0, description="Seconds (platform time) between attempts (GOV.UK Notify: 300)."
    )
    sms_give_up_seconds: int = Field(
        14_400, gt=0, description="Seconds (platform time) after which a text is given up."
    )
    accept_days: int = Field(
        5, ge=1, le=30, description="Working days in which a department takes an application or says why not."
    )
    self_assess_days: int = Field(
        20, ge=1, le=250, description="Working days after a period in which a department assesses the use of its funds."
    )
    supplement_days: int = Field(
        15, ge=1, le=60, description="Working days in which an applicant supplements, unless a notice says otherwise."
    )
    attachment_most_mb: int = Field(50, ge=1, le=500, description="Megabytes that an attachment may have.")
    object_store_url: str | None = Field(
        None,
        pattern=r"^s3://[a-z0-9.-]{3,63}(/[A-Za-z0-9._/-]*)?$",
        description="Where files are kept: s3://bucket/prefix; without it in the folder objects of the data folder.",
    )
    object_store_endpoint: str | None = Field(
        None, description="HTTP address of the object store; without it Amazon's of the region."
    )
    object_store_region: str = Field(
        "us-east-1", description="Region that requests to the object store are signed for."
    )
    object_store_access_key: str = Field(
        "", description="Access key of the object store; without it the machine's own credentials."
    )
    object_store_secret_key: str = Field("", description="Secret key of the object store.")
    object_store_path_style: bool = Field(
        True, description="Whether the bucket stands in the path (MinIO, Ceph), not in the host name (OSS, Amazon)."
    )
    object_store_authority: Path | None = Field(
        None, description="Certificates (PEM file) that are believed of the object store beside the system's."
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Where people reach the platform; QR codes lead there. `chengce up` takes its own address.",
    )
    stamp_url: str | None = Field(
        None, description="HTTP address of the city's electronic seals; without it development certificates sign."
    )
    stamp_token: str = Field("", description="Bearer token for the electronic seals.")
    fund_url: str | None = Field(
        None, description="Fund platform's HTTP address; without it payments are ordered and settled by file."
    )
    fund_token: str = Field("", description="Bearer token for the fund platform.")
    seal_seconds: float = Field(
        10.0, gt=0, description="Real seconds after which events are sealed that fewer than 1,000 others have joined."
    )
    seal_algorithm: str = Field(
        "sha256/ed25519",
        description="Digest (sha256, sm3) and signature (ed25519, hmac-sha256, hmac-sm3) of new seals.",
    )
    seal_key: Path | None = Field(
        None,
        description="File with the secret of the sealing key; without it the key comes from the platform's secret.",
    )
    seal_trusted: list[Path] = Field(
        default_factory=list,
        description="Public keys (PEM files) of earlier sealing keys that are still believed, as JSON.",
    )
    service_urls: dict[str, str] = Field(
        default_factory=dict, description='Where the other services are, as JSON: {"registry": "http://registry:8080"}.'
    )

    def database_of(self, service: str) -> str:
        """The libpq URL of a service's own database. Raises ValueError when no server is set."""
        return _with_database(self._server(), f"{self.database_prefix}{service}")

    def maintenance_database(self) -> str:
        """The libpq URL of the database that databases are created from."""
        server = self._server()
        return _with_database(server, str(conninfo_to_dict(server).get("dbname") or "postgres"))

    def url_of(self, service: str) -> str:
        """Where a service's HTTP door is; on the all-in-one layout all share this one's."""
        return self.service_urls.get(service, f"http://127.0.0.1:{self.port}")

    def require_secret(self) -> str:
        """The secret. Raises ValueError when it is missing or short."""
        if len(self.secret) < 32:
            raise ValueError("CHENGCE_SECRET must have at least 32 characters")
        return self.secret

    def require_nats(self) -> str:
        """The address of NATS. Raises ValueError when none is set."""
        if not self.nats_url:
            raise ValueError("CHENGCE_NATS_URL is not set, and no embedded server was started")
        return self.nats_url

    def _server(self) -> str:
        if not self.database_url:
            raise ValueError("CHENGCE_DATABASE_URL is not set, and no embedded server was started")
        return self.database_url


def _with_database(url: str, name: str) -> str:
    parts = conninfo_to_dict(url)
    made = URL.create(
        "postgresql",
        username=str(parts["user"]) if parts.get("user") else None,
        password=str(parts["password"]) if parts.get("password") else None,
        host=str(parts.get("host", "127.0.0.1")),
        port=int(str(parts.get("port", 5432))),
        database=name,
        # What else the address says (sslmode, sslrootcert, ...) holds for every database.
        query={k: str(v) for k, v in parts.items() if k not in ("user", "password", "host", "port", "dbname")},
    )
    return made.render_as_string(hide_password=False)
