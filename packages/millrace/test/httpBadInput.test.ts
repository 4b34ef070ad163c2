import { useTransport } from './support/serve.ts'

useTransport('http')
await import('./badInput.test.ts')
await import('./exceptions.test.ts')
