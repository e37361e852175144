//! The command line: what can be asked of the executable, told so that a person can learn it from `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Munadi, the town crier: official notices that citizens can verify.
#[derive(Debug, Parser)]
#[command(name = "munadi", version, max_term_width = 110, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// A settings file; `munadi config default` prints all settings with their explanations
    #[arg(long, global = true, env = "MUNADI_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON for machines instead of words for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  munadi serve                                    run everything in one process
  munadi doctor                                   what is wrong with this installation?
  munadi notice submit alert.cap --key my.key     sign a CAP alert as its author, and send it to review
  munadi verify notice.json --root root.jwk --directory keys.jws
                                                  is this notice real? (needs no network)";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the parts of Munadi: all of them, or some
    Serve {
        /// Only these parts, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "PART,…")]
        only: Vec<Part>,
        /// Also receive the demonstration's pushes, and print its addresses and sign-ins
        #[arg(long)]
        demo: bool,
    },
    /// Run one worker
    Work {
        /// Which
        name: Part,
    },
    /// Bring the database's schema up to date
    Migrate,
    /// Fill, or empty, the demonstration
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Do the main job once: a flood warning becomes a signed notice that a citizen receives and verifies
    Tour,
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say what is wrong with this installation: services, versions, clock, keys, migrations, queues
    Doctor {
        /// Only what can be told in a second: is it alive?
        #[arg(long)]
        quick: bool,
    },
    /// Make the account with which everything begins: the platform admin, who makes departments; prints a password for the first sign-in
    FirstAdmin {
        /// The name to sign in with
        #[arg(long, value_name = "NAME")]
        sign_in: String,
        /// The name to show
        #[arg(long)]
        name: String,
    },
    /// Write, review and publish notices as an officer
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Say whether a notice is real; needs no network
    Verify(VerifyArgs),
    /// Check the public log: is every entry where it was, and is nothing missing?
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Make, enroll and look after keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after messages that a queue gave up on
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Run a push service for trying things out: it takes messages, checks and counts them, and delivers nothing
    Sink {
        /// Where to listen, on this machine only
        #[arg(long, default_value = "127.0.0.1:8999")]
        listen: std::net::SocketAddr,
    },
}

/// A part that can run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// The REST API and the live inbox
    Api,
    /// Moves the outbox to RabbitMQ
    Relay,
    /// Turns a notice's audience into batches
    Fanout,
    /// Sends batches to push services
    Deliver,
    /// Keeps dead letters for the operator
    DeadLetters,
    /// Our own push service, which browsers connect to
    Push,
    /// Gives audit events their places in the public log, and signs its checkpoints
    Sealer,
}

impl Part {
    /// The name in logs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Relay => "relay",
            Self::Fanout => "fanout",
            Self::Deliver => "deliver",
            Self::DeadLetters => "dead-letters",
            Self::Push => "push",
            Self::Sealer => "sealer",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Three departments, officers with different roles, and subscribers in real places; a second time it changes nothing
    Fill,
    /// Remove everything from the database: the demonstration, and all else
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the settings and say whether they make sense
    Check,
    /// Print all settings with their defaults and explanations
    Default,
}

/// Which server, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Account {
    /// The server
    #[arg(long, env = "MUNADI_SERVER", default_value = "http://localhost:8080", value_name = "URL")]
    pub(crate) server: String,
    /// Your sign-in name
    #[arg(long = "as", env = "MUNADI_SIGN_IN", value_name = "NAME")]
    pub(crate) sign_in: String,
    /// A file with your password; else the variable `MUNADI_PASSWORD` is used
    #[arg(long, env = "MUNADI_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

