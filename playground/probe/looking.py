"""The threads that look, and when PyTorch is loaded: in the background, so that the web answers before."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, ParamSpec, TypeVar

from django.conf import settings

from playground.probe.access import Access
from playground.probe.line import Line, Question

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


@cache
def threads() -> ThreadPoolExecutor:
    """All work with PyTorch in this process is done by these, each with one thread of PyTorch's own.

    With PyTorch's default a look of 0.1 ms has spikes of 50 to 100 ms while a training uses the cores.
    """
    return ThreadPoolExecutor(settings.PROBE_THREADS, thread_name_prefix="look", initializer=_settle)


@cache
def _sampler() -> ThreadPoolExecutor:
    """One more such thread: loading a data set takes seconds, in which strokes must not wait."""
    return ThreadPoolExecutor(1, thread_name_prefix="sample", initializer=_settle)


def _settle() -> None:
    # A look changes between Python and PyTorch; each time it would wait up to 5 ms for a busy event loop.
    sys.setswitchinterval(0.0005)
    import torch  # here, because loading it takes seconds

    torch.set_num_threads(1)


def ask(message: dict[str, Any], access: Access) -> Future[bytes]:
    """The frame for a look that stands in the line now; a Problem for what can't be looked at."""
    subject = json.dumps([message.get("network"), message.get("weights")])
    who = access.person.pk or id(access)  # whom nobody knows is as many people as there are pages
    question = Question(message, access, who, subject)
    _line().add(question)
    threads().submit(_answer_next)
    return question.frame


@cache
def _line() -> Line:
    return Line()


def _answer_next() -> None:
    """Answers the next looks, if an earlier call has not answered them already."""
    questions = [one for one in _line().take() if one.frame.set_running_or_notify_cancel()]
    if not questions:
        return
    begin = time.thread_time()
    _answer(questions)
    _line().spent(questions, time.thread_time() - begin)


def _answer(questions: list[Question]) -> None:
    """Together; where that fails, each alone, so that one person's look never takes another's down."""
    from playground.probe.answering import answer_all  # loads PyTorch

    try:
        answer_all(questions)
    except Exception as error:
        logger.exception("%d looks failed", len(questions))
        if len(questions) == 1:
            questions[0].frame.set_exception(error)
            return
        for question in questions:
            if not question.frame.done():
                _answer([question])


def in_looking_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Does it there and waits for it."""
    return threads().submit(function, *args, **kwargs).result()


def in_sampling_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Does it in the thread that loads data sets, and waits for it."""
    return _sampler().submit(function, *args, **kwargs).result()


def warm_in_background() -> None:
    """Loads PyTorch, looks once and draws samples, so that a person's first stroke waits for nothing."""
    if settings.PROBE_WARM:
        threading.Thread(target=_warm, name="warm", daemon=True).start()


def _warm() -> None:
    _look_once()
    in_sampling_thread(_draw_once)


def _draw_once() -> None:
    from playground.probe.sampling import draw

    try:
        draw("mnist", 1, 0)
    except Exception:
        logger.exception("the first samples failed; later ones are tried all the same")


def _look_once() -> None:
    look: dict[str, Any] = {"kind": "look", "request": 0, "weights": {"kind": "ready"}}
    try:
        for picture in ([], [{"brush": 22, "points": [[140, 60], [140, 220]]}]):
            ask(look | {"probes": [{"id": "pad", "strokes": picture}]}, Access(None)).result()
    except Exception:
        logger.exception("the first look failed; later ones are tried all the same")
