"""The manifests: the API's own schemas (kubernetes-validate, strict), KubeRay's fields, and the product.

KubeRay's CRD is in no package registry, so what is KubeRay's in a RayCluster is held to a schema of our own,
written after its published API (ray.io/v1, `RayClusterSpec`, `HeadGroupSpec`, `WorkerGroupSpec`; project
ray-project/kuberay, Apache-2.0); the pods inside are held to Kubernetes' schema, as a Deployment's are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.deploy.product import DEPLOY, SECRETS, healthy, is_known, monitors, parses, settings
from tests.deploy.test_container import variables

VERSION = "1.37"
FILES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
OBJECTS = {
    f"{one['kind']} {one['metadata']['name']}": one
    for file in FILES
    for one in yaml.safe_load_all(file.read_text("utf-8"))
}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
NUMBER = {"type": "integer", "minimum": 0}
COUNTS = ("replicas", "minReplicas", "maxReplicas", "numOfHosts")
GROUP: dict[str, Any] = {
    "rayStartParams": TEXTS,
    "template": {"type": "object", "required": ["spec"]},
}
RAY_CLUSTER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayCluster"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["headGroupSpec"],
            "properties": {
                "rayVersion": {"type": "string"},
                "enableInTreeAutoscaling": {"type": "boolean"},
                "autoscalerOptions": {"type": "object"},
                "headServiceAnnotations": TEXTS,
                "suspend": {"type": "boolean"},
                "headGroupSpec": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["rayStartParams", "template"],
                    "properties": {
                        **GROUP,
                        "serviceType": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
                        "headService": {"type": "object"},
                        "enableIngress": {"type": "boolean"},
                    },
                },
                "workerGroupSpecs": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
                        "properties": {
                            **GROUP,
                            "groupName": {"type": "string"},
                            **{name: NUMBER for name in COUNTS},
                            "scaleStrategy": {"type": "object"},
                        },
                    },
                },
            },
        },
    },
}


def pods(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pod templates within an object."""
    spec = one.get("spec", {})
    if one["kind"] == "Deployment":
        yield spec["template"]
    elif one["kind"] == "CronJob":
        yield spec["jobTemplate"]["spec"]["template"]
    elif one["kind"] == "RayCluster":
        yield spec["headGroupSpec"]["template"]
        yield from (group["template"] for group in spec["workerGroupSpecs"])


TEMPLATES = [
    pytest.param(template, id=f"{name} {number}")
    for name, one in OBJECTS.items()
    for number, template in enumerate(pods(one))
]


