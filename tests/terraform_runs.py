"""Runs the real Terraform in a folder, against a sandbox. Its AWS provider comes from a folder, not the network."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

MIRROR = "STAGEPROOF_TERRAFORM_MIRROR"
TERRAFORM = shutil.which("terraform")

needs_terraform = pytest.mark.skipif(
    TERRAFORM is None or MIRROR not in os.environ,
    reason=f"terraform is not installed, or {MIRROR} names no folder with hashicorp/aws",
)

_PROVIDER = """
provider "aws" {{
  region                      = "{region}"
  access_key                  = "sandbox"
  secret_key                  = "sandbox"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_credentials_validation = true

  endpoints {{
    cloudwatch = "{endpoint_url}"
    sts        = "{endpoint_url}"
  }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class TerraformRuns:
    """Terraform in a folder of its own, which has a provider for the sandbox."""

    folder: Path

    @classmethod
    def against(cls, endpoint_url: str, folder: Path, *, region: str = "us-east-1") -> TerraformRuns:
        mirror = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{os.environ[MIRROR]}"\n  }}\n}}\n'
        (folder / "terraform.rc").write_text(mirror, encoding="utf-8")
        (folder / "provider.tf").write_text(_PROVIDER.format(endpoint_url=endpoint_url, region=region))
        return cls(folder=folder)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        own = {"TF_CLI_CONFIG_FILE": "terraform.rc", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        return subprocess.run(
            [str(TERRAFORM), *arguments],
            cwd=self.folder,
            env=kept | own,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def done(self, *arguments: str) -> str:
        """Run, and return what was printed; anything but exit code 0 fails."""
        run = self.run(*arguments)
        assert run.returncode == 0, f"terraform {arguments}: {run.stdout[-4000:]}\n{run.stderr[-4000:]}"
        return run.stdout
