import { expect, it } from 'vitest'
import { Histogram } from '../../src/models/metrics.ts'

it('tells percentiles to within a tenth, from parts of a millisecond to an hour', () => {
  for (const ms of [0.3, 1, 7, 60, 118, 999, 12_345, 3_000_000]) {
    const histogram = new Histogram()
    for (let count = 0; count < 100; count++) histogram.add(ms)
    const { count, meanMs, p50Ms, p99Ms } = histogram.summary()
    expect([count, meanMs]).toEqual([100, expect.closeTo(ms)])
    expect(Math.abs(p50Ms / ms - 1)).toBeLessThan(0.1)
    expect(p99Ms).toBe(p50Ms)
  }
})

it('tells apart what most took and what a few took', () => {
  const histogram = new Histogram()
  for (let count = 0; count < 98; count++) histogram.add(10)
  for (let count = 0; count < 2; count++) histogram.add(1_000)
  const { p50Ms, p99Ms } = histogram.summary()
  expect([Math.abs(p50Ms - 10) < 1, Math.abs(p99Ms - 1_000) < 100]).toEqual([true, true])
})

it('has nothing to tell of nothing, and an end for what never seemed to end', () => {
  expect(new Histogram().summary()).toEqual({ count: 0, meanMs: 0, p50Ms: 0, p99Ms: 0 })
  const histogram = new Histogram()
  histogram.add(Number.MAX_VALUE)
  expect(Number.isFinite(histogram.summary().p50Ms)).toBe(true)
})

it('counts what took no longer than seconds that people can read, exactly', () => {
  const histogram = new Histogram()
  for (const ms of [0, 1, 1.000001, 2, 5, 5.1, 1_000, 50_000, 50_001]) histogram.add(ms)
  expect(histogram.totals()).toEqual({
    count: 9,
    sumMs: expect.closeTo(101_015.100001, 3),
    below: [2, 4, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 8],
  })
})
