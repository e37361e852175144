//! What a newcomer does: fill the demonstration, take the tour, look at what came of it, and then do the same by hand on the command
//! line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use munadi_push_sink::{Sink, SinkConfig, Transport};
use munadi_testkit::{TestDatabase, database};
use serde_json::{Value, json};
use sqlx::Row;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::rig::{
    api::Api,
    eventually, free_port,
    process::{Said, Settings},
    queues::Queues,
    town::Server,
};

/// The alert of the tour, as it was published.
const ALERT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/cap/testdata/sachet-uttar-pradesh-flood.cap");

/// An installation with the demonstration in it.
struct Demonstration {
    settings: Settings,
    folder: TempDir,
    database: TestDatabase,
    _queues: Queues,
}

impl Demonstration {
    /// From an empty database on, by the commands of `./run`.
    async fn new() -> Self {
        let (database, queues, folder) = (database().await, Queues::shared(), tempfile::tempdir().unwrap());
        let settings = queues
            .settings()
            .with("DATABASE_URL", database.url())
            .with("MUNADI_DATABASE_CONNECTIONS", 10)
            .with("MUNADI_KEYS_FOLDER", folder.path().join("keys").display());
        let demonstration = Self { settings, folder, database, _queues: queues };
        demonstration.well(&["demo", "reset", "--yes"]).await;
        demonstration.settings.say(&["demo", "fill"]).await.badly();
        demonstration.well(&["migrate"]).await;
        demonstration.well(&["keys", "init"]).await;
        demonstration.well(&["demo", "fill"]).await;
        demonstration
    }

    async fn well(&self, args: &[&str]) -> Said {
        self.settings.say(args).await.well()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file in which everything about the demonstration is.
    fn file(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("demo/demo.json")).unwrap()).unwrap()
    }

    /// How many rows each table has.
    async fn rows(&self) -> Vec<(String, i64)> {
        let query = "select relname::text, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || oid::regclass, false, true,
                '')))[1]::text::bigint
            from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1";
        let rows = sqlx::query(query).fetch_all(&self.database.pool().await).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// The server, the demonstration's push service, and nothing that serves itself.
    async fn serve(&self) -> (Server, Sink) {
        let address = self.file()["sink"].as_str().unwrap().to_owned();
        let listener = TcpListener::bind(address).await.unwrap();
        let sink = Sink::on(listener, SinkConfig { transport: Transport::Plain, ..SinkConfig::default() }).unwrap();
        let port = free_port();
        let settings = self
            .settings
            .with("MUNADI_HTTP_LISTEN", format!("127.0.0.1:{port}"))
            .with("MUNADI_HTTP_PUBLIC_URL", format!("http://localhost:{port}"))
            .with("MUNADI_PUSH_SERVICE_LISTEN", "127.0.0.1:0")
            .with("MUNADI_PUSH_ALLOW_LOOPBACK", true)
            .with("MUNADI_PUSH_OWN_HOSTS", "localhost");
        let process = settings.start(self.folder.path(), &["serve"]);
        let server = Server { process, port, api: Api::new(port) };
        server.ready().await;
        (server, sink)
    }

    /// An officer at the command line.
    fn officer(&self, server: &Server, name: &str) -> Officer {
        let file = self.file();
        let people = file["people"].as_array().unwrap();
        let person = people.iter().find(|person| person["sign_in"] == name).unwrap();
        let settings = Settings::default()
            .with("MUNADI_SERVER", format!("http://localhost:{}", server.port))
            .with("MUNADI_SIGN_IN", name)
            .with("MUNADI_PASSWORD", person["password"].as_str().unwrap())
            .with("MUNADI_KEY_PASSPHRASE", file["passphrase"].as_str().unwrap());
        Officer { settings, key: self.path(&format!("demo/{name}.key")) }
    }
}

struct Officer {
    settings: Settings,
    key: PathBuf,
}

impl Officer {
    /// What the command says to machines.
    async fn does(&self, args: &[&str]) -> Value {
        self.settings.say(&[&["--json", "notice"], args].concat()).await.well().json()
    }

