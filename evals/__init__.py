"""Evals (*evaluaciones*): is it any good? Suites of requests, scored by what they did.

A suite is a folder: `cases.yaml` (what is asked and what must come of it), `policy.md` (by
which rules), `scorers.py` and `task.py` (how it is scored, on Inspect AI). Nobody lists the
suites. A case runs in a rehearsal, so that it leaves nothing behind and meets the same data
as every other.
"""
