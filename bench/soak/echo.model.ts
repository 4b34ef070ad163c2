import { setTimeout as sleep } from 'node:timers/promises'
import { defineModel } from 'millrace/models'
import type { Item } from './items.ts'

const version = Number(new URL(import.meta.url).searchParams.get('version') ?? 0)

function obey({ act }: Item): void {
  if (act === 'throw') throw new Error('the batch throws')
  if (act === 'die') process.exit(3)
  // At some moment later, whatever the thread is doing then.
  if (act === 'doom') setTimeout(() => process.exit(4), 7)
}

/** Gives tokens back; some items make it misbehave. */
export default defineModel({
  load: ({ lane }) => lane,
  run: async (lane: number, batch: Item[]) => {
    batch.forEach(obey)
    await sleep(Math.max(...batch.map(({ ms }) => ms)))
    return batch.map(({ token, act }) =>
      act === 'fail'
        ? Object.assign(new Error('this item fails'), { status: 422, expose: true })
        : { token, lane, version },
    )
  },
  async *stream(lane: number, item: Item, { signal }) {
    for (let index = 0; index < item.pieces && !signal.aborted; index++) {
      if (index === 3) obey(item)
      await sleep(item.ms / 4)
      yield { token: `${item.token}/${index}`, lane, version }
    }
  },
})
