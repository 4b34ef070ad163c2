import { kindOf, type Parts, readItem, type TensorData, writeRequest } from './inferRequest.ts'
import { readResponse } from './inferResponse.ts'
import type { Grouping, ProtocolFactory } from './remote.ts'

/** Open Inference Protocol v2 (https://github.com/kserve/open-inference-protocol), with its binary data extension. */
export const openInference: ProtocolFactory = ({ model = '', version, tensorData = 'binary' }) => {
  const ofVersion = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`
  const path = `/v2/models/${encodeURIComponent(model)}${ofVersion}/infer`
  return {
    group: (items) => group(items, tensorData),
    run: (server, items, signal) => {
      const request = writeRequest(path, items as readonly Parts[], tensorData)
      return server.post(request, signal, (bytes, headers) =>
        readResponse(bytes, headers.get('inference-header-content-length'), items.length),
      )
    },
  }
}

/** Those whose inputs are alike go together. */
function group(items: readonly unknown[], tensorData: TensorData): Grouping {
  const groups = new Map<string, { indexes: number[]; items: Parts[] }>()
  const refusals = new Map<number, Error>()
  for (const [index, item] of items.entries()) {
    try {
      const parts = readItem(item, tensorData)
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
