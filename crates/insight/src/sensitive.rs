//! What is sensitive on a site, and which questions cross it with place or device.

use outis_event::{Dimension, Site, Space, Vocabulary};

use crate::behaviour::{About, Behaviour, Direction};
use crate::history::Family;
use crate::{EventFilter, Filter, Group, Query, VisitField};

/// What a site's plan says is sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sensitive {
    /// Some pages are: then no page is crossed, for what is told of all others tells the rest.
    pub pages: bool,
    /// Properties that are.
    pub properties: Vec<Group>,
}

/// Something sensitive and a place or device that must not be told together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The page, or the property, that is asked about.
    pub sensitive: Group,
    /// The place or device.
    pub with: Dimension,
}

impl Sensitive {
    /// What the plan of a site marks, as far as it has words.
    pub fn of(site: &Site, words: &Vocabulary) -> Sensitive {
        let all = site.plan.events.values().flat_map(|event| &event.properties);
        let names = all.filter(|(_, property)| property.sensitive).map(|(name, _)| name);
        let properties = names.filter_map(|name| words.lookup(Space::PROPERTY, name)).map(Group::Property);
        Sensitive { pages: !site.plan.sensitive_pages.is_empty(), properties: properties.collect() }
    }

    /// True if nothing is.
    pub fn is_empty(&self) -> bool {
        !self.pages && self.properties.is_empty()
    }

    /// What of these attributes must not be told together, if anything.
    pub fn crossing(&self, asked: &[Group]) -> Option<Crossing> {
        let sensitive = *asked.iter().find(|group| self.is_sensitive(group))?;
        let with = asked.iter().find_map(|group| match group {
            Group::Dimension(dimension) if Family::is_place_or_device(group) => Some(*dimension),
            _ => None,
        })?;
        Some(Crossing { sensitive, with })
    }

    /// True if one of these attributes is sensitive.
    pub fn touches(&self, asked: &[Group]) -> bool {
        asked.iter().any(|group| self.is_sensitive(group))
    }

    fn is_sensitive(&self, group: &Group) -> bool {
        let is_page = match group {
            Group::Dimension(Dimension::Page) => true,
            Group::Visit(field) => matches!(field, VisitField::EntryPage | VisitField::ExitPage),
            _ => false,
        };
        self.pages && is_page || self.properties.contains(group)
    }
}

impl Filter {
    /// Collects the attributes it looks at.
    pub fn attributes(&self, into: &mut Vec<Group>) {
        match self {
            Filter::Event(EventFilter::Dimension(dimension, _)) => into.push(Group::Dimension(*dimension)),
            Filter::Event(EventFilter::Visit(field, _)) => into.push(Group::Visit(*field)),
            Filter::Event(EventFilter::Property(key, _)) => into.push(Group::Property(*key)),
            Filter::Event(EventFilter::Language(_)) => into.push(Group::Language),
            Filter::Event(EventFilter::Tag(_)) => into.push(Group::Tag),
            Filter::Event(EventFilter::Scrolled(_) | EventFilter::Paid(_)) => {}
            Filter::And(list) | Filter::Or(list) => list.iter().for_each(|filter| filter.attributes(into)),
            Filter::Not(inner) | Filter::VisitHas(inner) | Filter::Selected(inner) => inner.attributes(into),
        }
    }
}

impl Query {
    /// The attributes it asks about: groups and filters.
    pub fn attributes(&self) -> Vec<Group> {
        let mut asked = self.groups.clone();
        self.filter.attributes(&mut asked);
        asked
    }
}

impl Behaviour {
    /// The attributes it asks about: filters, steps and groups.
    pub fn attributes(&self) -> Vec<Group> {
        let mut asked = Vec::new();
        self.base.filter.attributes(&mut asked);
        for narrowed in &self.narrowed {
            narrowed.named.attributes(&mut asked);
            narrowed.by.attributes(&mut asked);
        }
        self.about.attributes(&mut asked);
        asked
    }
}

impl About {
    fn attributes(&self, into: &mut Vec<Group>) {
        match self {
            About::Funnel(funnel) => {
                let excluded = funnel.exclude.iter().map(|excluded| &excluded.filter);
                funnel.steps.iter().chain(excluded).for_each(|filter| filter.attributes(into));
                into.extend(funnel.hold.into_iter().chain(funnel.group));
            }
            About::Journeys(journeys) => {
                into.extend(journeys.pages.then_some(Group::Dimension(Dimension::Page)));
                into.extend(journeys.events.then_some(Group::Dimension(Dimension::Event)));
                match &journeys.direction {
                    Direction::Forward(None) => {}
                    Direction::Forward(Some(at)) | Direction::Backward(at) => at.attributes(into),
                    Direction::Between(from, to) => [from, to].into_iter().for_each(|filter| filter.attributes(into)),
                }
            }
            About::Attribution(attribution) => {
                attribution.goal.attributes(into);
                into.push(attribution.group);
            }
            About::Frequency(filter) | About::Present(filter) => filter.attributes(into),
            About::Visits | About::Retention(_) | About::Followed(_) | About::Lifecycle(_) => {}
        }
    }
}
