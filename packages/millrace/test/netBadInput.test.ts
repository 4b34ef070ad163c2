import { useTransport } from './support/serve.ts'

useTransport('net')
await import('./badInput.test.ts')
