import { expect, it } from 'vitest'
import { parseExact, stringifyExact } from './json'

// Node.js tells the source of a number since version 21; the walk in a browser wants it too.
it.skipIf(!('rawJSON' in JSON))('keeps integers that a number would round', () => {
  const text = '{"id":9223372036854775807,"list":[-9007199254740993,9007199254740991],"f":1.5,"s":"9223372036854775807","e":1e300}'
  expect(parseExact(text)).toEqual({ id: 9223372036854775807n, list: [-9007199254740993n, 9007199254740991], f: 1.5, s: '9223372036854775807', e: 1e300 })
  expect(stringifyExact(parseExact('{"id":9223372036854775807}'), 2)).toBe('{\n  "id": 9223372036854775807\n}')
})

it('parses all else as ever', () => {
  expect(parseExact('{"a":[1,null,"x",{}]}')).toEqual({ a: [1, null, 'x', {}] })
  expect(() => parseExact('{')).toThrow(SyntaxError)
  expect(stringifyExact(['x'])).toBe('["x"]')
})
