"""Versions of what is kept: everything that outlives a release says which format it has."""

from __future__ import annotations

from pydantic import BeforeValidator

from trainer.problems import Problem, shortened


def refusal(what: str, given: object, reads: int) -> str:
    """What is said about a format that this program does not read."""
    sentence = f"{what} has format {shortened(given)}; this program reads format {reads}."
    newer = type(given) in (int, str) and str(given)[:9].isdecimal() and int(str(given)[:9]) > reads
    return f"{sentence} A newer playground made it: update this one." if newer else sentence


def known(what: str, reads: int) -> BeforeValidator:
    """For a field `format`: a Problem says so where `what` (“This job”) has another."""

    def check(given: object) -> object:
        if type(given) is not int or given != reads:
            raise Problem(refusal(what, given, reads))
        return given

    return BeforeValidator(check)
