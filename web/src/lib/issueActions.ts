import * as api from '@/api'
import { messageOf } from '@/api/http'
import type { BulkResult, Issue, IssuePatch, Status } from '@/api/types'
import { plural } from './format'
import { toast, toastError } from './toast'

const DONE: Record<Status, string> = { resolved: 'resolved', archived: 'archived', unresolved: 'reopened' }

/** What the screen shows at once, before the server has answered. */
export function optimistic(issue: Issue, patch: IssuePatch): Issue {
  if (!patch.status || patch.status === issue.status) return { ...issue, ...shown(patch) }
  return { ...issue, ...shown(patch), status: patch.status, substatus: patch.status === 'unresolved' ? 'ongoing' : '', is_regressed: false }
}

function shown(patch: IssuePatch): Partial<Issue> {
  const out: Partial<Issue> = {}
  if (patch.priority) out.priority = patch.priority
  if (patch.is_bookmarked !== undefined) out.is_bookmarked = patch.is_bookmarked
  if (patch.is_subscribed !== undefined) out.is_subscribed = patch.is_subscribed
  return out
}

export interface ListHooks {
  /** Shows the issues in their new state, and takes them out when they no longer match. */
  apply: (issues: Issue[], patch: IssuePatch) => void
  /** Shows them as they were. */
  revert: () => void
}

/** Changes the status of issues at once, with undo. */
export async function changeStatus(projectId: number, issues: Issue[], patch: IssuePatch & { status: Status }, hooks: ListHooks): Promise<void> {
  if (issues.length === 0) return
  hooks.apply(issues, patch)
  let done: BulkResult
  try {
    done = await api.issues.bulk(projectId, { ids: issues.map((i) => i.id), ...patch })
  } catch (e) {
    hooks.revert()
    toastError(messageOf(e))
    return
  }
  const undo = async () => {
    hooks.revert()
    if (done.updated.length === 0) return
    try {
      const { updated } = await api.issues.undo(projectId, { ids: done.updated, changed_at: done.changed_at })
      const left = done.updated.length - updated.length
      if (left > 0) toast(`${plural(left, 'issue')} stayed: there was nothing to take back, or somebody changed it meanwhile`)
    } catch (e) {
      toastError(messageOf(e))
    }
  }
  toast(`${plural(issues.length, 'issue')} ${DONE[patch.status]}`, { action: { label: 'Undo', run: () => void undo() } })
}

/**
 * Deletes issues after the toast has gone, so that undo costs nothing: the
 * server cannot bring back what it deleted. Leaving the page deletes at once.
 */
export function deleteIssues(projectId: number, issues: Issue[], options: { discard: boolean }, hooks: ListHooks): void {
  if (issues.length === 0) return
  let settled = false
  hooks.apply(issues, {})
  const commit = async (keepalive: boolean) => {
    if (settled) return
    settled = true
    removeEventListener('pagehide', leave)
    try {
      await api.issues.bulkDelete(projectId, { ids: issues.map((i) => i.id), discard: options.discard }, keepalive)
    } catch (e) {
      hooks.revert()
      toastError(messageOf(e))
    }
  }
  const leave = () => void commit(true)
  addEventListener('pagehide', leave)
  toast(`${plural(issues.length, 'issue')} deleted${options.discard ? '; new events of that kind will be dropped' : ''}`, {
    action: {
      label: 'Undo',
      run: () => {
        settled = true
        removeEventListener('pagehide', leave)
        hooks.revert()
      },
    },
    onClose: () => void commit(false),
  })
}
