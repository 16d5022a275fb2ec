"""Names that people give."""

from trainer.problems import Problem

LONGEST = 100


def read_name(given: object) -> str:
    """A name as it came from outside; empty where there is none."""
    if not isinstance(given, str) or len(given) > LONGEST:
        raise Problem(f"A name is text of at most {LONGEST} characters.", ("name",))
    return given.strip()
