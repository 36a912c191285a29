"""The ledger over a book's rows: of a night's loans, or of the one that something happened to."""
