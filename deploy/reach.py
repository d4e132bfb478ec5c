"""Who may talk to whom under a set of NetworkPolicies, and whether that is what the platform needs and nothing more.

The semantics are those of networking.k8s.io/v1: policies add up, a pod that no policy selects in a direction is open in
that direction, and a connection needs the consent of both ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

K8sObject = dict[str, Any]
COMPONENT = "app.kubernetes.io/component"
HTTP = 8080
CONTACTS = ("registry", "hotline", "application")  # which notify asks for phones


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod, by its labels and its namespace's labels, or an address outside the cluster."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    namespace: dict[str, str] | None = None
    """None: the platform's own namespace."""
    address: str | None = None
    ours: bool = False


def _elsewhere(name: str, namespace: str, labels: dict[str, str]) -> End:
    return End(name, labels, {"kubernetes.io/metadata.name": namespace})


DNS = _elsewhere("cluster DNS", "kube-system", {"k8s-app": "kube-dns"})
INGRESS_CONTROLLER = _elsewhere("the ingress controller", "ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"})
PROMETHEUS = _elsewhere("Prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
POSTGRESQL = End("PostgreSQL", {"cnpg.io/cluster": "chengce-database"})
NATS = End("NATS", {"app.kubernetes.io/name": "nats"})
OBJECTS = End("the object store", {"app.kubernetes.io/name": "minio"})
NEIGHBOUR = End("a stranger's pod in the namespace", {"app.kubernetes.io/name": "stranger"})
STRANGER = _elsewhere("a stranger's pod elsewhere", "elsewhere", {"app.kubernetes.io/name": "stranger"})
INTERNET = End("an address outside the cluster", address="203.0.113.7")
MACHINE_CREDENTIALS = End("the cloud's metadata address", address="169.254.169.254")


def selects(selector: K8sObject | None, labels: dict[str, str]) -> bool:
    """Whether a label selector matches; an empty selector matches everything, an absent one nothing."""
    if selector is None:
        return False
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        key, values = expression["key"], expression.get("values", [])
        holds = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[expression["operator"]]
        if not holds:
            return False
    return True


def _is_peer(peer: K8sObject, end: End) -> bool:
    if "ipBlock" in peer:
        if end.address is None:
            return False
        address = ip_address(end.address)
        block = peer["ipBlock"]
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(hole) for hole in block.get("except", [])
        )
    if end.address is not None:
        return False
    if "namespaceSelector" in peer:
        in_namespace = end.namespace is not None and selects(peer["namespaceSelector"], end.namespace)
    else:
        in_namespace = end.namespace is None
    return in_namespace and selects(peer.get("podSelector", {}), end.labels)


def _is_port(rule: K8sObject, port: int, protocol: str) -> bool:
    ports = rule.get("ports", [])
    return not ports or any(
        p.get("protocol", "TCP") == protocol
        and ("port" not in p or p["port"] == port or p["port"] <= port <= p.get("endPort", p["port"]))
        for p in ports
    )


def _governs(policy: K8sObject, pod: End, direction: str) -> bool:
    spec = policy["spec"]
    default = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
    return direction in spec.get("policyTypes", default) and selects(spec["podSelector"], pod.labels)


def _consents(policies: list[K8sObject], pod: End, direction: str, other: End, port: int, protocol: str) -> bool:
    rules_key, peers_key = ("egress", "to") if direction == "Egress" else ("ingress", "from")
    applying = [p["spec"] for p in policies if _governs(p, pod, direction)]
    if not applying:
        return True
    return any(
        _is_port(rule, port, protocol)
        and (not rule.get(peers_key) or any(_is_peer(peer, other) for peer in rule[peers_key]))
        for spec in applying
        for rule in spec.get(rules_key, [])
    )


def _wanted(services: dict[str, End]) -> Iterator[tuple[End, End, int, str]]:
    for pod in services.values():
        yield pod, DNS, 53, "UDP"
        yield pod, DNS, 53, "TCP"
        yield pod, POSTGRESQL, 5432, "TCP"
        yield pod, NATS, 4222, "TCP"
        yield PROMETHEUS, pod, HTTP, "TCP"
    if portal := services.get("portal"):
        yield INGRESS_CONTROLLER, portal, HTTP, "TCP"
        yield from ((portal, pod, HTTP, "TCP") for pod in services.values() if pod is not portal)
    if application := services.get("application"):
        yield application, INTERNET, 443, "TCP"
        yield from ((application, pod, HTTP, "TCP") for pod in services.values() if pod.name == "policy")
        yield application, OBJECTS, 9000, "TCP"
    if notify := services.get("notify"):
        yield notify, INTERNET, 443, "TCP"
        yield from ((notify, pod, HTTP, "TCP") for pod in services.values() if pod.name in CONTACTS)


def _conceivable(services: dict[str, End]) -> Iterator[tuple[End, End, int, str]]:
    for pod in services.values():
        yield from ((pod, other, HTTP, "TCP") for other in services.values() if other is not pod)
        yield from ((pod, other, HTTP, "TCP") for other in (NEIGHBOUR, STRANGER, INTERNET))
        yield from ((pod, other, 443, "TCP") for other in (NEIGHBOUR, STRANGER, INTERNET, MACHINE_CREDENTIALS))
        yield from ((pod, other, 9000, "TCP") for other in (OBJECTS, NEIGHBOUR, STRANGER, INTERNET))
        yield from ((other, pod, HTTP, "TCP") for other in (NEIGHBOUR, STRANGER, INTERNET, INGRESS_CONTROLLER))


def faults(policies: list[K8sObject], pods: Iterable[End]) -> Iterator[str]:
    """Every connection that the platform needs and may not make, or may make and does not need.

    `pods` are the platform's own, each with the name of its service.
    """
    services = {pod.name: pod for pod in pods}
    for pod in services.values():
        for direction in ("Ingress", "Egress"):
            if not any(_governs(p, pod, direction) and not p["spec"].get(direction.lower()) for p in policies):
                yield f"network: no NetworkPolicy denies {direction} of {pod.name} by default"
    wanted = list(_wanted(services))
    for start, end, port, protocol in wanted:
        if start.ours and not _consents(policies, start, "Egress", end, port, protocol):
            yield f"network: {start.name} cannot reach {end.name} on {protocol} {port}: no NetworkPolicy lets it out"
        if end.ours and not _consents(policies, end, "Ingress", start, port, protocol):
            yield f"network: {start.name} cannot reach {end.name} on {protocol} {port}: no NetworkPolicy lets it in"
    needed = {(start.name, end.name, port, protocol) for start, end, port, protocol in wanted}
    for start, end, port, protocol in _conceivable(services):
        if (start.name, end.name, port, protocol) in needed:
            continue
        goes_out = not start.ours or _consents(policies, start, "Egress", end, port, protocol)
        comes_in = not end.ours or _consents(policies, end, "Ingress", start, port, protocol)
        if goes_out and comes_in:
            yield f"network: {start.name} may reach {end.name} on {protocol} {port} and has no need to"
