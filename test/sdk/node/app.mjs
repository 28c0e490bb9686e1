// An application that uses @sentry/node and fails: a chained error caught by
// hand and an unhandled rejection. SENTRY_DSN says where to.
import * as Sentry from '@sentry/node'

Sentry.init({ dsn: process.env.SENTRY_DSN, release: 'shop@2.0.1', environment: 'test' })
Sentry.setUser({ id: '7', username: 'grace' })
Sentry.setTag('region', 'us')

class StockError extends Error {
  constructor(item, options) {
    super(`no stock left of item ${item}`, options)
    this.name = 'StockError'
  }
}

function readShelf(item) {
  throw new TypeError(`shelf of item ${item} is undefined`)
}

function reserve(item) {
  try {
    readShelf(item)
  } catch (cause) {
    throw new StockError(item, { cause })
  }
}

for (const item of [11, 12]) {
  Sentry.addBreadcrumb({ category: 'cart', message: `reserve ${item}` })
  try {
    reserve(item)
  } catch (err) {
    Sentry.captureException(err)
  }
}
await Sentry.flush(5000)
