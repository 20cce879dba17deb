//! A list as it is asked for and told, in words of the site.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest;
use jiff::Timestamp;
use outis_event::SiteId;
use outis_people::{Active, PeopleError, Preference, Purpose};
use outis_personal::catalogue::{Attribute, Catalogue};
use outis_personal::model::Tier;
use outis_personal::serve::{
    Filter, List, Logic, MOST_RECOMMENDED, Placement, Reason, Recommended, Request, VariantKey, explain, recommend,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::placement::CONTROL;
use super::shown::DEFAULT;
use super::{Models, View};

/// Said while nothing is learnt from members who are there.
pub(super) const ANEW: &str =
    "what members like is being learnt anew since the server started: until then only tags tell what goes together";

/// Items of a list, unless another number is asked for.
const LENGTH: usize = 20;

/// What a list is asked for by. Ids of items and tags that the catalogue does not have are passed over, and counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) likes: Vec<String>,
    pub(crate) bookmarks: Vec<String>,
    pub(crate) tags: Vec<String>,
    /// Interests in somebody's own words: those that are tags count.
    pub(crate) interests: Vec<String>,
    pub(crate) hidden: Vec<String>,
    pub(crate) seen: Vec<String>,
    /// The item that is looked at.
    pub(crate) context: Option<String>,
    /// The placement's name; `None`: what is there without being declared.
    pub(crate) placement: Option<String>,
    pub(crate) limit: Option<usize>,
    pub(crate) filter: Filtered,
    /// What variants and new items are drawn by: something that does not last. `None`: drawn anew each time.
    pub(crate) draw: Option<[u8; 16]>,
    /// Whoever it is for has not agreed that what they said be used.
    pub(crate) not_agreed: bool,
}

/// What all items of a list have to be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filtered {
    /// At least one of these tags; empty: any.
    pub(crate) tags: Vec<String>,
    pub(crate) kind: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// A list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    /// Best first.
    pub(crate) items: Vec<ToldItem>,
    /// How the list came about.
    pub(crate) computed: Computed,
}

/// An item of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ToldItem {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// Why, the weightiest first: at least one.
    pub(crate) reasons: Vec<ToldReason>,
    /// `placement.variant.rank`, in numbers: the same for everybody.
    pub(crate) recommendation_id: String,
}

/// Why an item is in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct ToldReason {
    /// `tag_followed`, `liked`, `bookmarked`, `similar_to`, `popular`, `trending`, `new`, `editorial`.
    pub(crate) kind: &'static str,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<String>,
    /// The item that it goes with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) item: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
}

/// How a list came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Computed {
    /// The placement's name.
    pub(crate) placement: String,
    /// The variant's name.
    pub(crate) variant: String,
    /// What the list was made by.
    #[schema(value_type = String)]
    pub(crate) logic: Logic,
    /// The model's number.
    pub(crate) model: u64,
    /// Its kind: `content`, `neighbours`, `head_and_tail`, `linear`.
    #[schema(value_type = String)]
    pub(crate) tier: Tier,
    /// What took the place of what was asked for, and why; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// So many items and tags that were named are not in the catalogue.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) unknown: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Wish {
    /// What a member says, as far as they agreed to its being used. What they do not want to see is left out either way.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub(crate) fn of_member(active: &Active) -> Result<Wish, PeopleError> {
        let hidden = active.items(Preference::Hidden)?;
        if !active.allows(&Purpose::Personalisation) {
            return Ok(Wish { hidden, not_agreed: true, ..Wish::default() });
        }
        let stated = active.all_stated()?;
        Ok(Wish {
            likes: active.items(Preference::Like)?,
            bookmarks: active.items(Preference::Bookmark)?,
            tags: stated.tags.into_iter().collect(),
            interests: stated.interests.into_iter().collect(),
            hidden,
            ..Wish::default()
        })
    }

    fn says_nothing(&self) -> bool {
        self.likes.is_empty() && self.bookmarks.is_empty() && self.tags.is_empty() && self.interests.is_empty()
    }
}

