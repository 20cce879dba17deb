//! The bytes of a waiting room: version, week, secret of words, then site, word and number of persons. Big-endian.

use outis_event::SiteId;
use zeroize::Zeroize;

use super::{Epoch, RestoreError, SiteRoom, Week};

const VERSION: u8 = 2;

pub(super) fn write(epoch: &Epoch) -> Vec<u8> {
    let sites = epoch.sites.lock();
    let mut out = vec![VERSION];
    out.extend(epoch.week.0.to_be_bytes());
    out.extend(epoch.secret.expose("the caller seals the snapshot"));
    for (site, room) in sites.iter() {
        for (id, map) in &room.maps {
            out.extend(site.0.to_be_bytes());
            out.extend(id.to_be_bytes());
            let persons = u16::try_from(map.persons()).expect("a map has 256 bits");
            out.extend(persons.to_be_bytes());
        }
    }
    out
}

pub(super) fn read(mut bytes: &[u8], most: usize) -> Result<Epoch, RestoreError> {
    let [version] = take(&mut bytes)?;
    if version != VERSION {
        return Err(if version > VERSION { RestoreError::Version } else { RestoreError::Unreadable });
    }
    let week = Week(i32::from_be_bytes(take(&mut bytes)?));
    let mut secret: [u8; 32] = take(&mut bytes)?;
    let epoch = Epoch::with_secret(week, secret);
    secret.zeroize();
    let mut sites = epoch.sites.lock();
    while !bytes.is_empty() {
        let site = SiteId(u32::from_be_bytes(take(&mut bytes)?));
        let id = u128::from_be_bytes(take(&mut bytes)?);
        let persons = u16::from_be_bytes(take(&mut bytes)?);
        let room: &mut SiteRoom = sites.entry(site).or_default();
        room.merge(id, persons, most);
    }
    drop(sites);
    Ok(epoch)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], RestoreError> {
    let (head, rest) = bytes.split_first_chunk::<N>().ok_or(RestoreError::Unreadable)?;
    *bytes = rest;
    Ok(*head)
}
