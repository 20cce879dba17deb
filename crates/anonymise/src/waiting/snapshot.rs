//! The bytes of a waiting room: version, week, secret, then per site its maps. Big-endian.

use outis_event::SiteId;
use zeroize::Zeroize;

use super::{Epoch, Map, RestoreError, SiteRoom, Week};

const VERSION: u8 = 1;

pub(super) fn write(epoch: &Epoch) -> Vec<u8> {
    let sites = epoch.sites.lock();
    let mut out = vec![VERSION];
    out.extend(epoch.week.0.to_be_bytes());
    out.extend(epoch.secret.expose("the caller seals the snapshot"));
    for (site, room) in sites.iter() {
        for (id, map) in &room.maps {
            out.extend(site.0.to_be_bytes());
            out.extend(id.to_be_bytes());
            out.push(u8::from(map.wide));
            let words = if map.wide { 4 } else { 1 };
            out.extend(map.bits[..words].iter().flat_map(|bits| bits.to_be_bytes()));
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
        let map = read_map(&mut bytes)?;
        let room: &mut SiteRoom = sites.entry(site).or_default();
        room.merge(id, &map, most);
    }
    drop(sites);
    Ok(epoch)
}

fn read_map(bytes: &mut &[u8]) -> Result<Map, RestoreError> {
    let wide = match take(bytes)? {
        [0] => false,
        [1] => true,
        _ => return Err(RestoreError::Unreadable),
    };
    let mut map = Map { bits: [0; 4], wide, touched: 0 };
    for bits in &mut map.bits[..if wide { 4 } else { 1 }] {
        *bits = u64::from_be_bytes(take(bytes)?);
    }
    Ok(map)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], RestoreError> {
    let (head, rest) = bytes.split_first_chunk::<N>().ok_or(RestoreError::Unreadable)?;
    *bytes = rest;
    Ok(*head)
}
