"""The templates of a deployed stage in a folder: as CloudFormation in two ways, as Terraform, and the API's OpenAPI."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.detecting.cloudformation import with_body, with_methods
from benchmarks.detecting.observed import Observed
from benchmarks.detecting.terraform import terraform

HTTP_API_REFERENCE = "healthy-http-api"
BODY, METHODS, TERRAFORM, OPENAPI = "body.json", "methods.json", "stage.tf", "openapi.json"
FILES = (BODY, METHODS, TERRAFORM, OPENAPI)
_TERRAFORM_LABEL = re.compile(r'^resource "[^"]+" "([^"]+)"', re.MULTILINE)


def write(stage: Observed, folder: Path) -> None:
    """Write the templates of a stage."""
    body, methods = with_body(stage), with_methods(stage)
    document = body["Resources"]["RestApi"]["Properties"]["Body"]
    texts = {name: json.dumps(each, indent=1) for name, each in ((BODY, body), (METHODS, methods), (OPENAPI, document))}
    _write(folder, {**texts, TERRAFORM: terraform(methods, stage.stage)})


def write_http_api(template: Mapping[str, Any], folder: Path) -> None:
    """Write the templates of an HTTP API, whose CloudFormation has one form."""
    text = json.dumps(template, indent=1)
    _write(folder, {BODY: text, METHODS: text, TERRAFORM: terraform(template)})


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def references(whole: Observed) -> dict[str, Observed]:
    """Return the healthy stage by the names of its folders: with and without its alarms and its domain name."""
    no_alarms = replace(whole, alarms=(), alarm_topics=())
    stages = (whole, no_alarms, replace(whole, domain_names=()), replace(no_alarms, domain_names=()))
    return {reference_of(stage): stage for stage in stages}


def reference_of(stage: Observed) -> str:
    """Return the folder of the healthy stage that a stage is held against."""
    return "healthy" + ("-alarms" if stage.alarms else "") + ("-domain" if stage.domain_names else "")


def is_expressed(folder: Path, reference: Path) -> bool:
    """Say whether a template differs from that of the healthy stage."""
    return any((folder / name).read_bytes() != (reference / name).read_bytes() for name in (BODY, METHODS, TERRAFORM))


def resource_names(folder: Path) -> frozenset[str]:
    """Return what the resources in a folder's templates are called."""
    documents = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (BODY, METHODS))
    names = {name for document in documents for name in document["Resources"]}
    return frozenset(names | set(_TERRAFORM_LABEL.findall((folder / TERRAFORM).read_text(encoding="utf-8"))))
