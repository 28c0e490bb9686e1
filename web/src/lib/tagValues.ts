import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, type Ref } from 'vue'
import { stats } from '@/api'

/** Keys and values that the project has seen lately, for completion; asked for once the search box is used. */
export function useTagValues(projectId: Ref<number>) {
  const wanted = shallowRef(false)
  const { data } = useQuery({
    queryKey: ['tag-values', projectId],
    queryFn: () => stats.tagKeys(projectId.value, { start: '-30d' }),
    enabled: wanted,
    staleTime: 300_000,
  })
  const values = computed(() => Object.fromEntries((data.value?.items ?? []).map((t) => [t.key, t.values.map((v) => v.value)])))
  return { values, load: () => (wanted.value = true) }
}
