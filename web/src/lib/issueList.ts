import { computed, shallowRef, type Ref } from 'vue'
import * as api from '@/api'
import { isRefused } from '@/api/http'
import type { Issue, IssuePatch } from '@/api/types'
import { changeIssues, deleteIssues, isLeaving, optimistic, type Change, type IssueView } from './issueActions'
import { useLive, type Fact } from './live'
import { usePaginator } from './paginator'
import { hasKey } from './search'
import { useSelection } from './selection'

export interface IssueFilter {
  query: string
  status: string
  sort: string
  start: string
  end: string
}

/** The query that the server gets: the tab's status joins what was typed, unless that names one. */
export function effectiveQuery(filter: Pick<IssueFilter, 'query' | 'status'>): string {
  if (filter.status === 'all' || hasKey(filter.query, 'is')) return filter.query
  return `is:${filter.status} ${filter.query}`.trim()
}

const FLASH_MS = 1_600
// Facts that bring an issue to attention; a count of an issue further down does not.
const RISING = new Set(['issue.new', 'issue.regressed', 'issue.escalating'])

/** The issue list: pages, live changes, selection and actions. */
export function useIssueList(projectId: Ref<number>, filter: Ref<IssueFilter>) {
  const query = computed(() => effectiveQuery(filter.value))
  const pages = usePaginator<Issue, number>({
    key: (issue) => issue.id,
    fetch: async (cursor, signal) => {
      const { sort, start, end } = filter.value
      const page = await api.issues.list(projectId.value, { query: query.value, sort, start, end, cursor, limit: 50 }, signal)
      return { ...page, items: page.items.filter((i) => !isLeaving(i)) }
    },
  })
  const selection = useSelection(computed(() => pages.items.value.map((i) => i.id)))
  const flashing = shallowRef<ReadonlySet<number>>(new Set())

  function flash(ids: Iterable<number>) {
    flashing.value = new Set(ids)
    setTimeout(() => (flashing.value = new Set()), FLASH_MS)
  }

  const live = useLive({
    projectId,
    query,
    kinds: ['issue.new', 'issue.regressed', 'issue.escalating', 'issue.counted', 'issue.changed'],
    enabled: computed(() => filter.value.end === '' && !isRefused(pages.error.value)),
    onFacts: (facts) => takeFacts(facts as Fact<Issue>[]),
  })

  function takeFacts(facts: Fact<Issue>[]) {
    const changed: number[] = []
    const arrivals: Issue[] = []
    for (const { kind, data } of facts) {
      const known = pages.patch(data.id, (old) => mergeIssue(old, data, kind))
      if (known) changed.push(data.id)
      else if (RISING.has(kind) && data.title) arrivals.push(withSparkline(data))
    }
    if (arrivals.length > 0) pages.arrive(arrivals)
    if (changed.length > 0) flash(changed)
  }

  function view(): IssueView {
    const snapshot = pages.items.value
    return {
      apply(issues, change) {
        if (leaves(change.patch, filter.value)) pages.remove(idsOf(issues))
        else for (const issue of issues) pages.patch(issue.id, (old) => optimistic(old, change))
        selection.clear()
      },
      remove(issues) {
        pages.remove(idsOf(issues))
        selection.clear()
      },
      revert: () => pages.restore(snapshot),
    }
  }

  const change = (issues: Issue[], what: Change) => changeIssues(projectId.value, issues, what, view())
  const remove = (issues: Issue[], discard: boolean) => deleteIssues(projectId.value, issues, { discard }, view())

  return { ...pages, selection, live, flashing, change, remove, query }
}

const idsOf = (issues: Issue[]) => new Set(issues.map((i) => i.id))

/** A fact carries no history: its events are of this hour. */
function withSparkline(issue: Issue): Issue {
  if (issue.sparkline?.length) return issue
  const sparkline = new Array<number>(24).fill(0)
  sparkline[23] = issue.status === 'unresolved' && issue.substatus === 'new' ? issue.event_count : 1
  return { ...issue, sparkline }
}

/** Whether an issue leaves the list by a change: to a status other than the tab's. */
function leaves(patch: IssuePatch, filter: IssueFilter): boolean {
  if (!patch.status) return false
  return filter.status !== 'all' && !hasKey(filter.query, 'is') && patch.status !== filter.status
}

/**
 * Joins a live fact with a row; a count never goes back, because facts may
 * arrive late. A fact is told to everybody, so it does not know one's own marks.
 */
export function mergeIssue(old: Issue, data: Partial<Issue>, kind: string): Issue {
  const merged = { ...old, ...data, is_bookmarked: old.is_bookmarked, is_subscribed: old.is_subscribed, sparkline: data.sparkline?.length ? data.sparkline : old.sparkline }
  merged.event_count = Math.max(old.event_count, data.event_count ?? 0)
  merged.user_count = Math.max(old.user_count, data.user_count ?? 0)
  if (data.last_seen && data.last_seen < old.last_seen) merged.last_seen = old.last_seen
  const more = merged.event_count - old.event_count
  if (kind === 'issue.counted' && more > 0 && merged.sparkline?.length && !data.sparkline?.length) {
    merged.sparkline = [...merged.sparkline.slice(0, -1), (merged.sparkline.at(-1) ?? 0) + more]
  }
  return merged
}
