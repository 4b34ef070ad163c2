import { useTransport } from './support/serve.ts'

useTransport('net')
await import('./limits.test.ts')
