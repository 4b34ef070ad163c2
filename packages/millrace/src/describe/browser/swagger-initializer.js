const element = document.getElementById('swagger-ui')
const { url, root, files, options, initOAuth } = window.readPage(element)

const ui = window.SwaggerUIBundle({
  deepLinking: true,
  displayRequestDuration: true,
  // The validator's badge would come from another host.
  validatorUrl: null,
  ...options,
  url,
  domNode: element,
  oauth2RedirectUrl: new URL('oauth2-redirect', files).href,
  responseInterceptor: (response) => {
    if (response.url === url && response.ok)
      response.text = JSON.stringify(window.adaptDocument(JSON.parse(response.text), root))
    return response
  },
})
if (initOAuth) ui.initOAuth(initOAuth)
