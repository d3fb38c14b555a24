"""What faults of the HTTP API change: its authorizer, its routes and its function."""

from __future__ import annotations

from sandbox.faults.fault import Deployment
from sandbox.faults.function_code import notes_handler


def authorizer_id(deployment: Deployment) -> str:
    """Return the identifier of the API's authorizer."""
    return str(deployment.http_client.get_authorizers(ApiId=deployment.http_api_id)["Items"][0]["AuthorizerId"])


def function_target(deployment: Deployment) -> str:
    """Return the target of a route that calls the function."""
    items = deployment.http_client.get_integrations(ApiId=deployment.http_api_id)["Items"]
    return f"integrations/{items[0]['IntegrationId']}"


def replace_in_function(deployment: Deployment, old: str, new: str) -> None:
    """Deploy the function of the notes-api with one piece of its code replaced.

    Raises:
        LookupError: If the code does not hold the piece.
    """
    client = deployment.clients.get("lambda")
    client.update_function_code(FunctionName="notes-api-notes", ZipFile=notes_handler(old, new))
    client.get_waiter("function_updated_v2").wait(FunctionName="notes-api-notes")
