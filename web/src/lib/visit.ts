/** A browser's visits to a project's issues, in Unix milliseconds. */
export interface Visits {
  /** End of the visit before this one; 0 when there was none. */
  previous: number
  /** Latest sign of this visit. */
  latest: number
}

const PAUSE_MS = 30 * 60_000

/** A visit goes on while the pauses are shorter than half an hour. */
export function nextVisit(before: Visits | null, now: number): Visits {
  if (!before) return { previous: 0, latest: now }
  return now - before.latest > PAUSE_MS ? { previous: before.latest, latest: now } : { ...before, latest: now }
}

const storageKey = (projectId: number) => `mesher.visit.${projectId}`

/** Notes a visit, and returns when the one before it ended; 0 when this browser knows of none. */
export function visit(projectId: number, now = Date.now()): number {
  try {
    const visits = nextVisit(read(localStorage.getItem(storageKey(projectId))), now)
    localStorage.setItem(storageKey(projectId), JSON.stringify(visits))
    return visits.previous
  } catch {
    return 0
  }
}

function read(text: string | null): Visits | null {
  if (!text) return null
  const { previous, latest } = JSON.parse(text) as Partial<Visits>
  return typeof previous === 'number' && typeof latest === 'number' ? { previous, latest } : null
}
