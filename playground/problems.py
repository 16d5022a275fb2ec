"""How mistakes are told over HTTP: a Problem is 422 with its place, one that passes by itself 429."""

from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from trainer.problems import Problem


class TooOften(Problem):
    """Somebody does a thing more often than this server takes it; after `seconds` it is taken again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


def answer_problems(api: NinjaAPI) -> None:
    """Makes this API answer every person's mistake with `{"problem": {"message", "where", "mend"}}`."""

    @api.exception_handler(Problem)
    def tell(request: HttpRequest, problem: Problem) -> HttpResponse:
        return api.create_response(request, {"problem": problem.describe()}, status=422)

    @api.exception_handler(TooOften)
    def tell_to_wait(request: HttpRequest, problem: TooOften) -> HttpResponse:
        answer = api.create_response(request, {"problem": problem.describe()}, status=429)
        answer["Retry-After"] = str(problem.seconds)
        return answer

    @api.exception_handler(ValidationError)
    def tell_first(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return api.create_response(request, {"problem": first_problem(error.errors).describe()}, status=422)

    @api.exception_handler(HttpError)
    def tell_unread(request: HttpRequest, error: HttpError) -> HttpResponse:
        if isinstance(error.__cause__, Problem):  # ninja hides what its parser raises behind a 400
            return tell(request, error.__cause__)
        return api.create_response(request, {"detail": str(error)}, status=error.status_code)

    @api.exception_handler(RequestDataTooBig)
    def tell_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return tell(request, Problem("This request brings more bytes than the server takes."))

    @api.exception_handler(SuspiciousOperation)
    @api.exception_handler(MultiPartParserError)
    @api.exception_handler(BadRequest)
    def tell_unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
        return tell(request, Problem(f"The form that was sent cannot be read: {error}."))


def first_problem(errors: list[dict[str, Any]]) -> Problem:
    """The first of ninja's errors as a Problem; ninja's place begins with where it looked and an argument."""
    place = list(errors[0]["loc"])
    inside = place[2:] if place[:1] == ["body"] and len(place) > 2 else place[1:]
    return Problem(f"{errors[0]['msg']}.", tuple(inside))
