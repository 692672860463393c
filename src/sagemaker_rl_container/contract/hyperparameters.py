"""Hyperparameters beside hyperparameters.json, which version 3 of the SDK cannot give every name and value."""

from __future__ import annotations

from dataclasses import replace

from sagemaker_rl_container.contract import strict_json
from sagemaker_rl_container.contract.documents import Documents, fits_environment_name
from sagemaker_rl_container.errors import SettingError


def with_hyperparameters(documents: Documents, added: str) -> Documents:
    """Gives the documents with further hyperparameters, which go before those of the same names.

    Args:
        documents: What the configuration documents say.
        added: A JSON object, its values as they are; empty for none.

    Raises:
        SettingError: It is no JSON object, or a name in it cannot be part of an environment variable's.
    """
    if not added:
        return documents
    return replace(documents, hyperparameters={**documents.hyperparameters, **parse_hyperparameters(added)})


def parse_hyperparameters(added: str) -> dict[str, object]:
    """The hyperparameters in a JSON object; empty text has none.

    Raises:
        SettingError: It is no JSON object, or a name in it cannot be part of an environment variable's.
    """
    if not added:
        return {}
    try:
        values = strict_json.loads(added)
    except ValueError as error:
        raise _error(f"is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise _error("is JSON, but no object")
    for name in values:
        if not fits_environment_name(name):
            raise _error(f"has the name {name!r}, which cannot be part of an environment variable's name")
    return values


def _error(what: str) -> SettingError:
    return SettingError(
        f"SAGEMAKER_RL_HYPERPARAMETERS {what}",
        where="the environment of the container",
        expected='a JSON object such as {"lr": 0.0003, "rl.training.stop.training_iteration": 100}',
        do="correct or remove the variable",
    )
