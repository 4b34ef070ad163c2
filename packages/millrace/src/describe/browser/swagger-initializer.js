const element = document.getElementById('swagger-ui')
const { url, root } = window.readPlaces(element)

window.SwaggerUIBundle({
  url,
  domNode: element,
  deepLinking: true,
  displayRequestDuration: true,
  // The validator's badge would come from another host.
  validatorUrl: null,
  responseInterceptor: (response) => {
    if (response.url === url && response.ok)
      response.text = JSON.stringify(window.adaptDocument(JSON.parse(response.text), root))
    return response
  },
})
