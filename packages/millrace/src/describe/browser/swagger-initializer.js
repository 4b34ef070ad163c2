// Served beside the page, since its Content-Security-Policy allows no inline script.
const element = document.getElementById('swagger-ui')
const url = new URL(element.dataset.openapi, location.href).href
const root = new URL(element.dataset.root, location.href)

// Behind a proxy that strips a prefix, the document does not know where the app stands; the page does.
function addServer(response) {
  if (response.url !== url || root.pathname === '/') return response
  const document = JSON.parse(response.text)
  document.servers ??= [{ url: root.href.replace(/\/$/, '') }]
  response.text = JSON.stringify(document)
  return response
}

window.SwaggerUIBundle({
  url,
  domNode: element,
  deepLinking: true,
  displayRequestDuration: true,
  // The validator's badge would come from another host.
  validatorUrl: null,
  responseInterceptor: addServer,
})
