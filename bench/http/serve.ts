import type { Start } from './servers.ts'

// The process of one server, on Node or on Bun: `node serve.ts <file>`, started by servers.ts.
const { start } = (await import(process.argv[2] as string)) as { readonly start: Start }
await start(Number(process.env['BENCH_PORT']))
