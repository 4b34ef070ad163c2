import { App } from 'millrace'
import { embed } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const DateTime = z.iso.datetime({ local: true, offset: true })

/** The seconds of an ISO 8601 duration without months and years. */
function secondsOf(duration: string): number {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(duration)?.slice(1) ?? []
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0))
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
}

export const readItems = app.put(
  '/items/:item_id',
  {
    params: z.object({ item_id: z.uuid() }),
    body: embed(
      z.object({
        start_datetime: DateTime,
        end_datetime: DateTime,
        process_after: z.iso.duration(),
        repeat_at: z.iso.time().nullable().default(null),
      }),
    ),
  },
  function readItems({ params, body: { start_datetime, end_datetime, process_after, repeat_at } }) {
    const startProcess = Date.parse(start_datetime) + secondsOf(process_after) * 1000
    return {
      item_id: params.item_id,
      start_datetime,
      end_datetime,
      process_after: secondsOf(process_after),
      repeat_at,
      start_process: new Date(startProcess).toISOString().replace('.000Z', '+00:00'),
      duration: (Date.parse(end_datetime) - startProcess) / 1000,
    }
  },
)
