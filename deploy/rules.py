"""The house rules of the Kubernetes objects: what each kind must say beyond being valid.

Every rule takes the rendered objects and yields one line for each fault: the object, then what is wrong with it.
"""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from reach import COMPONENT, HTTP, End, K8sObject, faults, selects

GRACEFUL_STOP_SECONDS = 25
PROBES = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
LOCKED_DOWN = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
PINNED_IMAGE = re.compile(r"^[^@\s]+(:(?!latest$)[A-Za-z0-9_][\w.-]*|@sha256:[0-9a-f]{64})$")
KEEP_FILES = ("application",)
OTHER_WORKLOADS = {"Pod", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"}
SECRET_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| ((?:`[a-z.-]+`(?:, )?)+) \|", re.MULTILINE)


class Tree:
    """The rendered objects by kind; the services there are, their settings, and the secrets the README documents."""

    def __init__(self, objects: list[K8sObject], services: list[str], settings: set[str], readme: str) -> None:
        self.objects = objects
        self.services = services
        self.settings = settings
        self.secrets = {name: set(re.findall(r"[a-z.-]+", keys)) for name, keys in SECRET_ROW.findall(readme)}

    def kind(self, kind: str) -> dict[str, K8sObject]:
        return {o["metadata"]["name"]: o for o in self.objects if o["kind"] == kind}

    def selected(self, selector: K8sObject | None) -> list[str]:
        """The names of the Deployments whose pods the selector matches; an empty selector is no choice."""
        if not selector:
            return []
        return [name for name, d in self.kind("Deployment").items() if selects(selector, pod_labels(d))]


def pod_labels(deployment: K8sObject) -> dict[str, str]:
    labels: dict[str, str] = deployment["spec"]["template"]["metadata"].get("labels", {})
    return labels


def every_service_is_there(tree: Tree) -> Iterator[str]:
    expected = {f"chengce-{service}" for service in tree.services}
    for found in tree.objects:
        name = found["metadata"]["name"]
        if found["kind"] in OTHER_WORKLOADS or (found["kind"] == "Deployment" and name not in expected):
            yield f"{found['kind']} {name}: is no service of pyproject.toml, and the rules here would not look at it"
    for service in tree.services:
        for kind in ("Deployment", "Service", "ServiceAccount"):
            if f"chengce-{service}" not in tree.kind(kind):
                yield f"{kind} chengce-{service}: missing, though pyproject.toml declares the service {service}"


def no_secret_is_in_the_tree(tree: Tree) -> Iterator[str]:
    for name in tree.kind("Secret"):
        yield f"Secret {name}: secrets do not belong into the tree; see README.md"


def deployments_survive_a_node(tree: Tree) -> Iterator[str]:
    for name, deployment in tree.kind("Deployment").items():
        spec, where = deployment["spec"], f"Deployment {name}"
        pod = spec["template"]["spec"]
        if spec.get("replicas", 1) < 2:
            yield f"{where}: fewer than 2 replicas"
        if spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{where}: maxUnavailable is not 0: an update may take a pod away before its successor is ready"
        if not selects(spec["selector"], pod_labels(deployment)):
            yield f"{where}: its selector does not match its own pods"
        spreads = pod.get("topologySpreadConstraints", [])
        if not spreads or not all(selects(s.get("labelSelector"), pod_labels(deployment)) for s in spreads):
            yield f"{where}: topologySpreadConstraints are missing or do not select its pods"
        serve = pod["containers"][0]
        pause = serve.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if pod.get("terminationGracePeriodSeconds", 30) < pause + GRACEFUL_STOP_SECONDS:
            yield f"{where}: terminationGracePeriodSeconds leaves less than {GRACEFUL_STOP_SECONDS} s to stop in"


def pods_are_locked_down(tree: Tree) -> Iterator[str]:
    for name, deployment in tree.kind("Deployment").items():
        pod, where = deployment["spec"]["template"]["spec"], f"Deployment {name}"
        context = pod.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser", 0) < 10000:
            yield f"{where}: securityContext must set runAsNonRoot and a numeric runAsUser of 10000 or more"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{where}: securityContext.seccompProfile is not RuntimeDefault"
        if pod.get("serviceAccountName") not in tree.kind("ServiceAccount"):
            yield f"{where}: ServiceAccount {pod.get('serviceAccountName')} does not exist"
        for setting in ("automountServiceAccountToken", "enableServiceLinks"):
            if pod.get(setting) is not False:
                yield f"{where}: {setting} is not false"
        for setting in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.get(setting):
                yield f"{where}: {setting} is set"
        for volume in pod.get("volumes", []):
            if "hostPath" in volume:
                yield f"{where}: volume {volume['name']} is a hostPath"


def containers_are_complete(tree: Tree) -> Iterator[str]:
    for name, deployment in tree.kind("Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        scratch = {v["name"] for v in pod.get("volumes", []) if "emptyDir" in v}
        for container in pod.get("initContainers", []) + pod["containers"]:
            where = f"Deployment {name}, container {container['name']}"
            if not PINNED_IMAGE.match(container["image"]):
                yield f"{where}: image {container['image']} names no version (latest is none)"
            for key, value in LOCKED_DOWN.items():
                if container.get("securityContext", {}).get(key) != value:
                    yield f"{where}: securityContext.{key} is not {value}"
            for bound in ("requests", "limits"):
                for resource in ("cpu", "memory"):
                    if resource not in container.get("resources", {}).get(bound, {}):
                        yield f"{where}: resources.{bound}.{resource} is missing"
            if not any(m["mountPath"] == "/tmp" and m["name"] in scratch for m in container.get("volumeMounts", [])):  # noqa: S108
                yield f"{where}: /tmp is not an emptyDir, and nothing else is writable"


def containers_run_their_service(tree: Tree) -> Iterator[str]:
    for name, deployment in tree.kind("Deployment").items():
        service = pod_labels(deployment).get(COMPONENT)
        pod = deployment["spec"]["template"]["spec"]
        for command, containers in (("prepare", pod.get("initContainers", [])), ("serve", pod["containers"])):
            runs = [container.get("args") for container in containers]
            if runs != [[command, service]]:
                yield f"Deployment {name}: runs {runs}, not `chengce {command} {service}` alone"
        serve = pod["containers"][0]
        ports = [port["containerPort"] for port in serve.get("ports", [])]
        for probe, path in PROBES.items():
            ask = serve.get(probe, {}).get("httpGet")
            if ask is None:
                yield f"Deployment {name}: {probe} is missing"
            elif ask.get("path") != path or ask.get("port") not in ports:
                yield f"Deployment {name}: {probe} asks {ask.get('port')}{ask.get('path')}, not {path} on {ports}"


def references_lead_somewhere(tree: Tree) -> Iterator[str]:
    for name, deployment in tree.kind("Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        for container in pod.get("initContainers", []) + pod["containers"]:
            where = f"Deployment {name}, container {container['name']}"
            for source in container.get("envFrom", []):
                if "secretRef" in source:
                    yield f"{where}: takes the whole Secret {source['secretRef']['name']}; name its keys"
                elif source["configMapRef"]["name"] not in tree.kind("ConfigMap"):
                    yield f"{where}: ConfigMap {source['configMapRef']['name']} does not exist"
            for variable in container.get("env", []):
                yield from (f"{where}, {variable['name']}: {fault}" for fault in _value_faults(tree, variable))


def _value_faults(tree: Tree, variable: K8sObject) -> Iterator[str]:
    source = variable.get("valueFrom", {})
    if ref := source.get("configMapKeyRef"):
        config = tree.kind("ConfigMap").get(ref["name"])
        if config is None or ref["key"] not in config.get("data", {}):
            yield f"ConfigMap {ref['name']} with key {ref['key']} does not exist"
    if (ref := source.get("secretKeyRef")) and ref["key"] not in tree.secrets.get(ref["name"], set()):
        yield f"Secret {ref['name']} with key {ref['key']} is not in README.md's list"


def files_outlive_their_pods(tree: Tree) -> Iterator[str]:
    for service in KEEP_FILES:
        for container in tree.kind("Deployment")[f"chengce-{service}"]["spec"]["template"]["spec"]["containers"]:
            if "CHENGCE_OBJECT_STORE_URL" not in {variable["name"] for variable in container.get("env", [])}:
                yield f"Deployment chengce-{service}: no CHENGCE_OBJECT_STORE_URL: what it keeps would go with its pods"


def services_select_pods(tree: Tree) -> Iterator[str]:
    for name, service in tree.kind("Service").items():
        chosen = tree.selected({"matchLabels": service["spec"].get("selector") or {}})
        if chosen != [name]:
            yield f"Service {name}: its selector chooses the pods of {chosen or 'nobody'}, not of Deployment {name}"
            continue
        serve = tree.kind("Deployment")[name]["spec"]["template"]["spec"]["containers"][0]
        opened = [port["containerPort"] for port in serve.get("ports", [])]
        for port in service["spec"]["ports"]:
            if port.get("targetPort", port["port"]) not in opened:
                yield f"Service {name}: targetPort {port.get('targetPort')} is not open on its pods"


def disruption_budgets_match(tree: Tree) -> Iterator[str]:
    covered: list[str] = []
    for name, budget in tree.kind("PodDisruptionBudget").items():
        chosen = tree.selected(budget["spec"].get("selector"))
        if len(chosen) != 1:
            yield f"PodDisruptionBudget {name}: its selector matches {chosen or 'nothing'}, not exactly one Deployment"
        covered += chosen
    for name in tree.kind("Deployment"):
        if covered.count(name) != 1:
            yield f"Deployment {name}: {covered.count(name)} PodDisruptionBudgets, not one"


def one_door_and_it_is_locked(tree: Tree) -> Iterator[str]:
    if len(tree.kind("Ingress")) != 1:
        yield f"Ingress: there are {len(tree.kind('Ingress'))}, not one"
    for name, ingress in tree.kind("Ingress").items():
        entries = ingress["spec"].get("tls", [])
        if not entries:
            yield f"Ingress {name}: no TLS"
        for entry in entries:
            if "tls.crt" not in tree.secrets.get(entry.get("secretName", ""), set()):
                yield f"Ingress {name}: TLS Secret {entry.get('secretName')} is not in README.md's list"
        for rule in ingress["spec"].get("rules", []):
            for path in rule["http"]["paths"]:
                door = path["backend"]["service"]
                if door["name"] != "chengce-portal" or door["port"].get("number") != HTTP:
                    yield f"Ingress {name}: leads to {door}, not to chengce-portal on {HTTP}"


def addresses_are_services(tree: Tree) -> Iterator[str]:
    for name, config in tree.kind("ConfigMap").items():
        for service, address in json.loads(config.get("data", {}).get("CHENGCE_SERVICE_URLS", "{}")).items():
            url = urlsplit(address)
            if (url.hostname, url.port) != (f"chengce-{service}", HTTP) or service not in tree.services:
                yield f"ConfigMap {name}: the address of {service} is {address}, and no Service listens there"


def settings_are_known(tree: Tree) -> Iterator[str]:
    """The platform ignores what it does not know, so a misspelt setting would go unnoticed."""
    for name, config in tree.kind("ConfigMap").items():
        for variable in sorted(config.get("data", {}).keys() - tree.settings):
            yield f"ConfigMap {name}: {variable} is no setting of the platform"
    for name, deployment in tree.kind("Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        named = {v["name"] for c in pod.get("initContainers", []) + pod["containers"] for v in c.get("env", [])}
        for variable in sorted(named - tree.settings):
            yield f"Deployment {name}: {variable} is no setting of the platform"


def network_is_closed_but_where_needed(tree: Tree) -> Iterator[str]:
    pods = [
        End(pod_labels(d).get(COMPONENT, name), pod_labels(d), ours=True) for name, d in tree.kind("Deployment").items()
    ]
    yield from faults(list(tree.kind("NetworkPolicy").values()), pods)


RULES: tuple[Callable[[Tree], Iterator[str]], ...] = (
    every_service_is_there,
    no_secret_is_in_the_tree,
    deployments_survive_a_node,
    pods_are_locked_down,
    containers_are_complete,
    containers_run_their_service,
    references_lead_somewhere,
    files_outlive_their_pods,
    services_select_pods,
    disruption_budgets_match,
    one_door_and_it_is_locked,
    addresses_are_services,
    settings_are_known,
    network_is_closed_but_where_needed,
)
