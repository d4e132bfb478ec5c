"""A department's own system takes over the review of its items: signs in, follows the feed, takes, reports, decides.

    CHENGCE_SYSTEM_SECRET=... python department_system.py http://127.0.0.1:8000 gxj-1a2b3c4d5e6f --person officer-1

Needs `httpx` alone. It keeps where it is in SQLite: the cursor of the feed, and a case of its own for each part it has
taken. It may be stopped anywhere; what it was doing is done again under the same key, and that changes nothing.
"""

import argparse
import os
import sqlite3
import time
from typing import Any

import httpx

TABLES = """
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT);
CREATE TABLE IF NOT EXISTS cases (number TEXT, part TEXT, opened_at TEXT, PRIMARY KEY (number, part, opened_at));
"""
OPENS = {  # the events after which something may wait for this department
    "chengce.application.application-submitted.v1",
    "chengce.application.application-accepted.v1",
    "chengce.application.application-supplemented.v1",
    "chengce.application.step-started.v1",
    "chengce.application.handling-released.v1",
}


class Platform:
    """The platform as this system knows it: a token that is renewed in time, and requests that are repeated."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/application/system", timeout=40)
        self.credentials = (client_id, secret)
        self.token, self.until = "", 0.0

    def ask(self, method: str, path: str, key: str | None = None, **request: Any) -> Any:
        """The answer; None when the platform says that it cannot be done (any more)."""
        while True:
            answer = self.http.request(method, path, headers=self._headers(key), **request)
            if answer.status_code == 401:  # a token that has just ended
                self.until = 0.0
            elif answer.status_code == 503:
                time.sleep(float(answer.headers.get("Retry-After", "2")))
            elif answer.status_code in (404, 409):
                print("not done:", path, answer.json()["title"], flush=True)  # noqa: T201
                return None
            else:
                answer.raise_for_status()
                return answer.json()

    def _headers(self, key: str | None) -> dict[str, str]:
        if time.monotonic() > self.until:
            answer = self.http.post("/token", data={"grant_type": "client_credentials"}, auth=self.credentials)
            answer.raise_for_status()
            self.token, self.until = answer.json()["access_token"], time.monotonic() + answer.json()["expires_in"] - 30
        return {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})


def handle(platform: Platform, store: sqlite3.Connection, event: dict[str, Any], person: str) -> int:
    """Takes what waits in the application that the event is about, and decides it. How much it was."""
    number, decided = event["data"]["number"], 0
    shown = platform.ask("GET", f"/applications/{number}")
    for part in shown["parts"] if shown and not shown["waiting_for_applicant"] else []:
        if part["taken"] is not None and part["taken"]["system"] != platform.credentials[0]:
            continue
        with store:
            store.execute("INSERT OR IGNORE INTO cases VALUES (?, ?, ?)", (number, part["part"], event["id"]))
        # The same event and part have the same keys: what was done before a restart is not done twice.
        key = f"{event['id']}/{part['part']}"
        door = f"/applications/{number}"
        case = {"part": part["part"], "case_number": f"{number}/{part['part']}"}
        if platform.ask("POST", f"{door}/take", key=f"{key}/take", json=case) is None:
            continue
        told = {"part": part["part"], "text": "已进入部门系统办理（样例）。", "stage_name": part["title"]}
        platform.ask("POST", f"{door}/progress", key=f"{key}/progress", json=told)
        name, result = decide(shown, part)
        if platform.ask("POST", f"{door}/{name}", key=f"{key}/result", json=result | {"handled_by": person}) is None:
            continue
        decided += 1
        print("decided:", number, part["part"], name, flush=True)  # noqa: T201
    return decided


def decide(shown: dict[str, Any], part: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What people have decided in this system, as the door and the body that tell it. Here everything is agreed to."""
    opinion = "材料齐全，符合条件，同意（样例）。"
    if part["kind"] == "acceptance":
        return "accept", {}
    if part["kind"] == "review":
        return "review", {"outcome": "approved", "opinion": opinion, "amount_fen": shown["requested_fen"]}
    step = part["part"].removeprefix("step:")
    said: dict[str, Any] = {"opinion": opinion}
    if part["kind"] == "scores":
        said |= {"score": 80}
    if part["kind"] == "inspection":
        said |= {"place": "申报单位厂区（样例）"}
    return f"steps/{step}/opinion", said


def main() -> None:
    """Until stopped, or until so much was decided."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("client_id")
    parser.add_argument("--person", required=True, help="account of the person who decides")
    parser.add_argument("--store", default="system.sqlite")
    parser.add_argument("--limit", type=int, default=0)
    asked = parser.parse_args()
    store = sqlite3.connect(asked.store)
    store.executescript(TABLES)
    platform = Platform(asked.url, asked.client_id, os.environ["CHENGCE_SYSTEM_SECRET"])
    decided = 0
    while True:
        row = store.execute("SELECT cursor FROM place").fetchone()
        cursor = {"cursor": row[0]} if row else {}
        page = platform.ask("GET", "/feed", params={"wait": 20, **cursor})
        for event in page["events"]:
            if event["type"] in OPENS:
                decided += handle(platform, store, event, asked.person)
        with store:  # only now: what is not finished is read again
            store.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (page["next"],))
        if asked.limit and decided >= asked.limit:
            return


main()
