import { dismiss, toast } from './toast'

/** How long the server takes a change of issues back. */
const UNDO_MS = 60_000

interface Offer {
  toast: number
  undo: () => void
  until: number
}

let latest: Offer | null = null

/** Says what was done and offers to take it back: on the toast, and by key for as long as the server would. */
export function toastUndo(text: string, undo: () => void): void {
  const offer: Offer = { toast: 0, undo, until: Date.now() + UNDO_MS }
  latest = offer
  offer.toast = toast(text, { action: { label: 'Undo', run: () => take(offer) } })
}

/** The same for what is done only once the toast has gone, when it is too late. */
export function toastUntilDone(text: string, undo: () => void, done: () => void): void {
  const offer: Offer = { toast: 0, undo, until: Infinity }
  latest = offer
  const onClose = () => {
    if (latest === offer) latest = null
    done()
  }
  offer.toast = toast(text, { action: { label: 'Undo', run: () => take(offer) }, onClose })
}

function take(offer: Offer): void {
  if (latest === offer) latest = null
  offer.undo()
}

export function canUndo(): boolean {
  return latest !== null && Date.now() < latest.until
}

/** Takes the latest change back, and its toast away. */
export function undoLatest(): void {
  if (!canUndo() || !latest) return
  const offer = latest
  take(offer)
  dismiss(offer.toast)
}
