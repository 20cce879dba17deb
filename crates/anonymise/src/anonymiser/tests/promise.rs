//! What a person sent does not come out again, whatever they send.

use proptest::prelude::*;

use super::*;

/// Everything the vocabulary holds.
fn all_words(world: &World) -> Vec<Arc<str>> {
    let spaces = (0..256).map(Space);
    spaces.flat_map(|space| world.ctx.vocabulary.words(space)).map(|(_, word)| word).collect()
}

/// A piece of text that is on no public list.
fn canary() -> impl Strategy<Value = String> {
    "zq[a-z0-9]{6,14}"
}

/// An event with a canary in every field.
fn marked(c: &[String], ip: u32) -> RawEvent {
    let url = format!(
        "https://{}.example.org/{}/{}?q={}&utm_source={}&utm_campaign={}#{}",
        c[0], c[1], c[2], c[3], c[4], c[5], c[6]
    );
    let mut raw = RawEvent::new(
        text(&c[7]),
        text(&url),
        Pii::new(IpAddr::V4(ip.into())),
        text(&format!("{}/7{} (Windows NT 10.0; {})", c[8], ip, c[9])),
        NOW,
    );
    raw.accept_language = Some(text(&c[10]));
    raw.client_hints.platform = Some(text(&c[11]));
    raw.referrer = Some(text(&format!("https://{}.example/{}?{}={}", c[12], c[13], c[14], c[15])));
    raw.properties = vec![
        (text(&c[16]), Pii::new(PropertyValue::Text(c[17].clone()))),
        (text("topic"), Pii::new(PropertyValue::Text(c[18].clone()))),
        (text("seats"), Pii::new(PropertyValue::Number(f64::from(ip)))),
    ];
    raw.revenue = Some(RawRevenue { amount: text(&c[19]), currency: text(&c[20]) });
    raw.item = Some(text(&c[21]));
    raw.tags = vec![text(&c[22])];
    raw
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_fewer_than_five_sent_is_ever_in_the_vocabulary(
        canaries in prop::collection::vec(canary(), 23),
        ips in prop::collection::vec(0x0b00_0000u32..0x0bff_ffff, 1..=4),
        hash_mode: bool,
    ) {
        let world = World::new(plan_buy);
        let known: Vec<Arc<str>> = { world.send(view("https://example.org/")); all_words(&world) };
        for ip in &ips {
            for _ in 0..3 {
                let mut raw = marked(&canaries, *ip);
                raw.hash_mode = hash_mode;
                world.anonymiser.anonymise(raw, &world.ctx);
                let mut raw = marked(&canaries, *ip);
                raw.name = text("buy");
                world.anonymiser.anonymise(raw, &world.ctx);
            }
        }
        let ips = ips.iter().map(u32::to_string);
        let personal: Vec<String> = canaries.iter().cloned().chain(ips).collect();
        for word in all_words(&world).into_iter().filter(|word| !known.contains(word)) {
            for text in &personal {
                for at in 0..=text.len().saturating_sub(6) {
                    prop_assert!(!word.contains(&text[at..at + 6]), "{word} holds a part of {text}");
                }
            }
        }
    }

    #[test]
    fn whatever_is_sent_nothing_breaks(
        texts in prop::collection::vec(".{0,40}", 8),
        url in "(https?://)?[a-z.@:/?#%&=\\[\\]ä0-9]{0,60}",
        scroll: Option<u8>,
        engaged_ms: Option<u32>,
        density in prop::option::of(any::<f32>()),
        number: f64,
        width: u32,
        at: i64,
        admission in prop::sample::select(vec![1u32, 5, 50]),
    ) {
        let world = World::new(|site| site.policy.admission = admission);
        let mut raw = event(&texts[0], &url);
        raw.user_agent = text(&texts[1]);
        raw.referrer = Some(text(&texts[2]));
        raw.accept_language = Some(text(&texts[3]));
        raw.properties = vec![(text(&texts[4]), Pii::new(PropertyValue::Text(texts[5].clone()))), (text("n"), Pii::new(PropertyValue::Number(number)))];
        raw.item = Some(text(&texts[6]));
        raw.tags = vec![text(&texts[7])];
        raw.revenue = Some(RawRevenue { amount: text(&texts[1]), currency: text(&texts[2]) });
        raw.scroll = scroll;
        raw.engaged_ms = engaged_ms;
        raw.density = density;
        raw.screen = Some(Size { width, height: width });
        raw.hash_mode = true;
        raw.at = Timestamp(at);
        world.anonymiser.anonymise(raw, &world.ctx);
    }
}

#[test]
fn personal_data_is_never_admitted_even_at_once() {
    let world = World::new(at_once);
    for personal in ["anna.novak@example.net", "+43 660 1234567", "192.0.2.77", "123e4567-e89b-12d3-a456-426614174000"]
    {
        let encoded = personal.replace(' ', "%20").replace('+', "%2B");
        let mut raw =
            event("x", &format!("https://example.org/a/{encoded}/b?utm_campaign={encoded}&utm_term={encoded}"));
        raw.properties = vec![(text("layout"), Pii::new(PropertyValue::Text(personal.into())))];
        raw.item = Some(text(personal));
        raw.tags = vec![text(personal)];
        let (stored, rewrites) = world.send(raw);
        assert!(rewrites.contains(&Rewrite::PersonalValue), "{personal}");
        let shown = Shown::of(&stored, &world.ctx.vocabulary);
        assert_eq!(&*shown.words["page"], "/a/:id/b", "{personal}");
        assert!(shown.tags.is_empty() && shown.properties.is_empty());
        assert!(!shown.words.contains_key("item") && !shown.words.contains_key("utm_campaign"));
        assert!(!all_words(&world).iter().any(|word| word.contains(&personal[2..9])), "{personal}");
    }
}
