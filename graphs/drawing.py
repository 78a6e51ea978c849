"""`docs/graphs.md`, drawn from the compiled graphs: `python -m graphs.drawing > docs/graphs.md`.

The text stands here beside what it explains; a test holds the page to it.
"""

from graphs import action, turn

PAGE = """# Graphs

How a question becomes an answer, and how a decision gets back to the conversation. Both
drawings are made from the compiled graphs (`python -m graphs.drawing > docs/graphs.md`); a
test keeps this page current. Dashed arrows are choices, full ones always follow.

## A turn

```mermaid
{turn}```

| step | what it does |
|---|---|
| `intake` | asks every tool that recognises records which ones the text names; takes over what fits of the past |
| `route` | chooses the executor: by `@name`, by likeness to what each is first for, by a model only if unsure |
| `think` | the executor's model, with the few tools that fit the request, proposes calls or writes the answer |
| `run` | one free call (a read or a draft) through the gate; one task each, side by side |
| `plan` | tells the calls that come; from here on every step is a checkpoint |
| `consult` | rehearses the proposal, gathers reviews and passages, briefs the specialists |
| `specialist` | one adviser each, in parallel, with its own time limit; who fails is named, the turn goes on |
| `aggregate` | weighs the advice by arithmetic; audits and publishes the agents' messages |
| `decide` | business rules: refuse, go on, or require a person whatever the policy says |
| `act` | the gate; once begun it is not cancelled. What needs a person waits on a thread of its own |
| `answer` | checks each number against the turn's results («sin fuente» if none has it), names the sources |

A turn's thread in the checkpoints is `turn:<turn id>`. Until `plan` a turn only reads, so it
keeps no checkpoints: should the process die, it is read again from the stored question. From
`plan` on it is durable (`durability="sync"`). When a turn has ended its checkpoints are
deleted: its frames, its row and the audit log tell what happened.

Limits of a turn: 12 model calls of the executor, 30 tool calls, 120 seconds, 60 steps. A turn
that meets one says so and answers with what it has.

## An approval

```mermaid
{action}```

Each approval waits on its own thread `act:<approval id>`: a new message on the conversation
would otherwise drop it. The approval's row decides; this graph follows it. `approve` pauses,
`act` runs what was granted (exactly once, whoever calls), `report` begins a turn in the same
conversation that tells the outcome and goes on with whatever was left to do. A turn that
follows a decision names the one it continues, and each turn still ends with exactly one
`turn.finished` or `turn.failed`.

`Turns.decided(actor, approval_id)` carries a decision out. The server also looks every few
seconds for approvals that were decided elsewhere and for turns that a dead process left: an
advisory lock in PostgreSQL, which vanishes with its process, tells which those are.

## Frames

What readers see is an append-only list of frames (`graphs/payloads.py`) in
`soriano_platform.turn_event`, carried live by the Valkey stream `turn:<turn id>` under the
same numbers. A reader asks for everything after the number it saw last; there are no gaps and
no repeats, whenever it comes, and without Valkey it is only slower.
"""


def page() -> str:
    """The page as it should stand in `docs/graphs.md`."""
    drawn = [graph.compile().get_graph().draw_mermaid(with_styles=False) for graph in (turn.build(), action.build())]
    return PAGE.format(turn=drawn[0].replace("\t", "    "), action=drawn[1].replace("\t", "    "))


if __name__ == "__main__":
    print(page(), end="")
