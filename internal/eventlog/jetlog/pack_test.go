package jetlog

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/logtest"
	"github.com/mesher/mesher/test/allocs"
)

func mustPack(t testing.TB, batch ...[]eventlog.Record) []byte {
	t.Helper()
	var p packer
	data, err := p.pack(batch)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustUnpacker(t testing.TB) *unpacker {
	t.Helper()
	u, err := newUnpacker()
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUnpackRefusesDamage(t *testing.T) {
	t.Parallel()
	u := mustUnpacker(t)
	good := mustPack(t, []eventlog.Record{logtest.Record(1, 1), logtest.Record(2, 2)})
	if _, err := u.unpack(good, ownMemory); err != nil {
		t.Fatal(err)
	}
	newer := bytes.Clone(good)
	newer[0] = packVersion + 1
	for name, data := range map[string][]byte{
		"empty": nil, "newer version": newer, "cut short": good[:len(good)-3], "only a version": good[:1], "tail": append(bytes.Clone(good), 0),
	} {
		if _, err := u.unpack(data, ownMemory); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}

// A log may still hold messages of the version before when a new program starts on it.
func TestUnpackReadsVersion1(t *testing.T) {
	t.Parallel()
	want := []eventlog.Record{logtest.Record(1, 1), logtest.Record(2, 2)}
	var p packer
	raw := p.appendRaw(nil, [][]eventlog.Record{want})
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := enc.EncodeAll(raw, binary.AppendUvarint([]byte{1}, uint64(len(raw))))
	got, err := mustUnpacker(t).unpack(packed, ownMemory)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

func FuzzUnpack(f *testing.F) {
	u := mustUnpacker(f)
	f.Add(mustPack(f, []eventlog.Record{logtest.Record(1, 1)}))
	f.Add([]byte{packVersion})
	var p packer
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := u.unpack(data, ownMemory)
		if err != nil {
			return
		}
		packed, err := p.pack([][]eventlog.Record{records})
		if err != nil {
			t.Skip("over the size of a message")
		}
		again, err := u.unpack(packed, ownMemory)
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			for _, s := range metaStrings(&records[i].Meta) {
				*s = (*s)[:min(len(*s), maxMetaString)]
			}
		}
		if d := cmp.Diff(records, again); d != "" && len(records) > 0 {
			t.Error(d)
		}
	})
}

// The raw framing is fuzzed apart, because random bytes are rarely a valid block.
func FuzzReadRecords(f *testing.F) {
	var p packer
	f.Add(p.appendRaw(nil, [][]eventlog.Record{{logtest.Record(1, 1), logtest.Record(5, 2)}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		// A record takes 250 bytes in memory and at least 22 of the message.
		allocs.AtMost(t, 32*len(raw), func() {
			records, err := readRecords(raw)
			if err == nil && len(records) > len(raw) {
				t.Errorf("%d records out of %d bytes", len(records), len(raw))
			}
		})
	})
}

func FuzzFacts(f *testing.F) {
	fact := eventlog.Fact{ID: "x", Kind: "k", Cursor: 1, Data: []byte("{}")}
	f.Add(appendFact([]byte{factsVersion, 1}, &fact))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_ = eachFact(data, func(eventlog.Fact) {})
	})
}

func TestMetaStringsAreCut(t *testing.T) {
	t.Parallel()
	r := logtest.Record(1, 1)
	r.Meta.UserAgent = string(make([]byte, maxMetaString+10))
	got, err := mustUnpacker(t).unpack(mustPack(t, []eventlog.Record{r}), ownMemory)
	if err != nil || len(got[0].Meta.UserAgent) != maxMetaString {
		t.Errorf("user agent of %d bytes, %v", len(got[0].Meta.UserAgent), err)
	}
}
