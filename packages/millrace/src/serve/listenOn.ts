import type { AddressInfo, Server } from 'node:net'

/** Opens a port. @throws {Error} of the system, such as `EADDRINUSE` */
export async function listenOn(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // A server that listens on a port has no other kind of address.
  return server.address() as AddressInfo
}
