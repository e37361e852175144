"""Starts PyPI's aics-witness for the log in a folder, sends it what is in `requests`, in order, and tells its key and its answers."""

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

folder = Path(sys.argv[1])
vkey = (folder / "log.vkey").read_text().strip()


def witness(config, *arguments):
    return [sys.executable, "-m", "aics_witness", arguments[0], "--config", str(config), *arguments[1:]]


def post(url, body):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=30) as answer:
            return {"status": answer.status, "body": answer.read().decode()}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "type": error.headers.get("Content-Type"), "body": error.read().decode()}


def url_of(process):
    for line in process.stderr:
        if "add-checkpoint at " in line:
            return line.split("add-checkpoint at ")[1].strip().rstrip(")")
    raise SystemExit("the witness did not start")


with tempfile.TemporaryDirectory() as state:
    config = Path(state) / "witness.json"
    init = witness(config, "init", "--name", "witness.example/theirs", "--listen", "127.0.0.1:0")
    key = subprocess.run(init, check=True, capture_output=True, text=True).stdout.strip()
    added = witness(config, "add-log", "--origin", vkey.split("+")[0], "--vkey", vkey)
    subprocess.run(added, check=True, capture_output=True)
    process = subprocess.Popen(witness(config, "serve"), stderr=subprocess.PIPE, text=True)
    try:
        url = url_of(process)
        answers = [post(url, file.read_bytes()) for file in sorted((folder / "requests").iterdir())]
    finally:
        process.terminate()
        process.wait()
    print(json.dumps({"vkey": key, "answers": answers}))
