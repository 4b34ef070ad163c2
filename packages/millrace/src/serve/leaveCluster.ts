import cluster from 'node:cluster'
import { once } from 'node:events'

/**
 * Ends the connection of a worker to its primary, when all that this has sent is read. For a moment after a worker has
 * closed its port the primary may still give it connections, which Node hands back: were the process to end before,
 * they would be lost. Nothing happens in a process that is no worker.
 */
export async function leaveCluster(): Promise<void> {
  const { worker } = cluster
  if (!worker?.isConnected()) return
  const gone = once(process, 'disconnect')
  worker.disconnect()
  await gone
}
