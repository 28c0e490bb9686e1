import { useQueryClient } from '@tanstack/vue-query'
import { nextTick, shallowRef, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import type { Issue, IssuePatch } from '@/api/types'
import { changeIssues, deleteIssues, optimistic, type IssueView } from './issueActions'
import type { TriageMenu } from './listTriage'
import { useSession } from './session'
import { useShortcuts } from './shortcuts'
import { toast } from './toast'
import { assignment, type TriageKind } from './triage'
import { useTriageKeys } from './triageKeys'

/** What a person does with the issue of a page. */
export function useIssueTriage(projectId: Ref<number>, issueId: Ref<number>, issue: Ref<Issue | undefined>, canWrite: Ref<boolean>) {
  const client = useQueryClient()
  const router = useRouter()
  const { user } = useSession()
  const asking = shallowRef<TriageKind | null>(null)
  const menu = shallowRef<TriageMenu | null>(null)
  const sharing = shallowRef(false)
  const merging = shallowRef(false)

  // Undo may come after the page has gone on to another issue: the view keeps its own id.
  function view(before: Issue): IssueView {
    const key = ['issue', before.id]
    const page = { name: 'issue', params: { projectId: before.project_id, issueId: before.id } }
    let removed = false
    return {
      apply: (_, change) => client.setQueryData<Issue>(key, optimistic(before, change)),
      remove: () => {
        removed = true
        void router.push({ name: 'issues', params: { projectId: before.project_id } })
      },
      revert: () => {
        client.setQueryData<Issue>(key, before)
        if (removed) void router.push(page)
      },
      settled: () => {
        void client.invalidateQueries({ queryKey: key, exact: true })
        void client.invalidateQueries({ queryKey: [...key, 'activity'] })
      },
    }
  }

  function change(patch: IssuePatch, shown?: Partial<Issue>) {
    if (issue.value && canWrite.value) void changeIssues(projectId.value, [issue.value], { patch, shown }, view(issue.value))
  }

  function remove(discard: boolean) {
    if (issue.value && canWrite.value) deleteIssues(projectId.value, [issue.value], { discard }, view(issue.value))
  }

  function assignToMe() {
    if (!user.value) return
    const { patch, shown } = assignment({ type: 'user', id: user.value.id, name: user.value.name || user.value.email })
    change(patch, shown)
  }

  function merged(now: Issue) {
    client.setQueryData<Issue>(['issue', now.id], now)
    void client.invalidateQueries({ queryKey: ['issue', now.id] })
    toast('Issues merged')
  }

  async function comment() {
    await router.push({ name: 'issue', params: { projectId: projectId.value, issueId: issueId.value, tab: 'activity' } })
    await nextTick()
    document.getElementById('comment')?.focus()
  }

  useTriageKeys({
    group: 'Issue',
    allowed: () => canWrite.value,
    ready: () => issue.value !== undefined,
    change,
    ask: (kind) => (asking.value = kind),
    bookmark: () => change({ is_bookmarked: !issue.value?.is_bookmarked }),
    assign: () => (menu.value = 'assign'),
    assignToMe,
    prioritise: () => (menu.value = 'priority'),
    merge: () => (merging.value = true),
    remove,
  })
  useShortcuts([
    { keys: 's', label: 'Share by public link', group: 'Issue', run: () => (sharing.value = true), when: () => canWrite.value, offered: () => canWrite.value },
    { keys: 'c', label: 'Comment', group: 'Issue', run: () => void comment(), when: () => canWrite.value, offered: () => canWrite.value },
  ])

  return { asking, menu, sharing, merging, change, remove, merged }
}
