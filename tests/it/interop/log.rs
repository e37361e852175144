//! The public log, verified by Go's `sumdb`, by `aics-tlog` and by openssl, and cosigned by `aics-witness`.

use std::{fs, path::Path, process::Command};

use munadi_transparency::log::{
    checkpoint::Checkpoint,
    cosignature::{Cosigner, CosignerKey},
    note::{LogSigner, NoteSignature, SignedNote},
    proof::TlogProof,
    tile::{Edge, TileId, Tiles, changed_tiles},
    tree::{consistency_proof, inclusion_proof, root},
    witness::AddCheckpoint,
};
use serde_json::Value;
use tempfile::TempDir;

use super::{prepared, python, said, script};

/// Two full tiles and a partial one.
const SIZE: u64 = 600;
const OLD_SIZES: [u64; 8] = [1, 2, 255, 256, 257, 511, 512, 599];
/// Where in the checkpoint the witness's signature is.
const WITNESS_SIGNATURE: usize = 250;
const PROVED: [u64; 7] = [0, 1, 255, 256, 257, 511, 599];

fn signer() -> LogSigner {
    LogSigner::from_seed("munadi.example/log".parse().unwrap(), &[1; 32]).unwrap()
}

fn cosigner() -> Cosigner {
    Cosigner::from_seed("witness.example/ours".parse().unwrap(), &[2; 32]).unwrap()
}

/// A log's files, as they are served.
struct Folder {
    folder: TempDir,
    tiles: Tiles,
}

impl Folder {
    fn new() -> Self {
        let mut this = Self { folder: tempfile::tempdir().unwrap(), tiles: Tiles::new() };
        this.write("log.vkey", format!("{}\n", signer().key()));
        this.write("witness.vkey", format!("{}\n", cosigner().key()));
        this.grow();
        this.write("checkpoint", this.cosigned(SIZE).to_string());
        for index in PROVED {
            let hashes = inclusion_proof(index, SIZE, |node| this.tiles.node(node)).unwrap();
            let proof = TlogProof::new(index, hashes, this.cosigned(SIZE)).unwrap();
            this.write(&format!("proofs/{index:03}.tlog-proof"), proof.to_string());
        }
        for old in OLD_SIZES {
            let proof = this.consistency(old, SIZE);
            let lines = proof.iter().map(|hash| format!("{hash}\n"));
            this.write(&format!("consistency/{old}"), lines.collect::<String>());
            let paths = changed_tiles(old, SIZE).map(|id| format!("{}\n", TileId::path(id)));
            this.write(&format!("growth/{old}"), paths.collect::<String>());
        }
        this
    }

