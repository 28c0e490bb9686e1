import { describe, expect, it } from 'vitest'
import type { Issue } from '@/api/types'
import { optimistic } from './issueActions'
import { effectiveQuery, mergeIssue } from './issueList'

const issue = { id: 1, status: 'unresolved', substatus: 'new', event_count: 10, user_count: 3, last_seen: '2026-11-23T10:00:00Z', sparkline: [0, 4], is_regressed: false } as unknown as Issue

describe('effectiveQuery', () => {
  it.each([
    ['', 'unresolved', 'is:unresolved'],
    ['timeout', 'resolved', 'is:resolved timeout'],
    ['timeout', 'all', 'timeout'],
    ['is:regressed x', 'unresolved', 'is:regressed x'],
  ])('joins %j and the tab %s', (query, status, want) => {
    expect(effectiveQuery({ query, status })).toBe(want)
  })
})

describe('mergeIssue', () => {
  it('takes a count and moves the last bar of the sparkline', () => {
    const merged = mergeIssue(issue, { id: 1, event_count: 15, user_count: 4, last_seen: '2026-11-23T10:05:00Z' }, 'issue.counted')
    expect(merged).toMatchObject({ event_count: 15, user_count: 4, last_seen: '2026-11-23T10:05:00Z', sparkline: [0, 9] })
    expect(issue.sparkline).toEqual([0, 4])
  })

  it('never goes back when facts arrive late', () => {
    const merged = mergeIssue(issue, { id: 1, event_count: 8, user_count: 2, last_seen: '2026-11-23T09:00:00Z' }, 'issue.counted')
    expect(merged).toMatchObject({ event_count: 10, user_count: 3, last_seen: '2026-11-23T10:00:00Z', sparkline: [0, 4] })
  })

  it("keeps one's own marks, which facts do not know", () => {
    const marked = { ...issue, is_bookmarked: true, is_subscribed: true }
    expect(mergeIssue(marked, { ...issue, is_bookmarked: false, is_subscribed: false }, 'issue.changed')).toMatchObject({ is_bookmarked: true, is_subscribed: true })
  })

  it('keeps the sparkline when a fact has none', () => {
    expect(mergeIssue(issue, { ...issue, sparkline: [] }, 'issue.changed').sparkline).toEqual([0, 4])
  })
})

it('shows a change before the server has answered', () => {
  expect(optimistic(issue, { patch: { status: 'resolved' } })).toMatchObject({ status: 'resolved', substatus: '' })
  expect(optimistic({ ...issue, status: 'archived' }, { patch: { status: 'unresolved' } })).toMatchObject({ status: 'unresolved', substatus: 'ongoing' })
  expect(optimistic(issue, { patch: { priority: 'high' } })).toMatchObject({ status: 'unresolved', substatus: 'new', priority: 'high' })
  expect(optimistic({ ...issue, assignee: { type: 'user', id: 1, name: 'Ann' } }, { patch: { assignee: null } }).assignee).toBeNull()
})
