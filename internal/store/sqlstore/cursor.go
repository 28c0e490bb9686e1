package sqlstore

import (
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/fault"
)

// keyset is where a page ended: the value of the sort column and the id.
type keyset struct{ value, id int64 }

func (k keyset) String() string {
	return strconv.FormatInt(k.value, 36) + "." + strconv.FormatInt(k.id, 36)
}

// parseKeyset reads the cursor of a page request; the second result is false for the first page.
func parseKeyset(cursor string) (keyset, bool, error) {
	if cursor == "" {
		return keyset{}, false, nil
	}
	value, id, ok := strings.Cut(cursor, ".")
	k := keyset{}
	var err1, err2 error
	k.value, err1 = strconv.ParseInt(value, 36, 64)
	k.id, err2 = strconv.ParseInt(id, 36, 64)
	if !ok || err1 != nil || err2 != nil {
		return keyset{}, false, fault.Field("query.cursor", "the cursor is none that a list gave out")
	}
	return k, true, nil
}
