"""A seeded, synthetic car-loan book and its people, calibrated on real tapes."""

from carrears.samplebook.book import Summary, generate_book
from carrears.samplebook.people import generate_people

__all__ = ["Summary", "generate_book", "generate_people"]
