import { expect, it } from 'vitest'
import { candidates, complete, handleOf, mentionAt, splitMentions, type Mentionable } from './mentions'

const ann: Mentionable = { user_id: 1, name: 'Ann', email: 'ann@example.org' }
const lee: Mentionable = { user_id: 2, name: 'Ann Lee', email: 'lee@example.org' }
const bo: Mentionable = { user_id: 3, name: '', email: 'bo@example.org' }
const all = [ann, lee, bo]

it.each([
  ['hi @an', 6, { start: 3, prefix: 'an' }],
  ['@', 1, { start: 0, prefix: '' }],
  ['@Ann Le', 7, { start: 0, prefix: 'Ann Le' }],
  ['mail me@host', 12, null],
  ['@ann\nnext', 9, null],
  ['none', 4, null],
])('finds the name at the caret of %j', (text, caret, want) => expect(mentionAt(text, caret)).toEqual(want))

it('offers members by any word of the name and by address', () => {
  expect(candidates(all, 'le')).toEqual([lee])
  expect(candidates(all, 'BO')).toEqual([bo])
  expect(candidates(all, '')).toEqual(all)
})

it('writes the name, or the address where the name is shared or missing', () => {
  expect(handleOf(lee, all)).toBe('Ann Lee')
  expect(handleOf(bo, all)).toBe('bo@example.org')
  expect(handleOf(ann, [...all, { user_id: 9, name: 'ann', email: 'x@example.org' }])).toBe('ann@example.org')
})

it('completes in the middle of a text', () => {
  expect(complete('ask @le please', 7, 'Ann Lee')).toEqual({ text: 'ask @Ann Lee please', caret: 13 })
})

it.each([
  ['@Ann Lee and @ann!', [['@Ann Lee', 2], [' and ', 0], ['@ann', 1], ['!', 0]]],
  ['to @bo@example.org', [['to ', 0], ['@bo@example.org', 3]]],
  ['x@Ann @Annette', [['x@Ann @Annette', 0]]],
])('splits %j', (text, want) => {
  expect(splitMentions(text, all).map((p) => [p.text, p.member?.user_id ?? 0])).toEqual(want)
})
