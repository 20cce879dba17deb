//! Reads the public data sets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;

/// Who likes what, and which tags items have, as numbers from 0.
pub(crate) struct Set {
    pub(crate) members: Vec<Vec<u32>>,
    pub(crate) tags: Vec<Vec<u32>>,
    pub(crate) tag_count: usize,
}

pub(crate) fn read(name: &str, dir: &Path) -> anyhow::Result<Set> {
    match name {
        "citeulike-t" => citeulike(dir),
        "lastfm-2k" => lastfm(dir),
        _ => anyhow::bail!("no such data set"),
    }
}

/// Lines of numbers, the first of which is how many follow.
fn counted(path: &Path) -> anyhow::Result<Vec<Vec<u32>>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines()
        .map(|line| {
            let numbers: Vec<u32> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            let mut items = numbers.get(1..).unwrap_or_default().to_vec();
            items.sort_unstable();
            items.dedup();
            Ok(items)
        })
        .collect()
}

fn citeulike(dir: &Path) -> anyhow::Result<Set> {
    let members = counted(&dir.join("users.dat"))?;
    let items_of_tags = counted(&dir.join("tag-item.dat"))?;
    let items = members.iter().chain(&items_of_tags).flatten().max().map_or(0, |most| *most as usize + 1);
    let mut tags = vec![Vec::new(); items];
    for (tag, items) in items_of_tags.iter().enumerate() {
        items.iter().for_each(|item| tags[*item as usize].push(tag as u32));
    }
    Ok(Set { members, tags, tag_count: items_of_tags.len() })
}

fn lastfm(dir: &Path) -> anyhow::Result<Set> {
    let text = std::fs::read_to_string(dir.join("user_artists.dat"))?;
    let mut members: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut fields = line.split_whitespace().map(str::parse::<u32>);
        let (Some(user), Some(artist)) = (fields.next().transpose()?, fields.next().transpose()?) else { continue };
        let next = numbers.len() as u32;
        members.entry(user).or_default().insert(*numbers.entry(artist).or_insert(next));
    }
    let members = members.into_values().map(|items| items.into_iter().collect()).collect();
    Ok(Set { members, tags: vec![Vec::new(); numbers.len()], tag_count: 0 })
}
