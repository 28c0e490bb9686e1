import { beforeEach, expect, test } from 'vitest'
import { nextVisit, visit } from './visit'

const HOUR = 3_600_000

beforeEach(() => localStorage.clear())

test('the first visit has none before it', () => expect(nextVisit(null, 5)).toEqual({ previous: 0, latest: 5 }))

test('a visit goes on over a short pause', () => expect(nextVisit({ previous: 1, latest: HOUR }, HOUR + 60_000)).toEqual({ previous: 1, latest: HOUR + 60_000 }))

test('a long pause ends the visit', () => expect(nextVisit({ previous: 1, latest: HOUR }, 3 * HOUR)).toEqual({ previous: HOUR, latest: 3 * HOUR }))

test('each project has its own visits', () => {
  visit(1, HOUR)
  expect(visit(1, 3 * HOUR)).toBe(HOUR)
  expect(visit(2, 3 * HOUR)).toBe(0)
})

test('a spoilt entry counts as none, once', () => {
  localStorage.setItem('mesher.visit.1', '{}')
  expect(visit(1, HOUR)).toBe(0)
})
