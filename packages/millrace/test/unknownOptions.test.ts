import {
  App,
  compress,
  cors,
  csrf,
  httpsRedirect,
  type Middleware,
  Router,
  rateLimit,
  requestId,
  staticFiles,
  trustedHosts,
} from 'millrace'
import { inline, model } from 'millrace/models'
import { sessions } from 'millrace/sessions'
import { expect, it } from 'vitest'
import { z } from 'zod'

/** Options as they come where types are not checked. */
const options = (given: object): never => given as never

it.each<[string, () => unknown, string]>([
  [
    'an app',
    () => new App(options({ maxBodyByte: 5 })),
    "App has no option 'maxBodyByte': its options are tags, deps,",
  ],
  ['an app', () => new App(options({ prefix: '/v1' })), "App has no option 'prefix'"],
  [
    'the docs pages of an app',
    () => new App({ docs: options({ swager: false }) }),
    "docs of App has no option 'swager': its options are openapi, asyncapi, swagger, redoc, icon",
  ],
  [
    'the WebSockets of an app',
    () => new App({ sockets: options({ pingMs: 5, origin: '*' }) }),
    "sockets of App has no option 'pingMs', 'origin': its options are maxMessageBytes,",
  ],
  ['a router', () => new Router(options({ path: '/items' })), "Router has no option 'path': its options are prefix,"],
  ['a router', () => new App().router(options({ dep: {} })), "router() has no option 'dep'"],
  ['what is included', () => new App().include(new Router(), options({ url: '/v1' })), "include() has no option 'url'"],
  ['cors()', () => cors(options({ origin: '*' })), "cors() has no option 'origin': its options are origins, methods,"],
  ['csrf()', () => csrf(options({ origins: [] })), "csrf() has no option 'origins': its options are trustedOrigins"],
  ['trustedHosts()', () => trustedHosts(options({ host: [] })), "trustedHosts() has no option 'host'"],
  ['httpsRedirect()', () => httpsRedirect(options({ code: 308 })), "httpsRedirect() has no option 'code'"],
  [
    'rateLimit()',
    () => rateLimit(options({ max: 5 })),
    "rateLimit() has no option 'max': its options are limit, windowMs",
  ],
  ['compress()', () => compress(options({ threshold: 5 })), "compress() has no option 'threshold'"],
  ['requestId()', () => requestId(options({ name: 'x' })), "requestId() has no option 'name'"],
  [
    'staticFiles()',
    () => staticFiles(options({ root: '.' })),
    "staticFiles() has no option 'root': its options are directory",
  ],
  [
    'frontend()',
    () => new App().frontend('/', options({ directory: '.', index: 'x' })),
    "frontend() has no option 'index'",
  ],
  [
    'sessions()',
    () => sessions(options({ secrets: 'x' })),
    "sessions() has no option 'secrets': its options are secret,",
  ],
  [
    'a model',
    () => model(options({ ...echo, bacth: {} })),
    "the model 'echo' has no option 'bacth': its options are name, input, output, runtime,",
  ],
  [
    'the queue of a model',
    () => model(options({ ...echo, queue: { size: 5 } })),
    "queue of the model 'echo' has no option 'size': its options are maxSize,",
  ],
])('refuses a key that the options of %s do not have, such as a misspelt limit', (_, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(message) }))
})

const echo = {
  name: 'echo',
  input: z.string(),
  output: z.string(),
  runtime: inline({ load: () => null, run: (_, batch: string[]) => batch }),
}

it.each([
  [{ limts: {} }, "listen() has no option 'limts': its options are port,"],
  [
    { limits: { keepAliveTimeout: 5 } },
    "limits of listen() has no option 'keepAliveTimeout': its options are maxHeaderBytes,",
  ],
])('refuses to listen with %j', async (given, message) => {
  const app = new App({ logger: false })
  await expect(app.listen({ port: 0, signals: false, ...given } as object)).rejects.toThrow(message)
})

it.each<[string, () => unknown, string]>([
  [
    'proxies without their number',
    () => new App({ trustProxy: options(true as never) }),
    'trustProxy has to be the number of proxies before the app, or a list of their addresses, not true',
  ],
  [
    'a path before middleware',
    () => new App().use(...(['/admin', requestId()] as unknown as Middleware[])),
    'use() takes middleware, which are functions, not /admin',
  ],
  [
    'a number in a string',
    () => new App({ maxBodyBytes: options('5' as never) }),
    "maxBodyBytes has to be a number from 0, or Infinity for no limit, not the string '5'",
  ],
])('refuses %s, as other frameworks take it', (_, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(message) }))
})
