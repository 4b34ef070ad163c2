import { App } from 'millrace'

export const app = new App({
  compat: 'fastapi',
  title: 'Custom title',
  version: '2.5.0',
  summary: 'This is a very custom OpenAPI schema',
  description: "Here's a longer description of the custom **OpenAPI** schema",
  openapi: { info: { 'x-logo': { url: 'https://fastapi.tiangolo.com/img/logo-margin/logo-teal.png' } } },
})

export const readItems = app.get('/items/', function readItems() {
  return [{ name: 'Foo' }]
})
