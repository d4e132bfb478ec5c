"""What `make k8s-check` promises: the tree passes, and each defect is named."""

import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import yaml

from shared.runtime.host import installed_services
from shared.runtime.settings import Settings

ROOT = Path(__file__).parents[2]


class Verdict(NamedTuple):
    code: int
    faults: str


Check = Callable[..., Verdict]


@pytest.fixture
def the_check(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module deploy/check.py, as Python finds it when it runs as a script."""
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    return importlib.import_module("check")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the check reads, for defects to be planted in."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Dockerfile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def check(project: Path, the_check: ModuleType, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the check on the base, or on an overlay of it with the fields given."""

    def run(**overlay: Any) -> Verdict:
        folder = project / "deploy" / "k8s"
        if overlay:
            folder = project / "overlay"
            folder.mkdir()
            (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["../deploy/k8s"], **overlay}))
        return Verdict(the_check.run(project, folder), capsys.readouterr().err)

    return run


def patch(kind: str, name: str, *operations: dict[str, Any]) -> dict[str, Any]:
    return {"target": {"kind": kind, "name": name}, "patch": yaml.safe_dump(list(operations))}


def change(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def drop(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}


def without(kind: str, name: str) -> dict[str, Any]:
    api = {"NetworkPolicy": "networking.k8s.io/v1", "PodDisruptionBudget": "policy/v1"}.get(kind, "v1")
    gone = {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "$patch": "delete"}
    return {"patch": yaml.safe_dump(gone)}


def run_as_make_does(project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(project / "deploy" / "check.py")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_tree_passes() -> None:
    verdict = run_as_make_does(ROOT)
    assert (verdict.returncode, verdict.stderr, verdict.stdout) == (0, "", "k8s: 0 faults\n")


def test_the_command_fails_and_says_why(project: Path) -> None:
    (project / "deploy" / "k8s" / "network" / "notify.yaml").unlink()
    verdict = run_as_make_does(project)
    assert verdict.returncode == 1
    assert "notify.yaml" in verdict.stderr


def test_the_overlay_of_the_readme_passes(project: Path, check: Check) -> None:
    readme = (project / "deploy" / "k8s" / "README.md").read_text("utf-8")
    example = re.search(r"## An overlay.*?```yaml\n(.*?)```", readme, re.DOTALL)
    assert example is not None
    verdict = check(**yaml.safe_load(example[1]))
    assert (verdict.code, verdict.faults) == (0, "")


CONTAINER = "/spec/template/spec/containers/0"
POD = "/spec/template/spec"
POLICY = ("Deployment", "chengce-policy")
BY_NAME = "app.kubernetes.io~1name"


@pytest.mark.parametrize(
    ("defect", "named"),
    [
        pytest.param(patch(*POLICY, drop(f"{CONTAINER}/{probe}")), f"Deployment chengce-policy: {probe} is missing")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    ]
    + [
        (
            patch(*POLICY, change(f"{CONTAINER}/restarts", 3)),
            "Deployment chengce-policy, Kubernetes 1.30: spec.template",
        ),
        (patch(*POLICY, change(f"{CONTAINER}/restarts", 3)), "'restarts' was unexpected"),
        (patch(*POLICY, drop(f"{CONTAINER}/resources/limits/memory")), "resources.limits.memory is missing"),
        (patch(*POLICY, change(f"{CONTAINER}/image", "chengce:latest")), "image chengce:latest names no version"),
        (patch(*POLICY, drop(f"{CONTAINER}/image")), "containers_are_complete: cannot be judged: KeyError('image')"),
        (patch(*POLICY, change(f"{CONTAINER}/args", ["serve", "hotline"])), "not `chengce serve policy`"),
        (patch(*POLICY, drop(f"{POD}/initContainers")), "not `chengce prepare policy`"),
        (
            patch(*POLICY, change(f"{CONTAINER}/securityContext/readOnlyRootFilesystem", False)),
            "securityContext.readOnlyRootFilesystem is not True",
        ),
        (patch(*POLICY, drop(f"{POD}/securityContext/runAsUser")), "runAsNonRoot and a numeric runAsUser"),
        (patch(*POLICY, drop(f"{POD}/securityContext/seccompProfile")), "seccompProfile is not RuntimeDefault"),
        (patch(*POLICY, drop(f"{POD}/enableServiceLinks")), "enableServiceLinks is not false"),
        (patch(*POLICY, change(f"{POD}/serviceAccountName", "root")), "ServiceAccount root does not exist"),
        (patch(*POLICY, change(f"{POD}/volumes/0", {"name": "tmp", "hostPath": {"path": "/"}})), "tmp is a hostPath"),
        (patch(*POLICY, change(f"{POD}/terminationGracePeriodSeconds", 20)), "less than 25 s to stop in"),
        (patch(*POLICY, change("/spec/replicas", 1)), "Deployment chengce-policy: fewer than 2 replicas"),
        (patch(*POLICY, drop(f"{POD}/topologySpreadConstraints")), "topologySpreadConstraints are missing"),
        (
            patch(*POLICY, change(f"{CONTAINER}/envFrom/0/configMapRef/name", "elsewhere")),
            "ConfigMap elsewhere does not exist",
        ),
        (
            patch(*POLICY, change(f"{CONTAINER}/env/0/valueFrom/secretKeyRef/key", "uri")),
            "CHENGCE_DATABASE_URL: Secret chengce-database with key uri is not in README.md's list",
        ),
        (
            patch(*POLICY, change(f"{CONTAINER}/env/-", {"name": "CHENGCE_COLOUR", "value": "red"})),
            "Deployment chengce-policy: CHENGCE_COLOUR is no setting of the platform",
        ),
        (
            patch("Service", "chengce-policy", change(f"/spec/selector/{BY_NAME}", "other")),
            "Service chengce-policy: its selector chooses the pods of nobody",
        ),
        (
            patch("PodDisruptionBudget", "chengce-policy", change(f"/spec/selector/matchLabels/{BY_NAME}", "other")),
            "PodDisruptionBudget chengce-policy: its selector matches nothing",
        ),
        (without("PodDisruptionBudget", "chengce-policy"), "Deployment chengce-policy: 0 PodDisruptionBudgets"),
        (
            patch("Deployment", "chengce-application", *(drop(f"{CONTAINER}/env/{n}") for n in (8, 7, 6, 5))),
            "Deployment chengce-application: no CHENGCE_OBJECT_STORE_URL: what it keeps would go with its pods",
        ),
        (without("Service", "chengce-policy"), "Service chengce-policy: missing"),
        (patch("Ingress", "chengce", drop("/spec/tls")), "Ingress chengce: no TLS"),
        (
            patch("NetworkPolicy", "chengce-notify-to-https", drop("/spec/egress/0/to/0/ipBlock/except")),
            "notify may reach the cloud's metadata address on TCP 443 and has no need to",
        ),
        (
            patch("NetworkPolicy", "chengce-services-from-portal", drop("/spec/ingress/0/from")),
            "the ingress controller may reach policy on TCP 8080 and has no need to",
        ),
    ],
)
def test_a_planted_defect_is_named(check: Check, defect: dict[str, Any], named: str) -> None:
    verdict = check(patches=[defect])
    assert verdict.code == 1
    assert named in verdict.faults


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ("chengce-default-deny", "no NetworkPolicy denies Ingress of policy by default"),
        ("chengce-to-dns", "policy cannot reach cluster DNS on UDP 53"),
        ("chengce-to-postgresql", "policy cannot reach PostgreSQL on TCP 5432"),
        ("chengce-to-nats", "policy cannot reach NATS on TCP 4222"),
        ("chengce-from-prometheus", "Prometheus cannot reach policy on TCP 8080"),
        ("chengce-portal-from-ingress", "the ingress controller cannot reach portal on TCP 8080"),
        ("chengce-portal-to-services", "portal cannot reach policy on TCP 8080: no NetworkPolicy lets it out"),
        ("chengce-services-from-portal", "portal cannot reach policy on TCP 8080: no NetworkPolicy lets it in"),
        ("chengce-application-to-https", "application cannot reach an address outside the cluster on TCP 443"),
        ("chengce-application-to-policy", "application cannot reach policy on TCP 8080: no NetworkPolicy lets it out"),
        ("chengce-policy-from-application", "application cannot reach policy on TCP 8080: no NetworkPolicy lets it in"),
        (
            "chengce-application-to-objects",
            "application cannot reach the object store on TCP 9000: no NetworkPolicy lets it",
        ),
        ("chengce-notify-to-contacts", "notify cannot reach registry on TCP 8080: no NetworkPolicy lets it out"),
        ("chengce-contacts-from-notify", "notify cannot reach registry on TCP 8080: no NetworkPolicy lets it in"),
        ("chengce-notify-to-https", "notify cannot reach an address outside the cluster on TCP 443"),
    ],
)
def test_no_network_policy_can_be_spared(check: Check, policy: str, named: str) -> None:
    verdict = check(patches=[without("NetworkPolicy", policy)])
    assert verdict.code == 1
    assert named in verdict.faults


