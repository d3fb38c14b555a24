"""Other code for a function of the example API: its own code, with a handler around it that changes what it does."""

import io
import zipfile
from pathlib import Path

from sandbox.deploy_lambda import zipped
from sandbox.faults.fault import NOTES_API, USERS_API, Deployment

_MODULE = "handler.py"
_ORIGINAL = "original_handler.py"


def function_folder(folder_name: str, example: str = USERS_API) -> Path:
    """Return where the code of a function of an example API is: beside the packages, or installed inside one.

    Raises:
        LookupError: If it is in neither place.
    """
    root = Path(__file__).resolve().parents[2]
    for parent in (root, root / "stageproof"):
        folder = parent / "examples" / example / "lambda" / folder_name
        if folder.is_dir():
            return folder
    raise LookupError(f"the example API has no function {folder_name}")


def wrapped(folder_name: str, handler: str) -> bytes:
    """Return the zip of a function whose handler is another, which may import ``original_handler``."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(zipped(function_folder(folder_name)))) as original,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in original.infolist():
            name = _ORIGINAL if entry.filename == _MODULE else entry.filename
            archive.writestr(zipfile.ZipInfo(name, entry.date_time), original.read(entry))
        archive.writestr(zipfile.ZipInfo(_MODULE), handler)
    return buffer.getvalue()


def wrap_function(deployment: Deployment, folder_name: str, handler: str) -> None:
    """Deploy a function of the example API anew, with ``handler`` (the text of a module) around its own."""
    name = f"users-api-{folder_name.replace('_', '-')}"
    client = deployment.clients.get("lambda")
    client.update_function_code(FunctionName=name, ZipFile=wrapped(folder_name, handler))
    client.get_waiter("function_updated_v2").wait(FunctionName=name)


def second_function(deployment: Deployment, name: str, tracing_mode: str = "Active") -> str:
    """Create a copy of the user service, which this API may invoke; return the URI by which an integration calls it."""
    client = deployment.clients.get("lambda")
    first = client.get_function_configuration(FunctionName="users-api-user-service")
    created = client.create_function(
        FunctionName=name,
        Runtime=first["Runtime"],
        Role=first["Role"],
        Handler="handler.handler",
        Code={"ZipFile": wrapped("user_service", "from original_handler import handler\n")},
        Environment={"Variables": first["Environment"]["Variables"]},
        TracingConfig={"Mode": tracing_mode},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    client.add_permission(
        FunctionName=name, StatementId="stage", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    lambda_api = f"arn:aws:apigateway:{deployment.clients.region}:lambda:path/2015-03-31"
    return f"{lambda_api}/functions/{created['FunctionArn']}/invocations"


def notes_handler(old: str, new: str) -> bytes:
    """Return the zip of the notes-api's function with one piece of its code replaced.

    Raises:
        LookupError: If the code does not hold the piece.
    """
    code = (function_folder("notes", NOTES_API) / _MODULE).read_text(encoding="utf-8")
    if old not in code:
        raise LookupError(f"the function of the notes-api does not hold {old!r}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_MODULE), code.replace(old, new))
    return buffer.getvalue()
