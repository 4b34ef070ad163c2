import { afterAll, afterEach, beforeAll, expect } from 'vitest'

const faults: unknown[] = []
const note = (fault: unknown) => void faults.push(fault)

/** After each test, a promise that nobody has caught, or an exception outside of everything, makes it fail. */
export function failOnFaults(): void {
  beforeAll(() => {
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
    process.on('warning', note)
  })
  afterEach(async () => {
    // Node tells of an unhandled rejection after the microtasks of the turn in which it happened.
    await new Promise((resolve) => setImmediate(resolve))
    expect(faults.splice(0), 'errors that nobody caught').toEqual([])
  })
  afterAll(() => {
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
    process.off('warning', note)
  })
}
