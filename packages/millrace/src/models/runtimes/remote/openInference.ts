import { kindOf, type Parts, readItem, writeRequest } from './inferRequest.ts'
import { readResponse } from './inferResponse.ts'
import type { Grouping, ProtocolFactory } from './remote.ts'

/** Open Inference Protocol v2 (https://github.com/kserve/open-inference-protocol), with its binary data extension. */
export const openInference: ProtocolFactory = ({ model = '', version }) => {
  const ofVersion = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`
  const path = `/v2/models/${encodeURIComponent(model)}${ofVersion}/infer`
  return {
    group,
    run: (server, items, signal) => {
      const { header, chunks } = writeRequest(items as readonly Parts[])
      const headers = {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(header.byteLength),
      }
      return server.post(path, Buffer.concat([header, ...chunks]), headers, signal, (bytes, received) =>
        readResponse(bytes, received.get('inference-header-content-length'), items.length),
      )
    },
  }
}

/** Those whose inputs are alike go together. */
function group(items: readonly unknown[]): Grouping {
  const groups = new Map<string, { indexes: number[]; items: Parts[] }>()
  const refusals = new Map<number, Error>()
  for (const [index, item] of items.entries()) {
    try {
      const parts = readItem(item)
      const kind = kindOf(parts)
      const alike = groups.get(kind) ?? { indexes: [], items: [] }
      groups.set(kind, alike)
      alike.indexes.push(index)
      alike.items.push(parts)
    } catch (error) {
      refusals.set(index, error as Error)
    }
  }
  return { groups: [...groups.values()], refusals }
}
