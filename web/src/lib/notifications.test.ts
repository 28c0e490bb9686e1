import { describe, expect, it } from 'vitest'
import { badge, happened } from './notifications'

describe('notifications', () => {
  it('keeps the badge short', () => {
    expect([badge(1), badge(99), badge(100)]).toEqual(['1', '99', '99+'])
  })

  it('says who is meant', () => {
    expect(happened({ kind: 'assigned', reason: 'assigned', user_name: 'Ann' })).toBe('assigned this to you')
    expect(happened({ kind: 'assigned', reason: 'team_assigned', user_name: 'Ann' })).toBe('assigned this to your team')
    expect(happened({ kind: 'resolved', reason: 'subscribed', user_name: '' })).toMatch(/^Resolved itself/)
    expect(happened({ kind: 'resolved', reason: 'subscribed', user_name: 'Ann' })).toBe('resolved this')
  })
})