/// A wish in numbers of the catalogue.
struct Numbers {
    likes: Vec<u32>,
    bookmarks: Vec<u32>,
    tags: Vec<u32>,
    hidden: Vec<u32>,
    seen: Vec<u32>,
    context: Option<u32>,
    filter: Filter,
    /// A filter names tags, none of which is there.
    filters_all: bool,
    unknown: usize,
}

fn ascending(ids: &[String], of: impl Fn(&str) -> Option<u32>) -> Vec<u32> {
    ids.iter().filter_map(|id| of(id)).collect::<BTreeSet<u32>>().into_iter().collect()
}

impl Numbers {
    fn of(wish: &Wish, catalogue: &Catalogue) -> Numbers {
        let item = |id: &str| catalogue.number(id);
        let tag = |text: &str| catalogue.tag(text);
        let named = wish.tags.iter().chain(&wish.interests).cloned().collect::<Vec<_>>();
        let filter_tags = ascending(&wish.filter.tags, tag);
        let missing =
            |list: &[String], of: &dyn Fn(&str) -> Option<u32>| list.iter().filter(|id| of(id).is_none()).count();
        let unknown = [&wish.likes, &wish.bookmarks, &wish.hidden, &wish.seen].map(|list| missing(list, &item));
        Numbers {
            likes: ascending(&wish.likes, item),
            bookmarks: ascending(&wish.bookmarks, item),
            tags: ascending(&named, tag),
            hidden: ascending(&wish.hidden, item),
            seen: ascending(&wish.seen, item),
            context: wish.context.as_deref().and_then(item),
            filters_all: filter_tags.is_empty() && !wish.filter.tags.is_empty(),
            unknown: unknown.iter().sum::<usize>() + missing(&wish.tags, &tag) + missing(&wish.filter.tags, &tag),
            filter: Filter {
                tags: filter_tags,
                kind: wish.filter.kind.clone(),
                language: wish.filter.language.clone(),
                attributes: wish.filter.attributes.clone(),
            },
        }
    }
}

impl Models {
    /// A list for whoever says this. The same wish and draw give the same list as long as nothing changes. Nothing of it is
    /// kept.
    ///
    /// # Errors
    /// When what there is of the site has to be read first and cannot be.
    pub(crate) async fn recommend(&self, site: SiteId, wish: &Wish) -> anyhow::Result<Told> {
        let shown = self.shown(site).await?;
        // As it is at this moment: what was hidden since lists were made to fit it is left out already.
        let catalogue = self.catalogues.of(site);
        let now = Timestamp::from_millisecond(self.clock.now().0)?;
        let draw = match wish.draw {
            Some(draw) => draw,
            None => fastrand::u128(..).to_le_bytes(),
        };
        let of_site = self.site(site).await?;
        let key = VariantKey::new(&of_site.variant_key);
        let told = shown.tell(&catalogue, wish, &key, &draw, now);
        let is_anew = of_site.state.lock().is_anew;
        Ok(if is_anew { told.anew() } else { told })
    }
}

/// Most reasons of an explanation.
const MOST_REASONS: usize = 20;

