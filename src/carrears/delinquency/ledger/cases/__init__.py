"""Ledger cases: dated events of a loan and the figures somebody else asserts for them.

One case is one JSON line: terms, events in order of entry, the day of the assertion, and
``expect``. ``check`` replays each and says the same figures as computed here. The conventions of
such a case (those of Apache Fineract's own tests) are settings it states, not Carrears' defaults.
"""
