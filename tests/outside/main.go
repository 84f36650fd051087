// Checks many exports with golang.org/x/mod/sumdb, an independent implementation: its note package verifies the
// signatures, its tlog package does the Merkle calculations. src/server/export/VERIFY.md specifies exports.
//
//	outside INDEX
//
// A line of INDEX: zip file, trusted key, file with an earlier checkpoint or `-`, separated by tabs. For each line it
// prints `ok` or `bad <reason>`, in order.
package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	index, err := os.Open(os.Args[len(os.Args)-1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	lines := bufio.NewScanner(index)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 3 {
			fmt.Fprintf(os.Stderr, "not three fields: %q\n", lines.Text())
			os.Exit(2)
		}
		if err := verify(f[0], f[1], f[2]); err != nil {
			reason := strconv.QuoteToASCII(err.Error())
			fmt.Println("bad", reason[1:len(reason)-1])
		} else {
			fmt.Println("ok")
		}
	}
}

func verify(path, pinned, earlier string) (err error) {
	// tlog panics if numbers are inconsistent.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	x, err := open(path)
	if err != nil {
		return err
	}
	defer x.zip.Close()
	if err := x.readKeys(pinned); err != nil {
		return err
	}
	if err := x.readHead(); err != nil {
		return err
	}
	if err := x.checkManifest(); err != nil {
		return err
	}
	if err := x.checkTiles(); err != nil {
		return err
	}
	if err := x.checkEntries(); err != nil {
		return err
	}
	return x.checkEarlier(earlier)
}

// The parts of an export that are read.
type export struct {
	zip     *zip.ReadCloser
	files   map[string]*zip.File
	keys    []note.Verifier // keys of the log, oldest first
	vkeys   []string
	tree    tlog.Tree
	count   int64
	filter  string
	tiles   tlog.HashReader // verifies the hashes that it reads
	entries []tlog.Hash     // for a complete log: the hashes that tlog stores for its entries, computed without the tiles
}

const (
	small = 1 << 20
	long  = 1 << 24
)

const number = `(0|[1-9][0-9]{0,17})`

var (
	always   = []string{"checkpoint", "key.txt", "entries.jsonl", "personal.jsonl", "decisions.csv", "VERIFY.md", "MANIFEST.sha256", "MANIFEST.note"}
	others   = regexp.MustCompile(`^((rotations|discontinuities)/` + number + `\.note|tile/[0-7]/[x0-9/]+(\.p/[0-9]+)?|proofs/` + number + `\.tlog-proof|consistency/` + number + `)$`)
	manifest = regexp.MustCompile(`^countersign-export/v1\n(.*)\nsize ` + number + `\nentries ` + number + `\nfilter (.+)\nmanifest ([0-9a-f]{64})\n$`)
	listing  = regexp.MustCompile(`^([0-9a-f]{64})  ([ -~]+)$`)
	lastKeys = regexp.MustCompile(`"seq":` + number + `,"v":1\}$`)
	salted   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// regular opens a file, and refuses devices and pipes, which might never end.
func regular(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: not a file", path)
	}
	f, err := os.Open(path)
	return f, info, err
}

func open(path string) (*export, error) {
	f, info, err := regular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	x := &export{zip: z, files: map[string]*zip.File{}}
	if err = x.checkZip(uint64(info.Size())); err == nil {
		err = x.checkEnds(f, info.Size())
	}
	if err != nil {
		z.Close()
		return nil, err
	}
	return x, nil
}

// checkEnds refuses what archive/zip accepts: bytes before the first member, a comment, or bytes after the last member.
// No signature would cover them.
func (x *export) checkEnds(f *os.File, size int64) error {
	head, tail := make([]byte, 30), make([]byte, 4)
	_, err1 := f.ReadAt(head, 0)
	_, err2 := f.ReadAt(tail, size-22)
	first := size
	for _, member := range x.zip.File {
		if at, err := member.DataOffset(); err == nil && at < first {
			first = at
		}
	}
	header := 30 + int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	if err1 != nil || err2 != nil || string(head[:4]) != "PK\x03\x04" || string(tail) != "PK\x05\x06" || first != header {
		return errors.New("the zip file has something before or after its members")
	}
	return nil
}

