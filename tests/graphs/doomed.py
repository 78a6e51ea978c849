"""A process that runs one turn and kills itself at a named moment: `python -m tests.graphs.doomed USER MOMENT`.

Moments: `reading` (in the first model call), `planned` (the draft has run), `acted` (the
approval is written, the turn has not gone on), `waiting` (the turn has ended).
"""

import asyncio
import os
import signal
import sys

from graphs.nodes import act
from graphs.turns import Turns
from modules.installation import Installation
from tests.graphs.conftest import ASKED, OFFER_AND_ISSUE, web, with_desk
from tests.graphs.scripted import Cast, results


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(user: str, moment: str) -> None:
    installation = with_desk(Installation.open())

    def script(messages):
        done = results(messages)
        if (moment == "reading" and not done) or (moment == "planned" and len(done) == 1):
            die()
        return OFFER_AND_ISSUE(messages)

    turns = Turns(installation, models=Cast(script))
    await turns.open()
    turn = await turns.start(installation.people.actor(user), web(), ASKED)
    print(f"turn {turn}", flush=True)
    if moment == "acted":
        act.advice_message = lambda *_: die()
    await turns.wait(installation.people.actor(user), turn)
    die()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
