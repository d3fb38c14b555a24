"""Makes ``definition.json`` of the contract: the ARNs of its example account become those of the stack.

CloudFormation resolves functions in what ``AWS::Include`` brings in, in their long form only.

See: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/create-reusable-transform-function-snippets-and-add-to-your-template-with-aws-include-transform.html
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SERVICE = "arn:${AWS::Partition}:apigateway:${AWS::Region}"
FUNCTIONS = {
    "users-api-user-service": "UserService",
    "users-api-legacy": "Legacy",
    "users-api-authorizer": "Authorizer",
}
FUNCTION = re.compile(r"function:(?P<name>[\w-]+)/invocations$")


def definition(contract: Any) -> Any:
    """Return the contract, or a part of it, with the stack's own ARNs."""
    if isinstance(contract, dict):
        return {name: definition(part) for name, part in contract.items()}
    if isinstance(contract, list):
        return [definition(part) for part in contract]
    return _own(contract) if isinstance(contract, str) and contract.startswith("arn:") else contract


def _own(arn: str) -> dict[str, Any]:
    found = FUNCTION.search(arn)
    if found is not None:
        function = f"${{{FUNCTIONS[found['name']]}.Arn}}"
        return {"Fn::Sub": f"{SERVICE}:lambda:path/2015-03-31/functions/{function}/invocations"}
    if ":dynamodb:action/" in arn:
        return {"Fn::Sub": f"{SERVICE}:dynamodb:action/{arn.rpartition('/')[2]}"}
    if ":sqs:path/" in arn:
        return {"Fn::Sub": f"{SERVICE}:sqs:path/${{AWS::AccountId}}/${{EventsQueue.QueueName}}"}
    if arn.endswith(":role/users-api-integrations"):
        return {"Fn::GetAtt": ["IntegrationsRole", "Arn"]}
    raise ValueError(f"template.yaml has nothing for {arn}: add it there and here")


if __name__ == "__main__":
    contract = yaml.safe_load((HERE.parent / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    (HERE / "definition.json").write_text(json.dumps(definition(contract), indent=1) + "\n", encoding="utf-8")