impl Models {
    /// Everything that was said that speaks for an item, and why it is not to be suggested, if it is not.
    ///
    /// # Errors
    /// As [`Models::recommend`].
    pub(crate) async fn explain(
        &self,
        site: SiteId,
        wish: &Wish,
        item: &str,
    ) -> anyhow::Result<(Vec<ToldReason>, Option<&'static str>)> {
        let shown = self.shown(site).await?;
        let catalogue = self.catalogues.of(site);
        let now = Timestamp::from_millisecond(self.clock.now().0)?;
        let numbers = Numbers::of(wish, &catalogue);
        let found = catalogue.number(item).and_then(|number| Some((number, catalogue.item(number)?)));
        let Some((number, found)) = found else { return Ok((Vec::new(), Some("the catalogue has no such item"))) };
        let Some(placement) = shown.placement(wish.placement.as_deref().unwrap_or(DEFAULT)) else {
            return Ok((Vec::new(), Some("there is no placement of this name")));
        };
        let has = |list: &[u32]| list.binary_search(&number).is_ok();
        let not_because = if has(&numbers.hidden) {
            Some("it is not wanted")
        } else if has(&numbers.likes) || has(&numbers.bookmarks) {
            Some("it is liked or bookmarked already")
        } else if !found.shown_at(now) {
            Some("it is hidden, not published yet, or expired")
        } else {
            None
        };
        let request = Request {
            liked: &numbers.likes,
            bookmarked: &numbers.bookmarks,
            tags: &numbers.tags,
            ..Request::new(&numbers.filter, 1, now)
        };
        let reasons = placement
            .variants
            .first()
            .map(|(_, _, placement)| explain(&shown.sources(&catalogue), placement, &request, number, MOST_REASONS));
        let told = reasons.unwrap_or_default().into_iter().map(|reason| told_reason(&catalogue, reason)).collect();
        Ok((told, not_because))
    }
}

impl View {
    fn tell(&self, catalogue: &Catalogue, wish: &Wish, key: &VariantKey, draw: &[u8; 16], now: Timestamp) -> Told {
        let asked = wish.placement.as_deref().unwrap_or(DEFAULT);
        let (ready, unknown_placement) = match self.placement(asked) {
            Some(ready) => (Some(ready), false),
            None => (self.placement(DEFAULT), true),
        };
        let numbers = Numbers::of(wish, catalogue);
        let Some(ready) = ready else { return Told::empty(asked, self) };
        // The name goes in, so that visitors are divided anew for each placement.
        let of_placement = [ready.name.as_bytes(), draw].concat();
        let shares: Vec<u16> = ready.variants.iter().map(|variant| variant.1).collect();
        let at = usize::from(key.variant(&of_placement, &shares)).min(ready.variants.len().saturating_sub(1));
        let Some((variant, _, placement)) = ready.variants.get(at) else { return Told::empty(asked, self) };
        let chance = digest::digest(&digest::SHA256, &of_placement);
        let chance = chance.as_ref().first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let request = Request {
            liked: &numbers.likes,
            bookmarked: &numbers.bookmarks,
            tags: &numbers.tags,
            not_interested: &numbers.hidden,
            seen: &numbers.seen,
            context: numbers.context,
            filter: &numbers.filter,
            length: wish.limit.unwrap_or(LENGTH).min(MOST_RECOMMENDED),
            now,
            chance,
        };
        let (list, why) = self.list(catalogue, placement, &request, wish, &numbers);
        let fallback = unknown_placement
            .then(|| "there is no placement of this name: `default` took its place".to_owned())
            .into_iter()
            .chain(why);
        let fallback = fallback.collect::<Vec<_>>().join("; ");
        let report = self.model.report();
        Told {
            items: list.items.iter().filter_map(|item| told_item(catalogue, item)).collect(),
            computed: Computed {
                placement: ready.name.clone(),
                variant: variant.clone(),
                logic: placement.logic,
                model: report.version,
                tier: report.tier,
                fallback: (!fallback.is_empty()).then_some(fallback),
                unknown: numbers.unknown,
            },
        }
    }

