package bench

import "strings"

// The words of which functions, types and messages are made. Bugs must differ
// in words, not digits: any server's grouping takes digits for noise.
const (
	verbs lexicon = "charge refund load store parse render fetch merge split resolve validate apply commit dispatch " +
		"schedule publish import export encode decode assign release reserve cancel confirm archive restore " +
		"measure compare collect expand reduce attach detach approve reject notify compute refresh rotate"
	nouns lexicon = "invoice order basket customer payment voucher shipment parcel address account session profile " +
		"catalog product variant discount ledger balance report statement document template message channel " +
		"queue worker bucket index snapshot partition region tenant license contract subscription device " +
		"sensor reading forecast schedule"
	areas lexicon = "billing checkout search identity warehouse delivery pricing reporting messaging storage analytics " +
		"scheduling inventory support partner mobile backoffice gateway"
	faults lexicon = "timeout conflict overflow mismatch corruption shortage refusal deadlock underflow outage"
)

// A lexicon is a list of words in one constant, so that nothing can change it.
type lexicon string

// size is the number of words.
func (l lexicon) size() int { return strings.Count(string(l), " ") + 1 }

// at returns word i, counted round and round.
func (l lexicon) at(i int) string {
	rest := string(l)
	for range i % l.size() {
		_, rest, _ = strings.Cut(rest, " ")
	}
	word, _, _ := strings.Cut(rest, " ")
	return word
}

// names are the words a bug is called by; no two bugs have the same.
type names struct{ verb, noun, area, fault string }

// namesOf spells bug in the mixed radix of the word lists: verbs, nouns and areas make 28,800 different names.
func namesOf(bug int) names {
	return names{
		verb:  verbs.at(bug),
		noun:  nouns.at(bug/verbs.size() + bug),
		area:  areas.at(bug/verbs.size()/nouns.size() + bug),
		fault: faults.at(bug),
	}
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
