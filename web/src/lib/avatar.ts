const HUES = 8

/** One of the eight colours of avatars, the same for a name wherever it stands; styles/main.css has them as avatar-0 … avatar-7. */
export function avatarClass(name: string): string {
  return `avatar-${[...name].reduce((sum, c) => sum + (c.codePointAt(0) ?? 0), 0) % HUES}`
}
