//! Which items carry which tags, both ways, as plain numbers.

/// Lists of ascending numbers, one after another in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    ends: Vec<usize>,
    all: Vec<u32>,
}

impl Lists {
    pub(crate) fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.all.extend(list);
        self.ends.push(self.all.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The list, empty if there is none of that number.
    pub(crate) fn list(&self, at: usize) -> &[u32] {
        let Some(end) = self.ends.get(at) else { return &[] };
        let begin = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.all[begin..*end]
    }

    /// The same relation seen from the other side.
    pub(crate) fn turned(&self, lists: usize) -> Lists {
        let mut turned = vec![Vec::new(); lists];
        for at in 0..self.len() {
            for other in self.list(at) {
                turned[*other as usize].push(at as u32);
            }
        }
        let mut out = Lists::default();
        turned.into_iter().for_each(|list| out.push(list));
        out
    }
}

/// The tags of a catalogue's items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tagging {
    of_item: Lists,
    of_tag: Lists,
}

impl Tagging {
    /// `tags_of_items[item]` are the numbers of the item's tags, below `tags`; greater ones are left out.
    #[must_use]
    pub fn new(tags_of_items: &[Vec<u32>], tags: usize) -> Tagging {
        let mut of_item = Lists::default();
        for list in tags_of_items {
            let mut list: Vec<u32> = list.iter().copied().filter(|tag| (*tag as usize) < tags).collect();
            list.sort_unstable();
            list.dedup();
            of_item.push(list);
        }
        let of_tag = of_item.turned(tags);
        Tagging { of_item, of_tag }
    }

    /// Items, those without tags included.
    #[must_use]
    pub fn items(&self) -> usize {
        self.of_item.len()
    }

    /// Tags, those of no item included.
    #[must_use]
    pub fn tags(&self) -> usize {
        self.of_tag.len()
    }

    /// The tags of an item, ascending.
    #[must_use]
    pub fn tags_of(&self, item: u32) -> &[u32] {
        self.of_item.list(item as usize)
    }

    /// The items of a tag, ascending.
    #[must_use]
    pub fn items_of(&self, tag: u32) -> &[u32] {
        self.of_tag.list(tag as usize)
    }
}
