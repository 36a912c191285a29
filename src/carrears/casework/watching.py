"""The file of a loan that is watched before it falls behind.

It is a case file like any other, in the state WATCH: contacts of the loan lie in it and count for
the gate. When the loan falls behind, the same file becomes the open case (``intake``).
"""

# ruff: noqa: S608  column names are constants of the module intake

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from carrears.casework.intake import CASE_COLUMNS


def open_watch_files(loan_nos: Sequence[str]) -> int:
    """Make a file for each of these loans of ``incoming`` that has none; returns how many.

    A loan that is behind or has ended gets none, nor one whose case is open or was opened the
    same day.
    """
    columns = ", ".join(CASE_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            insert into casework_case (state, close_reason, opened_on, party_id, {columns})
            select 'watch', '', s.as_of,
                   (select lp.party_id from parties_loanparty lp
                    where lp.loan_no = s.loan_no and lp.role = 'obligor' order by lp.id limit 1),
                   {columns}
            from incoming s
            where s.loan_no = any(%s) and s.dpd = 0 and s.closed_reason is null
              and not exists (select from casework_case c where c.loan_no = s.loan_no
                              and (c.state <> 'closed' or c.opened_on = s.as_of))
            on conflict do nothing
            """,
            [list(loan_nos)],
        )
        return int(cursor.rowcount)
