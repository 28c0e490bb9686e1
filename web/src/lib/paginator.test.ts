import { describe, expect, it } from 'vitest'
import type { Page } from '@/api/types'
import { usePaginator } from './paginator'

interface Row {
  id: number
  n: number
}
const rows = (...ids: number[]): Row[] => ids.map((id) => ({ id, n: 0 }))
const ids = (list: { value: Row[] }) => list.value.map((r) => r.id)

function setup(pages: Record<string, Page<Row>>, options: { cap?: number; pendingCap?: number } = {}) {
  return usePaginator<Row, number>({ key: (r) => r.id, fetch: async (cursor) => pages[cursor] as Page<Row>, ...options })
}

describe('usePaginator', () => {
  it('joins pages and passes rows that moved between them once', async () => {
    const list = setup({ '': { items: rows(1, 2), next: 'b' }, b: { items: rows(2, 3), next: '' } })
    await list.reload()
    expect(list.hasMore.value).toBe(true)
    await list.more()
    expect(ids(list.items)).toEqual([1, 2, 3])
    expect(list.hasMore.value).toBe(false)
  })

  it('drops the answer to an older question', async () => {
    const answers: ((page: Page<Row>) => void)[] = []
    const list = usePaginator<Row, number>({ key: (r) => r.id, fetch: () => new Promise((resolve) => answers.push(resolve)) })
    const first = list.reload()
    const second = list.reload()
    answers[1]?.({ items: rows(2), next: '' })
    await second
    answers[0]?.({ items: rows(1), next: '' })
    await first
    expect(ids(list.items)).toEqual([2])
  })

  it('keeps rows and says why when a page fails', async () => {
    let fail = false
    const list = usePaginator<Row, number>({
      key: (r) => r.id,
      fetch: async () => {
        if (fail) throw new Error('the disk is full')
        return { items: rows(1), next: 'b' }
      },
    })
    await list.reload()
    fail = true
    await list.more()
    expect(list.status.value).toBe('error')
    expect(list.errorMessage.value).toBe('the disk is full')
    expect(ids(list.items)).toEqual([1])
  })

  it('changes rows in place and holds new ones behind the bar', async () => {
    const list = setup({ '': { items: rows(1, 2), next: '' } })
    await list.reload()
    list.arrive([{ id: 2, n: 9 }, { id: 3, n: 0 }, { id: 4, n: 0 }])
    expect(list.items.value).toEqual([{ id: 1, n: 0 }, { id: 2, n: 9 }])
    expect(list.pendingCount.value).toBe(2)
    list.arrive([{ id: 4, n: 1 }])
    expect(list.pendingCount.value).toBe(2)
    list.showPending()
    expect(ids(list.items)).toEqual([4, 3, 1, 2])
    expect(list.items.value[0]?.n).toBe(1)
    expect(list.pendingCount.value).toBe(0)
  })

  it('shows arrivals at once in a list that was empty', async () => {
    const list = setup({ '': { items: [], next: '' } })
    await list.reload()
    list.arrive(rows(1, 2))
    expect(ids(list.items)).toEqual([2, 1])
    expect(list.pendingCount.value).toBe(0)
  })

  it('bounds what waits, but counts all of it', async () => {
    const list = setup({ '': { items: rows(1), next: '' } }, { pendingCap: 2 })
    await list.reload()
    list.arrive(rows(2, 3, 4))
    expect(list.pending.value.length).toBe(2)
    expect(list.pendingCount.value).toBe(3)
  })

  it('stops loading at its cap', async () => {
    const list = setup({ '': { items: rows(1, 2), next: 'b' } }, { cap: 2 })
    await list.reload()
    expect(list.hasMore.value).toBe(false)
  })

  it('takes rows out and puts them back', async () => {
    const list = setup({ '': { items: rows(1, 2, 3), next: '' } })
    await list.reload()
    const snapshot = list.items.value
    list.remove([1, 3])
    expect(ids(list.items)).toEqual([2])
    list.restore(snapshot)
    expect(ids(list.items)).toEqual([1, 2, 3])
  })
})

it('shows no rows of an older question when a new one is refused', async () => {
  let refuse = false
  const list = usePaginator<Row, number>({
    key: (r) => r.id,
    fetch: async () => {
      if (refuse) throw new Error('no such status')
      return { items: rows(1), next: '' }
    },
  })
  await list.reload()
  refuse = true
  await list.reload()
  expect(list.items.value).toEqual([])
  expect(list.errorMessage.value).toBe('no such status')
})
