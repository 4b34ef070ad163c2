import { App } from 'millrace'
import { inline, model, prometheus } from 'millrace/models'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'

// The clock that durations are measured with stands still, unless the model moves it.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

function named(name: string) {
  const made = model({
    name,
    input: z.string(),
    output: z.string(),
    runtime: inline<undefined, string, string>({
      run: (_model, batch) => {
        vi.advanceTimersByTime(20 * batch.length)
        return batch.map((word) => (word === 'bad' ? new Error('bad') : word))
      },
    }),
    batch: { maxSize: 2 },
    queue: { maxSize: 3 },
    cache: { maxItems: 10 },
  })
  onTestFinished(() => made.close())
  return made
}

it('gives counters, gauges and histograms of each model in the text format', async () => {
  const first = named('first')
  const second = named('the "other"\\\n')
  const app = new App({ logger: false })
  app.get('/metrics', prometheus(first, second))
  onTestFinished(() => app.stop())
  await first.runMany(['a', 'b', 'a'])
  await Promise.allSettled([first.run('c'), first.run('bad'), first.run('d')])
  await expect(first.runMany(['e', 'f', 'g', 'h'])).rejects.toMatchObject({ code: 'too_many_items' })
  const response = await app.request('/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  expect(text.endsWith('\n')).toBe(true)
  expect(text.split('\n').filter((line) => !line.includes('the \\"other\\"\\\\\\n'))).toEqual(
    `# HELP millrace_model_received_total Items that were asked for.
# TYPE millrace_model_received_total counter
millrace_model_received_total{model="first"} 9
# HELP millrace_model_items_total Items by how they ended.
# TYPE millrace_model_items_total counter
millrace_model_items_total{model="first",ending="done"} 4
millrace_model_items_total{model="first",ending="failed"} 1
millrace_model_items_total{model="first",ending="cancelled"} 0
millrace_model_items_total{model="first",ending="expired"} 0
millrace_model_items_total{model="first",ending="rejected"} 4
# HELP millrace_model_cache_hits_total Calls that the cache answered.
# TYPE millrace_model_cache_hits_total counter
millrace_model_cache_hits_total{model="first"} 1
# HELP millrace_model_queued Items that wait.
# TYPE millrace_model_queued gauge
millrace_model_queued{model="first"} 0
# HELP millrace_model_running Items that are with a worker.
# TYPE millrace_model_running gauge
millrace_model_running{model="first"} 0
# HELP millrace_model_reserved Places of requests that have not asked yet.
# TYPE millrace_model_reserved gauge
millrace_model_reserved{model="first"} 0
# HELP millrace_model_batches_total Batches that were run.
# TYPE millrace_model_batches_total counter
millrace_model_batches_total{model="first"} 3
# HELP millrace_model_batch_items_total Items of the batches that were run.
# TYPE millrace_model_batch_items_total counter
millrace_model_batch_items_total{model="first"} 5
# HELP millrace_model_queue_time_seconds How long items waited.
# TYPE millrace_model_queue_time_seconds histogram
millrace_model_queue_time_seconds_bucket{model="first",le="0.001"} 4
millrace_model_queue_time_seconds_bucket{model="first",le="0.002"} 4
millrace_model_queue_time_seconds_bucket{model="first",le="0.005"} 4
millrace_model_queue_time_seconds_bucket{model="first",le="0.01"} 4
millrace_model_queue_time_seconds_bucket{model="first",le="0.02"} 4
millrace_model_queue_time_seconds_bucket{model="first",le="0.05"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="0.1"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="0.2"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="0.5"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="1"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="2"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="5"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="10"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="20"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="50"} 5
millrace_model_queue_time_seconds_bucket{model="first",le="+Inf"} 5
millrace_model_queue_time_seconds_sum{model="first"} 0.04
millrace_model_queue_time_seconds_count{model="first"} 5
# HELP millrace_model_run_time_seconds How long batches and streams took.
# TYPE millrace_model_run_time_seconds histogram
millrace_model_run_time_seconds_bucket{model="first",le="0.001"} 0
millrace_model_run_time_seconds_bucket{model="first",le="0.002"} 0
millrace_model_run_time_seconds_bucket{model="first",le="0.005"} 0
millrace_model_run_time_seconds_bucket{model="first",le="0.01"} 0
millrace_model_run_time_seconds_bucket{model="first",le="0.02"} 1
millrace_model_run_time_seconds_bucket{model="first",le="0.05"} 3
millrace_model_run_time_seconds_bucket{model="first",le="0.1"} 3
millrace_model_run_time_seconds_bucket{model="first",le="0.2"} 3
millrace_model_run_time_seconds_bucket{model="first",le="0.5"} 3
millrace_model_run_time_seconds_bucket{model="first",le="1"} 3
millrace_model_run_time_seconds_bucket{model="first",le="2"} 3
millrace_model_run_time_seconds_bucket{model="first",le="5"} 3
millrace_model_run_time_seconds_bucket{model="first",le="10"} 3
millrace_model_run_time_seconds_bucket{model="first",le="20"} 3
millrace_model_run_time_seconds_bucket{model="first",le="50"} 3
millrace_model_run_time_seconds_bucket{model="first",le="+Inf"} 3
millrace_model_run_time_seconds_sum{model="first"} 0.1
millrace_model_run_time_seconds_count{model="first"} 3
# HELP millrace_model_lanes Batches that can run at the same time.
# TYPE millrace_model_lanes gauge
millrace_model_lanes{model="first"} 1
# HELP millrace_model_state 1 for the state that the model is in.
# TYPE millrace_model_state gauge
millrace_model_state{model="first",state="unloaded"} 0
millrace_model_state{model="first",state="loading"} 0
millrace_model_state{model="first",state="ready"} 1
millrace_model_state{model="first",state="down"} 0
# HELP millrace_model_restarts_total Workers that were lost and came back.
# TYPE millrace_model_restarts_total counter
millrace_model_restarts_total{model="first"} 0
# HELP millrace_model_loads_total How often the model was loaded.
# TYPE millrace_model_loads_total counter
millrace_model_loads_total{model="first"} 1
`.split('\n'),
  )
  expect(text).toContain('millrace_model_state{model="the \\"other\\"\\\\\\n",state="unloaded"} 1\n')
})
