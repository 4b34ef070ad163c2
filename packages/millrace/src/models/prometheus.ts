import { type DurationTotals, secondsTold } from './metrics.ts'
import type { Model } from './model.ts'
import type { ModelReport } from './status.ts'

/** How a metric is written of each model: its samples, each with what follows the name, such as a label. */
interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: (report: ModelReport) => readonly Sample[]
}

interface Sample {
  readonly suffix?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

const states = ['unloaded', 'loading', 'ready', 'down'] as const
const endings = ['done', 'failed', 'cancelled', 'expired', 'rejected'] as const

const metrics: readonly Metric[] = [
  one('received_total', 'counter', 'Items that were asked for.', ({ status }) => status.received),
  {
    name: 'items_total',
    type: 'counter',
    help: 'Items by how they ended.',
    samples: ({ status }) => endings.map((ending) => ({ labels: { ending }, value: status[ending] })),
  },
  one('cache_hits_total', 'counter', 'Calls that the cache answered.', ({ status }) => status.cacheHits),
  one('queued', 'gauge', 'Items that wait.', ({ status }) => status.queued),
  one('running', 'gauge', 'Items that are with a worker.', ({ status }) => status.running),
  one('reserved', 'gauge', 'Places of requests that have not asked yet.', ({ status }) => status.reserved),
  one('batches_total', 'counter', 'Batches that were run.', ({ status }) => status.batches),
  one('batch_items_total', 'counter', 'Items of the batches that were run.', ({ totals }) => totals.batchedItems),
  duration('queue_time_seconds', 'How long items waited.', ({ totals }) => totals.queueTime),
  duration('run_time_seconds', 'How long batches and streams took.', ({ totals }) => totals.runTime),
  one('lanes', 'gauge', 'Batches that can run at the same time.', ({ status }) => status.lanes),
  {
    name: 'state',
    type: 'gauge',
    help: '1 for the state that the model is in.',
    samples: ({ status }) => states.map((state) => ({ labels: { state }, value: state === status.state ? 1 : 0 })),
  },
  one('restarts_total', 'counter', 'Workers that were lost and came back.', ({ status }) => status.restarts),
  one('loads_total', 'counter', 'How often the model was loaded.', ({ status }) => status.loads),
]

/**
 * A handler that gives the metrics of models in Prometheus' text format (version 0.0.4): counters, gauges and histograms
 * in seconds, each with the label `model`. With several processes each of them answers for all.
 *
 * @example
 * app.get('/metrics', prometheus(embedder, classifier))
 */
export function prometheus(...models: readonly Model[]): () => Promise<Response> {
  return async () => {
    const reports = await Promise.all(models.map((model) => model['~report']()))
    return new Response(metrics.map((metric) => written(metric, reports)).join(''), {
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    })
  }
}

function one(name: string, type: 'counter' | 'gauge', help: string, value: (report: ModelReport) => number): Metric {
  return { name, type, help, samples: (report) => [{ value: value(report) }] }
}

function duration(name: string, help: string, totals: (report: ModelReport) => DurationTotals): Metric {
  return {
    name,
    type: 'histogram',
    help,
    samples: (report) => {
      const { count, sumMs, below } = totals(report)
      return [
        ...secondsTold.map((le, index) => ({
          suffix: '_bucket',
          labels: { le: `${le}` },
          value: below[index] as number,
        })),
        { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
        { suffix: '_sum', value: sumMs / 1_000 },
        { suffix: '_count', value: count },
      ]
    },
  }
}

function written({ name, type, help, samples }: Metric, reports: readonly ModelReport[]): string {
  const full = `millrace_model_${name}`
  const lines = reports.flatMap((report) =>
    samples(report).map(({ suffix = '', labels = {}, value }) => {
      const told = Object.entries({ model: report.status.name, ...labels }).map(
        ([key, text]) => `${key}="${escaped(text)}"`,
      )
      return `${full}${suffix}{${told.join(',')}} ${value}\n`
    }),
  )
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

/** What would end a label, or its line. */
function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))
}
