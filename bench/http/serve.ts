import { servers } from './servers.ts'

// The process of one server: `node serve.ts <name>`, started by serverProcess.ts.
const load = servers[process.argv[2] ?? '']
if (!load) throw new Error(`There is no server '${process.argv[2]}', only ${Object.keys(servers).join(', ')}`)
const { start } = await load()
const { port, close } = await start()
process.on('message', async (message) => {
  if (message === 'usage') process.send?.(process.cpuUsage())
  else {
    await close()
    process.disconnect()
  }
})
process.send?.({ port })