    /// In two steps, with one empty and one longest entry.
    fn grow(&mut self) {
        let mut edge = Edge::new();
        let mut entries: Vec<_> = (0..SIZE).map(|index| format!("{{\"n\":{index}}}").into_bytes()).collect();
        entries[3].clear();
        entries[300] = vec![b'x'; 65_535];
        for part in [&entries[..257], &entries[257..]] {
            let growth = edge.grow(part).unwrap();
            for (id, tile) in &growth.tiles {
                self.write(&id.path(), tile.encode());
            }
            for (id, bundle) in &growth.bundles {
                self.write(&id.path(), bundle.as_bytes());
            }
            self.tiles.extend(growth.tiles);
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        let root = root(size, |node| self.tiles.node(node)).unwrap();
        Checkpoint::new(signer().name().into(), size, root).unwrap()
    }

    fn cosigned(&self, size: u64) -> SignedNote {
        let mut note = self.checkpoint(size).sign(&signer()).unwrap();
        note.add(cosigner().cosign(&note, 1_769_932_800).unwrap()).unwrap();
        note
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<munadi_transparency::log::hash::Hash> {
        consistency_proof(old, new, |node| self.tiles.node(node)).unwrap()
    }

    /// What each verifier says: its line if all is good.
    fn verify(&self) -> Vec<(&'static str, Result<String, String>)> {
        let go = || {
            let mut command = Command::new(script("log/verify_log_go.sh"));
            command.env("PYTHON", prepared("MUNADI_TEST_PYTHON"));
            command
        };
        let openssl = Command::new(script("log/verify_checkpoint.sh"));
        let run = |(name, mut command): (&'static str, Command)| {
            let output = command.arg(self.path()).output().unwrap();
            match output.status.code() {
                Some(0) => (name, Ok(String::from_utf8(output.stdout).unwrap())),
                Some(1) => (name, Err(said(&output))),
                _ => panic!("{name} did not run: {}", said(&output)),
            }
        };
        [("go", go()), ("aics-tlog", python("log/verify_log.py")), ("openssl", openssl)].map(run).into()
    }
}

#[test]
fn others_verify_the_log() {
    let all = "good: 600 entries, 7 proofs, 8 consistency proofs\n";
    let expected = [("go", all), ("aics-tlog", all), ("openssl", "good: 600 entries\n")];
    assert_eq!(Folder::new().verify(), expected.map(|(name, line)| (name, Ok(line.to_owned()))));
}

#[test]
fn others_refuse_a_log_in_which_one_byte_is_wrong() {
    for (name, position) in [
        ("tile/0/000", 100),
        ("tile/0/002.p/88", 88 * 32 - 1),
        ("tile/1/000.p/2", 5),
        ("tile/entries/000", 2),
        ("tile/entries/001", 30_000),
        ("proofs/255.tlog-proof", 50),
        ("consistency/257", 7),
        ("checkpoint", 20),
        ("checkpoint", 40),
        ("checkpoint", 180),
        ("checkpoint", WITNESS_SIGNATURE),
    ] {
        let log = Folder::new();
        let mut bytes = fs::read(log.path().join(name)).unwrap();
        // Another letter of base64, another digit, another byte.
        bytes[position] = if bytes[position] == b'2' { b'3' } else { b'2' };
        log.write(name, bytes);
        for (verifier, verdict) in log.verify() {
            // openssl is only asked for the log's signature.
            let sees = verifier != "openssl" || (name == "checkpoint" && position != WITNESS_SIGNATURE);
            let is_refused = verdict.as_ref().is_err_and(|said| said.contains("bad: "));
            assert_eq!(is_refused, sees, "{verifier}, {name} at {position}: {verdict:?}");
        }
    }
}

/// What a log may send to a witness, well and badly.
fn requests(log: &Folder) -> Vec<String> {
    let request = |old_size, size| AddCheckpoint {
        old_size,
        proof: log.consistency(old_size, size),
        note: log.checkpoint(size).sign(&signer()).unwrap(),
    };
    let stranger = LogSigner::from_seed(signer().name().clone(), &[9; 32]).unwrap();
    let mut wrong = request(300, 600);
    wrong.proof.pop();
    let mut unsigned = request(300, 600);
    unsigned.note = log.checkpoint(600).sign(&stranger).unwrap();
    let mut forked = request(300, 300);
    forked.note =
        Checkpoint::new(signer().name().into(), 300, *log.checkpoint(301).root()).unwrap().sign(&signer()).unwrap();
    let backwards = AddCheckpoint { old_size: 599, ..request(300, 300) };
    let all = [
        request(0, 256),
        request(0, 300),
        request(256, 300),
        request(300, 300),
        request(256, 600),
        wrong,
        unsigned,
        forked,
        backwards,
        request(300, 600),
        request(600, 600),
    ];
    all.iter().map(ToString::to_string).collect()
}

/// How this product's own witness would answer each.
fn statuses(requests: &[String]) -> Vec<u16> {
    let mut latest = None;
    let mut answer = |body: &String| {
        let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
        match request.judge(&signer().key(), latest.as_ref()) {
            Ok(checkpoint) => {
                latest = Some(checkpoint);
                200
            }
            Err(refusal) => refusal.status(),
        }
    };
    requests.iter().map(&mut answer).collect()
}

#[test]
fn another_witness_answers_as_ours_and_cosigns() {
    let log = Folder::new();
    let requests = requests(&log);
    for (number, body) in requests.iter().enumerate() {
        log.write(&format!("requests/{number:02}"), body);
    }
    let output = python("log/run_witness.py").arg(log.path()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let answers = said["answers"].as_array().unwrap();
    let theirs: Vec<_> = answers.iter().map(|answer| answer["status"].as_u64().unwrap()).collect();
    let ours: Vec<_> = statuses(&requests).into_iter().map(u64::from).collect();
    assert_eq!(theirs, ours);
    assert_eq!(ours, [200, 409, 200, 200, 409, 422, 403, 422, 400, 200, 200]);
    assert_eq!(
        (&answers[1]["body"], &answers[1]["type"]),
        (&"256\n".into(), &munadi_transparency::log::witness::SIZE_TYPE.into())
    );
    let key: CosignerKey = said["vkey"].as_str().unwrap().parse().unwrap();
    for (body, answer) in requests.iter().zip(answers).filter(|(_, answer)| answer["status"] == 200) {
        let mut note = AddCheckpoint::parse(body.as_bytes()).unwrap().note;
        for line in NoteSignature::parse_lines(answer["body"].as_str().unwrap()).unwrap() {
            note.add(line).unwrap();
        }
        assert!(key.verify(&note).unwrap() > 1_700_000_000);
    }
}
