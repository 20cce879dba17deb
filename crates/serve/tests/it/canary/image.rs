//! What is left of canaries on the disk under the file system: blocks in use, free blocks, and the file system's own journal.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::search::finds;
use super::{BATCH, MARK, SITE, forms, people, tell_all, wrong_requests};
use crate::members;
use crate::mounted::Mounted;
use crate::server::Place;

const IMAGE_BYTES: u64 = 64 << 20;

/// A file that is written, synced and removed: its bytes are in free blocks.
fn write_and_remove(folder: &Path) {
    let path = folder.join("removed");
    let mut file = File::create(&path).expect("a file");
    file.write_all(format!("a {MARK} that was removed").as_bytes()).and_then(|()| file.sync_all()).expect("written");
    std::fs::remove_file(path).expect("removed");
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
async fn no_canary_is_in_the_raw_image_nor_in_its_free_blocks() {
    let place = Place::new().with("log_level", "trace").with("low_water_mib", "1");
    let (image, data) = (place.dir.path().join("image"), place.data());
    let Some(mounted) = Mounted::make(&image, IMAGE_BYTES, &data) else {
        eprintln!("skipped: the test of the raw image needs mkfs.ext4 and the right to mount a loop device");
        return;
    };
    place.outis(&["site", "add", SITE, "--floor", "1"]);
    let debug = place.outis(&["site", "debug-token", SITE]);
    let (place, server, token, application) = members::library_of(place, &["--floor", "1"]).await;
    tell_all(&server, 20 * BATCH).await;
    let answers = wrong_requests(&server, &token).await
        + &forms::every_form(&server, Some(&debug)).await
        + &people::states(&server, &application).await
        + &people::forgets(&server, &token, &application).await;
    server.stop();
    // Merging and what else is due at a start.
    let server = place.start().await;
    let log = server.log();
    server.stop();
    assert_eq!(finds(answers.as_bytes()), None, "in answers");
    assert_eq!(finds(log.as_bytes()), None, "in the log");
    drop(mounted);
    let bytes = std::fs::read(&image).expect("the image");
    assert!(bytes.iter().filter(|byte| **byte != 0).count() > 100_000, "the server's files are in it");
    assert_eq!(finds(&bytes), None, "in the raw image");

    write_and_remove(Mounted::again(&image, &data).expect("mounted again").0);
    assert_eq!(finds(&std::fs::read(&image).expect("the image")), Some("text"), "what was removed is found");
}