    /// The list, and what took the place of what was asked for.
    fn list(
        &self,
        catalogue: &Catalogue,
        placement: &Placement,
        request: &Request<'_>,
        wish: &Wish,
        numbers: &Numbers,
    ) -> (List, Option<String>) {
        if numbers.filters_all {
            let none = List { items: Vec::new(), fallback_used: false };
            return (none, Some("no item of the catalogue has any of the tags of the filter".to_owned()));
        }
        let sources = self.sources(catalogue);
        let list = recommend(&sources, placement, request);
        let why = list.fallback_used.then(|| why(placement.logic, wish, numbers));
        let is_ranked = matches!(placement.logic, Logic::Popular) || list.fallback_used;
        let (list, instead) = if is_ranked && self.model.knows_no_popularity() {
            // Nothing is released yet of what is popular.
            let latest = Placement { logic: Logic::Latest, ..placement.clone() };
            let latest = recommend(&sources, &latest, request);
            let what = if latest.fallback_used { "items in the order of the catalogue" } else { "the latest items" };
            (latest, Some(what))
        } else {
            (list, why.is_some().then_some("popular items"))
        };
        let why = match (why, instead) {
            (Some(why), Some(instead)) => Some(format!("{why}: {instead} took their place")),
            (None, Some(instead)) => {
                Some(format!("nothing has been released yet of what is popular: {instead} took their place"))
            }
            (why, None) => why,
        };
        if !list.items.is_empty() {
            return (list, why);
        }
        let none = if catalogue.there() == 0 {
            "the catalogue has no items: put some there with POST /api/v1/items"
        } else {
            "no item of the catalogue may be shown here: all are known, hidden, not published, or left out by filter or rules"
        };
        (list, Some(none.to_owned()))
    }
}

fn why(logic: Logic, wish: &Wish, numbers: &Numbers) -> String {
    let text = match logic {
        Logic::ForYou if wish.not_agreed => "whoever it is for has not agreed to personalisation",
        Logic::ForYou if wish.says_nothing() => "nothing is known of what is liked",
        Logic::ForYou => "nothing that is known of what is liked leads to other items",
        Logic::Similar if wish.context.is_some() && numbers.context.is_none() => "there is no item of this id",
        Logic::Similar if wish.context.is_none() => "no item was named",
        Logic::Similar => "no other item has a tag in common with it",
        Logic::Trending => "nothing is more acted on than usual",
        Logic::Latest => "no item has a date",
        Logic::Popular => "nothing is popular",
    };
    text.to_owned()
}

impl Told {
    /// The same, said to be made while what members like is learnt anew.
    fn anew(mut self) -> Told {
        if matches!(self.computed.logic, Logic::ForYou | Logic::Similar) {
            let why = self.computed.fallback.take().into_iter().chain([ANEW.to_owned()]);
            self.computed.fallback = Some(why.collect::<Vec<_>>().join("; "));
        }
        self
    }

    fn empty(placement: &str, shown: &View) -> Told {
        let report = shown.model.report();
        Told {
            items: Vec::new(),
            computed: Computed {
                placement: placement.to_owned(),
                variant: CONTROL.to_owned(),
                logic: Logic::ForYou,
                model: report.version,
                tier: report.tier,
                fallback: Some("there is no placement".to_owned()),
                unknown: 0,
            },
        }
    }
}

fn told_item(catalogue: &Catalogue, of: &Recommended) -> Option<ToldItem> {
    let item = catalogue.item(of.item)?;
    Some(ToldItem {
        id: item.id.clone(),
        title: item.title.clone(),
        url: item.url.clone(),
        tags: item.tags.iter().cloned().collect(),
        kind: item.kind.clone(),
        reasons: of.reasons.iter().map(|reason| told_reason(catalogue, *reason)).collect(),
        recommendation_id: of.recommendation_id.to_string(),
    })
}

fn told_reason(catalogue: &Catalogue, reason: Reason) -> ToldReason {
    let only = |kind| ToldReason { kind, ..ToldReason::default() };
    let with = |kind, number| {
        let item = catalogue.item(number);
        let (id, title) = (item.map(|item| item.id.clone()), item.map(|item| item.title.clone()));
        ToldReason { kind, item: id, title, ..ToldReason::default() }
    };
    match reason {
        Reason::TagFollowed { tag } => {
            ToldReason { tag: catalogue.tag_name(tag).map(str::to_owned), ..only("tag_followed") }
        }
        Reason::Liked { item } => with("liked", item),
        Reason::Bookmarked { item } => with("bookmarked", item),
        Reason::SimilarTo { item } => with("similar_to", item),
        Reason::Popular => only("popular"),
        Reason::Trending => only("trending"),
        Reason::New => only("new"),
        Reason::Editorial { .. } => only("editorial"),
    }
}
