// Modules of Node that take their time to load, and that few apps need when they start: each is loaded when it is asked
// for first. Milliseconds of processor time, Node 24: `node:crypto` 3.6, `node:fs/promises` 1.3, `node:zlib` 0.7.

export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

export function nodeZlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

export function nodeFsPromises(): typeof import('node:fs/promises') {
  return process.getBuiltinModule('node:fs/promises')
}
