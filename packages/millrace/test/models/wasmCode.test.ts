import { expect, it } from 'vitest'
import { Child } from '../support/child.ts'

// Where two threads free the same code, V8 13 ends the process. Others do not, and free it.
it.runIf(process.versions.v8.startsWith('13.'))('frees no WebAssembly code when it runs threads', async () => {
  const child = new Child('models/wasmCode.ts')
  expect(await child.end()).toBe(0)
  expect(child.lines).toContain('TWO')
  expect(child.lines.filter((line) => line.includes('Starting GC'))).toEqual([])
})
