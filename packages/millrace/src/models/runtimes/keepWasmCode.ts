import { setFlagsFromString } from 'node:v8'

let isKept = false

/**
 * Keeps V8 13, which is that of Node 24, from freeing WebAssembly code that is no longer used; to be called before a
 * thread is started.
 *
 * V8 shares among threads what it has compiled for calls from WebAssembly to JavaScript. When one thread is about to
 * free such code while another finds it once more, version 13 frees it twice, and the whole process ends by `Check
 * failed: jit_page.has_value()` (https://github.com/nodejs/node/issues/64500). Threads whose modules are in TypeScript
 * are enough, because Node takes the types away by WebAssembly; so are threads that call `fetch`. With the thread that
 * frees held up for 30 ms, at most four such moments ended the process in each of six runs, and in none with this flag.
 * Before version 13 nothing of it is shared, and V8 14 does not find what is being freed.
 *
 * What it costs: 3 ms of processor time for each start of a thread (24 to 27), because what Node has compiled
 * beforehand was so with other flags; and the code that V8 replaces by faster code stays as long as its module.
 */
export function keepWasmCode(): void {
  if (isKept || !process.versions.v8?.startsWith('13.')) return
  isKept = true
  setFlagsFromString('--no-wasm-code-gc')
}
