// Checks a log of receipts, and a receipt in it, with the transparency log of the Go checksum database
// (golang.org/x/mod/sumdb), which shares no code with Outis. It knows of a receipt what docs/receipts.md says.
//
//	tlog -log FOLDER -key KEY [-earlier CHECKPOINT] [-witness KEY] [-copy FILE -proof FILE]
//
// Exit code 0 if everything holds, 3 if something does not, 1 if a file cannot be read.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	folder := flag.String("log", "", "folder of the log")
	key := flag.String("key", "", "verifier key of the log")
	earlier := flag.String("earlier", "", "checkpoint that was kept earlier")
	witness := flag.String("witness", "", "verifier key of a witness that must have signed")
	receipt := flag.String("copy", "", "copy of a receipt")
	proof := flag.String("proof", "", "proof that the receipt is in the log")
	flag.Parse()
	if err := check(*folder, *key, *earlier, *witness, *receipt, *proof); err != nil {
		fmt.Fprintln(os.Stderr, err)
		var path *os.PathError
		if errors.As(err, &path) && !strings.HasPrefix(path.Path, *folder) {
			os.Exit(1)
		}
		os.Exit(3)
	}
}

func check(folder, key, earlier, witness, receipt, proof string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := open(signed, verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, files{folder})
	if err := entries(folder, tree, hashes); err != nil {
		return err
	}
	if earlier != "" {
		if err := extends(earlier, tree, hashes, verifier); err != nil {
			return err
		}
	}
	if witness != "" {
		if err := cosigned(signed, witness); err != nil {
			return err
		}
	}
	if receipt != "" {
		return included(receipt, proof, key, verifier)
	}
	fmt.Printf("%d leaves\n", tree.N)
	return nil
}

// The state of the log that a checkpoint tells.
func open(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// The log's folder as tiles. The checksum database has the height in its paths, C2SP tlog-tiles has not.
type files struct{ folder string }

func (f files) Height() int { return height }

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(f.folder, path))
		if err != nil {
			return nil, err
		}
		if len(bytes) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has another length", path)
		}
		all = append(all, bytes)
	}
	return all, nil
}

// Every entry is the one whose hash is in the tree, and is proved to be there.
func entries(folder string, tree tlog.Tree, hashes tlog.HashReader) error {
	if tree.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the tiles do not make the root of the checkpoint")
	}
	for from := int64(0); from < tree.N; from += 256 {
		width := tree.N - from
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: height, L: -1, N: from / 256, W: int(width)}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		for index := from; index < from+width; index++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return errors.New("a bundle of entries is too short")
			}
			length := 2 + int(binary.BigEndian.Uint16(bundle))
			leaf := tlog.RecordHash(bundle[2:length])
			bundle = bundle[length:]
			record, err := tlog.ProveRecord(tree.N, index, hashes)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(record, tree.N, tree.Hash, index, leaf); err != nil {
				return fmt.Errorf("entry %d is not in the tree", index)
			}
		}
		if len(bundle) != 0 {
			return errors.New("a bundle of entries is too long")
		}
	}
	return nil
}

func extends(earlier string, tree tlog.Tree, hashes tlog.HashReader, verifier note.Verifier) error {
	signed, err := os.ReadFile(earlier)
	if err != nil {
		return err
	}
	old, err := open(signed, verifier)
	if err != nil || old.N == 0 {
		return err
	}
	if old.N > tree.N {
		return fmt.Errorf("the log was cut: it had %d leaves, it has %d", old.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash) != nil {
		return errors.New("the log forked: its beginning is not the earlier log")
	}
	return nil
}

// A witness's key (C2SP tlog-cosignature), for note.Open.
type witnessKey struct {
	name string
	key  ed25519.PublicKey
}

func (w witnessKey) Name() string { return w.name }

func (w witnessKey) KeyHash() uint32 {
	hash := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.key...))
	return binary.BigEndian.Uint32(hash[:])
}

func (w witnessKey) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(w.key, []byte(message), signature[8:])
}

func cosigned(signed []byte, key string) error {
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 {
		return errors.New("not a verifier key")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != 4 {
		return errors.New("not a witness's verifier key")
	}
	_, err = note.Open(signed, note.VerifierList(witnessKey{parts[0], typed[1:]}))
	return err
}

// The receipt is signed, and what stands for it is in the log.
func included(receipt, proof, key string, verifier note.Verifier) error {
	var held struct {
		Format      string          `json:"format"`
		Receipt     json.RawMessage `json:"receipt"`
		Signature   []byte          `json:"signature"`
		VerifierKey string          `json:"verifier_key"`
		Secret      []byte          `json:"secret"`
	}
	file, err := os.ReadFile(receipt)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(file, &held); err != nil || held.Format != "outis-receipt-copy/v1" || held.VerifierKey != key {
		return errors.New("not a copy of a receipt of this log")
	}
	if !verifier.Verify(append([]byte("outis-receipt/v1\n"), held.Receipt...), held.Signature) {
		return errors.New("the receipt's signature does not fit")
	}
	mac := hmac.New(sha256.New, held.Secret)
	mac.Write(held.Receipt)
	leaf := tlog.RecordHash(mac.Sum(nil))
	text, err := os.ReadFile(proof)
	if err != nil {
		return err
	}
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return errors.New("not a proof")
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	tree, err := open(checkpoint, verifier)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, leaf); err != nil {
		return errors.New("the proof does not lead from the receipt to the checkpoint")
	}
	fmt.Printf("leaf %d of %d\n", index, tree.N)
	return nil
}
