import { ModelError } from '../../errors.ts'

/** The same answer, whose body fails once it is larger than `maxBytes`, and is not read any further. */
export function boundedResponse(response: Response, maxBytes: number): Response {
  if (response.body === null) return response
  let size = 0
  const bounded = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength
        if (size > maxBytes)
          throw new ModelError(
            'model_failed',
            `The remote server answered with more than ${maxBytes} bytes: raise maxResponseBytes of remote(), or make batches smaller`,
          )
        controller.enqueue(chunk)
      },
    }),
  )
  return new Response(bounded, { status: response.status, headers: response.headers })
}
