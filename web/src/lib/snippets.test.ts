import { describe, expect, it } from 'vitest'
import { parseDsn, SNIPPETS, snippetFor, type Dsn } from './snippets'

const DSN = 'https://0123456789abcdef0123456789abcdef@errors.example.com:8443/17'

describe('parseDsn', () => {
  it('takes a DSN apart', () => {
    expect(parseDsn(DSN)).toEqual({ text: DSN, origin: 'https://errors.example.com:8443', key: '0123456789abcdef0123456789abcdef', projectId: '17' })
  })

  it('keeps a path before the project, as behind a proxy', () => {
    expect(parseDsn('http://k@host/mesher/3')).toMatchObject({ origin: 'http://host/mesher', projectId: '3' })
  })

  it.each(['', 'nonsense', 'http://host/1', 'http://key@host/'])('refuses %j', (text) => {
    expect(parseDsn(text)).toBeNull()
  })
})

describe('snippets', () => {
  const dsn = parseDsn(DSN) as Dsn

  it.each(SNIPPETS.map((s) => [s.name, s] as const))('of %s carry the key and leave nothing to fill in', (_, snippet) => {
    const code = snippet.steps(dsn).map((s) => s.code).join('\n')
    expect(code).toContain(dsn.key)
    expect(code).not.toMatch(/YOUR_|<key>|undefined|\$\{dsn/)
  })

  it('open with the platform of the project', () => {
    expect(snippetFor('python').id).toBe('python')
    expect(snippetFor('javascript').id).toBe('browser')
    expect(snippetFor('cobol').id).toBe('curl')
  })
})
