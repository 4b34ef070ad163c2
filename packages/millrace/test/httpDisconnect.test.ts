import { useTransport } from './support/serve.ts'

useTransport('http')
await import('./disconnect.test.ts')
await import('./manyEndEarly.test.ts')
