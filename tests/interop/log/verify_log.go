// Verifies a log in a folder with golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog, which check Go's own modules.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func check(err error) {
	if err != nil {
		fmt.Println("bad:", err)
		os.Exit(1)
	}
}

func require(good bool, format string, values ...any) {
	if !good {
		check(fmt.Errorf(format, values...))
	}
}

func read(name ...string) string {
	text, err := os.ReadFile(filepath.Join(append([]string{os.Args[1]}, name...)...))
	check(err)
	return string(text)
}

// lines are those of a file, without the last line break.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return n
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		check(err)
		all = append(all, hash)
	}
	return all
}

// cosigner verifies cosignature/v1 (c2sp.org/tlog-cosignature), of which the package note knows nothing.
type cosigner struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	id, err := strconv.ParseUint(parts[1], 16, 32)
	check(err)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	require(len(key) == 33 && key[0] == 4, "not a cosigner's key: %s", vkey)
	return cosigner{parts[0], uint32(id), key[1:]}
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

// open verifies a checkpoint by its log and its witness.
func open(checkpoint string) tlog.Tree {
	log, err := note.NewVerifier(strings.TrimSpace(read("log.vkey")))
	check(err)
	witness := newCosigner(strings.TrimSpace(read("witness.vkey")))
	opened, err := note.Open([]byte(checkpoint), note.VerifierList(log, witness))
	check(err)
	require(len(opened.Sigs) == 2, "the log and the witness must have signed, and nobody else is known")
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	require(origin == log.Name(), "%s is not the origin", origin)
	// ParseTree knows one origin only.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	check(err)
	return tree
}

// folder reads tiles. Their paths here leave out the height, which is always 8.
type folder struct{}

func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func (folder) Height() int                        { return height }
func (folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		all = append(all, []byte(read(path(tile))))
	}
	return all, nil
}

func checkEntries(size int64, reader tlog.HashReader) {
	for index := int64(0); index < size; {
		tile := tlog.Tile{H: height, L: 0, N: index / 256, W: int(min(256, size-index))}
		bundle := []byte(read(strings.Replace(path(tile), "tile/0/", "tile/entries/", 1)))
		for range tile.W {
			require(len(bundle) >= 2, "the bundle of entry %d is too short", index)
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			require(len(bundle) >= end, "entry %d is too short", index)
			stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			check(err)
			require(stored[0] == tlog.RecordHash(bundle[2:end]), "entry %d has not its hash", index)
			bundle = bundle[end:]
			index++
		}
		require(len(bundle) == 0, "the bundle before entry %d is too long", index)
	}
}

func checkProofs(reader tlog.HashReader) int {
	files, err := filepath.Glob(filepath.Join(os.Args[1], "proofs", "*"))
	check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		head, checkpoint, _ := strings.Cut(string(text), "\n\n")
		head, isProof := strings.CutPrefix(head, "c2sp.org/tlog-proof@v1\nindex ")
		require(isProof, "%s is not a tlog-proof", file)
		parts := lines(head)
		tree, index := open(checkpoint), number(parts[0])
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		check(err)
		check(tlog.CheckRecord(hashes(parts[1:]), tree.N, tree.Hash, index, leaf[0]))
	}
	return len(files)
}

func checkGrowth(tree tlog.Tree, reader tlog.HashReader) int {
	files, err := filepath.Glob(filepath.Join(os.Args[1], "consistency", "*"))
	check(err)
	for _, file := range files {
		old := number(filepath.Base(file))
		root, err := tlog.TreeHash(old, reader)
		check(err)
		proof := hashes(lines(read("consistency", filepath.Base(file))))
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old, root))
		want, err := tlog.ProveTree(tree.N, old, reader)
		check(err)
		require(slices.Equal(want, proof), "the proof from %d is another", old)
		var paths []string
		for _, tile := range tlog.NewTiles(height, old, tree.N) {
			paths = append(paths, path(tile))
		}
		written := lines(read("growth", filepath.Base(file)))
		slices.Sort(paths)
		slices.Sort(written)
		require(slices.Equal(paths, written), "from %d: %v are new, not %v", old, paths, written)
	}
	return len(files)
}

func main() {
	tree := open(read("checkpoint"))
	reader := tlog.TileHashReader(tree, folder{})
	checkEntries(tree.N, reader)
	proofs, growths := checkProofs(reader), checkGrowth(tree, reader)
	fmt.Printf("good: %d entries, %d proofs, %d consistency proofs\n", tree.N, proofs, growths)
}
