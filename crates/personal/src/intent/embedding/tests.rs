//! With a model of a few words that is made here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::super::{Catalogue, Definitions, Engine, Intent, Model, ModelError, Training};
use super::*;

const WORDS: [(&str, [f32; 2]); 7] = [
    ("[UNK]", [0.0, 0.0]),
    ("cat", [1.0, 0.1]),
    ("kitten", [1.0, 0.0]),
    ("dog", [0.9, 0.0]),
    ("engine", [0.0, 1.0]),
    ("motor", [0.1, 1.0]),
    ("wheel", [0.0, 0.9]),
];

/// A directory that goes when the test is over.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let at = std::env::temp_dir().join(format!("outis-embedding-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&at).expect("made");
        let directory = Directory(at);
        directory.put("config.json", br#"{"normalize": true}"#);
        directory.put("tokenizer.json", &tokenizer(WORDS.len()));
        directory.put("model.safetensors", &tensors(&[("embeddings", table())]));
        directory
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).expect("written");
    }

    fn open(&self) -> Result<Embedding, EmbeddingError> {
        Embedding::open(&self.0)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn tokenizer(words: usize) -> Vec<u8> {
    let vocab: BTreeMap<&str, usize> =
        WORDS.iter().take(words).enumerate().map(|(at, (word, _))| (*word, at)).collect();
    let whole = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"},
    });
    whole.to_string().into_bytes()
}

/// Kind, shape and bytes of a tensor.
type Tensor = (&'static str, Vec<usize>, Vec<u8>);

fn table() -> Tensor {
    let numbers = WORDS.iter().flat_map(|(_, vector)| vector);
    ("F32", vec![WORDS.len(), 2], numbers.flat_map(|number| number.to_le_bytes()).collect())
}

fn mapping(rows: &[i64]) -> Tensor {
    ("I64", vec![rows.len()], rows.iter().flat_map(|row| row.to_le_bytes()).collect())
}

fn tensors(all: &[(&str, Tensor)]) -> Vec<u8> {
    let (mut header, mut body) = (serde_json::Map::new(), Vec::new());
    for (name, (kind, shape, bytes)) in all {
        let from = body.len();
        body.extend(bytes);
        header.insert((*name).to_owned(), json!({"dtype": kind, "shape": shape, "data_offsets": [from, body.len()]}));
    }
    let header = serde_json::Value::Object(header).to_string().into_bytes();
    [&(header.len() as u64).to_le_bytes()[..], &header, &body].concat()
}

fn definitions() -> Definitions {
    let intent = |name: &str, examples: &[&str]| Intent {
        name: name.to_owned(),
        examples: examples.iter().map(|text| (*text).to_owned()).collect(),
        ..Intent::default()
    };
    let intents = vec![
        intent("pets", &["feed my cat", "walk the dog", "where is the cat", "wash the dog"]),
        intent("cars", &["start the engine", "change a wheel", "clean my engine", "buy a wheel"]),
    ];
    Definitions { intents, ..Definitions::default() }
}

#[test]
fn words_that_no_example_has_are_understood_by_what_they_mean() {
    let directory = Directory::new("meaning");
    let embedding = directory.open().expect("a model");
    assert_eq!(embedding.width(), 2);
    let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    let told = |embedding: Option<&Embedding>, text: &str| {
        let model = Model::train_with(&definitions(), &Training::default(), embedding).expect("learnt");
        let engine = Engine::new(model, Catalogue::default());
        engine.ranking(text, &now).expect("short").first().map(|best| best.intent.to_owned())
    };
    for (text, intent) in [("kitten", "pets"), ("motor", "cars")] {
        assert_eq!(told(Some(&embedding), text).as_deref(), Some(intent), "{text}");
    }
    let plain = ["kitten", "motor"].map(|text| told(None, text));
    assert_ne!(plain, [Some("pets".to_owned()), Some("cars".to_owned())]);
}

#[test]
fn what_was_learnt_with_an_embedding_is_not_read_without_it() {
    let directory = Directory::new("bytes");
    let embedding = directory.open().expect("a model");
    let model = Model::train_with(&definitions(), &Training::default(), Some(&embedding)).expect("learnt");
    assert_eq!(Model::from_bytes(&model.to_bytes()).err(), Some(ModelError::Damaged));
}

#[test]
fn directories_that_are_not_whole_are_refused() {
    let directory = Directory::new("broken");
    let refused = |what: &str| directory.open().expect_err(what).to_string();
    directory.put("tokenizer.json", b"{}");
    assert!(refused("no tokenizer").starts_with("tokenizer.json"));
    directory.put("tokenizer.json", &tokenizer(WORDS.len()));
    directory.put("config.json", b"[");
    assert!(refused("no configuration").starts_with("config.json"));
    directory.put("config.json", b"{}");
    let short = mapping(&[0; WORDS.len() - 1]);
    let wild = mapping(&[7; WORDS.len()]);
    let whole = tensors(&[("embeddings", table())]);
    for model in [
        whole[..whole.len() - 1].to_vec(),
        tensors(&[]),
        tensors(&[("embeddings", ("F32", vec![WORDS.len() - 1, 2], vec![0; (WORDS.len() - 1) * 8]))]),
        tensors(&[("embeddings", ("F64", vec![WORDS.len(), 1], vec![0; WORDS.len() * 8]))]),
        tensors(&[("embeddings", table()), ("mapping", short)]),
        tensors(&[("embeddings", table()), ("mapping", wild)]),
        tensors(&[("embeddings", table()), ("weights", ("F32", vec![1], vec![0; 4]))]),
    ] {
        directory.put("model.safetensors", &model);
        assert!(refused("a broken model").starts_with("model.safetensors"));
    }
    let wide = ("F32", vec![WORDS.len(), MOST_WIDTH + 1], vec![0; WORDS.len() * 4 * (MOST_WIDTH + 1)]);
    directory.put("model.safetensors", &tensors(&[("embeddings", wide)]));
    assert!(matches!(directory.open(), Err(EmbeddingError::TooWide)));
    std::fs::remove_file(directory.0.join("config.json")).expect("removed");
    assert!(matches!(directory.open(), Err(EmbeddingError::Unreadable("config.json", _))));
}
