import { createSharedComposable, usePreferredDark } from '@vueuse/core'
import { computed, shallowRef, watchEffect } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'

const STORAGE_KEY = 'mesher.theme'

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(STORAGE_KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

/** The chosen theme; public/theme.js applies the same choice before the first paint. */
export const useTheme = createSharedComposable(() => {
  const prefersDark = usePreferredDark()
  const choice = shallowRef<ThemeChoice>(stored())
  const isDark = computed(() => choice.value === 'dark' || (choice.value === 'system' && prefersDark.value))

  watchEffect(() => document.documentElement.classList.toggle('dark', isDark.value))

  function choose(next: ThemeChoice) {
    choice.value = next
    try {
      if (next === 'system') localStorage.removeItem(STORAGE_KEY)
      else localStorage.setItem(STORAGE_KEY, next)
    } catch {
      // Blocked storage: the choice lasts as long as the page.
    }
  }

  return { choice, isDark, choose }
})
