"""Recovery codes: five common words and a number, easy to copy onto paper, hard to guess.

2,048⁵ × 90 codes are 61 bits. Words differ in their first four letters, so these are enough, and capitals
and what stands between the words don't matter.
"""

import hashlib
import re
import secrets
from functools import cache

from mnemonic import Mnemonic

from trainer.problems import Problem

WORDS = 5
FIRST_NUMBER, LAST_NUMBER = 10, 99
ROUNDS = 100_000  # about 50 ms: a code is shorter than a token, so trying them on a stolen database must cost
WHERE = ("code",)


@cache
def words() -> list[str]:
    """The words of codes: English, of 3 to 8 letters."""
    return list(Mnemonic("english").wordlist)


@cache
def _by_beginning() -> dict[str, str]:
    return {word[:4]: word for word in words()}


def new() -> str:
    """A code that nobody had before, like `ocean-tiger-maple-river-lamp-47`."""
    chosen = [secrets.choice(words()) for _ in range(WORDS)]
    number = FIRST_NUMBER + secrets.randbelow(LAST_NUMBER - FIRST_NUMBER + 1)
    return "-".join([*chosen, str(number)])


def read(text: str) -> str:
    """A code as it was made, from what somebody typed. Raises a Problem where it can be none."""
    *beginnings, number = re.findall(r"[a-z]+|[0-9]+", text.lower()) or [""]
    if len(beginnings) != WORDS or not re.fullmatch("[1-9][0-9]", number):
        raise Problem(f"A recovery code is {WORDS} words and a number of two digits.", WHERE)
    for word in beginnings:
        if _by_beginning().get(word[:4], "")[: len(word)] != word:
            raise Problem(f"No recovery code has the word “{word[:20]}”.", WHERE)
    return "-".join([*(_by_beginning()[word[:4]] for word in beginnings), number])


def digest(code: str) -> str:
    """What is kept of a code: enough to recognise it, too little to use it."""
    return hashlib.pbkdf2_hmac("sha256", code.encode(), b"playground recovery code", ROUNDS).hex()