def test_the_base_has_no_network_policy_without_a_test(base: list[dict[str, Any]]) -> None:
    tried = test_no_network_policy_can_be_spared.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {p["metadata"]["name"] for p in base if p["kind"] == "NetworkPolicy"} == {name for name, _ in tried}


def test_all_defects_are_named_at_once(project: Path, check: Check) -> None:
    dockerfile = project / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("USER 65532:65532", "USER root"))
    verdict = check(
        patches=[patch(*POLICY, change("/spec/replicas", 1)), without("NetworkPolicy", "chengce-to-nats")],
        secretGenerator=[{"name": "chengce-keys", "literals": ["secret=leaked"]}],
    )
    for named in (
        "Deployment chengce-policy: fewer than 2 replicas",
        "hotline cannot reach NATS",
        "Secret chengce-keys-",
        "the last USER is root",
    ):
        assert named in verdict.faults


def test_what_hadolint_finds_is_named(project: Path, check: Check) -> None:
    with (project / "Dockerfile").open("a") as dockerfile:
        dockerfile.write("RUN cd /tmp && sudo ls\n")
    verdict = check()
    assert verdict.code == 1
    assert "DL3004" in verdict.faults


def test_a_service_that_is_not_deployed_is_named(project: Path, check: Check) -> None:
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text().replace('portal = "', 'audit = "services.audit.main:service"\nportal = "')
    )
    verdict = check()
    assert verdict.code == 1
    assert "Deployment chengce-audit: missing" in verdict.faults


