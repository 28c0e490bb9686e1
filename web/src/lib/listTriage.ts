import { useQuery } from '@tanstack/vue-query'
import { computed, nextTick, shallowRef, watch, type Ref } from 'vue'
import * as api from '@/api'
import type { Assignee, Issue, IssuePatch } from '@/api/types'
import { changeMany, deleteMany, MAX_MERGE, readAll, scopedQuery } from './bulk'
import { count, plural } from './format'
import { ownMark, type Change } from './issueActions'
import type { IssueFilter, useIssueList } from './issueList'
import { useSession } from './session'
import { useShortcuts } from './shortcuts'
import { toastError } from './toast'
import { assignment, outcome, type TriageKind } from './triage'
import { useTriageKeys } from './triageKeys'

/** The menus of the bar that a key opens. */
export type TriageMenu = 'assign' | 'priority'

/** What is asked before it is done, because it reaches far or cannot be taken back. */
export interface Question {
  title: string
  description: string
  action: string
  run: () => Promise<unknown>
}

export interface ListTriageOptions {
  projectId: Ref<number>
  list: ReturnType<typeof useIssueList>
  filter: Ref<IssueFilter>
  /** Index of the row under the keyboard. */
  active: Ref<number>
  canWrite: Ref<boolean>
}

/** What a person does with the ticked rows, with the row under the keyboard, or with a whole search. */
export function useListTriage({ projectId, list, filter, active, canWrite }: ListTriageOptions) {
  const { user } = useSession()
  const { selection } = list
  const question = shallowRef<Question | null>(null)
  const asking = shallowRef<TriageKind | null>(null)
  const menu = shallowRef<TriageMenu | null>(null)

  const targets = computed(() => {
    if (selection.selected.value.size > 0) return list.items.value.filter((i) => selection.selected.value.has(i.id))
    const row = list.items.value[active.value]
    return row ? [row] : []
  })

  // Once every loaded row is ticked, actions may reach the rows that are not loaded.
  const matching = shallowRef(false)
  const canMatch = computed(() => canWrite.value && selection.all.value && list.hasMore.value)
  watch([selection.selected, filter], () => (matching.value = false))

  const total = useQuery({
    queryKey: computed(() => ['issue-count', projectId.value, list.query.value, filter.value.start, filter.value.end]),
    queryFn: () => api.issues.count(projectId.value, { query: list.query.value, start: filter.value.start, end: filter.value.end }),
    enabled: canMatch,
    staleTime: 10_000,
  })
  /** "1,000+" stands for what is not counted further; empty until it is known. */
  const totalText = computed(() => (total.data.value ? `${count(total.data.value.count)}${total.data.value.more ? '+' : ''}` : ''))
  const reach = computed(() => (matching.value ? (total.data.value?.count ?? 0) : selection.selected.value.size))

  function scope(): string {
    const query = scopedQuery(list.query.value, filter.value, Date.now())
    if (query === null) throw new Error('This time range cannot be used for a change of all matches. Choose another one.')
    return query
  }

  function afterChange() {
    selection.clear()
    void list.reload()
  }

  function change(patch: IssuePatch, shown?: Partial<Issue>) {
    const what: Change = { patch, shown }
    menu.value = null
    if (!matching.value) return void list.change(targets.value, what)
    const beyond = total.data.value?.more ? ' Only the first 1,000 are changed at a time.' : ''
    question.value = {
      title: `Change ${totalText.value} issues?`,
      description: `All issues that match this search, loaded into the list or not, will be ${outcome(what)}.${beyond}${!ownMark(patch) ? ' It can be undone for a minute.' : ''}`,
      action: `Change ${totalText.value} issues`,
      run: () => changeMany({ projectId: projectId.value, query: scope() }, what, afterChange),
    }
  }

  function assign(to: Assignee | null) {
    const { patch, shown } = assignment(to)
    change(patch, shown)
  }

  function remove(discard: boolean) {
    if (!matching.value) return list.remove(targets.value, discard)
    question.value = {
      title: `Delete ${totalText.value} issues?`,
      description: `All issues that match this search go with their events, loaded into the list or not${discard ? ', and new events of their kind will be dropped' : ''}. This cannot be undone.`,
      action: `Delete ${totalText.value} issues`,
      run: async () => {
        await deleteMany({ projectId: projectId.value, query: scope() }, discard)
        afterChange()
      },
    }
  }

  // Counts cannot be taken apart again, so it asks. The oldest issue keeps its id.
  async function merge() {
    const issues = matching.value ? await readAll(projectId.value, scope(), MAX_MERGE).catch((e: Error) => void toastError(e.message)) : targets.value
    const oldest = [...(issues ?? [])].sort((a, b) => a.first_seen.localeCompare(b.first_seen))[0]
    if (!issues || !oldest || issues.length < 2) return
    question.value = {
      title: `Merge ${plural(issues.length, 'issue')}?`,
      description: `Events and fingerprints move into ${oldest.short_id}, the oldest one. Its page can split fingerprints off again; counts stay together.`,
      action: 'Merge',
      run: async () => {
        await api.issues.merge(oldest.id, issues.filter((i) => i.id !== oldest.id).map((i) => i.id))
        afterChange()
      },
    }
  }

  // A menu hangs on the bar, which is there once a row is ticked.
  async function open(name: TriageMenu) {
    if (selection.selected.value.size === 0) toggleActive()
    await nextTick()
    menu.value = name
  }

  function toggleActive() {
    const row = list.items.value[active.value]
    if (row) selection.toggle(row.id)
  }

  useTriageKeys({
    group: 'Issues',
    allowed: () => canWrite.value,
    ready: () => targets.value.length > 0,
    change,
    ask: (kind) => (asking.value = kind),
    bookmark: () => change({ is_bookmarked: !targets.value.every((i) => i.is_bookmarked) }),
    assign: () => void open('assign'),
    assignToMe: () => user.value && assign({ type: 'user', id: user.value.id, name: user.value.name || user.value.email }),
    prioritise: () => void open('priority'),
    merge: () => void merge(),
    remove,
  })
  useShortcuts([
    { keys: 'x', label: 'Select row', group: 'Selection', run: toggleActive, when: () => active.value >= 0 },
    { keys: 'A', label: 'Select all shown issues', group: 'Selection', run: () => selection.toggleAll(), when: () => list.items.value.length > 0 && !list.isLoading.value },
    { keys: 'Escape', label: 'Clear selection', group: 'Selection', run: () => selection.clear(), when: () => selection.selected.value.size > 0 },
  ])

  return { matching, canMatch, totalText, reach, question, asking, menu, change, assign, remove, merge }
}
