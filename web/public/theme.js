// Runs before the first paint, as a file of its own because the content
// security policy allows no inline script: no flash of the wrong theme.
;(function () {
  var choice = null
  try {
    choice = localStorage.getItem('mesher.theme')
  } catch {
    // Storage may be blocked; the system's preference decides then.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
