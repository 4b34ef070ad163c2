import { expect, it } from 'vitest'
import { soak } from '../../../../bench/soak/soak.ts'

it('loses, mixes up and leaks nothing in a short soak', { timeout: 60_000 }, async () => {
  const report = await soak({ requests: 500, seed: 7, clients: 32, warmUp: 0 })
  expect(report).toMatchObject({ requests: 500, lost: [], wrong: [], counters: 0, missingLanes: [] })
  // It was a soak: clients left, workers died, and most of the rest was answered all the same.
  expect(report.left).toBeGreaterThan(100)
  expect(report.restarts).toBeGreaterThan(0)
  expect(report.swaps).toBeGreaterThan(0)
  expect(report.answered[200]).toBeGreaterThan(200)
})
