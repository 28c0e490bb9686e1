import { QueryClient } from '@tanstack/vue-query'
import { ApiError } from '@/api/http'

/** A refusal stays a refusal; only what may pass is tried again. */
function retry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.status < 500 && error.status !== 429) return false
  return failures < 2
}

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry, staleTime: 15_000, refetchOnWindowFocus: true } },
})
