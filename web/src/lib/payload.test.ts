import { expect, it } from 'vitest'
import { indexNotes, notePath } from './notes'
import { asCurl, highlights, isEmpty, messageParts } from './payload'

it('shows what people look for first, and nothing empty', () => {
  const facts = highlights({ environment: 'production', exception: [{}, { mechanism: { handled: false } }], user: { email: 'a@b.c', id: '1' }, contexts: { runtime: { name: 'go', version: '1.26' } } })
  expect(facts.map((f) => `${f.label}=${f.value}`)).toEqual(['handled=no', 'environment=production', 'user=a@b.c', 'runtime=go 1.26'])
})

it('leaves out what clients put where a name is expected', () => {
  const contexts = { browser: { name: { toString: 'x' }, version: [] }, os: 'Linux', runtime: { name: 'ruby', version: 3 } }
  expect(highlights({ contexts })).toEqual([{ label: 'runtime', value: 'ruby 3' }])
})

it('tells a message from its template', () => {
  expect(messageParts({ logentry: { message: 'took %d s', formatted: 'took 5 s', params: [5] } })).toMatchObject({ text: 'took 5 s', template: 'took %d s' })
  expect(messageParts({ logentry: { message: 'plain' } })).toMatchObject({ text: 'plain', template: '' })
  expect(messageParts({})).toBeNull()
})

it('quotes a request for the shell', () => {
  expect(asCurl({ request: { method: 'POST', url: "https://x/it's", query_string: [['a', '1 2']], headers: [['Accept', '*/*'], ['Cookie', 'secret']], data: { q: 1 } } })).toBe(
    `curl -X POST 'https://x/it'\\''s?a=1+2' \\\n  -H 'Accept: */*' \\\n  -d '{"q":1}'`,
  )
  expect(asCurl({})).toBe('')
})

it('finds notes however their path is spelt', () => {
  expect(notePath('/exception/values/0/value')).toBe('exception.0.value')
  expect(notePath('extra.items[3].name')).toBe('extra.items.3.name')
  expect(indexNotes([{ path: 'request.data', kind: 'trimmed' }, { path: 'request.data', kind: 'scrubbed' }]).get('request.data')?.length).toBe(2)
})

it('knows empty values of every kind', () => {
  for (const v of [null, undefined, '', [], {}]) expect(isEmpty(v)).toBe(true)
  for (const v of [0, false, 'x', [0], { a: null }]) expect(isEmpty(v)).toBe(false)
})
