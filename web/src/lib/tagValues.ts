import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, type Ref } from 'vue'
import { stats } from '@/api'

const MINUTES_FRESH = 5
const MOST_FREQUENT = 100

/** Keys that the project has seen in the last month, asked for once the search box is used, and the values of the one that is typed. */
export function useTagValues(projectId: Ref<number>) {
  const wanted = shallowRef(false)
  const key = shallowRef('')
  const lately = { start: '-30d' }
  const staleTime = MINUTES_FRESH * 60_000
  const keys = useQuery({ queryKey: ['tag-keys', projectId], queryFn: () => stats.tagKeys(projectId.value, lately), enabled: wanted, staleTime })
  const typed = useQuery({
    queryKey: ['tag-values', projectId, key],
    queryFn: () => stats.tag(projectId.value, key.value, { ...lately, limit: MOST_FREQUENT }),
    enabled: computed(() => key.value !== ''),
    staleTime,
  })
  const values = computed<Record<string, string[]>>(() => ({
    ...Object.fromEntries((keys.data.value?.items ?? []).map((k) => [k, []])),
    ...(typed.data.value && { [typed.data.value.key]: typed.data.value.values.map((v) => v.value) }),
  }))
  return { values, load: () => (wanted.value = true), complete: (typing: string) => (key.value = typing) }
}
