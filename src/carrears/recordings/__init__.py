"""What staff did on a case page and said on a call, recorded, sealed and chained as it happened."""
