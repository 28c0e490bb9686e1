import { describe, expect, it } from 'vitest'
import { completionAt, hasKey, ISSUE_KEYS, parseTerms, quoteValue, suggest, withTerm } from './search'

describe('parseTerms', () => {
  it('splits text, keys, negation and quotes', () => {
    const terms = parseTerms('timeout !level:error release:"my app 1.0" "read timed out" time*')
    expect(terms.map((t) => [t.negate, t.key, t.value])).toEqual([
      [false, '', 'timeout'],
      [true, 'level', 'error'],
      [false, 'release', '"my app 1.0"'],
      [false, '', '"read timed out"'],
      [false, '', 'time*'],
    ])
  })

  it('keeps a colon inside a phrase out of keys, and survives an open quote', () => {
    expect(parseTerms('"a:b"')[0]?.key).toBe('')
    expect(parseTerms('release:"open quote').map((t) => t.value)).toEqual(['"open quote'])
    expect(parseTerms('')).toEqual([])
  })
})

describe('terms', () => {
  it('replaces the term of a key and quotes what needs it', () => {
    expect(withTerm('timeout level:error', 'level', 'fatal')).toBe('timeout level:fatal')
    expect(withTerm('!level:error', 'level', 'fatal')).toBe('!level:error level:fatal')
    expect(quoteValue('say "hi"')).toBe('"say \\"hi\\""')
    expect(quoteValue('*errors.errorString')).toBe('"*errors.errorString"')
    expect(hasKey('is:resolved x', 'is')).toBe(true)
    expect(hasKey('this:x', 'is')).toBe(false)
  })
})

describe('completion', () => {
  const values = { environment: ['production', 'staging'], release: ['my app 1.0', 'v2'], build: ['7'] }

  it('offers keys, the tags of the project included', () => {
    const labels = suggest('bu', 2, ISSUE_KEYS, values).map((s) => s.label)
    expect(labels).toEqual(['build:'])
    expect(suggest('lev', 3, ISSUE_KEYS, values)[0]).toMatchObject({ label: 'level:', query: 'level:', caret: 6 })
  })

  it('offers values of a key and quotes them', () => {
    expect(suggest('release:my', 10, ISSUE_KEYS, values)[0]?.query).toBe('release:"my app 1.0" ')
    expect(suggest('!environment:st', 15, ISSUE_KEYS, values)[0]?.query).toBe('!environment:staging ')
    expect(suggest('constructor:', 12, ISSUE_KEYS, values)).toEqual([])
    expect(suggest('is:', 3, ISSUE_KEYS, values).map((s) => s.label)).toContain('unresolved')
    expect(suggest('has:', 4, ISSUE_KEYS, values).map((s) => s.label)).toEqual(['environment', 'release', 'build'])
  })

  it('changes only the term at the caret', () => {
    const [first] = suggest('timeout lev level:error', 11, ISSUE_KEYS, values)
    expect(first?.query).toBe('timeout level: level:error')
    expect(first?.caret).toBe(14)
  })

  it('knows what the caret stands in', () => {
    expect(completionAt('level:err', 9)).toMatchObject({ key: 'level', prefix: 'err' })
    expect(completionAt('level:err', 3)).toMatchObject({ key: '', prefix: 'lev' })
    expect(completionAt('a ', 2)).toMatchObject({ key: '', prefix: '', term: null })
  })

  it('offers nothing that is typed already', () => {
    expect(suggest('level:error', 11, ISSUE_KEYS, values)).toEqual([])
  })
})
