/**
 * `node:http`, without what its `import` does: it reads every export, which makes Node load its whole `fetch` for that of
 * `WebSocket`. Measured on Node 24: 27 of 30 ms of processor time that an app needs for it to start.
 */
export const nodeHttp: typeof import('node:http') = process.getBuiltinModule('node:http')
