//! Members are forgotten also when the disk is full.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::members::{self, ANNA, SITE, call, view};
use super::mounted::Mounted;
use super::server::Place;

const IMAGE_BYTES: u64 = 48 << 20;

/// Writes until nothing more goes onto the disk.
fn fill(path: &Path) {
    let mut file = File::options().create(true).append(true).open(path).expect("a file");
    for size in [1 << 16, 1 << 12, 1 << 8, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
    let _ = file.sync_all();
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
async fn who_wants_to_be_forgotten_is_also_when_the_disk_is_full() {
    let place = Place::new().with("low_water_mib", "1");
    let (image, data) = (place.dir.path().join("image"), place.data());
    let Some(_mounted) = Mounted::make(&image, IMAGE_BYTES, &data) else {
        eprintln!("skipped: the test of a full disk needs mkfs.ext4 and the right to mount a loop device");
        return;
    };
    let (place, server, token, application) = members::library_at(place).await;
    for who in [ANNA, "bert", "cleo"] {
        assert_eq!(view(&server, "20.0.0.1", "/a", Some(&application.token(who, 600))).await, 202);
    }
    let (filler, reserve) = (data.join("filler"), data.join("reserve"));
    assert!(reserve.exists());
    fill(&filler);
    assert_eq!(view(&server, "20.0.0.1", "/a", None).await, 503, "nothing can be taken");
    let forget = |who: &str| format!("/api/v1/people/{who}/forget?site={SITE}");
    let export = |who: &str| format!("/api/v1/people/{who}/export?site={SITE}");
    let done = call(&server, &token, "POST", &forget(ANNA), json!({ "mode": "delete" })).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.json()["receipt"].is_object(), "{}", done.text());
    assert!(!reserve.exists(), "its room was used");

    // Also for whoever comes next, and for a start.
    server.kill();
    let server = place.start().await;
    assert_eq!(call(&server, &token, "GET", &export(ANNA), Value::Null).await.status, 404);
    assert_eq!(call(&server, &token, "POST", &forget("bert"), json!({ "mode": "fold" })).await.status, 200);

    // The control: without that room it does not work, and is not said to have been done.
    let _ = std::fs::remove_file(&reserve);
    fill(&filler);
    let refused = call(&server, &token, "POST", &forget("cleo"), json!({ "mode": "delete" })).await;
    assert_eq!(refused.status.as_u16() / 100, 5, "{}", refused.text());
    std::fs::remove_file(&filler).expect("removed");
    assert_eq!(call(&server, &token, "POST", &forget("cleo"), json!({ "mode": "delete" })).await.status, 200);
    for who in [ANNA, "bert", "cleo"] {
        assert_eq!(call(&server, &token, "GET", &export(who), Value::Null).await.status, 404);
    }
    server.stop();
}
