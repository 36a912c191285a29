# pragma version 0.4.3
"""
@title Anchors of logs
@license Apache-2.0
@notice Keeps, for whoever sends them, sizes and roots of his logs. A log's size has to grow, and
    nothing that was kept is ever changed: there is no owner of the contract, and no way to it but
    ``anchor``.
"""

struct Anchor:
    size: uint64
    at: uint64
    root: bytes32

event Anchored:
    owner: indexed(address)
    origin: indexed(bytes32)
    size: uint64
    root: bytes32

# How many there are of an owner's log, and each by its number from 0. An origin is the SHA-256 of
# the log's name; two owners may use the same, and none can take another's.
count: public(HashMap[address, HashMap[bytes32, uint256]])
kept: public(HashMap[address, HashMap[bytes32, HashMap[uint256, Anchor]]])


@external
def anchor(origin: bytes32, size: uint64, root: bytes32):
    number: uint256 = self.count[msg.sender][origin]
    before: uint64 = 0
    if number > 0:
        before = self.kept[msg.sender][origin][number - 1].size
    assert size > before, "the log has not grown"
    at: uint64 = convert(block.timestamp, uint64)
    self.kept[msg.sender][origin][number] = Anchor(size=size, at=at, root=root)
    self.count[msg.sender][origin] = number + 1
    log Anchored(owner=msg.sender, origin=origin, size=size, root=root)