func (x *export) checkZip(size uint64) error {
	known := map[string]bool{}
	for _, name := range always {
		known[name] = true
	}
	var sum uint64
	for _, f := range x.zip.File {
		if !known[f.Name] && !others.MatchString(f.Name) {
			return fmt.Errorf("%s: exports have no such member", f.Name)
		}
		if x.files[f.Name] != nil {
			return fmt.Errorf("%s: there twice", f.Name)
		}
		if f.Method != zip.Store || f.UncompressedSize64 != f.CompressedSize64 || f.Flags&1 != 0 {
			return fmt.Errorf("%s: compressed or encrypted", f.Name)
		}
		if sum += f.UncompressedSize64; f.UncompressedSize64 > size || sum > size {
			return errors.New("members overlap")
		}
		x.files[f.Name] = f
	}
	for _, name := range always {
		if x.files[name] == nil {
			return fmt.Errorf("%s: missing", name)
		}
	}
	return nil
}

func (x *export) read(name string) ([]byte, error) {
	f := x.files[name]
	if f == nil {
		return nil, fmt.Errorf("%s: missing", name)
	}
	if f.UncompressedSize64 > small {
		return nil, fmt.Errorf("%s: too long", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// A row reads a member line by line.
type row struct {
	name string
	n    int
	file io.ReadCloser
	in   *bufio.Reader
}

func (x *export) lines(name string) (*row, error) {
	f, err := x.files[name].Open()
	if err != nil {
		return nil, err
	}
	return &row{name, 0, f, bufio.NewReaderSize(f, long)}, nil
}

// next returns a line without its newline, valid until the next call; io.EOF after the last one.
func (r *row) next() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err == io.EOF && len(line) == 0 {
		return nil, io.EOF
	}
	r.n++
	if err != nil {
		return nil, fmt.Errorf("%s, line %d: too long, or the last without an end: %v", r.name, r.n, err)
	}
	return line[:len(line)-1], nil
}

// unbase64 refuses any but the canonical encoding of the bytes.
func unbase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, fmt.Errorf("not base64: %q", s)
	}
	return b, nil
}

func hashes(lines []string) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		b, err := unbase64(line)
		if err != nil || len(b) != tlog.HashSize {
			return nil, fmt.Errorf("not a hash: %q", line)
		}
		copy(list[i][:], b)
	}
	return list, nil
}

func textLines(data []byte) ([]string, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if !utf8.Valid(data) || data[len(data)-1] != '\n' {
		return nil, errors.New("not lines of text")
	}
	return strings.Split(string(data[:len(data)-1]), "\n"), nil
}

// newKey is note.NewVerifier, but accepts only the canonical encoding of a key.
func newKey(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("key %q: %v", vkey, err)
	}
	prefix := fmt.Sprintf("%s+%08x+", v.Name(), v.KeyHash())
	if !strings.HasPrefix(vkey, prefix) {
		return nil, fmt.Errorf("key %q: not in its usual form", vkey)
	}
	_, err = unbase64(vkey[len(prefix):])
	return v, err
}

// noteText returns a note's unverified text, and its signature lines as "name id" for the names that want accepts.
func noteText(data []byte, want func(string) bool) (text string, signers []string, err error) {
	at := bytes.LastIndex(data, []byte("\n\n"))
	if at < 0 || data[len(data)-1] != '\n' || at+2 == len(data) {
		return "", nil, errors.New("not a note")
	}
	for _, line := range strings.Split(string(data[at+2:len(data)-1]), "\n") {
		f := strings.Split(line, " ")
		if len(f) != 3 || f[0] != "—" {
			return "", nil, fmt.Errorf("not a signature: %q", line)
		}
		b, err := unbase64(f[2])
		if err != nil || len(b) < 5 {
			return "", nil, fmt.Errorf("not a signature: %q", line)
		}
		if want(f[1]) {
			signers = append(signers, f[1]+" "+hex.EncodeToString(b[:4]))
		}
	}
	sort.Strings(signers)
	return string(data[:at+1]), signers, nil
}

