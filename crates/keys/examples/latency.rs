//! Measures how long creating, removing and retiring keys takes on this machine's disk: `latency <folder> [KEYS]`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use outis_keys::{FileSlot, KeyName, Keys, Purpose, TreeKeys, TreeOptions};

fn name(number: u64) -> KeyName {
    let mut label = [0; 16];
    label[..8].copy_from_slice(&number.to_le_bytes());
    KeyName { purpose: Purpose::Member, label }
}

#[expect(clippy::print_stdout, reason = "an example speaks to the person at the terminal")]
fn say(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    println!("{what:<44} n {:>5}  p50 {:>8.2} ms  p99 {:>8.2} ms", times.len(), at(50), at(99));
}

/// Runs for every number in turn.
async fn each<F: Future>(numbers: impl Iterator<Item = u64>, mut run: impl FnMut(u64) -> F) -> Vec<Duration> {
    let mut times = Vec::new();
    for number in numbers {
        let begun = Instant::now();
        run(number).await;
        times.push(begun.elapsed());
    }
    times
}

/// Runs for all numbers at once.
async fn together<F>(numbers: impl Iterator<Item = u64>, run: impl Fn(u64) -> F) -> Vec<Duration>
where
    F: Future<Output = ()> + Send + 'static,
{
    let tasks: Vec<_> = numbers
        .map(|number| {
            let (begun, asked) = (Instant::now(), run(number));
            tokio::spawn(async move {
                asked.await;
                begun.elapsed()
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.push(task.await.expect("task"));
    }
    times
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).map(PathBuf::from).ok_or("usage: latency <folder> [KEYS]")?;
    let many: u64 = std::env::args().nth(2).map_or(Ok(100_000), |keys| keys.parse())?;
    let base = tempfile::tempdir_in(dir)?;
    let slot = Arc::new(FileSlot::open(&base.path().join("slot"))?);
    let keys = Arc::new(TreeKeys::open(&base.path().join("tree"), slot.clone(), TreeOptions::default())?);
    let create = |n: u64| {
        let keys = keys.clone();
        async move { drop(keys.create(name(n)).await.expect("created")) }
    };
    let remove = |n: u64| {
        let keys = keys.clone();
        async move { keys.remove(&[name(n)]).await.expect("removed") }
    };
    say("create, one after the other", each(0..300, create).await);
    say("remove, one after the other (tree file only)", each(0..100, remove).await);
    say("create, 1,000 at once", together(1000..2000, create).await);
    say("remove, 100 at once", together(1000..1100, remove).await);
    let begun = Instant::now();
    for from in (10_000..10_000 + many).step_by(1000) {
        together(from..from + 1000, create).await;
    }
    // Keys that were made together lie together; those who go have come at any time.
    let spread = move |n: u64, step: u64| 10_000 + n * step % many;
    say("make the many, 1,000 at once", vec![begun.elapsed()]);
    say("create among them", each(1_000_000..1_000_300, create).await);
    say("remove among them (from buckets)", each((0..50).map(|n| spread(n, 1999)), remove).await);
    // As many as 10,000 an hour bring in half a minute.
    let names: Vec<KeyName> = (0..83).map(|n| name(spread(n, 1201) + 1)).collect();
    let begun = Instant::now();
    keys.remove(&names).await?;
    say("remove 83 in one call (from buckets)", vec![begun.elapsed()]);
    let names: Vec<KeyName> = (0..many / 10).map(|n| name(spread(n, 10) + 2)).collect();
    let begun = Instant::now();
    let handle = keys.retire(&names).await?;
    say("retire a tenth: out of reach", vec![begun.elapsed()]);
    let begun = Instant::now();
    handle.destroyed().await?;
    say("retire a tenth: destroyed", vec![begun.elapsed()]);
    let begun = Instant::now();
    keys.rotate().await?;
    say("rotate", vec![begun.elapsed()]);
    // Who creates while others are removed.
    let busy = {
        let keys = keys.clone();
        let names: Vec<KeyName> = (0..400).map(|n| name(spread(n, 240) + 3)).collect();
        tokio::spawn(async move { keys.remove(&names).await })
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    say("create while 400 are removed", together(2_000_000..2_000_020, create).await);
    busy.await??;
    drop(keys);
    let begun = Instant::now();
    let keys = TreeKeys::open(&base.path().join("tree"), slot, TreeOptions::default())?;
    say("open", vec![begun.elapsed()]);
    let read = each((0..10_000).map(|n| spread(n, 7)), |n| {
        let keys = &keys;
        async move { drop(keys.get(name(n)).await.expect("read")) }
    });
    say("get", read.await);
    Ok(())
}
