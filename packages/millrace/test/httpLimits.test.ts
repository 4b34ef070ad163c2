import { useTransport } from './support/serve.ts'

useTransport('http')
await import('./limits.test.ts')
