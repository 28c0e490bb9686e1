import * as api from '@/api'
import { messageOf } from '@/api/http'
import type { BulkResult, Issue, IssuePatch } from '@/api/types'
import { plural } from './format'
import { toast, toastError } from './toast'
import { doneText } from './triage'
import { toastUndo, toastUntilDone } from './undo'

/** A change, and what the screen knows of its outcome beyond the patch, such as an assignee's name. */
export interface Change {
  patch: IssuePatch
  shown?: Partial<Issue>
}

/** What the screen shows at once, before the server has answered. */
export function optimistic(issue: Issue, { patch, shown }: Change): Issue {
  const out: Issue = { ...issue, ...shown }
  if (patch.priority) out.priority = patch.priority
  if (patch.is_bookmarked !== undefined) out.is_bookmarked = patch.is_bookmarked
  if (patch.is_subscribed !== undefined) out.is_subscribed = patch.is_subscribed
  if (patch.assignee === null) out.assignee = null
  if (!patch.status || patch.status === issue.status) return out
  return { ...out, status: patch.status, substatus: patch.status === 'unresolved' ? 'ongoing' : '', is_regressed: false }
}

/** Where a change of issues shows. */
export interface IssueView {
  /** Shows the issues in their new state, and takes them out when they no longer belong. */
  apply: (issues: Issue[], change: Change) => void
  /** Takes issues out that are being deleted. */
  remove: (issues: Issue[]) => void
  /** Shows them as they were. */
  revert: () => void
  /** The server has answered: what it made of the issues may be read. */
  settled?: () => void
}

/** Changes issues at once, with undo. */
export async function changeIssues(projectId: number, issues: Issue[], change: Change, view: IssueView): Promise<void> {
  if (issues.length === 0) return
  view.apply(issues, change)
  let done: BulkResult
  try {
    done = await api.issues.bulk(projectId, { ids: issues.map((i) => i.id), ...change.patch })
  } catch (e) {
    view.revert()
    toastError(messageOf(e))
    return
  }
  view.settled?.()
  const undo = async () => {
    view.revert()
    await takeBack(projectId, done, unmark(issues, change.patch))
    view.settled?.()
  }
  toastUndo(doneText(issues.length, change), () => void undo())
}

type Mark = 'is_bookmarked' | 'is_subscribed'
type Marks = { ids: number[] } & Partial<Record<Mark, boolean>>

/** Which of a person's own marks a patch sets, if any. They are everybody's own, so the server's undo leaves them alone. */
export function ownMark(patch: IssuePatch): Mark | undefined {
  return (['is_bookmarked', 'is_subscribed'] as const).find((mark) => patch[mark] !== undefined)
}

/** The ids whose mark a patch turns around. */
function unmark(issues: Issue[], patch: IssuePatch): Marks | undefined {
  const mark = ownMark(patch)
  return mark && { ids: issues.filter((i) => i[mark] !== patch[mark]).map((i) => i.id), [mark]: !patch[mark] }
}

/** Takes a change back, and says when some of the issues stay as they are. */
export async function takeBack(projectId: number, done: BulkResult, marks?: Marks): Promise<void> {
  if (done.updated.length === 0) return
  try {
    if (marks) {
      if (marks.ids.length > 0) await api.issues.bulk(projectId, marks)
      return
    }
    const { updated } = await api.issues.undo(projectId, { ids: done.updated, changed_at: done.changed_at })
    const left = done.updated.length - updated.length
    if (left > 0) toast(`${plural(left, 'issue')} stayed: there was nothing to take back, or somebody changed it meanwhile`)
  } catch (e) {
    toastError(messageOf(e))
  }
}

const leaving = new Set<number>()

/** Whether an issue is being deleted: the server still knows it until it is too late for undo. */
export const isLeaving = (issue: Issue): boolean => leaving.has(issue.id)

/**
 * Deletes issues after the toast has gone, so that undo costs nothing: the
 * server cannot bring back what it deleted. Leaving the page deletes at once.
 */
export function deleteIssues(projectId: number, issues: Issue[], options: { discard: boolean }, view: Pick<IssueView, 'remove' | 'revert'>): void {
  if (issues.length === 0) return
  let settled = false
  for (const i of issues) leaving.add(i.id)
  const revert = () => {
    for (const i of issues) leaving.delete(i.id)
    view.revert()
  }
  view.remove(issues)
  const commit = async (keepalive: boolean) => {
    if (settled) return
    settled = true
    removeEventListener('pagehide', leave)
    try {
      await api.issues.bulkDelete(projectId, { ids: issues.map((i) => i.id), discard: options.discard }, keepalive)
    } catch (e) {
      revert()
      toastError(messageOf(e))
    }
  }
  const leave = () => void commit(true)
  addEventListener('pagehide', leave)
  const undo = () => {
    settled = true
    removeEventListener('pagehide', leave)
    revert()
  }
  toastUntilDone(`${plural(issues.length, 'issue')} deleted${options.discard ? '; new events of that kind will be dropped' : ''}`, undo, () => void commit(false))
}
