//! The HTTP interface against its own description, by software that others have written: schemathesis makes requests that fit
//! the description and requests that do not, and holds every answer against it.

use std::{path::PathBuf, time::Duration};

use munadi_domain::access::Role;
use munadi_push_sink::Subscriber;
use munadi_testkit::{NoticeWorld, people::id};
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use crate::rig::town::{HERE, Server, Town};

const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/schemathesis_hooks.py");
/// Nothing is the server's fault, and every answer is as it is described.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";
/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// What schemathesis may know of an installation.
struct Fuzz {
    town: Town,
    server: Server,
    /// Values of path parameters that exist.
    known: Value,
    /// Parts of bodies that nobody could invent.
    bodies: Value,
}

impl Fuzz {
    /// A town with something in it to be found.
    async fn new() -> Self {
        let mut town = Town::new().await;
        town.settle(HERE, 3).await;
        let people = &town.people;
        let notices =
            [people.draft().await, people.submitted().await, people.approved().await, people.published().await];
        let mut notices: Vec<String> = notices.iter().map(|record| id(record).to_string()).collect();
        let published = notices[3].clone();
        notices.extend(["", "", ".jws", ".cap", ".json"].map(|form| format!("{published}{form}")));
        let officers = [&people.author, &people.approver].map(|it| it.officer.id.to_string());
        let known = json!({ "notice": notices, "officer": officers, "pin": ["110001"] });
        let phone = Subscriber::generate().unwrap().subscription("https://fcm.googleapis.com/fcm/send/1");
        let preferences = json!({ "pins": ["110001"], "topics": [], "language": "hi" });
        let bodies = json!({ "/v1/subscriptions": { "subscription": phone, "preferences": preferences } });
        // Behind a proxy, so that every request can have an address of its own.
        let mut settings = town.settings.with("MUNADI_HTTP_TRUSTED_PROXIES", 1);
        // The limits would answer in place of what is tested.
        for limit in ["DEPARTMENT", "SENDING", "OFFICER", "SIGN_IN_NAME"] {
            settings = settings.with(&format!("MUNADI_LIMITS_{limit}"), "burst 100000, then 100000 a minute");
        }
        let server = town.serve_with(&settings, "api").await;
        Self { town, server, known, bodies }
    }

    async fn run(&self, tokens: &[String], excluded: &[&str]) {
        let python = std::env::var_os("MUNADI_TEST_PYTHON").map(PathBuf::from);
        let python =
            python.expect("MUNADI_TEST_PYTHON names no Python with schemathesis: run ./test, which prepares it");
        let address = format!("http://127.0.0.1:{}", self.server.port);
        let mut command = Command::new(python.with_file_name("schemathesis"));
        command.args(["run", &format!("{address}/openapi.json"), "--url", &address, "--checks", CHECKS]);
        command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "1"]);
        command.args(["--request-timeout", "20", "--continue-on-failure", "--no-shrink"]);
        command.args(["--generation-database", "none", "--warnings", "off", "--no-color"]);
        for path in excluded {
            command.args(["--exclude-path", path]);
        }
        command.env("SCHEMATHESIS_HOOKS", HOOKS).env("FUZZ_TOKENS", tokens.join(" "));
        command.env("FUZZ_KNOWN", self.known.to_string()).env("FUZZ_BODIES", self.bodies.to_string());
        command.current_dir(self.town.folder.path()).kill_on_drop(true);
        let output = timeout(PATIENCE, command.output()).await.expect("it ends in time").unwrap();
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    }

    /// It went further than the door: these answers were among those that were held against the description.
    async fn check_reached(&self, answers: &[(&str, &str, u16)]) {
        let metrics = self.server.api.get("/metrics").await.text();
        let answers_of = |route: &str| -> String {
            let of_route = |line: &&str| line.starts_with("munadi_http_requests_total{") && line.contains(route);
            metrics.lines().filter(of_route).flat_map(|line| [line, "\n"]).collect()
        };
        for (method, route, status) in answers {
            let labels = format!("{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}}");
            assert!(metrics.contains(&labels), "no {labels} among\n{}", answers_of(route));
        }
        assert!(!metrics.contains("munadi_limit_refusals_total{"), "limits have answered: {}", answers_of("429"));
        self.server.ready().await;
    }
}

/// Sessions of officers who may do everything that an officer may, here and elsewhere, and of those who look after the installation.
async fn sessions(people: &NoticeWorld) -> Vec<String> {
    const ROLES: [Role; 4] = [Role::Drafter, Role::Approver, Role::Publisher, Role::DepartmentAdmin];
    let world = &people.world;
    let elsewhere = world.department(people.platform, "elsewhere").await;
    let mut officers = vec![people.platform.officer, elsewhere.admin.id];
    for number in 0..3 {
        for department in [&people.department, &elsewhere] {
            let name = format!("all.{number}.{}", department.id);
            officers.push(world.officer(department, &name, &ROLES).await.id);
        }
    }
    let mut tokens = Vec::new();
    for officer in officers {
        let signed_in = world.sign_in.start_session(officer).await.unwrap();
        tokens.push(signed_in.access.secret.expose().to_owned());
    }
    // The platform's counts twice.
    tokens.push(tokens[0].clone());
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn interop_schemathesis_as_nobody() {
    let fuzz = Fuzz::new().await;
    fuzz.run(&[], &["/v1/inbox/stream"]).await;
    fuzz.check_reached(&[
        ("GET", "/notices/{notice}", 200),
        ("GET", "/v1/archive/{notice}", 200),
        ("GET", "/v1/places/pins/{pin}", 200),
        ("POST", "/v1/subscriptions", 201),
        ("GET", "/v1/notices", 401),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interop_schemathesis_as_officers() {
    let fuzz = Fuzz::new().await;
    let tokens = sessions(&fuzz.town.people).await;
    // Signing out would end the run before its time.
    fuzz.run(&tokens, &["/v1/inbox/stream", "/v1/session"]).await;
    fuzz.check_reached(&[
        ("POST", "/v1/notices", 201),
        ("GET", "/v1/notices/{notice}", 200),
        ("PUT", "/v1/officers/{officer}/roles", 200),
        ("GET", "/v1/keys", 200),
        ("GET", "/v1/dead-letters", 200),
    ])
    .await;
}
