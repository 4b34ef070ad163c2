// Served beside the page, since its Content-Security-Policy allows no inline script.
const element = document.getElementById('redoc')
const url = new URL(element.dataset.openapi, location.href).href
const fontFamily = 'system-ui, sans-serif'

window.Redoc.init(
  url,
  { theme: { typography: { fontFamily, headings: { fontFamily }, code: { fontFamily: 'ui-monospace, monospace' } } } },
  element,
)
