//! User agents against the public cases.

use super::*;

#[test]
fn classes_of_devices() {
    let cases = [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0 Safari/537.36", Some(Device::Desktop)),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", Some(Device::Desktop)),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/131.0.0.0 Safari/537.36", Some(Device::Desktop)),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148", Some(Device::Mobile)),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile Safari/537.36", Some(Device::Mobile)),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Safari/537.36", Some(Device::Tablet)),
        ("Mozilla/5.0 (iPad; CPU OS 16_1 like Mac OS X) Mobile/15E148", Some(Device::Tablet)),
        ("Mozilla/5.0 (Linux; Android 9; AFTMM) Silk/120 like Chrome/120 Safari/537.36", Some(Device::Tv)),
        ("Mozilla/5.0 (Web0S; Linux/SmartTV) Chrome/87 Safari/537.36", Some(Device::Tv)),
        ("Mozilla/5.0 (PlayStation; PlayStation 5/2.26) Version/13.0 Safari/605.1.15", Some(Device::Console)),
        ("something", None),
    ];
    for (agent, device) in cases {
        assert_eq!(device_of(agent), device, "{agent}");
    }
}

#[test]
fn memory_is_bounded_and_keeps_what_is_used() {
    let agents = Agents::empty();
    let first = agents.parse("first");
    for i in 0..REMEMBERED * 4 {
        agents.parse(&i.to_string());
        if i % 1000 == 0 {
            assert!(Arc::ptr_eq(&agents.parse("first"), &first));
        }
    }
    let memory = agents.memory.read();
    assert!(memory.young.len() <= REMEMBERED && memory.old.len() <= REMEMBERED);
}

/// One case of uap-core's tests.
#[derive(Default)]
struct Case {
    agent: String,
    family: String,
    major: Option<String>,
}

/// Reads the flat YAML of uap-core's test files: a list of maps of one-line scalars.
fn cases(text: &str) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.trim_start_matches("- ").split_once(':') else { continue };
        if line.starts_with("- ") {
            all.push(Case::default());
        }
        let Some(case) = all.last_mut() else { continue };
        match key {
            "user_agent_string" => case.agent = scalar(value),
            "family" => case.family = scalar(value),
            "major" => case.major = Some(scalar(value)).filter(|major| !major.is_empty()),
            _ => {}
        }
    }
    all
}

fn scalar(text: &str) -> String {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.split_once_last(quote));
    if let Some(inner) = quoted('\'') {
        inner.replace("\'\'", "'")
    } else if let Some(inner) = quoted('"') {
        inner.replace("\\\"", "\"").replace("\\\\", "\\")
    } else {
        text.split(" #").next().unwrap_or("").trim().to_owned()
    }
}

trait SplitLast {
    fn split_once_last(&self, at: char) -> Option<&str>;
}

impl SplitLast for str {
    /// What stands before the last `at`.
    fn split_once_last(&self, at: char) -> Option<&str> {
        self.rsplit_once(at).map(|(before, _)| before)
    }
}

/// The test files of uap-core, where the workspace has them beside it.
fn public_list(name: &str) -> Option<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = ["../shared/data/public-lists", "../../shared/data/public-lists"];
    places.iter().find_map(|place| std::fs::read_to_string(root.join(place).join(name)).ok())
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn check(name: &str, read: impl Fn(&Agent) -> (&str, Option<&str>)) {
    let Some(text) = public_list(name) else {
        eprintln!("skipped: {name} is not beside the workspace");
        return;
    };
    if EMBEDDED.contains("\"complete\": false") || EMBEDDED.contains("\"complete\":false") {
        eprintln!("skipped: built with the older list of npm, which does not know every case");
        return;
    }
    let agents = Agents::embedded().expect("embedded lists");
    let cases = cases(&text);
    assert!(cases.len() > 400, "{name} has {} cases", cases.len());
    assert_eq!(cases.len(), text.matches("user_agent_string:").count(), "every case of {name} is read");
    assert!(cases.iter().all(|case| !case.agent.is_empty() && !case.family.is_empty()), "cases of {name} are whole");
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let agent = agents.parse_anew(&case.agent);
            let found = read(&agent);
            let right = found == (case.family.as_str(), case.major.as_deref());
            (!right).then(|| format!("{}: {found:?}, not {} {:?}", case.agent, case.family, case.major))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_browser_of_uap_core_has_its_family_and_major_version() {
    check("uap-core-test_ua.yaml", |agent| (&agent.browser, agent.browser_major.as_deref()));
}

#[test]
fn every_system_of_uap_core_has_its_family_and_major_version() {
    check("uap-core-test_os.yaml", |agent| (&agent.os, agent.os_major.as_deref()));
}
