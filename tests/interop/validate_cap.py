"""Holds CAP 1.2 documents against the schema of OASIS with PyPI `xmlschema`, and against the rules that a schema cannot say.

    python validate_cap.py [--schema cap12.xsd] [FILE.cap ...]

`-` is standard input. Without files: the documents that the Rust tests of `crates/cap` keep as the expected output. Exit status: 0 if
all are valid, 1 if one is not, 2 if the arguments are wrong.
"""

import argparse
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import xmlschema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "crates/cap/testdata/cap12.xsd"
EXPECTED = ROOT / "crates/cap/src/print/snapshots"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
# CAP 1.2 §3.2.1: no spaces, commas, “<” or “&”.
NAME = r"[^\s,<&]+"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"
REFERENCE = re.compile(f"{NAME},{NAME},{TIME}")


def rules(alert: ElementTree.Element) -> list[str]:
    """What is wrong although the schema allows it."""
    faults = []
    for name in ("identifier", "sender"):
        text = alert.findtext(CAP + name, "")
        if not re.fullmatch(NAME, text):
            faults.append(f"{name}: {text!r} has a character that CAP forbids")
    for reference in alert.findtext(f"{CAP}references", "").split():
        if not REFERENCE.fullmatch(reference):
            faults.append(f"references: {reference!r} is not sender,identifier,sent")
    for polygon in alert.iter(f"{CAP}polygon"):
        points = (polygon.text or "").split()
        if len(points) < 4 or points[0] != points[-1]:
            faults.append(f"polygon: {polygon.text!r} is not closed")
    languages = [info.findtext(f"{CAP}language") for info in alert.iter(f"{CAP}info")]
    if len(languages) != len(set(languages)):
        faults.append(f"info: a language is there twice: {languages}")
    if any(not area.findtext(f"{CAP}areaDesc", "").strip() for area in alert.iter(f"{CAP}area")):
        faults.append("areaDesc: is empty")
    return faults


def check(schema: xmlschema.XMLSchema, document: bytes) -> list[str]:
    """Everything that is wrong with a document."""
    try:
        alert = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        return [f"is no XML: {error}"]
    return [f"{error.path}: {error.reason}" for error in schema.iter_errors(alert)] + rules(alert)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--schema", type=Path, default=SCHEMA)
    parser.add_argument("files", nargs="*", metavar="FILE.cap")
    arguments = parser.parse_args()
    files = arguments.files or sorted(str(path) for path in EXPECTED.glob("*.cap"))
    if not files:
        parser.error(f"there is nothing to check in {EXPECTED}")
    schema = xmlschema.XMLSchema(arguments.schema)
    bad = 0
    for name in files:
        try:
            document = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            parser.error(str(error))
        faults = check(schema, document)
        bad += bool(faults)
        for fault in faults:
            print(f"{name}: {fault}", file=sys.stderr)
        print(f"{name}: {'not valid' if faults else 'valid'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
