// A page that uses @sentry/browser and fails when its button is clicked. The
// DSN comes in the page's query.
import * as Sentry from '@sentry/browser'

const dsn = new URLSearchParams(location.search).get('dsn')
Sentry.init({ dsn, release: 'storefront@3.1.0', environment: 'test' })

function priceOf(product) {
  return product.price.amount
}

function addToBasket() {
  document.title = `total ${priceOf({ name: 'tea' })}`
}

document.querySelector('#buy').addEventListener('click', addToBasket)
