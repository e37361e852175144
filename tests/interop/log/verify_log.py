"""Verifies a log in a folder with PyPI's aics-tlog."""

import base64
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    tree_root_from_tiles,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
    read_entry,
)

folder = Path(sys.argv[1])
log = parse_vkey((folder / "log.vkey").read_text().strip())
witness = parse_vkey((folder / "witness.vkey").read_text().strip())


def require(good, what):
    if not good:
        print("bad:", what)
        sys.exit(1)


def opened(note):
    """The checkpoint, verified by its log and its witness."""
    result = verify_checkpoint(parse_note(note), log, [witness], 1, expected_origin=log.name)
    require(result.ok and result.cosignature_count == 1, result.error)
    return parse_checkpoint(parse_note(note).text)


def hashes(lines):
    return [base64.b64decode(line, validate=True) for line in lines]


def main():
    tree = opened((folder / "checkpoint").read_bytes())
    reader = FileSystemTileReader(folder)
    report = audit_tiles(reader, tree.size, tree.root)
    proofs = sorted((folder / "proofs").iterdir())
    for file in proofs:
        head, note = file.read_text().split("\n\n", 1)
        first, index, *lines = head.split("\n")
        require(first == "c2sp.org/tlog-proof@v1" and index.startswith("index "), f"{file.name} is not a tlog-proof")
        index, proof, at = int(index.removeprefix("index ")), hashes(lines), opened(note)
        require(proof == inclusion_proof_from_tiles(reader, index, at.size, tree.size), f"the proof of {index} is another")
        entry = read_entry(reader, index, tree.size)
        require(verify_leaf_inclusion(entry, index, at.size, proof, at.root), f"entry {index} is not in the tree")
    growths = sorted((folder / "consistency").iterdir())
    for file in growths:
        old, proof = int(file.name), hashes(file.read_text().splitlines())
        require(proof == consistency_proof_from_tiles(reader, old, tree.size), f"the proof from {old} is another")
        root = tree_root_from_tiles(reader, old, tree.size)
        require(verify_consistency(old, tree.size, root, tree.root, proof), f"inconsistent with {old}")
    print(f"good: {report.size} entries, {len(proofs)} proofs, {len(growths)} consistency proofs")


try:
    main()
except (ValueError, OSError) as error:
    require(False, error)
