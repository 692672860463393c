"""Names that the suites of both SDKs use."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOBS = Path(__file__).parent / "jobs"
"""The folder of the scripts that these tests train with."""

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/jobs"