func anyone(string) bool { return true }

// openNote is note.Open, but refuses a signature that is not in its canonical encoding, which note.Open accepts.
func openNote(data []byte, keys ...note.Verifier) (*note.Note, error) {
	if len(data) > small {
		return nil, errors.New("too long")
	}
	if _, _, err := noteText(data, anyone); err != nil {
		return nil, err
	}
	return note.Open(data, note.VerifierList(keys...))
}

func signedBy(n *note.Note, key note.Verifier) bool {
	for _, s := range n.Sigs {
		if s.Name == key.Name() && s.Hash == key.KeyHash() {
			return true
		}
	}
	return false
}

// numbers returns the n of all members named prefix + n + suffix, ascending.
func (x *export) numbers(prefix, suffix string) []int64 {
	var list []int64
	for name := range x.files {
		if strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
			n, err := strconv.ParseInt(name[len(prefix):len(name)-len(suffix)], 10, 64)
			if err == nil {
				list = append(list, n)
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list
}

func (x *export) addKey(vkey string) error {
	v, err := newKey(vkey)
	if err != nil {
		return err
	}
	x.keys, x.vkeys = append(x.keys, v), append(x.vkeys, vkey)
	return nil
}

// readKeys follows the rotations, each signed by both keys, to the current key of the log; the pinned key must be one
// of them.
func (x *export) readKeys(pinned string) error {
	trusted, err := newKey(pinned)
	if err != nil {
		return err
	}
	for _, n := range x.numbers("rotations/", ".note") {
		name := fmt.Sprintf("rotations/%d.note", n)
		data, err := x.read(name)
		if err != nil {
			return err
		}
		text, _, err := noteText(data, anyone)
		if err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
		f := strings.Split(text, "\n")
		if len(f) == 5 && f[1] != trusted.Name() && len(x.numbers("discontinuities/", ".note")) > 0 {
			// For the log's name before a discontinuity: trust does not extend across it.
			continue
		}
		if len(f) != 5 || f[0] != "countersign-key-rotation/v1" || f[1] != trusted.Name() || f[4] != "" || f[2] == f[3] {
			return fmt.Errorf("%s: not a rotation of this log", name)
		}
		if len(x.keys) == 0 {
			if err := x.addKey(f[2]); err != nil {
				return err
			}
		}
		if x.vkeys[len(x.vkeys)-1] != f[2] {
			return fmt.Errorf("%s: does not follow the one before", name)
		}
		if err := x.addKey(f[3]); err != nil {
			return err
		}
		old, present := x.keys[len(x.keys)-2], x.keys[len(x.keys)-1]
		if old.Name() != trusted.Name() || present.Name() != trusted.Name() {
			return fmt.Errorf("%s: of another log", name)
		}
		signed, err := openNote(data, old, present)
		if err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
		if !signedBy(signed, old) || !signedBy(signed, present) {
			return fmt.Errorf("%s: not signed by both keys", name)
		}
	}
	data, err := x.read("key.txt")
	if err != nil {
		return err
	}
	lines, err := textLines(data)
	if err != nil || len(lines) != 1 {
		return errors.New("key.txt: not one key")
	}
	if len(x.keys) == 0 {
		if err := x.addKey(lines[0]); err != nil {
			return err
		}
	}
	found := false
	for _, vkey := range x.vkeys {
		found = found || vkey == pinned
	}
	if x.vkeys[len(x.vkeys)-1] != lines[0] || !found {
		return errors.New("key.txt: not the trusted key, and no rotation leads there")
	}
	// The log may have returned to an earlier key; note.VerifierList accepts each key only once.
	seen := map[string]bool{}
	var once []note.Verifier
	for i, vkey := range x.vkeys {
		if !seen[vkey] && vkey != lines[0] {
			once = append(once, x.keys[i])
		}
		seen[vkey] = true
	}
	x.keys = append(once, x.keys[len(x.keys)-1])
	return nil
}

// present is the key in key.txt.
func (x *export) present() note.Verifier { return x.keys[len(x.keys)-1] }

func (x *export) checkpoint(data []byte) (*note.Note, tlog.Tree, error) {
	n, err := openNote(data, x.keys...)
	if err != nil {
		return nil, tlog.Tree{}, err
	}
	f := strings.Split(n.Text, "\n")
	if len(f) != 4 || f[3] != "" || f[0] != x.present().Name() {
		return nil, tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil || size < 0 || size >= 1e18 || strconv.FormatInt(size, 10) != f[1] {
		return nil, tlog.Tree{}, errors.New("not a checkpoint: its size")
	}
	root, err := hashes(f[2:3])
	if err != nil {
		return nil, tlog.Tree{}, err
	}
	return n, tlog.Tree{N: size, Hash: root[0]}, nil
}

func (x *export) readHead() error {
	checkpoint, err := x.read("checkpoint")
	if err != nil {
		return err
	}
	signed, tree, err := x.checkpoint(checkpoint)
	if err != nil {
		return fmt.Errorf("checkpoint: %v", err)
	}
	x.tree = tree
	about, err := x.read("MANIFEST.note")
	if err != nil {
		return err
	}
	opened, err := openNote(about, x.keys...)
	if err != nil {
		return fmt.Errorf("MANIFEST.note: %v", err)
	}
	if !signedBy(signed, x.present()) || !signedBy(opened, x.present()) {
		return errors.New("not signed by the log's present key")
	}
	origin := x.present().Name()
	_, a, _ := noteText(checkpoint, func(name string) bool { return name == origin })
	_, b, _ := noteText(about, anyone)
	if strings.Join(a, "\n") != strings.Join(b, "\n") {
		return errors.New("MANIFEST.note: not signed by the same keys as the checkpoint")
	}
	f := manifest.FindStringSubmatch(opened.Text)
	if f == nil || f[1] != origin || f[2] != strconv.FormatInt(tree.N, 10) {
		return errors.New("MANIFEST.note: not of this checkpoint")
	}
	x.count, _ = strconv.ParseInt(f[3], 10, 64)
	x.filter = f[4]
	if sum, err := x.sha256("MANIFEST.sha256"); err != nil || sum != f[5] {
		return fmt.Errorf("MANIFEST.sha256: not the one that was signed (%v)", err)
	}
	return nil
}

func (x *export) sha256(name string) (string, error) {
	r, err := x.files[name].Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("%s: %v", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (x *export) checkManifest() error {
	rows, err := x.lines("MANIFEST.sha256")
	if err != nil {
		return err
	}
	defer rows.file.Close()
	listed := map[string]bool{"MANIFEST.sha256": true, "MANIFEST.note": true}
	for {
		line, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		f := listing.FindStringSubmatch(string(line))
		if f == nil || listed[f[2]] || x.files[f[2]] == nil {
			return fmt.Errorf("MANIFEST.sha256, line %d: malformed, twice, or of a missing member", rows.n)
		}
		listed[f[2]] = true
		sum, err := x.sha256(f[2])
		if err != nil {
			return err
		}
		if sum != f[1] {
			return fmt.Errorf("%s: not what was signed", f[2])
		}
	}
	for name := range x.files {
		if !listed[name] {
			return fmt.Errorf("%s: not listed", name)
		}
	}
	return nil
}

// zipTiles provides the tiles of the export to tlog.
type zipTiles struct {
	x     *export
	cache map[tlog.Tile][]byte
}

const height = 8

// tileName leaves out tlog's height, which C2SP fixes at 8.
func tileName(t tlog.Tile) string { return "tile/" + strings.TrimPrefix(t.Path(), "tile/8/") }

func (z *zipTiles) Height() int { return height }

func (z *zipTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	list := make([][]byte, len(tiles))
	for i, t := range tiles {
		data := z.cache[t]
		if data == nil {
			var err error
			if data, err = z.x.read(tileName(t)); err != nil {
				return nil, err
			}
			if len(z.cache) > 64 {
				z.cache = map[tlog.Tile][]byte{}
			}
			z.cache[t] = data
		}
		list[i] = data
	}
	return list, nil
}

func (z *zipTiles) SaveTiles([]tlog.Tile, [][]byte) {}

// treeHash is tlog.TreeHash. For an empty tree it returns RFC 6962's hash instead of sumdb's zeros.
func treeHash(n int64, r tlog.HashReader) (tlog.Hash, error) {
	if n == 0 {
		return sha256.Sum256(nil), nil
	}
	return tlog.TreeHash(n, r)
}

func (x *export) checkTiles() error {
	x.tiles = tlog.TileHashReader(x.tree, &zipTiles{x, map[tlog.Tile][]byte{}})
	root, err := treeHash(x.tree.N, x.tiles)
	if err != nil {
		return err
	}
	if root != x.tree.Hash {
		return errors.New("the tiles do not make the checkpoint's root")
	}
	for name := range x.files {
		if !strings.HasPrefix(name, "tile/") {
			continue
		}
		t, err := tlog.ParseTilePath("tile/8/" + strings.TrimPrefix(name, "tile/"))
		if err != nil {
			return err
		}
		// A partial tile has to be the one at the right edge, with its full width in this log.
		above := x.tree.N >> uint(height*t.L)
		width := above - t.N<<height
		if width > 1<<height {
			width = 1 << height
		}
		if t.L < 0 || width != int64(t.W) {
			return fmt.Errorf("%s: no tile of this log", name)
		}
		proven, err := tlog.ReadTileData(t, x.tiles)
		if err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
		if data, err := x.read(name); err != nil || !bytes.Equal(data, proven) {
			return fmt.Errorf("%s: differs (%v)", name, err)
		}
	}
	return nil
}

// memory reads the hashes that tlog computed from the entries themselves.
func (x *export) memory() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			list[i] = x.entries[n]
		}
		return list, nil
	})
}

func (x *export) checkEntries() error {
	rows, err := x.lines("entries.jsonl")
	if err != nil {
		return err
	}
	defer rows.file.Close()
	personal, err := x.personal()
	if err != nil {
		return err
	}
	defer personal.rows.file.Close()
	all := x.filter == "all"
	last, count, proofs := int64(-1), int64(0), 0
	for {
		line, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		entry, err := object(line)
		f := lastKeys.FindSubmatch(line)
		if err != nil || f == nil {
			return fmt.Errorf("entries.jsonl, line %d: not an entry (%v)", rows.n, err)
		}
		seq, _ := strconv.ParseInt(string(f[1]), 10, 64)
		if seq <= last || seq >= x.tree.N || all && seq != last+1 {
			return fmt.Errorf("entries.jsonl, line %d: entry %d after %d in a log of %d", rows.n, seq, last, x.tree.N)
		}
		last, count = seq, count+1
		if err := personal.of(seq, entry["commit"]); err != nil {
			return err
		}
		hash := tlog.RecordHash(line)
		if all {
			stored, err := tlog.StoredHashesForRecordHash(seq, hash, x.memory())
			if err != nil {
				return err
			}
			x.entries = append(x.entries, stored...)
		} else {
			p, err := tlog.ProveRecord(x.tree.N, seq, x.tiles)
			if err != nil {
				return fmt.Errorf("entry %d: %v", seq, err)
			}
			if err := tlog.CheckRecord(p, x.tree.N, x.tree.Hash, seq, hash); err != nil {
				return fmt.Errorf("entry %d: %v", seq, err)
			}
		}
		if name := fmt.Sprintf("proofs/%d.tlog-proof", seq); x.files[name] != nil {
			proofs++
			if err := x.checkProof(name, seq, hash); err != nil {
				return fmt.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := personal.of(x.tree.N, nil); err != nil {
		return err
	}
	if personal.value != nil {
		return errors.New("personal.jsonl: a value belongs to an entry that is not here")
	}
	if count != x.count || all && count != x.tree.N {
		return fmt.Errorf("%d entries, %d signed, %d in the log", count, x.count, x.tree.N)
	}
	if proofs != len(x.numbers("proofs/", ".tlog-proof")) || !all && count <= 1000 && int64(proofs) != count {
		return errors.New("proofs: one is missing, or of an entry that is not here")
	}
	if all {
		return x.checkWhole()
	}
	return nil
}

// checkWhole compares root and tiles with what tlog computes from the entries alone.
func (x *export) checkWhole() error {
	root, err := treeHash(x.tree.N, x.memory())
	if err != nil {
		return err
	}
	if root != x.tree.Hash {
		return errors.New("the entries do not make the checkpoint's root")
	}
	tiles := 0
	for level := 0; x.tree.N>>uint(height*level) > 0; level++ {
		hashes := x.tree.N >> uint(height*level)
		for n := int64(0); n<<height < hashes; n++ {
			t := tlog.Tile{H: height, L: level, N: n, W: 1 << height}
			if left := hashes - n<<height; left < 1<<height {
				t.W = int(left)
			}
			made, err := tlog.ReadTileData(t, x.memory())
			if err != nil {
				return err
			}
			if data, err := x.read(tileName(t)); err != nil || !bytes.Equal(data, made) {
				return fmt.Errorf("%s: not of these entries (%v)", tileName(t), err)
			}
			tiles++
		}
	}
	for name := range x.files {
		if strings.HasPrefix(name, "tile/") {
			tiles--
		}
	}
	if tiles != 0 {
		return errors.New("tiles that the log does not have")
	}
	return nil
}

func (x *export) checkProof(name string, seq int64, hash tlog.Hash) error {
	data, err := x.read(name)
	if err != nil {
		return err
	}
	checkpoint, err := x.read("checkpoint")
	if err != nil {
		return err
	}
	at := bytes.Index(data, []byte("\n\n"))
	if at < 0 || !bytes.Equal(data[at+2:], checkpoint) {
		return errors.New("not for this checkpoint")
	}
	lines, err := textLines(data[:at+1])
	if err != nil || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", seq) {
		return errors.New("not a proof for this entry")
	}
	p, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(p, x.tree.N, x.tree.Hash, seq, hash)
}

// values reads personal.jsonl in parallel with the entries.
type values struct {
	rows  *row
	value map[string]string // the next value: name, salt, value
	seq   int64
}

func (x *export) personal() (*values, error) {
	rows, err := x.lines("personal.jsonl")
	if err != nil {
		return nil, err
	}
	v := &values{rows: rows}
	return v, v.next()
}

func (v *values) next() error {
	line, err := v.rows.next()
	if err == io.EOF {
		v.value = nil
		return nil
	}
	if err != nil {
		return err
	}
	malformed := func() error { return fmt.Errorf("personal.jsonl, line %d: malformed or out of order", v.rows.n) }
	raw, err := object(line)
	if err != nil || len(raw) != 4 {
		return malformed()
	}
	seq, err := strconv.ParseInt(string(raw["seq"]), 10, 64)
	if err != nil || seq < v.seq {
		return malformed()
	}
	value := map[string]string{}
	for _, key := range []string{"name", "salt", "value"} {
		if value[key], err = text(raw[key]); err != nil {
			return malformed()
		}
	}
	if !salted.MatchString(value["salt"]) {
		return malformed()
	}
	v.value, v.seq = value, seq
	return nil
}

// of checks the values of one entry against its commitments.
func (v *values) of(seq int64, commit json.RawMessage) error {
	var promised map[string]json.RawMessage
	if commit != nil {
		if err := json.Unmarshal(commit, &promised); err != nil || promised == nil {
			return fmt.Errorf("entry %d: commit is malformed", seq)
		}
	}
	seen := map[string]bool{}
	for v.value != nil && v.seq == seq {
		name := v.value["name"]
		salt, err := hex.DecodeString(v.value["salt"])
		if err != nil || seen[name] {
			return fmt.Errorf("personal.jsonl: %q of entry %d is there twice", name, seq)
		}
		seen[name] = true
		sum := sha256.Sum256(append(salt, quote(v.value["value"])...))
		if string(promised[name]) != `"`+hex.EncodeToString(sum[:])+`"` {
			return fmt.Errorf("personal.jsonl: %q of entry %d is not what the log committed to", name, seq)
		}
		if err := v.next(); err != nil {
			return err
		}
	}
	if v.value != nil && v.seq < seq {
		return fmt.Errorf("personal.jsonl: a value belongs to an entry that is not here, %d", v.seq)
	}
	return nil
}

// quote writes a JSON string as RFC 8785 does; encoding/json escapes more characters.
func quote(s string) []byte {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}
	out := []byte{'"'}
	for _, r := range s {
		if e, ok := short[r]; ok {
			out = append(out, e...)
		} else if r < 0x20 {
			out = append(out, fmt.Sprintf(`\u%04x`, r)...)
		} else {
			out = append(out, string(r)...)
		}
	}
	return append(out, '"')
}

// text decodes a JSON string. encoding/json replaces half a surrogate pair by U+FFFD, so the text would differ from
// what was written.
func text(raw json.RawMessage) (string, error) {
	var s string
	if len(raw) == 0 || raw[0] != '"' {
		return "", errors.New("not a string")
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", err
	}
	written := strings.Count(string(raw), "\uFFFD") + strings.Count(strings.ToLower(string(raw)), `\ufffd`)
	if strings.Count(s, "\uFFFD") > written {
		return "", errors.New("not Unicode")
	}
	return s, nil
}

// object reads one JSON object. For duplicate keys encoding/json would silently take the last one.
func object(line []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(line) || !json.Valid(line) {
		return nil, errors.New("not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := unique(d, 0); err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(line, &m); err != nil || m == nil {
		return nil, errors.New("not a JSON object")
	}
	return m, nil
}

func unique(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil || depth > 500 {
		return errors.New("not JSON, or too deep")
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	keys := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if keys[key.(string)] {
				return fmt.Errorf("%q is there twice", key)
			}
			keys[key.(string)] = true
		}
		if err := unique(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// rootAt is the root of the log at an earlier size; false if the export does not contain it.
func (x *export) rootAt(size int64) (tlog.Hash, bool) {
	reader := x.tiles
	if x.filter == "all" {
		reader = x.memory()
	}
	// All tiles are verified by now, so an error only means that one is not in the export.
	root, err := treeHash(size, reader)
	return root, err == nil
}

func (x *export) checkEarlier(path string) error {
	var old tlog.Tree
	asked, tied := path != "-", false
	if asked {
		f, _, err := regular(path)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, small+1))
		if err != nil {
			return err
		}
		if _, old, err = x.checkpoint(data); err != nil {
			return fmt.Errorf("earlier checkpoint: %v", err)
		}
		if old.N > x.tree.N {
			return errors.New("the earlier checkpoint is of a larger log")
		}
		if root, ok := x.rootAt(old.N); ok {
			if root != old.Hash {
				return errors.New("the log does not extend the earlier checkpoint")
			}
			tied = true
		}
	}
	for _, n := range x.numbers("consistency/", "") {
		name := fmt.Sprintf("consistency/%d", n)
		data, err := x.read(name)
		if err != nil {
			return err
		}
		lines, err := textLines(data)
		if err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
		p, err := hashes(lines)
		if err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
		if n > x.tree.N {
			return fmt.Errorf("%s: of a larger log", name)
		}
		root, ok := x.rootAt(n)
		if !ok && asked && old.N == n {
			root, ok, tied = old.Hash, true, true
		}
		if !ok {
			continue
		}
		if n == 0 {
			// tlog has no proof that a log extends an empty one, and none is needed.
			if len(p) != 0 {
				return fmt.Errorf("%s: not empty", name)
			}
			continue
		}
		if err := tlog.CheckTree(p, x.tree.N, x.tree.Hash, n, root); err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	if asked && !tied {
		return errors.New("nothing ties the export to the earlier checkpoint")
	}
	return nil
}
