from pathlib import Path

import pytest

from sagemaker_rl_container.training import engine_logs
from sagemaker_rl_container.training.engine_logs import keep_engine_logs


def test_logs_are_kept_without_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_logs, "MAX_BYTES", 10)
    logs = tmp_path / "logs"
    (logs / "old").mkdir(parents=True)
    (logs / "raylet.out").write_text("short")
    (logs / "old" / "worker.err").write_text("short")
    (logs / "gcs_server.out").write_text("longer than ten bytes")
    (logs / "latest").symlink_to("/etc/passwd")

    keep_engine_logs(logs, tmp_path / "data", "ray")

    kept = tmp_path / "data" / "ray-logs"
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()) == [
        "old/worker.err",
        "raylet.out",
    ]


def test_an_engine_that_never_started_has_no_logs(tmp_path: Path) -> None:
    keep_engine_logs(tmp_path / "none", tmp_path / "data", "ray")
    keep_engine_logs(None, tmp_path / "data", "ray")

    assert not (tmp_path / "data").exists()


def test_an_output_folder_that_cannot_be_written_is_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "data").write_text("a file where a folder should be")

    keep_engine_logs(tmp_path / "logs", tmp_path / "data", "ray")

    assert "could not be kept" in caplog.text
