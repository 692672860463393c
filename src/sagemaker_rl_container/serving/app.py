"""The ASGI application: no framework, since it would take longer than the policy itself."""

from __future__ import annotations

import logging

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.serving.bodies import Disconnected
from sagemaker_rl_container.serving.protocols.sagemaker import SageMaker
from sagemaker_rl_container.serving.responses import Receive, Scope, Send, problem, refusal, send_response

logger = logging.getLogger(__name__)


class App:
    """Answers HTTP requests, every one with a response that says what was wrong if anything was.

    Attributes:
        protocol: The convention that it speaks.
    """

    def __init__(self) -> None:
        self.protocol = SageMaker()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        try:
            response = await self.protocol.answer(scope, receive)
        except InvalidRequestError as error:
            response = refusal(error)
        except Disconnected:
            return
        except Exception:
            logger.exception("A request failed that should not have: %s %s", scope["method"], scope["path"])
            response = problem(500, "internal error; the reason is in the server's log")
        await send_response(send, response)
