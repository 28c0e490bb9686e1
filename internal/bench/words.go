package bench

import "strings"

// The words of which functions, types and messages are made. Bugs must differ
// in words, not digits: any server's grouping takes digits for noise.
const (
	verbWords = "charge refund load store parse render fetch merge split resolve validate apply commit dispatch " +
		"schedule publish import export encode decode assign release reserve cancel confirm archive restore " +
		"measure compare collect expand reduce attach detach approve reject notify compute refresh rotate"
	nounWords = "invoice order basket customer payment voucher shipment parcel address account session profile " +
		"catalog product variant discount ledger balance report statement document template message channel " +
		"queue worker bucket index snapshot partition region tenant license contract subscription device " +
		"sensor reading forecast schedule"
	areaWords = "billing checkout search identity warehouse delivery pricing reporting messaging storage analytics " +
		"scheduling inventory support partner mobile backoffice gateway"
	faultWords = "timeout conflict overflow mismatch corruption shortage refusal deadlock underflow outage"
)

// words splits a list and keeps it apart from the constants, so that nothing is shared.
func words(list string) []string { return strings.Fields(list) }

// names are the words a bug is called by; no two bugs have the same.
type names struct{ verb, noun, area, fault string }

// namesOf spells bug in the mixed radix of the word lists: verbs, nouns and areas make 28,800 different names.
func namesOf(bug int) names {
	verbs, nouns, areas, faults := words(verbWords), words(nounWords), words(areaWords), words(faultWords)
	return names{
		verb:  verbs[bug%len(verbs)],
		noun:  nouns[(bug/len(verbs)+bug)%len(nouns)],
		area:  areas[(bug/len(verbs)/len(nouns)+bug)%len(areas)],
		fault: faults[bug%len(faults)],
	}
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
