"""The ledger: what a loan owes, entry by entry, where totals alone cannot tell.

Schedules, day counts, the allocation of money, penalty and compound interest. Money is int64
minor units, rates are Decimal, interest is an exact fraction until the stated rounding. Nothing
here knows Django.
"""
