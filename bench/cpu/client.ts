import { connect, type Socket } from 'node:net'
import type { Ask, Workload } from '../http/workloads.ts'

/** Keep-alive connections, each with one request at a time. */
const connections = 64

/** A load that goes on until the process ends. */
export interface Client {
  /** Answers that have come until now. */
  readonly answered: number
}

/**
 * Asks for a workload over and over. It does as little as it can: the first answer says how long each is, and no
 * other is read.
 *
 * @throws {Error} when the first answer has another status than the workload expects
 */
export async function startClient(port: number, workload: Workload): Promise<Client> {
  const requests = workload.requests.map(bytesOf)
  const isRefused = workload.requests[0]?.expected === 'refused'
  const length = await lengthOfAnswer(port, requests[0] as Buffer, isRefused ? '4' : '200')
  const client = { answered: 0 }
  let asked = 0
  const ask = (socket: Socket) => socket.write(requests[asked++ % requests.length] as Buffer)
  for (let index = 0; index < connections; index++) {
    const socket = open(port)
    let left = length
    socket.on('data', (piece) => {
      left -= piece.length
      if (left > 0) return
      left = length
      client.answered++
      ask(socket)
    })
    ask(socket)
  }
  return client
}

/** @param status how the status begins */
function lengthOfAnswer(port: number, request: Buffer, status: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = open(port)
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (piece) => {
      text += piece
      const head = text.indexOf('\r\n\r\n') + 4
      const announced = /content-length: (\d+)/i.exec(text)?.[1]
      if (head < 4) return
      if (!text.startsWith(`HTTP/1.1 ${status}`) || announced === undefined) {
        reject(new Error(`The first answer is none that can be counted: ${text.slice(0, 300)}`))
        socket.destroy()
      } else if (text.length >= head + Number(announced)) {
        resolve(text.length)
        socket.destroy()
      }
    })
    socket.write(request)
  })
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  // Whatever breaks the load ends the measurement.
  socket.on('error', (error) => {
    throw error
  })
  return socket
}

function bytesOf({ method, path, body }: Ask): Buffer {
  const head = [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1']
  if (body !== undefined) head.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`)
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`)
}
