"""Checks what would be deployed, without a cluster and without a container engine.

    python deploy/check.py [KUSTOMIZATION]

Renders the kustomization (by default deploy/k8s), validates every object strictly against the schemas of the oldest and
the newest Kubernetes it is meant for, applies the house rules (rules.py, reach.py), and lints the Dockerfile. Prints
every fault it found and exits with 1; exits with 0 when there is none.
"""

import functools
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import kubernetes_validate
import yaml
from kubernetes_validate import utils as schemas
from reach import K8sObject
from rules import RULES, Tree

PROJECT = Path(__file__).resolve().parents[1]
OLDEST_KUBERNETES = "1.30"
"""The first release that has the sleep action of preStop switched on."""


class Unable(Exception):
    """The check cannot be made: a tool is missing, or the kustomization does not render."""


def tool(name: str) -> str:
    """The path of a command line tool: the one the lock file installed beside this Python, else the machine's.

    Raises Unable where there is none.
    """
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise Unable(f"{name} is not installed: install requirements/dev.txt")
    return found


def render(kustomization: Path) -> list[K8sObject]:
    """The objects `kubectl apply -k` would send. Raises Unable with kustomize's own words."""
    command = [tool("kubectl"), "kustomize", str(kustomization)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Unable(f"{kustomization} does not render: {done.stderr.strip()}")
    return [found for found in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if found]


def invalid(objects: list[K8sObject]) -> Iterator[str]:
    """One line for each object and Kubernetes release whose schema it breaks; unknown fields and kinds break it too."""
    # The package reads its schema files anew for every object, a megabyte each time.
    schemas.schema_contents = functools.cache(schemas.schema_contents)
    for found in objects:
        for release in (OLDEST_KUBERNETES, kubernetes_validate.latest_version()):
            where = f"{found['kind']} {found['metadata']['name']}, Kubernetes {release}"
            try:
                kubernetes_validate.validate(found, release, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{where}: {'.'.join(map(str, error.path)) or 'the object'}: {error.message}"
            except kubernetes_validate.SchemaNotFoundError as error:
                yield f"{where}: {error.message}"


def unsafe_image(dockerfile: Path) -> Iterator[str]:
    """What hadolint says of the Dockerfile, and two rules of our own: a numeric user, and hashed packages."""
    done = subprocess.run(
        [tool("hadolint"), "--no-color", "--format", "json", str(dockerfile)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    try:
        findings = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise Unable(f"hadolint could not read {dockerfile.name}: {done.stderr.strip()}") from error
    for finding in findings:
        yield f"{dockerfile.name}:{finding['line']}: {finding['code']} {finding['message']}"
    text = dockerfile.read_text("utf-8")
    # Without a number Kubernetes cannot tell that the user is not root, and refuses to start the pod.
    users = re.findall(r"^USER\s+(\S+)", text, re.MULTILINE)
    if not users or not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1]):
        yield f"{dockerfile.name}: the last USER is {users[-1] if users else 'missing'}, not a number above 0"
    if "--require-hashes" not in text:
        yield f"{dockerfile.name}: packages are installed without --require-hashes"


def declared_services(project: Path) -> list[str]:
    """The services that pyproject.toml makes known to the runtime."""
    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    return list(declared["entry-points"]["chengce.services"])


def known_settings() -> set[str]:
    """The environment variables that the platform reads, as `chengce settings` lists them."""
    from shared.runtime.settings import Settings

    return {f"CHENGCE_{name.upper()}" for name in Settings.model_fields}


def objects_faults(project: Path, kustomization: Path) -> Iterator[str]:
    """Every fault of the rendered objects: what breaks a schema, then what breaks a house rule."""
    objects = render(kustomization)
    yield from invalid(objects)
    readme = (project / "deploy" / "k8s" / "README.md").read_text("utf-8")
    tree = Tree(objects, declared_services(project), known_settings(), readme)
    for rule in RULES:
        try:
            yield from rule(tree)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            # An object so far from its schema that the rule cannot read it: the other rules still have their say.
            yield f"{rule.__name__}: cannot be judged: {error!r}"


def run(project: Path, kustomization: Path) -> int:
    """Prints every fault; answers with the exit code."""
    problems: list[str] = []
    for part in (objects_faults(project, kustomization), unsafe_image(project / "Dockerfile")):
        try:
            problems += part
        except Unable as reason:
            problems.append(str(reason))
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(f"{kustomization.name}: {len(problems)} faults\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.path.insert(1, str(PROJECT))  # the platform's settings, whether it is installed or not
    sys.exit(run(PROJECT, Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "deploy" / "k8s"))
