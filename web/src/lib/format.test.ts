import { expect, it } from 'vitest'
import { bytes, count, initials, percent, plural } from './format'

it.each([
  [0, '0'],
  [9_999, '9,999'],
  [12_345, '12.3K'],
  [4_200_000, '4.2M'],
  [null, '–'],
] as const)('shortens %s to %s', (n, want) => expect(count(n)).toBe(want))

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 KB'],
  [2_184_003_211, '2.2 GB'],
  [250_000_000, '250 MB'],
] as const)('says %s bytes as %s', (n, want) => expect(bytes(n)).toBe(want))

it('never rounds a share to nothing or to all', () => {
  expect(percent(1, 1000)).toBe('<1%')
  expect(percent(999, 1000)).toBe('>99%')
  expect(percent(1, 2)).toBe('50%')
  expect(percent(0, 0)).toBe('0%')
})

it('makes initials of any name', () => {
  expect(initials('Ada Byron')).toBe('AB')
  expect(initials('grace@example.com')).toBe('GE')
  expect(initials('林納斯')).toBe('林納')
  expect(plural(1, 'issue')).toBe('1 issue')
  expect(plural(2, 'issue')).toBe('2 issues')
})
