"""Checks many exports with pymerkle, an independent implementation, which hashes all leaves and nodes and checks all proofs.
The program in VERIFY.md reads zip file, notes and lines; its own tree and its own proofs are not used.

    merkle.py VERIFY.md INDEX

A line of INDEX: zip file, trusted key, file with an earlier checkpoint or `-`, separated by tabs. For each line it
prints `ok` or `bad <reason>`, in order.
"""
import sys
import zipfile

import pymerkle

sys.dont_write_bytecode = True  # no __pycache__ in the source folders
from python import batch, load

verifier = load(sys.argv[1])
need, Bad = verifier.need, verifier.Bad
hasher = pymerkle.InmemoryTree(algorithm="sha256")  # pymerkle's default is RFC 6962's 0x00 before leaves and 0x01 before nodes


def perfect(hashes):
    """The root over 1, 2, 4, … hashes."""
    while len(hashes) > 1:
        hashes = [hasher.hash_pair(left, right) for left, right in zip(hashes[::2], hashes[1::2])]
    return hashes[0]


def directions(fn, sn, path):
    """RFC 9162's path from a leaf, or from the right edge of an earlier tree, to the root: 1 where the next hash is on the left."""
    rule = []
    for _ in path:
        left = fn & 1 or fn == sn
        rule.append(1 if left else 0)
        while left and fn and not fn & 1:
            fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, sn >> 1
    return rule, sn


def check_inclusion(seq, size, root, line, path):
    leaf = hasher.hash_buff(line)
    rule, _ = directions(seq, size - 1, path)
    # pymerkle counts from 1, starts the path with the leaf, and ends the rule with a 0 for the root. It computes the
    # rule again and compares.
    proof = pymerkle.InclusionProof("sha256", True, size, seq + 1, rule + [0], [leaf] + path)
    pymerkle.verify_inclusion(leaf, root, proof, index=seq + 1, size=size, algorithm="sha256")


def check_consistency(old, old_root, size, root, path):
    """pymerkle's own consistency proofs go down to the first new leaf, RFC 9162's stop above it. So verify_consistency cannot
    check these, but pymerkle's proof object does all the hashing for the shape that the RFC gives them."""
    if old in (0, size):
        need(not path and (old == 0 or old_root == root), f"consistency/{old}: does not hold")
        return
    if old & (old - 1) == 0:
        path = [old_root] + path
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    rule, rest = directions(fn, sn, path[1:])
    # The hashes on the left belong to the earlier tree as well.
    proof = pymerkle.ConsistencyProof("sha256", True, size, old, rule + [0], [1] + rule, path)
    need(path and rest == 0 and proof.retrieve_prior_state() == old_root and proof.compute_root() == root, f"consistency/{old}: does not hold")


