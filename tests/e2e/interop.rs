//! The HTTP interface against its own description, by software that others have written: schemathesis makes requests that fit
//! the description and requests that do not, and holds every answer against it.

use std::{collections::BTreeSet, path::PathBuf, process::Output, time::Duration};

use munadi_domain::access::Role;
use munadi_testkit::people::id;
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use crate::rig::{
    process::Settings,
    town::{HERE, Server, Town},
};

const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/schemathesis_hooks.py");
/// An answer that is as it should be is described, and no fault of the server's.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";
/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// A server behind a proxy, so that every request can have an address of its own.
async fn served(town: &Town) -> Server {
    town.serve_with(&proxied(town), "api").await
}

fn proxied(town: &Town) -> Settings {
    town.settings.with("MUNADI_HTTP_TRUSTED_PROXIES", 1)
}

async fn fuzz(town: &Town, server: &Server, tokens: &[String], known: &Value) {
    let python = std::env::var_os("MUNADI_TEST_PYTHON").map(PathBuf::from);
    let python = python.expect("MUNADI_TEST_PYTHON names no Python with schemathesis: run ./test, which prepares it");
    let address = format!("http://127.0.0.1:{}", server.port);
    let mut command = Command::new(python.with_file_name("schemathesis"));
    command.args(["run", &format!("{address}/openapi.json"), "--url", &address, "--checks", CHECKS]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "1", "--workers", "2"]);
    // It never ends; tests of its own follow it.
    command.args(["--exclude-path", "/v1/inbox/stream", "--exclude-path", "/v1/session", "--request-timeout", "20"]);
    command.args([
        "--no-color",
        "--no-shrink",
        "--generation-database",
        "none",
        "--warnings",
        "off",
        "--continue-on-failure",
    ]);
    command.env("SCHEMATHESIS_HOOKS", HOOKS).env("FUZZ_TOKENS", tokens.join(" ")).env("FUZZ_KNOWN", known.to_string());
    command.current_dir(town.folder.path()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.expect("it ends in time").unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(server.api.get("/readyz").await.status, 200);
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// What is there to be found: notices in several states, people, places and a subscription.
async fn inhabit(town: &mut Town) -> Value {
    town.settle(HERE, 3).await;
    let people = &town.people;
    let notices = [people.draft().await, people.submitted().await, people.approved().await, people.published().await];
    let notices: Vec<String> = notices.iter().map(|record| id(record).to_string()).collect();
    // Some forms of a permanent address.
    let forms: Vec<String> = ["", ".jws", ".cap", ".json"].iter().map(|form| format!("{}{form}", notices[3])).collect();
    let officers: Vec<String> = [&people.author, &people.approver].iter().map(|it| it.officer.id.to_string()).collect();
    json!({ "notice": notices, "document": forms, "officer": officers, "pin": ["110001"] })
}

/// Sessions of officers who may do everything that an officer may, and of those who look after the installation.
async fn sessions(town: &Town) -> Vec<String> {
    const ROLES: [Role; 4] = [Role::Drafter, Role::Approver, Role::Publisher, Role::DepartmentAdmin];
    let world = &town.people.world;
    let mut officers = vec![town.people.platform.officer];
    for number in 0..4 {
        let department = world.department(town.people.platform, &format!("department-{number}")).await;
        for officer in 0..3 {
            officers.push(world.officer(&department, &format!("all.{number}.{officer}"), &ROLES).await.id);
        }
        officers.push(town.people.department.admin.id);
    }
    let officers: BTreeSet<_> = officers.into_iter().collect();
    let mut tokens = Vec::new();
    for officer in officers {
        let signed_in = world.sign_in.start_session(officer).await.unwrap();
        tokens.push(signed_in.access.secret.expose().to_owned());
    }
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_as_nobody() {
    let mut town = Town::new().await;
    let known = inhabit(&mut town).await;
    let server = served(&town).await;
    fuzz(&town, &server, &[], &known).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_as_officers() {
    let mut town = Town::new().await;
    let known = inhabit(&mut town).await;
    let tokens = sessions(&town).await;
    let server = served(&town).await;
    fuzz(&town, &server, &tokens, &known).await;
}
