package api

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const (
	// maxMentions bounds the people one comment names.
	maxMentions = 20
	// maxMentionable bounds the members among whom a comment's names are looked for.
	maxMentionable = 5000
)

// Mention is a member whom a comment names.
type Mention struct {
	UserID int64  `json:"user_id"`
	Name   string `json:"name" doc:"The name now, or the e-mail address of whoever has none"`
}

// mentioned returns the ids of the members whom a text names, in the order of the text.
func (s *Server) mentioned(ctx context.Context, orgID int64, text string) ([]int64, error) {
	if !strings.Contains(text, "@") {
		return nil, nil
	}
	var members []org.Member
	for cursor := ""; len(members) < maxMentionable; {
		page, err := s.Accounts.ListMembers(ctx, orgID, store.PageRequest{Cursor: cursor, Limit: 100})
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		members = append(members, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return findMentions(text, members), nil
}

func mentionedIn(ids []int64) []store.Addressee {
	return shapeAll(ids, func(id int64) store.Addressee { return store.Addressee{UserID: id, Reason: store.ReasonMentioned} })
}

// findMentions reads @name and @e-mail wherever an @ begins a word. Of names of
// which one begins another ("Ann", "Ann Lee") the longest counts; a name that
// two members share names nobody.
func findMentions(text string, members []org.Member) []int64 {
	var found []int64
	seen := map[int64]bool{}
	previous := ' '
	for at, r := range text {
		if r == '@' && !isNamePart(previous) {
			if id := memberAt(text[at+1:], members); id != 0 && !seen[id] && len(found) < maxMentions {
				seen[id] = true
				found = append(found, id)
			}
		}
		previous = r
	}
	return found
}

// memberAt returns the member whose name or address the text begins with, 0 for none.
func memberAt(text string, members []org.Member) int64 {
	longest, id := 0, int64(0)
	for _, m := range members {
		for _, name := range []string{m.Name, m.Email} {
			if name == "" || len(name) < longest || !beginsWith(text, name) {
				continue
			}
			if len(name) == longest && id != m.UserID {
				id = 0
				continue
			}
			longest, id = len(name), m.UserID
		}
	}
	return id
}

// beginsWith compares without case and wants the name to end where a word does.
func beginsWith(text, name string) bool {
	if len(text) < len(name) || !strings.EqualFold(text[:len(name)], name) {
		return false
	}
	next, size := utf8.DecodeRuneInString(text[len(name):])
	return size == 0 || !isNamePart(next)
}

func isNamePart(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '@'
}

// showMentions names the users whom comments mention.
func showMentions(ids []int64, users map[int64]org.User) []Mention {
	list := make([]Mention, 0, len(ids))
	for _, id := range ids {
		if u, ok := users[id]; ok {
			list = append(list, Mention{UserID: id, Name: displayName(u)})
		}
	}
	return list
}
