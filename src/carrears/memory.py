"""How a process looks for garbage: not while it starts, seldom from then on."""

from __future__ import annotations

import atexit
import gc

# Python looks through what is young at each 700 new objects, and a page or a block of messages
# makes tens of thousands that all end with it: a fifth to a third of the processor's time went
# into looking. Memory does not grow: nearly all is freed by its count, not by looking.
_YOUNG = (50_000, 20, 50)


def begin() -> None:
    """To be called first of all: what is imported stays, and looking through it finds nothing."""
    gc.disable()


def settle() -> None:
    """To be called once all is imported: that is never looked through again, the rest seldom."""
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)  # or libraries complain at the end of what nobody took back
    gc.set_threshold(*_YOUNG)
