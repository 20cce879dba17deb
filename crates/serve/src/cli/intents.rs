//! `outis intents`: files of intents in and out of a running server, and texts to try.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::{Subcommand, ValueEnum};
use http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Exit;
use crate::config::Config;
use crate::{client, output};

/// Largest file that is read, in bytes.
const MOST_FILE_BYTES: u64 = 8 << 20;
/// How often it is looked whether the intents are learnt.
const STEP: std::time::Duration = std::time::Duration::from_millis(500);

const HEADER: &[&str] = &["intent", "confidence", "decision", "slots", "as expected"];

#[derive(Debug, Subcommand)]
pub(crate) enum Intents {
    /// Replace a site's intents by those of a file, or begin with the starter; waits until they are learnt.
    Import {
        /// The site.
        site: String,
        /// The file (or - for standard input); not with the starter.
        #[arg(required_unless_present = "starter")]
        file: Option<PathBuf>,
        /// The form of the file.
        #[arg(long, value_enum, default_value_t)]
        form: Form,
        /// Take the intents for the built-in actions, in English and German.
        #[arg(long, conflicts_with_all = ["file", "form"])]
        starter: bool,
        /// Add to what is there; intents of the same name are replaced all the same.
        #[arg(long)]
        add: bool,
        /// A token with the scope `sites`; else the environment's OUTIS_TOKEN.
        #[arg(long)]
        token: Option<String>,
    },
    /// Print a site's intents as a file.
    Export {
        /// The site.
        site: String,
        /// The form of the file.
        #[arg(long, value_enum, default_value_t)]
        form: Form,
        /// A token with the scope `sites`; else the environment's OUTIS_TOKEN.
        #[arg(long)]
        token: Option<String>,
    },
    /// See what texts mean: one a line on standard input, so that they stand in no list of processes. Behind a tab a line may
    /// say which intent it should be (or out_of_scope); then the exit code is 3 if one is another.
    Test {
        /// The site.
        site: String,
        /// How it is printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
        /// A token with the scope `intents`; else the environment's OUTIS_TOKEN.
        #[arg(long)]
        token: Option<String>,
    },
}

/// Forms of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Our own.
    #[default]
    Toml,
    /// Our own.
    Json,
    /// The JSON of Snips' library or benchmark.
    Snips,
    /// Rasa's YAML.
    Rasa,
}

impl Form {
    fn word(self) -> &'static str {
        match self {
            Form::Toml => "toml",
            Form::Json => "json",
            Form::Snips => "snips",
            Form::Rasa => "rasa",
        }
    }
}

pub(super) async fn run(command: Intents, config: &Config) -> anyhow::Result<()> {
    match command {
        Intents::Import { site, file, form, starter, add, token } => {
            let body = match file.filter(|_| !starter) {
                Some(file) => json!({ "format": form.word(), "text": read(&file)?, "add": add }),
                None => json!({ "format": "starter", "add": add }),
            };
            let server = Server::new(config, site, token, "sites")?;
            let told = server.call("POST", "/import", Some(body)).await?;
            for place in told["left_out"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                output::remark(format!("left out: {place}"));
            }
            server.learnt(told).await
        }
        Intents::Export { site, form, token } => {
            let server = Server::new(config, site, token, "sites")?;
            let file = server.call("POST", "/export", Some(json!({ "format": form.word() }))).await?;
            output::data(file["text"].as_str().unwrap_or_default().trim_end());
            Ok(())
        }
        Intents::Test { site, format, token } => test(&Server::new(config, site, token, "intents")?, format).await,
    }
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(MOST_FILE_BYTES + 1).read_to_string(&mut text)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("{}", file.display()))?;
        opened.take(MOST_FILE_BYTES + 1).read_to_string(&mut text).with_context(|| format!("{}", file.display()))?;
    }
    if text.len() as u64 > MOST_FILE_BYTES {
        bail!("definitions take at most 8 MiB");
    }
    Ok(text)
}

/// The running server, about a site.
struct Server<'a> {
    config: &'a Config,
    site: String,
    token: String,
}

impl<'a> Server<'a> {
    fn new(config: &'a Config, site: String, token: Option<String>, scope: &str) -> anyhow::Result<Server<'a>> {
        let token = token.or_else(|| std::env::var("OUTIS_TOKEN").ok());
        let token =
            token.with_context(|| format!("a token is needed: `outis token create --scope {scope}` makes one"))?;
        Ok(Server { config, site, token })
    }

    async fn call(&self, method: &str, call: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let site = utf8_percent_encode(&self.site, NON_ALPHANUMERIC);
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/intents{call}?site={site}"))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token));
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let (parts, body) = client::send(self.config, request, body).await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if parts.status.is_success() {
            return Ok(answer);
        }
        let place = answer["error"]["pointer"].as_str().map(|place| format!("{place}: ")).unwrap_or_default();
        bail!("{place}{}", answer["error"]["message"].as_str().unwrap_or("the server gave no reason"))
    }

    /// Waits until they are learnt, and says how well.
    async fn learnt(&self, mut told: Value) -> anyhow::Result<()> {
        while told["state"] == "learning" {
            tokio::time::sleep(STEP).await;
            told = self.call("GET", "", None).await?;
        }
        if told["state"] == "failed" {
            bail!("the server could not learn them; its log tells when");
        }
        let count = |wrong: bool| {
            let confusion = told["confusion"].as_array().into_iter().flatten();
            let chosen = confusion.filter(|one| !wrong || one["told"] != one["intent"]);
            chosen.filter_map(|one| one["examples"].as_u64()).sum::<u64>()
        };
        let intents = told["definitions"]["intents"].as_array().map_or(0, Vec::len);
        let (all, wrong) = (count(false), count(true));
        output::remark(format!(
            "learnt {intents} intents; of {all} examples that were left out in turn {wrong} were told to be something else"
        ));
        Ok(())
    }
}

async fn test(server: &Server<'_>, format: output::Format) -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().take(MOST_FILE_BYTES).read_to_string(&mut text)?;
    let (mut rows, mut all, mut wrong, mut expected) = (Vec::new(), Vec::new(), 0, 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (text, wanted) = line.split_once('\t').map_or((line, None), |(text, wanted)| (text, Some(wanted.trim())));
        let told = server.call("POST", "/interpret", Some(json!({ "text": text }))).await?;
        let intent = told["intent"].as_str().unwrap_or("out_of_scope").to_owned();
        if let Some(wanted) = wanted {
            expected += 1;
            wrong += usize::from(wanted != intent);
        }
        let confidence = format!("{:.2}", told["confidence"].as_f64().unwrap_or_default());
        let decision = told["decision"].as_str().unwrap_or_default().to_owned();
        let is_right = wanted.map_or("-", |wanted| if wanted == intent { "yes" } else { "no" }).to_owned();
        rows.push(vec![intent, confidence, decision, told["arguments"].to_string(), is_right]);
        all.push(told);
    }
    match format {
        output::Format::Json => output::data(serde_json::to_string_pretty(&all)?),
        output::Format::Csv => output::csv(HEADER, &rows),
        output::Format::Table => output::table(HEADER, &rows),
    }
    match wrong {
        0 => Ok(()),
        _ => Err(Exit::Findings(format!("{wrong} of {expected} texts were told to be something else")).into()),
    }
}
