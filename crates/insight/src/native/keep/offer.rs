//! What to save so that history answers a question from the next close on.

use outis_event::Space;
use serde::Serialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::number::of_funnel;
use super::told::{Told, told};
use crate::history::missing_pair;
use crate::native::Context;
use crate::native::behaviour::{Ask, DAY_S};
use crate::{DefinitionKind, Group, Query, VisitField};

/// Something that, once saved, lets history answer a question from the next close on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Offer {
    /// What it is.
    pub kind: DefinitionKind,
    /// What it could be called.
    pub name: String,
    /// What to save.
    #[schema(value_type = Object)]
    pub value: Json,
}

impl Offer {
    /// What would let history answer a query; `None` if nothing would, or if it is saved already.
    pub fn for_query(query: &Query, context: &Context<'_>) -> Option<Offer> {
        let groups = missing_pair(query)?;
        let saved = context.definitions.pairs.values().filter_map(|pair| pair.groups(context).ok());
        let is_same = |pair: [Group; 2]| pair == groups || pair == [groups[1], groups[0]];
        let [a, b] = groups.map(|group| name_of(group, context));
        let (a, b) = (a?, b?);
        (!saved.into_iter().any(is_same)).then(|| Offer {
            kind: DefinitionKind::Pairs,
            name: format!("{a} x {b}").chars().take(LONGEST_NAME).collect(),
            value: json!([a, b]),
        })
    }

    /// What would let history answer a question about order.
    pub fn for_ask(ask: &Ask, context: &Context<'_>) -> Option<Offer> {
        let Ask::Funnel(request) = ask else { return None };
        let funnel = request.saved()?;
        let id = of_funnel(&funnel, context);
        let is_saved = context.definitions.funnels.values().any(|saved| of_funnel(saved, context) == id);
        let steps: Vec<String> = funnel.steps.iter().map(|step| step.selector().name().to_owned()).collect();
        let is_kept = !funnel.steps.iter().any(|step| matches!(told(&step.selector(), context), Some(Told::Never)));
        let is_of_a_day = funnel.window_s.is_none_or(|window_s| window_s <= DAY_S);
        (!is_saved && is_kept && is_of_a_day && funnel.group.is_none()).then(|| Offer {
            kind: DefinitionKind::Funnels,
            name: steps.join(", ").chars().take(LONGEST_NAME).collect::<String>().trim().to_owned(),
            value: json!(funnel),
        })
    }
}

/// What a group is called in requests.
fn name_of(group: Group, context: &Context<'_>) -> Option<String> {
    Some(match group {
        Group::Dimension(dimension) => dimension.key().to_owned(),
        Group::Visit(VisitField::EntryPage) => "entry_page".to_owned(),
        Group::Visit(VisitField::ExitPage) => "exit_page".to_owned(),
        Group::Visit(VisitField::EntryHostname) => "entry_hostname".to_owned(),
        Group::Visit(VisitField::ExitHostname) => "exit_hostname".to_owned(),
        Group::Property(key) => format!("prop:{}", context.vocabulary.text(Space::PROPERTY, key)?),
        Group::Language | Group::Tag | Group::Time(_) => return None,
    })
}

/// Longest name of something saved, in characters.
const LONGEST_NAME: usize = 80;