    /// The same, signed.
    async fn signs(&self, args: &[&str]) -> Value {
        self.does(&[args, &["--key", self.key.to_str().unwrap()]].concat()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn demonstration_tour_and_command_line() {
    let demonstration = Demonstration::new().await;
    a_second_filling_changes_nothing(&demonstration).await;
    let notice = the_tour_goes_all_the_way(&demonstration).await;
    let (server, sink) = demonstration.serve().await;
    anyone_can_verify_it_without_a_network(&demonstration, &server, &notice).await;
    the_same_by_hand(&demonstration, &server, &sink).await;
}

async fn a_second_filling_changes_nothing(demonstration: &Demonstration) {
    let (rows, file) = (demonstration.rows().await, demonstration.file());
    assert!(rows.iter().any(|row| *row == ("subscription".to_owned(), 2_000)), "{rows:?}");
    demonstration.well(&["migrate"]).await;
    demonstration.well(&["keys", "init"]).await;
    demonstration.well(&["demo", "fill"]).await;
    assert_eq!((demonstration.rows().await, demonstration.file()), (rows, file));
}

async fn the_tour_goes_all_the_way(demonstration: &Demonstration) -> String {
    let told = demonstration.well(&["--json", "tour"]).await.json();
    let steps: Vec<_> = told["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    let expected = [
        "subscribes",
        "hands in",
        "as its author",
        "approves each language",
        "subscriptions",
        "publishes",
        "push service",
        "decrypts",
        "verifies",
    ];
    for (at, word) in expected.iter().enumerate() {
        assert!(steps[at].contains(word), "{word}: {steps:#?}");
    }
    let seconds: Vec<_> =
        told["steps"].as_array().unwrap().iter().map(|step| step["seconds"].as_f64().unwrap()).collect();
    assert!(seconds.is_sorted() && seconds[0] > 0.0, "{seconds:?}");
    told["notice"].as_str().unwrap().to_owned()
}

async fn anyone_can_verify_it_without_a_network(demonstration: &Demonstration, server: &Server, notice: &str) {
    let [envelope, directory, root] = ["notice.json", "keys.jws", "root.jwk"].map(|name| demonstration.path(name));
    fs::write(&envelope, server.api.get(&format!("/notices/{notice}.jws")).await.body).unwrap();
    fs::write(&directory, server.api.get("/.well-known/munadi/keys.jws").await.body).unwrap();
    fs::write(&root, demonstration.well(&["keys", "root"]).await.out).unwrap();
    let verify = async |envelope: &Path| {
        let [envelope, root, directory] = [envelope, &root, &directory].map(|path| path.to_str().unwrap());
        // Nothing of the installation is known where this is asked.
        Settings::default().say(&["--json", "verify", envelope, "--root", root, "--directory", directory]).await
    };
    assert_eq!(verify(&envelope).await.well().json()["verdict"], "official");

    let forged = demonstration.path("forged.json");
    let mut signed: Value = serde_json::from_slice(&fs::read(&envelope).unwrap()).unwrap();
    signed["signatures"].as_array_mut().unwrap().pop();
    fs::write(&forged, signed.to_string()).unwrap();
    let said = verify(&forged).await.badly().json();
    assert_ne!(said["verdict"], "official", "{said}");
    let missing = verify(&demonstration.path("nothing.json")).await.badly();
    assert!(missing.err.contains("nothing.json cannot be read"), "{}", missing.err);
}

async fn the_same_by_hand(demonstration: &Demonstration, server: &Server, sink: &Sink) {
    let [asha, vikram, meera] = ["asha", "vikram", "meera"].map(|name| demonstration.officer(server, name));
    assert_eq!(asha.signs(&["submit", ALERT, "--from-now"]).await["state"], "in_review");
    let listed = asha.does(&["list", "--state", "in_review"]).await;
    let alert = listed["notices"][0]["id"].as_str().unwrap();
    vikram.does(&["return", alert, "--comment", "Which river?"]).await;
    asha.signs(&["submit", alert]).await;
    assert_eq!(vikram.signs(&["approve", alert]).await["state"], "approved");
    let wrong = meera.settings.say(&["notice", "publish", alert, "--confirm", "Test"]).await.badly();
    assert!(wrong.err.starts_with("munadi: ") && wrong.err.contains("Actual"), "{}", wrong.err);
    assert_eq!(meera.does(&["publish", alert, "--confirm", "Actual"]).await["state"], "published");
    let audience = delivered(demonstration, server, alert).await;
    assert!(audience > 0 && sink.totals().accepted == audience);

    let update = asha.does(&["update", alert]).await["id"].as_str().unwrap().to_owned();
    asha.signs(&["submit", &update]).await;
    vikram.signs(&["approve", &update]).await;
    meera.does(&["publish", &update, "--confirm", "Actual"]).await;
    assert_eq!(asha.does(&["show", alert]).await["state"], "superseded");
    assert_eq!(delivered(demonstration, server, &update).await, audience);

    let refused = meera.settings.say(&["notice", "publish", &update, "--confirm", "Actual"]).await.badly();
    assert!(refused.err.starts_with("munadi: "), "{}", refused.err);
    let counts = sink.counts();
    assert_eq!((counts.totals.faults, counts.totals.accepted), (0, 2 * audience), "{:?}", counts.faults);
}

/// How many got a notice, when everybody has it but the citizen of the tour, whose phone was switched off with it.
async fn delivered(demonstration: &Demonstration, server: &Server, notice: &str) -> u64 {
    let file = demonstration.file();
    let asha = file["people"].as_array().unwrap().iter().find(|person| person["sign_in"] == "asha").unwrap();
    let signed_in = server.api.post("/v1/session", &json!({ "sign_in": "asha", "password": asha["password"] })).await;
    let asha = server.api.with_token(signed_in.json(201)["access_token"].as_str().unwrap());
    eventually("the delivery", async || {
        let figures = asha.get(&format!("/v1/notices/{notice}/delivery")).await.json(200);
        let (audience, sent) = (figures["audience"].as_u64().unwrap(), figures["sent"].as_u64().unwrap());
        (audience > 0 && sent == audience - 1).then_some(sent)
    })
    .await
}
