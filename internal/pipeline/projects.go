package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/mesher/mesher/internal/org"
)

// CachedProjects keeps projects in memory for a few seconds, so that the
// processor does not ask the store for every batch. Whoever changes a project
// calls Forget, and the change acts on the next batch of this node; on other
// nodes after the time to live. It is safe for concurrent use.
type CachedProjects struct {
	source Projects
	ttl    time.Duration

	mu    sync.Mutex
	known map[int64]cachedProject
}

type cachedProject struct {
	project org.Project
	until   time.Time
}

// NewCachedProjects caches source for ttl.
func NewCachedProjects(source Projects, ttl time.Duration) *CachedProjects {
	return &CachedProjects{source: source, ttl: ttl, known: map[int64]cachedProject{}}
}

// GetProject implements Projects. Errors are not cached.
func (c *CachedProjects) GetProject(ctx context.Context, id int64) (org.Project, error) {
	now := time.Now()
	c.mu.Lock()
	hit, ok := c.known[id]
	c.mu.Unlock()
	if ok && now.Before(hit.until) {
		return hit.project, nil
	}
	project, err := c.source.GetProject(ctx, id)
	if err != nil {
		c.Forget(id)
		return org.Project{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxKnown {
		clear(c.known)
	}
	c.known[id] = cachedProject{project: project, until: now.Add(c.ttl)}
	return project, nil
}

// Forget makes the next GetProject of id ask the source.
func (c *CachedProjects) Forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, id)
}
