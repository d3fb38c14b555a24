"""Gap: moto's dashboards have no tags.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.control_plane.patching import Function, extend


def install() -> None:
    """Keep the tags of dashboards as CloudWatch does: those that come with an update are ignored."""

    @extend(CloudWatchResponse, "put_dashboard")
    def put_dashboard(original: Function, response: CloudWatchResponse) -> Any:
        backend, name = response.cloudwatch_backend, response._get_param("DashboardName")  # noqa: SLF001 - moto's reader
        is_new = name not in backend.dashboards
        answer = original(response)
        tags = response._get_param("Tags", [])  # noqa: SLF001 - moto's reader of parameters
        if is_new and tags:
            backend.tagger.tag_resource(backend.dashboards[name].arn, tags)
        return answer

    @extend(models.CloudWatchBackend, "tag_resource")
    def tag_resource(original: Function, backend: models.CloudWatchBackend, arn: str, tags: dict[str, str]) -> None:
        if arn in {dashboard.arn for dashboard in backend.dashboards.values()}:
            backend.tagger.tag_resource(arn, backend.tagger.convert_dict_to_tags_input(tags))
        else:
            original(backend, arn, tags)

    @extend(models.CloudWatchBackend, "delete_dashboards")
    def delete_dashboards(original: Function, backend: models.CloudWatchBackend, dashboards: list[str]) -> str | None:
        arns = [backend.dashboards[name].arn for name in dashboards if name in backend.dashboards]
        refusal: str | None = original(backend, dashboards)
        for arn in arns if refusal is None else ():
            backend.tagger.delete_all_tags_for_resource(arn)
        return refusal
