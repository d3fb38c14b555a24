"""RT008: the server URLs of the contract must lead to the stage."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from contracts.evidence import Missing
from contracts.request_parts import is_execute_api
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.context import NO_BASE_PATH


def _judge(run: RunEvidence) -> Finding:
    led, elsewhere = None, None
    for url in _urls(run):
        found = _led(url, run)
        if found is None:
            continue
        if found.outcome is Outcome.HELD:
            led = led or found
        elif found.outcome is Outcome.BROKEN and _names_another_stage(url, run):
            elsewhere = elsewhere or found
        else:
            return found
    # another word in the stage's place may be another stage of the API: contracts list several
    return led or elsewhere or not_applicable("no server URL names this stage")


def _led(url: str, run: RunEvidence) -> Finding | None:
    """Say where a URL leads; None for one that is of no host of this stage."""
    invoked, there = urlsplit(run.configuration.metadata.invoke_url), urlsplit(url)
    if is_execute_api(url) and _is_own(there.hostname or "", run):
        if isinstance(run.stage, Missing):
            return undetermined(run.stage)
        first, wanted = _first_part(url), run.stage.value.stage_name
        if first != wanted:
            return broken(f"{url} has {first or 'no stage'!r} where the stage {wanted!r} must stand")
    elif (mapped := _base_paths(run, there.hostname)) is not None:
        base = there.path.strip("/")
        if base not in mapped:
            shown = ", ".join(repr(path) for path in mapped)
            return broken(f"{url} has the base path {base!r}; mapped to this stage: {shown} (by the configuration)")
    elif there.hostname != invoked.hostname:
        return None
    elif there.path.rstrip("/") != invoked.path.rstrip("/"):
        return broken(f"{url} has another base path than {run.configuration.metadata.invoke_url}, which was called")
    return held(f"{url} leads to the stage")


def _names_another_stage(url: str, run: RunEvidence) -> bool:
    return is_execute_api(url) and _is_own(urlsplit(url).hostname or "", run) and bool(_first_part(url))


def _first_part(url: str) -> str:
    return urlsplit(url).path.strip("/").split("/")[0]


def _is_own(host: str, run: RunEvidence) -> bool:
    """Whether a host of execute-api is this API's: by its id, or, where that was not read, by what was called."""
    api = run.configuration.rest_api
    if isinstance(api, Missing):
        return host == urlsplit(run.configuration.metadata.invoke_url).hostname
    return api.value.rest_api_id is None or host.startswith(api.value.rest_api_id)


def _base_paths(run: RunEvidence, host: str | None) -> list[str] | None:
    """Return the base paths of a domain that lead to the stage; None where none of its mappings was read."""
    names = run.configuration.domain_names
    if isinstance(names, Missing):
        return None
    found = [name for name in names.value if name.domain_name == host]
    return [path.removeprefix(NO_BASE_PATH) for name in found for path in name.base_paths] if found else None


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
