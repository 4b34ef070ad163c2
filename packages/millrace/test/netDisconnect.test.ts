import { useTransport } from './support/serve.ts'

useTransport('net')
await import('./disconnect.test.ts')
