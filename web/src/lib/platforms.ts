/** What a project may be written in, as shown where one is made. */
export interface Platform {
  id: string
  name: string
  short: string
  color: string
}

export const PLATFORMS: readonly Platform[] = [
  { id: 'go', name: 'Go', short: 'Go', color: '#007894' },
  { id: 'node', name: 'Node.js', short: 'No', color: '#3c7a2f' },
  { id: 'javascript', name: 'Browser', short: 'JS', color: '#8a6d00' },
  { id: 'python', name: 'Python', short: 'Py', color: '#2f6699' },
  { id: 'ruby', name: 'Ruby', short: 'Rb', color: '#b3201b' },
  { id: 'php', name: 'PHP', short: 'Ph', color: '#5a5f9e' },
  { id: 'java', name: 'Java', short: 'Ja', color: '#a8551a' },
  { id: 'csharp', name: '.NET', short: 'C#', color: '#6a2f8a' },
  { id: 'other', name: 'Something else', short: '··', color: '#5f5f6b' },
]

const ALIASES = new Map(Object.entries({ dotnet: 'csharp', 'javascript-browser': 'javascript', browser: 'javascript', 'node-js': 'node' }))

export function platformOf(id: string): Platform {
  const known = PLATFORMS.find((p) => p.id === (ALIASES.get(id) ?? id))
  if (known) return known
  const name = id || 'other'
  return { id: name, name, short: name.slice(0, 2).replace(/^./, (c) => c.toUpperCase()), color: '#5f5f6b' }
}
