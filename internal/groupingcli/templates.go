package groupingcli

import (
	"encoding/json"
	"fmt"

	"github.com/mesher/mesher/internal/grouping"
)

// templates learns patterns of all lines first, and then prints for each line
// the pattern it ended in: a template that was widened later holds for its early lines too.
type templates struct {
	learner *grouping.Learner
	ids     []uint32
}

func (t *templates) learn(line []byte) error {
	var s string
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("read a JSON string: %w", err)
	}
	id, _ := t.learner.Learn(s)
	t.ids = append(t.ids, id)
	return nil
}

func (t *templates) print(enc *json.Encoder) error {
	for _, id := range t.ids {
		if err := enc.Encode(t.learner.Template(id)); err != nil {
			return err
		}
	}
	return nil
}
