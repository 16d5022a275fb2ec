"""How mistakes are told over HTTP: a Problem is 422 with its place, one that passes by itself 429."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

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


def first_problem(errors: list[dict[str, Any]]) -> Problem:
    """The first of ninja's errors as a Problem; ninja's place begins with where it looked and an argument."""
    place = list(errors[0]["loc"])
    inside = place[2:] if place[:1] == ["body"] and len(place) > 2 else place[1:]
    return Problem(f"{errors[0]['msg']}.", tuple(inside))