/// The officer's own key, in a file that the server never sees.
#[derive(Debug, Clone, Args)]
pub(crate) struct SigningKey {
    /// Your signing key, as `munadi keys new` made it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// A file with your key's passphrase; else the variable `MUNADI_KEY_PASSPHRASE` is used
    #[arg(long, env = "MUNADI_KEY_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NoticeCommand {
    /// Make a draft from a file, sign it as its author and send it to review
    Submit {
        #[command(flatten)]
        account: Account,
        /// A CAP alert (.cap, .xml), a draft in JSON, or the id of a draft that exists
        source: String,
        #[command(flatten)]
        key: SigningKey,
        /// Move the alert's times so that it starts now and lasts as long as it says
        #[arg(long)]
        from_now: bool,
        /// Only make the draft
        #[arg(long)]
        draft_only: bool,
    },
    /// Approve a notice that someone else wrote: each language, then the whole, signed
    Approve {
        #[command(flatten)]
        account: Account,
        notice: String,
        #[command(flatten)]
        key: SigningKey,
        /// Approve only these languages, and do not sign yet
        #[arg(long, value_delimiter = ',', value_name = "LANG,…")]
        languages: Vec<String>,
    },
    /// Send a notice back to its author
    Return {
        #[command(flatten)]
        account: Account,
        notice: String,
        /// What is to be mended
        #[arg(long)]
        comment: String,
    },
    /// Publish an approved notice
    Publish {
        #[command(flatten)]
        account: Account,
        notice: String,
        /// The notice's status, to show that you know whether it is a drill: Actual, Exercise or Test
        #[arg(long, value_name = "STATUS")]
        confirm: String,
    },
    /// Start an update of a published notice: a new draft
    Update {
        #[command(flatten)]
        follow: Follow,
    },
    /// Start a correction of a published notice: a new draft for the same people
    Correct {
        #[command(flatten)]
        follow: Follow,
    },
    /// Take a published notice back: signed by you alone, and published at once
    Cancel {
        #[command(flatten)]
        follow: Follow,
        #[command(flatten)]
        key: SigningKey,
        /// The notice's status: Actual, Exercise or Test
        #[arg(long, value_name = "STATUS")]
        confirm: String,
    },
    /// Show a notice, its audience and its delivery
    Show {
        #[command(flatten)]
        account: Account,
        notice: String,
    },
    /// List your department's notices
    List {
        #[command(flatten)]
        account: Account,
        /// Only those in this state: draft, `in_review`, approved, published, superseded, withdrawn
        #[arg(long)]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

/// A published notice that a new one follows.
#[derive(Debug, Clone, Args)]
pub(crate) struct Follow {
    #[command(flatten)]
    pub(crate) account: Account,
    /// The published notice
    pub(crate) notice: String,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The signed notice: a file, or - for standard input
    pub(crate) notice: String,
    /// The root's public key (JWK), as you got it from a source that you trust
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// The key directory, /.well-known/munadi/keys.jws of the server
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check every entry, tile, signature and the root; needs no account and believes nobody but the policy
    Verify(AuditVerifyArgs),
}

/// What to check a log with.
#[derive(Debug, Args)]
pub(crate) struct AuditVerifyArgs {
    /// The log: the address at which it is served, such as <https://munadi.example.gov.in/log>, or a folder with its files
    #[arg(long, value_name = "ADDRESS|FOLDER")]
    pub(crate) log: String,
    /// The policy: the keys of the log and its witnesses, as you got it from a source that you trust
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// A checkpoint that you kept from an earlier check: the log must still begin with what it covered
    #[arg(long, value_name = "FILE")]
    pub(crate) since: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make the server's keys that are missing
    Init,
    /// Make a signing key for yourself; the private part never leaves the file
    New {
        #[command(flatten)]
        key: SigningKey,
    },
    /// Hand in your key's public part; your department's admin must confirm it
    Enroll {
        #[command(flatten)]
        account: Account,
        #[command(flatten)]
        key: SigningKey,
    },
    /// Confirm that a key is its officer's, as the department's admin
    Confirm {
        #[command(flatten)]
        account: Account,
        kid: String,
    },
    /// Revoke a key at once
    Revoke {
        #[command(flatten)]
        account: Account,
        kid: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Give your department a new key, as its admin; the old one still verifies what it signed
    Rotate {
        #[command(flatten)]
        account: Account,
    },
    /// List your department's keys
    List {
        #[command(flatten)]
        account: Account,
    },
    /// Print the root's public key, which citizens' apps pin
    Root,
    /// Make a root key to be kept offline: an encrypted private file, and root.jwk beside it for the server
    NewRoot {
        #[command(flatten)]
        key: SigningKey,
    },
    /// Print, sign or bring in an edition of the key directory, where the root key is kept offline
    #[command(subcommand)]
    Directory(DirectoryCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DirectoryCommand {
    /// Write what the next edition must say, to be signed where the root key is
    Export {
        /// The file to make
        file: PathBuf,
    },
    /// Sign an edition with the root key; needs no network and no server
    Sign {
        /// What `export` wrote
        file: PathBuf,
        /// The root key
        #[command(flatten)]
        key: SigningKey,
        /// The signed edition to make
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Bring in a signed edition
    Import {
        #[command(flatten)]
        account: Account,
        /// What `sign` wrote
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadCommand {
    /// What waits for a decision
    List {
        #[command(flatten)]
        account: Account,
    },
    /// Send a message again
    Retry {
        #[command(flatten)]
        account: Account,
        id: String,
    },
    /// Drop a message for good
    Drop {
        #[command(flatten)]
        account: Account,
        id: String,
        /// Why
        #[arg(long)]
        because: String,
    },
}
