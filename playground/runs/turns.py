"""A worker turns between the runs of different people, so that nobody waits for the others to end.

A new run has a short turn first, so that its owner sees something; later turns are longer. Between its
turns a training rests in memory, until there are too many: then one is handed back with its full state.
"""

import logging
import time
from collections.abc import Callable
from threading import Event as Flag

from django.conf import settings

from playground import live
from playground.logs import about_run
from playground.runs.claiming import RENEW_EVERY, claim_next
from playground.runs.examining import open_next_test
from playground.runs.following import Follower, Surroundings
from playground.runs.hearing import Hearing
from playground.runs.leases import Leases
from playground.runs.models import Back, Run
from playground.runs.studies.advancing import advance_after

logger = logging.getLogger(__name__)
FIRST_TURN = 0.2  # seconds
TURN = 1.0
OBEYING = 0.5  # seconds at most that a command to a resting run takes from the one whose turn it is
SETTLED = 5.0  # seconds of training after which a run may be handed back for one that was under way before
LEAVING = 4.0  # seconds for handing everything back with its full state; the supervisor insists after 8


class Turns:
    """The runs that one worker holds, and whose turn it is."""

    def __init__(self, worker: str, leases: Leases, leaving: Flag) -> None:
        self.worker = worker
        self.held: list[Follower] = []
        self.share = Flag()  # set where another worker has nothing to do
        self._leases = leases
        self._leaving = leaving
        self._hearing = Hearing()
        self._around = Surroundings(leases, self._hearing, leaving, self.tell_trouble, self._between_batches)
        self._served: dict[object, float] = {}  # when a run, or its owner, had a turn last
        self._is_obeying = False

    def go_on(self, wishes: tuple[str, ...]) -> bool:
        """One piece of work: a test that is opened, or a turn; False where there is none."""
        opened = open_next_test()
        self._take_in(wishes)
        follower = self._next()
        if follower:
            self._give_turn(follower)
        return opened or follower is not None

    # Whose turn

    def _next(self) -> Follower | None:
        """A new run, else one of the person who waits longest, and of these the one that waits longest."""
        return min(self.held, key=self._waits_since, default=None)

    def _waits_since(self, follower: Follower) -> tuple[bool, float, float]:
        run = follower.run
        return follower.turns > 0, self._served.get(run.owner_id, 0.0), self._served.get(run.pk, 0.0)

    def _give_turn(self, follower: Follower) -> None:
        with about_run(follower.run.pk):
            goes_on = follower.turn(_enough(follower))
        self._served[follower.run.pk] = self._served[follower.run.owner_id] = time.monotonic()
        if not goes_on:
            self._let_go(follower)

    # Who is held

    def _take_in(self, wishes: tuple[str, ...]) -> None:
        """Claims one more run if there is room, and makes room for one that has waited longer."""
        if self._is_full():
            self._make_room(wishes)
        if not self._is_full():
            begin = time.monotonic()
            run = claim_next(self.worker, wishes, alone=not self.held)
            if run:
                self._hold(run, begin)
                return
        if self.share.is_set() and len(self.held) > 1:
            self._hand_back(max(self.held, key=self._waits_since), Back.TURN)
        self.share.clear()

    def _hold(self, run: Run, since: float) -> None:
        self._leases.hold(run, since)
        self._hearing.attend(run.pk)
        self.held.append(Follower(run, self._around))

    def _let_go(self, follower: Follower) -> None:
        if follower in self.held:  # not where it did so by obeying, in the turn of another
            self.held.remove(follower)
        self._leases.let_go(follower.run)
        if follower.run.group and follower.run.has_ended:
            advance_after(follower.run)
        self._hearing.forget(follower.run.pk)
        known = {one.run.pk for one in self.held} | {one.run.owner_id for one in self.held}
        self._served = {who: at for who, at in self._served.items() if who in known}

    def _is_full(self) -> bool:
        memory = sum(follower.run.memory for follower in self.held)
        return len(self.held) >= settings.RUNS_HELD or memory >= settings.RUNS_HELD_BYTES

    def _make_room(self, wishes: tuple[str, ...]) -> None:
        """Hands the run back that was trained most here, if another one waits that is to have its turn."""
        waiting = Run.objects.queue().next(wishes, settings.RUNS_AT_ONCE, alone=False)
        longest = max(self.held, key=lambda follower: follower.clock.seconds)
        if waiting and (waiting.is_new or longest.clock.seconds >= SETTLED):
            self._hand_back(longest, Back.TURN)

    def _hand_back(self, follower: Follower, back: Back) -> None:
        follower.hand_back(back)
        self._let_go(follower)

    def hand_all_back(self) -> None:
        """The worker shall end: full states as long as there is time, else what the last checkpoints know."""
        end = time.monotonic() + LEAVING
        while self.held:
            follower = self.held[0]
            if time.monotonic() < end:
                follower.hand_back(Back.WORKER_LOST)
            else:
                follower.release()
            self._let_go(follower)

    def release_all(self) -> None:
        """Puts back whatever is still held after a fault of this program."""
        while self.held:
            self.held[0].release()
            self._let_go(self.held[0])

    # Between batches

    def _between_batches(self, turn_of: Follower) -> None:
        """Renews leases that are due, and has the other runs do at once what they are asked."""
        self._leases.renew(after=1.5 * RENEW_EVERY)
        self._hearing.listen(turn_of.run.pk, [follower.run.pk for follower in self.held])
        if not self._is_obeying:
            for other in [one for one in self.held if one is not turn_of and one.is_obeying]:
                self._have_obey(other, turn_of)

    def _have_obey(self, other: Follower, turn_of: Follower) -> None:
        """A turn within a turn: their states are swapped twice, and the outer clock stands still."""
        self._is_obeying = True
        turn_of.clock.stop()
        end = time.monotonic() + OBEYING
        try:
            if not other.turn(lambda: not other.is_obeying or time.monotonic() >= end):
                self._let_go(other)
        finally:
            turn_of.clock.start()
            self._is_obeying = False

    def tell_trouble(self, sentence: str) -> None:
        """Tells those whose runs wait because the database can't be written."""
        for follower in self.held:
            live.tell_trouble(follower.run.pk, follower.run.seq, sentence)


def _enough(follower: Follower) -> Callable[[], bool]:
    """Whether a turn is over. A first one counts from where the training begins, not its preparation."""
    length = TURN if follower.turns else FIRST_TURN
    begin = follower.clock.seconds if follower.turns else None

    def enough() -> bool:
        nonlocal begin
        begin = follower.clock.seconds if begin is None else begin
        return follower.clock.seconds - begin >= length

    return enough
