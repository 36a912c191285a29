"""Whether a template may be a variant of the one that it names, and offer what it offers."""

from __future__ import annotations

from carrears.outreach.template_book import templates_in_force
from carrears.outreach.template_faults import Fault
from carrears.outreach.templates import Template, TemplateFile
from carrears.strategy.catalogue import catalogue


def find_manner(words: TemplateFile) -> list[Fault]:
    """What is wrong with whose variant these words are, and with what they offer."""
    found = []
    if words.offer and words.offer not in catalogue("offer"):
        found.append(Fault("unknown_offer", part="manner", what=words.offer))
    if words.variant_of:
        base = templates_in_force([words.variant_of])[words.variant_of]
        if words.variant_of == words.key or not isinstance(base, Template) or base.variant_of:
            found.append(Fault("no_base", part="manner", what=words.variant_of))
        elif (base.channel, base.purpose) != (words.channel, words.purpose):
            found.append(Fault("other_base", part="manner", what=words.variant_of))
    return found
