import { App, html } from 'millrace'

/** Without pages of its own; the document is there all the same. */
export const app = new App({ compat: 'fastapi', docs: { swagger: false, redoc: false } })

const swaggerUi = `<!doctype html>
<html>
<head>
<title>FastAPI - Swagger UI</title>
<link rel="stylesheet" href="https://unpkg.com/swagger-ui-dist@5/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="https://unpkg.com/swagger-ui-dist@5/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  oauth2RedirectUrl: location.origin + '/docs/oauth2-redirect',
})
</script>
</body>
</html>
`

const swaggerUiRedirect = `<!doctype html>
<html>
<head>
<title>Swagger UI: OAuth2 Redirect</title>
</head>
<body>
<script src="https://unpkg.com/swagger-ui-dist@5/oauth2-redirect.js"></script>
</body>
</html>
`

const redoc = `<!doctype html>
<html>
<head>
<title>FastAPI - ReDoc</title>
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="https://unpkg.com/redoc@2/bundles/redoc.standalone.js"></script>
</body>
</html>
`

const page = { response: html(), hidden: true } as const

export const customSwaggerUi = app.get('/docs', page, () => swaggerUi)
export const customSwaggerUiRedirect = app.get('/docs/oauth2-redirect', page, () => swaggerUiRedirect)
export const customRedoc = app.get('/redoc', page, () => redoc)

export const readUser = app.get('/users/:username', function readUser({ params }) {
  return { message: `Hello ${params.username}` }
})
