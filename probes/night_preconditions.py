"""What must be so before a night is worth carrying out, each with one line for the person where it is not."""

from __future__ import annotations

from urllib.parse import urlsplit

from contracts.evidence import Configuration, Exchange, Missing, Present
from contracts.expectations import StageExpectations
from contracts.request_parts import is_execute_api
from gateway.context import NO_BASE_PATH
from gateway.errors import StageproofError
from probes.found_api import FoundApi

_PRIVATE = "PRIVATE"


class NightError(StageproofError):
    """The night could not be carried out."""

    slug = "night"


def refuse_to_be_blind(configuration: Configuration, found: FoundApi) -> None:
    """End a night that may read neither the API nor its stage: nothing between the two ends could be judged.

    Raises:
        NightError: If it is so.
    """
    http = configuration.http
    api, stage = (configuration.rest_api, configuration.stage) if http is None else (http.http_api, http.stage)
    if isinstance(api, Missing) and isinstance(stage, Missing):
        mend = api.remedy or "check the permissions"
        kind = "HTTP" if found.is_http else "REST"
        raise NightError(f"the {kind} API {found.api_id} and its stage cannot be read: {api.reason}; {mend}")


def refuse_a_closed_endpoint(configuration: Configuration, stage: StageExpectations) -> None:
    """End a night that would call the API's own endpoint although it is closed: every answer would be 403.

    An endpoint in place of AWS keeps it open.

    Raises:
        NightError: If it is so.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
    """
    closed = closed_endpoint(configuration)
    if closed is not None:
        where = "invoke_url" if stage.invoke_url else "the stage's default URL"
        raise NightError(f"{where} {closed}; {custom_domain_remedy(configuration)}")


def closed_endpoint(configuration: Configuration) -> str | None:
    """Say that the URL to be called is closed, the API answering by custom domains alone; None where it is not."""
    http, url = configuration.http, configuration.metadata.invoke_url
    api = configuration.rest_api if http is None else http.http_api
    is_closed = is_execute_api(url) and isinstance(api, Present) and api.value.disable_execute_api_endpoint
    return f"{url} is closed: the API has disableExecuteApiEndpoint" if is_closed else None


def wrong_url(configuration: Configuration, exchange: Exchange) -> str:
    """Say what is wrong with a URL behind which no answer of API Gateway was found."""
    url = configuration.metadata.invoke_url
    if exchange.response is not None:
        return (
            f"{url}: answers without x-amzn-RequestId or apigw-requestid, so that is not API Gateway; set invoke_url "
            "to the stage's own URL, or let what stands before it pass the header on"
        )
    mend = "check invoke_url, the stage and the network"
    if _is_private(configuration) and is_execute_api(url):
        name = urlsplit(url).hostname or ""
        api_id, _, rest = name.partition(".")
        mend = (
            "the API is private: run inside its VPC, and set invoke_url where the VPC endpoint has no private DNS "
            f"(https://{api_id}-VPCE_ID.{rest}{urlsplit(url).path})"
        )
    return f"{url}: the stage does not answer ({exchange.error}); {mend}"


def _is_private(configuration: Configuration) -> bool:
    """Return whether the API can be called from inside a VPC alone."""
    api = configuration.rest_api
    return isinstance(api, Present) and _PRIVATE in api.value.endpoint_types


def custom_domain_remedy(configuration: Configuration) -> str:
    """Say which URL to call in place of the closed one: those of the custom domains that are mapped to the stage."""
    names = configuration.domain_names
    urls = [
        f"https://{name.domain_name}" + ("" if path == NO_BASE_PATH else f"/{path}")
        for name in (names.value if isinstance(names, Present) else ())
        for path in name.base_paths
    ]
    return f"set invoke_url to {' or '.join(urls) or 'the URL of a custom domain'}"
