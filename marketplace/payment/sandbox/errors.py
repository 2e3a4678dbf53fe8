"""Refusals in the shape Stripe gives them."""

from typing import Any


class ApiError(Exception):
    """
    A refusal to be answered as JSON.

    ``is_outcome`` tells that the call had begun to be carried out, so that the answer is kept under its idempotency
    key; refusals of the parameters themselves are not kept.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        is_outcome: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.is_outcome = is_outcome

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type}
        if self.code:
            error["code"] = self.code
        if self.param:
            error["param"] = self.param
        return {"error": error}


def missing(kind: str, id: str, *, param: str = "id") -> ApiError:
    return ApiError(f"There is no {kind} {id!r} here.", status=404, code="resource_missing", param=param)
