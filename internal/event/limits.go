package event

// What normalization keeps of one event (PROTOCOL.md, §11). Text is counted in
// characters, bags in bytes of their canonical JSON.
const (
	maxMessage     = 8192
	maxValue       = 8192
	maxType        = 256
	maxModule      = 256
	maxName        = 200
	maxShortName   = 64
	maxServerName  = 256
	maxTagKey      = 200
	maxTagValue    = 200
	maxFunction    = 512
	maxPath        = 1024
	maxSourceLine  = 1024
	maxURL         = 2048
	maxHeaderValue = 2048
	maxUserField   = 128
	maxCategory    = 128
	maxBagKey      = 200

	maxExceptions   = 64
	maxThreads      = 100
	maxFrames       = 250
	oldestFrames    = 50 // kept from the far end when a stack is cut in the middle
	framesInDetail  = 50 // newest frames that keep their variables and source lines
	maxBreadcrumbs  = 100
	maxTags         = 100
	maxIndexedTags  = 50
	maxFingerprint  = 64
	maxPairs        = 100
	maxIntegrations = 64
	maxContextLines = 20
	maxNotes        = 100
)

// budget bounds a bag: how deep its containers nest, and how many bytes one
// member and the whole may take.
type budget struct {
	depth  int
	member int
	total  int
}

var (
	extraBudget    = budget{depth: 7, member: 16 << 10, total: 256 << 10}
	contextBudget  = budget{depth: 7, member: 8 << 10, total: 128 << 10}
	varsBudget     = budget{depth: 5, member: 2 << 10, total: 2 << 10}
	crumbBudget    = budget{depth: 5, member: 2 << 10, total: 2 << 10}
	smallBudget    = budget{depth: 5, member: 4 << 10, total: 8 << 10}
	requestBudget  = budget{depth: 7, member: 8 << 10, total: 16 << 10}
	debugBudget    = budget{depth: 4, member: 64 << 10, total: 64 << 10}
	modulesBudget  = budget{depth: 2, member: 512, total: 8 << 10}
	textFormBudget = budget{depth: 7, member: maxValue, total: maxValue}
)
