// Payloads have integers of 64 bits, such as ids, which a number of JavaScript rounds.

const INTEGER = /^-?\d+$/
// A list of issues is parsed in a tenth of the time without a reviver.
const MAY_ROUND = /[:,[]-?\d{16}/

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown

const exact: Reviver = (_, value, context) => {
  const source = context?.source ?? ''
  return typeof value === 'number' && !Number.isSafeInteger(value) && INTEGER.test(source) ? BigInt(source) : value
}

/** JSON.parse, with a bigint for each integer that a number would round. Older browsers, which do not tell a number's source, round it. */
export function parseExact(text: string): unknown {
  return MAY_ROUND.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
}

const rawJSON = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON

/** JSON.stringify for what parseExact returned. */
export function stringifyExact(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? (rawJSON?.(String(v)) ?? String(v)) : v), indent)
}