def containers(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def environ(container: dict[str, Any]) -> dict[str, str]:
    """A container's variables: of its image, of the ConfigMap, its own; without the secret ones."""
    told = variables(DEPLOY / "container" / "Containerfile")
    if container.get("envFrom"):
        told |= OBJECTS["ConfigMap monitor-environment"]["data"]
    own = {one["name"]: one["value"] for one in container.get("env", []) if "value" in one}
    return told | {name: value.replace("$(POD_IP)", "10.0.0.1") for name, value in own.items()}


@pytest.mark.parametrize("name", OBJECTS)
def test_the_schema_finds_nothing_wrong(name: str) -> None:
    one = OBJECTS[name]
    if one["kind"] == "RayCluster":
        jsonschema.Draft202012Validator(RAY_CLUSTER).validate(one)
    else:
        kubernetes_validate.validate(one, VERSION, strict=True)
    for template in pods(one):  # of a RayCluster's as of any
        labels = template["metadata"]["labels"]
        spec = {"selector": {"matchLabels": labels}, "template": template}
        if one["kind"] != "CronJob":
            kubernetes_validate.validate(
                {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": spec},
                VERSION,
                strict=True,
            )


def test_the_schemas_would_find_something() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        wrong = {**OBJECTS["Service monitor"], "spec": {"prots": []}}
        kubernetes_validate.validate(wrong, VERSION, strict=True)
    with pytest.raises(jsonschema.ValidationError):
        ray = OBJECTS["RayCluster monitor-ray"]
        wrong = {**ray, "spec": {**ray["spec"], "headGroupSpecs": {}}}
        jsonschema.Draft202012Validator(RAY_CLUSTER).validate(wrong)


@pytest.mark.parametrize("template", TEMPLATES)
def test_commands_are_the_products(template: dict[str, Any]) -> None:
    for one in containers(template):
        if one["name"].startswith("ray-"):  # KubeRay writes what starts a node
            assert "command" not in one and "args" not in one
        elif one.get("command") == ["/bin/sh", "-c"]:
            (words,) = monitors(one["args"][0])
            parses(words)
        else:
            assert one.get("command", ["with-secrets", "monitor"]) == ["with-secrets", "monitor"]
            parses(one["args"])


@pytest.mark.parametrize("template", TEMPLATES)
def test_pods_are_locked_in(template: dict[str, Any]) -> None:
    spec = template["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001  # the image's
    assert spec["automountServiceAccountToken"] is False
    assert f"ServiceAccount {spec['serviceAccountName']}" in OBJECTS
    for one in containers(template):
        context = one["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert one["resources"]["limits"]["memory"] and one["resources"]["requests"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_secrets_are_references_and_variables_are_known(template: dict[str, Any]) -> None:
    for one in containers(template):
        for variable in one.get("env", []):
            assert is_known(variable["name"]), variable
            if variable["name"] in SECRETS:
                assert set(variable) == {"name", "valueFrom"}
                assert "secretKeyRef" in variable["valueFrom"]
        told = OBJECTS["ConfigMap monitor-environment"]["data"]
        assert not SECRETS & told.keys()


@pytest.mark.parametrize("template", TEMPLATES)
def test_settings_and_mounts_agree(template: dict[str, Any], tmp_path: Path) -> None:
    volumes = {one["name"]: one for one in template["spec"]["volumes"]}
    for one in containers(template):
        mounted = {mount["mountPath"] for mount in one["volumeMounts"]}
        assert {mount["name"] for mount in one["volumeMounts"]} <= volumes.keys()
        told = environ(one)
        assert str(Path(told["MONITOR_CONFIG"]).parent) in mounted
        found = settings(told, tmp_path)
        if one["name"] != "backup":
            assert str(found.learning.directory) in mounted
        if found.classifier.host.startswith("unix:"):
            assert str(Path(found.classifier.host.removeprefix("unix:")).parent) in mounted
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            assert f"PersistentVolumeClaim {volume['persistentVolumeClaim']['claimName']}" in OBJECTS


@pytest.mark.parametrize("template", TEMPLATES)
def test_probes_ask_what_answers(template: dict[str, Any], tmp_path: Path) -> None:
    for one in containers(template):
        for probe in (one.get(f"{kind}Probe") for kind in ("startup", "readiness", "liveness")):
            if probe and "httpGet" in probe:
                (port,) = [port for port in one["ports"] if port["name"] == probe["httpGet"]["port"]]
                assert port["containerPort"] == settings(environ(one), tmp_path).web.port
                healthy(f"http://pod{probe['httpGet']['path']}")
            elif probe and "exec" in probe and not one["name"].startswith("ray-"):
                program, socket = probe["exec"]["command"]
                assert (DEPLOY / "container" / program).is_file()
                assert f"unix:{socket}" == environ(one)["MONITOR_CLASSIFIER__HOST"]


def test_selectors_find_the_pods() -> None:
    labels = [template.values[0]["metadata"]["labels"] for template in TEMPLATES]
    for one in OBJECTS.values():
        spec = one.get("spec", {})
        selector = spec.get("podSelector", spec.get("selector"))
        if one["kind"] == "Service":
            wanted = selector
        elif one["kind"] in ("PodDisruptionBudget", "NetworkPolicy"):
            wanted = selector["matchLabels"]
        else:
            continue
        assert any(wanted.items() <= some.items() for some in labels), one["metadata"]["name"]


def test_every_node_of_ray_asks_for_the_token_and_tells_nobody() -> None:
    found = 0
    for template in pods(OBJECTS["RayCluster monitor-ray"]):
        for one in template["spec"]["containers"]:
            told = {variable["name"]: variable for variable in one["env"]}
            assert told["RAY_AUTH_MODE"]["value"] == "token"
            assert told["RAY_USAGE_STATS_ENABLED"]["value"] == "0"
            assert told["RAY_AUTH_TOKEN"]["valueFrom"]["secretKeyRef"]["name"] == "monitor-ray"
            found += 1
    assert found == 3


def test_each_file_says_what_was_not_run() -> None:
    for file in FILES:
        assert "Not applied to a cluster where" in file.read_text("utf-8")[:400], file.name


def test_serve_is_where_the_settings_say(tmp_path: Path) -> None:
    """The address that other processes are told lies in the networks that they are told, and the head's own
    in those of its rollout."""
    from monitor.classification.wire import Address

    (rollout,) = [
        one
        for template in pods(OBJECTS["RayCluster monitor-ray"])
        for one in template["spec"]["containers"]
        if one["name"] == "rollout"
    ]
    told = settings(environ(rollout), tmp_path)
    assert told.classifier.host == "ray"
    served = Address.served(told.cluster.http, told.cluster.networks)
    service = OBJECTS["Service monitor-serve"]["spec"]
    assert service["ports"][0]["targetPort"] == served.port
    replicas = OBJECTS["RayCluster monitor-ray"]["spec"]["workerGroupSpecs"][0]
    assert replicas["maxReplicas"] * int(replicas["rayStartParams"]["num-cpus"]) >= (
        told.cluster.max_replicas * told.cluster.cpus
    )
    text = (DEPLOY / "kubernetes" / "ray.yaml").read_text("utf-8")
    lines = dict(re.findall(r"^#   (MONITOR_\w+): (\S+)", text, re.MULTILINE))
    others = settings({name: value.strip("'") for name, value in lines.items()}, tmp_path)
    there = Address.served(others.cluster.http, others.cluster.networks)
    assert (there.host, there.port) == (service["clusterIP"], service["ports"][0]["port"])
