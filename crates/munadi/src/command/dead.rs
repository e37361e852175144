//! `munadi dead …`: messages that a queue gave up on, and what the operator does with them.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{cli::DeadCommand, client::Client, output::Output};

/// Runs the command.
pub(crate) fn run(command: DeadCommand, output: Output) -> Result<()> {
    match command {
        DeadCommand::List { account } => list(&Client::sign_in(&account)?, output),
        DeadCommand::Retry { account, id } => {
            let answer: Value = Client::sign_in(&account)?.post(&format!("/v1/dead-letters/{id}/retry"), &json!({}))?;
            output.result(&format!("{id} is on its way again"), &answer);
            Ok(())
        }
        DeadCommand::Drop { account, id, because } => {
            let body = json!({ "because": because });
            let answer: Value = Client::sign_in(&account)?.post(&format!("/v1/dead-letters/{id}/drop"), &body)?;
            output.result(&format!("{id} is dropped"), &answer);
            Ok(())
        }
    }
}

fn list(client: &Client, output: Output) -> Result<()> {
    let answer: Value = client.get("/v1/dead-letters")?;
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let letters = answer["dead_letters"].as_array().into_iter().flatten();
    let lines = letters.map(|letter| {
        let message = letter
            .get("message")
            .filter(|message| !message.is_null())
            .map_or("(unreadable)".to_owned(), Value::to_string);
        format!(
            "{}  {}  {:20} {}\n    {message}\n",
            text(&letter["id"]),
            text(&letter["died_at"]),
            text(&letter["queue"]),
            text(&letter["reason"])
        )
    });
    let words: String = lines.collect();
    output.result(if words.is_empty() { "There are none." } else { &words }, &answer);
    Ok(())
}
