//! `outis query`: a question to a running server, in the terminal.

use anyhow::{Context, bail};
use clap::Args;
use http::StatusCode;
use serde_json::{Value, json};

use super::Exit;
use crate::config::Config;
use crate::{client, output};

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The site.
    site: String,
    /// What is measured, such as visitors,pageviews,bounce_rate.
    #[arg(long, value_delimiter = ',', default_value = "visitors,visits,pageviews")]
    metrics: Vec<String>,
    /// What rows stand for: a dimension such as page, source or country; or hour, day, week, month. Without it: totals.
    #[arg(long)]
    by: Option<String>,
    /// today, yesterday, 24h, 7d, 28d, 30d, 91d, month, last_month, year, 6mo, 12mo or all.
    #[arg(long, default_value = "28d")]
    period: String,
    /// A condition such as `page is /a,/b` or `source contains goo`; may be given up to three times.
    #[arg(long = "where")]
    conditions: Vec<String>,
    /// Most rows.
    #[arg(long, default_value_t = 10)]
    limit: u32,
    /// How rows are printed.
    #[arg(long, value_enum, default_value_t)]
    format: output::Format,
    /// A token with the scope `stats` (`outis token create`); else the environment's OUTIS_TOKEN.
    #[arg(long)]
    token: Option<String>,
}

const INTERVALS: [&str; 4] = ["hour", "day", "week", "month"];

pub(super) async fn run(ask: Ask, config: &Config) -> anyhow::Result<()> {
    let token = ask.token.clone().or_else(|| std::env::var("OUTIS_TOKEN").ok());
    let token = token.context("a token is needed: `outis token create` makes one, OUTIS_TOKEN or --token gives it")?;
    let (form, body) = request(&ask)?;
    let path = format!("/api/v1/insights/{form}");
    let (status, answer) = client::post(config, &path, Some(&token), &body).await?;
    if status == StatusCode::OK {
        return print(&ask, &answer);
    }
    let message = answer["error"]["message"].as_str().unwrap_or("the server gave no reason").to_owned();
    if status == StatusCode::FORBIDDEN {
        return Err(Exit::Refused(message).into());
    }
    bail!("{message}")
}

fn request(ask: &Ask) -> anyhow::Result<(&'static str, Value)> {
    let filters = ask.conditions.iter().map(|text| condition(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut body = json!({
        "site": ask.site,
        "period": { "preset": ask.period },
        "metrics": ask.metrics,
        "filters": filters,
    });
    let form = match ask.by.as_deref() {
        None => "totals",
        Some(interval) if INTERVALS.contains(&interval) => {
            body["interval"] = json!(interval);
            "series"
        }
        Some(dimension) => {
            body["dimension"] = json!(dimension);
            body["limit"] = json!(ask.limit);
            "breakdown"
        }
    };
    Ok((form, body))
}

/// `DIMENSION OPERATOR VALUE[,VALUE…]`.
fn condition(text: &str) -> anyhow::Result<Value> {
    let mut words = text.trim().splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(dimension), Some(operator), Some(values)) => {
            let values: Vec<&str> = values.split(',').map(str::trim).collect();
            Ok(json!([operator, dimension, values]))
        }
        (Some(dimension), Some(operator), None) => Ok(json!([operator, dimension])),
        _ => bail!("a condition is a dimension, an operator and values, such as `source is Google,Bing`"),
    }
}

fn print(ask: &Ask, answer: &Value) -> anyhow::Result<()> {
    let none = Vec::new();
    let rows = answer["rows"].as_array().unwrap_or(&none);
    let key = ask.by.as_deref();
    let header: Vec<&str> = key.into_iter().chain(ask.metrics.iter().map(String::as_str)).collect();
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let keys = row["keys"].as_array().unwrap_or(&none).iter().map(|word| named(row, word));
            keys.chain(row["values"].as_array().unwrap_or(&none).iter().map(cell)).collect()
        })
        .collect();
    match ask.format {
        output::Format::Json => output::data(serde_json::to_string_pretty(answer)?),
        output::Format::Csv => output::csv(&header, &cells),
        output::Format::Table => {
            output::table(&header, &cells);
            output::remark(how(answer));
        }
    }
    Ok(())
}

fn named(row: &Value, word: &Value) -> String {
    match (row["kind"].as_str(), word.as_str()) {
        (Some("none"), _) => "(none)".to_owned(),
        (_, Some(word)) => word.to_owned(),
        _ => String::new(),
    }
}

/// How the answer came about, in one line.
fn how(answer: &Value) -> String {
    let how = &answer["how"];
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let hidden = answer["hidden"]["groups"].as_u64().unwrap_or(0);
    let hidden = if hidden == 0 { String::new() } else { format!(", {hidden} smaller groups are in (other)") };
    let noise = match how["noise"]["standard_error"]["visitors"].as_f64() {
        Some(error) => format!(", with noise of up to ±{error} visitors (one standard error)"),
        None => String::new(),
    };
    format!(
        "{} to {} ({}), fewest people {}, counts to the nearest {}{noise}{hidden}, as of {}",
        text(&how["window"][0]),
        text(&how["window"][1]),
        text(&how["time_zone"]),
        how["floor"],
        how["rounded_to"],
        text(&how["fresh_as_of"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_becomes_a_filter() {
        assert_eq!(condition("source is Google, Bing").expect("filter"), json!(["is", "source", ["Google", "Bing"]]));
        assert_eq!(condition("page contains /a b").expect("filter"), json!(["contains", "page", ["/a b"]]));
        assert_eq!(condition("item set").expect("filter"), json!(["set", "item"]));
        assert!(condition("page").is_err());
    }
}
