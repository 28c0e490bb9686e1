import { expect, it } from 'vitest'
import { highlight, languageOf } from './highlight'

it('keeps every character and cuts tokens at line ends', async () => {
  const code = 'def f():\n    """two\n    lines"""\n    return 1'
  const lines = await highlight(code, 'python')
  expect(lines?.map((l) => l.map((t) => t.text).join('')).join('\n')).toBe(code)
  expect(lines?.[1]?.some((t) => t.className === 'hljs-string')).toBe(true)
  expect(lines?.[2]?.some((t) => t.className === 'hljs-string')).toBe(true)
})

it('leaves unknown languages plain', async () => {
  expect(await highlight('x', 'cobol')).toBeNull()
})

it('guesses the language by file, then by platform', () => {
  expect(languageOf('https://x/app.js?v=3', 'javascript')).toBe('javascript')
  expect(languageOf('src/App.tsx', 'javascript')).toBe('typescript')
  expect(languageOf('server', 'go')).toBe('go')
  expect(languageOf(undefined, undefined)).toBe('')
  expect(languageOf('a.constructor', 'constructor')).toBe('')
})
