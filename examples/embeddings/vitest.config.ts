import { defineConfig } from 'vitest/config'

// One file after the other: each loads the model, which takes all the cores that it is given.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], fileParallelism: false, testTimeout: 30_000, hookTimeout: 60_000 },
})
