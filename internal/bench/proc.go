package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// clockTick is the unit of CPU times in /proc/PID/stat: USER_HZ is 100 on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// procRoot is where the kernel tells about processes.
const procRoot = "/proc"

// cpuOf returns the user and system time that a process, its living
// descendants and the children it waited for have used. PostgreSQL's backends
// come and go below the postmaster: the difference of two readings counts them all.
func cpuOf(pid int) (time.Duration, error) {
	var sum time.Duration
	for _, p := range family(pid) {
		s, err := readStat(p)
		if err != nil && p == pid {
			return 0, err
		}
		sum += s.cpu
	}
	return sum, nil
}

// memoryOf returns the resident memory in bytes of a process alone.
func memoryOf(pid int) int64 {
	s, err := readStat(pid)
	if err != nil {
		return 0
	}
	return s.rss
}

type stat struct {
	parent int
	cpu    time.Duration
	rss    int64
}

// readStat reads /proc/PID/stat; see proc_pid_stat(5). The name in brackets may hold anything.
func readStat(pid int) (stat, error) {
	data, err := os.ReadFile(procRoot + "/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, fmt.Errorf("read the times of process %d: %w", pid, err)
	}
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 22 {
		return stat{}, fmt.Errorf("read the times of process %d: %d fields", pid, len(fields))
	}
	number := func(field int) int64 {
		n, _ := strconv.ParseInt(string(fields[field-3]), 10, 64)
		return n
	}
	ticks := number(14) + number(15) + number(16) + number(17)
	return stat{parent: int(number(4)), cpu: time.Duration(ticks) * clockTick, rss: number(24) * int64(os.Getpagesize())}, nil
}

// family lists a process and all its descendants.
func family(pid int) []int {
	entries, err := os.ReadDir(procRoot)
	if err != nil {
		return []int{pid}
	}
	children := map[int][]int{}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, err := readStat(child); err == nil {
			children[s.parent] = append(children[s.parent], child)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// A meter measures what processes use while a run lasts.
type meter struct {
	server int
	also   []int

	startServer, startAlso, startSelf time.Duration

	mu     sync.Mutex
	rssMax int64
}

// begin takes the first reading. server may be 0 when it is unknown.
func (m *meter) begin() (err error) {
	m.startServer, m.startAlso, m.startSelf, err = m.read()
	return err
}

func (m *meter) read() (server, also, self time.Duration, err error) {
	if m.server > 0 {
		if server, err = cpuOf(m.server); err != nil {
			return 0, 0, 0, err
		}
	}
	for _, pid := range m.also {
		cpu, err := cpuOf(pid)
		if err != nil {
			return 0, 0, 0, err
		}
		also += cpu
	}
	own, err := readStat(os.Getpid())
	return server, also, own.cpu, err
}

// watching runs watch until the returned function is called.
func (m *meter) watching(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { m.watch(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// watch keeps the largest resident memory until ctx ends.
func (m *meter) watch(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		m.sample()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m *meter) sample() {
	rss := memoryOf(m.server)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rssMax = max(m.rssMax, rss)
}

// usage is what was used since begin.
type usage struct {
	Server, Also, Self time.Duration
	RSSMax, RSSEnd     int64
}

// end takes the last reading.
func (m *meter) end() (usage, error) {
	server, also, self, err := m.read()
	if err != nil {
		return usage{}, err
	}
	u := usage{Server: server - m.startServer, Also: also - m.startAlso, Self: self - m.startSelf, RSSEnd: memoryOf(m.server)}
	m.mu.Lock()
	defer m.mu.Unlock()
	u.RSSMax = max(m.rssMax, u.RSSEnd)
	return u, nil
}
