"""RT008: the server URLs of the contract must lead to the stage."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from contracts.evidence import Missing
from contracts.request_parts import is_execute_api
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    invoked = urlsplit(run.configuration.metadata.invoke_url)
    api = run.configuration.rest_api
    own_id = None if isinstance(api, Missing) else api.value.rest_api_id
    looked_at = None
    for url in _urls(run):
        there = urlsplit(url)
        if is_execute_api(url) and (own_id is None or (there.hostname or "").startswith(own_id)):
            if isinstance(run.stage, Missing):
                return undetermined(run.stage)
            first, wanted = there.path.strip("/").split("/")[0], run.stage.value.stage_name
            if first != wanted:
                return broken(f"{url} has {first or 'no stage'!r} where the stage {wanted!r} must stand")
        elif (mapped := _base_paths(run, there.hostname)) is not None:
            base = there.path.strip("/")
            if base not in mapped:
                shown = ", ".join(repr(path) for path in mapped)
                return broken(f"{url} has the base path {base!r}; mapped to this stage: {shown} (by the configuration)")
        elif there.hostname != invoked.hostname:
            continue
        elif there.path.rstrip("/") != invoked.path.rstrip("/"):
            return broken(f"{url} has another base path than {run.configuration.metadata.invoke_url}, which was called")
        looked_at = url
    return held(f"{looked_at} leads to the stage") if looked_at else not_applicable("no server URL names this stage")


def _base_paths(run: RunEvidence, host: str | None) -> list[str] | None:
    """Return the base paths of a domain that lead to the stage; None where none of its mappings was read."""
    names = run.configuration.domain_names
    if isinstance(names, Missing):
        return None
    found = [name for name in names.value if name.domain_name == host]
    return [path.removeprefix("(none)") for name in found for path in name.base_paths] if found else None


def _urls(run: RunEvidence) -> Iterator[str]:
    for server in run.contract.document.get("servers") or ():
        if isinstance(server, dict):
            yield _filled(server)


def _filled(server: dict[str, Any]) -> str:
    url = str(server.get("url", ""))
    for name, variable in (server.get("variables") or {}).items():
        value = str(variable.get("default", "")) if isinstance(variable, dict) else ""
        is_path = url.find(f"{{{name}}}") > 0 and url[url.find(f"{{{name}}}") - 1] == "/"
        url = url.replace(f"{{{name}}}", value.lstrip("/") if is_path else value)
    return url


RULE = Rule(
    code="RT008",
    title="The contract's server URLs lead to the stage",
    severity=Severity.WARNING,
    step=Step.ROUTING,
    why="execute-api needs the stage in the path and a custom domain its base path: else clients get 403.",
    fix="Write the URL with the stage (execute-api), or with the base path that is mapped to it (custom domain).",
    source_url="https://repost.aws/knowledge-center/api-gateway-403-custom-domain",
    failure_modes=("route-stage-in-path",),
    judge=PerStage(_judge),
)
