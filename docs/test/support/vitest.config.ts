import { defineConfig } from 'vitest/config'

/** For the test files that the pages show. */
export default defineConfig({
  resolve: { conditions: ['millrace-source'] },
  ssr: { resolve: { conditions: ['millrace-source'] } },
  test: { include: ['**/*.test.ts'], watch: false },
})