class Whole:
    """A complete log: pymerkle's tree is built from the entries alone, then compared with root and tiles."""

    def __init__(self, export):
        self.tree = tree = pymerkle.InmemoryTree(algorithm="sha256")
        for seq, line in export.entries():
            tree.append_entry(line)
            path = export.proof(seq)
            if path is not None:
                check_inclusion(seq, export.size, export.root, line, path)
        need(tree.get_root() == export.root, "the entries do not make the checkpoint's root")
        names, level, row = set(), 0, [tree.get_leaf(i + 1) for i in range(export.size)]
        while row:
            above = []
            for n in range(0, (len(row) + 255) // 256):
                hashes = row[256 * n:256 * n + 256]
                name = verifier.tile_name(level, n, export.size)
                need(export.read(name) == b"".join(hashes), f"{name}: not of these entries")
                names.add(name)
                if len(hashes) == 256:
                    above.append(perfect(hashes))
            level, row = level + 1, above
        need(names == {name for name in export.names if name.startswith("tile/")}, "tiles that the log does not have")

    def root_at(self, size):
        return self.tree.get_root(size)


class Selection:
    """Some entries: each is proven by its own proof, or by one built from the tiles, which are proven first."""

    def __init__(self, export):
        self.export, self.tiles = export, {}
        for name in export.names:
            if name.startswith("tile/"):
                _, level, *groups = name.split(".p/")[0].split("/")
                level, n = int(level), int("".join(groups).replace("x", ""))
                width = min(256, (export.size >> 8 * level) - 256 * n)
                data = export.read(name)
                need(width > 0 and name == verifier.tile_name(level, n, export.size) and len(data) == 32 * width, f"{name}: no tile of this log")
                self.tiles[level, n] = [data[i:i + 32] for i in range(0, len(data), 32)]
        need(self.root_at(export.size) == export.root, "the tiles do not make the checkpoint's root")
        for (level, n), hashes in self.tiles.items():
            if len(hashes) == 256:
                above = self.tiles.get((level + 1, n >> 8))
                need(above and above[n & 255] == perfect(hashes), f"tile {n} of level {level}: not in the tree")
        for seq, line in export.entries():
            made, given = self.path(seq), export.proof(seq)
            need(made is not None, f"entry {seq}: the tiles do not prove it")
            check_inclusion(seq, export.size, export.root, line, made)
            if given is not None:
                check_inclusion(seq, export.size, export.root, line, given)

    def range_root(self, start, end):
        """The root over the leaves of a right part of the tree, or of all of it; KeyError if a tile is missing."""
        parts = []
        while start < end:
            height = (end - start).bit_length() - 1
            level, bits = divmod(height, 8)
            first = start >> 8 * level
            parts.append(perfect(self.tiles[level, first >> 8][first & 255:][:1 << bits]))
            start += 1 << height
        return hasher.hash_fold(parts[::-1]) if parts else hasher.hash_empty()

    def path(self, seq):
        start, end, siblings = 0, self.export.size, []
        while end - start > 1:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if seq < middle:
                siblings.append((middle, end))
                end = middle
            else:
                siblings.append((start, middle))
                start = middle
        try:
            return [self.range_root(*sibling) for sibling in reversed(siblings)]
        except KeyError:
            return None

    def root_at(self, size):
        try:
            return self.range_root(0, size)
        except KeyError:
            return None


def check(export, checkpoint):
    earlier = export.earlier(checkpoint)
    log = (Whole if export.filter == "all" else Selection)(export)
    proofs = export.numbers(r"proofs/([0-9]+)\.tlog-proof")
    # Each entry's proof was checked above. It remains to check that every entry has a proof, and that no proof is for
    # an entry that is not here.
    here = {seq for seq, _ in export.entries()} if proofs else set()
    need(here.issuperset(proofs) and (export.filter == "all" or export.count > 1000 or len(proofs) == export.count), "proofs: one is missing or of no entry")
    tied = False
    if earlier:
        root = log.root_at(earlier[0])
        need(root in (None, earlier[1]), "the log does not extend the earlier checkpoint")
        tied = root is not None
        if isinstance(log, Whole) and earlier[0] > 0:
            pymerkle.verify_consistency(earlier[1], export.root, log.tree.prove_consistency(earlier[0]), prior_size=earlier[0], later_size=export.size, algorithm="sha256")
    for old in export.numbers("consistency/([0-9]+)"):
        path, root = export.consistency(old), log.root_at(old)
        if root is None and earlier and earlier[0] == old:
            root, tied = earlier[1], True
        if root is not None:
            check_consistency(old, root, export.size, export.root, path)
    need(tied or not earlier, "nothing ties the export to the earlier checkpoint")


def verify(path, key, checkpoint=None):
    try:
        with zipfile.ZipFile(verifier.regular(path)) as archive:
            check(verifier.Export(archive, path, key), checkpoint)
    except Bad:
        raise
    except pymerkle.InvalidProof as error:
        raise Bad(f"pymerkle: {error}")
    except Exception as error:
        raise Bad(f"cannot be read: {error}")


if __name__ == "__main__":
    batch(verifier, sys.argv[2], verify)