def test_a_tree_that_does_not_render_fails_with_the_reason(check: Check) -> None:
    verdict = check(components=["../nowhere"])
    assert verdict.code == 1
    assert "does not render" in verdict.faults
    assert "nowhere" in verdict.faults


@pytest.fixture
def base(the_check: ModuleType) -> list[dict[str, Any]]:
    """The rendered base."""
    rendered: list[dict[str, Any]] = the_check.render(ROOT / "deploy" / "k8s")
    return rendered


def test_every_container_gets_settings_the_platform_accepts(
    base: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = {o["metadata"]["name"]: o.get("data", {}) for o in base if o["kind"] == "ConfigMap"}
    addresses = {}
    for deployment in (o for o in base if o["kind"] == "Deployment"):
        with monkeypatch.context() as environment:
            serve = deployment["spec"]["template"]["spec"]["containers"][0]
            for source in serve["envFrom"]:
                for variable, text in configs[source["configMapRef"]["name"]].items():
                    environment.setenv(variable, text)
            settings = Settings()
        assert (settings.host, settings.port, settings.log_format) == ("0.0.0.0", 8080, "json")  # noqa: S104
        assert (settings.dev_sign_in, settings.stream_replicas) == (False, 3)
        addresses[deployment["metadata"]["name"]] = settings.service_urls
    services = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["chengce.services"]
    assert addresses.pop("chengce-portal").keys() == services.keys() - {"portal"}
    assert addresses.pop("chengce-application").keys() == {"policy"}
    assert addresses.pop("chengce-notify").keys() == {"registry", "hotline", "application"}
    assert not any(addresses.values())


def test_the_services_that_keep_files_are_those_whose_pods_are_told_where(the_check: ModuleType) -> None:
    keep = {name for name, service in installed_services().items() if service.objects_named}
    assert keep == set(importlib.import_module("rules").KEEP_FILES)


def test_the_base_runs_the_version_of_the_project(base: list[dict[str, Any]]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    pods = [o["spec"]["template"]["spec"] for o in base if o["kind"] == "Deployment"]
    assert {c["image"] for pod in pods for c in pod["initContainers"] + pod["containers"]} == {f"chengce:{version}"}
