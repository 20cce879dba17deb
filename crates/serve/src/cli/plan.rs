//! `outis plan`: show, check and edit what a site collects.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use outis_event::Plan as SitePlan;

use super::{Exit, site};
use crate::control::Control;
use crate::output;

/// Largest plan that is read.
const MAX_BYTES: u64 = 4 << 20;

#[derive(Debug, Subcommand)]
pub(crate) enum Plan {
    /// Print a site's plan (TOML).
    Show {
        /// The site.
        site: String,
    },
    /// Check a plan without using it; exit code 3 if something is wrong.
    Check {
        /// A TOML file, or - for standard input.
        file: PathBuf,
    },
    /// Change a site's plan: in your editor, or from a file.
    Edit {
        /// The site.
        site: String,
        /// Take this TOML file (or - for standard input) instead of opening an editor.
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

pub(super) async fn run(command: Plan, control: &Control) -> anyhow::Result<()> {
    match command {
        Plan::Show { site } => {
            let site = site::find(control, &site).await?;
            output::data(toml::to_string_pretty(&site.plan)?.trim_end());
        }
        Plan::Check { file } => {
            let plan = parse(&read(&file)?).map_err(|error| Exit::Findings(format!("{error:#}")))?;
            output::remark(format!("the plan is good: {}", outline(&plan)));
        }
        Plan::Edit { site, file } => {
            let site = site::find(control, &site).await?;
            let text = match file {
                Some(file) => read(&file)?,
                None => edit(&toml::to_string_pretty(&site.plan)?)?,
            };
            let plan = parse(&text)?;
            control.set_plan(site.id, &plan).await?;
            output::remark(format!("the plan is in use within two seconds: {}", outline(&plan)));
        }
    }
    Ok(())
}

fn parse(text: &str) -> anyhow::Result<SitePlan> {
    let plan: SitePlan = toml::from_str(text).context("the plan")?;
    plan.check()?;
    Ok(plan)
}

fn outline(plan: &SitePlan) -> String {
    let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let events = count(plan.events.len(), "event");
    format!("{events}, {}, {}", count(plan.pages.len(), "page"), count(plan.items.len(), "item"))
}

/// A file, or standard input for `-`.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().take(MAX_BYTES).read_to_string(&mut text)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("{}", file.display()))?;
        opened.take(MAX_BYTES).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// Opens the text in `$VISUAL` or `$EDITOR` and gives it back as it was saved.
fn edit(text: &str) -> anyhow::Result<String> {
    let editor = std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR"));
    let Ok(editor) = editor else { bail!("set EDITOR, or give the plan with --file") };
    let mut file = tempfile::Builder::new().prefix("outis-plan").suffix(".toml").tempfile()?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    let mut words = editor.split_whitespace();
    let program = words.next().context("EDITOR is empty")?;
    let status = std::process::Command::new(program).args(words).arg(file.path()).status()?;
    if !status.success() {
        bail!("the editor ended with an error: the plan stays as it was");
    }
    read(file.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_comes_back_from_its_text() {
        let text = "mode = \"strict\"\npages = [\"/a\", \"/b/*\"]\n[events.download]\npurpose = \"usage\"\n\
                    [events.download.properties.format]\nkind = \"choice\"\nvalues = [\"pdf\", \"epub\"]\n";
        let plan = parse(text).expect("plan");
        assert_eq!(parse(&toml::to_string_pretty(&plan).expect("text")).expect("plan"), plan);
        assert_eq!(outline(&plan), "1 event, 2 pages, 0 items");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let wrong = parse("pages = [\"a\"]").expect_err("page");
        assert_eq!(wrong.to_string(), "pages[0]: a page begins with /");
        assert!(parse("pagez = []").is_err());
    }
}
