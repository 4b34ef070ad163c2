import type { Server } from 'millrace'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { app } from '../app.ts'
import { chromiumPath } from './support/browser.ts'
import { type Drawing, drawings, smaller } from './support/drawings.ts'

if (!chromiumPath) console.warn('The page is not tested: no Chromium found; install one or set CHROMIUM_PATH')

describe.skipIf(!chromiumPath)('the page in a browser', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    server = await app.listen({ port: 0, signals: false, graceMs: 500 })
    browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--disable-gpu'] })
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    // Violations of the Content-Security-Policy come as console errors, too.
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(server.url)
  })

  afterAll(async () => {
    expect(complaints).toEqual([])
    await browser.close()
    await server.close()
  })

  const digit = () => page.locator('#digit').textContent()

  /** Draws with the mouse, with points from 0 to 1 in the canvas. */
  async function draw(strokes: Drawing): Promise<void> {
    const box = await page.locator('#drawing').boundingBox()
    if (!box) throw new Error('There is nothing to draw on')
    const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const
    for (const [first, ...others] of strokes) {
      await page.mouse.move(...at(first))
      await page.mouse.down()
      for (const point of others) await page.mouse.move(...at(point))
      await page.mouse.up()
    }
  }

  async function clear(): Promise<void> {
    await page.click('#clear')
    await expect.poll(digit).toBe('?')
  }

  test.each(Object.entries(drawings))('recognises a drawn %s', async (label, strokes) => {
    await draw(strokes)
    await expect.poll(digit).toBe(label)
    const bars = await page
      .locator('#probabilities progress')
      .evaluateAll((all) => all.map((bar) => (bar as unknown as { value: number }).value))
    expect(bars.indexOf(Math.max(...bars))).toBe(Number(label))
    expect(await page.locator('#probabilities .best b').textContent()).toBe(label)
    await clear()
  })

  test('recognises one drawn small in a corner', async () => {
    await draw(smaller(drawings['3'] as Drawing))
    await expect.poll(digit).toBe('3')
    await clear()
  })

  test('takes the last stroke back', async () => {
    await draw(drawings['1'] as Drawing)
    await expect.poll(digit).toBe('1')
    await draw([
      [
        [0.1, 0.1],
        [0.1, 0.9],
      ],
      [
        [0.9, 0.1],
        [0.9, 0.9],
      ],
    ])
    await page.click('#undo')
    await page.click('#undo')
    await expect.poll(digit).toBe('1')
    await clear()
    expect(await page.locator('#undo').isDisabled()).toBe(true)
  })

  test('draws with a finger, and does not scroll', async () => {
    const phone = await browser.newContext({ viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true })
    const touched = await phone.newPage()
    await touched.goto(server.url)
    const box = await touched.locator('#drawing').boundingBox()
    if (!box) throw new Error('There is nothing to draw on')
    const session = await phone.newCDPSession(touched)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: (readonly [number, number])[]) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: points.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height })),
      })
    for (const [first, ...others] of drawings['2'] as Drawing) {
      await touch('touchStart', first)
      for (const point of others) await touch('touchMove', point)
      await touch('touchEnd')
    }
    await expect.poll(() => touched.locator('#digit').textContent()).toBe('2')
    expect(await touched.evaluate('[scrollY, document.documentElement.scrollWidth <= innerWidth]')).toEqual([0, true])
    await phone.close()
  })
})
